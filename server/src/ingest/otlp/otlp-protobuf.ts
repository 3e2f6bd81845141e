import { AppError } from '#platform/errors/errors.ts';
import type { Tag } from '../doors/keys.ts';
import {
  bigOf,
  eachField,
  endMessage,
  numberOf,
  type Range,
  rangeAt,
  readMessage,
  startMessage,
  tagOf,
  type Wire,
} from '../doors/protobuf.ts';
import { attributeText, bucketFields, type DataPoint, type Metric, type Sink } from './otlp-samples.ts';

const DEPTH_MAX = 8;
const ATTRIBUTES_MAX = 1_000;
const MESSAGES_MAX = 500_000;
const ITEM_BYTES = 8;
/** More than any histogram may have, so that its fault is told and the rest of the request is read. */
const BUCKETS_READ_MAX = 100_000;

/** How the data points of each kind of metric are numbered; 0 where there is no such field. */
type Kind = {
  attributes: number;
  flags: number;
  doubles: readonly (readonly [field: number, name: string])[];
  counted: boolean;
  plain: boolean;
  buckets: boolean;
  quantiles: number;
};
const NUMBER: Kind = {
  attributes: 7,
  flags: 8,
  doubles: [],
  counted: false,
  plain: true,
  buckets: false,
  quantiles: 0,
};
const HISTOGRAM: Kind = {
  ...NUMBER,
  attributes: 9,
  flags: 10,
  doubles: [
    [5, 'sum'],
    [11, 'min'],
    [12, 'max'],
  ],
  counted: true,
  plain: false,
  buckets: true,
};
const EXPONENTIAL: Kind = {
  ...HISTOGRAM,
  buckets: false,
  attributes: 1,
  doubles: [
    [5, 'sum'],
    [12, 'min'],
    [13, 'max'],
  ],
};
const SUMMARY: Kind = {
  ...HISTOGRAM,
  buckets: false,
  attributes: 7,
  flags: 8,
  doubles: [[5, 'sum']],
  quantiles: 6,
};
/** Metric{5 gauge, 7 sum, 9 histogram, 10 exponential_histogram, 11 summary} */
const KINDS = new Map<number, Kind>([
  [tagOf(5, 2), NUMBER],
  [tagOf(7, 2), NUMBER],
  [tagOf(9, 2), HISTOGRAM],
  [tagOf(10, 2), EXPONENTIAL],
  [tagOf(11, 2), SUMMARY],
]);

/**
 * Reads `ExportMetricsServiceRequest` (opentelemetry-proto, metrics/v1) into the sink.
 * @throws REQUEST_INVALID when it is not that message, REQUEST_TOO_LARGE over the limits of the sink
 */
export function readOtlpProtobuf(bytes: Buffer, sink: Sink): void {
  readMessage(bytes, (wire, all) => {
    for (const range of childrenOf(wire, all, 1)) readResourceMetrics(wire, range, sink);
  });
}

/** ResourceMetrics{1 resource{1 attributes}, 2 scope_metrics{2 metrics}} */
function readResourceMetrics(wire: Wire, range: Range, sink: Sink): void {
  const resource = childrenOf(wire, range, 1).flatMap((child) =>
    readAttributes(wire, childrenOf(wire, child, 1)),
  );
  for (const scope of childrenOf(wire, range, 2))
    for (const metric of childrenOf(wire, scope, 2)) readMetric(wire, metric, { resource, sink });
}

/** Metric{1 name, 2 description, 3 unit, …data{1 data_points}} */
function readMetric(wire: Wire, range: Range, context: { resource: readonly Tag[]; sink: Sink }): void {
  const metric: Metric = { name: '', unit: '' };
  const data: { kind: Kind; range: Range }[] = [];
  eachField(wire, range, (tag) => {
    const kind = KINDS.get(tag);
    if (tag === tagOf(1, 2)) metric.name = wire.string();
    else if (tag === tagOf(3, 2)) metric.unit = wire.string();
    else if (kind) push(data, { kind, range: rangeAt(wire) });
    else return false;
    return true;
  });
  for (const { kind, range: inside } of data)
    eachField(wire, inside, (tag) => {
      if (tag !== tagOf(1, 2)) return false;
      const child = rangeAt(wire);
      context.sink.add(context.resource, metric, readPoint(wire, child, kind));
      wire.pos = child[1];
      return true;
    });
}

