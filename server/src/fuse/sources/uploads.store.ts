import type { Upload } from '@ronghe/contracts';
import type { Kysely, Selectable } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { FuseTables } from '../fuse.tables.ts';

const FORGOTTEN_MAX = 1_000;

/** Rows of `fuse.upload`: files that were handed over, and the source that uses each. */
export function createUploadStore(db: Kysely<FuseTables>) {
  return {
    async insert(
      scope: Scope,
      upload: Omit<Upload, 'uploadedAt'> & { organisation: string; at: Date },
    ): Promise<void> {
      await db
        .insertInto('fuse.upload')
        .values({
          id: upload.id,
          name: upload.name,
          bytes: upload.bytes,
          sha256: upload.sha256,
          organisation: upload.organisation,
          uploaded_by: scope.actor.name,
          uploaded_at: upload.at,
          source: null,
        })
        .execute();
    },

    /** null when there is none or it lies outside the scope */
    async find(scope: Scope, id: string): Promise<Upload | null> {
      const row = await db
        .selectFrom('fuse.upload')
        .selectAll()
        .where('id', '=', id)
        .where(withinScope(scope, 'organisation'))
        .executeTakeFirst();
      return row ? toUpload(row) : null;
    },

    /** For a run of the source that names it; the service checked its scope when it was named. */
    async findUnscoped(id: string): Promise<Upload | null> {
      const row = await db.selectFrom('fuse.upload').selectAll().where('id', '=', id).executeTakeFirst();
      return row ? toUpload(row) : null;
    },

    /** Binds a file to the source that reads it from now on. */
    async use(_scope: Scope, { upload, source }: { upload: string; source: string }): Promise<void> {
      await db.updateTable('fuse.upload').set({ source: null }).where('source', '=', source).execute();
      await db.updateTable('fuse.upload').set({ source }).where('id', '=', upload).execute();
    },

    /** Takes out files that no source uses and that were handed over before a moment; returns their ids. */
    async forget(_scope: Scope, before: Date): Promise<string[]> {
      const rows = await db
        .deleteFrom('fuse.upload')
        .where('id', 'in', (unused) =>
          unused
            .selectFrom('fuse.upload')
            .select('id')
            .where('source', 'is', null)
            .where('uploaded_at', '<', before)
            .limit(FORGOTTEN_MAX),
        )
        .returning('id')
        .execute();
      return rows.map(({ id }) => id);
    },
  };
}
export type UploadStore = ReturnType<typeof createUploadStore>;

const toUpload = (row: Selectable<FuseTables['fuse.upload']>): Upload => ({
  id: row.id,
  name: row.name,
  bytes: Number(row.bytes),
  sha256: row.sha256,
  uploadedAt: row.uploaded_at.toISOString(),
});
