import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CollectorReport, type Gap, PointKey, REPORT_GAPS_MAX } from '@ronghe/contracts';
import { pause } from './backoff.ts';
import { createBatcher } from './buffer/batcher.ts';
import { openBuffer } from './buffer/buffer.ts';
import type { Clock } from './clock.ts';
import { type Conditioner, createConditioner } from './conditioning/conditioner.ts';
import { Conditions } from './conditioning/options.ts';
import { createTally } from './conditioning/tally.ts';
import type { EdgeConfig } from './config.ts';
import type { Connector, TellGap } from './connector.ts';
import { openConnector } from './connectors/registry.ts';
import { createDelivery } from './delivery/delivery.ts';
import { createHttpTransport } from './delivery/http.transport.ts';
import { createRefused } from './delivery/refused.ts';
import type { Transport } from './delivery/transport.ts';
import type { Log } from './log.ts';
import { createReporter } from './report.ts';

/** Version told to the platform in reports. */
export const EDGE_VERSION = '0.1.0';

/** Protocols that read what was recorded long ago. */
const ARCHIVES: ReadonlySet<string> = new Set(['file', 'sql']);

const GAP_REASON_LENGTH_MAX = 200;

/** A source that can wait does so while the buffer is fuller than this, so that its samples never push out others. */
const FULL_SHARE = 0.7;
const FULL_WAIT_MS = 200;

type GapCounts = { count: number; filled: number };

export type Collector = {
  /** Resolves when all connections have been started; a peer that is absent does not delay it. */
  start(): Promise<void>;
  /** Stops in reverse: connections, what they read to disk, delivery, buffer. */
  stop(): Promise<void>;
  report(): CollectorReport;
};

/**
 * One collector: connections emit into the buffer, delivery empties it. Throws ConfigError for a connection
 * that its connector does not understand, BufferLockedError and BufferOwnerError from the buffer.
 */
export async function createCollector(options: {
  config: EdgeConfig;
  log: Log;
  clock: Clock;
}): Promise<Collector> {
  const { config, log, clock } = options;
  const { folder } = config.buffer;
  const opened = await Promise.all(config.connections.map((each, index) => openConnector(each, index)));
  const tally = createTally();
  const buffer = await openBuffer({
    onGiveUp: tally.gaveUp,
    folder,
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
  const connectors: Connector[] = [];
  const gaps: GapCounts[] = [];
  const recentGaps: Gap[] = [];
  const conditioners: Conditioner[] = [];
  for (const [index, open] of opened.entries()) {
    const name = config.connections[index]?.name ?? '';
    const own = join(folder, 'connections', name);
    await mkdir(own, { recursive: true, mode: 0o700 });
    const ownLog = log.child({ connection: name });
    gaps.push({ count: 0, filled: 0 });
    const gap: TellGap = (told) => {
      const sum = gaps[index] as GapCounts;
      sum.count += 1;
      sum.filled += told.filled ?? 0;
      ownLog.warn({ gap: told }, 'a time without data');
      recentGaps.push({
        connection: name,
        from: new Date(told.fromMs).toISOString(),
        to: new Date(told.toMs).toISOString(),
        points: told.points,
        filled: told.filled,
        reason: told.reason.slice(0, GAP_REASON_LENGTH_MAX),
      });
      if (recentGaps.length > REPORT_GAPS_MAX) recentGaps.shift();
    };
    const conditioner = createConditioner({
      emit: batcher.emit,
      conditions: conditionsOf(config.connections[index]),
      tally,
      clock,
      checksClock: !ARCHIVES.has(config.connections[index]?.protocol ?? ''),
    });
    conditioners.push(conditioner);
    const settled = async (signal: AbortSignal): Promise<void> => {
      conditioner.flush();
      await batcher.flush();
      while (buffer.status().bytes > config.buffer.bytesMax * FULL_SHARE && !signal.aborted)
        await pause(FULL_WAIT_MS, signal);
    };
    connectors.push(open({ emit: conditioner.emit, settled, gap, log: ownLog, clock, folder: own }));
  }
  const refused = createRefused(join(folder, 'refused'), log);
  const delivery = createDelivery({
    buffer,
    transport: await transportOf(config),
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
      connections: connectors.map((connector, index) => ({
        ...connector.state(),
        gaps: gaps[index],
        pointsSilent: conditioners[index]?.silent(),
      })),
      recentGaps: [...recentGaps],
    };
  };
  const reporter = createReporter({ url: config.server.url, key: config.server.key, report, log });

  return {
    async start() {
      delivery.start();
      reporter.start();
      await Promise.all(connectors.map((connector) => connector.start()));
      log.info({ connections: connectors.length }, 'the collector has started');
    },
    async stop() {
      // First what is in memory, in case a peer makes its connection slow to stop.
      await batcher.flush();
      await Promise.allSettled(connectors.map((connector) => connector.stop()));
      for (const conditioner of conditioners) conditioner.stop();
      await batcher.flush();
      await reporter.stop();
      await delivery.stop();
      await buffer.close();
      log.info('the collector has stopped');
    },
    report,
  };
}

/**
 * How the samples of each point are treated, by key; points that a connector makes of what it finds have no such options.
 * Protocols list their points in different depths, and none of them calls anything else `key` beside these options.
 */
function conditionsOf(part: unknown, found = new Map<string, Conditions>()): Map<string, Conditions> {
  if (typeof part !== 'object' || part === null) return found;
  const told = Conditions.extend({ key: PointKey }).safeParse(part);
  if (told.success) found.set(told.data.key, told.data);
  for (const inner of Object.values(part)) conditionsOf(inner, found);
  return found;
}

/** The MQTT library is loaded only when batches travel that way. */
async function transportOf(config: EdgeConfig): Promise<Transport> {
  const { url, key, transport, mqttUrl } = config.server;
  if (transport !== 'mqtt' || mqttUrl === undefined) return createHttpTransport({ url, key });
  const { createMqttTransport } = await import('./delivery/mqtt.transport.ts');
  return createMqttTransport({ url: mqttUrl, collector: config.collector, key });
}
