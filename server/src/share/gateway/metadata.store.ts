import { GUEST_AGGREGATES, GUEST_FUNCTIONS } from '#platform/db/guest-functions.data.ts';
import { GUEST_FORMATS } from '#platform/db/guests.ts';
import { quote, quoteName } from '#platform/db/sql-parameters.ts';
import { AppError } from '#platform/errors/errors.ts';
import { type Like, SETTINGS, type Statement } from '../sql/sql.ts';
import { type SeenTable, SHARE_DATABASE } from './gateway.ts';

/** A relation made of nothing but what the caller may know: names and types of its columns, and its rows. */
type Facts = { columns: Readonly<Record<string, string>>; rows: () => readonly (readonly Cell[])[] };
type Cell = string | number | null;
/** A relation of the catalog: its columns and trusted SQL of ours, made when it is read. */
export type SystemTable = { columns: readonly string[]; sql(): string };

const SYSTEM = 'system';
const EPOCH = '1970-01-01 00:00:00';
/** Types as the relations of rooms give them. */
const TYPES = {
  text: 'Nullable(String)',
  integer: 'Nullable(Int64)',
  number: 'Nullable(Float64)',
  time: "Nullable(DateTime64(6, 'UTC'))",
  date: 'Nullable(Date)',
  boolean: 'Nullable(Bool)',
} as const;
const FAMILIES = [
  ...[
    'Array',
    'Bool',
    'Date',
    'Date32',
    'DateTime',
    'DateTime64',
    'Decimal',
    'Enum8',
    'Enum16',
    'FixedString',
  ],
  ...['Float32', 'Float64', 'Int8', 'Int16', 'Int32', 'Int64', 'IPv4', 'IPv6', 'LowCardinality', 'Map'],
  ...['Nullable', 'String', 'Tuple', 'UInt8', 'UInt16', 'UInt32', 'UInt64', 'UUID'],
];

/**
 * The tables of `system` that clients read when they connect and for their trees. They hold the caller's datasets and what the language
 * knows, and nothing of the engine: the answers are rows of ours in the text of a question.
 */
export function systemTables(seen: () => readonly SeenTable[]): ReadonlyMap<string, SystemTable> {
  const all: Record<string, Facts> = {
    one: { columns: { dummy: 'UInt8' }, rows: () => [[0]] },
    databases: databases(),
    tables: tables(seen),
    columns: columnsOf(seen),
    functions: functions(),
    settings: settings(),
    formats: {
      columns: { name: 'String', is_input: 'UInt8', is_output: 'UInt8' },
      rows: () => GUEST_FORMATS.map((name) => [name, 0, 1]),
    },
    data_type_families: {
      columns: { name: 'String', case_insensitive: 'UInt8', alias_to: 'String' },
      rows: () => FAMILIES.map((name) => [name, 0, '']),
    },
    table_functions: { columns: { name: 'String' }, rows: () => [['numbers'], ['values']] },
    table_engines: { columns: { name: 'String' }, rows: () => [['View']] },
    dictionaries: {
      columns: { database: 'String', name: 'String', status: 'String', comment: 'String' },
      rows: () => [],
    },
    clusters: { columns: { cluster: 'String', host_name: 'String' }, rows: () => [] },
    roles: { columns: { name: 'String' }, rows: () => [] },
  };
  return new Map(
    Object.entries(all).map(([name, facts]) => [
      `${SYSTEM}.${name}`,
      { columns: Object.keys(facts.columns), sql: () => sqlOf(facts) },
    ]),
  );
}

