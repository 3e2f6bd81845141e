import { z } from 'zod';
import { Bilingual, Id, Instant, OrganisationPath, PageQuery, pageOf } from './common.ts';
import { ErrorCode } from './errors.ts';

/** Grades of industrial data, 《工业数据分类分级指南（试行）》 (2020): by what happens when they leak or are tampered with. */
export const DATA_GRADES = {
  1: { zh: '一级', en: 'Grade 1' },
  2: { zh: '二级', en: 'Grade 2' },
  3: { zh: '三级', en: 'Grade 3' },
} as const satisfies Record<number, Bilingual>;
export const DataGrade = z.union([z.literal(1), z.literal(2), z.literal(3)]);
export type DataGrade = z.infer<typeof DataGrade>;

/** Levels of 《工业和信息化领域数据安全管理办法（试行）》 (2022), lowest first; an axis of its own, no mapping to grades exists. */
export const DATA_LEVELS = {
  general: { zh: '一般', en: 'General' },
  important: { zh: '重要', en: 'Important' },
  core: { zh: '核心', en: 'Core' },
} as const satisfies Record<string, Bilingual>;
export type DataLevel = keyof typeof DATA_LEVELS;
const DATA_LEVEL_NAMES = Object.keys(DATA_LEVELS) as [DataLevel, ...DataLevel[]];
export const DataLevel = z.enum(DATA_LEVEL_NAMES);

/** `time` is a moment in UTC with microseconds, `date` a day. */
export const DATASET_COLUMN_TYPES = ['text', 'integer', 'number', 'time', 'date', 'boolean'] as const;
export const DatasetColumnType = z.enum(DATASET_COLUMN_TYPES);
export type DatasetColumnType = z.infer<typeof DatasetColumnType>;

export const DatasetName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}$/)
  .meta({ example: 'enterprises' });
export const ColumnName = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'a name of a column: a-z, 0-9 and _');

/** How a value is hidden. `null` fits every column, the others the types their name tells. */
export const Mask = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('null') }),
    z
      .strictObject({ kind: z.literal('hash') })
      .describe('text: the same for the same value, by a secret of this installation'),
    z
      .strictObject({
        kind: z.literal('partial'),
        first: z.number().int().min(0).max(20),
        last: z.number().int().min(0).max(20),
      })
      .describe('text: keeps so many characters at both ends'),
    z
      .strictObject({ kind: z.literal('band'), step: z.number().positive().max(1e15) })
      .describe('number: the lower end of its band'),
    z
      .strictObject({ kind: z.literal('truncate'), to: z.enum(['hour', 'day', 'month', 'quarter', 'year']) })
      .describe('time or date: the beginning of its period'),
    z
      .strictObject({ kind: z.literal('division'), digits: z.union([z.literal(2), z.literal(4)]) })
      .describe('code of a division: its province or city'),
    z
      .strictObject({ kind: z.literal('noise'), share: z.number().positive().max(1) })
      .describe('number: moved by up to this share, always the same for the same row'),
  ])
  .meta({ id: 'Mask' });
export type Mask = z.infer<typeof Mask>;
export type MaskKind = Mask['kind'];

/** Conditions of one filter, nested ones included. */
export const FILTER_CONDITIONS_MAX = 200;
/** Values of one `in`. */
export const FILTER_VALUES_MAX = 1_000;
const FILTER_DEPTH_MAX = 12;
export const FILTER_OPERATORS = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'contains', 'startsWith'] as const;
const FilterValue = z.union([z.string().max(2_000), z.number(), z.boolean()]);
export type FilterValue = z.infer<typeof FilterValue>;

export type RowFilter =
  | { and: RowFilter[] }
  | { or: RowFilter[] }
  | { not: RowFilter }
  | { column: string; op: (typeof FILTER_OPERATORS)[number]; value: FilterValue }
  | { column: string; op: 'in' | 'notIn'; values: FilterValue[] }
  | { column: string; op: 'isNull' | 'notNull' };

