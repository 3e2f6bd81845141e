import {
  type Cell,
  type ForeignDatabase,
  type ForeignKind,
  type ForeignTable,
  unreachable,
} from '#platform/db/foreign.ts';

/** Instants are written in China's time, whatever the server is set to. */
const ZONE = 'Asia/Shanghai';
const INTEGERS = ['int2', 'int4', 'int8'];
const FLOATS = ['float4', 'float8', 'numeric'];
const TEXTS = ['text', 'varchar', 'bpchar', 'name'];
const INTEGER = /^-?\d+$/;
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const DATE = /^\d{4,6}-\d{2}-\d{2}$/;
const TIME = /^\d{4,6}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2}(\.\d{1,6})?)?$/;

/** What the catalog tells of one column. Text is hexadecimal UTF-8, because the connection speaks the database's encoding. */
export type PostgresqlRow = {
  name: string;
  type: string;
  comment: string | null;
  base: string;
  category: string;
  nullable: number;
  key: number;
  encoding: string;
  /** how the server writes dates and times */
  style: string;
};

const hex = (text: string) => `encode(convert_to(${text}, ${literal('UTF8')}), ${literal('hex')})`;

/** Columns of a table, view or foreign table that this user may read, in order. */
export function describePostgresql({ schema = 'public', table }: ForeignDatabase): string {
  return `select ${hex('a.attname::text')} as name, ${hex('format_type(a.atttypid, a.atttypmod)')} as type,
    ${hex('col_description(c.oid, a.attnum)')} as comment,
    (case when t.typtype = ${literal('d')} then b.typname else t.typname end)::text as base,
    (case when t.typtype = ${literal('d')} then b.typcategory else t.typcategory end)::text as category,
    (not a.attnotnull)::int as nullable,
    (exists (select 1 from pg_index i where i.indrelid = c.oid and i.indisprimary and a.attnum = any (i.indkey)))::int as key,
    current_setting(${literal('client_encoding')}) as encoding, current_setting(${literal('DateStyle')}) as style
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_type t on t.oid = a.atttypid left join pg_type b on b.oid = t.typbasetype
    where n.nspname = ${literal(schema)} and c.relname = ${literal(table)} and a.attnum > 0 and not a.attisdropped
    and c.relkind::text = any (array[${['r', 'p', 'v', 'm', 'f'].map(literal).join(', ')}])
    and has_column_privilege(c.oid, a.attnum, ${literal('select')}) order by a.attnum`;
}

/** What the catalog tells of one table; text is hexadecimal as in `PostgresqlRow`. */
export type PostgresqlTable = {
  schema: string;
  name: string;
  comment: string | null;
  view: number;
  rows: string;
};

/** Tables, views and foreign tables of all schemas that this user may read something of; partitions come by their whole. */
export function listPostgresql(rowsMax: number): string {
  return `select ${hex('n.nspname::text')} as schema, ${hex('c.relname::text')} as name,
    ${hex(`obj_description(c.oid, ${literal('pg_class')})`)} as comment,
    (c.relkind::text = any (array[${['v', 'm'].map(literal).join(', ')}]))::int as view,
    (case when c.relkind::text = any (array[${['r', 'm'].map(literal).join(', ')}]) then c.reltuples else -1 end)::int8::text as rows
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind::text = any (array[${['r', 'p', 'v', 'm', 'f'].map(literal).join(', ')}]) and not c.relispartition
    and left(n.nspname::text, 3) <> ${literal('pg_')} and n.nspname::text <> ${literal('information_schema')}
    and has_schema_privilege(n.oid, ${literal('usage')})
    and (has_table_privilege(c.oid, ${literal('select')}) or has_any_column_privilege(c.oid, ${literal('select')}))
    order by n.nspname::text, c.relname::text limit ${rowsMax}`;
}

export function tableOfPostgresql({ schema, name, comment, view, rows }: PostgresqlTable): ForeignTable {
  // 0 is said of a table that was never counted, too
  const estimate = Number(rows);
  return {
    schema: unhex(schema),
    name: unhex(name),
    kind: view === 1 ? 'view' : 'table',
    rows: estimate > 0 ? estimate : null,
    comment: unhex(comment ?? ''),
  };
}

export function cellOfPostgresql(row: PostgresqlRow): Cell {
  const name = unhex(row.name);
  const column = identifier(name);
  const { kind, source, engine = 'plain' } = shape(row, column);
  // the engine would take bytes of another encoding for UTF-8
  const foreign = (kind === 'text' || kind === 'json') && !['UTF8', 'SQL_ASCII'].includes(row.encoding);
  return {
    column: {
      name,
      type: unhex(row.type),
      kind,
      nullable: row.nullable === 1,
      key: row.key === 1,
      comment: unhex(row.comment ?? ''),
    },
    source: foreign ? `encode(convert_to(${source}, ${literal('UTF8')}), ${literal('hex')})` : source,
    engine: foreign ? 'hex' : engine,
    watermark: watermarkOf(row.base, column, name),
  };
}

