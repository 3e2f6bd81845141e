import { isAbsolute } from 'node:path';
import { PointKey, PointType } from '@ronghe/contracts';
import { z } from 'zod';
import { ConnectionBase, POINTS_MAX, PointBase } from '../../config.ts';
import { isZone } from '../../zone.ts';
import { bindText, type Dialect, SqlTextError } from './sql.text.ts';
import { parseTime, toPosition } from './sql.time.ts';

/** Most queries of one connection; they share it and are run one after the other. */
export const QUERIES_MAX = 100;
const DAY_MS = 86_400_000;
const TEMPLATE = /\{([^{}]+)\}/g;

const Column = z.string().min(1).max(128);
const TimeZone = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9_+\-/]+$/, 'a name of the IANA time zone database, like Asia/Shanghai or UTC')
  .refine(isZone, 'a name of the IANA time zone database, like Asia/Shanghai or UTC');
const Template = z.string().min(1).max(256);

const Watermark = z
  .strictObject({
    column: Column.describe('column of the result that only grows: a time or a number'),
    type: z.enum(['time', 'number']).describe('what the column holds'),
    start: z.coerce
      .string()
      .max(100)
      .optional()
      .describe(
        'first value wanted: an instant like 2026-01-01T00:00:00+08:00 or `now` (default for time), or a number (default 0)',
      ),
    overlapSeconds: z
      .number()
      .min(0)
      .max(7 * 86_400)
      .default(0)
      .describe('rows so much older than the newest are looked for again, for transactions that commit late'),
    overlapNumber: z
      .number()
      .int()
      .min(0)
      .max(1e9)
      .default(0)
      .describe('the same for a number, in its own unit'),
    rememberedRowsMax: z
      .number()
      .int()
      .min(100)
      .max(1_000_000)
      .default(50_000)
      .describe('most rows remembered to tell new ones from known ones, about 100 bytes each'),
  })
  .check((context) => {
    const { type, start, overlapSeconds, overlapNumber } = context.value;
    const wrong = (path: string, message: string) =>
      context.issues.push({ code: 'custom', path: [path], message, input: context.value });
    if (type === 'time' && start !== undefined && start !== 'now' && !isInstant(start))
      wrong('start', 'an instant with its offset, like 2026-01-01T00:00:00+08:00, or now');
    if (type === 'number' && start !== undefined && toPosition(start) === null) wrong('start', 'a number');
    if (type === 'time' && overlapNumber > 0) wrong('overlapNumber', 'a time has overlapSeconds');
    if (type === 'number' && overlapSeconds > 0) wrong('overlapSeconds', 'a number has overlapNumber');
  });

const Time = z.strictObject({
  column: Column.describe('column with the source time; without one it is the moment of the answer'),
  zone: TimeZone.optional().describe('zone of times that carry none; default `timeZone` of the connection'),
  format: z
    .enum(['timestamp', 'seconds', 'milliseconds', 'microseconds'])
    .default('timestamp')
    .describe('a date with time, or a number since 1970'),
});

// Written as text, number or boolean, compared as text.
const Codes = z.array(z.coerce.string().max(200)).max(1_000);
const QualityOf = z.strictObject({
  column: Column.describe('column with the quality; without one every value is good'),
  good: Codes.min(1).describe('what it holds when a value is good, like [192, GOOD]'),
  uncertain: Codes.default([]).describe('what it holds when a value is uncertain'),
  otherwise: z.enum(['good', 'uncertain', 'bad']).default('bad').describe('for everything else'),
});

const SqlPoint = PointBase.extend({
  key: Template.describe(
    'key of the point at the platform; `{column}` stands for the value of a column of `keyColumns`',
  ),
  column: Column.describe('column with the value'),
  type: PointType.default('number').describe('what the point holds'),
  fromText: z.boolean().default(false).describe('read numbers and booleans out of a text column'),
});

const Tag = PointBase.extend({
  tag: z.string().min(1).max(256).describe('what `keyColumn` holds in rows of this point'),
  type: PointType.default('number').describe('what the point holds'),
  fromText: z.boolean().default(false).describe('read numbers and booleans out of a text column'),
});