const FilterTree: z.ZodType<RowFilter> = z
  .lazy(() =>
    z.union([
      z.strictObject({ and: z.array(FilterTree).min(1).max(100) }),
      z.strictObject({ or: z.array(FilterTree).min(1).max(100) }),
      z.strictObject({ not: FilterTree }),
      z.strictObject({ column: ColumnName, op: z.enum(FILTER_OPERATORS), value: FilterValue }),
      z.strictObject({
        column: ColumnName,
        op: z.enum(['in', 'notIn']),
        values: z.array(FilterValue).min(1).max(FILTER_VALUES_MAX),
      }),
      z.strictObject({ column: ColumnName, op: z.enum(['isNull', 'notNull']) }),
    ]),
  )
  // named, because it holds itself: a description can only refer to it
  .meta({ id: 'RowCondition' });

/** Depth and number of conditions, counted on what came in before the tree is parsed: a deep one must not exhaust the stack. */
function sizeOf(value: unknown): { depth: number; conditions: number } {
  let [conditions, deepest] = [0, 0];
  const open: [unknown, number][] = [[value, 1]];
  while (open.length > 0 && conditions <= FILTER_CONDITIONS_MAX && deepest <= FILTER_DEPTH_MAX) {
    const [node, depth] = open.pop() ?? [null, 0];
    if (typeof node !== 'object' || node === null) continue;
    conditions += 1;
    deepest = Math.max(deepest, depth);
    const { and, or, not } = node as Record<string, unknown>;
    for (const list of [and, or])
      if (Array.isArray(list)) for (const part of list) open.push([part, depth + 1]);
    if (not !== undefined) open.push([not, depth + 1]);
  }
  return { depth: deepest, conditions };
}

/** A condition on rows: and, or, not over comparisons of one column with values. */
export const RowFilter = z
  .unknown()
  .superRefine((value, context) => {
    const { depth, conditions } = sizeOf(value);
    if (depth > FILTER_DEPTH_MAX || conditions > FILTER_CONDITIONS_MAX)
      context.addIssue({
        code: 'custom',
        message: `at most ${FILTER_CONDITIONS_MAX} conditions, nested ${FILTER_DEPTH_MAX} deep`,
        fatal: true,
      });
  })
  .pipe(FilterTree)
  .meta({ id: 'RowFilter' });

/** Set by a person; `null` goes back to what the offer of the dataset says. */
export const GradePatch = z
  .strictObject({
    column: ColumnName,
    grade: DataGrade,
    level: DataLevel,
    personal: z.boolean(),
    reason: z.string().trim().min(1).max(500),
  })
  .meta({ id: 'GradePatch' });
export type GradePatch = z.infer<typeof GradePatch>;
export const COLUMN_GRADES_MAX = 500;

export const DatasetColumn = z
  .object({
    name: z.string(),
    title: Bilingual,
    description: Bilingual,
    type: DatasetColumnType,
    unit: z.string().nullable(),
    grade: DataGrade,
    level: DataLevel,
    personal: z.boolean(),
    masks: z
      .array(Mask)
      .describe('how values are hidden from the caller, by row where there are several; empty when plain'),
    partly: z.boolean().describe('true when some rows show the value and others do not'),
  })
  .meta({ id: 'DatasetColumn' });
export type DatasetColumn = z.infer<typeof DatasetColumn>;

export const DatasetSummary = z
  .object({
    id: z.string(),
    table: z.string().describe('name in SQL'),
    title: Bilingual,
    description: Bilingual,
    owner: OrganisationPath,
    ownerName: z.string(),
    columns: z.number().int().describe('columns the caller sees'),
    grade: DataGrade.describe('highest grade of these columns'),
    level: DataLevel.describe('highest level of these columns'),
  })
  .meta({ id: 'DatasetSummary' });
export type DatasetSummary = z.infer<typeof DatasetSummary>;
export const DatasetList = z.object({ items: z.array(DatasetSummary) });

