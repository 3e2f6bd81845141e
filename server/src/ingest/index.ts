import type { Collect } from '#collect';
import type { DatasetOffer } from '#platform/datasets/offer.ts';
import type { Http } from '#platform/http/http.ts';
import type { Domain, Platform } from '#platform/platform.ts';
import { type Changes, createUnscopedChangeStore } from './changes/changes.store.ts';
import { createBodyGate } from './doors/body-gate.ts';
import { createBodyPool } from './doors/body-pool.ts';
import { createDoorService } from './doors/door.service.ts';
import { doorListRoutes } from './doors/door-list.routes.ts';
import { createDoors } from './doors/door-list.service.ts';
import { influxV1Routes } from './influx/influx-v1.routes.ts';
import { influxV2Routes } from './influx/influx-v2.routes.ts';
import { type BlockStore, createBlockStore } from './journal/block.store.ts';
import { openJournalOf } from './journal/open.store.ts';
import { type Block, createWriter } from './journal/writer.service.ts';
import { jsonRoutes } from './json/json.routes.ts';
import { latestRoutes } from './latest/latest.routes.ts';
import { createLatest, type Latest } from './latest/latest.service.ts';
import { createLiveStreams } from './latest/live.ts';
import { ledgerRoutes } from './ledger/ledger.routes.ts';
import { createLedgers } from './ledger/ledger.service.ts';
import { createLedgerStore } from './ledger/ledger.store.ts';
import { createLineProtocol } from './line-protocol/line-protocol.service.ts';
import { createBatchTopic } from './mqtt/batch-topic.ts';
import { createMessaging } from './mqtt/messaging.service.ts';
import { type Accounting, createAccounting } from './observations/accounting.ts';
import { createBucketStore } from './observations/buckets.store.ts';
import { createDeliveryStore } from './observations/deliveries.store.ts';
import { createIntake } from './observations/intake.service.ts';
import { observationRoutes } from './observations/observations.routes.ts';
import { createObservations, type Observations } from './observations/observations.service.ts';
import { createObservationStore } from './observations/observations.store.ts';
import { unscopedObservationOffer } from './observations/offer.store.ts';
import { createQueue } from './observations/queue.ts';
import { createSeriesClock } from './observations/series-clock.ts';
import { otlpRoutes } from './otlp/otlp.routes.ts';
import { rejectRoutes } from './rejects/rejects.routes.ts';
import { createRejects, type Rejects } from './rejects/rejects.service.ts';
import { createRejectStore } from './rejects/rejects.store.ts';
import { remoteWriteRoutes } from './remote-write/remote-write.routes.ts';
import { deleteExpiredJob } from './retention/retention.jobs.ts';
import { retentionRoutes } from './retention/retention.routes.ts';
import { createRetention } from './retention/retention.service.ts';
import { createUnscopedRetentionStore } from './retention/retention.store.ts';
import { remembering } from './rollups/rollup-memory.ts';
import { rollupRoutes } from './rollups/rollups.routes.ts';
import { createRollups, type Rollups } from './rollups/rollups.service.ts';
import { createUnscopedRollupStore } from './rollups/rollups.store.ts';
import { statisticsRoutes } from './statistics/statistics.routes.ts';
import { createStatistics, type Statistics } from './statistics/statistics.service.ts';
import { createStatisticsStore } from './statistics/statistics.store.ts';

export type { Changes } from './changes/changes.store.ts';
export type { Latest } from './latest/latest.service.ts';
export { ingestMigrations } from './migrations.ts';
export type { Observations } from './observations/observations.service.ts';
export type { Statistics } from './statistics/statistics.service.ts';

const STOP_TIMEOUT_MS = 10_000;
/** How many bodies of the largest size the doors hold at one moment. */
const BODIES_MAX = 4;
/** With an engine that several processes may write to, newest values in memory are read again after this time. */
const LATEST_REFRESH_MS = 2_000;

/** The domain `ingest`: what the domains ahead may use of it. */
export type Ingest = Domain & {
  observations: Observations;
  latest: Latest;
  statistics: Statistics;
  rollups: Rollups;
  changes: Changes;
  /** what may be shared of this room */
  datasets: readonly DatasetOffer[];
  /** TCP port of the MQTT broker; null while it is not started */
  mqttPort(): number | null;
};

type Options = {
  collect: Collect;
  /** for tests; otherwise by the kind of engine */
  latestRefreshMs?: number;
};

/**
 * Builds the domain. `start` opens the MQTT broker; `stop` takes nothing new, finishes what is in flight within ten
 * seconds, then closes broker and live streams.
 */
