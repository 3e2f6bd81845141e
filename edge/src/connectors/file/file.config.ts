import { PointType, Quality } from '@ronghe/contracts';
import { z } from 'zod';
import { ConnectionBase, POINTS_MAX, PointBase, uniqueKeys } from '../../config.ts';
import { isZone } from '../../zone.ts';
import { compileNamePattern, placeholdersOf } from './file.names.ts';
import { compileTimeFormat } from './file.time.ts';

/** A column by its name in the header, or by its number counted from 1. */
const Column = z.union([z.string().min(1).max(200), z.number().int().min(1).max(16_384)]);
export type Column = z.infer<typeof Column>;

const FilePoint = PointBase.extend({
  column: Column.optional().describe('name in the header, or number counted from 1; the key when left out'),
  type: PointType.default('number').describe('text that looks like a number stays text with type text'),
  scale: z.number().default(1).describe('value = raw × scale + offset, for numbers'),
  offset: z.number().default(0).describe('added after scaling'),
});

const Time = z
  .strictObject({
    columns: z
      .array(Column)
      .min(1)
      .max(3)
      .optional()
      .describe('columns that hold the time; date and time columns are joined by a space'),
    format: z
      .string()
      .max(100)
      .refine((format) => compileTimeFormat(format) !== null, {
        message: 'auto, unix-s, unix-ms, excel, or letters as in dd/MM/yyyy HH:mm:ss.SSS',
      })
      .default('auto')
      .describe('`auto`, `unix-s`, `unix-ms`, `excel` or a pattern like `dd/MM/yyyy HH:mm`'),
    zone: z
      .string()
      .max(60)
      .refine((zone) => isZone(zone), {
        message: 'a name of the time zone database, like Asia/Shanghai or UTC',
      })
      .default('Asia/Shanghai')
      .describe('time zone of times that do not tell their own'),
    midnight: z
      .enum(['begins', 'ends'])
      .default('begins')
      .describe('`ends`: 00:00 is written with the date of the day that it ends'),
    start: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('without `columns`: time of the first row, `modified`, or from the name as in `{date}`'),
    stepMs: z.number().min(0.001).max(1e11).optional().describe('with `start`: time from row to row'),
  })
  .refine((time) => (time.columns === undefined) !== (time.start === undefined), {
    message: 'needs either columns, or start and stepMs',
  })
  .refine((time) => time.start === undefined || time.stepMs !== undefined, {
    path: ['stepMs'],
    message: 'is needed with start',
  });

const Csv = z.strictObject({
  encoding: z
    .enum(['auto', 'utf-8', 'utf-16le', 'utf-16be', 'gb18030'])
    .default('auto')
    .describe('`auto`: by byte order mark, else UTF-8 where the whole file is valid, else GB18030'),
  delimiter: z
    .enum(['auto', ',', ';', '\t', '|', 'space'])
    .default('auto')
    .describe('between fields; `space` is any run of blanks'),
  decimal: z.enum(['.', ',']).default('.').describe('mark of decimals'),
  thousands: z.boolean().default(false).describe('takes 1,234.5 (or 1.234,5) as a number'),
  quotes: z.boolean().default(true).describe('fields may stand in double quotes (RFC 4180)'),
  transposed: z
    .boolean()
    .default(false)
    .describe('a line of the file is a column; the file is held in memory and has at most 32 MiB'),
});

