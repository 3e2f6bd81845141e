/**
 * A second, independent writer of Sparkplug B payloads, byte by byte (protocol buffers wire format: tag = field × 8 +
 * wire type), so that the codec is not tested against itself.
 */
export type TestMetric = {
  name?: string;
  alias?: number;
  timestampMs?: number;
  datatype?: number;
  isNull?: boolean;
  int?: number;
  long?: bigint;
  float?: number;
  double?: number;
  boolean?: boolean;
  string?: string;
  bytes?: Buffer;
  dataset?: Buffer;
  /** written as Int32 */
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
    varintField(7, metric.isNull),
    propertiesField(metric),
    varintField(10, metric.int),
    varintField(11, metric.long),
    metric.float === undefined ? NOTHING : fixed(12, 5, 4, (bytes) => bytes.writeFloatLE(metric.float ?? 0)),
    metric.double === undefined
      ? NOTHING
      : fixed(13, 1, 8, (bytes) => bytes.writeDoubleLE(metric.double ?? 0)),
    varintField(14, metric.boolean),
    textField(15, metric.string),
    metric.bytes === undefined ? NOTHING : bytesField(16, metric.bytes),
    metric.dataset === undefined ? NOTHING : bytesField(17, metric.dataset),
  ]);
}

function propertiesField({ quality, unit }: TestMetric): Buffer {
  const keys: Buffer[] = [];
  const values: Buffer[] = [];
  if (quality !== undefined) {
    keys.push(textField(1, 'Quality'));
    values.push(bytesField(2, Buffer.concat([varintField(1, 3), varintField(3, quality)])));
  }
  if (unit !== undefined) {
    keys.push(textField(1, 'engUnit'));
    values.push(bytesField(2, Buffer.concat([varintField(1, 12), textField(8, unit)])));
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
function fixed(field: number, wire: number, size: number, write: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(size);
  write(bytes);
  return Buffer.concat([varint((field << 3) | wire), bytes]);
}
