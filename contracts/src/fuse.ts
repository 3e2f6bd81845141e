import { z } from 'zod';
import { Bilingual, Id, Instant, OrganisationPath, PageQuery, pageOf } from './common.ts';
import {
  Drift,
  ReadProblem,
  RunMode,
  SourceConnection,
  SourceKind,
  TableOptions,
  TableProfile,
} from './intake.ts';
import { FieldMapping, MappedFinding, MappingContent, MappingSuggestion } from './mapping.ts';

/** Attributes of a golden enterprise record, in the order a person reads them. */
export const ENTERPRISE_ATTRIBUTES = {
  name: { zh: '企业名称', en: 'Name' },
  code: { zh: '统一社会信用代码', en: 'Unified social credit code' },
  shortName: { zh: '简称', en: 'Short name' },
  formerName: { zh: '曾用名', en: 'Former name' },
  division: { zh: '所在行政区划', en: 'Division' },
  park: { zh: '所在园区', en: 'Park' },
  address: { zh: '地址', en: 'Address' },
  industry: { zh: '行业代码', en: 'Industry' },
  legalPerson: { zh: '法定代表人', en: 'Legal representative' },
  phone: { zh: '联系电话', en: 'Phone' },
  established: { zh: '成立日期', en: 'Established' },
  registeredCapital: { zh: '注册资本（万元）', en: 'Registered capital (10,000 CNY)' },
  employees: { zh: '从业人数', en: 'Employees' },
  revenue: { zh: '年营业收入（万元）', en: 'Annual revenue (10,000 CNY)' },
  size: { zh: '企业规模', en: 'Size class' },
} as const satisfies Record<string, Bilingual>;
export type EnterpriseAttribute = keyof typeof ENTERPRISE_ATTRIBUTES;
export const ENTERPRISE_ATTRIBUTE_NAMES = Object.keys(ENTERPRISE_ATTRIBUTES) as [
  EnterpriseAttribute,
  ...EnterpriseAttribute[],
];
export const EnterpriseAttribute = z.enum(ENTERPRISE_ATTRIBUTE_NAMES);

/** Size classes of industrial enterprises, statistical method of 2017, largest first. */
export const ENTERPRISE_SIZES = {
  large: { zh: '大型', en: 'Large' },
  medium: { zh: '中型', en: 'Medium' },
  small: { zh: '小型', en: 'Small' },
  micro: { zh: '微型', en: 'Micro' },
} as const satisfies Record<string, Bilingual>;
export type EnterpriseSize = keyof typeof ENTERPRISE_SIZES;

/** The six industries the policy of 2020 names, in its order; which codes of GB/T 4754 belong to them stands in fuse/standards. */
export const KEY_INDUSTRIES = {
  electronics: { zh: '电子信息', en: 'Electronic information' },
  nonferrous: { zh: '有色金属', en: 'Non-ferrous metals' },
  equipment: { zh: '装备制造', en: 'Equipment manufacturing' },
  biomedicine: { zh: '生物医药', en: 'Biomedicine' },
  textile: { zh: '纺织', en: 'Textiles' },
  aviation: { zh: '航空', en: 'Aviation' },
} as const satisfies Record<string, Bilingual>;
export type KeyIndustry = keyof typeof KEY_INDUSTRIES;

/**
 * Monthly indicators a source may deliver (`to: 'indicator:REVENUE'`) with the unit they are kept in. `cumulative` ones
 * grow over the year; February carries January and February together and January has no row of its own.
 */
