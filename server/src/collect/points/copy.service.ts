import type { Platform } from '#platform/platform.ts';
import { createUnscopedPointCopyStore, type PointCopyTables } from './copy.store.ts';

/** Points and groups in one pass; a group is at most a hundred points. */
const BATCH_BLOCKS = 2_000;
const LOOK_MS = 4_000;
/** How long a reader waits for what was noted just now. */
const FRESH_MS_MAX = 2_000;

/** Keeps the copy of points up that is read for analysis. PostgreSQL notes what changed; doing a pass again changes nothing. */
export function createPointCopy({
  relational,
  analytics,
  log,
}: Pick<Platform, 'relational' | 'analytics' | 'log'>) {
  const db = relational.as<PointCopyTables>();
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  let looking: Promise<void> | null = null;

  const batch = (): Promise<number> =>
    db.transaction().execute(async (transaction) => {
      const store = createUnscopedPointCopyStore(transaction, analytics);
      await store.lockUntilCommit();
      const waiting = await store.waiting(BATCH_BLOCKS);
      if (waiting.length === 0) return 0;
      await store.put(waiting.map(({ block }) => block));
      await store.done(waiting);
      return waiting.length;
    });

  async function drain(): Promise<void> {
    while (!stopping.signal.aborted && (await batch()) > 0);
  }

  /** One look at a time; a failure is logged and tried again with the next. */
  function look(): Promise<void> {
    looking ??= drain()
      .catch((error: unknown) => {
        if (!stopping.signal.aborted)
          log.warn({ err: error }, 'the copy of points could not be brought up to date');
      })
      .finally(() => {
        looking = null;
      });
    return looking;
  }

  return {
    /** Brings what was noted up to date before something is read; gives up waiting, never the work, after two seconds. */
    async freshen(): Promise<void> {
      if ((await createUnscopedPointCopyStore(db, analytics).waiting(1)).length === 0) return;
      let timeout: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timeout = setTimeout(resolve, FRESH_MS_MAX);
      });
      await Promise.race([look(), patience]).finally(() => clearTimeout(timeout));
    },

    start(): void {
      timer ??= setInterval(() => void look(), LOOK_MS);
    },

    async stop(): Promise<void> {
      if (timer) clearInterval(timer);
      timer = null;
      stopping.abort();
      await looking;
    },
  };
}
