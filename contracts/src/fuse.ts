import { z } from 'zod';
import { Bilingual, Id, Instant, OrganisationPath, PageQuery, pageOf } from './common.ts';

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

/** How an `http-json` source answers; a path is names joined by dots. What is left out has the default named here. */
export const HttpJsonReading = z
  .object({
    usernameField: z.string().max(60).describe('default `username`'),
    passwordField: z.string().max(60).describe('default `password`'),
    tokenField: z
      .string()
      .max(100)
      .describe('path of the token in its answer, default `access_token` or `data.access_token`'),
    pageParameter: z.string().max(60).describe('default `pageNo`, counted from 1'),
    sizeParameter: z.string().max(60).describe('default `pageSize`'),
    pageSize: z.number().int().min(1).max(5000).describe('default 200'),
    itemsField: z.string().max(100).describe('path of the list of rows, default `data.list`'),
    totalField: z.string().max(100).describe('path of the number of all rows, default `data.total`'),
    statusField: z.string().max(100).describe('path of the business status, default `code`'),
    statusOk: z.string().max(60).describe('its value when all is well, default `0`'),
  })
  .partial();
export type HttpJsonReading = z.infer<typeof HttpJsonReading>;

export const SourceKind = z.enum(['http-json', 'excel-folder']);
export type SourceKind = z.infer<typeof SourceKind>;

/** Where a source is read and how; the credential is sealed at rest and never returned. */
export const SourceConnection = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('http-json'),
    url: z.url().max(500).describe('base address of the system'),
    tokenPath: z
      .string()
      .max(200)
      .describe('POST {username,password} here for a token, empty when none is needed'),
    listPath: z.string().max(200).describe('GET with page and size'),
    username: z.string().max(100).default(''),
    password: z.string().max(200).default('').describe('write only'),
    reading: HttpJsonReading.optional(),
  }),
  z.object({
    kind: z.literal('excel-folder'),
    folder: z
      .string()
      .max(200)
      .describe('name of a folder under the platform’s inbox; every .xlsx in it is read'),
  }),
]);
export type SourceConnection = z.infer<typeof SourceConnection>;

/** How one field of the source becomes one attribute or indicator; `transform` is a named rule of fuse/standards. */
export const FieldMapping = z.object({
  from: z.string().min(1).max(200),
  to: z.string().min(1).max(100).describe('an attribute, or `indicator:CODE`'),
  transform: z.string().max(60).default('text'),
});
export type FieldMapping = z.infer<typeof FieldMapping>;

export const NewSource = z
  .object({
    key: z
      .string()
      .max(60)
      .regex(/^[a-z0-9][a-z0-9-]*$/, 'a-z, 0-9 and -'),
    name: z.string().min(1).max(200),
    owner: z.string().max(200).describe('who answers for the data'),
    organisation: OrganisationPath,
    connection: SourceConnection,
    rowKey: z
      .array(z.string().min(1).max(200))
      .min(1)
      .max(5)
      .describe('fields that together name a row; `a|b` takes the first of them that is filled'),
    periodField: z
      .string()
      .max(200)
      .nullable()
      .default(null)
      .describe('field with the month (YYYY-MM) when rows are monthly'),
    priority: z.number().int().min(1).max(100).default(50).describe('higher wins when two sources disagree'),
    mappings: z.array(FieldMapping).min(1).max(200),
    schedule: z.string().max(100).nullable().default(null).describe('cron in Asia/Shanghai'),
  })
  .meta({ id: 'NewSource' });
export type NewSource = z.infer<typeof NewSource>;

/** Answer of starting a run: the job that does it and the run it fills. */
export const RunStarted = z.object({ job: Id, run: Id }).meta({ id: 'RunStarted' });
export type RunStarted = z.infer<typeof RunStarted>;

export const RunState = z.enum(['running', 'succeeded', 'failed', 'cancelled']);
export const Run = z
  .object({
    id: Id,
    source: Id,
    sourceName: z.string(),
    state: RunState,
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
    enterprisesCreated: z.number().int(),
    enterprisesChanged: z.number().int(),
    valuesChanged: z.number().int(),
    error: z.string().nullable(),
  })
  .meta({ id: 'Run' });
export type Run = z.infer<typeof Run>;
export const RunQuery = PageQuery.extend({ source: Id.optional() });
export const RunPage = pageOf(Run).meta({ id: 'RunPage' });

export const Source = z
  .object({
    id: Id,
    key: z.string(),
    name: z.string(),
    owner: z.string(),
    organisation: OrganisationPath,
    kind: SourceKind,
    target: z.string().describe('address or folder, without credentials'),
    priority: z.number().int(),
    schedule: z.string().nullable(),
    mappings: z.array(FieldMapping),
    records: z.number().int(),
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
    source: Id,
    sourceName: z.string(),
    run: Id,
    rowKey: z.string(),
    field: z.string().describe('field of the source'),
    raw: z.string().describe('what the source said, before standardisation'),
    rule: z.string().describe('name of the survivorship rule'),
    ruleText: Bilingual,
    at: Instant,
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

export const IndicatorSeries = z
  .object({
    code: z.string(),
    name: Bilingual,
    unit: z.string(),
    items: z.array(
      z.object({
        period: z.string().describe('YYYY-MM'),
        value: z.number(),
        source: Id,
        sourceName: z.string(),
        run: Id,
        rowKey: z.string(),
      }),
    ),
  })
  .meta({ id: 'IndicatorSeries' });
export type IndicatorSeries = z.infer<typeof IndicatorSeries>;
export const IndicatorSeriesList = z
  .object({ items: z.array(IndicatorSeries) })
  .meta({ id: 'IndicatorSeriesList' });

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