export const INDICATORS = {
  GROSS_OUTPUT: { zh: '工业总产值', en: 'Gross industrial output', unit: '万元', cumulative: true },
  SALES_OUTPUT: { zh: '工业销售产值', en: 'Industrial sales output', unit: '万元', cumulative: true },
  EXPORT_DELIVERY: { zh: '出口交货值', en: 'Export delivery value', unit: '万元', cumulative: true },
  REVENUE: { zh: '营业收入', en: 'Operating revenue', unit: '万元', cumulative: true },
  COST: { zh: '营业成本', en: 'Operating cost', unit: '万元', cumulative: true },
  PROFIT: { zh: '利润总额', en: 'Total profit', unit: '万元', cumulative: true },
  RD_EXPENSE: { zh: '研发费用', en: 'Research and development expense', unit: '万元', cumulative: true },
  ELECTRICITY: { zh: '工业用电量', en: 'Industrial electricity', unit: '万千瓦时', cumulative: false },
  ASSETS: { zh: '资产总计', en: 'Total assets', unit: '万元', cumulative: false },
  LIABILITIES: { zh: '负债合计', en: 'Total liabilities', unit: '万元', cumulative: false },
  EMPLOYEES_AVG: { zh: '平均用工人数', en: 'Average employees', unit: '人', cumulative: false },
  CAPACITY_UTIL: { zh: '工业产能利用率', en: 'Capacity utilisation', unit: '%', cumulative: false },
  SELLING_EXPENSE: { zh: '销售费用', en: 'Selling expense', unit: '万元', cumulative: true },
  ADMIN_EXPENSE: { zh: '管理费用', en: 'Administrative expense', unit: '万元', cumulative: true },
  FINANCE_EXPENSE: { zh: '财务费用', en: 'Finance expense', unit: '万元', cumulative: true },
  INVENTORY: { zh: '产成品存货', en: 'Finished goods', unit: '万元', cumulative: false },
  RECEIVABLES: { zh: '应收账款', en: 'Accounts receivable', unit: '万元', cumulative: false },
} as const satisfies Record<string, Bilingual & { unit: string; cumulative: boolean }>;
export type IndicatorCode = keyof typeof INDICATORS;

/** Named rules that turn what a source writes into what the platform keeps. */
export const TRANSFORMS = {
  text: { zh: '文本', en: 'Text' },
  name: { zh: '企业名称', en: 'Enterprise name' },
  code: { zh: '统一社会信用代码', en: 'Unified social credit code' },
  division: { zh: '行政区划代码', en: 'Division code' },
  industry: { zh: '行业代码', en: 'Industry code' },
  date: { zh: '日期', en: 'Date' },
  phone: { zh: '电话', en: 'Phone' },
  number: { zh: '数值', en: 'Number' },
  'thousand-to-wan': { zh: '千元换算为万元', en: 'Thousands of CNY to 10,000 CNY' },
} as const satisfies Record<string, Bilingual>;
export type TransformName = keyof typeof TRANSFORMS;

/** `enterprise`: rows name enterprises and are fused; `dataset`: rows are kept, checked and searched for themselves. */
export const SourceTarget = z.enum(['enterprise', 'dataset']);
export type SourceTarget = z.infer<typeof SourceTarget>;

export const RUN_DAYS_MAX = 36_500;
export const RUNS_KEPT_MAX = 10_000;
/** How long what runs of a source left is kept; null as the platform is configured. */
const Kept = {
  runDays: z
    .number()
    .int()
    .min(0)
    .max(RUN_DAYS_MAX)
    .nullable()
    .optional()
    .describe('days that details of its runs are kept, 0 for ever; null as configured (`fuseRunDays`)'),
  runsKept: z
    .number()
    .int()
    .min(1)
    .max(RUNS_KEPT_MAX)
    .nullable()
    .optional()
    .describe(
      'newest published runs of which everything is kept, however old; null as configured (`fuseRunsKept`)',
    ),
};
const SourceFields = {
  name: z.string().min(1).max(200),
  owner: z.string().max(200).describe('who answers for the data'),
  connection: SourceConnection,
  mode: RunMode.default('full'),
  watermarkField: z
    .string()
    .max(200)
    .nullable()
    .default(null)
    .describe(
      'field that grows with every change; an incremental run asks for what is above its highest value',
    ),
  priority: z.number().int().min(1).max(100).default(50).describe('higher wins when two sources disagree'),
  schedule: z.string().max(100).nullable().default(null).describe('cron in Asia/Shanghai'),
  duplicateFree: z
    .boolean()
    .optional()
    .describe('it holds each enterprise once: two of its records are never one, unless a valid code says so'),
  ...Kept,
};
export const NewSource = MappingContent.extend({
  ...SourceFields,
  key: z
    .string()
    .max(60)
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'a-z, 0-9 and -'),
  organisation: OrganisationPath,
  target: SourceTarget.default('enterprise'),
}).meta({ id: 'NewSource' });
export type NewSource = z.infer<typeof NewSource>;