export const fromPostgresql = ({ schema = 'public', table }: ForeignDatabase): string =>
  `${identifier(schema)}.${identifier(table)}`;

type Shape = { kind: ForeignKind; source: string; engine?: Cell['engine'] };

function shape({ base, category, style }: PostgresqlRow, column: string): Shape {
  const iso = style.startsWith('ISO');
  const written = `${column}::text`;
  if (category === 'A') return { kind: 'json', source: `to_json(${column})::text` };
  switch (base) {
    case 'int2':
    case 'int4':
    case 'float4':
    case 'float8':
      return { kind: 'number', source: column };
    case 'int8':
      return { kind: 'number', source: column, engine: 'whole' };
    case 'numeric':
      return { kind: 'decimal', source: written };
    case 'money':
      return { kind: 'decimal', source: `${column}::numeric::text` };
    case 'bool':
      return { kind: 'boolean', source: `${column}::int`, engine: 'boolean' };
    case 'date':
      return { kind: 'date', source: iso ? written : dated(column, column, literal('YYYY-MM-DD')) };
    case 'timestamp':
      return { kind: 'time', source: iso ? written : timed(column, column) };
    case 'timestamptz':
      return { kind: 'time', source: iso ? `${inChina(column)}::text` : timed(column, inChina(column)) };
    case 'json':
    case 'jsonb':
      return { kind: 'json', source: written };
    case 'bytea':
      return { kind: 'bytes', source: `(chr(92) || chr(120) || encode(${column}, ${literal('hex')}))` };
    default:
      return { kind: 'text', source: written };
  }
}

const inChina = (column: string): string => `(${column} at time zone ${literal(ZONE)})`;

/** What `DateStyle` ISO writes by itself, for servers set to another. `infinity` and years before Christ stay what PostgreSQL writes; nothing depends on the server's DateStyle otherwise. */
const dated = (column: string, wall: string, pattern: string): string =>
  `(case when isfinite(${column}) and extract(year from ${wall}) > 0 then to_char(${wall}, ${pattern}) else ${column}::text end)`;
const timed = (column: string, wall: string): string => {
  const text = dated(column, wall, literal('YYYY-MM-DD HH24:MI:SS.US'));
  return `(case when isfinite(${column}) then rtrim(rtrim(${text}, ${literal('0')}), ${literal('.')}) else ${text} end)`;
};

/** Bookmarks have the column's own type, so that an index serves; what is above everything, for ever, counts for nothing. */
function watermarkOf(base: string, column: string, name: string): Cell['watermark'] {
  const of = (pattern: RegExp, type: string, { end = '', only = null as string | null } = {}) => ({
    column,
    literal: (value: string) => `${literal(checked(name, value, pattern) + end)}::${type}`,
    only,
  });
  const finite = { only: `isfinite(${column})` };
  if (INTEGERS.includes(base)) return of(INTEGER, 'int8');
  if (FLOATS.includes(base)) return of(NUMBER, base, { only: `${column} < ${literal('Infinity')}::${base}` });
  if (TEXTS.includes(base)) return of(/^/, 'text');
  if (base === 'date' || base === 'timestamp') return of(base === 'date' ? DATE : TIME, base, finite);
  return base === 'timestamptz' ? of(TIME, base, { ...finite, end: '+08' }) : null;
}

/** A surrogate without its other half. */
export const HALF_CHARACTER = /\p{Surrogate}/u;

export function checked(column: string, value: string, pattern: RegExp): string {
  if (!pattern.test(value)) throw unreachable(`the bookmark does not fit the column ${column}`);
  return value;
}

/**
 * Text and names with each character beyond letters and digits as its code point (`U&'…'`, PostgreSQL 13 and newer for
 * encodings other than UTF-8): nothing in them can end the literal, and the statement is ASCII in every encoding.
 */
const literal = (text: string): string => (/^\w*$/.test(text) ? `'${text}'` : `U&'${escaped(text)}'`);
const identifier = (name: string): string => `U&"${escaped(name)}"`;

function escaped(text: string): string {
  if (text.includes('\0') || HALF_CHARACTER.test(text))
    throw unreachable('a name holds characters no database can have');
  return [...text].map((character) => (/\w/.test(character) ? character : codePoint(character))).join('');
}
const codePoint = (character: string): string => {
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  return hex.length > 4 ? `\\+${hex.padStart(6, '0')}` : `\\${hex.padStart(4, '0')}`;
};

const unhex = (text: string): string => Buffer.from(text, 'hex').toString('utf8');
