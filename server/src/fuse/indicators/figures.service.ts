import {
  type Breakdown,
  type FigureRow,
  type FiguresQuery,
  type IndicatorFigure,
  type IndicatorFigures,
  type Measure,
  STATISTICS,
  type StatisticCode,
  type Suppression,
} from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import { type Asked, type FigureStore, type KeyedSums, NO_SUMS, type Sums } from './figures.store.ts';
import { contributionOf, growthOf } from './growth.ts';
import { cellOf, demandTable, type Guarding, seesEnterprises } from './guarding.service.ts';
import { nameOfPart, pathOf } from './names.ts';
import { numberOfPeriod, type PeriodNumber, textOfPeriod, yearBefore, yearOf } from './periods.ts';

/** A difference of this many enterprises between two numbers that are told would tell of one of them. */
const TELLING_MAX = 2;

type Parts = { store: FigureStore; guarding: Guarding };
/** What of a cell may be told: the value, and its growth. */
export type Telling = { why: Suppression | null; growth: boolean };
const EVERYTHING: Telling = { why: null, growth: true };

/** Sums of indicators with their parts: drill-down, ranking, what moved the sum. */
export function createFigures({ store, guarding }: Parts) {
  return {
    /** A sum and its parts. @throws NOT_FOUND for an indicator that is not summed or has no values */
    async figures(scope: Scope, code: StatisticCode, query: FiguresQuery): Promise<IndicatorFigures> {
      demand(scope, 'fuse:indicator:read');
      const { period: wanted, measure: asked, by, order, limit, ...filter } = query;
      demandTable(scope, filter, by);
      const measure = measureOf(code, asked);
      const period = wanted === undefined ? await newest(scope, code) : numberOfPeriod(wanted);
      const about = { code, measure, filter, period };
      const open = seesEnterprises(scope);
      // what may be told depends on all parts
      const parts = await store.by(scope, { ...about, by, order, ...(open ? { limit } : {}) });
      const isAll = !open || parts.length < limit;
      const { parts: rowsTotal, ...whole } = isAll
        ? { ...sumOf(parts), parts: parts.length }
        : await store.whole(scope, { ...about, by });
      const telling = await tellings(scope, about, { by, parts });
      const total = figureOf(code, whole, telling(undefined), open);
      const shares = total.suppressed === null;
      const rows = parts.map((part) =>
        rowOf(part, { code, by, whole, telling: telling(part.key), shares, open }),
      );
      return {
        ...{ code, period: textOfPeriod(period), measure, by, total },
        // an order by what is hidden would tell of it
        rows: (open ? rows : rows.sort(order === 'value' ? byValue : byChange)).slice(0, limit),
        rowsTotal,
        path: pathOf(filter),
      };
    },
  };

  async function newest(scope: Scope, code: StatisticCode): Promise<PeriodNumber> {
    const found = (await store.spans(scope)).find((each) => each.code === code);
    if (!found) throw new AppError('NOT_FOUND', { thing: `values of ${code}` });
    return found.last;
  }

  type About = Asked & { period: PeriodNumber };
  /** What may be told of each part and, without a key, of the whole. */
  async function tellings(
    scope: Scope,
    about: About,
    { by, parts }: { by: Breakdown; parts: readonly KeyedSums[] },
  ) {
    if (seesEnterprises(scope)) return () => EVERYTHING;
    const { code, period, filter, measure } = about;
    const plan = await guarding.plan(scope, code, yearOf(period));
    const before = await guarding.plan(scope, code, yearOf(period) - 1);
    const last = await store.by(scope, { ...about, by, period: yearBefore(period) });
    const usual =
      measure === 'month' ? await store.by(scope, { ...about, by, measure: 'cumulative' }) : parts;
    const countsOf = (rows: readonly KeyedSums[]) => new Map(rows.map((row) => [row.key, row.enterprises]));
    const [lastYear, inTotal] = [countsOf(last), countsOf(usual)];
    return (key: string | undefined): Telling => {
      const { region, sector } = key === undefined ? cellOf(filter) : cellOf(filter, by, key);
      const own = key === undefined ? sumOf(parts) : (parts.find((part) => part.key === key) ?? sumOf([]));
      const added = (counts: ReadonlyMap<string, number>) =>
        key === undefined
          ? [...counts.values()].reduce((sum, count) => sum + count, 0)
          : (counts.get(key) ?? 0);
      return tellingOf({
        why: plan(region, sector),
        before: before(region, sector),
        enterprises: own.enterprises,
        comparable: own.comparable,
        lastYear: added(lastYear),
        inTotal: added(inTotal),
      });
    };
  }
}
export type FiguresService = ReturnType<typeof createFigures>;

