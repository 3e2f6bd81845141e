import { z } from 'zod';
import { Bilingual, type Bilingual as BilingualText, Id, Instant } from './common.ts';
import { INDICATORS, type IndicatorCode } from './fuse.ts';

/**
 * What a figure of a period says: `cumulative` since the beginning of the year, `month` of the month alone, `level` at its end
 * (stocks, ratios at the end of the period, capacity utilisation of the quarter).
 */
export const MEASURES = {
  cumulative: { zh: '本年累计', en: 'Year to date' },
  month: { zh: '当月', en: 'Current month' },
  level: { zh: '期末', en: 'At the end of the period' },
} as const satisfies Record<string, BilingualText>;
export type Measure = keyof typeof MEASURES;
export const Measure = z.enum(Object.keys(MEASURES) as [Measure, ...Measure[]]);

/** How January is reported. `combined`: with February, as production; `exempt`: not at all, February carries both; `separate`: by itself. */
export type JanuaryRule = 'combined' | 'exempt' | 'separate' | 'quarter';

export type StatisticDefinition = BilingualText & {
  unit: string;
  kind: 'flow' | 'stock' | 'ratio' | 'rate';
  frequency: 'monthly' | 'quarterly';
  january: JanuaryRule;
  /** which way is better; `none` where neither is */
  direction: 'up' | 'down' | 'none';
  /** how it is published, the usual one first; empty when no sum of enterprises gives it */
  measures: readonly Measure[];
  /** how it follows from others; null when it is reported itself */
  derivation: BilingualText | null;
};

type Rest = Omit<StatisticDefinition, 'zh' | 'en' | 'unit'>;
const reported = (code: IndicatorCode, rest: Partial<Rest> & Pick<Rest, 'kind'>): StatisticDefinition => ({
  zh: INDICATORS[code].zh,
  en: INDICATORS[code].en,
  unit: INDICATORS[code].unit,
  frequency: 'monthly',
  january: 'exempt',
  direction: 'up',
  measures: rest.kind === 'flow' ? ['cumulative', 'month'] : ['level'],
  derivation: null,
  ...rest,
});
type Texts = readonly [zh: string, en: string, unit: string];
const ratio = (
  [zh, en, unit]: Texts,
  derivation: BilingualText,
  rest: Partial<Rest> = {},
): StatisticDefinition => ({
  ...{ zh, en, unit, kind: 'ratio', frequency: 'monthly', january: 'exempt', direction: 'up' },
  ...{ measures: ['level'], derivation, ...rest },
});

/**
 * The monthly statistics of industry: what enterprises report (`INDICATORS`) and what follows from it, with the rules of each.
 * After the notes that the statistics offices publish with their monthly figures; `docs/guides/indicators.md` tells them.
 */
