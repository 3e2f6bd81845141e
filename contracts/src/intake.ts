import { z } from 'zod';
import { Bilingual, Id, Instant } from './common.ts';

/**
 * How data of other systems come in: connections of sources, what a delivery looks like before it is landed, and what a
 * run keeps of it. Sources themselves and their runs are in `fuse.ts`.
 */

/** A secret goes in and never comes out: answers leave it away, and leaving it away in a change keeps what is there. */
const Secret = z.string().max(4_000).default('').describe('write only');
const FieldPath = z.string().max(200).describe('names joined by dots');

/** Text encodings of files; `auto` looks at the beginning of the file. */
export const TEXT_ENCODINGS = ['auto', 'utf-8', 'gb18030', 'utf-16le', 'utf-16be'] as const;
/** How a file of a source is read. What is left out is recognised from the file. */
export const TableOptions = z
  .object({
    format: z
      .enum(['csv', 'xlsx', 'json', 'jsonl', 'parquet'])
      .describe('by default from the name and the first bytes'),
    encoding: z.enum(TEXT_ENCODINGS),
    delimiter: z.enum([',', ';', '\t', '|', '%', '^', '~']),
    sheet: z.string().max(100).describe('name of the sheet; by default the first visible one with a table'),
    headerRow: z
      .number()
      .int()
      .min(0)
      .max(100)
      .describe('row of the header counted from 1, 0 for none; by default the row that looks like one'),
    itemsField: FieldPath.describe('where the list stands in a JSON document'),
  })
  .partial()
  .meta({ id: 'TableOptions' });
export type TableOptions = z.infer<typeof TableOptions>;

/** How an HTTP interface pages and signs in; what is left out has the default named. */
export const HttpJsonReading = z
  .object({
    usernameField: z.string().max(60).describe('default `username`'),
    passwordField: z.string().max(60).describe('default `password`'),
    tokenField: z
      .string()
      .max(100)
      .describe('path of the token in its answer, default `access_token` or `data.access_token`'),
    tokenHeader: z.string().max(60).describe('default `authorization`, with `Bearer ` before the token'),
    paging: z
      .enum(['page', 'offset', 'cursor', 'link', 'none'])
      .describe(
        '`page` counts pages (default), `offset` rows, `cursor` sends back what the answer named, `link` follows RFC 8288',
      ),
    pageParameter: z.string().max(60).describe('default `pageNo`; the offset or the cursor with those'),
    firstPage: z.number().int().min(0).max(1).describe('default 1'),
    sizeParameter: z.string().max(60).describe('default `pageSize`'),
    pageSize: z.number().int().min(1).max(5000).describe('default 200'),
    itemsField: z.string().max(100).describe('path of the list of rows, default `data.list`'),
    totalField: z.string().max(100).describe('path of the number of all rows, default `data.total`'),
    cursorField: z.string().max(100).describe('path of the next cursor, default `next`'),
    statusField: z.string().max(100).describe('path of the business status, default `code`'),
    statusOk: z.string().max(60).describe('its value when all is well, default `0`'),
    sinceParameter: z
      .string()
      .max(60)
      .describe('parameter that asks for what changed since the watermark; without it every run is full'),
  })
  .partial()
  .meta({ id: 'HttpJsonReading' });
export type HttpJsonReading = z.infer<typeof HttpJsonReading>;

export const DATABASE_ENGINES = ['postgresql', 'mysql', 'mongodb'] as const;
export type DatabaseEngine = (typeof DATABASE_ENGINES)[number];

const Host = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[A-Za-z0-9.:_-]+$/, 'a host name or an IP address');
const Identifier = z.string().min(1).max(128);