type Counts = {
  why: Suppression | null;
  /** the same cell in the year before */
  before: Suppression | null;
  enterprises: number;
  comparable: number;
  lastYear: number;
  /** enterprises behind the cumulative figure of the same cell */
  inTotal: number;
};

/**
 * What may be told of a cell that the plan does not hide. Two numbers that differ by one or two enterprises would tell of
 * them: those that came since last year, those that left, those without a figure of the month.
 */
export function tellingOf({ why, before, enterprises, comparable, lastYear, inTotal }: Counts): Telling {
  if (why !== null) return { why, growth: false };
  const tells = (difference: number) => difference > 0 && difference <= TELLING_MAX;
  if (tells(inTotal - enterprises)) return { why: 'complementary', growth: false };
  return {
    why: null,
    growth: before === null && !tells(enterprises - comparable) && !tells(lastYear - comparable),
  };
}

/** The measure that is asked for, or the usual one. @throws NOT_FOUND for one the indicator is not published by */
export function measureOf(code: StatisticCode, asked: Measure | undefined): Measure {
  const measures: readonly Measure[] = STATISTICS[code].measures;
  const measure = asked ?? measures[0];
  if (measure === undefined || !measures.includes(measure))
    throw new AppError('NOT_FOUND', { thing: `${code} ${asked ?? ''}`.trim() });
  return measure;
}

const AMOUNTS = [
  'enterprises',
  'value',
  'over',
  'weight',
  'comparable',
  'current',
  'currentOver',
  'base',
  'baseOver',
] as const;
/** One sum of several: parts never share an enterprise. */
export function sumOf(parts: readonly Sums[]): Sums {
  const sum: Sums = { ...NO_SUMS };
  for (const part of parts) {
    for (const name of AMOUNTS) sum[name] += part[name];
    sum.largest = Math.max(sum.largest, part.largest);
  }
  return sum;
}
/** A figure as it may be told; who may not see single enterprises is not told the amounts behind its growth. */
export function figureOf(
  code: StatisticCode,
  sums: Sums,
  { why, growth }: Telling,
  open = true,
): IndicatorFigure {
  if (sums.enterprises === 0 && why === null)
    return { value: null, enterprises: 0, suppressed: null, growth: null };
  if (why !== null) return { value: null, enterprises: null, suppressed: why, growth: null };
  const said = saidBy(code, sums.value, sums.over);
  const compared = {
    current: saidBy(code, sums.current, sums.currentOver),
    base: saidBy(code, sums.base, sums.baseOver),
    comparable: sums.comparable,
    share: sums.value === 0 ? null : sums.current / sums.value,
  };
  const grown = growth ? growthOf(code, compared) : null;
  return {
    value: said,
    enterprises: sums.enterprises,
    suppressed: null,
    growth: grown && !open ? { ...grown, current: null, base: null, share: null } : grown,
  };
}

/** A sum, or for ratios one sum over the other. */
function saidBy(code: StatisticCode, value: number, over: number): number {
  return STATISTICS[code].kind === 'ratio' ? value / over : value;
}

type RowOptions = {
  code: StatisticCode;
  by: Breakdown;
  whole: Sums;
  telling: Telling;
  shares: boolean;
  open: boolean;
};
function rowOf(part: KeyedSums, { code, by, whole, telling, shares, open }: RowOptions): FigureRow {
  const figure = figureOf(code, part, telling, open);
  const additive = STATISTICS[code].kind !== 'ratio';
  return {
    key: part.key,
    name: nameOfPart(by, part.key, part.name),
    ...figure,
    share: additive && shares && figure.value !== null && whole.value > 0 ? figure.value / whole.value : null,
    contribution: open ? contributionOf(code, part, whole.base) : null,
  };
}

const byValue = (a: FigureRow, b: FigureRow): number =>
  (b.value ?? Number.NEGATIVE_INFINITY) - (a.value ?? Number.NEGATIVE_INFINITY) || (a.key < b.key ? -1 : 1);
const movedBy = (row: FigureRow): number => Math.abs(row.contribution ?? row.growth?.value ?? 0);
const byChange = (a: FigureRow, b: FigureRow): number => movedBy(b) - movedBy(a) || byValue(a, b);
