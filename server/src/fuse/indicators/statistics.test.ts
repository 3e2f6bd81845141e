import type { IndicatorCode } from '@ronghe/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contributionOf, growthOf } from './growth.ts';
import { monthBefore, numberOfPeriod, textOfPeriod, yearStart } from './periods.ts';
import { amountValue, figuresOf, monthBeforeOf } from './statistics.ts';

type Values = Readonly<Record<number, number>>;
const reported = (values: Partial<Record<IndicatorCode, Values>>) =>
  new Map(
    Object.entries(values).map(([code, months]) => [
      code as IndicatorCode,
      new Map(Object.entries(months).map(([period, value]) => [Number(period), value])),
    ]),
  );
const total = (figures: ReturnType<typeof figuresOf>, period: number) =>
  amountValue(figures.get(period)?.total ?? null);
const month = (figures: ReturnType<typeof figuresOf>, period: number) =>
  amountValue(figures.get(period)?.month ?? null);

describe('cumulative figures and those of the month', () => {
  const revenue = figuresOf(
    'REVENUE',
    reported({ REVENUE: { 202501: 5, 202502: 20, 202503: 33, 202505: 60, 202512: 150 } }),
  );

  test.each([
    ['January and February are one period', 202502, 20, 20],
    ['March is the difference to February', 202503, 33, 13],
    ['no month without the month before', 202505, 60, null],
    ['nor in December', 202512, 150, null],
  ])('%s', (_name, period, cumulative, own) => {
    expect(total(revenue, period)).toBe(cumulative);
    expect(month(revenue, period)).toBe(own);
  });

  test('a January that the statistics do not have is left out', () =>
    expect(revenue.has(202501)).toBe(false));

  test('February is not a difference to a January that came after all', () => {
    expect(month(revenue, 202502)).toBe(20);
  });

  test('the turn of the year is never a difference', () => {
    const figures = figuresOf('COST', reported({ COST: { 202512: 100, 202602: 10, 202603: 16 } }));
    expect(month(figures, 202602)).toBe(10);
    expect(month(figures, 202603)).toBe(6);
  });

  test('electricity has a real January, and adds up while no month is missing', () => {
    const figures = figuresOf(
      'ELECTRICITY',
      reported({ ELECTRICITY: { 202501: 3, 202502: 4, 202504: 5, 202601: 6 } }),
    );
    expect([202501, 202502, 202504, 202601].map((period) => month(figures, period))).toEqual([3, 4, 5, 6]);
    expect([202501, 202502, 202504, 202601].map((period) => total(figures, period))).toEqual([3, 7, null, 6]);
  });

  test('months add up to the year to date, whatever comes (property)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 11, maxLength: 11 }),
        (own) => {
          const sums = own.map((_value, index) =>
            own.slice(0, index + 1).reduce((all, value) => all + value, 0),
          );
          const values = Object.fromEntries(sums.map((value, index) => [202602 + index, value]));
          const figures = figuresOf('PROFIT', reported({ PROFIT: values }));
          const back = own.map((_value, index) => month(figures, 202602 + index) ?? Number.NaN);
          expect(back.reduce((all, value) => all + value, 0)).toBeCloseTo(sums.at(-1) ?? 0, 3);
        },
      ),
      { seed: 7, numRuns: 100 },
    );
  });

  test('a month is not held against January and February together', () => {
    const figures = figuresOf(
      'REVENUE',
      reported({ REVENUE: { 202512: 9, 202602: 20, 202603: 30, 202604: 41 } }),
    );
    expect(monthBeforeOf('REVENUE', figures, 202602)).toBeNull();
    expect(monthBeforeOf('REVENUE', figures, 202603)).toBeNull();
    expect(amountValue(monthBeforeOf('REVENUE', figures, 202604)?.month ?? null)).toBe(10);
  });
});

