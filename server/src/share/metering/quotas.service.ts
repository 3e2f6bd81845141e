import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { QuotaOf } from '../policies/deciding.ts';
import type { ShareTables } from '../share.tables.ts';
import { createUnscopedQuotaStore } from './quotas.store.ts';

const SHANGHAI_MS = 8 * 3_600_000;
const DAY_MS = 86_400_000;
/** Days of use that are kept, to tell what was used. */
const DAYS_KEPT = 40;

export type Allowance = {
  /** rows and bytes this question may have at most */
  rows: number;
  bytes: number;
  /** Counts what was used and lets the next one in; to be called once, whatever happened. */
  settle(used: { rows: number; bytes: number }): Promise<void>;
};
type Wanted = { rows: number; bytes: number };
type Held = { counter: string; day: string; rows: number; bytes: number };

/** Quotas of policies: counted in PostgreSQL, so that restarts and more servers change nothing; questions at once in this process. */
export function createQuotas({ relational, clock, log }: Pick<Platform, 'relational' | 'clock' | 'log'>) {
  const store = createUnscopedQuotaStore(relational.as<ShareTables>());
  const running = new Map<string, number>();
  let tidied = '';

  const dayOf = (ms: number) => new Date(ms + SHANGHAI_MS).toISOString().slice(0, 10);
  const secondsLeft = (ms: number) => Math.ceil((DAY_MS - ((ms + SHANGHAI_MS) % DAY_MS)) / 1000);

  function leave(counters: readonly string[]): void {
    for (const counter of counters) {
      const left = (running.get(counter) ?? 1) - 1;
      if (left > 0) running.set(counter, left);
      else running.delete(counter);
    }
  }

  function enter(quotas: readonly QuotaOf[]): string[] {
    const entered: string[] = [];
    for (const { counter, quota, policy } of quotas) {
      if (quota.concurrent === undefined) continue;
      const now = running.get(counter) ?? 0;
      if (now >= quota.concurrent) {
        leave(entered);
        throw new AppError('SHARE_BUSY', { policy: policy.name, max: quota.concurrent });
      }
      running.set(counter, now + 1);
      entered.push(counter);
    }
    return entered;
  }

  return {
    /**
     * Counts a question against every quota of its policies, and tells how much it may have.
     * @throws AppError SHARE_QUOTA_USED, SHARE_BUSY
     */
    async begin(quotas: readonly QuotaOf[], wanted: Wanted): Promise<Allowance> {
      const nowMs = clock.now().getTime();
      const day = dayOf(nowMs);
      const entered = enter(quotas);
      const held: Held[] = [];
      const allowed = { ...wanted };
      const giveBack = async (used: Wanted | null) => {
        leave(entered.splice(0));
        for (const { counter, day: of, rows, bytes } of held.splice(0))
          await store.settle(counter, of, {
            requests: used ? 0 : -1,
            rows: (used?.rows ?? 0) - rows,
            bytes: (used?.bytes ?? 0) - bytes,
          });
      };
      try {
        for (const { counter, quota, policy } of quotas) {
          if (quota.requests === undefined && quota.rows === undefined && quota.bytes === undefined) continue;
          const own = await store.reserve({ counter, day, quota, ...wanted });
          if (!own)
            throw new AppError('SHARE_QUOTA_USED', { policy: policy.name, seconds: secondsLeft(nowMs) });
          held.push({ counter, day, rows: own.rows ?? 0, bytes: own.bytes ?? 0 });
          allowed.rows = Math.min(allowed.rows, own.rows ?? allowed.rows);
          allowed.bytes = Math.min(allowed.bytes, own.bytes ?? allowed.bytes);
        }
      } catch (error) {
        await giveBack(null);
        throw error;
      }
      if (held.length > 0 && tidied !== day) {
        tidied = day;
        await store.removeBefore(dayOf(nowMs - DAYS_KEPT * DAY_MS));
      }
      return {
        ...allowed,
        settle: (used) =>
          giveBack(used).catch((error: unknown) =>
            // what was set aside stays counted: too much rather than too little
            log.warn({ err: error }, 'what was used of a quota could not be counted'),
          ),
      };
    },
  };
}
export type Quotas = ReturnType<typeof createQuotas>;
