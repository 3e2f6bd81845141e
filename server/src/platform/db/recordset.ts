import { type RawBuilder, sql } from 'kysely';

/** A lone half of a surrogate pair as `JSON.stringify` escapes it: PostgreSQL refuses it, UTF-8 has no such thing. */
const LONE_SURROGATE = /\\ud[89a-f]/i;

/**
 * Rows as one bound parameter that a statement reads like a table named `given`: `insert into t (a, b) select a, b from ${recordset(rows, { a: 'uuid', b:
 * 'text' })}`. Hundreds of rows as placeholders cost more to prepare than to write. Dates become ISO texts; column names and types are ours.
 */
export function recordset<Row extends object>(
  rows: readonly Row[],
  types: Readonly<Record<string, string>>,
): RawBuilder<unknown> {
  const columns = Object.entries(types).map(([name, type]) => `${name} ${type}`);
  // sql-identifier: names and types of columns are constants of the stores
  return sql`json_to_recordset(${wellFormed(rows)}::json) as given (${sql.raw(columns.join(', '))})`;
}

/**
 * Numbers or ids as one bound array: the driver would look at each element for what to quote, which for the tens of thousands of keys of a batch takes
 * longer than to look them up. Texts go as ordinary arrays.
 */
export function arrayOf(
  values: readonly (number | string)[],
  type: 'bigint' | 'int' | 'uuid',
): RawBuilder<unknown> {
  // sql-identifier: one of three names of types
  return sql`${`{${values.join(',')}}`}::${sql.raw(type)}[]`;
}

/** The columns of a recordset, for `insert into` and `select`. */
export const columnsOf = (types: Readonly<Record<string, string>>): RawBuilder<unknown> =>
  // sql-identifier: names of columns are constants of the stores
  sql.raw(Object.keys(types).join(', '));

/** `a = excluded.a, …` for `on conflict do update`, the key left out. */
export const replaced = (
  types: Readonly<Record<string, string>>,
  key: readonly string[],
): RawBuilder<unknown> =>
  // sql-identifier: names of columns are constants of the stores
  sql.raw(
    Object.keys(types)
      .filter((name) => !key.includes(name))
      .map((name) => `${name} = excluded.${name}`)
      .join(', '),
  );

/** `a = given.a, …` for `update … set … from`. */
export const assigned = (types: Readonly<Record<string, string>>): RawBuilder<unknown> =>
  // sql-identifier: names of columns are constants of the stores
  sql.raw(
    Object.keys(types)
      .map((name) => `${name} = given.${name}`)
      .join(', '),
  );

function wellFormed(rows: readonly object[]): string {
  const json = JSON.stringify(rows);
  // megabytes at a time: the plain look is ten times faster than the pattern
  if (!json.includes('\\ud') && !json.includes('\\uD')) return json;
  if (!LONE_SURROGATE.test(json)) return json;
  return JSON.stringify(rows, (_key, value: unknown) =>
    typeof value === 'string' ? Buffer.from(value).toString() : value,
  );
}
