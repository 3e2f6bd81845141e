import type { IngestStatistics } from '@ronghe/contracts';
import type { Points } from '#collect';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { Clock } from '#platform/clock/clock.ts';
import type { Log } from '#platform/log/log.ts';
import type { StatisticsStore } from './statistics.store.ts';

const PRUNE_EVERY_MS = 3_600_000;

/** How much came in. */
export type Statistics = {
  /** Of the scope's organisation and below. @throws PERMISSION_MISSING */
  read(scope: Scope): Promise<IngestStatistics>;
  start(): void;
  stop(): void;
};

type Parts = { store: StatisticsStore; points: Points; clock: Clock; log: Log };

export function createStatistics({ store, points, clock, log }: Parts): Statistics {
  let timer: NodeJS.Timeout | undefined;
  const prune = () => {
    store
      .pruneUnscoped(clock.now())
      .catch((error: unknown) => log.warn({ err: error }, 'old volume slots could not be deleted'));
  };
  return {
    async read(scope) {
      demand(scope, 'ingest:observation:read');
      const [volume, count] = await Promise.all([store.read(scope, clock.now()), points.count(scope)]);
      return {
        observations: volume.observations,
        points: count,
        perSecond: Math.round((volume.storedMinute / 60) * 10) / 10,
        rejectedDay: volume.rejectedDay,
      };
    },
    start() {
      prune();
      timer = setInterval(prune, PRUNE_EVERY_MS);
      timer.unref();
    },
    stop: () => clearInterval(timer),
  };
}
