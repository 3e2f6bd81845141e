import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createBackoff, pause } from '../../backoff.ts';
import { replaceFile } from '../../buffer/files.ts';
import { type Moment, momentOf, wallMsOf } from '../../clock.ts';
import { emitStale, messageOf, trackConnection } from '../../connection.ts';
import type { Connector, ConnectorContext } from '../../connector.ts';
import { createFollowing } from '../../following.ts';
import { UNACKNOWLEDGED_MAX } from '../../mqtt-acknowledge.ts';
import { type MqttLink, type MqttMessage, openMqttLink, PACKET_BYTES_MAX } from '../../mqtt-link.ts';
import { readMqttTls } from '../../mqtt-tls.ts';
import { createTopics } from './mqtt.browse.ts';
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

/** Listens to topics of one MQTT broker. */
export function createMqtt(context: ConnectorContext<MqttConfig>): Connector {
  const { config, emit, log, clock } = context;
  const tracker = trackConnection({ ...config, points: config.points.length, clock });
  const points = createPoints(config, clock);
  const backoff = createBackoff({ firstMs: 500, mostMs: 30_000 });
  const gaps = createGaps(context);
  const tell = createTeller(context, points.counts);
  let isLost = false;
  /** Ends the waits of people who look. */
  const looking = new AbortController();
  // Only who takes everything can tell what there is.
  const topics = config.discover.some(({ topic }) => topic === '#') ? createTopics() : null;

  /** Gives what allows the acknowledgement: that it is on disk. */
  const take = (message: MqttMessage): Promise<void> | undefined => {
    topics?.take(message);
    const { invalid, skipped, unasked } = points.counts;
    const readings = points.take(message);
    if (readings.length > 0) emit(readings);
    // Also without readings: what comes again after a cut may still be on its way to the disk.
    const kept = context.kept?.();
    gaps.count(readings);
    if (points.counts.invalid > invalid) tell({ topic: message.topic }, 'a message cannot be read');
    if (points.counts.skipped > skipped) tell({ topic: message.topic }, 'fields could not become points');
    if (points.counts.unasked > unasked)
      tell(
        { topic: message.topic },
        'the broker sends what no point asks for, perhaps for an earlier session',
      );
    return kept;
  };

  const lose = (reason: unknown): void => {
    tracker.failed(reason);
    tracker.become('disconnected');
    const nowMs = clock.now().getTime();
    gaps.lost(tracker.heardAt());
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
  const listen = async (signal: AbortSignal): Promise<void> => {
    const { heard: onHeard, reached } = tracker;
    const options = { ...(await linkOptions(context, take)), onHeard, reached };
    gaps.opening();
    const link = openMqttLink(options);
    const stop = () => void link.close();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
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
      signal.removeEventListener('abort', stop);
      await link.close();
    }
  };

  const following = createFollowing({ tracker, backoff, follow: listen, lost: lose, finish: gaps.stop });
  return {
    start: following.start,
    stop() {
      looking.abort();
      return following.stop();
    },
    state() {
      const { points: known, failed } = points.sizes();
      tracker.points(known, failed);
      return tracker.state();
    },
    async browse(request) {
      if (topics === null) throw new Error('only a connection that discovers # hears all topics');
      return topics.browse(request, looking.signal);
    },
  };
}

async function linkOptions(
  context: ConnectorContext<MqttConfig>,
  take: (message: MqttMessage) => Promise<void> | undefined,
) {
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
          receiveMaximum: UNACKNOWLEDGED_MAX,
          maximumPacketSize: PACKET_BYTES_MAX,
        }
      : undefined,
    take: (_link: MqttLink, message: MqttMessage) => take(message),
    hurry: () => void context.kept?.({ now: true }).catch(() => undefined),
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
  /** Nothing is known since the broker was heard last. */
  lost(heardAt: Moment): void;
  /** A connection is tried. */
  opening(): void;
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
  let open: { since: Moment; opening: Moment; filled: number } | null = null;
  let tell: (() => void) | null = null;

  const tellNow = (): void => {
    tell?.();
    tell = null;
  };

  return {
    lost(heardAt) {
      tellNow();
      if (wasUp) open ??= { since: heardAt, opening: heardAt, filled: 0 };
    },
    opening() {
      if (open !== null) open.opening = momentOf(clock);
    },
    back(points, sessionPresent) {
      wasUp = true;
      if (open === null) return;
      const lost = open;
      const toMs = clock.now().getTime();
      const fromMs = wallMsOf(clock, lost.since);
      const timer = setTimeout(tellNow, sessionPresent ? BACKLOG_MS : 0);
      tell = () => {
        clearTimeout(timer);
        open = null;
        const filled = sessionPresent ? lost.filled : null;
        gap({ fromMs, toMs, points, filled, reason: 'link-lost' });
      };
    },
    count(readings) {
      if (open === null) return;
      const [fromMs, openingMs] = [wallMsOf(clock, open.since), wallMsOf(clock, open.opening)];
      open.filled += readings.filter(({ sample: [timeMs] }) => timeMs > fromMs && timeMs < openingMs).length;
    },
    stop: tellNow,
  };
}

/** Logs a trouble with the counts since start, and then is quiet for a while. */
function createTeller({ log, clock }: ConnectorContext<MqttConfig>, counts: object) {
  const toldMs = new Map<string, number>();
  return (fields: object, message: string): void => {
    const nowMs = clock.elapsedMs();
    if (nowMs - (toldMs.get(message) ?? Number.NEGATIVE_INFINITY) < TELL_EVERY_MS) return;
    toldMs.set(message, nowMs);
    log.warn({ ...fields, ...counts }, message);
  };
}