export function ingest(platform: Platform, { collect, latestRefreshMs }: Options): Ingest {
  const { config, auth, clock, ids, events, metrics, relational, analytics } = platform;
  const { points, collectors } = collect;
  const log = platform.log.child({ scope: 'ingest' });
  const refreshMs =
    latestRefreshMs ?? (analytics.kind === 'embedded' ? Number.POSITIVE_INFINITY : LATEST_REFRESH_MS);
  const queue = createQueue({ samplesMax: config.ingestQueueSamplesMax });
  const engines = { relational, analytics, cluster: config.clickhouseCluster };
  const rollupStore = createUnscopedRollupStore(engines);
  const rolled = remembering(rollupStore, analytics.kind);
  const store = createObservationStore({ analytics, state: rolled.state });
  const latest = createLatest({ store, points, clock, log, refreshMs });
  const rejects = createRejects({ store: createRejectStore({ relational }), metrics, log });
  const statistics = createStatistics({ store: createStatisticsStore({ relational }), points, clock, log });
  const accounting = createAccounting({ clock: createSeriesClock(), latest, events, metrics });
  const blocks = createBlockStore({ analytics, relational });
  const writer = createWriter({
    open: () => openJournalOf({ config, store: blocks, log }),
    store: storeBlock({ blocks, accounting, rejects, clock, log }),
    rowsMax: config.ingestQueueSamplesMax,
    log,
  });
  const intake = createIntake({
    queue,
    writer,
    accounting,
    points,
    deliveries: createDeliveryStore({ relational }),
    rejects,
    events,
    metrics,
    clock,
    ids,
    config,
    log,
  });
  const everyMs = config.ingestRollupSeconds * 1000;
  const rollups = createRollups({ store: rolled.store, metrics, clock, log, everyMs });
  const retention = createRetention({
    store: createUnscopedRetentionStore(engines),
    rollups,
    alone: rollupStore.alone,
    closed: rolled.closed,
    audit: platform.audit,
    clock,
    config,
  });
  const buckets = createBucketStore({ analytics, state: rolled.state });
  const observations = createObservations({ intake, store, buckets, points, collectors, clock });
  const ledgers = createLedgers({ store: createLedgerStore({ analytics }), points, clock });
  const lines = createLineProtocol({ intake, points, clock, config });
  const door = {
    doors: createDoorService({ intake, clock }),
    pool: createBodyPool(),
    gate: createBodyGate({ bytesMax: BODIES_MAX * Math.max(config.ingestBodyBytesMax, config.bodyBytesMax) }),
    config,
    log,
  };
  const streams = createLiveStreams();
  const batches = createBatchTopic({ observations, collectors, config, log });
  const messaging = createMessaging({ config, auth, clock, ids, metrics, log, intake, batches });
  let mqttPort: number | null = null;
  const doorList = createDoors({ config, mqttPort: () => mqttPort });
  metrics.gauge(
    'ronghe_ingest_queue_samples',
    'Samples waiting to be stored; texts count by their length',
    () => queue.samples() + writer.rows(),
  );
  metrics.gauge('ronghe_ingest_live_connections', 'Open live streams', streams.count);

  return {
    name: 'ingest',
    observations,
    latest,
    statistics,
    rollups,
    changes: createUnscopedChangeStore({ analytics, settledS: rollupStore.settledS }),
    datasets: [unscopedObservationOffer({ points: collect.pointRows, refresh: collect.freshenPoints })],
    mqttPort: () => mqttPort,
    routes: async (app: Http) => {
      await app.register(observationRoutes(observations));
      await app.register(latestRoutes({ latest, streams, auth }));
      await app.register(rejectRoutes(rejects));
      await app.register(statisticsRoutes(statistics));
      await app.register(retentionRoutes(retention));
      await app.register(rollupRoutes(rollups));
      await app.register(ledgerRoutes(ledgers));
      await app.register(doorListRoutes(doorList));
      await app.register(influxV1Routes({ ...door, lines }));
      await app.register(influxV2Routes({ ...door, lines }));
      await app.register(remoteWriteRoutes(door));
      await app.register(otlpRoutes(door));
      await app.register(jsonRoutes(door));
    },
    rest: writer.rest,
    async start() {
      await writer.start();
      latest.start();
      await statistics.start();
      platform.jobs.define(deleteExpiredJob(retention));
      rollups.start();
      mqttPort = await messaging.start();
    },
    async stop() {
      await messaging.leave();
      // What is in the queue goes on into the journal, so the journal closes after it, within the same ten seconds.
      const beganAt = performance.now();
      const finished = await queue.close(STOP_TIMEOUT_MS);
      const stored = await writer.close(Math.max(0, STOP_TIMEOUT_MS - (performance.now() - beganAt)));
      if (!finished)
        log.error({ samples: queue.samples() }, 'stopped before everything in flight was stored');
      if (!stored)
        log.warn({ rows: writer.rows() }, 'the journal keeps what was not stored; the next start stores it');
      await messaging.stop();
      mqttPort = null;
      streams.close();
      latest.stop();
      statistics.stop();
      await rollups.stop();
    },
  };
}

type Storing = {
  blocks: BlockStore;
  accounting: Accounting;
  rejects: Rejects;
  clock: Platform['clock'];
  log: Platform['log'];
};

/** A block of the journal goes into the tables, is recorded, and then told to memory and listeners. */
const storeBlock =
  ({ blocks, accounting, rejects, clock, log }: Storing) =>
  async (block: Block, journal: string): Promise<void> => {
    await blocks.insertUnscoped(block);
    await blocks.recordUnscoped(journal, block, accounting.count(block), clock.now());
    accounting.tell(block);
    const kept = block.frames.reduce((sum, { batch }) => sum + (batch?.rejects.length ?? 0), 0);
    // Only tidies up: a block that is recorded must not be stored again because of it.
    if (kept > 0)
      rejects
        .added(kept)
        .catch((error: unknown) => log.warn({ err: error }, 'the rejects list was not pruned'));
  };