/** One watched folder. */
export const FileConfig = ConnectionBase.extend({
  protocol: z.literal('file'),
  endpoint: z
    .string()
    .regex(/^file:\/\/\/\S*$/, 'like file:///data/in')
    .refine((endpoint) => URL.canParse(endpoint), 'like file:///data/in')
    .describe('the folder')
    .meta({ localPath: true }),
  pattern: z
    .string()
    .max(200)
    .refine((pattern) => compileNamePattern(pattern) !== null, {
      message: 'like *.csv or press-{line}-*.csv; no folders, each {part} once, none next to another or to *',
    })
    .default('*')
    .describe('names to read: `*` any, `?` one character, `{part}` any, for `keyTemplate` and `time.start`'),
  mode: z
    .enum(['whole', 'append'])
    .default('whole')
    .describe('`whole`: each file once; `append`: files that grow, read on from the last whole line'),
  format: z
    .enum(['auto', 'csv', 'tsv', 'xlsx', 'parquet'])
    .default('auto')
    .describe('`auto`: by the end of the name; what is not `.xlsx` or `.parquet` is text'),
  intervalMs: z.number().int().min(100).max(86_400_000).default(5_000).describe('time from look to look'),
  settleMs: z
    .number()
    .int()
    .min(0)
    .max(86_400_000)
    .default(5_000)
    .describe('a file is read when size and time stayed the same so long'),
  timeoutMs: z
    .number()
    .int()
    .min(100)
    .max(600_000)
    .default(10_000)
    .describe('longest wait for one answer of the file system'),
  after: z.enum(['keep', 'move', 'delete']).default('keep').describe('what becomes of a file that was read'),
  doneFolder: z
    .string()
    .min(1)
    .max(1_000)
    .default('done')
    .describe('for `move`, relative to the folder')
    .meta({ localPath: true }),
  failedFolder: z
    .string()
    .min(1)
    .max(1_000)
    .default('failed')
    .describe('for `move`: files that cannot be read, relative to the folder')
    .meta({ localPath: true }),
  header: z.boolean().default(true).describe('the first row holds names of columns'),
  skipLines: z.number().int().min(0).max(10_000).default(0).describe('lines (rows) before the header'),
  csv: Csv.prefault({}),
  sheet: z
    .union([z.string().min(1).max(100), z.number().int().min(1).max(1_000)])
    .default(1)
    .describe('name or number of the sheet in .xlsx'),
  time: Time,
  keyColumn: Column.optional().describe('long tables: column with the key of the point'),
  valueColumn: Column.optional().describe('long tables: column with the value'),
  qualityColumn: Column.optional().describe('good, uncertain, bad, or an OPC quality number (192 is good)'),
  qualityMap: z
    .record(z.string().max(100), Quality)
    .default({})
    .describe('other words for the three qualities'),
  valueType: PointType.default('number').describe('long tables: type of keys that `points` does not list'),
  keyTemplate: z
    .string()
    .max(256)
    .default('{key}')
    .describe('key at the platform from `{key}`, `{file}` and parts of the name, as in `{line}.{key}`'),
  empty: z.enum(['skip', 'bad']).default('skip').describe('an empty cell gives nothing, or a bad sample'),
  points: z.array(FilePoint).max(POINTS_MAX).superRefine(uniqueKeys).default([]),
}).check((context) => {
  const config = context.value;
  const wrong = (path: string, message: string) =>
    context.issues.push({ code: 'custom', path: path.split('.'), message, input: config });
  const parts = new Set(['key', 'file', ...(compileNamePattern(config.pattern)?.parts ?? [])]);
  for (const name of placeholdersOf(config.keyTemplate))
    if (!parts.has(name)) wrong('keyTemplate', `there is no {${name}}; there are ${[...parts].join(', ')}`);
  if (!config.keyTemplate.includes('{key}') && config.points.length !== 1)
    wrong('keyTemplate', 'needs {key}, for else all points would share one key');
  for (const name of placeholdersOf(config.time.start ?? ''))
    if (name === 'key' || !parts.has(name)) wrong('time.start', `there is no {${name}} in the pattern`);
  const long = config.keyColumn !== undefined;
  if (long !== (config.valueColumn !== undefined)) wrong('valueColumn', 'goes with keyColumn');
  if (!long && config.points.length === 0)
    wrong('points', 'needs at least one, or keyColumn and valueColumn');
  if (long && config.points.some((point) => point.column !== undefined))
    wrong('points', 'have no column in a long table: their key stands in keyColumn');
  if (config.csv.delimiter === config.csv.decimal) wrong('csv.decimal', 'is the delimiter already');
  if (config.mode === 'append') {
    if (config.after !== 'keep') wrong('after', 'a file that grows can only be kept');
    if (config.csv.transposed) wrong('csv.transposed', 'a file that grows cannot be transposed');
    if (config.format === 'xlsx' || config.format === 'parquet') wrong('format', 'only text can grow');
    if (config.time.start === 'modified') wrong('time.start', 'changes as the file grows');
  }
});
export type FileConfig = z.infer<typeof FileConfig>;
export type FilePoint = FileConfig['points'][number];
