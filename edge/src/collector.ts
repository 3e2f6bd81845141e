import { join } from 'node:path';
import type { AppliedConfiguration, CollectorReport } from '@ronghe/contracts';
import { AGENT_WAIT_SECONDS_MAX } from '@ronghe/contracts';
import { pause } from './backoff.ts';
import { createBatcher } from './buffer/batcher.ts';
import { openBuffer } from './buffer/buffer.ts';
import type { Clock } from './clock.ts';
import { createTally } from './conditioning/tally.ts';
import type { EdgeConfig } from './config.ts';
import { createConnections } from './connections.ts';
import { BROWSABLE } from './connectors/registry.ts';
import { createDelivery } from './delivery/delivery.ts';
import { createHttpTransport } from './delivery/http.transport.ts';
import { createRefused } from './delivery/refused.ts';
import type { Transport } from './delivery/transport.ts';
import { createAgent, type Pauses, schemas } from './fleet/agent.ts';
import { createFleetClient } from './fleet/client.ts';
import { openConfiguration } from './fleet/configuration.ts';
import { TRIALS_FOLDER } from './fleet/drafts.ts';
import { createQuestions } from './fleet/questions.ts';
import type { Log } from './log.ts';
import { createReporter } from './report.ts';

/** Version told to the platform in reports. */
export const EDGE_VERSION = '0.1.0';

/** A source that can wait does so while the buffer is fuller than this, so that its samples never push out others. */
const FULL_SHARE = 0.7;
const FULL_WAIT_MS = 200;

export type Collector = {
  /** Resolves when all connections have been started; a peer that is absent does not delay it. */
  start(): Promise<void>;
  /** Stops in reverse: connections, what they read to disk, delivery, buffer. */
  stop(): Promise<void>;
  /**
   * Goes over to a version of the platform, or refuses it as a whole and goes on by the old one, as the result says.
   * Connections that are the same run on undisturbed. Rejects when it could not be kept on disk.
   */
  apply(version: number, connections: unknown): Promise<AppliedConfiguration>;
  report(): CollectorReport;
};

/**
 * One collector: connections emit into the buffer, delivery empties it, and the platform may ask it. Throws ConfigError for
 * a connection that its connector does not understand, BufferLockedError and BufferOwnerError from the buffer.
 */
export async function createCollector(options: {
  config: EdgeConfig;
  log: Log;
  clock: Clock;
  /** for tests, which do not wait as long as a plant may */
  agent?: { pauses?: Partial<Pauses>; waitSeconds?: number; keepMs?: number };
}): Promise<Collector> {
  const { config, log, clock } = options;
  const { folder } = config.buffer;
  const configuration = await openConfiguration(config, log);
  const tally = createTally();
  const buffer = await openBuffer({
    onGiveUp: tally.gaveUp,
    folder,
    clock,
    source: config.collector,
    bytesMax: config.buffer.bytesMax,
    log,
  });
  const batcher = createBatcher({
    tally,
    append: buffer.append,
    flushMs: config.buffer.flushMs,
    batchSamplesMax: config.buffer.batchSamplesMax,
    clock,
    log,
  });
  const connections = await createConnections(configuration.first, {
    folder: configuration.ground.connectionsFolder,
    emit: batcher.emit,
    async settled(signal) {
      await batcher.flush();
      while (buffer.status().bytes > config.buffer.bytesMax * FULL_SHARE && !signal.aborted)
        await pause(FULL_WAIT_MS, signal);
    },
    kept: batcher.kept,
    tally,
    log,
    clock,
  });
  const refused = createRefused(join(folder, 'refused'), log);
  const transport = await transportOf(config, clock);
  const delivery = createDelivery({
    buffer,
    transport,
    refused,
    clock,
    log,
    replaySamplesPerSecond: config.buffer.replaySamplesPerSecond,
  });
  const startedAt = clock.now().toISOString();

  const report = (): CollectorReport => {
    const status = buffer.status();
    const read = batcher.counts();
    return {
      collector: config.collector,
      version: EDGE_VERSION,
      startedAt,
      epoch: status.epoch,
      sequence: status.sequence,
      acknowledged: status.acknowledged,
      bufferBytes: status.bytes,
      bufferBytesReplayed: status.bytesReplayed,
      bufferBytesMax: config.buffer.bytesMax,
      samplesRead: read.samplesRead,
      samplesSent: delivery.counts().samplesSent,
      samplesDropped: read.samplesDropped + status.samplesDropped,
      delivery: {
        ...(transport.link() ?? { family: null, latencyMs: null }),
        lagMs: Math.round(status.oldestAgeMs.live ?? 0),
        lagReplayedMs: Math.round(status.oldestAgeMs.replay ?? 0),
      },
      connections: connections.states(),
      recentGaps: connections.recentGaps(),
      configuration: configuration.status(),
    };
  };
  const reporter = createReporter({ url: config.server.url, key: config.server.key, report, log });
  const apply = (version: number, wanted: unknown) =>
    configuration.apply(version, wanted, connections.change);
  const trialsFolder = join(folder, TRIALS_FOLDER);
  const agent = createAgent({
    client: createFleetClient({ ...config.server, collector: config.collector }),
    async hello() {
      const offered = configuration.offered();
      return {
        collector: config.collector,
        version: EDGE_VERSION,
        managed: config.managed,
        protocols: await schemas(),
        browsable: [...BROWSABLE],
        ...(offered === null ? {} : { connections: [...offered] }),
      };
    },
    seen: configuration.seen,
    apply: config.managed ? apply : null,
    questions: createQuestions({
      connections,
      ground: configuration.ground,
      trialsFolder,
      clock,
      log,
      ...(options.agent?.keepMs === undefined ? {} : { keepMs: options.agent.keepMs }),
    }),
    trialsFolder,
    collector: config.collector,
    log,
    waitSeconds: options.agent?.waitSeconds ?? AGENT_WAIT_SECONDS_MAX,
    ...(options.agent?.pauses === undefined ? {} : { pauses: options.agent.pauses }),
  });

  return {
    async start() {
      delivery.start();
      reporter.start();
      await connections.start();
      agent.start();
      log.info({ connections: configuration.first.length }, 'the collector has started');
    },
    async stop() {
      // First what is in memory, in case a peer makes its connection slow to stop.
      await batcher.flush();
      await Promise.allSettled([agent.stop(), connections.stop()]);
      await batcher.flush();
      await reporter.stop();
      await delivery.stop();
      await buffer.close();
      log.info('the collector has stopped');
    },
    apply,
    report,
  };
}

/** The MQTT library is loaded only when batches travel that way. */
async function transportOf(config: EdgeConfig, clock: Clock): Promise<Transport> {
  const { url, key, transport, mqttUrl } = config.server;
  if (transport !== 'mqtt' || mqttUrl === undefined) return createHttpTransport({ url, key, clock });
  const { createMqttTransport } = await import('./delivery/mqtt.transport.ts');
  return createMqttTransport({ url: mqttUrl, collector: config.collector, key });
}