const Long = z.strictObject({
  keyColumn: Column.describe('column that names the point of a row'),
  valueColumn: Column.describe('column with the value'),
  key: Template.optional().describe(
    'key of the points, like `line-1.{tag}` with the name of `keyColumn` in braces; default `{keyColumn}`',
  ),
  type: PointType.default('number').describe('what the points hold'),
  fromText: z.boolean().default(false).describe('read numbers and booleans out of a text column'),
  unit: z.string().max(40).optional().describe('UCUM code'),
  equipment: z.string().max(200).optional().describe('name of the machine they belong to'),
  tags: z
    .array(Tag)
    .min(1)
    .max(POINTS_MAX)
    .optional()
    .describe('only these, each with its own key, type and unit; other rows are passed over'),
});

const Query = z
  .strictObject({
    name: z
      .string()
      .max(60)
      .regex(/^[a-z0-9][a-z0-9-]*$/, 'a-z, 0-9 and -')
      .describe('name of the query, unique in the connection; its watermark is kept under it'),
    sql: z
      .string()
      .min(1)
      .max(100_000)
      .describe('SELECT or WITH; `:watermark` stands for the lower bound, to be compared with >='),
    intervalMs: z.number().int().min(50).max(DAY_MS).default(10_000).describe('time from poll to poll'),
    timeoutMs: z
      .number()
      .int()
      .min(100)
      .max(600_000)
      .default(10_000)
      .describe('longest wait for one answer of the server'),
    rowsMax: z
      .number()
      .int()
      .min(1)
      .max(100_000)
      .default(5_000)
      .describe('most new rows of one poll; the rest follows with the next, at once'),
    watermark: Watermark.optional().describe('how new rows are told from old ones'),
    time: Time.optional(),
    quality: QualityOf.optional(),
    nulls: z
      .enum(['bad', 'skip'])
      .default('bad')
      .describe('what an empty value gives: a bad sample with reason null, or nothing'),
    keyColumns: z
      .array(Column)
      .max(10)
      .default([])
      .describe('columns that may stand in braces in key, name and equipment of the points'),
    points: z.array(SqlPoint).min(1).max(1_000).optional().describe('each column a point'),
    long: Long.optional(),
  })
  .check((context) => {
    for (const { path, message } of faultsOf(context.value))
      context.issues.push({ code: 'custom', path, message, input: context.value });
  });

