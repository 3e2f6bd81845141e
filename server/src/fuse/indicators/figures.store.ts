import {
  type Breakdown,
  type IndicatorFilter,
  type Measure,
  STATISTICS,
  type StatisticCode,
} from '@ronghe/contracts';
import type { Scope } from '#platform/auth/scope.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import type { PeriodNumber } from './periods.ts';

const ROWS_MAX = 200_000;

/** Sums over the enterprises of one part: all that have the value, and those that have it in both years. */
export type Sums = {
  enterprises: number;
  value: number;
  over: number;
  /** sum and largest of the amounts without their signs, to tell whether one enterprise is most of it */
  weight: number;
  largest: number;
  comparable: number;
  current: number;
  currentOver: number;
  base: number;
  baseOver: number;
};
export type KeyedSums = Sums & { key: string; name: string };
export type PeriodSums = Sums & { period: PeriodNumber };
export type Asked = { code: StatisticCode; measure: Measure; filter: IndicatorFilter; enterprise?: string };
export type Span = { code: StatisticCode; first: PeriodNumber; last: PeriodNumber; enterprises: number };
export type LeafSums = {
  city: string;
  county: string;
  section: string;
  sector: string;
  /** months and measures of them; the other columns are beside it */
  moments: readonly number[];
  enterprises: readonly number[];
  weights: readonly number[];
  largest: readonly number[];
};

/** The column that a breakdown parts by. */
const KEYS = {
  city: 'city',
  county: 'county',
  section: 'section',
  sector: 'sector',
  keyIndustry: 'key_industry',
  size: 'size',
  park: 'park',
  enterprise: 'id',
} as const satisfies Record<Breakdown, string>;

/** Enterprises the scope sees, inside the filter, with the version of their figures that counts. */
function membersOf(filter: IndicatorFilter, enterprise: string | undefined): string {
  const conditions = [
    ...(filter.region === undefined ? [] : ['(city = {region:String} or county = {region:String})']),
    ...(filter.sector === undefined
      ? []
      : ['(section = {sector:String} or startsWith(industry, {sector:String}))']),
    ...(filter.keyIndustry === undefined ? [] : ['key_industry = {keyIndustry:String}']),
    ...(filter.size === undefined ? [] : ['size = {size:String}']),
    ...(filter.park === undefined ? [] : ['park = {park:String}']),
    ...(enterprise === undefined ? [] : ['id = {enterprise:String}']),
  ];
  return `(
    select * from fuse.indicator_enterprise final
    where active = 1 and (organisation = {organisation:String} or startsWith(organisation, {below:String}))
    ${conditions.map((condition) => `and ${condition}`).join(' ')})`;
}
const paramsOf = (scope: Scope, { code, filter, enterprise }: Omit<Asked, 'measure'>) => ({
  code,
  organisation: scope.organisation,
  below: `${scope.organisation}.`,
  ...Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)),
  ...(enterprise === undefined ? {} : { enterprise }),
});

export type Order = 'value' | 'change';
/** What comes first: the largest, or what moved the sum most. */
const ORDERS = {
  amount: { value: 'value', change: 'abs(current - base)' },
  ratio: {
    value: 'value / over',
    change: 'if(comparable > 0, abs(current / currentOver - base / baseOver), -1)',
  },
} as const;
export const NO_SUMS: Sums = {
  ...{ enterprises: 0, value: 0, over: 0, weight: 0, largest: 0 },
  ...{ comparable: 0, current: 0, currentOver: 0, base: 0, baseOver: 0 },
};

/** A level stands where the year to date does. */
const columnOf = (measure: Measure) => (measure === 'month' ? 'month' : 'total');
/** The sums of a measure as SQL. */
function sumsOf(measure: Measure): string {
  const column = columnOf(measure);
  const [has, both] = [`isFinite(${column})`, `isFinite(${column}) and isFinite(${column}_base)`];
  return `
    countIf(${has}) as enterprises, sumIf(${column}, ${has}) as value, sumIf(${column}_over, ${has}) as over,
    sumIf(abs(${column}), ${has}) as weight, maxIf(abs(${column}), ${has}) as largest,
    countIf(${both}) as comparable, sumIf(${column}, ${both}) as current, sumIf(${column}_over, ${both}) as currentOver,
    sumIf(${column}_base, ${both}) as base, sumIf(${column}_base_over, ${both}) as baseOver`;
}

type Counted<Row extends { enterprises: number; comparable: number }> = Omit<
  Row,
  'enterprises' | 'comparable'
> & {
  enterprises: string;
  comparable: string;
};
const counted = <Row extends { enterprises: number; comparable: number }>(row: Counted<Row>): Row =>
  ({ ...row, enterprises: Number(row.enterprises), comparable: Number(row.comparable) }) as Row;

