import {
  type IngestCounters,
  type IngestStatistics,
  type IngestStats,
  type IngestVolume,
  VOLUME_ORGANISATIONS_MAX,
  type VolumeQuery,
} from '@ronghe/contracts';
import type { Points } from '#collect';
import { covers, demand, type Scope } from '#platform/auth/scope.ts';
import type { Clock } from '#platform/clock/clock.ts';
import type { Log } from '#platform/log/log.ts';
import type { Counters, StatisticsStore } from './statistics.store.ts';
import { bucketMsOf, everyBucket } from './volume.ts';

const HOUR_MS = 3_600_000;
const PRUNE_EVERY_MS = HOUR_MS;

/** How much came in. */
export type Statistics = {
  /** Of the scope's organisation and below. @throws PERMISSION_MISSING */
  read(scope: Scope): Promise<IngestStatistics>;
  /** Counters of the scope's organisation and below, in all and since `start`. @throws PERMISSION_MISSING */
  stats(scope: Scope): Promise<IngestStats>;
  /** The last hours over time and by organisation, of the scope's organisation and below. @throws PERMISSION_MISSING */
  volume(scope: Scope, query: VolumeQuery): Promise<IngestVolume>;
  start(): Promise<void>;
  stop(): void;
};

type Parts = { store: StatisticsStore; points: Points; clock: Clock; log: Log };

export function createStatistics({ store, points, clock, log }: Parts): Statistics {
  let timer: NodeJS.Timeout | undefined;
  let startedAt = clock.now();
  let atStart: (Counters & { organisation: string })[] = [];
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
    async stats(scope) {
      demand(scope, 'ingest:observation:read');
      const total = await store.counters(scope);
      const before = atStart.filter(({ organisation }) => covers(scope, organisation)).reduce(add, NONE);
      const sinceStart = balance(subtract(total, before));
      return { ...balance(total), startedAt: startedAt.toISOString(), sinceStart };
    },
    async volume(scope, { hours }) {
      demand(scope, 'ingest:observation:read');
      const nowMs = clock.now().getTime();
      const bucketMs = bucketMsOf(hours);
      const fromMs = Math.floor((nowMs - hours * HOUR_MS) / bucketMs) * bucketMs;
      const from = new Date(fromMs);
      const [slots, organisations] = await Promise.all([
        store.volume(scope, { from, bucketMs }),
        store.volumeByOrganisation(scope, { from, limit: VOLUME_ORGANISATIONS_MAX + 1 }),
      ]);
      return {
        bucketSeconds: bucketMs / 1000,
        items: everyBucket(slots, { fromMs, toMs: nowMs, bucketMs }).map(({ timeMs, ...counters }) => ({
          time: new Date(timeMs).toISOString(),
          ...balance(counters),
        })),
        organisations: organisations
          .slice(0, VOLUME_ORGANISATIONS_MAX)
          .map(({ organisation, ...counters }) => ({ organisation, ...balance(counters) })),
        truncated: organisations.length > VOLUME_ORGANISATIONS_MAX,
      };
    },
    async start() {
      startedAt = clock.now();
      atStart = await store.countersOfAllUnscoped();
      prune();
      timer = setInterval(prune, PRUNE_EVERY_MS);
      timer.unref();
    },
    stop: () => clearInterval(timer),
  };
}

const NONE: Counters = { stored: 0, rejected: 0, duplicate: 0, late: 0 };
const combine = (a: Counters, b: Counters, sign: 1 | -1): Counters => ({
  stored: a.stored + sign * b.stored,
  rejected: a.rejected + sign * b.rejected,
  duplicate: a.duplicate + sign * b.duplicate,
  late: a.late + sign * b.late,
});
const add = (a: Counters, b: Counters) => combine(a, b, 1);
const subtract = (a: Counters, b: Counters) => combine(a, b, -1);
const balance = ({ stored, rejected, duplicate, late }: Counters): IngestCounters => ({
  received: stored + duplicate + rejected,
  stored,
  duplicate,
  rejected,
  late,
});