/** One database. */
export const SqlConfig = ConnectionBase.extend({
  protocol: z.literal('sql'),
  endpoint: z
    .string()
    .regex(
      /^(postgres|mysql):\/\/(\[[0-9a-fA-F:.]+\]|[^/:@?#\s[\]]+)(:\d{1,5})?\/[^/?#\s]+$/,
      'like postgres://10.0.0.5:5432/mes or mysql://10.0.0.5:3306/mes, without user and password',
    )
    .describe('kind of database (mysql is MariaDB too), host, port and name'),
  username: z.string().min(1).max(128).describe('a user that may only read'),
  password: z
    .string()
    .max(1_000)
    .optional()
    .describe('its password; or `passwordFile`')
    .meta({ secret: true }),
  passwordFile: z
    .string()
    .refine(isAbsolute, 'a path from the root')
    .optional()
    .describe('file with the password, read at every connecting')
    .meta({ localPath: true }),
  tls: z
    .enum(['off', 'verify', 'unverified'])
    .default('off')
    .describe('`verify` checks the certificate of the server, `unverified` only encrypts'),
  caFile: z
    .string()
    .refine(isAbsolute, 'a path from the root')
    .optional()
    .describe('certificates that may sign the one of the server, PEM; otherwise those of Node')
    .meta({ localPath: true }),
  timeZone: TimeZone.default('Asia/Shanghai').describe('zone of times that carry none'),
  queries: z.array(Query).min(1).max(QUERIES_MAX).describe('what is asked, one after the other'),
}).check((context) => {
  const { value } = context;
  const wrong = (path: (string | number)[], message: string) =>
    context.issues.push({ code: 'custom', path, message, input: value });
  if (value.password !== undefined && value.passwordFile !== undefined)
    wrong(['passwordFile'], 'password or passwordFile, not both');
  if (value.caFile !== undefined && value.tls !== 'verify')
    wrong(['caFile'], 'is used with tls: verify only');
  const names = new Map<string, number>();
  const keys = new Map<string, string>();
  value.queries.forEach((query, index) => {
    const fault = faultOfText(query, dialectOf(value.endpoint));
    if (fault !== null) wrong(['queries', index, 'sql'], fault);
    const earlier = names.get(query.name);
    if (earlier !== undefined) wrong(['queries', index, 'name'], `is used by queries[${earlier}] already`);
    names.set(query.name, index);
    for (const { key, path } of fixedKeys(query)) {
      const place = keys.get(key);
      if (place !== undefined) wrong(['queries', index, ...path], `is used by ${place} already`);
      keys.set(key, `queries[${index}].${path.join('.')}`);
    }
  });
});
export type SqlConfig = z.infer<typeof SqlConfig>;
export type SqlQuery = SqlConfig['queries'][number];
export type SqlWatermark = NonNullable<SqlQuery['watermark']>;

/** Which family an endpoint names. The text has been checked by the schema. */
export const dialectOf = (endpoint: string): Dialect =>
  endpoint.startsWith('mysql:') ? 'mysql' : 'postgres';

/** Names in braces of a template, in their order. */
export const placesOf = (template: string): string[] =>
  [...template.matchAll(TEMPLATE)].map(([, name]) => name ?? '');

/** A template with its places filled. */
export const fillTemplate = (template: string, value: (name: string) => string): string =>
  template.replace(TEMPLATE, (_whole, name: string) => value(name));

type Fault = { path: (string | number)[]; message: string };
type RawQuery = z.infer<typeof Query>;

function faultsOf(query: RawQuery): Fault[] {
  const faults: Fault[] = [];
  const wrong = (path: (string | number)[], message: string) => faults.push({ path, message });
  const { points, long, keyColumns } = query;
  if ((points === undefined) === (long === undefined))
    wrong(['points'], 'either points (each column a point) or long (each row a value)');
  if (long !== undefined) {
    if (keyColumns.length > 0) wrong(['keyColumns'], 'is for points; long has keyColumn');
    for (const name of placesOf(long.key ?? ''))
      if (name !== long.keyColumn) wrong(['long', 'key'], `{${name}} is not the keyColumn`);
    const tags = new Set<string>();
    long.tags?.forEach(({ tag }, index) => {
      if (tags.has(tag)) wrong(['long', 'tags', index, 'tag'], 'is in the list already');
      tags.add(tag);
    });
    if (long.key !== undefined && placesOf(long.key).length === 0)
      wrong(['long', 'key'], `needs {${long.keyColumn}}, or all rows would be one point`);
  }
  points?.forEach((point, index) => {
    for (const field of ['key', 'name', 'equipment'] as const)
      for (const name of placesOf(point[field] ?? ''))
        if (!keyColumns.includes(name)) wrong(['points', index, field], `{${name}} is not one of keyColumns`);
    const places = placesOf(point.key);
    if (places.length === 0 && !PointKey.safeParse(point.key).success)
      wrong(['points', index, 'key'], 'starts with a letter or digit, no control characters');
    if (keyColumns.length > 0 && places.length === 0)
      wrong(
        ['points', index, 'key'],
        'needs a column of keyColumns in braces, or all rows would be one point',
      );
  });
  return faults;
}

function faultOfText(query: RawQuery, dialect: Dialect): string | null {
  try {
    const { parameters } = bindText(query.sql, dialect);
    if (query.watermark !== undefined && parameters === 0)
      return 'a query with a watermark needs >= :watermark, or all rows would be read at every poll';
    if (query.watermark === undefined && parameters > 0) return ':watermark needs the key watermark';
    return null;
  } catch (error) {
    if (error instanceof SqlTextError) return error.message;
    throw error;
  }
}

/** Keys that are known before a row has been read, with their place in the query. */
function fixedKeys(query: RawQuery): { key: string; path: (string | number)[] }[] {
  const wide = (query.points ?? []).flatMap(({ key }, index) =>
    query.keyColumns.length === 0 ? [{ key, path: ['points', index, 'key'] }] : [],
  );
  const tags = (query.long?.tags ?? []).map(({ key }, index) => ({
    key,
    path: ['long', 'tags', index, 'key'],
  }));
  return [...wide, ...tags];
}

function isInstant(value: string): boolean {
  const time = parseTime(value);
  return time !== null && time.offsetSeconds !== null;
}