export const STATISTICS = {
  IND_VA_YOY: {
    ...{ zh: '规模以上工业增加值增速', en: 'Growth of industrial value added', unit: '%', kind: 'rate' },
    ...{ frequency: 'monthly', january: 'combined', direction: 'up', measures: [] },
    derivation: {
      zh: '按可比价计算的实际增速，由统计部门发布；不能由企业现价数据推算',
      en: 'Real growth at comparable prices, published by the statistics office; it does not follow from current prices',
    },
  },
  GROSS_OUTPUT: reported('GROSS_OUTPUT', { kind: 'flow', january: 'combined' }),
  SALES_OUTPUT: reported('SALES_OUTPUT', { kind: 'flow', january: 'combined' }),
  SALES_RATE: ratio(
    ['产品销售率', 'Sales rate of products', '%'],
    { zh: '工业销售产值 ÷ 工业总产值 × 100', en: 'Sales output ÷ gross output × 100' },
    { january: 'combined', measures: ['cumulative', 'month'] },
  ),
  EXPORT_DELIVERY: reported('EXPORT_DELIVERY', { kind: 'flow', january: 'combined' }),
  REVENUE: reported('REVENUE', { kind: 'flow' }),
  COST: reported('COST', { kind: 'flow', direction: 'none' }),
  PROFIT: reported('PROFIT', { kind: 'flow' }),
  PROFIT_MARGIN: ratio(
    ['营业收入利润率', 'Profit margin of revenue', '%'],
    { zh: '利润总额 ÷ 营业收入 × 100', en: 'Total profit ÷ operating revenue × 100' },
    { measures: ['cumulative'] },
  ),
  COST_PER_100: ratio(
    ['每百元营业收入中的成本', 'Cost in 100 CNY of revenue', '元'],
    { zh: '营业成本 ÷ 营业收入 × 100', en: 'Operating cost ÷ operating revenue × 100' },
    { measures: ['cumulative'], direction: 'down' },
  ),
  FEE_PER_100: ratio(
    ['每百元营业收入中的费用', 'Expenses in 100 CNY of revenue', '元'],
    {
      zh: '（销售费用 + 管理费用 + 研发费用 + 财务费用）÷ 营业收入 × 100',
      en: '(Selling + administrative + R&D + finance expense) ÷ operating revenue × 100',
    },
    { measures: ['cumulative'], direction: 'down' },
  ),
  ASSETS: reported('ASSETS', { kind: 'stock' }),
  LIABILITIES: reported('LIABILITIES', { kind: 'stock', direction: 'none' }),
  DEBT_RATIO: ratio(
    ['资产负债率', 'Debt ratio', '%'],
    { zh: '负债合计 ÷ 资产总计 × 100', en: 'Total liabilities ÷ total assets × 100' },
    { direction: 'down' },
  ),
  REV_PER_100_ASSETS: ratio(['每百元资产实现的营业收入', 'Revenue of 100 CNY of assets', '元'], {
    zh: '营业收入 ÷ 平均资产 ÷ 累计月数 × 12 × 100；平均资产 =（上年末 + 期末）÷ 2',
    en: 'Revenue ÷ average assets ÷ months to date × 12 × 100; average assets = (end of last year + now) ÷ 2',
  }),
  REV_PER_CAPITA: ratio(['人均营业收入', 'Revenue per employee', '万元/人'], {
    zh: '营业收入 ÷ 平均用工人数 ÷ 累计月数 × 12',
    en: 'Revenue ÷ average employees ÷ months to date × 12',
  }),
  INVENTORY_DAYS: ratio(
    ['产成品存货周转天数', 'Turnover of finished goods', '天'],
    {
      zh: '360 × 平均产成品存货 ÷ 营业成本 × 累计月数 ÷ 12；平均 =（上年末 + 期末）÷ 2',
      en: '360 × average finished goods ÷ operating cost × months to date ÷ 12; average = (end of last year + now) ÷ 2',
    },
    { direction: 'down' },
  ),
  AR_DAYS: ratio(
    ['应收账款平均回收期', 'Collection period of receivables', '天'],
    {
      zh: '360 × 平均应收账款 ÷ 营业收入 × 累计月数 ÷ 12；平均 =（上年末 + 期末）÷ 2',
      en: '360 × average receivables ÷ revenue × months to date ÷ 12; average = (end of last year + now) ÷ 2',
    },
    { direction: 'down' },
  ),
  EMPLOYEES_AVG: reported('EMPLOYEES_AVG', { kind: 'stock' }),
  ELECTRICITY: reported('ELECTRICITY', {
    kind: 'flow',
    january: 'separate',
    direction: 'none',
    measures: ['month', 'cumulative'],
  }),
  CAPACITY_UTIL: ratio(
    [INDICATORS.CAPACITY_UTIL.zh, INDICATORS.CAPACITY_UTIL.en, INDICATORS.CAPACITY_UTIL.unit],
    {
      zh: '实际产出 ÷ 生产能力；汇总时以当季工业总产值为产出，以产出 ÷ 企业产能利用率为生产能力',
      en: 'Output ÷ capacity; in sums, output is the gross output of the quarter and capacity is output ÷ the utilisation reported',
    },
    { frequency: 'quarterly', january: 'quarter' },
  ),
  RD_EXPENSE: reported('RD_EXPENSE', { kind: 'flow' }),
  SELLING_EXPENSE: reported('SELLING_EXPENSE', { kind: 'flow', direction: 'none' }),
  ADMIN_EXPENSE: reported('ADMIN_EXPENSE', { kind: 'flow', direction: 'none' }),
  FINANCE_EXPENSE: reported('FINANCE_EXPENSE', { kind: 'flow', direction: 'none' }),
  INVENTORY: reported('INVENTORY', { kind: 'stock', direction: 'none' }),
  RECEIVABLES: reported('RECEIVABLES', { kind: 'stock', direction: 'none' }),
} as const satisfies Record<string, StatisticDefinition>;
export type StatisticCode = keyof typeof STATISTICS;
export const STATISTIC_CODES = Object.keys(STATISTICS) as [StatisticCode, ...StatisticCode[]];
export const StatisticCode = z.enum(STATISTIC_CODES);