/** What may be changed of a source. A secret that is left empty stays as it is. The mapping has versions of its own. */
export const SourceChange = z
  .object({
    name: z.string().min(1).max(200),
    owner: z.string().max(200),
    connection: SourceConnection,
    mode: RunMode,
    watermarkField: z.string().max(200).nullable(),
    priority: z.number().int().min(1).max(100),
    schedule: z.string().max(100).nullable(),
    duplicateFree: z.boolean(),
    runDays: Kept.runDays,
    runsKept: Kept.runsKept,
  })
  .partial()
  .meta({ id: 'SourceChange' });
export type SourceChange = z.infer<typeof SourceChange>;

/**
 * Where a run takes its rows from. `landed`: the raw rows the platform has of the source, held against the newest mapping;
 * the source itself is not asked.
 */
export const RUN_ORIGINS = {
  source: { zh: '从来源取数', en: 'From the source' },
  landed: { zh: '用最新映射重算已落地的行', en: 'Landed rows, mapped anew' },
  withdrawal: { zh: '撤回上一次发布的运行', en: 'Takes the last published run back' },
} as const satisfies Record<string, Bilingual>;
export type RunOrigin = keyof typeof RUN_ORIGINS;
export const RunOrigin = z.enum(Object.keys(RUN_ORIGINS) as [RunOrigin, ...RunOrigin[]]);
/** What a run is asked to do; nothing asks the source. */
export const RunRequest = z
  .object({ from: RunOrigin.exclude(['withdrawal']).default('source') })
  .meta({ id: 'RunRequest' });
export type RunRequest = z.infer<typeof RunRequest>;
/** Answer of starting a run: the job that does it and the run it fills. */
export const RunStarted = z.object({ job: Id, run: Id }).meta({ id: 'RunStarted' });
export type RunStarted = z.infer<typeof RunStarted>;

/**
 * `held`: the audit or a change of the source's columns kept the run back; readers see what was there before until a person
 * publishes or discards it.
 */
export const RunState = z.enum([
  'running',
  'held',
  'succeeded',
  'failed',
  'cancelled',
  'discarded',
  'withdrawn',
]);
/** What a run is at: fetch the delivery, land its rows, audit them, show them to readers, fuse them. */
export const RUN_STAGES = {
  deliver: { zh: '取数', en: 'Fetching' },
  land: { zh: '落地', en: 'Landing' },
  audit: { zh: '检查', en: 'Auditing' },
  publish: { zh: '发布', en: 'Publishing' },
  fuse: { zh: '融合', en: 'Fusing' },
  done: { zh: '完成', en: 'Done' },
} as const satisfies Record<string, Bilingual>;
export type RunStage = keyof typeof RUN_STAGES;
export const RunStage = z.enum(Object.keys(RUN_STAGES) as [RunStage, ...RunStage[]]);
export const Run = z
  .object({
    id: Id,
    source: Id,
    sourceName: z.string(),
    state: RunState,
    stage: RunStage.describe('what it is at, or was at when it ended'),
    mode: RunMode,
    from: RunOrigin,
    withdraws: Id.nullable().describe('the run that it takes back'),
    mapping: z.number().int().describe('version of the mapping it used'),
    startedAt: Instant,
    finishedAt: Instant.nullable(),
    requestedBy: z.string(),
    rowsIn: z.number().int().describe('rows the source delivered = landed + rejected'),
    rowsLanded: z.number().int(),
    rowsRejected: z.number().int(),
    rowsNew: z.number().int(),
    rowsChanged: z.number().int(),
    rowsUnchanged: z.number().int(),
    rowsGone: z.number().int(),
    rowsUntold: z
      .number()
      .int()
      .describe(
        'rows that a full delivery did not bring and that stay all the same, because more rows than before came without a key that can be read: each may be one of them',
      ),
    enterprisesCreated: z.number().int(),
    enterprisesChanged: z.number().int(),
    valuesChanged: z.number().int(),
    bytes: z.number().int().describe('size of the delivery'),
    problems: z.number().int().describe('what the reader could not take for a row, and what it put right'),
    drift: z.array(Drift),
    heldFor: z.array(Bilingual).describe('why it was held'),
    decision: z.object({ by: z.string(), at: Instant, note: z.string() }).nullable(),
    removedAt: Instant.nullable().describe(
      'when retention removed its rejected rows, problems, breaches, profile and rows that newer runs replaced; counts stay',
    ),
    error: z.string().nullable(),
    job: Id.nullable().describe('job that works on it, or worked last; null until it is queued'),
  })
  .meta({ id: 'Run' });
