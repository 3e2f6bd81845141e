import { type Kysely, sql, type Transaction } from 'kysely';
import type { Audit } from '#platform/audit/audit.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { Relational } from '#platform/db/relational.ts';
import {
  addToTotals,
  findBelow,
  findGroups,
  type GroupRow,
  insertGroups,
  knownGroups,
  lockPoints,
  renameGroups,
  setApart,
  takeNumbers,
  totals,
} from './groups.store.ts';
import { nameOfField, type PointGroup, planGroups, type ResolvedGroup, splitKey } from './point-groups.ts';
import type { PointTables } from './points.store.ts';
import type { Keyed, PointDefinition, ResolvedPoint } from './points.ts';

/** Finds and makes points by the keys that doors deliver. */
export type ResolutionStore = ReturnType<typeof createResolutionStore>;

export function createResolutionStore({ relational, audit }: { relational: Relational; audit: Audit }) {
  const database = relational.as<PointTables>();
  return {
    /**
     * Finds the points of one organisation by key, makes the missing ones (all in one statement, as long as the tree
     * stays within `pointsMax`, with consecutive numbers in the order told) and takes over what a collector now tells
     * differently.
     * @returns the points that exist now; a key that is missing in the answer hit the limit
     */
    async resolve(
      scope: Scope,
      request: Request & { definitions: readonly PointDefinition[] },
    ): Promise<Map<string, ResolvedPoint>> {
      const { organisation, definitions, pointsMax, now } = request;
      return database.transaction().execute(async (transaction) => {
        await lockPoints(scope, transaction, organisation);
        const known = await findByKeys(transaction, organisation, definitions);
        const others = definitions.filter(({ key }) => !known.has(key));
        const grouped = await findInGroups(scope, transaction, { organisation, definitions: others });
        const missing = others.filter(({ key }) => !grouped.known.has(key));
        const told = definitions.filter(({ key }) => known.has(key));
        for (const point of grouped.known.values()) known.set(point.key, point);
        const room =
          missing.length === 0 ? 0 : await roomFor(scope, transaction, { organisation, pointsMax });
        const fitting = missing.slice(0, room);
        const created = await insert(scope, transaction, { organisation, definitions: fitting, now });
        for (const row of created) known.set(row.key, row);
        await setApart(
          scope,
          transaction,
          grouped.changed.map(({ id }) => id),
        );
        await takeOver(transaction, organisation, [...told, ...grouped.changed]);
        const keys = created.slice(0, AUDITED_KEYS_MAX).map(({ key }) => key);
        await finish(audit, scope, {
          organisation,
          points: created.length,
          alone: created.length,
          keys,
          transaction,
        });
        return known;
      });
    },

    /**
     * The same for groups, with one row for all the points of a group that are new. Those told more than once in
     * `groups` must have become one.
     * @returns what exists now by the groups' keys; a group or field that is missing in the answer hit the limit
     */
    async resolveGroups(
      scope: Scope,
      request: Request & { groups: readonly PointGroup[] },
    ): Promise<Map<string, ResolvedGroup>> {
      const { organisation, groups, pointsMax, now } = request;
      return database.transaction().execute(async (transaction) => {
        await lockPoints(scope, transaction, organisation);
        const stems = groups.map(({ key }) => key);
        const { points, alone } = await totals(scope, transaction, organisation);
        const rows = await findGroups(scope, transaction, { organisation, keys: stems });
        const others = alone > 0 ? await findBelow(scope, transaction, { organisation, stems }) : [];
        const plan = planGroups(groups, knownGroups(rows, others), Math.max(0, pointsMax - points));
        const first = plan.points === 0 ? 0 : await takeNumbers(scope, transaction, plan.points);
        if (plan.points > 0)
          await insertGroups(scope, transaction, { organisation, rows: plan.rows, first, now });
        await follow(scope, transaction, { organisation, groups, rows, alone: others });
        const keys = plan.rows
          .slice(0, AUDITED_KEYS_MAX)
          .flatMap(({ key, fields }) => fields.keys.map((field) => `${key}.${field}`))
          .slice(0, AUDITED_KEYS_MAX);
        await finish(audit, scope, { organisation, points: plan.points, alone: 0, keys, transaction });
        return plan.resolved(first);
      });
    },
  };
}
type Request = { organisation: string; pointsMax: number; now: Date };