export const Period = z
  .string()
  .regex(/^20\d\d-(0[1-9]|1[0-2])$/, 'YYYY-MM')
  .describe('YYYY-MM');

/** How a profit moved where a rate says nothing: the year before was a loss, or this year is. */
export const TURNS = {
  'loss-to-profit': { zh: '由亏转盈', en: 'From loss to profit' },
  'profit-to-loss': { zh: '由盈转亏', en: 'From profit to loss' },
  'loss-grew': { zh: '增亏', en: 'Loss grew' },
  'loss-shrank': { zh: '减亏', en: 'Loss shrank' },
} as const satisfies Record<string, BilingualText>;
export type Turn = keyof typeof TURNS;

/** Growth over the year before (or the month before), on the same enterprises in both. */
export const Growth = z
  .object({
    kind: z
      .enum(['rate', 'points'])
      .describe('percent, or percentage points for ratios (the unit itself for others)'),
    value: z.number().nullable().describe('null where a rate says nothing: the base is zero or negative'),
    turn: z.enum(Object.keys(TURNS) as [Turn, ...Turn[]]).nullable(),
    current: z.number().nullable().describe('of the comparable enterprises'),
    base: z.number().nullable().describe('of the same enterprises, in the base period'),
    comparable: z.number().int().describe('enterprises that have both'),
    share: z.number().nullable().describe('part of the whole value that they stand for, 0 to 1'),
  })
  .meta({ id: 'Growth' });
export type Growth = z.infer<typeof Growth>;

/** Why a figure is not told: the rules are in the README of fuse/indicators. */
export const SUPPRESSIONS = {
  few: { zh: '企业过少，不予公布', en: 'Too few enterprises to be told' },
  dominated: { zh: '一家企业占比过高，不予公布', en: 'One enterprise is too large a part to be told' },
  complementary: { zh: '为保护其他数据，不予公布', en: 'Not told to protect others' },
} as const satisfies Record<string, BilingualText>;
export type Suppression = keyof typeof SUPPRESSIONS;
/** A sum of fewer enterprises is not told to who may not see single ones. */
export const CELL_ENTERPRISES_MIN = 3;
/** Nor one of which a single enterprise has more than this share. */
export const CELL_SHARE_MAX = 0.85;

const Told = {
  value: z.number().nullable(),
  enterprises: z.number().int().nullable().describe('enterprises behind the value'),
  suppressed: z.enum(Object.keys(SUPPRESSIONS) as [Suppression, ...Suppression[]]).nullable(),
  growth: Growth.nullable().describe(
    'over the same period of the year before; null when not known or not told',
  ),
};
export const IndicatorFigure = z.object(Told).meta({ id: 'IndicatorFigure' });
export type IndicatorFigure = z.infer<typeof IndicatorFigure>;

