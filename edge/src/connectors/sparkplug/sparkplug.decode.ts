import type { PointType, Quality, SampleValue } from '@ronghe/contracts';
import protobuf from 'protobufjs/light.js';
import { shortFloat } from '../../short-float.ts';

/**
 * The payload of Sparkplug B 3.0 (Eclipse Sparkplug specification, section 6.4), stated again by its field numbers.
 * Fields that are not used here are skipped by the decoder. The edition matters: under any later one the library drops
 * zero and false as if they had not been sent.
 */
const edition = 'proto2';
const schema = protobuf.Root.fromJSON({
  nested: {
    Payload: {
      edition,
      fields: {
        timestamp: { type: 'uint64', id: 1 },
        metrics: { rule: 'repeated', type: 'Metric', id: 2 },
        seq: { type: 'uint64', id: 3 },
      },
    },
    Metric: {
      edition,
      fields: {
        name: { type: 'string', id: 1 },
        alias: { type: 'uint64', id: 2 },
        timestamp: { type: 'uint64', id: 3 },
        datatype: { type: 'uint32', id: 4 },
        isHistorical: { type: 'bool', id: 5 },
        isTransient: { type: 'bool', id: 6 },
        isNull: { type: 'bool', id: 7 },
        properties: { type: 'PropertySet', id: 9 },
        intValue: { type: 'uint32', id: 10 },
        longValue: { type: 'uint64', id: 11 },
        floatValue: { type: 'float', id: 12 },
        doubleValue: { type: 'double', id: 13 },
        booleanValue: { type: 'bool', id: 14 },
        stringValue: { type: 'string', id: 15 },
      },
    },
    PropertySet: {
      edition,
      fields: {
        keys: { rule: 'repeated', type: 'string', id: 1 },
        values: { rule: 'repeated', type: 'PropertyValue', id: 2 },
      },
    },
    PropertyValue: {
      edition,
      fields: {
        type: { type: 'uint32', id: 1 },
        isNull: { type: 'bool', id: 2 },
        intValue: { type: 'uint32', id: 3 },
        longValue: { type: 'uint64', id: 4 },
        floatValue: { type: 'float', id: 5 },
        doubleValue: { type: 'double', id: 6 },
        booleanValue: { type: 'bool', id: 7 },
        stringValue: { type: 'string', id: 8 },
      },
    },
  },
});
const Payload = schema.lookupType('Payload');

/** Datatype numbers whose values fit a point. */
const INT8 = 1;
const INT64 = 4;
const FLOAT = 9;
const DOUBLE = 10;
const BOOLEAN = 11;
const STRING = 12;
const DATE_TIME = 13;
const TEXT = 14;
const UUID = 15;

type Raw = {
  int?: number;
  long?: bigint;
  float?: number;
  double?: number;
  boolean?: boolean;
  string?: string;
};
export type Metric = {
  name: string | null;
  /** As decimal text, for it may exceed 2^53. */
  alias: string | null;
  timestampMs: number | null;
  datatype: number | null;
  isHistorical: boolean;
  isNull: boolean;
  raw: Raw;
  properties: ReadonlyMap<string, string | number | boolean | null>;
};
export type SparkplugPayload = { timestampMs: number | null; seq: number | null; metrics: Metric[] };

/** Bytes of a Sparkplug message → plain data. Throws when they are not a payload. */
export function decodePayload(bytes: Uint8Array): SparkplugPayload {
  const payload = fieldsOf(Payload.decode(bytes));
  return {
    timestampMs: numberOf(payload.timestamp),
    seq: numberOf(payload.seq),
    metrics: listOf(payload.metrics).map(metricOf),
  };
}

/** The command that asks an edge node for its births (`Node Control/Rebirth` = true, without seq). */
export function encodeRebirth(nowMs: number): Uint8Array {
  const metric = { name: 'Node Control/Rebirth', timestamp: nowMs, datatype: BOOLEAN, booleanValue: true };
  return Payload.encode(Payload.fromObject({ timestamp: nowMs, metrics: [metric] })).finish();
}

