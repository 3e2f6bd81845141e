import type { Kysely } from 'kysely';
import type { Scope } from '#platform/auth/scope.ts';
import type { Clock } from '#platform/clock/clock.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createUnscopedLandingStore } from './landing/landing.store.ts';
import { createUnscopedRecordStore } from './records.store.ts';
import { createRunProgressStore } from './run-progress.store.ts';
import { createRunStore, type RunRow } from './runs.store.ts';
import type { SourceRow } from './sources.store.ts';
import { createWithdrawalStore } from './withdrawal.store.ts';

type Parts = { db: Kysely<FuseTables>; analytics: Analytics; clock: Clock };

/**
 * Shows to readers what a run landed, after it was audited. One row of PostgreSQL makes the whole run visible at once; what
 * follows from it (monthly values, enterprises that wait to be fused) may be done again after a crash.
 */
export function createPublishing({ db, analytics, clock }: Parts) {
  const landing = createUnscopedLandingStore(db, analytics);
  const records = createUnscopedRecordStore(db, analytics);
  const [progress, runs] = [createRunProgressStore(db), createRunStore(db)];
  const withdrawals = createWithdrawalStore(db);
  return {
    /**
     * Takes back what `run.withdraws` showed: readers see what they saw before it, and its enterprises wait to be fused again.
     * Done again after a crash it changes nothing.
     */
    async withdraw(scope: Scope, run: RunRow, source: SourceRow): Promise<void> {
      const target = await runs.find(scope, run.withdraws ?? '');
      if (!target) return;
      const visible = (await records.visible([source.id])).get(source.id) ?? { upTo: 0, except: [] };
      const before = {
        upTo: target.number - 1,
        except: visible.except.filter((number) => number < target.number),
      };
      const [counted, published] = [
        await records.count(source.id, before, source.mapping),
        await withdrawals.published(scope, source.id, 2),
      ];
      const last = published.find(({ id }) => id !== target.id);
      const bookmark = last?.delivered?.bookmark ?? null;
      await withdrawals.unpublish(scope, target, { bookmark, rows: counted.rows, older: counted.older });
      if (source.target === 'dataset') return;
      const by = { source: source.id, run: run.id, number: run.number, atMs: Date.parse(run.startedAt) };
      await landing.withdrawIndicators(by, { number: target.number, before });
      await landing.markPending({ source: source.id, number: target.number });
    },

    async publish(scope: Scope, run: RunRow, source: SourceRow): Promise<void> {
      const by = { source: source.id, run: run.id, number: run.number, atMs: Date.parse(run.startedAt) };
      const visible = (await records.visible([source.id])).get(source.id) ?? { upTo: 0, except: [] };
      const before = { upTo: run.number - 1, except: visible.except.filter((number) => number < run.number) };
      const { versions } = await landing.written(by);
      const now = { upTo: run.number, except: before.except };
      const counted = versions === 0 ? null : await records.count(source.id, now, run.mapping);
      await progress.publish(scope, run, {
        at: clock.now(),
        ...(counted ?? { rows: source.rows, older: null }),
      });
      if (versions === 0 || source.target === 'dataset') return;
      await landing.publishIndicators(by, before);
      await landing.markPending(by);
    },
  };
}
export type Publishing = ReturnType<typeof createPublishing>;