const DatabaseConnection = z.object({
  kind: z.literal('database'),
  engine: z.enum(DATABASE_ENGINES),
  host: Host,
  port: z.number().int().min(1).max(65_535),
  database: Identifier,
  schema: Identifier.optional().describe('PostgreSQL only, default `public`'),
  table: Identifier.describe('table, view or collection'),
  fields: z
    .array(z.object({ name: Identifier, kind: z.enum(['text', 'number', 'time']) }))
    .max(500)
    .default([])
    .describe('MongoDB only: a collection has no columns of its own, so the fields that are read are named'),
  username: z.string().max(100),
  password: Secret,
});
const ProgramConnection = z.object({
  kind: z.literal('program'),
  protocol: z.enum(['singer', 'airbyte']),
  program: z.string().max(100).describe('name of a program that the operator allowed in `fusePrograms`'),
  stream: z.string().min(1).max(200),
  settings: z.record(z.string(), z.unknown()).default({}).describe('what the program is configured with'),
  secrets: z
    .record(z.string(), z.string().max(4_000))
    .default({})
    .describe('write only; put into the settings by name when the program starts'),
});

/** Where a source is read and how; credentials are sealed at rest and never returned. */
export const SourceConnection = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('http-json'),
      url: z.url().max(500).describe('base address of the system'),
      tokenPath: z
        .string()
        .max(200)
        .describe('POST {username,password} here for a token, empty when none is needed'),
      listPath: z.string().max(200).describe('GET with page and size'),
      username: z.string().max(100).default(''),
      password: Secret,
      reading: HttpJsonReading.optional(),
    }),
    z.object({
      kind: z.literal('folder'),
      folder: z
        .string()
        .max(200)
        .describe('name of a folder under the platform’s inbox; every table file in it is read'),
      options: TableOptions.default({}),
    }),
    z.object({
      kind: z.literal('upload'),
      upload: Id.describe('the newest file that was uploaded for it'),
      options: TableOptions.default({}),
    }),
    DatabaseConnection,
    z.object({
      kind: z.literal('object'),
      url: z
        .url()
        .max(1_000)
        .describe('http(s) address of a file, or of an S3 object; `*` in its path reads several'),
      store: z.enum(['http', 's3']),
      format: z.enum(['csv', 'jsonl', 'parquet']),
      accessKey: z.string().max(200).default(''),
      secretKey: Secret,
    }),
    ProgramConnection,
    z.object({
      kind: z.literal('push'),
      format: z.enum(['rows', 'debezium']).describe('rows by API, or change events as Debezium writes them'),
    }),
  ])
  .meta({ id: 'SourceConnection' });
export type SourceConnection = z.infer<typeof SourceConnection>;
export type SourceKind = SourceConnection['kind'];

/** What to ask for its tables or streams; a database that is asked for one table tells its columns. */
export const SourceOfferRequest = z
  .object({
    connection: z.discriminatedUnion('kind', [
      DatabaseConnection.extend({ table: Identifier.optional() }),
      ProgramConnection.omit({ stream: true }),
    ]),
    source: Id.optional().describe(
      'a saved source: its secrets stand in for those left empty, while the connection leads to the same place',
    ),
  })
  .meta({ id: 'SourceOfferRequest' });
export type SourceOfferRequest = z.infer<typeof SourceOfferRequest>;
/** Tables and views of a database, or streams of a program, that a source may be connected to. */
export const OfferedTable = z
  .object({
    name: z.string(),
    schema: z.string().nullable().describe('PostgreSQL only'),
    kind: z.enum(['table', 'view', 'stream']),
    rows: z.number().int().nullable().describe('as the database estimates it; null when it does not'),
    comment: z.string().describe('what its owner wrote beside it'),
    incremental: z.boolean().describe('a stream that tells by itself what changed'),
    columns: z
      .array(z.object({ name: z.string(), type: z.string(), comment: z.string(), key: z.boolean() }))
      .nullable()
      .describe('of a table that was asked for by name, and of streams'),
  })
  .meta({ id: 'OfferedTable' });
export type OfferedTable = z.infer<typeof OfferedTable>;
export const OFFERED_TABLES_MAX = 5_000;
export const SourceOffer = z
  .object({ items: z.array(OfferedTable), more: z.boolean().describe(`beyond ${OFFERED_TABLES_MAX}`) })
  .meta({ id: 'SourceOffer' });
