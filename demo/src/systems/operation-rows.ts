import { taxpayerNumber } from '../province/codes.ts';
import type { Enterprise } from '../province/enterprises.ts';
import { seedOf, uniform } from '../province/random.ts';
import { isInPark } from './park-records.ts';
import { monthFaultsOf } from './planted-faults.ts';

/**
 * Headers of the monthly file, in order. Amounts are in thousand yuan from the beginning of the year, electricity in
 * 10,000 kW.h of the month itself.
 */
export const OPERATION_HEADERS = [
  '填报编号',
  '单位名称',
  '信用代码',
  '行政区划代码',
  '行业代码',
  '报告期',
  '期间口径',
  '工业总产值(千元)',
  '营业收入(千元)',
  '利润总额(千元)',
  '用电量(万千瓦时)',
  '平均用工人数',
] as const;
export type OperationHeader = (typeof OPERATION_HEADERS)[number];
export type OperationRow = Record<OperationHeader, string | number | null>;

/** One reporting period, `YYYY-MM`; February stands for January and February together. */
export type OperationMonth = { period: string; rows: readonly OperationRow[] };

/** Months the monitor keeps: two years and a month, so that every month of the last year can be held against the year before. */
export const OPERATION_MONTHS = 25;

/** Who reports monthly: the six with a plant, everybody outside the parks, and three of four others. */
export const reportsMonthly = (enterprise: Enterprise): boolean =>
  enterprise.index < 6 || !isInPark(enterprise) || enterprise.index % 4 !== 3;

/**
 * The reporting periods among the last 25 full months before a moment, oldest first. January is not reported: the
 * statistics take January and February as one period, so the row of February holds both.
 */
export function reportingPeriods(now: Date): readonly string[] {
  const periods: string[] = [];
  for (let back = OPERATION_MONTHS; back >= 1; back -= 1) {
    const date = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1));
    const month = date.getUTCMonth() + 1;
    if (month === 1) continue;
    periods.push(`${date.getUTCFullYear()}-${String(month).padStart(2, '0')}`);
  }
  return periods;
}

/** All months with their rows and planted faults. The same enterprise and month always give the same numbers. */
export function operationMonths(
  enterprises: readonly Enterprise[],
  { now, dirty }: { now: Date; dirty: boolean },
): readonly OperationMonth[] {
  const reporting = enterprises.filter(reportsMonthly);
  const periods = reportingPeriods(now);
  return periods.map((period, index) => {
    const newest = index === periods.length - 1;
    const rows = reporting
      .map((enterprise) => row(enterprise, { period, newest, dirty: dirty && newest }))
      .filter((candidate) => candidate !== null);
    return { period, rows };
  });
}

type RowContext = { period: string; newest: boolean; dirty: boolean };
function row(enterprise: Enterprise, { period, newest, dirty }: RowContext): OperationRow | null {
  const faults = monthFaultsOf(enterprise.index, dirty);
  if (newest && faults.has('missing-month')) return null;
  const figures = reportedFigures(enterprise, period);
  const factor = faults.has('thousandfold') ? 1000 : 1;
  const revenue = Math.round(figures.revenueWan * 10 * factor);
  return {
    填报编号:
      newest && faults.has('missing-key') ? null : `JX${String(enterprise.index + 1).padStart(5, '0')}`,
    单位名称: reportedName(enterprise, faults),
    信用代码: faults.has('missing-code')
      ? null
      : faults.has('taxpayer-number')
        ? taxpayerNumber(enterprise.code)
        : enterprise.code,
    行政区划代码: faults.has('old-division')
      ? (enterprise.county.old?.division ?? enterprise.county.division)
      : enterprise.county.division,
    行业代码: enterprise.industry.code,
    报告期: period,
    期间口径: `1-${Number(period.slice(5))}月累计，用电量为当月`,
    '工业总产值(千元)': Math.round(figures.outputWan * 10 * factor),
    '营业收入(千元)': faults.has('text-in-number')
      ? `${revenue.toLocaleString('en-US')}.0`
      : faults.has('words-in-number')
        ? '未报'
        : revenue,
    '利润总额(千元)': Math.round(figures.profitWan * 10 * factor),
    '用电量(万千瓦时)': figures.electricityWanKwh,
    平均用工人数: figures.employees,
  };
}

function reportedName(enterprise: Enterprise, faults: ReadonlySet<string>): string {
  if (faults.has('short-name')) return enterprise.shortName;
  return faults.has('scale-note-in-name') ? `${enterprise.name}（规上）` : enterprise.name;
}

/** What the statistics report for a month: amounts from the beginning of the year, electricity of the month itself. */
function reportedFigures(enterprise: Enterprise, period: string) {
  const [year = 2026, month = 1] = period.split('-').map(Number);
  const total = { revenueWan: 0, outputWan: 0, profitWan: 0 };
  let own = figuresOfMonth(enterprise, year, 1);
  for (let each = 1; each <= month; each += 1) {
    own = figuresOfMonth(enterprise, year, each);
    total.revenueWan += own.revenueWan;
    total.outputWan += own.outputWan;
    total.profitWan += own.profitWan;
  }
  return { ...total, electricityWanKwh: own.electricityWanKwh, employees: own.employees };
}

/** Season, growth and chance of one enterprise in one month; around the spring festival the works stand still. */
function figuresOfMonth(enterprise: Enterprise, year: number, month: number) {
  const seed = seedOf(`${enterprise.code} ${year}-${month}`);
  const season = 1 + 0.06 * Math.sin(((month - 4) / 12) * 2 * Math.PI);
  const festival = month <= 2 ? 0.88 : 1;
  const chance = 0.94 + 0.12 * uniform(seed, 1, 0);
  const revenueWan = (enterprise.revenueWan / 12) * season * 1.06 ** (year - 2026) * festival * chance;
  return {
    revenueWan,
    outputWan: revenueWan * (0.98 + 0.08 * uniform(seed, 2, 0)),
    profitWan: revenueWan * (0.11 * uniform(seed, 3, 0) - 0.015),
    electricityWanKwh: Math.round((revenueWan * enterprise.industry.electricityPerWan) / 100) / 100,
    employees: Math.max(1, Math.round(enterprise.employees * (0.98 + 0.04 * uniform(seed, 4, 0)))),
  };
}