const roomFor = async (
  scope: Scope,
  transaction: Transaction<PointTables>,
  { organisation, pointsMax }: { organisation: string; pointsMax: number },
): Promise<number> => Math.max(0, pointsMax - (await totals(scope, transaction, organisation)).points);

/** The trace comes last, because everybody who leaves one waits for the end of this transaction. */
async function finish(
  audit: Audit,
  scope: Scope,
  made: {
    organisation: string;
    points: number;
    alone: number;
    keys: readonly string[];
    transaction: Transaction<PointTables>;
  },
): Promise<void> {
  const { organisation, points, alone, keys, transaction } = made;
  if (points === 0) return;
  await addToTotals(scope, transaction, { organisation, points, alone });
  const after = { count: points, keys };
  const target = `points of ${organisation}`;
  await audit.record(scope, { action: 'collect:point:create', target, organisation, after }, transaction);
}
const AUDITED_KEYS_MAX = 20;

/**
 * Points among those told that lie in groups, and which of them are told differently from what their group says. Those
 * that have a row of their own were found before.
 */
async function findInGroups(
  scope: Scope,
  transaction: Transaction<PointTables>,
  { organisation, definitions }: { organisation: string; definitions: readonly PointDefinition[] },
): Promise<{ known: Map<string, Keyed>; changed: (PointDefinition & { id: number })[] }> {
  const known = new Map<string, Keyed>();
  const changed: (PointDefinition & { id: number })[] = [];
  if (definitions.length === 0) return { known, changed };
  const keys = new Set(definitions.map(({ key }) => splitKey(key)?.stem ?? ''));
  const rows = await findGroups(scope, transaction, { organisation, keys: [...keys] });
  const places = new Map<string, { row: GroupRow; place: number }>();
  for (const row of rows)
    for (const [place, field] of row.fields.entries()) places.set(`${row.key}.${field}`, { row, place });
  for (const definition of definitions) {
    const found = places.get(definition.key);
    if (!found) continue;
    const id = found.row.first + found.place;
    known.set(definition.key, { id, key: definition.key, type: 'number' });
    if (tellsOtherwise(definition, found)) changed.push({ ...definition, id });
  }
  return { known, changed };
}

function tellsOtherwise(
  { name, unit, equipment, connection, collector }: PointDefinition,
  { row, place }: { row: GroupRow; place: number },
): boolean {
  if (unit !== undefined || connection !== undefined || collector !== undefined) return true;
  if (equipment !== undefined && equipment !== row.equipment) return true;
  return name !== undefined && name !== nameOfField(row.name, row.labels[place] as string);
}

/** Names and equipment follow what is told, in the rows of groups and in those of points outside. */
async function follow(
  scope: Scope,
  transaction: Transaction<PointTables>,
  found: {
    organisation: string;
    groups: readonly PointGroup[];
    rows: readonly GroupRow[];
    alone: readonly Keyed[];
  },
): Promise<void> {
  const told = new Map(found.groups.map((group) => [group.key, group]));
  const renamed = found.rows.flatMap((row) => {
    const { name, equipment = row.equipment } = told.get(row.key) ?? row;
    return name === row.name && equipment === row.equipment ? [] : [{ first: row.first, name, equipment }];
  });
  await renameGroups(scope, transaction, renamed);
  const apart = found.rows.flatMap(({ key, fields, apart: places }) =>
    places.map((place) => `${key}.${fields[place - 1]}`),
  );
  const definitions = [...new Set([...apart, ...found.alone.map(({ key }) => key)])].flatMap((key) => {
    const { stem, field } = splitKey(key) ?? { stem: '', field: '' };
    const group = told.get(stem);
    const place = group?.fields.keys.indexOf(field) ?? -1;
    if (!group || place < 0) return [];
    const { equipment } = group;
    const name = nameOfField(group.name, group.fields.labels[place] as string);
    return [{ key, type: 'number' as const, name, equipment }];
  });
  await takeOver(transaction, found.organisation, definitions);
}

