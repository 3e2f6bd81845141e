import { type Kysely, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { FuseTables } from '../fuse.tables.ts';
import type { RecordId } from './constraints.ts';

/** Who enterprises of matching are to the one who asks; those outside the scope do not come back. */
export function createExplainingStore(db: Kysely<FuseTables>) {
  return {
    async enterprises(scope: Scope, ids: readonly string[]) {
      const rows = await db
        .selectFrom('fuse.enterprise')
        .select(['id', 'number', 'name', 'code', 'division', 'revenue', 'organisation'])
        .where(withinScope(scope, 'organisation'))
        .where('state', '=', 'active')
        .where('id', '=', sql<string>`any(${[...ids]}::uuid[])`)
        .execute();
      return new Map(rows.map((row) => [row.id, row]));
    },

    /** A record behind an enterprise inside the scope, with what people read of it; null when there is none. */
    async side(scope: Scope, { source, entityKey }: RecordId) {
      const row = await db
        .selectFrom('fuse.link as link')
        .innerJoin('fuse.enterprise as enterprise', 'enterprise.id', 'link.enterprise')
        .innerJoin('fuse.source as source', 'source.id', 'link.source')
        .where(withinScope(scope, 'enterprise.organisation'))
        .where('link.source', '=', source)
        .where('link.entity_key', '=', entityKey)
        .select([
          'enterprise.id as enterprise',
          'enterprise.name as enterpriseName',
          'source.name as sourceName',
        ])
        .executeTakeFirst();
      return row ?? null;
    },
  };
}
