/**
 * A second, independent writer of Sparkplug B payloads, byte by byte (protocol buffers wire format: tag = field × 8 +
 * wire type), so that the connector's codec is not tested against itself.
 */
export type TestMetric = {
  name?: string;
  alias?: number;
  timestampMs?: number;
  datatype?: number;
  isHistorical?: boolean;
  isNull?: boolean;
  /** By the field that carries it. */
  int?: number;
  long?: bigint;
  float?: number;
  double?: number;
  boolean?: boolean;
  string?: string;
  /** Written as Int32. */
  quality?: number;
  unit?: string;
};

/** Fields that are left out are not written. */
export function payloadBytes(payload: { timestampMs?: number; seq?: number; metrics: TestMetric[] }): Buffer {
  return Buffer.concat([
    varintField(1, payload.timestampMs),
    ...payload.metrics.map((metric) => bytesField(2, metricBytes(metric))),
    varintField(3, payload.seq),
  ]);
}

function metricBytes(metric: TestMetric): Buffer {
  return Buffer.concat([
    textField(1, metric.name),
    varintField(2, metric.alias),
    varintField(3, metric.timestampMs),
    varintField(4, metric.datatype),
    varintField(5, metric.isHistorical),
    varintField(7, metric.isNull),
    propertiesField(metric),
    varintField(10, metric.int),
    varintField(11, metric.long),
    metric.float === undefined ? NOTHING : Buffer.concat([varint((12 << 3) | 5), floatBytes(metric.float)]),
    metric.double === undefined
      ? NOTHING
      : Buffer.concat([varint((13 << 3) | 1), doubleBytes(metric.double)]),
    varintField(14, metric.boolean),
    textField(15, metric.string),
  ]);
}

function propertiesField(metric: TestMetric): Buffer {
  const keys: Buffer[] = [];
  const values: Buffer[] = [];
  if (metric.quality !== undefined) {
    keys.push(textField(1, 'Quality'));
    values.push(bytesField(2, Buffer.concat([varintField(1, 3), varintField(3, metric.quality)])));
  }
  if (metric.unit !== undefined) {
    keys.push(textField(1, 'engUnit'));
    values.push(bytesField(2, Buffer.concat([varintField(1, 12), textField(8, metric.unit)])));
  }
  return keys.length === 0 ? NOTHING : bytesField(9, Buffer.concat([...keys, ...values]));
}

const NOTHING = Buffer.alloc(0);

function varint(value: number | bigint): Buffer {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Buffer.from(bytes);
}
function varintField(field: number, value: number | bigint | boolean | undefined): Buffer {
  return value === undefined ? NOTHING : Buffer.concat([varint(field << 3), varint(BigInt(value))]);
}
const bytesField = (field: number, bytes: Buffer): Buffer =>
  Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes]);
const textField = (field: number, text: string | undefined): Buffer =>
  text === undefined ? NOTHING : bytesField(field, Buffer.from(text));
function floatBytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}
function doubleBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}
