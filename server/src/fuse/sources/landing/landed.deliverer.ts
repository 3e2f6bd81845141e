import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { Analytics } from '#platform/db/analytics.ts';
import type { FuseTables } from '../../fuse.tables.ts';
import type { Deliverer } from '../delivery.ts';
import { createUnscopedRecordStore } from '../records.store.ts';
import type { SourceRow } from '../sources.store.ts';
import { createUnscopedLandedStore } from './landed.store.ts';

const FILE = 'landed.jsonl';
type Parts = { db: Kysely<FuseTables>; analytics: Analytics };

/**
 * Delivers the raw rows that the platform has of a source, so that a new version of its mapping reaches rows which nobody sends
 * again. The bookmark stays: the next run from the source goes on where the last one ended.
 */
export function createLandedDeliverer({ db, analytics }: Parts, source: SourceRow): Deliverer {
  const [records, landed] = [
    createUnscopedRecordStore(db, analytics),
    createUnscopedLandedStore(db, analytics),
  ];
  return {
    async deliver(spool, { tell }) {
      const visible = (await records.visible([source.id])).get(source.id) ?? { upTo: 0, except: [] };
      const refusedSince = await landed.newestFull(source.id);
      // under another row key two rows may become one, of which the newer counts
      const newestFirst = (await landed.namedOtherwise(source.id, source.mapping)).length > 0;
      const file = join(spool.folder, FILE);
      await mkdir(spool.folder, { recursive: true, mode: 0o750 });
      await rm(file, { force: true });
      await landed.exportLanded({ source: source.id, visible, refusedSince }, { file, newestFirst });
      // an engine that has no rows to write may write no file
      const isThere = (await stat(file).catch(() => null)) !== null;
      if (isThere) await spool.addFile({ path: file, name: FILE, options: { format: 'rows' } });
      await tell(1, '1 file');
      return { mode: 'incremental', bookmark: source.bookmark };
    },
  };
}