/** What answers a question about the catalog: a select of ours. null for a statement that is none. */
export function catalogSql(statement: Statement, all: () => readonly SeenTable[]): string | null {
  if (statement.kind === 'select') return null;
  const seen = all();
  switch (statement.kind) {
    case 'show-databases':
      return listOf('name', [SHARE_DATABASE, SYSTEM], statement.like);
    case 'show-tables': {
      const database = textOf(statement.database ?? SHARE_DATABASE);
      const names = database === SHARE_DATABASE ? seen.map(({ id }) => id) : [];
      const limit = statement.limit === null ? '' : ` limit ${Math.trunc(statement.limit)}`;
      return `${listOf('name', names, statement.like)}${limit}`;
    }
    case 'exists-database':
      return resultOf([SHARE_DATABASE, SYSTEM].includes(textOf(statement.database)));
    case 'exists-table':
      return resultOf(tableOf(seen, statement.table.parts) !== undefined);
    case 'describe':
      return sqlOf(described(tableOf(seen, statement.table.parts)));
    case 'show-columns':
      return sqlOf(shown(tableOf(seen, statement.table.parts)));
    case 'show-create': {
      const table = tableOf(seen, statement.table.parts);
      return sqlOf({ columns: { statement: 'String' }, rows: () => (table ? [[createText(table)]] : []) });
    }
    case 'describe-select':
      throw new AppError('SQL_FAILED', {
        number: 48,
        name: 'NOT_IMPLEMENTED',
        reason: 'DESCRIBE of a query',
      });
  }
}

type Part = string | { parameter: string };
const textOf = (part: Part): string => (typeof part === 'string' ? part : '');

function tableOf(seen: readonly SeenTable[], parts: readonly Part[]): SeenTable | undefined {
  const [first = '', second] = parts.map(textOf);
  const [database, name] = second === undefined ? [SHARE_DATABASE, first] : [first, second];
  return database === SHARE_DATABASE ? seen.find(({ id }) => id === name) : undefined;
}

function listOf(column: string, names: readonly string[], like: Like | null): string {
  const facts = sqlOf({ columns: { [column]: 'String' }, rows: () => names.map((name) => [name]) });
  if (like === null) return facts;
  const operator = `${like.not ? 'not ' : ''}${like.caseless ? 'ilike' : 'like'}`;
  // sql-identifier: a column of this file, the operator one of four, the pattern a quoted literal
  return `select rh__l.${column} as ${column} from (${facts}) as rh__l where rh__l.${column} ${operator} ${quote(like.pattern)}`;
}

// sql-identifier: zero or one
const resultOf = (there: boolean): string => `select toUInt8(${there ? 1 : 0}) as result`;

const databases = (): Facts => ({
  columns: {
    name: 'String',
    engine: 'String',
    data_path: 'String',
    metadata_path: 'String',
    uuid: 'String',
    engine_full: 'String',
    comment: 'String',
  },
  rows: () => [SHARE_DATABASE, SYSTEM].map((name) => [name, 'Atomic', '', '', '', '', '']),
});

const tables = (seen: () => readonly SeenTable[]): Facts => ({
  columns: {
    database: 'String',
    name: 'String',
    uuid: 'String',
    engine: 'String',
    is_temporary: 'UInt8',
    comment: 'String',
    create_table_query: 'String',
    engine_full: 'String',
    as_select: 'String',
    partition_key: 'String',
    sorting_key: 'String',
    primary_key: 'String',
    sampling_key: 'String',
    storage_policy: 'String',
    total_rows: 'Nullable(UInt64)',
    total_bytes: 'Nullable(UInt64)',
    metadata_modification_time: 'DateTime',
    has_own_data: 'UInt8',
  },
  rows: () =>
    seen().map((table) => [
      ...[SHARE_DATABASE, table.id, '', 'View', 0, commentOf(table), createText(table)],
      ...['', '', '', '', '', '', '', null, null, EPOCH, 0],
    ]),
});

/** The names a dataset has for people are with its columns; the table itself is told by what they are. */
const commentOf = ({ columns }: SeenTable): string => `${columns.length} columns`;

