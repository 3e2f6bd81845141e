import { type SeenTable, SHARE_DATABASE } from './gateway.ts';
import { type Cell, createText, type Facts, namedTable, type TYPES } from './system-facts.ts';

const text = (names: string): Record<string, string> =>
  Object.fromEntries(names.split(' ').map((name) => [name, 'String']));
const maybe = (type: string, names: string): Record<string, string> =>
  Object.fromEntries(names.split(' ').map((name) => [name, `Nullable(${type})`]));

/**
 * The relations of `information_schema` that tools read instead of `system`: with the caller's datasets as views, and no keys, for datasets
 * have none that the engine keeps. Every column has its name in small and in capital letters, as in ClickHouse.
 */
export const informationFacts = (seen: () => readonly SeenTable[]): Readonly<Record<string, Facts>> =>
  Object.fromEntries(
    Object.entries({
      schemata: schemata(),
      tables: tables(seen),
      views: views(seen),
      columns: columns(seen),
      key_column_usage: keyColumnUsage(),
      referential_constraints: referentialConstraints(),
      statistics: statistics(),
    }).map(([name, facts]) => [name, inBothCases(facts)]),
  );

function inBothCases({ columns: types, rows }: Facts): Facts {
  const capital = Object.fromEntries(Object.entries(types).map(([name, type]) => [name.toUpperCase(), type]));
  return { columns: { ...types, ...capital }, rows: () => rows().map((row) => [...row, ...row]) };
}

const schemata = (): Facts => ({
  columns: {
    ...text('catalog_name schema_name schema_owner'),
    ...maybe(
      'String',
      'default_character_set_catalog default_character_set_schema default_character_set_name sql_path',
    ),
  },
  rows: () => [[SHARE_DATABASE, SHARE_DATABASE, 'default', null, null, null, null]],
});

const tables = (seen: () => readonly SeenTable[]): Facts => ({
  columns: {
    ...text('table_catalog table_schema table_name table_type'),
    ...maybe('UInt64', 'table_rows data_length index_length'),
    ...maybe('String', 'table_collation table_comment'),
  },
  rows: () =>
    seen().map(({ id, columns: of }) => [
      ...[SHARE_DATABASE, SHARE_DATABASE, id, 'VIEW', null, null, null, null],
      `${of.length} columns`,
    ]),
});

const views = (seen: () => readonly SeenTable[]): Facts => ({
  columns: text(
    'table_catalog table_schema table_name view_definition check_option is_updatable is_insertable_into is_trigger_updatable is_trigger_deletable is_trigger_insertable_into',
  ),
  rows: () =>
    seen().map((table) => [
      ...[SHARE_DATABASE, SHARE_DATABASE, table.id, createText(namedTable(table)), 'NONE'],
      ...['NO', 'NO', 'NO', 'NO', 'NO'],
    ]),
});

/** Digits that a number of the type has, and in which base. */
const DIGITS: Partial<Record<keyof typeof TYPES, readonly Cell[]>> = {
  integer: [64, 2, 0],
  number: [64, 2, null],
};

const columns = (seen: () => readonly SeenTable[]): Facts => ({
  columns: {
    ...text('table_catalog table_schema table_name column_name'),
    ordinal_position: 'UInt64',
    ...text('column_default is_nullable data_type'),
    ...maybe(
      'UInt64',
      'character_maximum_length character_octet_length numeric_precision numeric_precision_radix',
    ),
    ...maybe('UInt64', 'numeric_scale datetime_precision'),
    ...maybe('String', 'character_set_catalog character_set_schema character_set_name collation_catalog'),
    ...maybe('String', 'collation_schema collation_name domain_catalog domain_schema domain_name extra'),
    ...text('column_comment column_type'),
  },
  rows: () =>
    seen().flatMap((table) =>
      namedTable(table).columns.map(({ name, type, comment }, at): Cell[] => {
        const kind = table.columns[at]?.type ?? 'text';
        return [
          ...[SHARE_DATABASE, SHARE_DATABASE, table.id, name, at + 1, '', 'YES', type, null, null],
          ...(DIGITS[kind] ?? [null, null, null]),
          kind === 'time' ? 6 : null,
          ...Array.from({ length: 10 }, () => null),
          ...[comment, type],
        ];
      }),
    ),
});

const keyColumnUsage = (): Facts => ({
  columns: {
    ...text(
      'constraint_catalog constraint_schema constraint_name table_catalog table_schema table_name column_name',
    ),
    ordinal_position: 'UInt32',
    ...maybe('UInt32', 'position_in_unique_constraint'),
    ...maybe('String', 'referenced_table_schema referenced_table_name referenced_column_name'),
  },
  rows: () => [],
});

const referentialConstraints = (): Facts => ({
  columns: {
    ...text('constraint_catalog constraint_schema constraint_name'),
    ...maybe('String', 'unique_constraint_name'),
    ...text('unique_constraint_catalog unique_constraint_schema match_option update_rule delete_rule'),
    ...text('table_name referenced_table_name'),
  },
  rows: () => [],
});

const statistics = (): Facts => ({
  columns: {
    ...text('table_catalog table_schema table_name'),
    non_unique: 'Int32',
    ...text('index_schema'),
    ...maybe('String', 'index_name'),
    seq_in_index: 'UInt32',
    ...maybe('String', 'column_name collation'),
    ...maybe('Int64', 'cardinality sub_part'),
    ...maybe('String', 'packed'),
    ...text('nullable index_type comment index_comment is_visible'),
    ...maybe('String', 'expression'),
  },
  rows: () => [],
});