export type Run = z.infer<typeof Run>;
export const RunQuery = PageQuery.extend({ source: Id.optional() });
export const RunPage = pageOf(Run).meta({ id: 'RunPage' });
/** What a person decides about a held run. */
export const RunDecision = z
  .object({ action: z.enum(['publish', 'discard']), note: z.string().min(1).max(500) })
  .meta({ id: 'RunDecision' });
export type RunDecision = z.infer<typeof RunDecision>;
/** Why the newest published run of a source is taken back. */
export const RunWithdrawal = z
  .object({ note: z.string().trim().min(1).max(500) })
  .meta({ id: 'RunWithdrawal' });
export type RunWithdrawal = z.infer<typeof RunWithdrawal>;
export const ROW_CHANGES = ['new', 'changed', 'gone', 'rejected'] as const;
export const RunRowQuery = PageQuery.extend({ change: z.enum(ROW_CHANGES).optional() });
export type RunRowQuery = z.infer<typeof RunRowQuery>;
/** One row as a run delivered it, raw, with what was wrong with it. */
export const RunRow = z
  .object({
    rowKey: z.string(),
    change: z.enum(ROW_CHANGES),
    file: z.string().nullable(),
    place: z.number().int().nullable().describe('line or row of the file, number of the record'),
    row: z.record(z.string(), z.unknown()),
    before: z.record(z.string(), z.unknown()).nullable().describe('the row as it was, where it changed'),
    findings: z.array(MappedFinding),
  })
  .meta({ id: 'RunRow' });
export type RunRow = z.infer<typeof RunRow>;
export const RunRowPage = pageOf(RunRow).meta({ id: 'RunRowPage' });
/** What the reader could not take for a row, and what it put right by itself. */
export const ReadProblemPage = pageOf(ReadProblem).meta({ id: 'ReadProblemPage' });

/** Begins the name of a column as the source delivers it, in filters and the order of a dataset. */
export const RAW_COLUMN = 'raw:';
/** A condition on one column of a dataset: a target of its mapping, `raw:` and a column of the source, `rowKey` or `period`. */
export const DatasetFilter = z
  .object({
    to: z.string().min(1).max(300),
    is: z
      .enum(['contains', 'equals', 'least', 'most', 'empty', 'filled'])
      .describe('`least` and `most` compare numbers when the value is one, else texts, as dates are'),
    value: z.string().max(200).default(''),
  })
  .meta({ id: 'DatasetFilter' });
export type DatasetFilter = z.infer<typeof DatasetFilter>;
export const DATASET_FILTERS_MAX = 8;
export const DatasetQuery = PageQuery.extend({
  search: z.string().max(100).optional().describe('part of any value'),
  findings: z.enum(['with', 'without']).optional(),
  filters: z
    .string()
    .max(4_000)
    .optional()
    .describe('a list of DatasetFilter as JSON, at most 8; all of them hold'),
  sort: z
    .string()
    .min(1)
    .max(300)
    .optional()
    .describe('a target, `raw:` and a column of the source, `rowKey` (default) or `period`'),
  order: z.enum(['asc', 'desc']).optional(),
});
/** What of a dataset is taken away as a file: the rows that a list with the same query shows. */
/** Most rows of a sheet; CSV has no limit. */
export const DATASET_SHEET_ROWS_MAX = 200_000;
export const DatasetExportQuery = DatasetQuery.omit({ cursor: true, limit: true }).extend({
  format: z.enum(['csv', 'xlsx']).default('csv'),
});
export type DatasetExportQuery = z.infer<typeof DatasetExportQuery>;
export type DatasetQuery = z.infer<typeof DatasetQuery>;
/** One row of a source as readers see it. */
export const DatasetRow = z
  .object({
    rowKey: z.string(),
    period: z.string().nullable(),
    run: Id,
    values: z.record(z.string(), z.string()).describe('standardised, by target'),
    row: z.record(z.string(), z.unknown()),
    findings: z.array(MappedFinding),
  })
  .meta({ id: 'DatasetRow' });
