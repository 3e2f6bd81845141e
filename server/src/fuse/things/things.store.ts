import { PARKS_MAX, type ThingKind } from '@ronghe/contracts';
import { type Kysely, type Selectable, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { FuseTables } from '../fuse.tables.ts';

export type StoredThing = Selectable<FuseTables['fuse.thing']>;
type Asked = { enterprise: number; kinds: readonly ThingKind[]; limit: number };
export type Group = { key: string; enterprises: number; score: number | null };

/** Things, profiles and parks of the enterprises that a scope may see. */
export function createThingStore(db: Kysely<FuseTables>) {
  const active = (scope: Scope) =>
    db
      .selectFrom('fuse.enterprise as enterprise')
      .where('enterprise.state', '=', 'active')
      .where(withinScope(scope, 'enterprise.organisation'));
  const counted = (scope: Scope) =>
    active(scope).leftJoin('fuse.profile_filled as profile', 'profile.enterprise', 'enterprise.number');
  const mean = sql<number | null>`avg(profile.score)`;

  return {
    /** By kind and key. */
    async things(scope: Scope, { enterprise, kinds, limit }: Asked): Promise<StoredThing[]> {
      return db
        .selectFrom('fuse.thing as thing')
        .innerJoin('fuse.enterprise as enterprise', 'enterprise.number', 'thing.enterprise')
        .where(withinScope(scope, 'enterprise.organisation'))
        .where('thing.enterprise', '=', enterprise)
        .where('thing.kind', 'in', [...kinds])
        .selectAll('thing')
        .orderBy('thing.kind')
        .orderBy('thing.key')
        .limit(limit)
        .execute();
    },

    async profile(scope: Scope, enterprise: number) {
      const row = await counted(scope)
        .where('enterprise.number', '=', enterprise)
        .select(['profile.filled', 'profile.score', 'profile.version'])
        .executeTakeFirst();
      return row ?? null;
    },

    async totals(scope: Scope): Promise<{ enterprises: number; score: number | null }> {
      return counted(scope)
        .select([sql<number>`count(*)::int`.as('enterprises'), mean.as('score')])
        .executeTakeFirstOrThrow();
    },

    async by(scope: Scope, group: 'city' | 'key_industry'): Promise<Group[]> {
      return counted(scope)
        .where(`enterprise.${group}`, 'is not', null)
        .groupBy(`enterprise.${group}`)
        .select([
          sql<string>`${sql.ref(`enterprise.${group}`)}`.as('key'),
          sql<number>`count(*)::int`.as('enterprises'),
          mean.as('score'),
        ])
        .execute();
    },

    /** How many enterprises have each part. */
    async parts(scope: Scope): Promise<Map<string, number>> {
      const { rows } = await sql<{ part: string; enterprises: number }>`
        select part, count(*)::int as enterprises
        from fuse.enterprise as enterprise
        join fuse.profile_filled as profile on profile.enterprise = enterprise.number
        cross join lateral unnest(profile.filled) as part
        where enterprise.state = 'active' and ${withinScope(scope, 'enterprise.organisation')}
        group by part`.execute(db);
      return new Map(rows.map(({ part, enterprises }) => [part, enterprises]));
    },

    /** Largest first. */
    async parks(scope: Scope) {
      return counted(scope)
        .innerJoin('fuse.enterprise_value as park', (join) =>
          join.onRef('park.enterprise', '=', 'enterprise.id').on('park.attribute', '=', 'park'),
        )
        .groupBy('park.value')
        .select([
          'park.value as name',
          sql<string | null>`mode() within group (order by enterprise.city)`.as('city'),
          sql<number>`count(*)::int`.as('enterprises'),
          sql<number>`coalesce(sum(enterprise.revenue), 0)::double precision`.as('revenue'),
          sql<number>`coalesce(sum(enterprise.employees), 0)::double precision`.as('employees'),
          sql<number>`coalesce(sum((select count(*) from fuse.thing where thing.enterprise = enterprise.number and thing.kind = 'equipment')), 0)::int`.as(
            'equipment',
          ),
          mean.as('completeness'),
        ])
        .orderBy('enterprises', 'desc')
        .orderBy('name')
        .limit(PARKS_MAX + 1)
        .execute();
    },

    /** Mappings of the sources of the scope that feed the enterprise database, with their names. */
    async feeding(scope: Scope) {
      return db
        .selectFrom('fuse.source as source')
        .innerJoin('fuse.mapping as mapping', (join) =>
          join.onRef('mapping.source', '=', 'source.id').onRef('mapping.version', '=', 'source.mapping'),
        )
        .where('source.target', '=', 'enterprise')
        .where('source.deleted_at', 'is', null)
        .where(withinScope(scope, 'source.organisation'))
        .select(['source.id', 'source.name', 'mapping.mappings'])
        .orderBy('source.priority', 'desc')
        .orderBy('source.name')
        .execute();
    },
  };
}
export type ThingStore = ReturnType<typeof createThingStore>;

/** Columns of sources that hold persons, whoever asks for the rows; work of a service that has checked who may see them. */
export function createUnscopedPersonColumnStore(db: Kysely<FuseTables>) {
  return {
    /** Every field that any version of the mappings of these sources reads as a person's or a shareholder's. */
    async fields(sources: readonly string[]): Promise<Map<string, { from: string; to: string }[]>> {
      const wanted = [...new Set(sources)];
      if (wanted.length === 0) return new Map();
      const { rows } = await sql<{ source: string; from: string; to: string }>`
        select distinct mapping.source, field ->> 'from' as "from", field ->> 'to' as "to"
        from fuse.mapping as mapping cross join lateral jsonb_array_elements(mapping.mappings) as field
        where mapping.source = any(${wanted}::uuid[])
          and (field ->> 'to' like 'person:%' or field ->> 'to' = 'relation:shareholder')`.execute(db);
      const fields = new Map<string, { from: string; to: string }[]>();
      for (const { source, ...field } of rows) fields.set(source, [...(fields.get(source) ?? []), field]);
      return fields;
    },
  };
}