async function findByKeys(
  database: Kysely<PointTables>,
  organisation: string,
  definitions: readonly PointDefinition[],
): Promise<Map<string, Keyed>> {
  const rows = await database
    .selectFrom('collect.point')
    .where('organisation', '=', organisation)
    .where(sql<boolean>`key = any(${definitions.map(({ key }) => key)}::text[])`)
    .select(['id', 'key', 'type'])
    .execute();
  return new Map(rows.map((row) => [row.key, row]));
}

/** The told fields as parallel arrays, which PostgreSQL unfolds into rows: one statement for any number of points. */
const columnsOf = (definitions: readonly PointDefinition[]) => ({
  keys: definitions.map(({ key }) => key),
  types: definitions.map(({ type }) => type),
  names: definitions.map(({ name }) => name ?? null),
  collectors: definitions.map(({ collector }) => collector ?? null),
  connections: definitions.map(({ connection }) => connection ?? null),
  equipments: definitions.map(({ equipment }) => equipment ?? null),
  units: definitions.map(({ unit }) => unit ?? null),
});

async function insert(
  scope: Scope,
  transaction: Transaction<PointTables>,
  request: { organisation: string; definitions: readonly PointDefinition[]; now: Date },
): Promise<Keyed[]> {
  const { organisation, definitions, now } = request;
  if (definitions.length === 0) return [];
  const first = await takeNumbers(scope, transaction, definitions.length);
  const { keys, types, names, collectors, connections, equipments, units } = columnsOf(definitions);
  await sql`
    insert into collect.point (id, organisation, key, type, name, collector, connection, equipment, unit, created_at)
    overriding system value
    select ${first}::int + told.place::int - 1, ${organisation}, told.key, told.type, coalesce(told.name, told.key),
      told.collector, told.connection, told.equipment, told.unit, ${now}
    from unnest(${keys}::text[], ${types}::text[], ${names}::text[], ${collectors}::text[],
      ${connections}::text[], ${equipments}::text[], ${units}::text[])
      with ordinality as told (key, type, name, collector, connection, equipment, unit, place)`.execute(
    transaction,
  );
  return definitions.map(({ key, type }, place) => ({ id: first + place, key, type }));
}

async function takeOver(
  transaction: Transaction<PointTables>,
  organisation: string,
  definitions: readonly PointDefinition[],
): Promise<void> {
  if (definitions.length === 0) return;
  const { keys, names, collectors, connections, equipments, units } = columnsOf(definitions);
  await sql`
    update collect.point set
      name = told.name, collector = told.collector, connection = told.connection,
      equipment = told.equipment, unit = told.unit
    from (
      select point.id,
        case when told.name is null or 'name' = any(point.edited) then point.name else told.name end as name,
        case when told.unit is null or 'unit' = any(point.edited) then point.unit else told.unit end as unit,
        case when told.equipment is null or 'equipment' = any(point.edited)
          then point.equipment else told.equipment end as equipment,
        coalesce(told.collector, point.collector) as collector,
        coalesce(told.connection, point.connection) as connection
      from unnest(${keys}::text[], ${names}::text[], ${collectors}::text[], ${connections}::text[],
        ${equipments}::text[], ${units}::text[]) as told (key, name, collector, connection, equipment, unit)
      join collect.point point on point.organisation = ${organisation} and point.key = told.key
    ) as told
    where point.id = told.id
      and (point.name, point.collector, point.connection, point.equipment, point.unit)
        is distinct from (told.name, told.collector, told.connection, told.equipment, told.unit)`.execute(
    transaction,
  );
}
