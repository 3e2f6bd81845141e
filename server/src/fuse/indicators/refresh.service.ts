import { type IndicatorCode, STATISTIC_CODES } from '@ronghe/contracts';
import type { Platform } from '#platform/platform.ts';
import { createUnscopedCopyStore } from '../enterprises/copy.store.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createUnscopedRefreshStore, type FiguresOf } from './refresh.store.ts';
import type { Months, Reported } from './statistics.ts';
import { figuresOf } from './statistics.ts';
import { createVersionStore } from './versions.store.ts';

/** Enterprises brought up to date in one transaction: some 300,000 figures of ten years. */
const BATCH_ENTERPRISES = 150;
/** How long a change that no run made (a merge by a person) may go unnoticed. */
export const REFRESH_LOOK_MS = 4_000;
/** How long a reader waits for what was noted just now; much that waits is worked off in the background. */
const FRESH_MS_MAX = 2_000;

type Parts = Pick<Platform, 'relational' | 'analytics' | 'log'>;

/**
 * Keeps the figures by month up with links, enterprises and published values. What changed is noted by PostgreSQL itself; each
 * batch is made anew from the published versions and shown at once, so that doing it again, or after a crash, changes nothing.
 */
export function createIndicatorRefresh({ relational, analytics, log: parent }: Parts) {
  const db = relational.as<FuseTables>();
  const versions = createVersionStore(db, analytics);
  const log = parent.child({ scope: 'fuse' });
  let timer: NodeJS.Timeout | null = null;
  let looking: Promise<void> | null = null;
  const stopping = new AbortController();

  /** Number of enterprises done; 0 when nothing waits. */
  async function batch(): Promise<number> {
    return db.transaction().execute(async (transaction) => {
      const store = createUnscopedRefreshStore(transaction, analytics);
      await store.lockUntilCommit();
      const waiting = await store.waiting(BATCH_ENTERPRISES);
      if (waiting.length === 0) return 0;
      const version = await store.nextVersion();
      const places = await store.places(waiting.map(({ enterprise }) => enterprise));
      const numbers = new Map(places.map(({ id, enterprise }) => [id, enterprise]));
      const behind = (await store.behind([...numbers.keys()])).map((record) => ({
        ...record,
        enterprise: numbers.get(record.enterpriseId) ?? 0,
      }));
      const reported = byEnterprise(await versions.winnersUnscoped(behind));
      const all: FiguresOf[] = [];
      for (const [enterprise, values] of reported)
        for (const code of STATISTIC_CODES) all.push({ enterprise, code, figures: figuresOf(code, values) });
      await store.putFigures(all, version);
      const shown = places.filter(({ enterprise }) => reported.has(enterprise));
      const known = await store.known(waiting.map(({ enterprise }) => enterprise));
      for (const { enterprise } of shown) known.delete(enterprise);
      await store.putPlaces(shown, [...known], version);
      // one note, one pass: the golden record that is shared changes with what the figures rest on
      await createUnscopedCopyStore(transaction, analytics).put(
        waiting.map(({ enterprise }) => enterprise),
        version,
      );
      await store.done(waiting);
      return waiting.length;
    });
  }

  /** Works off everything that waits; answers how many enterprises. Stops between batches when told to. */
  async function drain(signal?: AbortSignal): Promise<number> {
    for (let all = 0; ; ) {
      signal?.throwIfAborted();
      const done = await batch();
      if (done === 0) return all;
      all += done;
    }
  }

  /** One look at a time; a failure is logged and tried again with the next. */
  function look(): Promise<void> {
    looking ??= drain(stopping.signal)
      .then(
        () => {},
        (error: unknown) => {
          if (!stopping.signal.aborted)
            log.warn({ err: error }, 'figures of indicators could not be brought up to date, trying again');
        },
      )
      .finally(() => {
        looking = null;
      });
    return looking;
  }

  return {
    drain,

    /** Brings what was noted up to date before something is read; gives up waiting, never the work, after two seconds. */
    async freshen(): Promise<void> {
      if ((await createUnscopedRefreshStore(db, analytics).waiting(1)).length === 0) return;
      const work = look();
      let timeout: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timeout = setTimeout(resolve, FRESH_MS_MAX);
      });
      await Promise.race([work, patience]).finally(() => clearTimeout(timeout));
    },

    /** How many enterprises wait. */
    waiting: () => createUnscopedRefreshStore(db, analytics).waitingCount(),

    /** Notes every enterprise, so that all figures are made anew from the published values. */
    noteAll: () => createUnscopedRefreshStore(db, analytics).noteAll(),

    /** Begins to look for changes. */
    start(): void {
      timer ??= setInterval(() => void look(), REFRESH_LOOK_MS);
    },

    async stop(): Promise<void> {
      if (timer) clearInterval(timer);
      timer = null;
      stopping.abort();
      await looking;
    },
  };
}
export type IndicatorRefresh = ReturnType<typeof createIndicatorRefresh>;

function byEnterprise(
  rows: readonly { enterprise: number; code: IndicatorCode; periods: number[]; found: number[] }[],
): Map<number, Reported> {
  const all = new Map<number, Map<IndicatorCode, Months>>();
  for (const { enterprise, code, periods, found } of rows) {
    const months = new Map(periods.map((period, index) => [period, found[index] ?? 0]));
    const own = all.get(enterprise);
    if (own) own.set(code, months);
    else all.set(enterprise, new Map([[code, months]]));
  }
  return all;
}
