import { describe, expect, test } from 'vitest';
import { tellingOf } from './figures.service.ts';
import type { LeafSums } from './figures.store.ts';
import { planOf } from './suppression.ts';

type Leaf = Pick<LeafSums, 'city' | 'county' | 'section' | 'sector'> & {
  amounts: readonly number[];
  moment?: number;
};
const leavesOf = (leaves: readonly Leaf[]): LeafSums[] =>
  leaves.map(({ amounts, moment = 2026030, ...leaf }) => ({
    ...leaf,
    moments: [moment],
    enterprises: [amounts.length],
    weights: [amounts.reduce((sum, amount) => sum + amount, 0)],
    largest: [Math.max(...amounts)],
  }));
const leaf = (county: string, sector: string, amounts: readonly number[], moment?: number): Leaf => ({
  ...{ city: `${county.slice(0, 4)}00`, county, section: Number(sector) < 13 ? 'B' : 'C', sector, amounts },
  ...(moment === undefined ? {} : { moment }),
});
const FAIR = [10, 11, 12, 13];

describe('cells that are not told', () => {
  test.each([
    ['two enterprises', [10, 10], 'few'],
    ['one with more than 85 %', [90, 5, 5, 3], 'dominated'],
    ['three alike', [10, 10, 10], null],
    ['one with 85 %', [85, 5, 5, 5], null],
  ])('%s', (_name, amounts, why) => {
    const many = ['360103', '360104', '360105'].map((county) => leaf(county, '32', FAIR));
    expect(planOf(leavesOf([leaf('360102', '32', amounts), ...many]))('360102', '')).toBe(why);
  });

  test('the smallest other cell is hidden with it, so that the sum does not give it away', () => {
    const plan = planOf(
      leavesOf([
        leaf('360102', '32', [7]),
        leaf('360103', '32', [100, 110, 120]),
        leaf('360104', '32', [20, 21, 22]),
        leaf('360105', '32', [50, 51, 52]),
      ]),
    );
    expect(['360102', '360103', '360104', '360105', '360100', ''].map((region) => plan(region, ''))).toEqual([
      ...['few', null, 'complementary', null],
      ...[null, null],
    ]);
  });

  test('two hidden cells that are one enterprise each still give each other away: a third goes', () => {
    const plan = planOf(
      leavesOf([
        leaf('360102', '32', [7]),
        leaf('360103', '32', [8]),
        leaf('360104', '32', FAIR),
        leaf('360105', '32', [40, 41, 42]),
      ]),
    );
    expect(plan('360104', '')).toBe('complementary');
    expect(plan('360105', '')).toBeNull();
  });

  test('where nothing else is left, the sum itself is hidden, and then a part of the sum above it', () => {
    const plan = planOf(
      leavesOf([
        leaf('360102', '32', [7]),
        leaf('360202', '32', FAIR),
        leaf('360302', '32', [50, 51, 52]),
        leaf('360402', '32', [60, 61, 62]),
      ]),
    );
    expect(plan('360100', '')).toBe('few');
    expect(plan('360200', '')).toBe('complementary');
    expect(plan('360300', '')).toBeNull();
    expect(plan('', '')).toBeNull();
  });

  test('what is hidden in one month is hidden all year, or the months beside it would tell', () => {
    const months = [2026020, 2026030, 2026040].flatMap((moment) => [
      leaf('360102', '32', moment === 2026030 ? [90, 1, 1] : FAIR, moment),
      ...['360103', '360104'].map((county) => leaf(county, '32', FAIR, moment)),
    ]);
    expect(planOf(leavesOf(months))('360102', '')).toBe('dominated');
  });
});

describe('differences between two numbers that are told', () => {
  const fair = { why: null, before: null, enterprises: 9, comparable: 9, lastYear: 9, inTotal: 9 };
  test.each([
    ['nothing changed', {}, { why: null, growth: true }],
    ['one enterprise is new', { comparable: 8, lastYear: 8 }, { why: null, growth: false }],
    ['two have left', { lastYear: 11 }, { why: null, growth: false }],
    ['three are new', { comparable: 6, lastYear: 6 }, { why: null, growth: true }],
    ['the year before is hidden', { before: 'few' as const }, { why: null, growth: false }],
    ['one has no figure of the month', { inTotal: 10 }, { why: 'complementary', growth: false }],
    ['hidden by the plan', { why: 'few' as const }, { why: 'few', growth: false }],
  ])('%s', (_name, change, expected) => expect(tellingOf({ ...fair, ...change })).toEqual(expected));
});

