import type { Kysely } from 'kysely';
import type { FuseTables } from '../fuse.tables.ts';

/** What files a restored installation should have, over all organisations: asked by who restores it. */
export function createUnscopedRestoredStore(db: Kysely<FuseTables>) {
  return {
    /** Files that sources in use read. */
    async uploads(): Promise<{ id: string; name: string; source: string }[]> {
      return db
        .selectFrom('fuse.upload as upload')
        .innerJoin('fuse.source as source', 'source.id', 'upload.source')
        .where('source.deleted_at', 'is', null)
        .select(['upload.id', 'upload.name', 'source.name as source'])
        .orderBy('source.name')
        .execute();
    },

    /** Runs that had a whole delivery which was not landed yet. */
    async landing(): Promise<{ id: string; source: string }[]> {
      return db
        .selectFrom('fuse.run as run')
        .innerJoin('fuse.source as source', 'source.id', 'run.source')
        .where('run.state', '=', 'running')
        .where('run.stage', '=', 'land')
        .select(['run.id', 'source.name as source'])
        .orderBy('run.number')
        .execute();
    },
  };
}
