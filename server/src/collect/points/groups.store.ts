import { type Kysely, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { type FieldSet, type KnownGroup, type NewGroup, splitKey } from './point-groups.ts';
import type { PointTables } from './points.store.ts';
import type { Keyed } from './points.ts';

type Database = Kysely<PointTables>;

/**
 * One at a time for an organisation, until the transaction ends: two requests must not both see room for the last point
 * of a tree, nor make the same key twice, nor wait for each other's rows in opposite order.
 */
export async function lockPoints(_scope: Scope, database: Database, organisation: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext(${`collect.point ${organisation}`}))`.execute(database);
}

/**
 * @returns how many points the tree of `organisation` has within the scope, and how many of the organisation itself are in no group
 */
export async function totals(
  scope: Scope,
  database: Database,
  organisation: string,
): Promise<{ points: number; alone: number }> {
  const result = await sql<{ points: number; alone: number }>`
    select coalesce(sum(points), 0)::int as points,
      coalesce(sum(alone) filter (where organisation = ${organisation}), 0)::int as alone
    from collect.point_total
    where ${withinScope(scope, 'organisation')}
      and ${withinScope({ ...scope, organisation }, 'organisation')}`.execute(database);
  return result.rows[0] ?? { points: 0, alone: 0 };
}

export async function addToTotals(
  _scope: Scope,
  database: Database,
  more: { organisation: string; points: number; alone: number },
): Promise<void> {
  await sql`
    insert into collect.point_total as total (organisation, points, alone)
    values (${more.organisation}, ${more.points}, ${more.alone})
    on conflict (organisation) do update set
      points = total.points + excluded.points, alone = total.alone + excluded.alone`.execute(database);
}

/** Numbers that nobody else gets, the first of `count` consecutive ones; gaps stay where a transaction fails. */
export async function takeNumbers(_scope: Scope, database: Database, count: number): Promise<number> {
  const result = await sql<{ first: number }>`select collect.take_point_numbers(${count}) as first`.execute(
    database,
  );
  return result.rows[0]?.first ?? 0;
}

/** A row of the table; `apart` are places (from 1) of points that have got a row of their own. */
export type GroupRow = {
  first: number;
  key: string;
  fields: string[];
  labels: string[];
  name: string;
  equipment: string | null;
  apart: number[];
};

export async function findGroups(
  _scope: Scope,
  database: Database,
  { organisation, keys }: { organisation: string; keys: readonly string[] },
): Promise<GroupRow[]> {
  const result = await sql<GroupRow>`
    select first, key, fields, labels, name, equipment, apart from collect.point_group
    where organisation = ${organisation} and key = any(${listOf(keys)})
    order by first`.execute(database);
  return result.rows;
}

/** Points outside of groups whose keys are one of `stems`, a dot and a field. */
export async function findBelow(
  _scope: Scope,
  database: Database,
  { organisation, stems }: { organisation: string; stems: readonly string[] },
): Promise<Keyed[]> {
  // The character behind the dot is the slash: between the two lies everything that begins with the stem and a dot.
  const result = await sql<Keyed>`
    select point.id, point.key, point.type from unnest(${listOf(stems)}) as stem
      join collect.point on point.organisation = ${organisation}
        and point.key > stem || '.' and point.key < stem || '/'
        and position('.' in substr(point.key, length(stem) + 2)) = 0`.execute(database);
  return result.rows;
}

/** What is known below the keys of groups, in and outside of groups. */
export function knownGroups(rows: readonly GroupRow[], alone: readonly Keyed[]): Map<string, KnownGroup> {
  const known = new Map<string, KnownGroup>();
  const groupOf = (key: string) => {
    const group = known.get(key) ?? { numbers: new Map(), parts: 0 };
    known.set(key, group);
    return group;
  };
  for (const { key, first, fields } of rows) {
    const group = groupOf(key);
    group.parts += 1;
    for (const [place, field] of fields.entries()) group.numbers.set(field, first + place);
  }
  for (const { key, id, type } of alone) {
    const parts = splitKey(key);
    if (parts) groupOf(parts.stem).numbers.set(parts.field, type === 'number' ? id : 0);
  }
  return known;
}

/** Stands for null in a list. */
const NOTHING = '\u0002';

/**
 * A list of texts as one, because the driver takes a third of the time of an insert to write them as an array. None of
 * them holds control characters but `LABEL`.
 */
const listOf = (texts: readonly string[]) =>
  sql<string[]>`string_to_array(${texts.join('\n')}::text, E'\\n', ${NOTHING}::text)`;

/** One row of text a group; fields, of which there are few different ones, go over the wire once. */
export async function insertGroups(
  _scope: Scope,
  database: Database,
  request: { organisation: string; rows: readonly NewGroup[]; first: number; now: Date },
): Promise<void> {
  const { organisation, rows, first, now } = request;
  const sets = new Map<FieldSet, number>();
  const placeOf = (fields: FieldSet) => {
    const place = sets.get(fields) ?? sets.size + 1;
    sets.set(fields, place);
    return place;
  };
  const places = rows.map(({ fields }) => placeOf(fields));
  const texts = [...sets.keys()].map((set) => JSON.stringify({ keys: set.keys, labels: set.labels }));
  await sql`
    with field_set as materialized (
      select place, array(select jsonb_array_elements_text(told::jsonb -> 'keys')) as keys,
        array(select jsonb_array_elements_text(told::jsonb -> 'labels')) as labels
      from unnest(${texts}::text[]) with ordinality as given (told, place)
    )
    insert into collect.point_group (first, organisation, key, part, fields, labels, name, equipment, created_at)
    select told.first, ${organisation}, told.key, told.part, field_set.keys, field_set.labels, told.name,
      told.equipment, ${now}
    from unnest(${rows.map(({ offset }) => first + offset)}::int[], ${listOf(rows.map(({ key }) => key))},
        ${rows.map(({ part }) => part)}::smallint[], ${places}::bigint[], ${listOf(rows.map(({ name }) => name))},
        ${listOf(rows.map(({ equipment }) => equipment ?? NOTHING))}) as told (first, key, part, place, name, equipment)
      join field_set on field_set.place = told.place`.execute(database);
}

/** What a row says of names and equipment follows what is told. */
export async function renameGroups(
  _scope: Scope,
  database: Database,
  rows: readonly Pick<GroupRow, 'first' | 'name' | 'equipment'>[],
): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    update collect.point_group as present set name = told.name, equipment = told.equipment
    from unnest(${rows.map(({ first }) => first)}::int[], ${rows.map(({ name }) => name)}::text[],
      ${rows.map(({ equipment }) => equipment)}::text[]) as told (first, name, equipment)
    where present.first = told.first`.execute(database);
}

/** Gives points of groups rows of their own, with the same numbers, so that each can be changed by itself. */
export async function setApart(_scope: Scope, database: Database, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    insert into collect.point (id, organisation, key, name, collector, connection, equipment, unit, type, created_at)
    overriding system value
    select id, organisation, key, name, collector, connection, equipment, unit, type, created_at
    from collect.every_point
    where id = any(${ids}::int[]) and not exists (select from collect.point alone where alone.id = every_point.id)
      and block = any(array(select (select max(first) from collect.point_group where first <= wanted)
        from unnest(${ids}::int[]) as wanted))`.execute(database);
  await sql`
    update collect.point_group as present set apart = present.apart || told.places
    from (
      select block.first, array_agg((wanted - block.first + 1)::smallint) as places
      from unnest(${ids}::int[]) as wanted cross join lateral (
        select first, cardinality(fields) as size, apart from collect.point_group where first <= wanted order by first desc limit 1
      ) as block
      where wanted < block.first + block.size and (wanted - block.first + 1) <> all (block.apart)
      group by block.first
    ) as told
    where present.first = told.first`.execute(database);
}