function readPoint(wire: Wire, range: Range, kind: Kind): DataPoint {
  const fields: [string, number][] = [];
  const attributes: Range[] = [];
  const quantiles: Range[] = [];
  const [counts, bounds]: [number[], number[]] = [[], []];
  const readCount = () => numberOf(wire.fixed64());
  const readBound = () => wire.double();
  let [timeUs, flags]: [number | null, number] = [null, 0];
  const doubles = new Map(kind.doubles.map(([field, name]) => [tagOf(field, 1), name]));
  eachField(wire, range, (tag) => {
    const name = doubles.get(tag);
    if (tag === tagOf(3, 1)) timeUs = microsecondsOf(wire.fixed64());
    else if (tag === tagOf(kind.attributes, 2)) push(attributes, rangeAt(wire), ATTRIBUTES_MAX);
    else if (tag === tagOf(kind.flags, 0)) flags = wire.uint32();
    else if (kind.plain && tag === tagOf(4, 1)) fields[0] = ['value', wire.double()];
    else if (kind.plain && tag === tagOf(6, 1)) fields[0] = ['value', numberOf(wire.sfixed64())];
    else if (kind.counted && tag === tagOf(4, 1)) fields.push(['count', numberOf(wire.fixed64())]);
    else if (name) fields.push([name, wire.double()]);
    else if (kind.buckets && (tag === tagOf(6, 2) || tag === tagOf(6, 1)))
      readList(wire, tag, counts, readCount);
    else if (kind.buckets && (tag === tagOf(7, 2) || tag === tagOf(7, 1)))
      readList(wire, tag, bounds, readBound);
    else if (kind.quantiles > 0 && tag === tagOf(kind.quantiles, 2))
      push(quantiles, rangeAt(wire), ATTRIBUTES_MAX);
    else return false;
    return true;
  });
  // A count of zero may be left out by protobuf's rules, and is a value all the same.
  if (kind.counted && !fields.some(([name]) => name === 'count')) fields.push(['count', 0]);
  for (const quantile of quantiles) fields.push(readQuantile(wire, quantile));
  const buckets = bucketFields(counts, bounds);
  if (typeof buckets !== 'string') fields.push(...buckets);
  const fault = typeof buckets === 'string' ? buckets : null;
  return { attributes: readAttributes(wire, attributes), timeUs, flags, fields, fault };
}

/** Items of eight bytes, packed into one field or each a field of its own: protobuf allows both. */
function readList(wire: Wire, tag: number, items: number[], read: () => number): void {
  const end = (tag & 7) === 2 ? startMessage(wire) : wire.pos + ITEM_BYTES;
  while (wire.pos < end) push(items, read(), BUCKETS_READ_MAX);
  endMessage(wire, end);
}

/** ValueAtQuantile{1 quantile, 2 value} */
function readQuantile(wire: Wire, range: Range): [string, number] {
  let [quantile, value] = [0, 0];
  eachField(wire, range, (tag) => {
    if (tag === tagOf(1, 1)) quantile = wire.double();
    else if (tag === tagOf(2, 1)) value = wire.double();
    else return false;
    return true;
  });
  return [`quantile_${quantile}`, value];
}

/** KeyValue{1 key, 2 value} */
function readAttributes(wire: Wire, ranges: readonly Range[]): Tag[] {
  return ranges.map((range) => {
    const [key, value] = readKeyValue(wire, range, 0);
    return [key, attributeText(value)] as const;
  });
}

function readKeyValue(wire: Wire, range: Range, depth: number): [string, unknown] {
  let key = '';
  let value: Range | null = null;
  eachField(wire, range, (tag) => {
    if (tag === tagOf(1, 2)) key = wire.string();
    else if (tag === tagOf(2, 2)) value = rangeAt(wire);
    else return false;
    return true;
  });
  return [key, value === null ? '' : readValue(wire, value, depth)];
}

/** AnyValue{1 string, 2 bool, 3 int, 4 double, 5 array{1 values}, 6 kvlist{1 values}, 7 bytes} */
function readValue(wire: Wire, range: Range, depth: number): unknown {
  if (depth > DEPTH_MAX) throw new RangeError(`values may lie ${DEPTH_MAX} deep`);
  let value: unknown = '';
  let array: Range | null = null;
  let list: Range | null = null;
  eachField(wire, range, (tag) => {
    if (tag === tagOf(1, 2)) value = wire.string();
    else if (tag === tagOf(2, 0)) value = wire.bool();
    else if (tag === tagOf(3, 0)) value = numberOf(wire.int64());
    else if (tag === tagOf(4, 1)) value = wire.double();
    else if (tag === tagOf(5, 2)) array = rangeAt(wire);
    else if (tag === tagOf(6, 2)) list = rangeAt(wire);
    else if (tag === tagOf(7, 2)) value = Buffer.from(wire.bytes()).toString('base64');
    else return false;
    return true;
  });
  if (array) return childrenOf(wire, array, 1).map((child) => readValue(wire, child, depth + 1));
  if (list)
    return Object.fromEntries(childrenOf(wire, list, 1).map((child) => readKeyValue(wire, child, depth + 1)));
  return value;
}

function childrenOf(wire: Wire, range: Range, field: number): Range[] {
  const ranges: Range[] = [];
  eachField(wire, range, (tag) => {
    if (tag !== tagOf(field, 2)) return false;
    push(ranges, rangeAt(wire));
    return true;
  });
  return ranges;
}

function push<Item>(items: Item[], item: Item, max = MESSAGES_MAX): void {
  if (items.length >= max) throw new AppError('REQUEST_TOO_LARGE');
  items.push(item);
}

/** Nanoseconds to microseconds; 0 is "not told". Only BigInt keeps every digit on the way. */
function microsecondsOf(nanoseconds: Parameters<typeof bigOf>[0]): number | null {
  const value = bigOf(nanoseconds);
  return value === 0n ? null : Number(value / 1000n);
}