export const Dataset = DatasetSummary.omit({ columns: true })
  .extend({
    columns: z.array(DatasetColumn),
    columnsTotal: z.number().int(),
    key: z.array(z.string()).describe('columns that together are unique'),
    rowsOf: z.array(OrganisationPath).describe('organisations whose rows, and those below, the caller sees'),
    why: z.array(Bilingual).describe('the decision in words'),
    contract: z.string().describe('address of the contract'),
  })
  .meta({ id: 'Dataset' });
export type Dataset = z.infer<typeof Dataset>;

export const QUESTION_AGGREGATES = ['count', 'countDistinct', 'sum', 'avg', 'min', 'max', 'median'] as const;
export const BUCKETS = ['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
export const QUERY_ROWS_MAX = 10_000;
export const QUERY_COLUMNS_MAX = 200;
export const Purpose = z.string().trim().min(1).max(100);

/** One question to one dataset. Without `group` and `aggregates` it reads rows, a page at a time. */
export const DatasetQuestion = z
  .strictObject({
    select: z
      .array(ColumnName)
      .min(1)
      .max(QUERY_COLUMNS_MAX)
      .optional()
      .describe('default: every column the caller sees'),
    filter: RowFilter.optional(),
    group: z.array(ColumnName).max(20).optional(),
    bucket: z
      .strictObject({ column: ColumnName, every: z.enum(BUCKETS), as: ColumnName.optional() })
      .optional()
      .describe('one more group: the beginning of the period, time of Shanghai'),
    aggregates: z
      .array(
        z.strictObject({ fn: z.enum(QUESTION_AGGREGATES), column: ColumnName.optional(), as: ColumnName }),
      )
      .max(50)
      .optional(),
    sort: z
      .array(z.strictObject({ by: ColumnName, order: z.enum(['asc', 'desc']).default('asc') }))
      .max(10)
      .optional(),
    limit: z.number().int().min(1).max(QUERY_ROWS_MAX).default(100),
    cursor: z.string().max(4_000).optional().describe('`next` of the page before, with the same question'),
    purpose: Purpose.optional(),
  })
  .meta({ id: 'DatasetQuestion' });
export type DatasetQuestion = z.infer<typeof DatasetQuestion>;

export const AnswerColumn = z
  .object({
    name: z.string(),
    type: DatasetColumnType,
    unit: z.string().nullable(),
    title: Bilingual.nullable(),
    grade: DataGrade.nullable(),
    level: DataLevel.nullable(),
    personal: z.boolean(),
    masks: z.array(Mask),
  })
  .meta({ id: 'AnswerColumn' });
export type AnswerColumn = z.infer<typeof AnswerColumn>;

export const DatasetAnswer = z
  .object({
    columns: z.array(AnswerColumn),
    rows: z.array(z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))),
    next: z.string().nullable().describe('cursor of the next page; null on the last'),
    grade: DataGrade.describe('highest grade of the columns read'),
    level: DataLevel.describe('highest level of the columns read'),
    rowsRead: z
      .number()
      .int()
      .nullable()
      .describe('rows the engine read for it, when it was made; null when the engine does not tell'),
    elapsedMs: z.number(),
  })
  .meta({ id: 'DatasetAnswer' });
export type DatasetAnswer = z.infer<typeof DatasetAnswer>;

export const DatasetExplanation = z
  .object({
    allowed: z.boolean(),
    why: z.array(Bilingual),
    columns: z.array(DatasetColumn),
    columnsTotal: z.number().int(),
    hidden: z.number().int(),
    rowsOf: z.array(OrganisationPath),
    policies: z.array(
      z.object({ id: Id, version: z.number().int(), name: z.string(), effect: z.enum(['grant', 'limit']) }),
    ),
    limits: z.object({ rowsMax: z.number().int(), timeMs: z.number().int(), bytesMax: z.number().int() }),
  })
  .meta({ id: 'DatasetExplanation' });
export type DatasetExplanation = z.infer<typeof DatasetExplanation>;