export type SourceOffer = z.infer<typeof SourceOffer>;
export const SOURCE_KINDS = [
  'upload',
  'folder',
  'http-json',
  'database',
  'object',
  'program',
  'push',
] as const;
export const SourceKind = z.enum(SOURCE_KINDS);

/**
 * `full`: what a run does not deliver is gone. `incremental`: a run delivers what changed since `watermarkField`'s highest
 * value and nothing goes away, unless the source itself says so (change events, a Singer stream's bookmark).
 */
export const RunMode = z.enum(['full', 'incremental']);
export type RunMode = z.infer<typeof RunMode>;

/** What could not be read as a row, with the place people find it at. */
export const READ_PROBLEMS = {
  'cells-too-many': { zh: '该行单元格多于表头', en: 'The row has more cells than the header' },
  'cells-too-few': { zh: '该行单元格少于表头', en: 'The row has fewer cells than the header' },
  'text-broken': { zh: '文本编码损坏', en: 'The text is broken in its encoding' },
  'text-other-encoding': {
    zh: '这些行与文件的编码不同，已按各自的编码读取',
    en: 'Lines in another encoding than the file; read as what they are',
  },
  'quote-open': { zh: '引号没有闭合', en: 'A quotation mark is never closed' },
  'row-too-large': { zh: '一行过大', en: 'A row is too large' },
  'json-broken': { zh: '不是有效的 JSON', en: 'Not valid JSON' },
  'cell-error': { zh: '单元格是错误值', en: 'The cell holds an error of the spreadsheet' },
  'formula-without-result': { zh: '公式没有保存结果', en: 'A formula without a saved result' },
  'header-repeated': { zh: '表头重名，已加序号', en: 'A header name came twice and got a number' },
  'header-empty': { zh: '表头为空，已按列位命名', en: 'A header cell is empty; named after its column' },
  'header-merged': { zh: '表头为合并单元格，已合成列名', en: 'Merged header cells were joined to one name' },
  'sheet-left-out': { zh: '工作簿中的其他工作表未读取', en: 'Other sheets of the workbook were not read' },
} as const satisfies Record<string, Bilingual>;
export type ReadProblemRule = keyof typeof READ_PROBLEMS;
export const ReadProblemName = z.enum(Object.keys(READ_PROBLEMS) as [ReadProblemRule, ...ReadProblemRule[]]);
export const ReadProblem = z
  .object({
    rule: ReadProblemName,
    file: z.string().nullable(),
    place: z.number().int().nullable().describe('line of a text, row of a sheet, number of a record; from 1'),
    column: z.string().nullable(),
    text: z.string().max(500).nullable().describe('what stands there, cut'),
  })
  .meta({ id: 'ReadProblem' });
export type ReadProblem = z.infer<typeof ReadProblem>;

/** A file that was handed over and waits to be read; thrown away after a day when no source uses it. */
export const Upload = z
  .object({
    id: Id,
    name: z.string(),
    bytes: z.number().int(),
    sha256: z.string(),
    uploadedAt: Instant,
  })
  .meta({ id: 'Upload' });
export type Upload = z.infer<typeof Upload>;
/** Largest file that a browser or the command line may hand over, bytes. */
export const UPLOAD_BYTES_MAX = 2_147_483_648;

/** What a column holds, told from its values. */
export const COLUMN_KINDS = {
  empty: { zh: '空', en: 'Empty' },
  text: { zh: '文本', en: 'Text' },
  integer: { zh: '整数', en: 'Integer' },
  decimal: { zh: '小数', en: 'Decimal' },
  boolean: { zh: '是否', en: 'Yes or no' },
  date: { zh: '日期', en: 'Date' },
  time: { zh: '时间', en: 'Date and time' },
  period: { zh: '月份', en: 'Month' },
  code: { zh: '统一社会信用代码', en: 'Unified social credit code' },
  'old-code': { zh: '旧代码', en: 'Older number of an enterprise' },
  name: { zh: '企业名称', en: 'Enterprise name' },
  person: { zh: '人名', en: 'Name of a person' },
  phone: { zh: '电话', en: 'Phone' },
  identity: { zh: '身份证号', en: 'Identity number of a person' },
  email: { zh: '电子邮箱', en: 'E-mail' },
  division: { zh: '行政区划', en: 'Division' },
  industry: { zh: '行业', en: 'Industry' },
  address: { zh: '地址', en: 'Address' },
  money: { zh: '金额', en: 'Money' },
  list: { zh: '代码表', en: 'One of a few values' },
  mixed: { zh: '混合', en: 'Mixed' },
} as const satisfies Record<string, Bilingual>;
export type ColumnKind = keyof typeof COLUMN_KINDS;
export const ColumnKind = z.enum(Object.keys(COLUMN_KINDS) as [ColumnKind, ...ColumnKind[]]);