describe('ratios follow from their parts', () => {
  const DECEMBER = { ASSETS: { 202512: 80 }, INVENTORY: { 202512: 10 }, RECEIVABLES: { 202512: 20 } };
  const JUNE = reported({
    ...{ GROSS_OUTPUT: { 202603: 40, 202605: 84, 202606: 100 }, SALES_OUTPUT: { 202605: 80, 202606: 97 } },
    ...{
      REVENUE: { 202606: 200 },
      COST: { 202606: 160 },
      PROFIT: { 202606: -4 },
      LIABILITIES: { 202606: 60 },
    },
    ...{ ASSETS: { ...DECEMBER.ASSETS, 202606: 120 }, EMPLOYEES_AVG: { 202606: 50 } },
    ...{
      INVENTORY: { ...DECEMBER.INVENTORY, 202606: 30 },
      RECEIVABLES: { ...DECEMBER.RECEIVABLES, 202606: 40 },
    },
    ...{
      SELLING_EXPENSE: { 202606: 4 },
      ADMIN_EXPENSE: { 202606: 6 },
      RD_EXPENSE: { 202606: 8 },
      FINANCE_EXPENSE: { 202606: 2 },
    },
    CAPACITY_UTIL: { 202605: 70, 202606: 75 },
  });

  test.each([
    ['SALES_RATE', 97],
    ['PROFIT_MARGIN', -2],
    ['COST_PER_100', 80],
    ['FEE_PER_100', 10],
    ['DEBT_RATIO', 50],
    ['REV_PER_100_ASSETS', (200 / 100 / 6) * 12 * 100],
    ['REV_PER_CAPITA', (200 / 50 / 6) * 12],
    ['INVENTORY_DAYS', ((360 * 20) / 160) * 0.5],
    ['AR_DAYS', ((360 * 30) / 200) * 0.5],
    ['CAPACITY_UTIL', 75],
  ] as const)('%s', (code, expected) => {
    expect(total(figuresOf(code, JUNE), 202606)).toBeCloseTo(expected, 9);
  });

  test('of the month alone where it is published so', () => {
    expect(month(figuresOf('SALES_RATE', JUNE), 202606)).toBeCloseTo((17 / 16) * 100, 9);
    expect(month(figuresOf('PROFIT_MARGIN', JUNE), 202606)).toBeNull();
  });

  test('an average needs the end of the year before', () => {
    const without = reported({ REVENUE: { 202606: 200 }, ASSETS: { 202606: 120 } });
    expect(figuresOf('REV_PER_100_ASSETS', without).size).toBe(0);
  });

  test('capacity utilisation is of quarters, and the larger enterprise weighs more', () => {
    const small = figuresOf(
      'CAPACITY_UTIL',
      reported({ GROSS_OUTPUT: { 202603: 10 }, CAPACITY_UTIL: { 202603: 50 } }),
    );
    const large = figuresOf(
      'CAPACITY_UTIL',
      reported({ GROSS_OUTPUT: { 202603: 90 }, CAPACITY_UTIL: { 202603: 90 } }),
    );
    const halves = [small, large].map((figures) => figures.get(202603)?.total ?? { value: 0, over: 0 });
    const sum = { value: 0, over: 0 };
    for (const { value, over } of halves)
      Object.assign(sum, { value: sum.value + value, over: sum.over + over });
    expect(amountValue(sum)).toBeCloseTo((100 / (10 / 0.5 + 90 / 0.9)) * 100, 9);
    expect(figuresOf('CAPACITY_UTIL', JUNE).has(202605)).toBe(false);
  });

  test('nothing is divided by nothing', () => {
    expect(figuresOf('PROFIT_MARGIN', reported({ PROFIT: { 202606: 3 }, REVENUE: { 202606: 0 } })).size).toBe(
      0,
    );
  });
});

describe('growth', () => {
  const of = (current: number, base: number) =>
    growthOf('PROFIT', { current, base, comparable: 3, share: 1 });
  test.each([
    ['a rate', 110, 100, 10, null],
    ['a fall', 90, 100, -10, null],
    ['a fall over 100 %', -20, 100, -120, 'profit-to-loss'],
    ['由亏转盈', 5, -10, null, 'loss-to-profit'],
    ['to nothing after a loss', 0, -10, null, 'loss-to-profit'],
    ['增亏', -12, -10, null, 'loss-grew'],
    ['减亏', -8, -10, null, 'loss-shrank'],
    ['the same loss', -10, -10, null, null],
    ['over nothing', 5, 0, null, null],
  ])('%s', (_name, current, base, value, turn) => {
    expect(of(current, base)).toMatchObject({
      kind: 'rate',
      turn,
      value: value === null ? null : expect.closeTo(value, 9),
    });
  });

  test('ratios differ by points', () => {
    expect(growthOf('DEBT_RATIO', { current: 52.5, base: 54, comparable: 3, share: 1 })).toMatchObject({
      kind: 'points',
      value: -1.5,
      turn: null,
    });
  });

  test('without a comparable enterprise there is none', () => {
    expect(growthOf('REVENUE', { current: 0, base: 0, comparable: 0, share: null })).toBeNull();
  });

  test('contributions add up to the growth', () => {
    const parts = [
      [60, 50],
      [30, 40],
      [22, 10],
    ] as const;
    const added = parts.map(([current, base]) => contributionOf('REVENUE', { current, base }, 100) ?? 0);
    expect(added.reduce((sum, each) => sum + each, 0)).toBeCloseTo(12, 9);
    expect(contributionOf('DEBT_RATIO', { current: 1, base: 2 }, 100)).toBeNull();
  });
});

test('months are numbers that know their neighbours', () => {
  expect(numberOfPeriod('2026-03')).toBe(202603);
  expect(textOfPeriod(202511)).toBe('2025-11');
  expect(monthBefore(202601)).toBe(202512);
  expect(monthBefore(202603)).toBe(202602);
  expect(yearStart(202603)).toBe(202512);
});