/** An attacker who asks for every cell of the table and solves the sums for what is hidden. */
describe('an attacker with all answers', () => {
  const COUNTIES = ['360102', '360103', '360111', '360202', '360203', '360302', '360402', '360403'];
  const SECTORS = ['08', '09', '17', '32', '39'];

  /** Leaves as unknowns; each told cell is an equation. */
  function revealed(leaves: readonly Leaf[]): number[] {
    const plan = planOf(leavesOf(leaves));
    const equations: number[][] = [];
    const add = (region: string, sector: string, isIn: (leaf: Leaf) => boolean) => {
      const row = leaves.map((each) => (isIn(each) ? 1 : 0));
      if (row.some((cell) => cell === 1) && plan(region, sector) === null) equations.push(row);
    };
    const regions: [string, (leaf: Leaf) => boolean][] = [
      ['', () => true],
      ...[...new Set(leaves.map(({ city }) => city))].map((city): [string, (leaf: Leaf) => boolean] => [
        city,
        (each) => each.city === city,
      ]),
      ...COUNTIES.map((county): [string, (leaf: Leaf) => boolean] => [
        county,
        (each) => each.county === county,
      ]),
    ];
    const sectors: [string, (leaf: Leaf) => boolean][] = [
      ['', () => true],
      ...['B', 'C'].map((section): [string, (leaf: Leaf) => boolean] => [
        section,
        (each) => each.section === section,
      ]),
      ...SECTORS.map((sector): [string, (leaf: Leaf) => boolean] => [
        sector,
        (each) => each.sector === sector,
      ]),
    ];
    for (const [region, inRegion] of regions)
      for (const [sector, inSector] of sectors)
        add(region, sector, (each) => inRegion(each) && inSector(each));
    const unsafe = leaves.flatMap(({ amounts }, index) => (amounts.length < 3 ? [index] : []));
    const solved = reduced(equations);
    return unsafe.filter((index) => isKnown(solved, index));
  }

  /** Rows in reduced echelon form. */
  function reduced(rows: number[][]): number[][] {
    const matrix = rows.map((row) => [...row]);
    let top = 0;
    for (let column = 0; column < (matrix[0]?.length ?? 0); column += 1) {
      const found = matrix.findIndex((row, index) => index >= top && Math.abs(row[column] ?? 0) > 1e-9);
      if (found < 0) continue;
      const pivot = matrix[found] ?? [];
      matrix[found] = matrix[top] ?? [];
      const scale = pivot[column] ?? 1;
      matrix[top] = pivot.map((cell) => cell / scale);
      for (const [index, row] of matrix.entries()) {
        const factor = row[column] ?? 0;
        if (index === top || Math.abs(factor) < 1e-9) continue;
        matrix[index] = row.map((cell, at) => cell - factor * (matrix[top]?.[at] ?? 0));
      }
      top += 1;
    }
    return matrix;
  }
  const isKnown = (solved: readonly number[][], unknown: number): boolean =>
    solved.some((row) =>
      row.every((cell, index) => (index === unknown ? Math.abs(cell - 1) < 1e-9 : Math.abs(cell) < 1e-9)),
    );

  test('the attack works where nothing is hidden', () => {
    const solved = reduced([
      [1, 1],
      [0, 1],
    ]);
    expect(isKnown(solved, 0)).toBe(true);
  });

  test.each(Array.from({ length: 40 }, (_, index) => index + 1))(
    'learns no single small cell of province %i',
    (seed) => {
      let state = seed * 7919;
      const next = (below: number) => {
        state = (Math.imul(state, 48_271) >>> 0) % 2_147_483_647;
        return state % below;
      };
      const leaves = COUNTIES.flatMap((county) =>
        SECTORS.flatMap((sector): Leaf[] => {
          const enterprises = [0, 1, 2, 3, 5, 8, 12][next(7)] ?? 0;
          return enterprises === 0
            ? []
            : [
                leaf(
                  county,
                  sector,
                  Array.from({ length: enterprises }, () => 10 + next(20)),
                ),
              ];
        }),
      );
      expect(revealed(leaves)).toEqual([]);
    },
  );
});
