import { createBackoff } from '../../backoff.ts';
import { type Moment, momentOf, wallMsOf } from '../../clock.ts';
import { emitStale, messageOf, trackConnection } from '../../connection.ts';
import type { Connector, ConnectorContext, PointDescriptor } from '../../connector.ts';
import { createPolling, hostAndPort } from '../../polling.ts';
import { typeOf } from './s7.address.ts';
import { type S7Config, tsapsOf } from './s7.config.ts';
import { openLink } from './s7.link.ts';
import { createReader } from './s7.reader.ts';

/** Polls one SIMATIC S7 controller over one connection. Only reads; nothing is ever written to a PLC. */
export function createS7(context: ConnectorContext<S7Config>): Connector {
  const { config, emit, gap, log, clock } = context;
  const tracker = trackConnection({ ...config, points: config.points.length, clock });
  const descriptors = config.points.map((point) => descriptorOf(config.name, point));
  const backoff = createBackoff({ firstMs: 500, mostMs: 30_000 });
  let stale = false;
  let lostAt: Moment | null = null;
  let answeredAt = momentOf(clock);

  const lose = (reason: unknown): void => {
    const wasConnected = tracker.state().state === 'connected';
    tracker.failed(reason);
    tracker.become('disconnected');
    // Nothing is known since the last answer, not since the loss was noticed.
    if (wasConnected) lostAt = answeredAt;
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
    answeredAt = momentOf(clock);
    if (tracker.state().state === 'connected') return;
    backoff.reset();
    stale = false;
    tracker.become('connected');
    log.info('the PLC answers');
    if (lostAt === null) return;
    gap({
      fromMs: wallMsOf(clock, lostAt),
      toMs: clock.now().getTime(),
      points: descriptors.length,
      filled: null,
      reason: 'link-lost',
    });
    lostAt = null;
  };

  const reader = createReader({
    context,
    descriptors,
    onAnswer: gain,
    onFailed: (count) => tracker.points(descriptors.length, count),
  });

  const polling = createPolling({
    intervalMs: config.intervalMs,
    clock,
    tracker,
    backoff,
    open: (signal) =>
      openLink({
        ...hostAndPort(config.endpoint),
        ...tsapsOf(config),
        timeoutMs: config.timeoutMs,
        signal,
        reached: tracker.reached,
      }),
    opened: ({ pduBytes, jobsMax }) => log.debug({ pduBytes, jobsMax }, 'the PLC has settled the connection'),
    pass: reader.pass,
    lost: lose,
  });
  return { ...polling, state: tracker.state };
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