/** By what a sum may be parted. */
export const BREAKDOWNS = {
  city: { zh: '设区市', en: 'City' },
  county: { zh: '县（市、区）', en: 'County' },
  section: { zh: '行业门类', en: 'Section' },
  sector: { zh: '行业大类', en: 'Division of industry' },
  keyIndustry: { zh: '重点产业', en: 'Key industry' },
  size: { zh: '企业规模', en: 'Size class' },
  park: { zh: '园区', en: 'Park' },
  enterprise: { zh: '企业', en: 'Enterprise' },
} as const satisfies Record<string, BilingualText>;
export type Breakdown = keyof typeof BREAKDOWNS;
export const Breakdown = z.enum(Object.keys(BREAKDOWNS) as [Breakdown, ...Breakdown[]]);

/** Which enterprises a figure is about; everything in the scope when nothing is said. */
export const IndicatorFilter = z.object({
  region: z
    .string()
    .regex(/^\d{6}$/)
    .optional()
    .describe('code of a city or county'),
  sector: z
    .string()
    .regex(/^([A-T]|\d{2,4})$/)
    .optional()
    .describe('section letter or code of GB/T 4754'),
  keyIndustry: z.string().max(40).optional(),
  size: z.string().max(10).optional(),
  park: z.string().max(200).optional(),
});
export type IndicatorFilter = z.infer<typeof IndicatorFilter>;

/** Most rows of one breakdown; more are cut, and the answer says how many there are. */
export const BREAKDOWN_ROWS_MAX = 500;
export const FiguresQuery = IndicatorFilter.extend({
  period: Period.optional().describe('the newest when left out'),
  measure: Measure.optional().describe('the usual one of the indicator when left out'),
  by: Breakdown.default('city'),
  order: z
    .enum(['value', 'change'])
    .default('value')
    .describe('largest value first, or what moved the sum most'),
  limit: z.coerce.number().int().min(1).max(BREAKDOWN_ROWS_MAX).default(BREAKDOWN_ROWS_MAX),
});
export type FiguresQuery = z.infer<typeof FiguresQuery>;

export const FigureRow = z
  .object({
    key: z
      .string()
      .describe('code of the region, sector or class, id of the enterprise; empty where it is not known'),
    name: Bilingual,
    ...Told,
    share: z.number().nullable().describe('part of the sum, 0 to 1; null for ratios'),
    contribution: z
      .number()
      .nullable()
      .describe('percentage points it adds to the growth of the sum; null for ratios'),
  })
  .meta({ id: 'FigureRow' });
export type FigureRow = z.infer<typeof FigureRow>;

/** A sum of the indicator with its parts. */
export const IndicatorFigures = z
  .object({
    code: StatisticCode,
    period: Period,
    measure: Measure,
    by: Breakdown,
    total: IndicatorFigure,
    rows: z.array(FigureRow),
    rowsTotal: z.number().int(),
    path: z
      .array(z.object({ key: z.string(), name: Bilingual }))
      .describe('regions from the province down to the one asked for'),
  })
  .meta({ id: 'IndicatorFigures' });
export type IndicatorFigures = z.infer<typeof IndicatorFigures>;

/** Most months of one trend. */
export const TREND_MONTHS_MAX = 240;
export const TrendQuery = IndicatorFilter.extend({
  from: Period.optional(),
  to: Period.optional(),
  measure: Measure.optional(),
});
export type TrendQuery = z.infer<typeof TrendQuery>;
export const TrendPoint = z.object({ period: Period, ...Told }).meta({ id: 'TrendPoint' });
export type TrendPoint = z.infer<typeof TrendPoint>;
export const IndicatorTrend = z
  .object({ code: StatisticCode, measure: Measure, items: z.array(TrendPoint) })
  .meta({ id: 'IndicatorTrend' });
export type IndicatorTrend = z.infer<typeof IndicatorTrend>;

