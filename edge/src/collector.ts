import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CollectorReport } from '@ronghe/contracts';
import { createBatcher } from './buffer/batcher.ts';
import { openBuffer } from './buffer/buffer.ts';
import type { Clock } from './clock.ts';
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
  const buffer = await openBuffer({
    folder,
    source: config.collector,
    bytesMax: config.buffer.bytesMax,
    log,
  });
  const batcher = createBatcher({
    append: buffer.append,
    flushMs: config.buffer.flushMs,
    batchSamplesMax: config.buffer.batchSamplesMax,
    clock,
    log,
  });
  const connectors: Connector[] = [];
  const gaps: GapCounts[] = [];
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
    };
    connectors.push(open({ emit: batcher.emit, gap, kept: batcher.flush, log: ownLog, clock, folder: own }));
  }
  const refused = createRefused(join(folder, 'refused'), log);
  const delivery = createDelivery({ buffer, transport: await transportOf(config), refused, clock, log });
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
      bufferBytesMax: config.buffer.bytesMax,
      samplesRead: read.samplesRead,
      samplesSent: delivery.counts().samplesSent,
      samplesDropped: read.samplesDropped + status.samplesDropped,
      connections: connectors.map((connector, index) => ({ ...connector.state(), gaps: gaps[index] })),
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
      await batcher.flush();
      await reporter.stop();
      await delivery.stop();
      await buffer.close();
      log.info('the collector has stopped');
    },
    report,
  };
}

/** The MQTT library is loaded only when batches travel that way. */
async function transportOf(config: EdgeConfig): Promise<Transport> {
  const { url, key, transport, mqttUrl } = config.server;
  if (transport !== 'mqtt' || mqttUrl === undefined) return createHttpTransport({ url, key });
  const { createMqttTransport } = await import('./delivery/mqtt.transport.ts');
  return createMqttTransport({ url: mqttUrl, collector: config.collector, key });
}
