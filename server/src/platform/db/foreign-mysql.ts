import {
  type Cell,
  type ForeignDatabase,
  type ForeignKind,
  type ForeignTable,
  unreachable,
} from '#platform/db/foreign.ts';
import { checked, HALF_CHARACTER } from '#platform/db/foreign-postgresql.ts';

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const TIME = /^\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2}(\.\d{1,6})?)?$/;
const CHINA = "'+08:00'";
const INTEGERS = ['tinyint', 'smallint', 'mediumint', 'int', 'integer'];
const TEXTS = ['char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext'];
const BYTES = ['binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob'];
const SHAPES = [
  'geometry',
  'point',
  'linestring',
  'polygon',
  'multipoint',
  'multilinestring',
  'multipolygon',
];

/** What `information_schema` tells of one column. */
export type MysqlRow = {
  name: string;
  base: string;
  type: string;
  nullable: string;
  key: string;
  comment: string;
  digits: number | string | null;
};

/** Columns of a table or view in order; the server lists only what this user may read. */
export const describeMysql = ({ database, table }: ForeignDatabase): string =>
  `select column_name as name, data_type as base, cast(column_type as char) as type, is_nullable as nullable, column_key as \`key\`,
    column_comment as comment, datetime_precision as digits from information_schema.columns
    where table_schema = ${literal(database)} and table_name = ${literal(table)} order by ordinal_position`;

/** What `information_schema` tells of one table. */
export type MysqlTable = { name: string; type: string; rows: string | null; comment: string };

/** Tables and views of the database, in the order of their names; the server lists only what this user may read. */
export const listMysql = ({ database }: Pick<ForeignDatabase, 'database'>, rowsMax: number): string =>
  `select table_name as name, table_type as type, cast(table_rows as char) as \`rows\`, table_comment as comment
    from information_schema.tables where table_schema = ${literal(database)}
    and table_type in (${['BASE TABLE', 'SYSTEM VERSIONED', 'VIEW'].map(literal).join(', ')}) order by table_name limit ${rowsMax}`;

export function tableOfMysql({ name, type, rows, comment }: MysqlTable): ForeignTable {
  const isView = type === 'VIEW';
  return {
    schema: null,
    name,
    kind: isView ? 'view' : 'table',
    rows: isView || rows === null ? null : Number(rows),
    // the server writes the word VIEW beside each view
    comment: isView && comment === 'VIEW' ? '' : comment,
  };
}

export function cellOfMysql(row: MysqlRow): Cell {
  const column = identifier(row.name);
  const { kind, source, engine = 'plain' } = shape(row, column);
  return {
    column: {
      name: row.name,
      type: row.type,
      kind,
      nullable: row.nullable === 'YES',
      key: row.key === 'PRI',
      comment: row.comment,
    },
    source,
    engine,
    watermark: watermarkOf(row, column),
  };
}

export const fromMysql = ({ table }: ForeignDatabase): string => identifier(table);

function shape(
  { base, digits }: MysqlRow,
  column: string,
): { kind: ForeignKind; source: string; engine?: Cell['engine'] } {
  const written = `cast(${column} as char)`;
  const type = base.toLowerCase();
  if (INTEGERS.includes(type) || type === 'float' || type === 'double')
    return { kind: 'number', source: column };
  if (TEXTS.includes(type)) return { kind: 'text', source: column };
  if (BYTES.includes(type))
    return { kind: 'bytes', source: `concat(char(92 using utf8mb4), 'x', lower(hex(${column})))` };
  if (SHAPES.includes(type)) return { kind: 'text', source: `cast(st_astext(${column}) as char)` };
  switch (type) {
    case 'bigint':
      return { kind: 'number', source: column, engine: 'whole' };
    case 'bit':
      return { kind: 'number', source: `cast(${column} as unsigned)`, engine: 'whole' };
    case 'year':
      return { kind: 'number', source: `(${column} + 0)` };
    case 'decimal':
      return { kind: 'decimal', source: written };
    case 'date':
      return { kind: 'date', source: written };
    case 'datetime':
      return { kind: 'time', source: trimmed(written, digits) };
    case 'timestamp':
      return { kind: 'time', source: trimmed(`cast(${inChina(column)} as char)`, digits) };
    case 'json':
      return { kind: 'json', source: written };
    default:
      return { kind: 'text', source: written };
  }
}

const inChina = (column: string): string => `convert_tz(${column}, @@session.time_zone, ${CHINA})`;
const trimmed = (text: string, digits: MysqlRow['digits']): string =>
  Number(digits ?? 0) > 0 ? `trim(trailing '.' from trim(trailing '0' from ${text}))` : text;

function watermarkOf({ base, name }: MysqlRow, column: string): Cell['watermark'] {
  const type = base.toLowerCase();
  const numbers = [...INTEGERS, 'bigint', 'decimal', 'float', 'double', 'year'];
  const only = null;
  const time = (value: string) => `cast(${literal(checked(name, value, TIME))} as datetime(6))`;
  if (numbers.includes(type)) return { column, only, literal: (value) => checked(name, value, NUMBER) };
  if (TEXTS.includes(type)) return { column, only, literal };
  if (type === 'date' || type === 'datetime') return { column, only, literal: time };
  if (type === 'timestamp')
    return { column, only, literal: (value) => `convert_tz(${time(value)}, ${CHINA}, @@session.time_zone)` };
  return null;
}

/** Bytes in hexadecimal: no quote, no backslash, the same in every mode of the server. */
const literal = (text: string): string =>
  text === '' ? "''" : `_utf8mb4 x'${Buffer.from(text, 'utf8').toString('hex')}'`;

function identifier(name: string): string {
  if (name === '' || name.includes('\0') || HALF_CHARACTER.test(name))
    throw unreachable('a name holds characters no database can have');
  return `\`${name.replaceAll('`', '``')}\``;
}
