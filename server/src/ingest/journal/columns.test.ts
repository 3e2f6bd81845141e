import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Row } from '../observations/observations.ts';
import { type Columns, columnsOfRows, joinColumns, packColumns } from './columns.ts';
import type { Frame } from './frame.ts';
import { receiptOf } from './receipt.ts';
import { createRowSorter } from './row-sorter.ts';
import { createSlabs } from './slabs.ts';

const row = fc.record({
  series: fc.integer({ min: 1, max: 40 }),
  timeUs: fc.integer({ min: 0, max: 9_000_000_000_000_000 }),
  value: fc.double(),
  quality: fc.integer({ min: 0, max: 2 }),
  reason: fc.constant(''),
});
const rows = fc.array(row, { maxLength: 60 });
const plain = (columns: Columns) => ({
  ...columns,
  quality: [...(columns.quality ?? new Uint8Array(columns.rows))],
});

describe('columns', () => {
  it('are the same when they are packed, and when two are joined', () => {
    fc.assert(
      fc.property(rows, rows, (first, second) => {
        const [a, b] = [columnsOfRows(first), columnsOfRows(second)];
        const { bytes: _, release: __, ...packed } = packColumns(a);
        expect(packed).toEqual(a);
        expect(plain(joinColumns(a, b))).toEqual(plain(columnsOfRows([...first, ...second])));
      }),
    );
  });

  it('keep what they hold while others come and go in the same memory', () => {
    const slabs = createSlabs({ slabBytes: 1024, freeMax: 2 });
    const operations = fc.array(fc.tuple(rows, fc.boolean(), fc.nat(20)), { maxLength: 60 });
    fc.assert(
      fc.property(operations, (steps) => {
        const held: { packed: ReturnType<typeof packColumns>; wanted: Columns }[] = [];
        for (const [some, release, which] of steps) {
          const wanted = columnsOfRows(some);
          held.push({ packed: packColumns(wanted, slabs.take), wanted });
          if (release) {
            const [gone] = held.splice(which % held.length, 1);
            gone?.packed.release();
            gone?.packed.release();
          }
          for (const { packed, wanted: still } of held) expect(plain(packed)).toMatchObject(plain(still));
        }
        for (const { packed } of held) packed.release();
      }),
    );
    expect(slabs.free()).toBeGreaterThan(0);
    expect(slabs.free()).toBeLessThanOrEqual(2);
  });
});

describe('the sorter of rows', () => {
  const frameOf = (some: readonly Row[], receivedMs = 5): Frame => ({
    organisation: 'jx',
    door: 'line-protocol',
    source: null,
    batch: null,
    receivedMs,
    columns: packColumns(columnsOfRows(some)),
    texts: [],
    reasoned: [],
  });
  const sorted = (frames: readonly Frame[], wanted?: (timeUs: number) => boolean) => {
    const receivedMs = frames.map((frame) => frame.receivedMs);
    const found = createRowSorter().sort({ frames, receivedMs }, wanted);
    return Array.from(found.series, (series, at) => ({
      series,
      timeUs: Number(found.time[at]),
      value: found.value[at],
      quality: found.quality[at],
      receivedMs: Number(found.received[at]),
    }));
  };
  const at = (series: number, timeUs: number): Row => ({
    series,
    timeUs,
    value: timeUs,
    quality: 0,
    reason: '',
  });

  it('puts every row behind the others of its series, in the order of coming', () => {
    // Times of all frames overlap, so that their order must stay.
    const overlap = [0, 9_000_000_000_000_000].map((timeUs) => at(41, timeUs));
    const frames = fc.array(fc.tuple(rows, fc.nat(3)), { maxLength: 6 });
    fc.assert(
      fc.property(frames, (told) => {
        const all = told.map(([some, receivedMs]) => ({ some: [...some, ...overlap], receivedMs }));
        const expected = all
          .flatMap(({ some, receivedMs }) =>
            some.map(({ reason: _, ...found }) => ({ ...found, receivedMs })),
          )
          .map((found, place) => ({ found, place }))
          .sort((a, b) => a.found.series - b.found.series || a.place - b.place)
          .map(({ found }) => found);
        expect(sorted(all.map(({ some, receivedMs }) => frameOf(some, receivedMs)))).toEqual(expected);
      }),
    );
  });

  it('puts requests that overtook each other in the order of time', () => {
    const frames = [frameOf([at(1, 30), at(2, 40)]), frameOf([at(1, 10), at(2, 20)])];
    expect(sorted(frames).map(({ series, timeUs }) => [series, timeUs])).toEqual([
      [1, 10],
      [1, 30],
      [2, 20],
      [2, 40],
    ]);
  });

  it('leaves requests as they came when one of them corrects another', () => {
    const corrected = { ...at(1, 10), value: 7 };
    const frames = [frameOf([at(1, 10), at(1, 20)]), frameOf([at(1, 5), corrected])];
    expect(sorted(frames).map(({ timeUs, value }) => [timeUs, value])).toEqual([
      [10, 10],
      [20, 20],
      [5, 5],
      [10, 7],
    ]);
  });

  it('takes only the times that are wanted', () => {
    const frames = [frameOf([at(1, 1), at(2, 2), at(1, 3)])];
    expect(sorted(frames, (timeUs) => timeUs !== 2).map(({ timeUs }) => timeUs)).toEqual([1, 3]);
  });
});

describe('the time of receipt', () => {
  const frameOf = (receivedMs: number, reasoned: readonly Row[] = []): Frame => ({
    organisation: 'jx',
    door: 'line-protocol',
    source: null,
    batch: null,
    receivedMs,
    columns: packColumns(columnsOfRows([])),
    texts: [],
    reasoned,
  });
  const bad: Row = { series: 1, timeUs: 1, value: Number.NaN, quality: 2, reason: 'stale' };
  it.each<[string, Frame[], number, number[]]>([
    ['is one for what came together', [frameOf(100), frameOf(90)], 0, [100, 100]],
    ['is never that of a block before', [frameOf(100), frameOf(90)], 120, [121, 121]],
    ['is each its own when they came apart', [frameOf(100), frameOf(2_000)], 0, [100, 2_000]],
    ['is each its own when rows have reasons', [frameOf(100), frameOf(101, [bad])], 0, [100, 101]],
    ['is none for no frames', [], 7, []],
  ])('%s', (_name, frames, beforeMs, expected) => {
    expect(receiptOf(frames, beforeMs)).toEqual(expected);
  });
});