/** Sums of figures over the enterprises a scope may see. */
export function createFigureStore(analytics: Analytics) {
  return {
    /** The sums of a month over everything, and how many parts a breakdown has. */
    async whole(
      scope: Scope,
      asked: Asked & { period: PeriodNumber; by: Breakdown },
    ): Promise<Sums & { parts: number }> {
      const key = KEYS[asked.by];
      const [row] = await analytics.query<Counted<Sums> & { parts: string }>(
        // sql-identifier: columns of our own tables out of fixed lists, all values bound
        `select ${sumsOf(asked.measure)}, uniqExactIf(members.${key}, isFinite(${columnOf(asked.measure)})) as parts
         from fuse.indicator_month as figures
         inner join ${membersOf(asked.filter, asked.enterprise)} as members
           on members.enterprise = figures.enterprise and members.version = figures.version
         where code = {code:String} and period = {period:UInt32}`,
        { params: { ...paramsOf(scope, asked), period: asked.period } },
      );
      return row ? { ...counted<Sums>(row), parts: Number(row.parts) } : { ...NO_SUMS, parts: 0 };
    },

    /**
     * The sums of a month by the parts of a breakdown, the largest or those that moved most first; parts without a value are
     * left out.
     */
    async by(
      scope: Scope,
      asked: Asked & { period: PeriodNumber; by: Breakdown; order?: Order; limit?: number },
    ): Promise<KeyedSums[]> {
      const key = KEYS[asked.by];
      const rows = await analytics.query<Counted<KeyedSums>>(
        // sql-identifier: columns of our own tables out of fixed lists, all values bound
        `select members.${key} as key, any(members.name) as name, ${sumsOf(asked.measure)}
         from fuse.indicator_month as figures
         inner join ${membersOf(asked.filter, asked.enterprise)} as members
           on members.enterprise = figures.enterprise and members.version = figures.version
         where code = {code:String} and period = {period:UInt32}
         group by key having enterprises > 0
         order by ${ORDERS[STATISTICS[asked.code].kind === 'ratio' ? 'ratio' : 'amount'][asked.order ?? 'value']} desc, key
         limit {rows:UInt32}`,
        {
          params: { ...paramsOf(scope, asked), period: asked.period, rows: asked.limit ?? ROWS_MAX },
          rowsMax: ROWS_MAX,
        },
      );
      return rows.map((row) => counted<KeyedSums>(row));
    },

    /** The sums of several months, oldest first. */
    async trend(
      scope: Scope,
      asked: Asked & { from: PeriodNumber; to: PeriodNumber },
    ): Promise<PeriodSums[]> {
      const rows = await analytics.query<Counted<PeriodSums>>(
        // sql-identifier: columns of our own tables out of fixed lists, all values bound
        `select period, ${sumsOf(asked.measure)}
         from fuse.indicator_month as figures
         inner join ${membersOf(asked.filter, asked.enterprise)} as members
           on members.enterprise = figures.enterprise and members.version = figures.version
         where code = {code:String} and period between {from:UInt32} and {to:UInt32}
         group by period having enterprises > 0 order by period`,
        { params: { ...paramsOf(scope, asked), from: asked.from, to: asked.to } },
      );
      return rows.map((row) => counted<PeriodSums>(row));
    },

    /** Which indicators have values in the scope, from which month to which, and of how many enterprises. */
    async spans(scope: Scope): Promise<Span[]> {
      const rows = await analytics.query<Omit<Span, 'enterprises'> & { enterprises: string }>(
        // sql-identifier: a piece of our own SQL, all values bound
        `select code, min(first_period) as first, max(last_period) as last, count() as enterprises
         from fuse.indicator_span as spans
         inner join ${membersOf({}, undefined)} as members
           on members.enterprise = spans.enterprise and members.version = spans.version
         group by code`,
        { params: paramsOf(scope, { code: 'REVENUE', filter: {} }) },
      );
      return rows.map((row) => ({ ...row, enterprises: Number(row.enterprises) }));
    },

    /** The smallest cells that suppression knows, of every month of a year and of both measures. */
    async leaves(scope: Scope, { code, year }: { code: StatisticCode; year: number }): Promise<LeafSums[]> {
      return analytics.query<LeafSums>(
        // sql-identifier: a piece of our own SQL, all values bound
        `select city, county, section, sector, groupArray(moment) as moments, groupArray(toUInt32(many)) as enterprises,
           groupArray(heavy) as weights, groupArray(top) as largest
         from (
           select city, county, section, sector, moment, count() as many, sum(amount) as heavy, max(amount) as top
           from (
             select enterprise, version, tupleElement(each, 1) as moment, tupleElement(each, 2) as amount
             from fuse.indicator_month
             array join [(period * 10, abs(total)), (period * 10 + 1, abs(month))] as each
             where code = {code:String} and period between {from:UInt32} and {to:UInt32} and isFinite(tupleElement(each, 2))
           ) as figures
           inner join ${membersOf({}, undefined)} as members
             on members.enterprise = figures.enterprise and members.version = figures.version
           group by city, county, section, sector, moment)
         group by city, county, section, sector`,
        {
          params: { ...paramsOf(scope, { code, filter: {} }), from: year * 100 + 1, to: year * 100 + 12 },
          rowsMax: ROWS_MAX,
        },
      );
    },

    /** Name of the enterprise that is asked for; empty when the scope does not see it. */
    async enterpriseName(scope: Scope, asked: Asked): Promise<string> {
      const [row] = await analytics.query<{ name: string }>(
        // sql-identifier: a piece of our own SQL, all values bound
        `select name from ${membersOf({}, asked.enterprise ?? '')}`,
        {
          params: {
            ...paramsOf(scope, { code: asked.code, filter: {}, enterprise: asked.enterprise ?? '' }),
          },
        },
      );
      return row?.name ?? '';
    },

    /** Changes whenever figures of the scope do. */
    async state(scope: Scope): Promise<string> {
      const [row] = await analytics.query<{ state: string }>(
        // sql-identifier: a piece of our own SQL, all values bound
        `select concat(toString(count()), ' ', toString(max(version))) as state from ${membersOf({}, undefined)}`,
        { params: paramsOf(scope, { code: 'REVENUE', filter: {} }) },
      );
      return row?.state ?? '';
    },
  };
}
export type FigureStore = ReturnType<typeof createFigureStore>;
