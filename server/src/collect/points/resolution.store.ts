import { type Kysely, sql, type Transaction } from 'kysely';
import type { Audit } from '#platform/audit/audit.ts';
import { belowPattern, type Scope } from '#platform/auth/scope.ts';
import type { Relational } from '#platform/db/relational.ts';
import type { PointTables } from './points.store.ts';
import type { PointDefinition, ResolvedPoint } from './points.ts';

/** Finds and makes points by the keys that doors deliver. */
export type ResolutionStore = ReturnType<typeof createResolutionStore>;

export function createResolutionStore({ relational, audit }: { relational: Relational; audit: Audit }) {
  const database = relational.as<PointTables>();
  return {
    /**
     * Finds the points of one organisation by key, makes the missing ones (all in one statement, as long as the tree
     * stays within `pointsMax`) and takes over what a collector now tells differently.
     * @returns the points that exist now; a key that is missing in the answer hit the limit
     */
    async resolve(
      scope: Scope,
      request: {
        organisation: string;
        definitions: readonly PointDefinition[];
        pointsMax: number;
        now: Date;
      },
    ): Promise<Map<string, ResolvedPoint>> {
      const { organisation, definitions, pointsMax, now } = request;
      return database.transaction().execute(async (transaction) => {
        // One at a time for an organisation: two requests must not both see room for the last point of a tree, nor
        // wait for each other's rows in opposite order.
        await sql`select pg_advisory_xact_lock(hashtext(${`collect.point ${organisation}`}))`.execute(
          transaction,
        );
        const known = await findByKeys(transaction, organisation, definitions);
        const told = definitions.filter(({ key }) => known.has(key));
        const missing = definitions.filter(({ key }) => !known.has(key));
        if (missing.length > 0) {
          const room = pointsMax - (await countBelow(transaction, { ...scope, organisation }));
          const created = await insert(transaction, organisation, missing.slice(0, Math.max(0, room)), now);
          for (const row of created) known.set(row.key, row);
          await recordCreation(audit, scope, { organisation, created, transaction });
        }
        await takeOver(transaction, organisation, told);
        return known;
      });
    },
  };
}

async function recordCreation(
  audit: Audit,
  scope: Scope,
  context: { organisation: string; created: readonly Keyed[]; transaction: Transaction<PointTables> },
): Promise<void> {
  const { organisation, created, transaction } = context;
  if (created.length === 0) return;
  const after = { count: created.length, keys: created.slice(0, AUDITED_KEYS_MAX).map(({ key }) => key) };
  const target = `points of ${organisation}`;
  await audit.record(scope, { action: 'collect:point:create', target, organisation, after }, transaction);
}
const AUDITED_KEYS_MAX = 20;

type Keyed = ResolvedPoint & { key: string };

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

async function countBelow(database: Kysely<PointTables>, scope: Scope): Promise<number> {
  const row = await database
    .selectFrom('collect.point')
    .where((where) =>
      where.or([
        where('organisation', '=', scope.organisation),
        where('organisation', 'like', belowPattern(scope)),
      ]),
    )
    .select(sql<number>`count(*)::int`.as('count'))
    .executeTakeFirstOrThrow();
  return row.count;
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
  transaction: Transaction<PointTables>,
  organisation: string,
  definitions: readonly PointDefinition[],
  now: Date,
): Promise<Keyed[]> {
  if (definitions.length === 0) return [];
  const { keys, types, names, collectors, connections, equipments, units } = columnsOf(definitions);
  const result = await sql<Keyed>`
    insert into collect.point (organisation, key, type, name, collector, connection, equipment, unit, created_at)
    select ${organisation}, told.key, told.type, coalesce(told.name, told.key), told.collector, told.connection,
      told.equipment, told.unit, ${now}
    from unnest(${keys}::text[], ${types}::text[], ${names}::text[], ${collectors}::text[],
      ${connections}::text[], ${equipments}::text[], ${units}::text[])
      with ordinality as told (key, type, name, collector, connection, equipment, unit, place)
    order by told.place
    on conflict (organisation, key) do nothing
    returning id, key, type`.execute(transaction);
  return result.rows;
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