export type DatasetRow = z.infer<typeof DatasetRow>;
export const DatasetPage = pageOf(DatasetRow)
  .extend({
    units: z
      .record(z.string(), Bilingual)
      .describe('of targets of the source’s own that the mapping converts: the unit their numbers are in'),
    left: z
      .array(z.string())
      .describe('columns of the source that the mapping leaves out, as the newest profile knows them'),
  })
  .meta({ id: 'DatasetPage' });
export type DatasetPage = z.infer<typeof DatasetPage>;

/** Rows that another system hands over. A key that came before answers as it did then and does nothing again. */
export const PushedRows = z
  .object({
    idempotencyKey: z.string().min(8).max(100),
    rows: z.array(z.record(z.string(), z.unknown())).max(10_000).default([]),
    deleted: z
      .array(z.record(z.string(), z.unknown()))
      .max(10_000)
      .default([])
      .describe('rows by their key fields'),
    complete: z.boolean().default(false).describe('these are all rows there are; others are gone'),
  })
  .meta({ id: 'PushedRows' });
export type PushedRows = z.infer<typeof PushedRows>;
export const PushReceipt = z
  .object({
    run: Id,
    job: Id,
    rowsIn: z.number().int(),
    repeated: z.boolean().describe('the key came before'),
  })
  .meta({ id: 'PushReceipt' });
export type PushReceipt = z.infer<typeof PushReceipt>;

/** First look at a source that is not registered yet: rows as they come, profiled, with a proposal for the mapping. */
export const SourceLook = z
  .object({
    columns: z.array(z.string()),
    rows: z.array(z.record(z.string(), z.unknown())),
    options: TableOptions.describe('how a file was read'),
    sheets: z.array(z.string()),
    profile: TableProfile,
    suggestion: MappingSuggestion,
  })
  .meta({ id: 'SourceLook' });
export type SourceLook = z.infer<typeof SourceLook>;
/** Profiles of a source, one a run. */
export const TableProfileList = z
  .object({ items: z.array(z.object({ run: Id, at: Instant, profile: TableProfile })) })
  .meta({ id: 'TableProfileList' });
export type TableProfileList = z.infer<typeof TableProfileList>;
/** A newer file for a source of uploaded files. */
export const SourceUpload = z
  .object({ upload: Id, options: TableOptions.optional() })
  .meta({ id: 'SourceUpload' });
export type SourceUpload = z.infer<typeof SourceUpload>;
/** Rows that a first look reads; a longer table is looked at by its beginning. */
export const LOOK_ROWS_MAX = 20_000;
export const SourceLookRequest = z.object({ connection: SourceConnection }).meta({ id: 'SourceLookRequest' });

export const Source = z
  .object({
    id: Id,
    key: z.string(),
    name: z.string(),
    owner: z.string(),
    organisation: OrganisationPath,
    kind: SourceKind,
    address: z.string().describe('address or folder, without credentials'),
    connection: z.record(z.string(), z.unknown()).describe('without secrets'),
    target: SourceTarget,
    mode: RunMode,
    watermarkField: z.string().nullable(),
    priority: z.number().int(),
    schedule: z.string().nullable(),
    duplicateFree: z.boolean(),
    runDays: z.number().int().nullable(),
    runsKept: z.number().int().nullable(),
    nextRunAt: Instant.nullable(),
    mapping: z.number().int().describe('version of the mapping'),
    rowKey: z.array(z.string()),
    periodField: z.string().nullable(),
    mappings: z.array(FieldMapping),
    records: z.number().int(),
    rowsOlder: z
      .number()
      .int()
      .describe(
        'of the records, those in the form of an older version of the mapping; a run from `landed` renews them',
      ),
    lastRun: Run.nullable(),
    createdAt: Instant,
  })
  .meta({ id: 'Source' });