/** Whom a policy speaks of. An application is a key by its name, in exactly the organisation it belongs to, so that it may be renewed. */
export const PolicySubject = z
  .discriminatedUnion('kind', [
    z
      .strictObject({ kind: z.literal('organisation'), organisation: OrganisationPath })
      .describe('this organisation and those below'),
    z.strictObject({
      kind: z.literal('role'),
      role: z.string().min(1).max(60),
      organisation: OrganisationPath,
    }),
    z.strictObject({ kind: z.literal('user'), id: Id }),
    z.strictObject({ kind: z.literal('key'), id: Id }),
    z.strictObject({
      kind: z.literal('application'),
      name: z.string().min(1).max(100),
      organisation: OrganisationPath,
    }),
  ])
  .meta({ id: 'PolicySubject' });
export type PolicySubject = z.infer<typeof PolicySubject>;

/** A day is one of Shanghai; `concurrent` are questions at the same moment. */
export const Quota = z
  .strictObject({
    requests: z.number().int().min(1).max(1e12).optional(),
    rows: z.number().int().min(1).max(1e15).optional(),
    bytes: z.number().int().min(1).max(1e15).optional(),
    concurrent: z.number().int().min(1).max(1_000).optional(),
  })
  .meta({ id: 'Quota' });
export type Quota = z.infer<typeof Quota>;

export const POLICY_ORGANISATIONS_MAX = 1_000;
export const POLICIES_MAX = 100_000;

const PolicyContent = {
  name: z.string().trim().min(1).max(200),
  effect: z.enum(['grant', 'limit']),
  subject: PolicySubject,
  dataset: DatasetName.nullable().describe('null for every dataset'),
  organisation: OrganisationPath.describe(
    'whose data it is: rows of this organisation and those below, never more',
  ),
  rows: z
    .strictObject({
      organisations: z.array(OrganisationPath).min(1).max(POLICY_ORGANISATIONS_MAX).nullable().default(null),
      own: z.boolean().default(false).describe('only rows of the subject’s own organisation and below'),
      filter: RowFilter.nullable().default(null),
    })
    .default({ organisations: null, own: false, filter: null }),
  columns: z
    .array(ColumnName)
    .min(1)
    .max(QUERY_COLUMNS_MAX)
    .nullable()
    .default(null)
    .describe('null for all'),
  masks: z.record(ColumnName, Mask).default({}),
  purposes: z.array(Purpose).min(1).max(50).nullable().default(null).describe('null for any, also none'),
  from: Instant.nullable().default(null),
  until: Instant.nullable().default(null),
  quota: Quota.default({}),
  reason: z.string().trim().max(1_000).default(''),
};
export const NewPolicy = z.strictObject(PolicyContent).meta({ id: 'NewPolicy' });
export type NewPolicy = z.infer<typeof NewPolicy>;
export const PolicyChange = z
  .strictObject({ ...PolicyContent, basedOn: z.number().int().min(1).describe('version that was read') })
  .meta({ id: 'PolicyChange' });
export type PolicyChange = z.infer<typeof PolicyChange>;

export const Policy = z
  .object({
    ...PolicyContent,
    id: Id,
    version: z.number().int(),
    state: z.enum(['active', 'revoked']),
    revocation: z.string().nullable().describe('why it was revoked'),
    madeBy: z.string(),
    madeAt: Instant,
  })
  .meta({ id: 'Policy' });
export type Policy = z.infer<typeof Policy>;
export const PolicyRevocation = z
  .strictObject({ reason: z.string().trim().min(1).max(1_000) })
  .meta({ id: 'PolicyRevocation' });
export const PolicyPage = pageOf(Policy);
export const PolicyQuery = PageQuery.extend({
  dataset: DatasetName.optional(),
  state: z.enum(['active', 'revoked']).optional(),
});
export type PolicyQuery = z.infer<typeof PolicyQuery>;
export const PolicyVersions = z.object({ items: z.array(Policy) });