const columnsOf = (seen: () => readonly SeenTable[]): Facts => ({
  columns: {
    database: 'String',
    table: 'String',
    name: 'String',
    type: 'String',
    position: 'UInt64',
    default_kind: 'String',
    default_expression: 'String',
    comment: 'String',
    is_in_partition_key: 'UInt8',
    is_in_sorting_key: 'UInt8',
    is_in_primary_key: 'UInt8',
    is_in_sampling_key: 'UInt8',
    compression_codec: 'String',
    data_compressed_bytes: 'UInt64',
    data_uncompressed_bytes: 'UInt64',
    marks_bytes: 'UInt64',
    character_octet_length: 'Nullable(UInt64)',
    numeric_precision: 'Nullable(UInt64)',
    numeric_precision_radix: 'Nullable(UInt64)',
    numeric_scale: 'Nullable(UInt64)',
    datetime_precision: 'Nullable(UInt64)',
  },
  rows: () =>
    seen().flatMap(({ id, columns }) =>
      columns.map((column, at) => [
        ...[SHARE_DATABASE, id, column.name, TYPES[column.type], at + 1, '', '', meaningOf(column)],
        ...[0, 0, 0, 0, '', 0, 0, 0, null, null, null, null, null],
      ]),
    ),
});

type Column = SeenTable['columns'][number];
const meaningOf = ({ title, unit }: Column): string =>
  `${title.zh} / ${title.en}${unit === null ? '' : ` (${unit})`}`;

const functions = (): Facts => ({
  columns: {
    name: 'String',
    is_aggregate: 'UInt8',
    case_insensitive: 'UInt8',
    alias_to: 'String',
    description: 'String',
  },
  rows: () => [
    ...[...GUEST_FUNCTIONS].map((name) => [name, 0, 1, '', '']),
    ...[...GUEST_AGGREGATES].map((name) => [name, 1, 1, '', '']),
  ],
});

const settings = (): Facts => ({
  columns: {
    name: 'String',
    value: 'String',
    changed: 'UInt8',
    description: 'String',
    min: 'Nullable(String)',
    max: 'Nullable(String)',
    readonly: 'UInt8',
    type: 'String',
  },
  rows: () => Object.keys(SETTINGS).map((name) => [name, '', 0, '', null, null, 0, 'String']),
});

const described = (table: SeenTable | undefined): Facts => ({
  columns: {
    name: 'String',
    type: 'String',
    default_type: 'String',
    default_expression: 'String',
    comment: 'String',
    codec_expression: 'String',
    ttl_expression: 'String',
  },
  rows: () =>
    (table?.columns ?? []).map((column) => [
      column.name,
      TYPES[column.type],
      '',
      '',
      meaningOf(column),
      '',
      '',
    ]),
});

const shown = (table: SeenTable | undefined): Facts => ({
  columns: {
    field: 'String',
    type: 'String',
    null: 'String',
    key: 'String',
    default: 'Nullable(String)',
    extra: 'String',
  },
  rows: () => (table?.columns ?? []).map(({ name, type }) => [name, TYPES[type], 'YES', '', null, '']),
});

const createText = ({ table, columns }: SeenTable): string =>
  // sql-identifier: a text for people that nothing runs; names are of our datasets
  `CREATE VIEW ${table}\n(\n${columns.map(({ name, type }) => `    \`${name}\` ${TYPES[type]}`).join(',\n')}\n)`;

/** Rows of ours as a select; a table function of constants needs a row, so an empty relation is one that is filtered away. */
function sqlOf({ columns, rows: rowsOf }: Facts): string {
  const rows = rowsOf();
  const names = Object.keys(columns);
  const structure = Object.entries(columns)
    .map(([name, type]) => `${quoteName(name)} ${type}`)
    .join(', ');
  const blank = names.map((name) =>
    columns[name]?.startsWith('Nullable') ? null : defaultOf(columns[name] ?? ''),
  );
  const tuples = (rows.length > 0 ? rows : [blank]).map((row) => `(${row.map(literal).join(', ')})`);
  const list = names.map((name) => `rh__v.${quoteName(name)} as ${quoteName(name)}`).join(', ');
  // sql-identifier: columns of this file, values quoted literals
  return `select ${list} from values(${quote(structure)}, ${tuples.join(', ')}) as rh__v${rows.length > 0 ? '' : ' where 0'}`;
}

const defaultOf = (type: string): Cell => (type === 'String' ? '' : type === 'DateTime' ? EPOCH : 0);
const literal = (cell: Cell): string =>
  cell === null ? 'NULL' : typeof cell === 'number' ? String(cell) : quote(cell);
