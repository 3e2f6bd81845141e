import type { Collect } from '#collect';
import type { Http } from '#platform/http/http.ts';
import { createMqtt } from '#platform/mqtt/mqtt.ts';
import type { Domain, Platform } from '#platform/platform.ts';
import { createBlockStore } from './journal/block.store.ts';
import { openJournalOf } from './journal/open.ts';
import { createWriter } from './journal/writer.service.ts';
import { latestRoutes } from './latest/latest.routes.ts';
import { createLatest, type Latest } from './latest/latest.service.ts';
import { createLiveStreams } from './latest/live.ts';
import { lineProtocolRoutes } from './line-protocol/line-protocol.routes.ts';
import { createLineProtocol } from './line-protocol/line-protocol.service.ts';
import { createBatchTopic } from './mqtt/batch-topic.ts';
import { createAccounting } from './observations/accounting.ts';
import { createDeliveryStore } from './observations/deliveries.store.ts';
import { createIntake } from './observations/intake.service.ts';
import { observationRoutes } from './observations/observations.routes.ts';
import { createObservations, type Observations } from './observations/observations.service.ts';
import { createObservationStore } from './observations/observations.store.ts';
import { createQueue } from './observations/queue.ts';
import { createSeriesClock } from './observations/series-clock.ts';
import { rejectRoutes } from './rejects/rejects.routes.ts';
import { createRejects } from './rejects/rejects.service.ts';
import { createRejectStore } from './rejects/rejects.store.ts';
import { statisticsRoutes } from './statistics/statistics.routes.ts';
import { createStatistics, type Statistics } from './statistics/statistics.service.ts';
import { createStatisticsStore } from './statistics/statistics.store.ts';

export type { Latest } from './latest/latest.service.ts';
export { ingestMigrations } from './migrations.ts';
export type { Observations } from './observations/observations.service.ts';
export type { Statistics } from './statistics/statistics.service.ts';

const INSERTS_MAX = 4;
const STOP_TIMEOUT_MS = 10_000;
/** With an engine that several processes may write to, newest values in memory are read again after this time. */
const LATEST_REFRESH_MS = 2_000;

/** The domain `ingest`: what the domains ahead may use of it. */
export type Ingest = Domain & {
  observations: Observations;
  latest: Latest;
  statistics: Statistics;
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
  const store = createObservationStore({ analytics });
  const queue = createQueue({ samplesMax: config.ingestQueueSamplesMax, insertsMax: INSERTS_MAX });
  const latest = createLatest({ store, points, clock, log, refreshMs });
  const rejects = createRejects({ store: createRejectStore({ relational }), metrics, log });
  const statistics = createStatistics({ store: createStatisticsStore({ relational }), points, clock, log });
  const accounting = createAccounting({ clock: createSeriesClock(), latest, events, metrics });
  const blocks = createBlockStore({ analytics, relational });
  const writer = createWriter({
    open: () => openJournalOf({ config, store: blocks, log }),
    async store(block, journal) {
      await blocks.insertUnscoped(block);
      await blocks.recordUnscoped(journal, block.last, accounting.count(block), clock.now());
      accounting.tell(block);
    },
    rowsMax: config.ingestQueueSamplesMax,
    log,
  });
  const intake = createIntake({
    queue,
    writer,
    accounting,
    points,
    observations: store,
    deliveries: createDeliveryStore({ relational }),
    latest,
    rejects,
    events,
    metrics,
    clock,
    ids,
    config,
    log,
  });
  const observations = createObservations({ intake, store, points, collectors, clock });
  const lines = createLineProtocol({ intake, clock, config });
  const streams = createLiveStreams();
  const accept = createBatchTopic({ observations, collectors, config, log });
  const mqtt = createMqtt({ config, auth, log, metrics, accept });
  let mqttPort: number | null = null;
  metrics.gauge(
    'ronghe_ingest_queue_samples',
    'Samples waiting to be stored',
    () => queue.samples() + writer.rows(),
  );
  metrics.gauge('ronghe_ingest_live_connections', 'Open live streams', streams.count);

  return {
    name: 'ingest',
    observations,
    latest,
    statistics,
    mqttPort: () => mqttPort,
    routes: async (app: Http) => {
      await app.register(observationRoutes(observations));
      await app.register(latestRoutes({ latest, streams, auth }));
      await app.register(rejectRoutes(rejects));
      await app.register(statisticsRoutes(statistics));
      await app.register(lineProtocolRoutes({ lines, config, log }));
    },
    async start() {
      await writer.start();
      latest.start();
      statistics.start();
      mqttPort = await mqtt.start();
    },
    async stop() {
      const [finished, stored] = await Promise.all([
        queue.close(STOP_TIMEOUT_MS),
        writer.close(STOP_TIMEOUT_MS),
      ]);
      if (!finished)
        log.error({ samples: queue.samples() }, 'stopped before everything in flight was stored');
      if (!stored)
        log.warn({ rows: writer.rows() }, 'the journal keeps what was not stored; the next start stores it');
      await mqtt.stop();
      mqttPort = null;
      streams.close();
      latest.stop();
      statistics.stop();
    },
  };
}
