import type { Usage, UsageQuery } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { Platform } from '#platform/platform.ts';
import { type Access, type AccessStore, createAccessStore } from './access.store.ts';

/** How long an access may be in memory only. */
const FLUSH_MS = 1_000;
/** Accesses of one insert; as many again may wait while the engine does not answer, then the oldest are told to the log instead. */
const BATCH_ROWS = 2_000;
const WAITING_MAX = 200_000;
const DAY_MS = 86_400_000;
const USAGE_DAYS = 30;

type Parts = Pick<Platform, 'analytics' | 'clock' | 'ids' | 'log'>;

/** Keeps who accessed what, refused or not, and tells it to those it concerns. `start` begins to write, `stop` writes the rest. */
export function createMetering({ analytics, clock, ids, log }: Parts) {
  const store = createAccessStore(analytics);
  const book = createBook({ store, ids, log });

  return {
    ...book,
    /** Sums over at most as long as the accesses are kept, by default the last 30 days. */
    async usage(scope: Scope, query: UsageQuery): Promise<Usage> {
      demand(scope, 'share:usage:read');
      await book.flush();
      const toMs = query.to === undefined ? clock.now().getTime() + 1 : Date.parse(query.to);
      const fromMs = query.from === undefined ? toMs - USAGE_DAYS * DAY_MS : Date.parse(query.from);
      const rows = await store.usage(scope, { fromMs, toMs, by: query.by, side: query.side });
      return {
        from: new Date(fromMs).toISOString(),
        to: new Date(toMs).toISOString(),
        items: rows.map((row) => ({
          key: row.key,
          name: row.name,
          requests: Number(row.requests),
          refused: Number(row.refused),
          rows: Number(row.rows),
          bytes: Number(row.bytes),
          elapsedMs: Math.round(row.elapsedMs),
        })),
      };
    },
  };
}
export type Metering = ReturnType<typeof createMetering>;

function createBook({ store, ids, log }: { store: AccessStore } & Pick<Parts, 'ids' | 'log'>) {
  const waiting: Access[] = [];
  // a batch whose insert failed goes again under its token, so that it is stored once
  let batch: { token: string; rows: Access[] } | null = null;
  let writing: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;

  async function write(): Promise<void> {
    while (batch || waiting.length > 0) {
      batch ??= { token: ids.next(), rows: waiting.splice(0, BATCH_ROWS) };
      await store.insertUnscoped(batch.rows, batch.token);
      batch = null;
    }
  }

  /** Writes what waits; a failure is logged and tried again with the next second. */
  function flush(): Promise<void> {
    writing ??= write()
      .catch((error: unknown) =>
        log.warn({ err: error, waiting: waiting.length }, 'accesses wait to be stored'),
      )
      .finally(() => {
        writing = null;
      });
    return writing;
  }

  return {
    flush,
    note(accesses: readonly Access[]): void {
      waiting.push(...accesses);
      const lost = waiting.splice(0, Math.max(0, waiting.length - WAITING_MAX));
      if (lost.length > 0) log.error({ lost: lost.length, first: lost[0] }, 'accesses could not be stored');
    },
    start(): void {
      timer ??= setInterval(() => void flush(), FLUSH_MS);
    },
    async stop(): Promise<void> {
      if (timer) clearInterval(timer);
      timer = null;
      await flush();
      // what was noted while the last write was under way
      await flush();
    },
  };
}
