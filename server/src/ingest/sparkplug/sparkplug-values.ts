import type { PointType, Quality, SampleValue } from '@ronghe/contracts';
import { STALE_REASON } from '@ronghe/contracts';
import type { Metric, Raw } from './sparkplug-codec.ts';

/** Datatype numbers (Sparkplug B 3.0, 6.4.16). */
const INT8 = 1;
const INT64 = 4;
const FLOAT = 9;
const DOUBLE = 10;
const BOOLEAN = 11;
const STRING = 12;
const DATE_TIME = 13;
const TEXT = 14;
const UUID = 15;
const ARRAY_FIRST = 22;
const ARRAY_LAST = 34;
const NAMES: Readonly<Record<number, string>> = {
  16: 'DataSet',
  17: 'Bytes',
  18: 'File',
  19: 'Template',
  20: 'PropertySet',
  21: 'PropertySetList',
};

/** The point type of a datatype, arrays as JSON text; null for sets, templates, files and bytes, which are no samples. */
export function pointTypeOf(datatype: number): PointType | null {
  if ((datatype >= INT8 && datatype <= DOUBLE) || datatype === DATE_TIME) return 'number';
  if (datatype === BOOLEAN) return 'boolean';
  if (datatype >= ARRAY_FIRST && datatype <= ARRAY_LAST) return 'text';
  return datatype === STRING || datatype === TEXT || datatype === UUID ? 'text' : null;
}

/** A datatype that no point can have, for people. */
export const datatypeName = (datatype: number): string => NAMES[datatype] ?? `datatype ${datatype}`;

/** The datatype that a value shows by its field, for a metric that no birth has told about; null without a value. */
export function guessedDatatype({ raw }: Metric): number | null {
  if (raw.boolean !== undefined) return BOOLEAN;
  if (raw.double !== undefined) return DOUBLE;
  if (raw.float !== undefined) return FLOAT;
  if (raw.string !== undefined) return STRING;
  // Without a type a whole number cannot be told from a negative one; the field is unsigned.
  if (raw.long !== undefined) return 8;
  return raw.int === undefined ? null : 7;
}

/**
 * The value of a metric by the datatype of its birth; null when it carries none. Signed integers get their sign back.
 * @throws Error for an array whose bytes do not fit its type
 */
export function metricValue({ raw, isNull }: Pick<Metric, 'raw' | 'isNull'>, datatype: number): SampleValue {
  if (isNull) return null;
  if (datatype >= ARRAY_FIRST && datatype <= ARRAY_LAST)
    return raw.bytes === undefined ? null : JSON.stringify(readArray(raw.bytes, datatype));
  if (datatype === BOOLEAN) return raw.boolean ?? (raw.int === undefined ? null : raw.int !== 0);
  if (pointTypeOf(datatype) === 'text') return raw.string ?? null;
  if (datatype === FLOAT) return raw.float === undefined ? (raw.double ?? null) : shortFloat(raw.float);
  if (datatype === DOUBLE) return raw.double ?? raw.float ?? null;
  return wholeNumber(raw, datatype);
}

function wholeNumber(raw: Raw, datatype: number): number | null {
  const whole = raw.long ?? (raw.int === undefined ? undefined : BigInt(raw.int));
  if (whole === undefined) return null;
  const bits = datatype === DATE_TIME ? 64 : 8 << ((datatype - 1) % 4);
  const signed = datatype >= INT8 && datatype <= INT64;
  return Number(signed ? BigInt.asIntN(bits, whole) : BigInt.asUintN(bits, whole));
}

type Reader = { size: number; read: (view: DataView, at: number) => number | string };
/** Arrays are little-endian (6.4.16); what exceeds 2^53 is written as text, as JSON numbers cannot hold it. */
const ELEMENTS: Readonly<Record<number, Reader>> = {
  22: { size: 1, read: (view, at) => view.getInt8(at) },
  23: { size: 2, read: (view, at) => view.getInt16(at, true) },
  24: { size: 4, read: (view, at) => view.getInt32(at, true) },
  25: { size: 8, read: (view, at) => safe(view.getBigInt64(at, true)) },
  26: { size: 1, read: (view, at) => view.getUint8(at) },
  27: { size: 2, read: (view, at) => view.getUint16(at, true) },
  28: { size: 4, read: (view, at) => view.getUint32(at, true) },
  29: { size: 8, read: (view, at) => safe(view.getBigUint64(at, true)) },
  30: { size: 4, read: (view, at) => shortFloat(view.getFloat32(at, true)) },
  31: { size: 8, read: (view, at) => view.getFloat64(at, true) },
  34: { size: 8, read: (view, at) => safe(view.getBigUint64(at, true)) },
};
const BOOLEANS = 32;

const safe = (value: bigint): number | string =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER)
    ? Number(value)
    : String(value);

function readArray(bytes: Uint8Array, datatype: number): (number | string | boolean)[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (datatype === BOOLEANS) return readBooleans(view);
  const element = ELEMENTS[datatype];
  if (!element) return readStrings(bytes);
  if (bytes.length % element.size !== 0) throw new Error('the bytes do not fit the type of the array');
  return Array.from({ length: bytes.length / element.size }, (_, index) =>
    element.read(view, index * element.size),
  );
}

/** A count of four bytes, then bits, the highest first. */
function readBooleans(view: DataView): boolean[] {
  if (view.byteLength < 4) throw new Error('the array has no count');
  const count = view.getUint32(0, true);
  if (Math.ceil(count / 8) !== view.byteLength - 4) throw new Error('the count of the array is wrong');
  return Array.from(
    { length: count },
    (_, index) => ((view.getUint8(4 + (index >> 3)) >> (7 - (index & 7))) & 1) === 1,
  );
}

/** Each text ends with NUL. */
function readStrings(bytes: Uint8Array): string[] {
  if (bytes.length === 0) return [];
  if (bytes[bytes.length - 1] !== 0) throw new Error('the last text of the array has no end');
  return Buffer.from(bytes.subarray(0, -1)).toString('utf8').split('\0');
}

/** The shortest decimal that is this float32: 21.3, not 21.299999237060547. */
function shortFloat(value: number): number {
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

/** The `Quality` property: 0 bad, 192 good, 500 stale; between them the bands of OPC. Good when absent. */
export function qualityOf({ properties }: Metric): { quality: Quality; reason: string } {
  const code = properties?.get('Quality');
  if (typeof code !== 'number' || (code >= 192 && code < 256)) return { quality: 'good', reason: '' };
  if (code === 500) return { quality: 'bad', reason: STALE_REASON };
  return { quality: code >= 64 && code < 192 ? 'uncertain' : 'bad', reason: `quality ${code}` };
}

/** Names under which edge nodes give a unit; the specification leaves it open. */
const UNIT_PROPERTIES = ['engUnit', 'EngUnit', 'unit', 'Unit', 'units', 'Units'];

/** The unit that a birth gives, as it stands there. */
export function unitOf({ properties }: Metric): unknown {
  for (const name of UNIT_PROPERTIES) {
    const unit = properties?.get(name);
    if (typeof unit === 'string' && unit !== '') return unit;
  }
  return undefined;
}
