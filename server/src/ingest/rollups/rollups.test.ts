import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cutSeries,
  planStep,
  rollupFor,
  SERIES_END,
  SLICES_MAX,
  sliceSeconds,
  widestWithin,
} from './rollups.ts';

const MINUTE_US = 60_000_000;

describe('rollupFor', () => {
  it.each([
    [60, 'ingest.rollup_1m'],
    [90, null],
    [300, 'ingest.rollup_1m'],
    [3_600, 'ingest.rollup_1h'],
    [5_400, 'ingest.rollup_1m'],
    [86_400, 'ingest.rollup_1d'],
    [604_800, 'ingest.rollup_1d'],
    [30, null],
  ])('takes for buckets of %i seconds %s', (seconds, table) => {
    expect(rollupFor(seconds * 1_000_000)?.table ?? null).toBe(table);
  });
});

describe('widestWithin', () => {
  it.each([
    [3, 'ingest.rollup_1m'],
    [240, 'ingest.rollup_1h'],
    [4 * 1440, 'ingest.rollup_1d'],
  ])('takes for a range of %i minutes %s', (minutes, table) => {
    expect(widestWithin(minutes * MINUTE_US).table).toBe(table);
  });
});

describe('planStep', () => {
  it('goes to the end when nothing or little was stored', () => {
    const range = { fromS: 100, toS: 200 };
    expect(planStep(range, [], 10)).toEqual({ ...range, rows: 0 });
    expect(planStep(range, [{ fromS: 150, rows: 10 }], 10)).toEqual({ ...range, rows: 10 });
  });

  it('looks closer into a slice that is too full, and takes a full second as one step', () => {
    const width = sliceSeconds(0, SLICES_MAX * 60);
    expect(planStep({ fromS: 0, toS: SLICES_MAX * 60 }, [{ fromS: 120, rows: 25 }], 10)).toEqual({
      narrowTo: { fromS: 120, toS: 120 + width },
    });
    expect(planStep({ fromS: 120, toS: 180 }, [{ fromS: 130, rows: 25 }], 10)).toEqual({
      fromS: 120,
      toS: 131,
      rows: 25,
    });
  });

  it('meets every row once, in steps within the limit or of one second', () => {
    const stored = fc.array(
      fc.record({ at: fc.integer({ min: 0, max: 5_000 }), rows: fc.integer({ min: 1, max: 40 }) }),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(stored, fc.integer({ min: 1, max: 50 }), (seconds, rowsMax) => {
        const slicesOf = (fromS: number, toS: number) => {
          const width = sliceSeconds(fromS, toS);
          const sums = new Map<number, number>();
          for (const { at, rows } of seconds) {
            if (at < fromS || at >= toS) continue;
            const start = fromS + Math.floor((at - fromS) / width) * width;
            sums.set(start, (sums.get(start) ?? 0) + rows);
          }
          return [...sums].map(([from, rows]) => ({ fromS: from, rows })).sort((a, b) => a.fromS - b.fromS);
        };
        const end = 5_001;
        let met = 0;
        let watermark = 0;
        while (watermark < end) {
          let range = { fromS: watermark, toS: end };
          let plan = planStep(range, slicesOf(range.fromS, range.toS), rowsMax);
          while ('narrowTo' in plan) {
            range = plan.narrowTo;
            plan = planStep(range, slicesOf(range.fromS, range.toS), rowsMax);
          }
          const { fromS, toS } = plan;
          const inside = seconds.filter(({ at }) => at >= fromS && at < toS);
          const skipped = seconds.filter(({ at }) => at >= watermark && at < fromS);
          expect(skipped).toEqual([]);
          const rows = inside.reduce((sum, { rows: count }) => sum + count, 0);
          if (new Set(inside.map(({ at }) => at)).size > 1) expect(rows).toBeLessThanOrEqual(rowsMax);
          met += rows;
          expect(toS).toBeGreaterThan(watermark);
          watermark = toS;
        }
        expect(met).toBe(seconds.reduce((sum, { rows }) => sum + rows, 0));
      }),
    );
  });
});

describe('cutSeries', () => {
  it('covers every series once, in ranges within the limit or of one block', () => {
    const block = fc.record({
      block: fc.integer({ min: 0, max: 100 }),
      rows: fc.integer({ min: 1, max: 30 }),
    });
    const blocks = fc
      .uniqueArray(block, { selector: ({ block: number }) => number })
      .map((all) => all.sort((a, b) => a.block - b.block));
    fc.assert(
      fc.property(blocks, fc.integer({ min: 1, max: 60 }), (all, rowsMax) => {
        const ranges = cutSeries(all, rowsMax);
        expect(ranges[0]?.first).toBe(0);
        expect(ranges.at(-1)?.end).toBe(SERIES_END);
        for (const [index, { first, end }] of ranges.entries()) {
          if (index > 0) expect(first).toBe(ranges[index - 1]?.end);
          const inside = all.filter(({ block: number }) => number * 256 >= first && number * 256 < end);
          const rows = inside.reduce((sum, { rows: count }) => sum + count, 0);
          if (inside.length > 1) expect(rows).toBeLessThanOrEqual(rowsMax);
        }
      }),
    );
  });
});
