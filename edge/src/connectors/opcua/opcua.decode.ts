import type { PointType, Quality, Sample, SampleValue } from '@ronghe/contracts';
import { withServerTime } from '../../sample.ts';
import { shortFloat } from '../../short-float.ts';

/** The parts of an OPC UA DataValue that matter here (OPC 10000-4, 7.11), free of the library's classes. */
export type PlainDataValue = {
  /** 64-bit integers as bigint. */
  value: unknown;
  /** Whether the server's variable is a 32-bit float. */
  float32: boolean;
  status: { code: number; name: string };
  sourceTimestamp: Date | null;
  /** Beyond the milliseconds of the timestamp. */
  sourcePicoseconds: number;
  serverTimestamp: Date | null;
};

/** Severity is in the two highest bits of a status code (OPC 10000-4, 7.38). */
export function qualityOf(code: number): Quality {
  const severity = code >>> 30;
  return severity === 0 ? 'good' : severity === 1 ? 'uncertain' : 'bad';
}

/**
 * DataValue → sample: source time (the server's when there is none, else `nowMs`) to the microsecond; the status name
 * as reason when not good; no value when bad, as OPC UA says that it must not be used. The server's time goes along where it
 * differs (OPC 10000-4, 7.11.4: when the server got the value).
 */
export function decodeDataValue(data: PlainDataValue, type: PointType, nowMs: number): Sample {
  return withServerTime(sampleOf(data, type, nowMs), timeMsOf(data.serverTimestamp));
}

function sampleOf(data: PlainDataValue, type: PointType, nowMs: number): Sample {
  const quality = qualityOf(data.status.code);
  const timeMs = timeOf(data, nowMs);
  if (quality === 'bad') return [timeMs, null, 'bad', data.status.name];
  const raw = decodeValue(data.value, type);
  const value = data.float32 && typeof raw === 'number' && Number.isFinite(raw) ? shortFloat(raw) : raw;
  if (value === null) return [timeMs, null, 'bad', quality === 'good' ? 'no-value' : data.status.name];
  return quality === 'good' ? [timeMs, value, 'good'] : [timeMs, value, quality, data.status.name];
}

function timeOf(data: PlainDataValue, nowMs: number): number {
  const sourceMs = timeMsOf(data.sourceTimestamp);
  if (sourceMs === null) return timeMsOf(data.serverTimestamp) ?? nowMs;
  const microseconds = Math.min(999, Math.floor(data.sourcePicoseconds / 1e6));
  return sourceMs + microseconds / 1000;
}

/** 1601-01-01 is how a DateTime says that it is none (OPC 10000-6, 5.2.2.5). */
const NO_TIME_MS = Date.UTC(1601, 0, 1);

/** Milliseconds of a DateTime, null where it is none. */
export function timeMsOf(time: Date | null | undefined): number | null {
  const timeMs = time?.getTime() ?? Number.NaN;
  return timeMs > NO_TIME_MS ? timeMs : null;
}

/** A Variant's value as the point's type; null for nothing. What cannot be that type is passed on to be refused. */
export function decodeValue(value: unknown, type: PointType): SampleValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return type === 'number' ? Number(value) : String(value);
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string')
    return type === 'text' ? String(value) : value;
  if (value instanceof Date) return type === 'number' ? value.getTime() : value.toISOString();
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (typeof value === 'object' && 'text' in value) return value.text === null ? null : String(value.text);
  return JSON.stringify(ArrayBuffer.isView(value) ? Array.from(value as Uint8Array) : value);
}

/** The two halves of an Int64 or UInt64 as one number; beyond 2^53 a point of type number loses the last digits. */
export function integer64([high, low]: readonly [number, number], signed: boolean): bigint {
  const bits = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  return signed ? BigInt.asIntN(64, bits) : bits;
}
