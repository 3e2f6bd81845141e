import type { PointType } from '@ronghe/contracts';
import protobuf from 'protobufjs';
import type { Reading } from './simulation.ts';

/** Data types of Sparkplug B metrics that the simulated nodes use. */
export const SPARKPLUG_TYPES = {
  Int32: 3,
  UInt32: 7,
  UInt64: 8,
  Double: 10,
  Boolean: 11,
  String: 12,
} as const;

/** One metric of a payload. Data metrics carry only alias, time and value; a birth adds name and data type. */
export type SparkplugMetric = {
  name?: string;
  alias?: number;
  timestampMs?: number;
  datatype?: number;
  value?: Reading;
  /** engineering unit, sent as the property `engUnit` in births */
  unit?: string;
};
export type SparkplugPayload = { timestampMs: number; sequence?: number; metrics: SparkplugMetric[] };

const field = (type: string, id: number, rule?: string) => ({ type, id, ...(rule ? { rule } : {}) });
/**
 * A message whose fields are there or not, as Sparkplug means them. Without the edition the library takes a field that
 * is 0 or false for one that is absent, and drops it in both directions.
 */
const message = (fields: Record<string, ReturnType<typeof field>>) => ({ edition: 'proto2', fields });

/** Field numbers of the Sparkplug B 3.0 payload, the part the demo needs. */
const root = protobuf.Root.fromJSON({
  nested: {
    PropertyValue: message({ type: field('uint32', 1), stringValue: field('string', 8) }),
    PropertySet: message({
      keys: field('string', 1, 'repeated'),
      values: field('PropertyValue', 2, 'repeated'),
    }),
    Metric: message({
      name: field('string', 1),
      alias: field('uint64', 2),
      timestamp: field('uint64', 3),
      datatype: field('uint32', 4),
      isNull: field('bool', 7),
      properties: field('PropertySet', 9),
      intValue: field('uint32', 10),
      longValue: field('uint64', 11),
      doubleValue: field('double', 13),
      booleanValue: field('bool', 14),
      stringValue: field('string', 15),
    }),
    Payload: message({
      timestamp: field('uint64', 1),
      metrics: field('Metric', 2, 'repeated'),
      seq: field('uint64', 3),
    }),
  },
});
const Payload = root.lookupType('Payload');

/** Data type a point's values travel as. */
export const datatypeOf = (type: PointType): number =>
  type === 'number'
    ? SPARKPLUG_TYPES.Double
    : type === 'boolean'
      ? SPARKPLUG_TYPES.Boolean
      : SPARKPLUG_TYPES.String;

/** Encodes a payload; `sequence` is left out of the bytes when it is undefined (deaths, commands). */
export function encodePayload(payload: SparkplugPayload): Buffer {
  const message = {
    timestamp: payload.timestampMs,
    metrics: payload.metrics.map(toWire),
    ...(payload.sequence === undefined ? {} : { seq: payload.sequence }),
  };
  return Buffer.from(Payload.encode(Payload.create(message)).finish());
}

function toWire(metric: SparkplugMetric): Record<string, unknown> {
  const { value } = metric;
  const wire: Record<string, unknown> = {
    ...(metric.name === undefined ? {} : { name: metric.name }),
    ...(metric.alias === undefined ? {} : { alias: metric.alias }),
    ...(metric.timestampMs === undefined ? {} : { timestamp: metric.timestampMs }),
    ...(metric.datatype === undefined ? {} : { datatype: metric.datatype }),
  };
  if (metric.unit !== undefined)
    wire.properties = {
      keys: ['engUnit'],
      values: [{ type: SPARKPLUG_TYPES.String, stringValue: metric.unit }],
    };
  if (value === undefined) wire.isNull = true;
  else if (typeof value === 'boolean') wire.booleanValue = value;
  else if (typeof value === 'string') wire.stringValue = value;
  else if (metric.datatype === SPARKPLUG_TYPES.UInt64) wire.longValue = value;
  else wire.doubleValue = value;
  return wire;
}

/** Decodes a payload, as a plant needs it for commands and as the tests read births. @throws Error for bytes that are none */
export function decodePayload(bytes: Uint8Array): SparkplugPayload {
  const message = Payload.toObject(Payload.decode(bytes), { longs: Number }) as Wire;
  return {
    timestampMs: message.timestamp ?? 0,
    ...(message.seq === undefined ? {} : { sequence: message.seq }),
    metrics: (message.metrics ?? []).map(fromWire),
  };
}

type WireMetric = {
  name?: string;
  alias?: number;
  timestamp?: number;
  datatype?: number;
  isNull?: boolean;
  properties?: { keys?: string[]; values?: { stringValue?: string }[] };
  intValue?: number;
  longValue?: number;
  doubleValue?: number;
  booleanValue?: boolean;
  stringValue?: string;
};
type Wire = { timestamp?: number; seq?: number; metrics?: WireMetric[] };

function fromWire(wire: WireMetric): SparkplugMetric {
  const value = wire.isNull
    ? undefined
    : (wire.doubleValue ?? wire.booleanValue ?? wire.stringValue ?? wire.longValue ?? wire.intValue);
  const unit = wire.properties?.values?.[wire.properties.keys?.indexOf('engUnit') ?? -1]?.stringValue;
  return {
    ...(wire.name === undefined ? {} : { name: wire.name }),
    ...(wire.alias === undefined ? {} : { alias: wire.alias }),
    ...(wire.timestamp === undefined ? {} : { timestampMs: wire.timestamp }),
    ...(wire.datatype === undefined ? {} : { datatype: wire.datatype }),
    ...(value === undefined ? {} : { value }),
    ...(unit === undefined ? {} : { unit }),
  };
}
