import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { FuseTables } from '../fuse.tables.ts';

const SOURCES_MAX = 200;

/** Sources of monthly values with their newest published run. */
export function createCatalogueStore(db: Kysely<FuseTables>) {
  return {
    async sources(scope: Scope): Promise<{ source: string; name: string; run: string; at: Date }[]> {
      const rows = await db
        .selectFrom('fuse.source as source')
        .innerJoin('fuse.mapping as mapping', (join) =>
          join.onRef('mapping.source', '=', 'source.id').onRef('mapping.version', '=', 'source.mapping'),
        )
        .innerJoin('fuse.run as run', 'run.source', 'source.id')
        .distinctOn('source.id')
        .select(['source.id as source', 'source.name', 'run.id as run', 'run.published_at as at'])
        .where(withinScope(scope, 'source.organisation'))
        .where('source.target', '=', 'enterprise')
        .where('mapping.period_field', 'is not', null)
        .where('run.published_at', 'is not', null)
        .orderBy('source.id')
        .orderBy(sql`run.number desc`)
        .limit(SOURCES_MAX)
        .execute();
      return rows.flatMap(({ at, ...row }) => (at === null ? [] : [{ ...row, at }]));
    },
  };
}
export type CatalogueStore = ReturnType<typeof createCatalogueStore>;
