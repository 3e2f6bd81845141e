import { AppError } from '#platform/errors/errors.ts';
import {
  cleanUnit,
  createGathering,
  createNaming,
  type KnownDefinitions,
  numberSample,
  sortTags,
  staleSample,
  type Tag,
} from '../doors/keys.ts';
import type { IncomingPoint, Refused } from '../observations/batch.ts';

/** One data point, whatever form and kind of metric it came in. */
export type DataPoint = {
  attributes: readonly Tag[];
  /** microseconds since 1970 UTC; null when the sender told none */
  timeUs: number | null;
  /** bit 0: there is no value any more */
  flags: number;
  /** `value` of a gauge or sum; `count`, `sum`, `min`, `max`, `bucket_le_…`, `quantile_…` of the others */
  fields: readonly (readonly [name: string, value: number])[];
  /** what is wrong with it as a whole, when something is */
  fault?: string | null;
};
export type Metric = { name: string; unit: string };

/** Takes data points as they are read. */
export type Sink = {
  /** @throws REQUEST_TOO_LARGE over 500,000 data points or 32 million characters of names */
  add(resource: readonly Tag[], metric: Metric, point: DataPoint): void;
  /** A data point that cannot be read. */
  refuse(metric: Metric, reason: string, sample: unknown): void;
  /** Data points so far, good and refused. */
  received(): number;
  result(): { points: IncomingPoint[]; refused: Refused[] };
};

const POINTS_MAX = 500_000;
const FLAG_NO_VALUE = 1;
const ATTRIBUTES_MAX = 200;
const ATTRIBUTE_CHARACTERS_MAX = 4_096;
/** Buckets of one data point; what senders use by default are 16, and an exact histogram is not what this form is for. */
export const BUCKETS_MAX = 500;
const BUCKET = 'bucket_le_';

/**
 * Fields of the buckets of a histogram: how much was not above each bound.
 * @param counts of each bucket alone, one more than bounds; both empty when the sender keeps no buckets
 * @returns the fields, or what is wrong as text
 */
export function bucketFields(
  counts: readonly number[],
  bounds: readonly number[],
): [name: string, value: number][] | string {
  if (counts.length === 0 && bounds.length === 0) return [];
  if (counts.length !== bounds.length + 1) return 'bucketCounts must be one more than explicitBounds';
  if (counts.length > BUCKETS_MAX) return `a histogram may have ${BUCKETS_MAX} buckets`;
  if (new Set(bounds).size !== bounds.length) return 'explicitBounds must differ';
  let sum = 0;
  return counts.map((count, place) => {
    sum += count;
    return [`${BUCKET}${bounds[place] ?? Number.POSITIVE_INFINITY}`, sum];
  });
}

/**
 * Maps OTLP metrics to points: the metric's name is the measurement; attributes of the resource and of the data point are
 * tags, of which the data point's counts when both have one. Gauge and Sum have the field `value`; Histogram `count`, `sum`,
 * `min`, `max` and for each bound `bucket_le_0.5` (and `bucket_le_Infinity`), which counts what is not above it, as Prometheus does;
 * ExponentialHistogram the same without buckets, which are not stored; Summary `count`, `sum` and `quantile_0.99`. Scope, schema addresses, exemplars and start times are not looked at.
 */
export function createSink(nowMs: number, known: KnownDefinitions = new Map()): Sink {
  const gathering = createGathering();
  const naming = createNaming(known);
  let received = 0;
  const receive = () => {
    received += 1;
    if (received > POINTS_MAX) throw new AppError('REQUEST_TOO_LARGE');
  };
  const refuse: Sink['refuse'] = (metric, reason, sample) => {
    receive();
    gathering.refuse({ point: metric.name || null, reason, sample });
  };
  return {
    refuse,
    received: () => received,
    result: gathering.result,
    add(resource, metric, point) {
      const tags = mergeTags(resource, point.attributes);
      const fault =
        metric.name === ''
          ? 'a metric needs a name'
          : typeof tags === 'string'
            ? tags
            : (point.fault ?? null);
      const stale = (point.flags & FLAG_NO_VALUE) !== 0;
      if (fault !== null || typeof tags === 'string') return refuse(metric, fault ?? '', point);
      if (point.fields.length === 0 && !stale) return refuse(metric, 'a data point needs a value', point);
      receive();
      const series = { measurement: metric.name, tags };
      const timeUs = point.timeUs ?? nowMs * 1000;
      const unit = cleanUnit(metric.unit);
      const fields = point.fields.length > 0 ? point.fields : ([['value', 0]] as const);
      for (const [field, value] of fields) {
        const isCount = field === 'count' || field.startsWith(BUCKET);
        const definition = { ...naming.definitionOf(series, field), ...(isCount ? {} : { unit }) };
        gathering.add(definition, stale ? staleSample(timeUs) : numberSample(timeUs, value));
      }
    },
  };
}

/** Those of the data point count; the fault as text when they are not right. */
function mergeTags(resource: readonly Tag[], attributes: readonly Tag[]): Tag[] | string {
  const own = new Set(attributes.map(([key]) => key));
  const tags = [...resource.filter(([key]) => !own.has(key)), ...attributes];
  if (tags.length > ATTRIBUTES_MAX) return `a data point may have ${ATTRIBUTES_MAX} attributes`;
  const long = ([key, value]: Tag) =>
    key.length > ATTRIBUTE_CHARACTERS_MAX || value.length > ATTRIBUTE_CHARACTERS_MAX;
  if (tags.some(long)) return `an attribute may have ${ATTRIBUTE_CHARACTERS_MAX} characters`;
  return sortTags(tags) ?? 'attributes must have keys, and each key once';
}

/** The text of an attribute's value: texts as they are, everything else as JSON. */
export const attributeText = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
