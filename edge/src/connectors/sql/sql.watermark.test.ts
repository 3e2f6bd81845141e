import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openZone } from '../../zone.ts';
import { parseTime } from './sql.time.ts';
import { TooManyRows, type Tracker, trackWatermark } from './sql.watermark.ts';

const zone = openZone('Asia/Shanghai');
const instant = (us: number) => `instant ${us}`;
const START = '2026-01-01T00:00:00+08:00';
const timeOf = (
  options: { overlapSeconds?: number; rememberedRowsMax?: number; nowMs?: number } = {},
): Tracker =>
  trackWatermark({
    watermark: {
      column: 'at',
      type: 'time',
      start: START,
      overlapSeconds: options.overlapSeconds ?? 0,
      overlapNumber: 0,
      rememberedRowsMax: options.rememberedRowsMax ?? 1_000,
    },
    ordered: true,
    zone,
    nowMs: () => options.nowMs ?? Date.parse('2026-06-01T00:00:00Z'),
  });
const numberOf = (
  options: { overlapNumber?: number; rememberedRowsMax?: number; ordered?: boolean } = {},
): Tracker =>
  trackWatermark({
    watermark: {
      column: 'id',
      type: 'number',
      start: '0',
      overlapSeconds: 0,
      overlapNumber: options.overlapNumber ?? 0,
      rememberedRowsMax: options.rememberedRowsMax ?? 1_000,
    },
    ordered: options.ordered ?? true,
    zone,
    nowMs: () => 0,
  });

/** One poll of a table of numbers, `rowsMax` at a time, as the poller does it; returns the new rows. */
function poll(
  tracker: Tracker,
  table: readonly { at: number; name: string }[],
  rowsMax = Number.POSITIVE_INFINITY,
) {
  const fresh: string[] = [];
  const bound = Number(tracker.bound(instant));
  let cut = false;
  tracker.begin();
  for (const row of table.filter(({ at }) => at >= bound)) {
    if (fresh.length >= rowsMax) {
      cut = true;
      break;
    }
    if (tracker.take(String(row.at), row.name).fresh) fresh.push(row.name);
  }
  tracker.finish(cut);
  return fresh;
}

test('the bound is written as the column is', () => {
  const tracker = timeOf();
  expect(tracker.bound(instant)).toBe(`instant ${Date.parse(START) * 1_000}`);
  tracker.becomes('wall-time');
  expect(tracker.bound(instant)).toBe('2026-01-01 00:00:00.000000');
  tracker.begin();
  expect(tracker.take('2026-01-02 00:00:00.000001', 'a').fresh).toBe(true);
  tracker.finish(false);
  expect(tracker.bound(instant)).toBe('2026-01-02 00:00:00.000001');
  tracker.becomes('instant');
  expect(tracker.bound(instant)).toBe(`instant ${Date.parse('2026-01-02T00:00:00+08:00') * 1_000 + 1}`);
});

test('a row from a wrong clock in the future is delivered once and hides nothing', () => {
  const tracker = timeOf();
  const take = (text: string) => {
    tracker.begin();
    const { fresh } = tracker.take(text, text);
    tracker.finish(false);
    return fresh;
  };
  expect(take('2099-01-01 00:00:00+08')).toBe(true);
  expect(take('2026-05-01 00:00:00+08')).toBe(true);
  expect(take('2099-01-01 00:00:00+08')).toBe(false);
  expect(take('2026-05-02 00:00:00+08')).toBe(true);
});

test('a row without a watermark is passed over', () => {
  const tracker = timeOf();
  tracker.begin();
  for (const raw of [null, undefined, 'soon', '0000-00-00'])
    expect(tracker.take(raw, 'x')).toEqual({ fresh: false, unreadable: true });
});

test('what cannot be remembered is told, not lost silently', () => {
  const tracker = numberOf({ rememberedRowsMax: 100 });
  const ties = Array.from({ length: 150 }, (_, index) => ({ at: 7, name: `r${index}` }));
  expect(poll(tracker, ties.slice(0, 100))).toHaveLength(100);
  expect(() => poll(tracker, ties)).toThrow(TooManyRows);
});

test('a long overlap is shortened to what can be remembered, and nothing comes twice', () => {
  const tracker = numberOf({ overlapNumber: 1_000, rememberedRowsMax: 100 });
  const rows = Array.from({ length: 500 }, (_, at) => ({ at, name: `r${at}` }));
  expect(poll(tracker, rows)).toHaveLength(500);
  expect(tracker.remembered()).toBeLessThanOrEqual(100);
  expect(poll(tracker, rows)).toEqual([]);
});

test('rows are delivered once, whatever comes late within the overlap, in pages and over restarts', () => {
  const arrival = fc.record({
    /** how far behind the newest row this one comes */
    late: fc.integer({ min: 0, max: 5 }),
    step: fc.integer({ min: 0, max: 2 }),
  });
  const event = fc.oneof(
    { weight: 3, arbitrary: fc.array(arrival, { maxLength: 8 }).map((rows) => ({ rows })) },
    { weight: 1, arbitrary: fc.constant({ restart: true as const }) },
  );
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 40 }),
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(1, -1, 0),
      (events, rowsMax, order) => {
        let tracker = numberOf({ overlapNumber: 5, ordered: order === 1 });
        const table: { at: number; name: string }[] = [];
        const delivered: string[] = [];
        let newest = 5;
        for (const each of events) {
          if ('restart' in each) {
            const kept = tracker.save();
            tracker = numberOf({ overlapNumber: 5, ordered: order === 1 });
            expect(tracker.restore(kept)).toBe(true);
          } else
            for (const { late, step } of each.rows) {
              newest += step;
              table.push({ at: newest - late, name: `r${table.length}` });
            }
          // Ascending, descending, or as they came.
          table.sort((left, right) => order * (left.at - right.at));
          delivered.push(...poll(tracker, table, rowsMax));
        }
        for (let round = 0; round < 200; round += 1) delivered.push(...poll(tracker, table, rowsMax));
        expect([...delivered].sort()).toEqual(table.map(({ name }) => name).sort());
      },
    ),
    { numRuns: 300 },
  );
});

test('what was kept for another column, or is damaged, is not taken over', () => {
  const tracker = timeOf();
  expect(tracker.restore(numberOf().save())).toBe(false);
  fc.assert(
    fc.property(fc.string(), fc.nat(), (text, place) => {
      tracker.restore(text);
      const kept = tracker.save();
      const damaged = kept.slice(0, place % kept.length) + text + kept.slice((place % kept.length) + 1);
      expect(typeof tracker.restore(damaged)).toBe('boolean');
      expect(parseTime(tracker.bound(() => '2026-01-01'))).not.toBe(undefined);
    }),
  );
});
