import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createBackoff, pause } from '../../backoff.ts';
import { replaceFile } from '../../buffer/files.ts';
import { emitStale, messageOf, trackConnection } from '../../connection.ts';
import type { Connector, ConnectorContext } from '../../connector.ts';
import { type MqttLink, type MqttMessage, openMqttLink, PACKET_BYTES_MAX } from '../../mqtt-link.ts';
import { readMqttTls } from '../../mqtt-tls.ts';
import type { MqttConfig } from './mqtt.config.ts';
import { createPoints } from './mqtt.points.ts';

/** Filters that the broker refused are asked for again after this. */
const REFUSED_RETRY_MS = 60_000;
/** A connection that held so long was a good one; before that, the next waits longer each time. */
const STEADY_MS = 10_000;
/** A broker that kept messages for us sends them at once; so long is waited before they are counted. */
const BACKLOG_MS = 2_000;
/** The same trouble is logged at most this often. */
const TELL_EVERY_MS = 60_000;
/** Messages of QoS 1 that a broker of version 5 may send before the first is acknowledged. */
const RECEIVE_MAXIMUM = 100;

/** Listens to topics of one MQTT broker. */
export function createMqtt(context: ConnectorContext<MqttConfig>): Connector {
  const { config, emit, log, clock } = context;
  const tracker = trackConnection({ ...config, points: config.points.length, clock });
  const points = createPoints(config, clock);
  const backoff = createBackoff({ firstMs: 500, mostMs: 30_000 });
  const stopping = new AbortController();
  const gaps = createGaps(context);
  const tell = createTeller(context, points.counts);
  let running: Promise<void> = Promise.resolve();
  let isLost = false;

  const take = (message: MqttMessage): void => {
    const { invalid, skipped, unasked } = points.counts;
    const readings = points.take(message);
    // Only when this returns is the message acknowledged.
    if (readings.length > 0) emit(readings);
    gaps.count(readings);
    if (points.counts.invalid > invalid) tell({ topic: message.topic }, 'a message cannot be read');
    if (points.counts.skipped > skipped) tell({ topic: message.topic }, 'fields could not become points');
    if (points.counts.unasked > unasked)
      tell(
        { topic: message.topic },
        'the broker sends what no point asks for, perhaps for an earlier session',
      );
  };

  const lose = (reason: unknown): void => {
    tracker.failed(reason);
    tracker.become('disconnected');
    const nowMs = clock.now().getTime();
    gaps.lost(nowMs);
    if (!isLost) log.warn({ reason: messageOf(reason) }, 'the broker cannot be reached');
    isLost = true;
    emitStale(emit, points.lose(nowMs), nowMs);
  };

  const subscribe = async (link: MqttLink, filters: readonly string[]): Promise<string[]> => {
    const refused = await link.subscribe(filters);
    if (refused.length === 0) return refused;
    log.warn({ topics: refused.slice(0, 20), refused: refused.length }, 'the broker refuses subscriptions');
    const readings = points.refuse(refused);
    if (readings.length > 0) emit(readings);
    return refused;
  };

  /** Follows one connection to its end. Throws the reason. */
  const listen = async (): Promise<void> => {
    const options = await linkOptions(context, take);
    gaps.opening(clock.now().getTime());
    const link = openMqttLink(options);
    const stop = () => void link.close();
    stopping.signal.addEventListener('abort', stop, { once: true });
    if (stopping.signal.aborted) stop();
    const over = new AbortController();
    void link.ended.then(() => over.abort());
    try {
      const { sessionPresent } = await link.connected;
      let refused = await subscribe(link, points.filters);
      if (refused.length === points.filters.length) tracker.failed('the broker refuses all subscriptions');
      const sinceMs = performance.now();
      tracker.become('connected');
      isLost = false;
      log.info({ filters: points.filters.length, sessionPresent }, 'the broker is connected');
      gaps.back(points.sizes().points, sessionPresent);
      while (!over.signal.aborted) {
        await pause(REFUSED_RETRY_MS, over.signal);
        if (refused.length > 0 && !over.signal.aborted) refused = await subscribe(link, refused);
      }
      // A client that has the same id throws us out as soon as we are in, and we it: that must not become a storm.
      if (performance.now() - sinceMs > STEADY_MS) backoff.reset();
      throw await link.ended;
    } finally {
      stopping.signal.removeEventListener('abort', stop);
      await link.close();
    }
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await listen().catch((error: unknown) => {
        if (!stopping.signal.aborted) lose(error);
      });
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
      gaps.stop();
      tracker.become('stopped');
    },
    state() {
      const { points: known, failed } = points.sizes();
      tracker.points(known, failed);
      return tracker.state();
    },
  };
}