/** What somebody would see, with a policy that is not saved yet or without. */
export const PolicyTrial = z
  .strictObject({
    dataset: DatasetName,
    as: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('user'), id: Id }),
      z.strictObject({ kind: z.literal('key'), id: Id }),
    ]),
    policy: NewPolicy.nullable().default(null),
    replaces: Id.nullable().default(null).describe('a saved policy that the given one stands for'),
    purpose: Purpose.optional(),
    sample: z
      .boolean()
      .default(false)
      .describe(
        'with some rows of one’s own data; needs share:policy:write, is noted as a look of one’s own',
      ),
  })
  .meta({ id: 'PolicyTrial' });
export type PolicyTrial = z.infer<typeof PolicyTrial>;
/** Rows that somebody would see; the first few. */
export const TRIAL_ROWS_MAX = 20;
export const TrialSample = DatasetAnswer.pick({ columns: true, rows: true });
export type TrialSample = z.infer<typeof TrialSample>;
export const PolicyTrialAnswer = DatasetExplanation.extend({
  sees: z.object({ name: z.string(), organisation: OrganisationPath }),
  sample: TrialSample.nullable().describe(
    'null unless asked for, and when there is nothing of one’s own data to look at',
  ),
}).meta({ id: 'PolicyTrialAnswer' });
export type PolicyTrialAnswer = z.infer<typeof PolicyTrialAnswer>;

export const EXPORT_FORMATS_OF_DATASETS = ['csv', 'xlsx', 'parquet', 'json'] as const;
export const SHARE_EXPORT_ROWS_MAX = 5_000_000;
export const SHARE_SHEET_ROWS_MAX = 1_000_000;
export const DatasetExportRequest = z
  .strictObject({
    select: DatasetQuestion.shape.select,
    filter: DatasetQuestion.shape.filter,
    purpose: Purpose.optional(),
    format: z.enum(EXPORT_FORMATS_OF_DATASETS),
  })
  .meta({ id: 'DatasetExportRequest' });
export type DatasetExportRequest = z.infer<typeof DatasetExportRequest>;
export const DatasetExportStarted = z
  .object({ id: Id, job: Id, file: z.string().describe('address of the file once the export is ready') })
  .meta({ id: 'DatasetExportStarted' });
export type DatasetExportStarted = z.infer<typeof DatasetExportStarted>;
export const DatasetExport = z
  .object({
    id: Id,
    dataset: z.string(),
    format: z.enum(EXPORT_FORMATS_OF_DATASETS),
    state: z.enum(['waiting', 'ready', 'failed']),
    rows: z.number().int(),
    bytes: z.number().int(),
    madeAt: Instant,
    reason: ErrorCode.nullable().describe('why it failed, where that is known'),
  })
  .meta({ id: 'DatasetExport' });
export type DatasetExport = z.infer<typeof DatasetExport>;
export const ContractQuery = z.object({ format: z.enum(['yaml', 'json']).default('yaml') });

export const UsageQuery = z.object({
  from: Instant.optional(),
  to: Instant.optional(),
  by: z.enum(['dataset', 'key', 'day', 'organisation']).default('dataset'),
  side: z
    .enum(['user', 'owner'])
    .default('user')
    .describe('user: asked by one’s own organisations; owner: of one’s own data'),
});
export type UsageQuery = z.infer<typeof UsageQuery>;
export const Usage = z
  .object({
    from: Instant,
    to: Instant,
    items: z.array(
      z.object({
        key: z.string(),
        name: z.string(),
        requests: z.number().int(),
        refused: z.number().int(),
        rows: z.number().int(),
        bytes: z.number().int(),
        elapsedMs: z.number().int(),
      }),
    ),
  })
  .meta({ id: 'Usage' });
export type Usage = z.infer<typeof Usage>;

/** Where programs reach shared data, for those who connect one. */
export const ShareDoors = z
  .object({
    httpUrl: z.string().nullable().describe('`publicUrl`; null when people use the address they are at'),
    sqlPort: z
      .number()
      .int()
      .nullable()
      .describe('TCP port of SQL over ClickHouse’s HTTP interface; null while it is not served'),
    localOnly: z.boolean().describe('true when the platform listens on its own machine only'),
  })
  .meta({ id: 'ShareDoors' });
export type ShareDoors = z.infer<typeof ShareDoors>;
