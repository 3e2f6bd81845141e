import type { DatasetExport, DatasetExportRequest, ErrorCode } from '@ronghe/contracts';
import type { Kysely, Selectable } from 'kysely';
import type { Scope } from '#platform/auth/scope.ts';
import type { ShareTables } from '../share.tables.ts';

export type Ended = { state: 'ready' | 'failed'; rows: number; bytes: number; reason: ErrorCode | null };

/** Exports, each of the person or key that asked for it. */
export function createExportStore(db: Kysely<ShareTables>) {
  return {
    async add(
      scope: Scope,
      { id, dataset, format, at }: { id: string; dataset: string; format: string; at: Date },
    ): Promise<void> {
      await db
        .insertInto('share.export')
        .values({
          ...{
            id,
            dataset,
            format,
            job: null,
            state: 'waiting',
            rows: 0,
            bytes: 0,
            made_at: at,
            ready_at: null,
            reason: null,
          },
          ...{ organisation: scope.organisation, actor_kind: scope.actor.kind, actor: scope.actor.id },
        })
        .execute();
    },

    /** null when there is none or somebody else asked for it. */
    async find(scope: Scope, id: string): Promise<DatasetExport | null> {
      const row = await db
        .selectFrom('share.export')
        .selectAll()
        .where('id', '=', id)
        .where('organisation', '=', scope.organisation)
        .where('actor_kind', '=', scope.actor.kind)
        .where('actor', '=', scope.actor.id)
        .executeTakeFirst();
      return row ? toExport(row) : null;
    },

    async end(scope: Scope, id: string, { at, ...how }: Ended & { at: Date }): Promise<void> {
      await db
        .updateTable('share.export')
        .set({ ...how, ready_at: at })
        .where('id', '=', id)
        .where('actor', '=', scope.actor.id)
        .execute();
    },

    /** Forgets exports that began before a moment; answers their files. Work of the platform. */
    async removeBeforeUnscoped(before: Date): Promise<{ id: string; format: string }[]> {
      return db
        .deleteFrom('share.export')
        .where('made_at', '<', before)
        .returning(['id', 'format'])
        .execute();
    },
  };
}

const toExport = (row: Selectable<ShareTables['share.export']>): DatasetExport => ({
  id: row.id,
  dataset: row.dataset,
  format: row.format as DatasetExportRequest['format'],
  state: row.state,
  rows: Number(row.rows),
  bytes: Number(row.bytes),
  madeAt: row.made_at.toISOString(),
  reason: row.reason,
});
