import { type Kysely, type Selectable, sql } from 'kysely';
import type { Scope } from '#platform/auth/scope.ts';
import type { FuseTables } from '../fuse.tables.ts';
import type { KeptSharing } from './shared.ts';

export type SharedRow = KeptSharing & {
  source: string;
  name: string;
  shared: boolean;
  revision: number;
  madeBy: string;
  madeAt: Date;
};
type New = Pick<SharedRow, 'source' | 'name'> & { content: KeptSharing; at: Date };

/** Sources that are or were datasets. The service has found the source inside the scope. Pass a transaction to take part in it. */
export function createSharedStore(db: Kysely<FuseTables>) {
  return {
    async find(_scope: Scope, source: string): Promise<SharedRow | null> {
      const row = await db
        .selectFrom('fuse.source_dataset')
        .selectAll()
        .where('source', '=', source)
        .executeTakeFirst();
      return row ? toShared(row) : null;
    },

    /** Shares the source under its name; false when another source has or had that name, or this one had another. */
    async share(scope: Scope, { source, name, content, at }: New): Promise<boolean> {
      const made = { content: JSON.stringify(content), made_by: scope.actor.name, made_at: at, shared: true };
      const changed = await db
        .updateTable('fuse.source_dataset')
        .set({ ...made, revision: sql`revision + 1` })
        .where('source', '=', source)
        .where('name', '=', name)
        .executeTakeFirst();
      if (changed.numUpdatedRows === 1n) return true;
      const added = await db
        .insertInto('fuse.source_dataset')
        .values({ ...made, source, name, revision: 1 })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return added.numInsertedOrUpdatedRows === 1n;
    },

    /** False when it was not shared. */
    async unshare(_scope: Scope, source: string): Promise<boolean> {
      const changed = await db
        .updateTable('fuse.source_dataset')
        .set({ shared: false, revision: sql`revision + 1` })
        .where('source', '=', source)
        .where('shared', '=', true)
        .executeTakeFirst();
      return changed.numUpdatedRows === 1n;
    },
  };
}

const toShared = ({
  content,
  made_by,
  made_at,
  ...row
}: Selectable<FuseTables['fuse.source_dataset']>): SharedRow => ({
  ...row,
  ...content,
  madeBy: made_by,
  madeAt: made_at,
});
