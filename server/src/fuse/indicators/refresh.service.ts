import { type IndicatorCode, STATISTIC_CODES } from '@ronghe/contracts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createKeeper, type WorkedOff } from '../keeper.ts';
import { createUnscopedRefreshStore, type FiguresOf } from './refresh.store.ts';
import type { Months, Reported } from './statistics.ts';
import { figuresOf } from './statistics.ts';
import { createVersionStore } from './versions.store.ts';

/** Enterprises brought up to date in one transaction: some 300,000 figures of ten years. */
const BATCH_ENTERPRISES = 150;
/** How long a change that no run made (a merge by a person) may go unnoticed. */
export const REFRESH_LOOK_MS = 4_000;

type Parts = Pick<Platform, 'relational' | 'analytics' | 'log'>;

/**
 * Keeps the figures by month up with links, enterprises and published values. What changed is noted by PostgreSQL itself; each
 * batch is made anew from the published versions and shown at once, so that doing it again, or after a crash, changes nothing.
 */
export function createIndicatorRefresh({ relational, analytics, log: parent }: Parts) {
  const db = relational.as<FuseTables>();
  const versions = createVersionStore(db, analytics);
  const log = parent.child({ scope: 'fuse' });

  async function batch(after: number): Promise<WorkedOff | null> {
    return db.transaction().execute(async (transaction) => {
      const store = createUnscopedRefreshStore(transaction, analytics);
      await store.lockUntilCommit();
      const waiting = await store.waiting(BATCH_ENTERPRISES, after);
      if (waiting.length === 0) return null;
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
      return store.done(waiting);
    });
  }

  const keeper = createKeeper({
    batch,
    state: () => createUnscopedRefreshStore(db, analytics).state(),
    everyMs: REFRESH_LOOK_MS,
    log,
    what: 'figures of indicators',
  });
  return {
    ...keeper,
    /** How many enterprises wait. */
    waiting: () => createUnscopedRefreshStore(db, analytics).waitingCount(),

    /** Notes every enterprise, so that all figures are made anew from the published values. */
    noteAll: () => createUnscopedRefreshStore(db, analytics).noteAll(),
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