/** The point type of a datatype; null for sets, templates, files and arrays, which are not points. */
export function pointTypeOf(datatype: number): PointType | null {
  if ((datatype >= INT8 && datatype <= DOUBLE) || datatype === DATE_TIME) return 'number';
  if (datatype === BOOLEAN) return 'boolean';
  return datatype === STRING || datatype === TEXT || datatype === UUID ? 'text' : null;
}

/** The value of a metric by the datatype of its birth; null when it carries none. Signed integers get their sign back. */
export function metricValue(metric: Metric, datatype: number): SampleValue {
  const { raw } = metric;
  if (metric.isNull) return null;
  if (datatype === BOOLEAN) return raw.boolean ?? (raw.int === undefined ? null : raw.int !== 0);
  if (pointTypeOf(datatype) === 'text') return raw.string ?? null;
  if (datatype === FLOAT) return raw.float === undefined ? (raw.double ?? null) : shortFloat(raw.float);
  if (datatype === DOUBLE) return raw.double ?? raw.float ?? null;
  const whole = raw.long ?? (raw.int === undefined ? undefined : BigInt(raw.int));
  if (whole === undefined) return null;
  const bits = datatype === DATE_TIME ? 64 : 8 << ((datatype - 1) % 4);
  const signed = datatype >= INT8 && datatype <= INT64;
  return Number(signed ? BigInt.asIntN(bits, whole) : BigInt.asUintN(bits, whole));
}

/** The `Quality` property: 0 bad, 192 good, 500 stale; between them the bands of OPC. Good when absent. */
export function qualityOf(metric: Metric): { quality: Quality; reason: string | null } {
  const code = metric.properties.get('Quality');
  if (typeof code !== 'number' || code === 192) return { quality: 'good', reason: null };
  if (code === 500) return { quality: 'bad', reason: 'stale' };
  if (code > 192 && code < 256) return { quality: 'good', reason: null };
  return { quality: code >= 64 && code < 192 ? 'uncertain' : 'bad', reason: `quality-${code}` };
}

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? { ...value } : {};
const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : []);

function metricOf(fields: Fields): Metric {
  const alias = bigOf(fields.alias);
  const properties = fieldsOf(fields.properties);
  const keys = Array.isArray(properties.keys) ? properties.keys : [];
  const values = listOf(properties.values);
  return {
    name: typeof fields.name === 'string' && fields.name !== '' ? fields.name : null,
    alias: alias === null ? null : String(alias),
    timestampMs: numberOf(fields.timestamp),
    datatype: numberOf(fields.datatype),
    isHistorical: fields.isHistorical === true,
    isNull: fields.isNull === true,
    raw: rawOf(fields),
    properties: new Map(keys.map((key, index) => [String(key), propertyOf(values[index] ?? {})])),
  };
}

function rawOf(fields: Fields): Raw {
  const raw: Raw = {};
  const long = bigOf(fields.longValue);
  if (typeof fields.intValue === 'number') raw.int = fields.intValue;
  if (long !== null) raw.long = long;
  if (typeof fields.floatValue === 'number') raw.float = fields.floatValue;
  if (typeof fields.doubleValue === 'number') raw.double = fields.doubleValue;
  if (typeof fields.booleanValue === 'boolean') raw.boolean = fields.booleanValue;
  if (typeof fields.stringValue === 'string') raw.string = fields.stringValue;
  return raw;
}

function propertyOf(fields: Fields): string | number | boolean | null {
  const raw = rawOf(fields);
  if (fields.isNull === true) return null;
  // Types Int8 to Int32 are signed and travel as unsigned.
  if (raw.int !== undefined) return Number(fields.type) <= 3 ? raw.int | 0 : raw.int;
  return (
    raw.string ?? raw.boolean ?? raw.double ?? raw.float ?? (raw.long === undefined ? null : Number(raw.long))
  );
}

/** A 64-bit field: a number, or the library's pair of halves. */
function bigOf(value: unknown): bigint | null {
  if (typeof value === 'number') return BigInt(value);
  if (typeof value !== 'object' || value === null || !('low' in value) || !('high' in value)) return null;
  return (BigInt(Number(value.high) >>> 0) << 32n) | BigInt(Number(value.low) >>> 0);
}

function numberOf(value: unknown): number | null {
  const big = bigOf(value);
  return big === null ? null : Number(big);
}
