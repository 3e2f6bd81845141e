import type { Kysely } from 'kysely';
import type { Scope } from '#platform/auth/scope.ts';
import type { FuseTables } from '../fuse.tables.ts';
import type { Delivered } from './delivery.ts';
import type { RunRow } from './runs.store.ts';

export type PublishedRun = { id: string; number: number; delivered: Delivered | null };

/** What taking a published run back reads and writes; the service has found its source inside the scope. */
export function createWithdrawalStore(db: Kysely<FuseTables>) {
  return {
    /** The newest runs of a source that readers see, newest first. */
    async published(_scope: Scope, source: string, limit: number): Promise<PublishedRun[]> {
      const rows = await db
        .selectFrom('fuse.run as run')
        .select(['run.id', 'run.number', 'run.delivered'])
        .where('run.source', '=', source)
        .where('run.published_at', 'is not', null)
        .orderBy('run.number', 'desc')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ ...row, delivered: row.delivered as Delivered | null }));
    },

    /** Of rows that runs with a number below this left, those that newer ones replaced were removed; 0 when none were. */
    async removedBelow(_scope: Scope, source: string): Promise<number> {
      const { removed_below } = await db
        .selectFrom('fuse.source')
        .select('removed_below')
        .where('id', '=', source)
        .executeTakeFirstOrThrow();
      return Number(removed_below);
    },

    /** Hides again what a run showed to readers, and lets its source go on from the bookmark it had before. */
    async unpublish(
      _scope: Scope,
      { id, source }: Pick<RunRow, 'id' | 'source'>,
      { bookmark, rows, older }: { bookmark: unknown; rows: number; older: number },
    ): Promise<void> {
      await db.transaction().execute(async (transaction) => {
        await transaction
          .updateTable('fuse.run')
          .set({ published_at: null, state: 'withdrawn' })
          .where('id', '=', id)
          .execute();
        await transaction
          .updateTable('fuse.source')
          .set({ bookmark: bookmark === null ? null : JSON.stringify(bookmark), rows, rows_older: older })
          .where('id', '=', source)
          .execute();
      });
    },
  };
}