/** Most things compared at once. */
export const COMPARED_MAX = 6;
export const ComparisonQuery = TrendQuery.extend({
  items: z
    .string()
    .max(400)
    .describe(
      '`region:360100,sector:C,size:large,enterprise:<id>`, two to six of them, each within the filter',
    ),
});
export type ComparisonQuery = z.infer<typeof ComparisonQuery>;
export const IndicatorComparison = z
  .object({
    code: StatisticCode,
    measure: Measure,
    items: z.array(z.object({ key: z.string(), name: Bilingual, items: z.array(TrendPoint) })),
  })
  .meta({ id: 'IndicatorComparison' });
export type IndicatorComparison = z.infer<typeof IndicatorComparison>;

/** Which indicators there are, with their rules and the months that have values in the scope. */
export const IndicatorList = z
  .object({
    items: z.array(
      z.object({
        code: StatisticCode,
        name: Bilingual,
        unit: z.string(),
        kind: z.enum(['flow', 'stock', 'ratio', 'rate']),
        frequency: z.enum(['monthly', 'quarterly']),
        january: z.enum(['combined', 'exempt', 'separate', 'quarter']),
        direction: z.enum(['up', 'down', 'none']),
        measures: z.array(Measure),
        derivation: Bilingual.nullable(),
        first: Period.nullable().describe('oldest month with a value; null when there is none'),
        last: Period.nullable(),
        enterprises: z.number().int().nullable().describe('with any value; null where it is not told'),
      }),
    ),
    sources: z
      .array(z.object({ source: Id, name: z.string(), run: Id, at: Instant }))
      .describe('sources of monthly values the caller may see, with their newest published run'),
    updating: z.number().int().describe('enterprises whose figures are being brought up to date'),
  })
  .meta({ id: 'IndicatorList' });
export type IndicatorList = z.infer<typeof IndicatorList>;

/** How many enterprises' figures are made anew; `updating` of the list tells how many still wait. */
export const IndicatorRebuild = z.object({ enterprises: z.number().int() }).meta({ id: 'IndicatorRebuild' });

/** One month of one enterprise, with where the value came from. */
export const SeriesItem = z.object({
  period: Period,
  value: z.number().describe('as it was reported, or derived'),
  cumulative: z
    .number()
    .nullable()
    .describe('since the beginning of the year; a level for stocks and ratios'),
  month: z.number().nullable().describe('of the month alone; February holds January and February'),
  yearOnYear: Growth.nullable().describe('of the usual measure'),
  monthOnMonth: Growth.nullable().describe(
    'of the month alone, from April on; of the level for stocks and ratios',
  ),
  source: Id.nullable().describe('null for what is derived'),
  sourceName: z.string().nullable(),
  run: Id.nullable(),
  rowKey: z.string().nullable(),
});
export const IndicatorSeries = z
  .object({
    code: StatisticCode,
    name: Bilingual,
    unit: z.string(),
    measure: Measure,
    items: z.array(SeriesItem),
  })
  .meta({ id: 'IndicatorSeries' });
export type IndicatorSeries = z.infer<typeof IndicatorSeries>;
export const IndicatorSeriesList = z
  .object({ items: z.array(IndicatorSeries) })
  .meta({ id: 'IndicatorSeriesList' });
export const EnterpriseSeriesQuery = z.object({
  at: Instant.optional().describe('as it was known at this moment; now when left out'),
});

/** One value that was published for an enterprise, indicator and month. */
export const Revision = z
  .object({
    value: z.number().nullable().describe('null: the source took it back'),
    source: Id,
    sourceName: z.string(),
    run: Id,
    rowKey: z.string(),
    at: Instant.describe('when it was published'),
    counts: z.boolean().describe('it is the value that counts now'),
  })
  .meta({ id: 'Revision' });
export type Revision = z.infer<typeof Revision>;
export const RevisionList = z.object({ items: z.array(Revision) }).meta({ id: 'RevisionList' });

export const FiguresExportQuery = FiguresQuery.extend({ format: z.enum(['csv', 'xlsx']).default('xlsx') });
export type FiguresExportQuery = z.infer<typeof FiguresExportQuery>;