async function linkOptions(context: ConnectorContext<MqttConfig>, take: (message: MqttMessage) => void) {
  const { config } = context;
  const isFive = config.version !== '3.1.1';
  return {
    endpoint: config.endpoint,
    level: isFive ? (5 as const) : (4 as const),
    clientId: config.clientId ?? (await ownClientId(context.folder)),
    clean: config.cleanSession,
    keepAliveSeconds: config.keepAliveSeconds,
    username: config.username,
    password: config.password,
    tls: config.tls === undefined ? undefined : await readMqttTls(config.tls),
    properties: isFive
      ? {
          sessionExpiryInterval: config.cleanSession ? 0 : config.sessionSeconds,
          receiveMaximum: RECEIVE_MAXIMUM,
          maximumPacketSize: PACKET_BYTES_MAX,
        }
      : undefined,
    take: (_link: MqttLink, message: MqttMessage) => take(message),
  };
}

/**
 * Made once and kept: a broker knows a session by the id of its client. 22 letters and digits, which every broker of
 * version 3.1.1 has to take (MQTT-3.1.3-5).
 */
async function ownClientId(folder: string): Promise<string> {
  const path = join(folder, 'client-id');
  const kept = await readFile(path, 'utf8').catch(() => '');
  if (/^ronghe[0-9a-f]{16}$/.test(kept)) return kept;
  const made = `ronghe${randomBytes(8).toString('hex')}`;
  await replaceFile(path, made);
  return made;
}

type Gaps = {
  lost(nowMs: number): void;
  /** A connection is tried. */
  opening(nowMs: number): void;
  back(points: number, sessionPresent: boolean): void;
  count(readings: readonly { sample: readonly [number, ...unknown[]] }[]): void;
  stop(): void;
};

/**
 * Tells of times without a connection. A broker that has kept our session delivers what was published meanwhile, from
 * the moment it takes us; these messages are counted by the times they carry, for a moment, before the gap is told.
 */
function createGaps({ clock, gap }: ConnectorContext<MqttConfig>): Gaps {
  let wasUp = false;
  let open: { fromMs: number; openingMs: number; filled: number } | null = null;
  let tell: (() => void) | null = null;

  const tellNow = (): void => {
    tell?.();
    tell = null;
  };

  return {
    lost(nowMs) {
      tellNow();
      if (wasUp) open ??= { fromMs: nowMs, openingMs: nowMs, filled: 0 };
    },
    opening(nowMs) {
      if (open !== null) open.openingMs = nowMs;
    },
    back(points, sessionPresent) {
      wasUp = true;
      if (open === null) return;
      const lost = open;
      const toMs = clock.now().getTime();
      const timer = setTimeout(tellNow, sessionPresent ? BACKLOG_MS : 0);
      tell = () => {
        clearTimeout(timer);
        open = null;
        const filled = sessionPresent ? lost.filled : null;
        gap({ fromMs: lost.fromMs, toMs, points, filled, reason: 'link-lost' });
      };
    },
    count(readings) {
      if (open === null) return;
      const { fromMs, openingMs } = open;
      open.filled += readings.filter(({ sample: [timeMs] }) => timeMs > fromMs && timeMs < openingMs).length;
    },
    stop: tellNow,
  };
}

/** Logs a trouble with the counts since start, and then is quiet for a while. */
function createTeller({ log, clock }: ConnectorContext<MqttConfig>, counts: object) {
  const toldMs = new Map<string, number>();
  return (fields: object, message: string): void => {
    const nowMs = clock.now().getTime();
    if (nowMs - (toldMs.get(message) ?? Number.NEGATIVE_INFINITY) < TELL_EVERY_MS) return;
    toldMs.set(message, nowMs);
    log.warn({ ...fields, ...counts }, message);
  };
}
