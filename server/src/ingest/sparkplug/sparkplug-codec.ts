import protobuf from 'protobufjs/light.js';

/**
 * The payload of Sparkplug B 3.0 (Eclipse Sparkplug specification, section 6.4), stated again by its field numbers.
 * Fields that are not named are skipped. Properties, data sets and templates stay bytes: only small properties are read.
 * The edition matters: under any later one the library drops zero and false as if they had not been sent.
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
        isNull: { type: 'bool', id: 7 },
        properties: { type: 'bytes', id: 9 },
        intValue: { type: 'uint32', id: 10 },
        longValue: { type: 'uint64', id: 11 },
        floatValue: { type: 'float', id: 12 },
        doubleValue: { type: 'double', id: 13 },
        booleanValue: { type: 'bool', id: 14 },
        stringValue: { type: 'string', id: 15 },
        bytesValue: { type: 'bytes', id: 16 },
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
const PropertySet = schema.lookupType('PropertySet');

/** Most bytes and metrics of one message; a birth of 20,000 metrics with units is about 2 MB. */
export const SPARKPLUG_BYTES_MAX = 4_000_000;
export const SPARKPLUG_METRICS_MAX = 20_000;
const PROPERTIES_BYTES_MAX = 4_096;
const BOOLEAN = 11;

export type Raw = {
  int?: number;
  long?: bigint;
  float?: number;
  double?: number;
  boolean?: boolean;
  string?: string;
  bytes?: Uint8Array;
};
export type Metric = {
  name: string | null;
  /** as decimal text, for it may exceed 2^53 */
  alias: string | null;
  timestampMs: number | null;
  datatype: number | null;
  isNull: boolean;
  raw: Raw;
  /** null when they are larger than 4,096 bytes or no property set */
  properties: ReadonlyMap<string, string | number | boolean | null> | null;
};
export type SparkplugPayload = { timestampMs: number | null; seq: number | null; metrics: Metric[] };

/**
 * Bytes of a Sparkplug message → plain data.
 * @throws Error when they are no payload, more than 4 MB, or hold more than 20,000 metrics
 */
export function decodePayload(bytes: Uint8Array): SparkplugPayload {
  if (bytes.length > SPARKPLUG_BYTES_MAX) throw new Error(`more than ${SPARKPLUG_BYTES_MAX} bytes`);
  if (metricsIn(bytes) > SPARKPLUG_METRICS_MAX) throw new Error(`more than ${SPARKPLUG_METRICS_MAX} metrics`);
  const payload = fieldsOf(Payload.decode(bytes));
  return {
    timestampMs: numberOf(payload.timestamp),
    seq: numberOf(payload.seq),
    metrics: listOf(payload.metrics).map(metricOf),
  };
}

/** The command that asks an edge node for its births (`Node Control/Rebirth` = true, without seq). */
export function encodeRebirth(nowMs: number): Buffer {
  const metric = { name: 'Node Control/Rebirth', timestamp: nowMs, datatype: BOOLEAN, booleanValue: true };
  return Buffer.from(Payload.encode(Payload.fromObject({ timestamp: nowMs, metrics: [metric] })).finish());
}

/** Metrics of a payload, counted before they become objects: 4 MB could be two million of them. */
function metricsIn(bytes: Uint8Array): number {
  const reader = protobuf.Reader.create(bytes);
  let metrics = 0;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === 2) metrics += 1;
    reader.skipType(tag & 7);
  }
  return metrics;
}

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? { ...value } : {};
const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : []);

function metricOf(fields: Fields): Metric {
  const alias = bigOf(fields.alias);
  return {
    name: typeof fields.name === 'string' && fields.name !== '' ? fields.name : null,
    alias: alias === null ? null : String(alias),
    timestampMs: numberOf(fields.timestamp),
    datatype: numberOf(fields.datatype),
    isNull: fields.isNull === true,
    raw: rawOf(fields),
    properties: propertiesOf(fields.properties),
  };
}

function propertiesOf(bytes: unknown): Metric['properties'] {
  if (!(bytes instanceof Uint8Array) || bytes.length === 0) return new Map();
  if (bytes.length > PROPERTIES_BYTES_MAX) return null;
  try {
    const set = fieldsOf(PropertySet.decode(bytes));
    const keys = Array.isArray(set.keys) ? set.keys : [];
    const values = listOf(set.values);
    return new Map(keys.map((key, index) => [String(key), propertyOf(values[index] ?? {})]));
  } catch {
    return null;
  }
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
  if (fields.bytesValue instanceof Uint8Array) raw.bytes = fields.bytesValue;
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
