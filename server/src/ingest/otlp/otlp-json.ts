import { AppError } from '#platform/errors/errors.ts';
import type { Tag } from '../doors/keys.ts';
import { attributeText, bucketFields, type DataPoint, type Metric, type Sink } from './otlp-samples.ts';

type Fields = Readonly<Record<string, unknown>>;

const NUMBER_KINDS = ['gauge', 'sum'];
const COUNTED_KINDS = ['histogram', 'exponentialHistogram', 'summary'];

/**
 * Reads the JSON form of `ExportMetricsServiceRequest`: names in lowerCamelCase, 64-bit numbers as texts or numbers. A
 * wrong data point is refused alone.
 * @throws REQUEST_INVALID when it is not JSON or not that message, REQUEST_TOO_LARGE over the limits of the sink
 */
export function readOtlpJson(body: Buffer, sink: Sink): void {
  for (const resourceMetrics of listOf(parse(body), 'resourceMetrics')) {
    const resource = attributesOf(fieldsOf(resourceMetrics.resource ?? {}, 'resource'));
    for (const scope of listOf(resourceMetrics, 'scopeMetrics'))
      for (const metric of listOf(scope, 'metrics')) readMetric(metric, { resource, sink });
  }
}

function parse(body: Buffer): Fields {
  try {
    return fieldsOf(JSON.parse(body.toString('utf8')), 'body');
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw invalid('body', 'is not JSON', error);
  }
}

function readMetric(fields: Fields, { resource, sink }: { resource: readonly Tag[]; sink: Sink }): void {
  const metric: Metric = { name: textOf(fields.name), unit: textOf(fields.unit) };
  for (const kind of [...NUMBER_KINDS, ...COUNTED_KINDS]) {
    if (fields[kind] === undefined || fields[kind] === null) continue;
    for (const point of listOf(fieldsOf(fields[kind], kind), 'dataPoints')) {
      const read = NUMBER_KINDS.includes(kind) ? readNumber(point) : readCounted(point);
      const fault = read.fields.find(([, value]) => value === null)?.[0] ?? null;
      if (fault !== null) sink.refuse(metric, `${fault} must be a number`, point);
      else if (Number.isNaN(read.timeUs)) sink.refuse(metric, 'timeUnixNano must be a number', point);
      else sink.add(resource, metric, read as DataPoint);
    }
  }
}

type Read = Omit<DataPoint, 'fields'> & { fields: (readonly [string, number | null])[] };

function readNumber(point: Fields): Read {
  const value = point.asDouble ?? point.asInt;
  return { ...readCommon(point), fields: value === undefined ? [] : [['value', numberOf(value)]] };
}

function readCounted(point: Fields): Read {
  const fields: [string, number | null][] = [['count', numberOf(point.count ?? 0)]];
  for (const name of ['sum', 'min', 'max'])
    if (point[name] !== undefined && point[name] !== null) fields.push([name, numberOf(point[name])]);
  const buckets = bucketFields(numbersOf(point, 'bucketCounts'), numbersOf(point, 'explicitBounds'));
  if (typeof buckets !== 'string') fields.push(...buckets);
  for (const { quantile, value } of listOf(point, 'quantileValues')) {
    const name = numberOf(quantile ?? 0);
    fields.push([`quantile_${name}`, name === null ? null : numberOf(value ?? 0)]);
  }
  return { ...readCommon(point), fields, fault: typeof buckets === 'string' ? buckets : null };
}

/** A list of numbers; what is none becomes NaN. */
function numbersOf(fields: Fields, name: string): number[] {
  const value = fields[name] ?? [];
  if (!Array.isArray(value)) throw invalid(name, 'must be a list');
  return value.map((item) => numberOf(item) ?? Number.NaN);
}

function readCommon(point: Fields): Omit<Read, 'fields'> {
  const flags = numberOf(point.flags ?? 0) ?? 0;
  return { attributes: attributesOf(point), timeUs: timeOf(point.timeUnixNano), flags };
}

/** null when there is none, NaN when it is wrong. */
function timeOf(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  const text = String(value);
  if (typeof value === 'string' ? !/^\d{1,20}$/.test(text) : !Number.isFinite(value)) return Number.NaN;
  if (Number(text) === 0) return null;
  return typeof value === 'string' ? Number(BigInt(text) / 1000n) : Math.floor(Number(value) / 1000);
}

/** Numbers, and texts that hold one: protobuf's JSON writes 64-bit numbers, NaN and Infinity so. */
function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return null;
  if (value === 'NaN') return Number.NaN;
  return /^-?(\d{1,400}(\.\d{1,400})?([eE][-+]?\d{1,4})?|Infinity)$/.test(value) ? Number(value) : null;
}

function attributesOf(fields: Fields): Tag[] {
  return listOf(fields, 'attributes').map(({ key, value }) => [
    textOf(key),
    attributeText(plain(fieldsOf(value ?? {}, 'value'), 0)),
  ]);
}

const DEPTH_MAX = 8;
function plain(value: Fields, depth: number): unknown {
  if (depth > DEPTH_MAX) throw invalid('attributes', `values may lie ${DEPTH_MAX} deep`);
  if (value.arrayValue !== undefined)
    return listOf(fieldsOf(value.arrayValue, 'arrayValue'), 'values').map((item) => plain(item, depth + 1));
  if (value.kvlistValue !== undefined)
    return Object.fromEntries(
      listOf(fieldsOf(value.kvlistValue, 'kvlistValue'), 'values').map((item) => [
        textOf(item.key),
        plain(fieldsOf(item.value ?? {}, 'value'), depth + 1),
      ]),
    );
  const scalar = value.stringValue ?? value.boolValue ?? value.doubleValue ?? value.bytesValue;
  if (scalar !== undefined) return scalar;
  return value.intValue === undefined ? '' : Number(value.intValue);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function listOf(fields: Fields, name: string): Fields[] {
  const value = fields[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid(name, 'must be a list');
  return value.map((item) => fieldsOf(item, name));
}

function fieldsOf(value: unknown, path: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(path, 'must be an object');
  return value as Fields;
}

const invalid = (path: string, message: string, cause?: unknown) =>
  new AppError('REQUEST_INVALID', {}, { details: [{ path, message }], cause });
