import type { Aggregate, BucketRow, Fill } from '@ronghe/contracts';
import { AGGREGATES } from '@ronghe/contracts';
import { AppError } from '#platform/errors/errors.ts';
import { instantOf } from './observations.ts';

/** What a bucket is told from; everything but the counts is of good samples, null when there is none. */
export type BucketValues = Record<Aggregate, number | null>;
/** A bucket by its start, microseconds since 1970 UTC. */
export type TimedBucket = { timeUs: number; values: BucketValues };

const UNITS_US: Readonly<Record<string, number>> = {
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
  w: 604_800_000_000,
};
const BUCKET_US_MAX = 366 * 86_400_000_000;
const SHORT = /^(\d{1,9})(ms|s|m|h|d|w)$/;
/** ISO 8601 durations of fixed length; months and years have none. */
const ISO =
  /^P(?:(\d{1,6})W|(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})(?:\.(\d{1,3}))?S)?)?)$/;

/**
 * Width of a bucket in microseconds from `10s`, `1m`, `1h`, `1d` or an ISO 8601 duration as `PT15M`.
 * @throws REQUEST_INVALID for anything else, months and years, less than a millisecond or more than 366 days
 */
export function parseBucket(text: string): number {
  const widthUs = shortUs(text) ?? isoUs(text);
  if (widthUs !== null && widthUs >= 1_000 && widthUs <= BUCKET_US_MAX) return widthUs;
  throw refuse(
    'bucket',
    'a width such as 10s, 1m, 1h, 1d or PT15M, from 1ms to 366d; months and years have no fixed width',
  );
}

function shortUs(text: string): number | null {
  const [, count, unit = ''] = SHORT.exec(text) ?? [];
  return count === undefined ? null : Number(count) * (UNITS_US[unit] ?? Number.NaN);
}

function isoUs(text: string): number | null {
  const match = ISO.exec(text);
  if (!match) return null;
  const [weeks, days, hours, minutes, seconds] = match.slice(1, 6).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const thousandths = Number((match[6] ?? '').padEnd(3, '0'));
  return (
    (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60_000_000 +
    seconds * 1_000_000 +
    thousandths * 1_000
  );
}

const AGGREGATES_DEFAULT: readonly Aggregate[] = ['count', 'min', 'max', 'mean'];

/** Names from `min,max`, each once. @throws REQUEST_INVALID for a name that is none */
export function parseAggregates(text: string | undefined): readonly Aggregate[] {
  if (text === undefined) return AGGREGATES_DEFAULT;
  const names = [...new Set(text.split(',').map((part) => part.trim()))];
  const wrong = names.find((name) => !(AGGREGATES as readonly string[]).includes(name));
  if (wrong !== undefined) throw refuse('aggregate', `a list of ${AGGREGATES.join(', ')}`);
  return names as Aggregate[];
}

const COUNTS: readonly string[] = ['count', 'bad'] satisfies Aggregate[];
export const EMPTY_BUCKET: BucketValues = {
  count: 0,
  bad: 0,
  min: null,
  max: null,
  mean: null,
  sum: null,
  first: null,
  last: null,
  range: null,
  stddev: null,
};

type FillRequest = {
  fill: Exclude<Fill, 'none'>;
  /** start of the first bucket and end of the last one */
  fromUs: number;
  toUs: number;
  widthUs: number;
  /** the nearest buckets with good samples outside, where the request has more pages */
  before: TimedBucket | null;
  after: TimedBucket | null;
};

/**
 * Every bucket of the range. One without good samples has its counts, and for the rest null, what the bucket before had,
 * or what lies on the line between its neighbours (nothing is continued beyond the first and the last).
 */
export function fillBuckets(found: readonly TimedBucket[], request: FillRequest): TimedBucket[] {
  const { fill, fromUs, toUs, widthUs, before, after } = request;
  const byTime = new Map(found.map((bucket) => [bucket.timeUs, bucket]));
  const length = Math.max(0, Math.ceil((toUs - fromUs) / widthUs));
  const filled = Array.from({ length }, (_, index) => {
    const timeUs = fromUs + index * widthUs;
    return byTime.get(timeUs) ?? { timeUs, values: EMPTY_BUCKET };
  });
  if (fill === 'null') return filled;
  const nexts = fill === 'linear' ? nextKnown(filled, after) : [];
  let last = before;
  return filled.map((bucket, index) => {
    if (bucket.values.count) {
      last = bucket;
      return bucket;
    }
    const next = fill === 'linear' ? nexts[index] : last;
    return last && next ? { timeUs: bucket.timeUs, values: between(bucket, last, next) } : bucket;
  });
}

/** For each bucket the nearest one behind it that has good samples. */
function nextKnown(buckets: readonly TimedBucket[], after: TimedBucket | null): (TimedBucket | null)[] {
  let next = after;
  return [...buckets]
    .reverse()
    .map((bucket) => {
      const known = next;
      if (bucket.values.count) next = bucket;
      return known;
    })
    .reverse();
}

function between({ timeUs, values }: TimedBucket, last: TimedBucket, next: TimedBucket): BucketValues {
  const share = next === last ? 0 : (timeUs - last.timeUs) / (next.timeUs - last.timeUs);
  const told = Object.fromEntries(
    AGGREGATES.filter((name) => !COUNTS.includes(name)).map((name) => {
      const [a, b] = [last.values[name], next.values[name]];
      return [name, a === null || b === null ? null : a + (b - a) * share];
    }),
  );
  return { ...values, ...told };
}

/** A bucket as answers tell it: its start and what was asked for. */
export const toBucketRow = (
  { timeUs, values }: TimedBucket,
  aggregates: readonly Aggregate[],
): BucketRow => ({
  time: instantOf(timeUs),
  ...Object.fromEntries(aggregates.map((name) => [name, values[name]])),
});

export const refuse = (path: string, message: string): AppError =>
  new AppError('REQUEST_INVALID', {}, { details: [{ path, message }] });