export type Source = z.infer<typeof Source>;
export const SourceList = z.object({ items: z.array(Source) }).meta({ id: 'SourceList' });

/** A row that failed a quality rule: `block` keeps it out, `warn` lets it in and tells. */
export const RowFinding = z
  .object({
    rowKey: z.string(),
    field: z.string().nullable(),
    rule: z.string(),
    severity: z.enum(['block', 'warn']),
    dimension: z
      .enum(['normativity', 'completeness', 'accuracy', 'consistency', 'timeliness', 'accessibility'])
      .describe('GB/T 36344'),
    message: Bilingual,
    value: z.string().nullable(),
    row: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'RowFinding' });
export type RowFinding = z.infer<typeof RowFinding>;
export const RowFindingPage = pageOf(RowFinding).meta({ id: 'RowFindingPage' });

/** One value that a run changed in a golden record. */
export const ValueChange = z
  .object({
    enterprise: Id,
    enterpriseName: z.string(),
    attribute: EnterpriseAttribute,
    before: z.string().nullable(),
    after: z.string().nullable(),
    at: Instant,
  })
  .meta({ id: 'ValueChange' });
export type ValueChange = z.infer<typeof ValueChange>;
export const ValueChangePage = pageOf(ValueChange).meta({ id: 'ValueChangePage' });

/** A candidate that lost, kept so that every choice can be explained. */
export const ValueCandidate = z.object({
  value: z.string(),
  source: Id,
  sourceName: z.string(),
  rowKey: z.string(),
  reason: Bilingual.describe('why it did not win'),
});

/** One value of a golden record with where it came from and by which rule it won. */
export const GoldenValue = z
  .object({
    attribute: EnterpriseAttribute,
    value: z.string(),
    label: z.string().nullable().describe('the readable name of a code, as 南昌市青山湖区 for 360111'),
    source: Id.nullable().describe('null when a person fixed it'),
    sourceName: z.string().describe('who fixed it, when a person did'),
    run: Id.nullable(),
    rowKey: z.string(),
    field: z.string().describe('field of the source'),
    raw: z.string().describe('what the source said, before standardisation'),
    rule: z.string().describe('name of the survivorship rule'),
    ruleText: Bilingual,
    at: Instant,
    pin: Id.nullable().describe('the pin that made it win'),
    conflict: z.boolean().describe('trusted sources disagree'),
    others: z.array(ValueCandidate),
  })
  .meta({ id: 'GoldenValue' });
export type GoldenValue = z.infer<typeof GoldenValue>;

export const EnterpriseSummary = z
  .object({
    id: Id,
    name: z.string(),
    code: z.string().nullable(),
    codeValid: z.boolean(),
    division: z.string().nullable(),
    divisionName: z.string().nullable(),
    city: z.string().nullable().describe('GB/T 2260 code of the city'),
    industry: z.string().nullable(),
    industryName: z.string().nullable(),
    keyIndustry: z.string().nullable().describe('one of the six key industries'),
    size: z.string().nullable(),
    revenue: z.number().nullable().describe('10,000 CNY a year'),
    employees: z.number().nullable(),
    organisation: OrganisationPath.describe('who it belongs to in the tree'),
    sources: z.number().int().describe('how many sources know it'),
    findings: z.number().int().describe('open quality findings'),
    completeness: z
      .number()
      .nullable()
      .describe('how far its profile is filled, 0 to 100; null until it was counted'),
    updatedAt: Instant,
  })
  .meta({ id: 'EnterpriseSummary' });
export type EnterpriseSummary = z.infer<typeof EnterpriseSummary>;

