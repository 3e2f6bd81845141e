import { demandRoot, type Scope } from '#platform/auth/scope.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createUnscopedRecordStore } from '../sources/records.store.ts';
import { createUnscopedRetentionStore, type KeptSource, type Removed } from './retention.store.ts';
import { removableBelow } from './retention.ts';

export type Retention = {
  /**
   * Removes, of runs that are older than they are kept, versions of rows that were followed by others, rejected rows, problems,
   * breaches, profiles and results of rules; never what readers see, what runs that are kept show, or what golden values
   * are from. Audited for each source, and told in the ledger.
   * @returns what was removed, and of how many sources
   * @throws ROOT_REQUIRED, because it is the same for the whole installation
   */
  removeExpired(scope: Scope, signal: AbortSignal): Promise<Removed & { sources: number; runs: number }>;
};

/** How long the details of runs are kept: as the source says, else as the platform is configured. */
export function createRetention({ relational, analytics, audit, clock, config }: Platform): Retention {
  const db = relational.as<FuseTables>();
  const records = createUnscopedRecordStore(db, analytics);
  const store = createUnscopedRetentionStore({ db, analytics, cluster: config.clickhouseCluster });

  async function removeOf(scope: Scope, source: KeptSource) {
    const now = clock.now();
    const keeping = { days: source.days ?? config.fuseRunDays, runs: source.runs ?? config.fuseRunsKept };
    const below = removableBelow(await store.runs(source.id), keeping, now);
    if (below === null || below <= source.done) return null;
    const visible = (await records.visible([source.id])).get(source.id) ?? { upTo: 0, except: [] };
    const expiring = { source, visible, below };
    const runs = await store.tell(expiring, now);
    const removed = {
      versions: await store.removeVersions(expiring),
      ...(await store.removeOfRuns(expiring)),
    };
    await audit.record(scope, {
      action: 'fuse:retention:delete',
      target: `source:${source.id}`,
      organisation: source.organisation,
      after: { runs, ...removed, kept: keeping },
    });
    await store.done(expiring);
    return { runs, ...removed };
  }

  return {
    async removeExpired(scope, signal) {
      demandRoot(scope);
      const total = { sources: 0, runs: 0, versions: 0, rejects: 0, problems: 0, breaches: 0 };
      for (const source of await store.sources()) {
        signal.throwIfAborted();
        const removed = await removeOf(scope, source);
        if (!removed) continue;
        total.sources += 1;
        for (const key of Object.keys(removed) as (keyof typeof removed)[]) total[key] += removed[key];
      }
      return total;
    },
  };
}
