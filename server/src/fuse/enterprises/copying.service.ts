import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createKeeper, type WorkedOff } from '../keeper.ts';
import { createUnscopedPendingStore } from '../pending.store.ts';
import { createUnscopedCopyStore } from './copy.store.ts';

/** Enterprises written in one block. */
const BATCH_ENTERPRISES = 5_000;
/** How long a change that no run made may go unnoticed by those who do not ask for it. */
const COPY_LOOK_MS = 4_000;

/**
 * Keeps the copy of golden records that is read for analysis (`fuse.enterprise_row`) up with them. Writing a batch again, or after a crash,
 * changes nothing: of several versions of an enterprise the newest is read.
 */
export function createCopying({ relational, analytics, log: root }: Platform) {
  const db = relational.as<FuseTables>();
  const log = root.child({ scope: 'fuse' });
  const pending = createUnscopedPendingStore(db, 'fuse.copy_pending');

  async function batch(after: number): Promise<WorkedOff | null> {
    return db.transaction().execute(async (transaction) => {
      const notes = createUnscopedPendingStore(transaction, 'fuse.copy_pending');
      await notes.lockUntilCommit();
      const waiting = await notes.waiting(BATCH_ENTERPRISES, after);
      if (waiting.length === 0) return null;
      const copy = createUnscopedCopyStore(transaction, analytics);
      await copy.put(
        waiting.map(({ enterprise }) => enterprise),
        await copy.nextVersion(),
      );
      return notes.done(waiting);
    });
  }

  return createKeeper({
    ...{ batch, state: () => pending.state(), everyMs: COPY_LOOK_MS, log },
    what: 'the copy of golden records',
  });
}
