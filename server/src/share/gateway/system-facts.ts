import { SETTINGS } from '../sql/sql.ts';
import { type SeenTable, SHARE_DATABASE } from './gateway.ts';

/** A relation made of nothing but what the caller may know: names and types of its columns, and its rows. */
export type Facts = {
  columns: Readonly<Record<string, string>>;
  rows: () => readonly (readonly Cell[])[];
};
export type Cell = string | number | null | readonly string[];

export const SYSTEM_DATABASE = 'system';
export const INFORMATION_SCHEMAS = ['information_schema', 'INFORMATION_SCHEMA'] as const;
export const EPOCH = '1970-01-01 00:00:00';
/** Types as the relations of rooms give them. */
export const TYPES = {
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

/** What a question may be made of and written in. */
export type Known = {
  functions: Iterable<string>;
  aggregates: Iterable<string>;
  formats: readonly string[];
};

/**
 * The tables of `system` that clients read when they connect and for their trees. They hold the caller's datasets and what the language
 * knows, and nothing of the engine.
 */
export const systemFacts = (
  seen: () => readonly SeenTable[],
  known: Known,
): Readonly<Record<string, Facts>> => ({
  one: { columns: { dummy: 'UInt8' }, rows: () => [[0]] },
  databases: databases(),
  tables: tables(seen),
  columns: columnsOf(seen),
  functions: functions(known),
  settings: settings(),
  formats: {
    columns: { name: 'String', is_input: 'UInt8', is_output: 'UInt8' },
    rows: () => known.formats.map((name) => [name, 0, 1]),
  },
  data_type_families: {
    columns: { name: 'String', case_insensitive: 'UInt8', alias_to: 'String' },
    rows: () => FAMILIES.map((name) => [name, 0, '']),
  },
  table_functions: {
    columns: { name: 'String', description: 'String' },
    rows: () => [['numbers'], ['values']].map((row) => [...row, '']),
  },
  table_engines: { columns: { name: 'String' }, rows: () => [['View']] },
  dictionaries: empty('database name status origin type key comment'),
  clusters: empty('cluster host_name'),
  roles: empty('name'),
  macros: empty('macro substitution'),
  build_options: empty('name value'),
  data_skipping_indices: empty('database table name type expr'),
  // sizes of tables, which trees of tools show: nobody outside is told of the engine's parts
  parts: {
    columns: {
      ...{ database: 'String', table: 'String', name: 'String', partition: 'String', engine: 'String' },
      ...{ active: 'UInt8', rows: 'UInt64', bytes: 'UInt64', bytes_on_disk: 'UInt64' },
      ...{ data_compressed_bytes: 'UInt64', data_uncompressed_bytes: 'UInt64' },
      ...{ modification_time: 'DateTime', min_date: 'Date', max_date: 'Date' },
    },
    rows: () => [],
  },
});

const empty = (columns: string): Facts => ({
  columns: Object.fromEntries(columns.split(' ').map((name) => [name, 'String'])),
  rows: () => [],
});

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
  rows: () => [SHARE_DATABASE, SYSTEM_DATABASE].map((name) => [name, 'Atomic', '', '', '', '', '']),
});

const tables = (seen: () => readonly SeenTable[]): Facts => ({
  columns: {
    ...{ database: 'String', name: 'String', uuid: 'String', engine: 'String', is_temporary: 'UInt8' },
    ...{ comment: 'String', create_table_query: 'String', engine_full: 'String', as_select: 'String' },
    ...{ partition_key: 'String', sorting_key: 'String', primary_key: 'String', sampling_key: 'String' },
    ...{ storage_policy: 'String', total_rows: 'Nullable(UInt64)', total_bytes: 'Nullable(UInt64)' },
    ...{ metadata_modification_time: 'DateTime', has_own_data: 'UInt8', metadata_path: 'String' },
    ...{
      data_paths: 'Array(String)',
      dependencies_database: 'Array(String)',
      dependencies_table: 'Array(String)',
    },
    ...{ lifetime_rows: 'Nullable(UInt64)', lifetime_bytes: 'Nullable(UInt64)' },
    ...{ parts: 'Nullable(UInt64)', active_parts: 'Nullable(UInt64)', total_marks: 'Nullable(UInt64)' },
  },
  rows: () =>
    seen().map((table) => [
      ...[SHARE_DATABASE, table.id, '', 'View', 0, commentOf(table), createText(namedTable(table))],
      ...['', '', '', '', '', '', '', null, null, EPOCH, 0, '', [], [], []],
      ...[null, null, null, null, null],
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

const functions = ({ functions: scalars, aggregates }: Known): Facts => ({
  columns: {
    ...{ name: 'String', is_aggregate: 'UInt8', case_insensitive: 'UInt8', alias_to: 'String' },
    ...{
      is_deterministic: 'Nullable(UInt8)',
      create_query: 'String',
      origin: 'String',
      description: 'String',
    },
    ...{
      syntax: 'String',
      arguments: 'String',
      returned_value: 'String',
      examples: 'String',
      categories: 'String',
    },
  },
  rows: () => {
    const row = (name: string, aggregate: number): Cell[] => [
      ...[name, aggregate, 1, '', null, '', 'System', ''],
      ...['', '', '', '', ''],
    ];
    return [...[...scalars].map((name) => row(name, 0)), ...[...aggregates].map((name) => row(name, 1))];
  },
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

/** A table as its caller knows it, whatever it is. */
export type NamedTable = {
  table: string;
  columns: readonly { name: string; type: string; comment: string }[];
};

export const namedTable = ({ table, columns }: SeenTable): NamedTable => ({
  table,
  columns: columns.map((column) => ({
    name: column.name,
    type: TYPES[column.type],
    comment: meaningOf(column),
  })),
});

export const describedColumns = (columns: NamedTable['columns']): Facts => ({
  columns: Object.fromEntries(
    'name type default_type default_expression comment codec_expression ttl_expression'
      .split(' ')
      .map((name) => [name, 'String']),
  ),
  rows: () => columns.map(({ name, type, comment }) => [name, type, '', '', comment, '', '']),
});

export const shownColumns = (columns: NamedTable['columns']): Facts => ({
  columns: {
    ...{ field: 'String', type: 'String', null: 'String', key: 'String' },
    ...{ default: 'Nullable(String)', extra: 'String' },
  },
  rows: () =>
    columns.map(({ name, type }) => [name, type, type.startsWith('Nullable') ? 'YES' : 'NO', '', null, '']),
});

/** A text for people that nothing runs. */
export const createText = ({ table, columns }: NamedTable): string =>
  // sql-identifier: names are of our datasets and relations
  `CREATE VIEW ${table}\n(\n${columns.map(({ name, type }) => `    \`${name}\` ${type}`).join(',\n')}\n)`;
