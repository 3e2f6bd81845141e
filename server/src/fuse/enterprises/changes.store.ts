import type { Page, ValueChange } from '@ronghe/contracts';
import { type Kysely, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { encodeCursor } from '#platform/paging/cursor.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { numberOf } from '../paging.ts';

type PageOptions = { cursor?: string | undefined; limit: number };

/** Values that runs changed in golden records. */
export function createChangeStore(db: Kysely<FuseTables>) {
  return {
    /** Values a run changed, in the order it changed them; only of enterprises that the scope may see. */
    async ofRun(scope: Scope, run: string, { cursor, limit }: PageOptions): Promise<Page<ValueChange>> {
      const seen = db
        .selectFrom('fuse.value_change as change')
        .leftJoin('fuse.enterprise_alias as alias', 'alias.id', 'change.enterprise')
        .innerJoin('fuse.enterprise as enterprise', (join) =>
          join.on('enterprise.id', '=', sql<string>`coalesce(alias.enterprise, change.enterprise)`),
        )
        .where('change.run', '=', run)
        .where(withinScope(scope, 'enterprise.organisation'));
      let page = seen
        .selectAll('change')
        .select(['enterprise.name as enterprise_name', 'enterprise.id as enterprise_id']);
      if (cursor) page = page.where('change.number', '>', numberOf(cursor));
      const found = await page
        .orderBy('change.number')
        .limit(limit + 1)
        .execute();
      const { total } = await seen
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map((row) => ({
          enterprise: row.enterprise_id,
          enterpriseName: row.enterprise_name,
          attribute: row.attribute,
          before: row.before,
          after: row.after,
          at: row.at.toISOString(),
        })),
        next: found.length > limit && last ? encodeCursor([last.number]) : null,
        total,
      };
    },
  };
}
export type ChangeStore = ReturnType<typeof createChangeStore>;
