import type { BucketQuery } from './buckets.store.ts';
import { EMPTY_BUCKET, type TimedBucket } from './buckets.ts';

/** A row as the engine tells it; of two at the same time only the one that counts. */
export type FewRow = { s: number; t: string; v: number | null; q: number };

/**
 * Buckets of rows that are in memory, as the engine makes them. For a few rows the engine needs longer to prepare the
 * grouping than to read them.
 */
export function bucketsOfRows(
  rows: readonly FewRow[],
  { originUs, widthUs, limit, order, goodOnly = false }: BucketQuery,
): Map<number, TimedBucket[]> {
  const groups = new Map<number, Map<number, { good: Good[]; bad: number }>>();
  for (const { s, t, v, q } of rows) {
    const atUs = Number(t);
    const ofSeries = groups.get(s) ?? new Map();
    groups.set(s, ofSeries);
    const index = Math.trunc((atUs - originUs) / widthUs);
    const group = ofSeries.get(index) ?? { good: [], bad: 0 };
    ofSeries.set(index, group);
    if (q === 0 && v !== null) group.good.push({ atUs, value: v });
    else group.bad += 1;
  }
  const found = new Map<number, TimedBucket[]>();
  for (const [series, ofSeries] of groups) {
    const buckets = [...ofSeries]
      .filter(([, { good }]) => !goodOnly || good.length > 0)
      .sort(([a], [b]) => (order === 'ascending' ? a - b : b - a))
      .slice(0, limit);
    found.set(
      series,
      buckets.map(([index, { good, bad }]) => ({
        timeUs: originUs + index * widthUs,
        values: { ...valuesOf(good), bad },
      })),
    );
  }
  return found;
}

type Good = { atUs: number; value: number };

function valuesOf(good: Good[]): TimedBucket['values'] {
  const count = good.length;
  if (count === 0) return { ...EMPTY_BUCKET };
  good.sort((a, b) => a.atUs - b.atUs);
  let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const { value } of good) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
  }
  const mean = sum / count;
  const squares = good.reduce((total, { value }) => total + (value - mean) ** 2, 0);
  return {
    count,
    bad: 0,
    min,
    max,
    sum,
    mean,
    first: good[0]?.value ?? null,
    last: good.at(-1)?.value ?? null,
    range: max - min,
    stddev: Math.sqrt(squares / count),
  };
}
