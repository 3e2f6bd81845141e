import type { EnterpriseAttribute, ValueHistoryQuery } from '@ronghe/contracts';
import { type Kysely, type Selectable, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { decodeCursor, encodeCursor, invalidCursor } from '#platform/paging/cursor.ts';
import type { FuseTables } from '../fuse.tables.ts';

type Past = Selectable<FuseTables['fuse.value_past']>;
/** A golden value while it was so; `until` null while it is. */
export type StoredVersion = Omit<Past, 'number' | 'until'> & { until: Date | null };
export type KnownThen = { id: string; values: Partial<Record<EnterpriseAttribute, string>> };

const COLUMNS = sql.raw(
  'enterprise, attribute, value, source, run, row_key, field, raw, rule, pin, conflict, others, at',
);

/** Golden values through time: as they are and as they were. */
export function createHistoryStore(db: Kysely<FuseTables>) {
  return {
    /** Values of one enterprise, whom the service has found inside the scope, and of the ids that lead to it; newest first. */
    async versions(
      _scope: Scope,
      enterprise: string,
      { attribute, cursor, limit }: ValueHistoryQuery,
    ): Promise<{ items: StoredVersion[]; next: string | null; total: number }> {
      const ids = sql`(select id from fuse.enterprise_alias where enterprise = ${enterprise}::uuid union select ${enterprise}::uuid)`;
      const wanted = attribute ? sql`and attribute = ${attribute}` : sql``;
      const all = sql`(
        select ${COLUMNS}, null::timestamptz as until from fuse.enterprise_value where enterprise in ${ids} ${wanted}
        union all select ${COLUMNS}, until from fuse.value_past where enterprise in ${ids} ${wanted}) as version`;
      const after = cursor ? placeOf(cursor) : null;
      const from = after
        ? sql`where (at, attribute, enterprise) < (${after.at}::timestamptz, ${after.attribute}, ${after.enterprise}::uuid)`
        : sql``;
      const { rows } = await sql<StoredVersion>`select * from ${all} ${from}
        order by at desc, attribute desc, enterprise desc limit ${limit + 1}`.execute(db);
      const count = await sql<{ total: number }>`select count(*)::int as total from ${all}`.execute(db);
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      const next =
        rows.length > limit && last
          ? encodeCursor([last.at.toISOString(), last.attribute, last.enterprise])
          : null;
      return { items, next, total: count.rows[0]?.total ?? 0 };
    },

    /** What was known under exactly this id at a moment. */
    async knownUnder(_scope: Scope, id: string, at: Date): Promise<StoredVersion[]> {
      const { rows } = await sql<StoredVersion>`
        select ${COLUMNS}, null::timestamptz as until from fuse.enterprise_value where enterprise = ${id}::uuid and at <= ${at}
        union all
        select ${COLUMNS}, until from fuse.value_past where enterprise = ${id}::uuid and at <= ${at} and until > ${at}`.execute(
        db,
      );
      return rows;
    },

    /** Enterprises known at a moment with their values then, by the ids they had then and in their order; of today's organisations. */
    async knownAt(
      scope: Scope,
      at: Date,
      { after, limit }: { after: string; limit: number },
    ): Promise<KnownThen[]> {
      const { rows } = await sql<KnownThen>`
        with ids as (
          select distinct enterprise from (
            (select distinct enterprise from fuse.enterprise_value where enterprise > ${after}::uuid and at <= ${at} order by enterprise limit ${limit})
            union
            (select distinct enterprise from fuse.value_past where enterprise > ${after}::uuid and at <= ${at} and until > ${at} order by enterprise limit ${limit})
          ) either order by enterprise limit ${limit}),
        known as (
          select v.enterprise, v.attribute, v.value from fuse.enterprise_value v join ids using (enterprise) where v.at <= ${at}
          union all
          select v.enterprise, v.attribute, v.value from fuse.value_past v join ids using (enterprise) where v.at <= ${at} and v.until > ${at})
        select known.enterprise as id,
          case when bool_or(${withinScope(scope, 'e.organisation')}) then jsonb_object_agg(known.attribute, known.value) end as values
        from known
        left join fuse.enterprise_alias a on a.id = known.enterprise
        join fuse.enterprise e on e.id = coalesce(a.enterprise, known.enterprise)
        group by known.enterprise order by known.enterprise`.execute(db);
      return rows;
    },
  };
}
export type HistoryStore = ReturnType<typeof createHistoryStore>;

function placeOf(cursor: string) {
  const [at = '', attribute = '', enterprise = ''] = decodeCursor(cursor, 3).map(String);
  if (Number.isNaN(Date.parse(at)) || !/^[0-9a-f-]{36}$/i.test(enterprise)) throw invalidCursor();
  return { at, attribute, enterprise };
}
