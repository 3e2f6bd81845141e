import {
  COMPARED_MAX,
  type ComparisonQuery,
  type IndicatorComparison,
  IndicatorFilter,
  type IndicatorTrend,
  type StatisticCode,
  TREND_MONTHS_MAX,
  type TrendPoint,
  type TrendQuery,
} from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import { figureOf, measureOf, tellingOf } from './figures.service.ts';
import type { Asked, FigureStore, PeriodSums } from './figures.store.ts';
import { cellOf, demandTable, type Guarding, seesEnterprises } from './guarding.service.ts';
import { nameOfPart } from './names.ts';
import { numberOfPeriod, type PeriodNumber, textOfPeriod, yearBefore, yearOf } from './periods.ts';

/** Months of a trend nobody gave a beginning: two years and the month they began with. */
const YEARS_SHOWN = 2;

type Parts = { store: FigureStore; guarding: Guarding };

/** Sums of indicators over time, and several of them side by side. */
export function createTrends({ store, guarding }: Parts) {
  async function points(scope: Scope, asked: Asked, query: TrendQuery): Promise<TrendPoint[]> {
    demandTable(scope, asked.filter);
    if (asked.enterprise !== undefined) demand(scope, 'fuse:enterprise:read');
    const to = query.to === undefined ? await newest(scope, asked.code) : numberOfPeriod(query.to);
    if (to === null) return [];
    const from = query.from === undefined ? to - YEARS_SHOWN * 100 : numberOfPeriod(query.from);
    const open = seesEnterprises(scope);
    // who may not see single enterprises is told by the year before who left meanwhile
    const found = await store.trend(scope, { ...asked, from: open ? from : yearBefore(from), to });
    const shown = found.filter(({ period }) => period >= from).slice(-TREND_MONTHS_MAX);
    const telling = open
      ? () => ({ why: null, growth: true })
      : await tellings(scope, asked, { found, shown });
    return shown.map((sums) => ({
      period: textOfPeriod(sums.period),
      ...figureOf(asked.code, sums, telling(sums), open),
    }));
  }

  /** The newest month there is; null where nobody reported any. */
  async function newest(scope: Scope, code: StatisticCode): Promise<PeriodNumber | null> {
    return (await store.spans(scope)).find((each) => each.code === code)?.last ?? null;
  }

  /** What may be told of each month. */
  async function tellings(
    scope: Scope,
    asked: Asked,
    { found, shown }: { found: readonly PeriodSums[]; shown: readonly PeriodSums[] },
  ) {
    const { code, measure, filter } = asked;
    const { region, sector } = cellOf(filter);
    const [from, to] = [shown[0]?.period ?? 0, shown.at(-1)?.period ?? 0];
    const usual =
      measure === 'month' ? await store.trend(scope, { ...asked, measure: 'cumulative', from, to }) : shown;
    const countsOf = (rows: readonly PeriodSums[]) =>
      new Map(rows.map((row) => [row.period, row.enterprises]));
    const [all, inTotal] = [countsOf(found), countsOf(usual)];
    const plans = new Map<number, Awaited<ReturnType<Guarding['plan']>>>();
    for (let year = yearOf(from) - 1; year <= yearOf(to); year += 1)
      plans.set(year, await guarding.plan(scope, code, year));
    return ({ period, enterprises, comparable }: PeriodSums) =>
      tellingOf({
        why: plans.get(yearOf(period))?.(region, sector) ?? null,
        before: plans.get(yearOf(period) - 1)?.(region, sector) ?? null,
        enterprises,
        comparable,
        lastYear: all.get(yearBefore(period)) ?? 0,
        inTotal: inTotal.get(period) ?? enterprises,
      });
  }

  return {
    async trend(scope: Scope, code: StatisticCode, query: TrendQuery): Promise<IndicatorTrend> {
      demand(scope, 'fuse:indicator:read');
      const { from: _from, to: _to, measure: wanted, ...filter } = query;
      const measure = measureOf(code, wanted);
      return { code, measure, items: await points(scope, { code, measure, filter }, query) };
    },

    /** @throws REQUEST_INVALID when the things to compare are not two to six */
    async comparison(
      scope: Scope,
      code: StatisticCode,
      query: ComparisonQuery,
    ): Promise<IndicatorComparison> {
      demand(scope, 'fuse:indicator:read');
      const { from: _from, to: _to, measure: wanted, items, ...filter } = query;
      const measure = measureOf(code, wanted);
      const compared: IndicatorComparison['items'] = [];
      for (const item of comparedOf(items)) {
        const asked: Asked =
          item.enterprise === undefined
            ? { code, measure, filter: { ...filter, ...item.filter } }
            : { code, measure, filter, enterprise: item.enterprise };
        const found = await points(scope, asked, query);
        compared.push({ key: item.key, name: await nameOf(scope, item, asked), items: found });
      }
      return { code, measure, items: compared };
    },
  };

  async function nameOf(scope: Scope, { kind, value }: Compared, asked: Asked) {
    if (kind !== 'enterprise') return nameOfPart(kind === 'region' ? 'county' : kind, value);
    return nameOfPart('enterprise', value, await store.enterpriseName(scope, asked));
  }
}
export type Trends = ReturnType<typeof createTrends>;

const KINDS = ['region', 'sector', 'keyIndustry', 'size', 'park', 'enterprise'] as const;
type Compared = {
  key: string;
  kind: (typeof KINDS)[number];
  value: string;
  filter: IndicatorFilter;
  enterprise?: string;
};

/** `region:360100,enterprise:…` as filters. @throws REQUEST_INVALID */
export function comparedOf(text: string): Compared[] {
  const keys = [...new Set(text.split(',').filter((key) => key !== ''))];
  const compared = keys.flatMap((key): Compared[] => {
    const [kindText = '', ...rest] = key.split(':');
    const [kind, value] = [KINDS.find((each) => each === kindText), rest.join(':')];
    if (kind === undefined || value === '') return [];
    if (kind === 'enterprise') return [{ key, kind, value, filter: {}, enterprise: value }];
    const filter = IndicatorFilter.safeParse({ [kind]: value });
    return filter.success ? [{ key, kind, value, filter: filter.data }] : [];
  });
  if (compared.length !== keys.length || keys.length < 2 || keys.length > COMPARED_MAX)
    throw new AppError(
      'REQUEST_INVALID',
      {},
      {
        details: [
          { path: 'items', message: `two to ${COMPARED_MAX} of ${KINDS.join(', ')}, as region:360100` },
        ],
      },
    );
  return compared;
}
