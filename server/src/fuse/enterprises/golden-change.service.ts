import type { Transaction } from 'kysely';
import type { Scope } from '#platform/auth/scope.ts';
import type { Platform } from '#platform/platform.ts';
import { createUnscopedEventStore } from '../decisions/events.store.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createUnscopedLinkStore } from '../matching/links.store.ts';
import { createUnscopedChoosingStore } from '../survivorship/choosing.store.ts';
import { createBelonging } from './belonging.ts';
import { createUnscopedFusingStore } from './fusing.store.ts';
import type { Cause } from './fusing.ts';
import { createUnscopedGoldenStore } from './golden.store.ts';
import { refresh, type Touched } from './refresh.service.ts';

/** Longest wait of a person for runs and other people that change golden records. */
const LOCK_WAIT_MS_MAX = 10_000;

export type GoldenChange = {
  transaction: Transaction<FuseTables>;
  at: Date;
  /** Chooses the values of these enterprises again. */
  refreshed(ids: readonly string[], cause: Cause): Promise<void>;
};

/**
 * Changes of golden records by people: one at a time beside runs, each in one transaction with the values that follow from
 * it; who listens hears of it after it was committed. The work may throw to change nothing. @throws ENTERPRISES_BUSY
 */
export function createGoldenChange({ platform, system }: { platform: Platform; system: Scope }) {
  const { relational, analytics, auth, clock, events } = platform;
  const db = relational.as<FuseTables>();
  return async <Answer>(work: (change: GoldenChange) => Promise<Answer>): Promise<Answer> => {
    const belonging = createBelonging(await auth.organisations(system));
    const touched: Touched[] = [];
    const answer = await db.transaction().execute(async (transaction) => {
      await createUnscopedLinkStore(transaction).lockWithin(LOCK_WAIT_MS_MAX);
      const at = clock.now();
      const stores = {
        store: createUnscopedGoldenStore(transaction),
        records: createUnscopedFusingStore(transaction, analytics),
        events: createUnscopedEventStore(transaction),
        choosing: createUnscopedChoosingStore(transaction),
      };
      return work({
        transaction,
        at,
        async refreshed(ids, cause) {
          const result = await refresh(stores, { cause, belonging, at, ids, made: new Set() });
          touched.push(...result.touched);
        },
      });
    });
    for (const one of touched) events.publish('fuse.enterprise.changed', { ...one, run: null });
    return answer;
  };
}
