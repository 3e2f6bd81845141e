import type { BucketRow, LatestValue } from '@ronghe/contracts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

type TrendPlan = {
  rangeMs: number;
  /** width of the buckets that tell quality, and values where no line of samples is drawn */
  bucket: string;
  bucketMs: number;
  /** samples themselves, thinned out, with live values behind them; otherwise mean, minimum and maximum of buckets */
  isLine: boolean;
  /** milliseconds between two readings; live values fill what lies between */
  refreshMs: number;
};
/** How each range is read: up to a day the line of the samples, beyond it statistics from the rollups. */
export const TREND_PLANS = {
  '10m': { rangeMs: 10 * MINUTE_MS, bucket: '5s', bucketMs: 5_000, isLine: true, refreshMs: 20_000 },
  '1h': { rangeMs: HOUR_MS, bucket: '30s', bucketMs: 30_000, isLine: true, refreshMs: 20_000 },
  '24h': { rangeMs: DAY_MS, bucket: '10m', bucketMs: 10 * MINUTE_MS, isLine: true, refreshMs: MINUTE_MS },
  '7d': {
    rangeMs: 7 * DAY_MS,
    bucket: '30m',
    bucketMs: 30 * MINUTE_MS,
    isLine: false,
    refreshMs: 5 * MINUTE_MS,
  },
  '30d': {
    rangeMs: 30 * DAY_MS,
    bucket: '2h',
    bucketMs: 2 * HOUR_MS,
    isLine: false,
    refreshMs: 5 * MINUTE_MS,
  },
} as const satisfies Record<string, TrendPlan>;
export type TrendRange = keyof typeof TREND_PLANS;
export const TREND_RANGE_NAMES = ['10m', '1h', '24h', '7d', '30d'] as const satisfies readonly TrendRange[];
/** Most samples of a line; more are thinned out by the server, evenly by number (LTTB). */
export const LINE_SAMPLES_MAX = 2_000;

/** One place of the curve; null breaks the line. */
export type TrendPoint = { timeMs: number; mean: number | null; min: number | null; max: number | null };
/** A bucket with how many samples were good and how many were not. */
export type TrendBucket = TrendPoint & { good: number; bad: number };
/**
 * A part of the range that is not simply good: only bad samples, some bad ones, or none although the point reports
 * regularly. `bad` counts them.
 */
export type TrendSpan = { kind: 'bad' | 'partly' | 'gap'; fromMs: number; toMs: number; bad: number };
export type Trend = {
  points: readonly TrendPoint[];
  spans: readonly TrendSpan[];
  buckets: readonly TrendBucket[];
  isLine: boolean;
};

/** Empty buckets in a row from which on a silence is a gap. */
const GAP_BUCKETS_MIN = 3;
/** A point reports regularly when so many of its buckets hold samples; one that reports changes only has no gaps. */
const REGULAR_SHARE_MIN = 0.5;

export const bucketOf = (row: BucketRow): TrendBucket => ({
  timeMs: Date.parse(row.time),
  mean: row.mean ?? null,
  min: row.min ?? null,
  max: row.max ?? null,
  good: row.count ?? 0,
  bad: row.bad ?? 0,
});

/** The line of samples, broken where quality or silence breaks it, and continued by live values that are newer. */
export function lineTrend(
  samples: readonly { time: string; value: number }[],
  buckets: readonly TrendBucket[],
  { bucketMs, tail }: { bucketMs: number; tail: readonly LatestValue[] },
): Trend {
  const spans = spansOf(buckets, bucketMs);
  const known = samples.map(({ time, value }) => placeOf(Date.parse(time), value));
  const lastMs = known.at(-1)?.timeMs ?? 0;
  const live = tail.map(livePlaceOf).filter(({ timeMs }) => timeMs > lastMs);
  // A live value tells of its own time; what the buckets say of a silence there is older.
  const points = [...broken(known, spans), ...live].sort((left, right) => left.timeMs - right.timeMs);
  return { points, spans, buckets, isLine: true };
}

/** The curve of the buckets that hold good samples, broken where the others are bad or missing. */
export function bucketTrend(buckets: readonly TrendBucket[], bucketMs: number): Trend {
  const spans = spansOf(buckets, bucketMs);
  const known = buckets.filter(({ good }) => good > 0);
  return { points: broken(known, spans), spans, buckets, isLine: false };
}

/** Parts of the range that are not simply good, in their order. Nothing is told before the first sample. */
export function spansOf(buckets: readonly TrendBucket[], bucketMs: number): TrendSpan[] {
  const first = buckets.findIndex(hasSamples);
  if (first < 0) return [];
  const last = buckets.findLastIndex(hasSamples);
  const used = buckets.slice(first, last + 1);
  const isRegular = used.filter(hasSamples).length / used.length >= REGULAR_SHARE_MIN;
  const spans: TrendSpan[] = [];
  for (const bucket of buckets.slice(first)) {
    const kind = kindOf(bucket);
    const open = spans.at(-1);
    const toMs = bucket.timeMs + bucketMs;
    if (kind === null) continue;
    if (open && open.kind === kind && open.toMs === bucket.timeMs) {
      open.toMs = toMs;
      open.bad += bucket.bad;
    } else spans.push({ kind, fromMs: bucket.timeMs, toMs, bad: bucket.bad });
  }
  const isGap = ({ fromMs, toMs }: TrendSpan) => isRegular && toMs - fromMs >= GAP_BUCKETS_MIN * bucketMs;
  return spans.filter((span) => span.kind !== 'gap' || isGap(span));
}

const hasSamples = ({ good, bad }: TrendBucket): boolean => good + bad > 0;

function kindOf({ good, bad }: TrendBucket): TrendSpan['kind'] | null {
  if (bad > 0) return good > 0 ? 'partly' : 'bad';
  return good > 0 ? null : 'gap';
}

const placeOf = (timeMs: number, value: number | null): TrendPoint => ({
  timeMs,
  mean: value,
  min: value,
  max: value,
});

function livePlaceOf({ time, value, quality }: LatestValue): TrendPoint {
  const number = typeof value === 'boolean' ? Number(value) : value;
  return placeOf(Date.parse(time), quality === 'good' && typeof number === 'number' ? number : null);
}

/** Puts a break into every part without a good sample. */
function broken(points: readonly TrendPoint[], spans: readonly TrendSpan[]): TrendPoint[] {
  const breaks = spans
    .filter(({ kind }) => kind !== 'partly')
    .map(({ fromMs, toMs }) => placeOf((fromMs + toMs) / 2, null));
  return [...points, ...breaks].sort((left, right) => left.timeMs - right.timeMs);
}

/** True for a place between two breaks, which a line alone would not show. */
export function isAlone(points: readonly TrendPoint[], index: number): boolean {
  const isBreak = (at: number) => (points[at]?.mean ?? null) === null;
  return !isBreak(index) && isBreak(index - 1) && isBreak(index + 1);
}