export const EnterpriseQuery = PageQuery.extend({
  search: z.string().max(100).optional().describe('part of name, former name, short name or code'),
  city: z
    .string()
    .regex(/^\d{6}$/)
    .optional(),
  keyIndustry: z.string().max(40).optional(),
  size: z.string().max(10).optional(),
  park: z.string().max(200).optional().describe('name of the park, whole'),
  sort: z
    .enum(['revenue', 'completeness'])
    .optional()
    .describe('largest revenue first, as without it, or the least complete profile first'),
});
export type EnterpriseQuery = z.infer<typeof EnterpriseQuery>;
/** Most rows one export may hold; more is refused, never cut silently. */
export const EXPORT_ROWS_MAX = 50_000;
export const EnterpriseExportQuery = EnterpriseQuery.omit({ cursor: true, limit: true });
export type EnterpriseExportQuery = z.infer<typeof EnterpriseExportQuery>;
export const EnterprisePage = pageOf(EnterpriseSummary).meta({ id: 'EnterprisePage' });

/** One source row behind a golden record. */
export const SourceRecord = z.object({
  source: Id,
  sourceName: z.string(),
  entityKey: z.string().describe('names the record in decisions'),
  rowKey: z.string(),
  run: Id,
  matchedBy: z.string().describe('name of the matching rule that put it here'),
  matchedByText: Bilingual,
  row: z.record(z.string(), z.unknown()),
});
export const Enterprise = EnterpriseSummary.extend({
  state: z
    .enum(['active', 'gone'])
    .describe('`gone`: no source knows it any more; it keeps its id and is left out of lists and figures'),
  values: z.array(GoldenValue),
  records: z.array(SourceRecord),
  issues: z.array(RowFinding),
}).meta({ id: 'Enterprise' });
export type Enterprise = z.infer<typeof Enterprise>;

/** The province screen: figures of what the caller may see, by city and by key industry. */
export const FuseOverview = z
  .object({
    asOf: Instant,
    enterprises: z.number().int(),
    withValidCode: z.number().int(),
    revenue: z.number().describe('sum, 10,000 CNY a year'),
    employees: z.number(),
    sources: z.number().int(),
    openFindings: z.number().int(),
    cities: z.array(
      z.object({
        code: z.string(),
        name: z.string(),
        enterprises: z.number().int(),
        revenue: z.number(),
        employees: z.number(),
      }),
    ),
    keyIndustries: z.array(
      z.object({ key: z.string(), name: Bilingual, enterprises: z.number().int(), revenue: z.number() }),
    ),
    sizes: z.array(z.object({ size: z.string(), enterprises: z.number().int() })),
  })
  .meta({ id: 'FuseOverview' });
export type FuseOverview = z.infer<typeof FuseOverview>;

/** What one unified social credit code says (GB 32100-2015): only a code with both check characters right is answered. */
export const CodeReading = z
  .object({
    code: z.string(),
    authority: Bilingual,
    kind: Bilingual.nullable(),
    division: z.string(),
    divisionName: z.string().nullable().describe('null outside Jiangxi'),
    organisationCode: z.string().describe('GB 11714, characters 9 to 17'),
    taxpayerNumber: z.string().describe('characters 3 to 17'),
  })
  .meta({ id: 'CodeReading' });
export type CodeReading = z.infer<typeof CodeReading>;

const Term = z.object({ key: z.string(), name: Bilingual });
/** Everything a screen needs to name what the answers of this word carry as codes. */
export const FuseDictionaries = z
  .object({
    cities: z.array(z.object({ code: z.string(), name: z.string() })),
    divisions: z.array(z.object({ code: z.string(), name: z.string(), city: z.string() })),
    industries: z.array(z.object({ code: z.string(), name: z.string() })).describe('the 41 divisions'),
    keyIndustries: z.array(Term),
    sizes: z.array(Term),
    attributes: z.array(Term),
    parts: z
      .array(Term)
      .describe('targets of a mapping beside attributes and indicators: equipment, people, relations …'),
    transforms: z.array(Term),
    survivorshipRules: z.array(Term),
    matchingRules: z.array(Term),
    findingRules: z.array(Term),
    indicators: z.array(
      z.object({ code: z.string(), name: Bilingual, unit: z.string(), cumulative: z.boolean() }),
    ),
  })
  .meta({ id: 'FuseDictionaries' });
export type FuseDictionaries = z.infer<typeof FuseDictionaries>;
