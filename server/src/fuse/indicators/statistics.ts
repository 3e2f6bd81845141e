import { type IndicatorCode, STATISTICS, type StatisticCode } from '@ronghe/contracts';
import { monthBefore, monthOf, type PeriodNumber, yearBefore, yearStart } from './periods.ts';

/** Values of one indicator by month, as they were reported. */
export type Months = ReadonlyMap<PeriodNumber, number>;
/** What one enterprise reported. */
export type Reported = ReadonlyMap<IndicatorCode, Months>;

/** An amount (`over` is 0), or both halves of a ratio: its value is `value / over`, and sums add the halves. */
export type Amount = { value: number; over: number };
/** What a month says: since the beginning of the year (or the level at its end), and of the month alone. */
export type Figure = { total: Amount | null; month: Amount | null };
export type Figures = ReadonlyMap<PeriodNumber, Figure>;

const NOTHING: Months = new Map();
const CHAIN_YEAR = 12;
const DAYS_A_YEAR = 360;

const amount = (value: number | undefined): Amount | null =>
  value === undefined ? null : { value, over: 0 };
/** A ratio over nothing is none. */
const part = (value: number, over: number): Amount | null =>
  Number.isFinite(value) && Number.isFinite(over) && over > 0 ? { value, over } : null;

/** The number an amount or ratio says. */
export const amountValue = (amount: Amount | null): number | null => {
  if (amount === null) return null;
  return amount.over === 0 ? amount.value : amount.value / amount.over;
};

/**
 * The figures of one statistic for one enterprise, by month. Cumulative figures: the month is the difference to the month
 * before, from March on and only where that one came; February is January and February together; a January of indicators
 * that have none is left out. Ratios are both halves, so that sums of enterprises divide sums and never average.
 */
export function figuresOf(code: StatisticCode, reported: Reported): Figures {
  const months = (of: IndicatorCode) => reported.get(of) ?? NOTHING;
  switch (code) {
    case 'IND_VA_YOY':
      return new Map();
    case 'SALES_RATE':
      return ofHalves(flows(code, months('SALES_OUTPUT')), flows(code, months('GROSS_OUTPUT')), {
        factor: 100,
      });
    case 'PROFIT_MARGIN':
      return ofHalves(flows(code, months('PROFIT')), flows(code, months('REVENUE')), {
        factor: 100,
        whole: true,
      });
    case 'COST_PER_100':
      return ofHalves(flows(code, months('COST')), flows(code, months('REVENUE')), {
        factor: 100,
        whole: true,
      });
    case 'FEE_PER_100':
      return ofHalves(flows(code, feesOf(months)), flows(code, months('REVENUE')), {
        factor: 100,
        whole: true,
      });
    case 'DEBT_RATIO':
      return ofHalves(levels(months('LIABILITIES')), levels(months('ASSETS')), { factor: 100 });
    case 'REV_PER_100_ASSETS':
      return perYear(months('REVENUE'), meanLevels(months('ASSETS')), 100);
    case 'REV_PER_CAPITA':
      return perYear(months('REVENUE'), months('EMPLOYEES_AVG'), 1);
    case 'INVENTORY_DAYS':
      return daysOf(meanLevels(months('INVENTORY')), months('COST'));
    case 'AR_DAYS':
      return daysOf(meanLevels(months('RECEIVABLES')), months('REVENUE'));
    case 'CAPACITY_UTIL':
      return capacity(months('CAPACITY_UTIL'), months('GROSS_OUTPUT'));
    case 'ELECTRICITY':
      return monthlies(months(code));
    default:
      return STATISTICS[code].kind === 'stock' ? levels(months(code)) : flows(code, months(code));
  }
}

/** Cumulative figures as they are reported. */
function flows(code: StatisticCode, months: Months): Figures {
  const figures = new Map<PeriodNumber, Figure>();
  const separate = STATISTICS[code].january === 'separate';
  for (const [period, value] of months) {
    const month = monthOf(period);
    if (month === 1 && !separate) continue;
    figures.set(period, { total: amount(value), month: amount(differenceOf(months, period)) });
  }
  return figures;
}

function differenceOf(months: Months, period: PeriodNumber): number | undefined {
  const value = months.get(period);
  if (value === undefined || monthOf(period) <= 2) return value;
  const before = months.get(period - 1);
  return before === undefined ? undefined : value - before;
}

