import type { LatestValue, Series } from '@ronghe/contracts';

export const TREND_RANGES = { '10m': 600_000, '1h': 3_600_000, '24h': 86_400_000 } as const;
export type TrendRange = keyof typeof TREND_RANGES;
export const TREND_RANGE_NAMES = ['10m', '1h', '24h'] as const;

/** One place of the curve; null is a gap, which must stay a gap. */
export type TrendPoint = {
  timeMs: number;
  mean: number | null;
  min: number | null;
  max: number | null;
  bad: number;
};

/**
 * The curve: buckets of the server, continued by live values that are newer than the last full bucket.
 * A bad value breaks the line; an old one stays out of the window.
 */
export function trendOf(series: Series, live: readonly LatestValue[], fromMs: number): TrendPoint[] {
  const buckets = series.items.map<TrendPoint>((item) => ({
    timeMs: Date.parse(item.time),
    mean: item.mean,
    min: item.min,
    max: item.max,
    bad: item.bad,
  }));
  // Empty buckets after the last sample are not a gap yet: their time may not have come.
  while (buckets.at(-1)?.mean === null && buckets.at(-1)?.bad === 0) buckets.pop();
  const lastMs = (buckets.at(-1)?.timeMs ?? 0) + series.bucketMs;
  const tail = live.flatMap<TrendPoint>((item) => {
    const timeMs = Date.parse(item.time);
    if (timeMs < lastMs) return [];
    const value = typeof item.value === 'boolean' ? Number(item.value) : item.value;
    const usable = item.quality !== 'bad' && typeof value === 'number' ? value : null;
    return [{ timeMs, mean: usable, min: usable, max: usable, bad: usable === null ? 1 : 0 }];
  });
  return [...buckets, ...tail].filter((point) => point.timeMs >= fromMs);
}

/** Number of inner places of a curve without a usable value. */
export const gapsOf = (points: readonly TrendPoint[]): number =>
  points.filter((point) => point.mean === null).length;