/** One column of a profile. Counts are exact over the rows seen; `distinct` may be estimated (then `distinctExact` is false). */
export const ColumnProfile = z
  .object({
    name: z.string(),
    kind: ColumnKind,
    kindShare: z.number().describe('share of filled values that fit the kind, 0 to 1'),
    unit: z.string().nullable().describe('unit named in the header or in the cells, as it is written there'),
    rows: z.number().int(),
    filled: z.number().int(),
    distinct: z.number().int(),
    distinctExact: z.boolean(),
    unique: z.boolean().describe('every filled value once'),
    shortest: z.number().int().nullable(),
    longest: z.number().int().nullable(),
    least: z.string().nullable().describe('smallest value in the order of the kind'),
    most: z.string().nullable(),
    mean: z.number().nullable(),
    deviation: z.number().nullable(),
    quartiles: z.array(z.number()).max(3),
    patterns: z
      .array(z.object({ pattern: z.string(), count: z.number().int() }))
      .describe('9 for digits, A for Latin letters, 中 for Chinese characters; runs made one'),
    common: z
      .array(z.object({ value: z.string(), count: z.number().int() }))
      .describe('most frequent values; masked where the column is sensitive'),
    samples: z.array(z.string()).describe('some values; masked where the column is sensitive'),
    sensitive: z.boolean().describe('holds personal data; samples are masked'),
    problems: z
      .array(
        z.object({
          text: Bilingual,
          count: z.number().int(),
          example: z.string(),
          place: z.number().int().nullable(),
        }),
      )
      .describe('what does not fit: dates as text, mixed units, numbers with text'),
  })
  .meta({ id: 'ColumnProfile' });
export type ColumnProfile = z.infer<typeof ColumnProfile>;
export const TableProfile = z
  .object({
    rows: z.number().int(),
    columns: z.array(ColumnProfile),
    keys: z.array(z.array(z.string())).describe('columns that together name a row, best first'),
    problems: z.array(ReadProblem).max(100),
    problemCount: z.number().int(),
  })
  .meta({ id: 'TableProfile' });
export type TableProfile = z.infer<typeof TableProfile>;

/** How the columns of a source moved since the run before. */
export const DRIFT_KINDS = {
  'column-added': { zh: '新增列', en: 'Column added' },
  'column-removed': { zh: '列消失', en: 'Column removed' },
  'column-renamed': { zh: '疑似改名', en: 'Probably renamed' },
  'kind-changed': { zh: '内容类型变化', en: 'Kind of values changed' },
  'unit-changed': { zh: '单位变化', en: 'Unit changed' },
  'fill-dropped': { zh: '填充率骤降', en: 'Much emptier' },
  'values-shifted': { zh: '取值分布突变', en: 'Values shifted' },
  'rows-dropped': { zh: '行数骤降', en: 'Far fewer rows' },
} as const satisfies Record<string, Bilingual>;
export type DriftKind = keyof typeof DRIFT_KINDS;
export const Drift = z
  .object({
    kind: z.enum(Object.keys(DRIFT_KINDS) as [DriftKind, ...DriftKind[]]),
    column: z.string().nullable(),
    before: z.string().nullable(),
    after: z.string().nullable(),
    breaks: z
      .boolean()
      .describe(
        'a mapping, the row key or the period needs it: the run is held before anything is read by others',
      ),
  })
  .meta({ id: 'Drift' });
export type Drift = z.infer<typeof Drift>;