/** Figures that are reported of the month itself; they add up only when no month of the year is missing. */
function monthlies(months: Months): Figures {
  const figures = new Map<PeriodNumber, Figure>();
  for (const period of [...months.keys()].sort((a, b) => a - b)) {
    const value = months.get(period) ?? 0;
    const before = monthOf(period) === 1 ? 0 : figures.get(period - 1)?.total?.value;
    figures.set(period, {
      total: amount(before === undefined ? undefined : before + value),
      month: amount(value),
    });
  }
  return figures;
}

function levels(months: Months): Figures {
  const figures = new Map<PeriodNumber, Figure>();
  for (const [period, value] of months) figures.set(period, { total: amount(value), month: null });
  return figures;
}

/** Mean of the end of the year before and the end of the month: the average stock of the year to date. */
function meanLevels(months: Months): Months {
  const means = new Map<PeriodNumber, number>();
  for (const [period, value] of months) {
    const start = months.get(yearStart(period));
    if (start !== undefined) means.set(period, (start + value) / 2);
  }
  return means;
}

type Halves = { factor: number; whole?: boolean };
function ofHalves(upper: Figures, lower: Figures, { factor, whole = false }: Halves): Figures {
  const figures = new Map<PeriodNumber, Figure>();
  const both = (above: Amount | null, below: Amount | null) =>
    above && below ? part(above.value * factor, below.value) : null;
  for (const [period, above] of upper) {
    const below = lower.get(period);
    if (!below) continue;
    const total = both(above.total, below.total);
    const month = whole ? null : both(above.month, below.month);
    if (total || month) figures.set(period, { total, month });
  }
  return figures;
}

/** The four expenses together; all of them must have come. */
function feesOf(months: (of: IndicatorCode) => Months): Months {
  const [selling, ...others] = (
    ['SELLING_EXPENSE', 'ADMIN_EXPENSE', 'RD_EXPENSE', 'FINANCE_EXPENSE'] as const
  ).map(months);
  const sums = new Map<PeriodNumber, number>();
  for (const [period, value] of selling ?? NOTHING) {
    const sum = others.reduce((total, other) => total + (other.get(period) ?? Number.NaN), value);
    if (Number.isFinite(sum)) sums.set(period, sum);
  }
  return sums;
}

/** A cumulative flow brought to a year, over a level. */
function perYear(flow: Months, level: Months, factor: number): Figures {
  const figures = new Map<PeriodNumber, Figure>();
  for (const [period, value] of flow) {
    if (monthOf(period) === 1) continue;
    const total = part(((value * CHAIN_YEAR) / monthOf(period)) * factor, level.get(period) ?? Number.NaN);
    if (total) figures.set(period, { total, month: null });
  }
  return figures;
}

/** Days that a level lasts at the rate of a cumulative flow; a year has 360. */
function daysOf(level: Months, flow: Months): Figures {
  const figures = new Map<PeriodNumber, Figure>();
  for (const [period, value] of flow) {
    if (monthOf(period) === 1) continue;
    const total = part(
      (DAYS_A_YEAR * (level.get(period) ?? Number.NaN) * monthOf(period)) / CHAIN_YEAR,
      value,
    );
    if (total) figures.set(period, { total, month: null });
  }
  return figures;
}

/** Quarters only. Output of the quarter over the capacity that the reported share implies. */
function capacity(shares: Months, output: Months): Figures {
  const figures = new Map<PeriodNumber, Figure>();
  for (const [period, share] of shares) {
    if (monthOf(period) % 3 !== 0) continue;
    const now = output.get(period);
    const before = monthOf(period) === 3 ? 0 : output.get(period - 3);
    if (now === undefined || before === undefined || share <= 0 || now <= before) continue;
    const total = part((now - before) * 100, (now - before) / (share / 100));
    if (total) figures.set(period, { total, month: null });
  }
  return figures;
}

/** Figures of the same month a year before; null where the enterprise has none. */
export const baseOf = (figures: Figures, period: PeriodNumber): Figure | null =>
  figures.get(yearBefore(period)) ?? null;

/**
 * The month before that a month may be held against: none for February and March of cumulative figures, because January and
 * February are one period.
 */
export function monthBeforeOf(code: StatisticCode, figures: Figures, period: PeriodNumber): Figure | null {
  const isFlow = STATISTICS[code].kind === 'flow';
  const merged = isFlow && STATISTICS[code].january !== 'separate';
  if (merged && monthOf(period) <= 3) return null;
  if (STATISTICS[code].frequency === 'quarterly') return null;
  return figures.get(monthBefore(period)) ?? null;
}
