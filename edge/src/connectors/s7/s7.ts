import { createBackoff, pause } from '../../backoff.ts';
import { emitStale, messageOf, trackConnection } from '../../connection.ts';
import type { Connector, ConnectorContext, PointDescriptor } from '../../connector.ts';
import { typeOf } from './s7.address.ts';
import { type S7Config, tsapsOf } from './s7.config.ts';
import { type Link, openLink } from './s7.link.ts';
import { createReader } from './s7.reader.ts';

/** Polls of many connections begin spread over this, so that they do not knock together after a power failure. */
const STAGGER_MS_MAX = 250;

/** Polls one SIMATIC S7 controller over one connection. Only reads; nothing is ever written to a PLC. */
export function createS7(context: ConnectorContext<S7Config>): Connector {
  const { config, emit, gap, log, clock } = context;
  const { hostname, port } = new URL(config.endpoint.replace(/^tcp:/, 'http:'));
  const tracker = trackConnection({ ...config, points: config.points.length, clock });
  const descriptors = config.points.map((point) => descriptorOf(config.name, point));
  const backoff = createBackoff({ firstMs: 500, mostMs: 30_000 });
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let stale = false;
  let lostAtMs: number | null = null;

  const lose = (reason: unknown): void => {
    const wasConnected = tracker.state().state === 'connected';
    tracker.failed(reason);
    tracker.become('disconnected');
    if (wasConnected) lostAtMs = clock.now().getTime();
    if (stale) return;
    stale = true;
    log.warn({ reason: messageOf(reason) }, 'the PLC cannot be reached');
    emitStale(
      emit,
      descriptors.map((point) => ({ point })),
      clock.now().getTime(),
    );
  };

  // A connection counts when it has answered a read: some PLCs take connections only to close them at the first.
  const gain = (): void => {
    if (tracker.state().state === 'connected') return;
    backoff.reset();
    stale = false;
    tracker.become('connected');
    log.info('the PLC answers');
    if (lostAtMs === null) return;
    gap({
      fromMs: lostAtMs,
      toMs: clock.now().getTime(),
      points: descriptors.length,
      filled: null,
      reason: 'link-lost',
    });
    lostAtMs = null;
  };

  const reader = createReader({
    context,
    descriptors,
    onAnswer: gain,
    onFailed: (count) => tracker.points(descriptors.length, count),
  });

  const poll = async (link: Link): Promise<void> => {
    log.debug({ pduBytes: link.pduBytes, jobsMax: link.jobsMax }, 'the PLC has settled the connection');
    let nextMs = Date.now();
    while (!link.gone.aborted) {
      await reader.pass(link);
      const nowMs = Date.now();
      nextMs = Math.max(nextMs + config.intervalMs, nowMs);
      await pause(nextMs - nowMs, link.gone);
    }
    throw link.gone.reason;
  };

  const run = async (): Promise<void> => {
    await pause(Math.random() * Math.min(STAGGER_MS_MAX, config.intervalMs), stopping.signal);
    while (!stopping.signal.aborted) {
      let link: Link | null = null;
      try {
        link = await openLink({
          host: hostname.replace(/^\[|\]$/g, ''),
          port: Number(port === '' ? 80 : port),
          ...tsapsOf(config),
          timeoutMs: config.timeoutMs,
          signal: stopping.signal,
        });
        await poll(link);
      } catch (error) {
        if (!stopping.signal.aborted) lose(error);
      } finally {
        link?.close();
      }
      if (!stopping.signal.aborted) await pause(backoff.nextMs(), stopping.signal);
    }
  };

  return {
    async start() {
      tracker.become('connecting');
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
      tracker.become('stopped');
    },
    state: tracker.state,
  };
}

function descriptorOf(connection: string, point: S7Config['points'][number]): PointDescriptor {
  return {
    key: point.key,
    type: typeOf(point),
    connection,
    ...(point.name === undefined ? {} : { name: point.name }),
    ...(point.unit === undefined ? {} : { unit: point.unit }),
    ...(point.equipment === undefined ? {} : { equipment: point.equipment }),
  };
}
