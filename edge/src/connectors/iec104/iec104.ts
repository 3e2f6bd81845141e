import { createBackoff } from '../../backoff.ts';
import { type Moment, wallMsOf } from '../../clock.ts';
import { emitStale, messageOf, trackConnection } from '../../connection.ts';
import type { Connector, ConnectorContext } from '../../connector.ts';
import { createFollowing } from '../../following.ts';
import { Iec104Error } from './iec104.apci.ts';
import { EVERY_STATION } from './iec104.commands.ts';
import type { Iec104Config } from './iec104.config.ts';
import { type Asdu, CAUSE, decodeAsdu, TYPE, UNKNOWN_CAUSES } from './iec104.decode.ts';
import { type Link, openLink } from './iec104.link.ts';
import { createPoints, type Taken } from './iec104.points.ts';
import { createSession, type Session } from './iec104.session.ts';
import { createStationClock } from './iec104.time.ts';
import type { LinkLimits } from './iec104.transfer.ts';

/** Listens to one controlled station over IEC 60870-5-104. Never sends a command to the process. */
export function createIec104(context: ConnectorContext<Iec104Config>): Connector {
  const { config, emit, log, clock } = context;
  const { hostname, port } = new URL(config.endpoint.replace(/^tcp:/, 'http:'));
  const stationClock = createStationClock(config.timeZone);
  const points = createPoints(config, stationClock);
  const listed = [...points.commonAddresses(), ...(config.commonAddresses ?? [])];
  const stations = listed.length === 0 ? [EVERY_STATION] : [...new Set(listed)];
  const tracker = trackConnection({ ...config, points: points.counts().points, clock });
  const backoff = createBackoff({ firstMs: 500, mostMs: 30_000 });
  const gaps = createGaps(context, () => points.counts().points);
  const odd = createOddities(context);
  let stale = false;
  const nowMs = (): number => clock.now().getTime();

  const showPoints = (): void => {
    const { points: count, failed } = points.counts();
    tracker.points(count, failed);
  };

  const lose = (reason: unknown): void => {
    // Nothing is known since something came last, not since the silence was noticed.
    gaps.lost(tracker.state().state === 'connected' ? tracker.heardAt() : null);
    tracker.failed(reason);
    tracker.become('disconnected');
    if (stale) return;
    stale = true;
    log.warn({ reason: messageOf(reason) }, 'the station cannot be reached');
    emitStale(emit, points.lose(nowMs()), nowMs());
    showPoints();
    odd.tell(points.counts().strangers);
  };

  const takeValues = (asdu: Asdu): void => {
    const taken = points.take(asdu, nowMs());
    if (taken.readings.length > 0) emit(taken.readings);
    if (asdu.cause === CAUSE.spontaneous) gaps.fill(taken);
    if (taken.stranger !== null) odd.stranger(taken.stranger);
    showPoints();
  };

  const take = (bytes: Buffer, session: Session): void => {
    const asdu = odd.read(bytes);
    if (asdu === null) return;
    if (asdu.objects !== null) takeValues(asdu);
    session.take(asdu);
  };

  const newSession = (link: () => Link | null): Session =>
    createSession(config, stations, {
      send: (asdu) => link()?.send(asdu),
      time: () => stationClock.encode(nowMs()),
      missing(missing) {
        const readings = points.missing(missing, nowMs());
        if (readings.length > 0) emit(readings);
        showPoints();
      },
      refused: (command) => log.warn(command, 'the station did not carry out a command'),
      settled() {
        // Not before: a station that ends every connection at once must not be called twice a second for ever.
        backoff.reset();
        gaps.settled();
      },
    });

  /** Until the link is gone; throws the reason. */
  const follow = async (signal: AbortSignal): Promise<void> => {
    let link: Link | null = null;
    const session = newSession(() => link);
    link = openLink({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port === '' ? 80 : port),
      limits: limitsOf(config),
      onStarted() {
        stale = false;
        tracker.become('connected');
        gaps.back();
        log.info('the station is connected');
        session.start();
      },
      onAsdu: (bytes) => take(bytes, session),
      onHeard: tracker.heard,
      reached: tracker.reached,
    });
    const { gone, stop } = link;
    const end = () => void stop();
    signal.addEventListener('abort', end, { once: true });
    try {
      throw await gone;
    } finally {
      signal.removeEventListener('abort', end);
      session.stop();
    }
  };

  return {
    ...createFollowing({ tracker, backoff, follow, lost: lose, finish: gaps.settled }),
    state: tracker.state,
    async browse({ node, limit }) {
      if (tracker.state().state !== 'connected') throw new Error('the station is not connected');
      return points.browse(node, limit);
    },
  };
}

const limitsOf = (config: Iec104Config): LinkLimits => ({
  k: config.k,
  w: config.w,
  t0Ms: config.t0Seconds * 1_000,
  t1Ms: config.t1Seconds * 1_000,
  t2Ms: config.t2Seconds * 1_000,
  t3Ms: config.t3Seconds * 1_000,
});

/**
 * Tells of a loss once the station has answered everything after it: by then the events that it kept meanwhile have
 * come, and those with a time inside the gap have filled it.
 */
function createGaps(context: ConnectorContext<Iec104Config>, points: () => number) {
  let lostAt: Moment | null = null;
  let open: { fromMs: number; toMs: number; filled: number } | null = null;
  const settled = (): void => {
    if (open === null) return;
    const { fromMs, toMs, filled } = open;
    open = null;
    context.gap({
      fromMs,
      toMs,
      points: points(),
      filled: filled === 0 ? null : filled,
      reason: 'link-lost',
    });
  };
  return {
    /** `heardAt` is null when there was nothing to lose. */
    lost(heardAt: Moment | null): void {
      settled();
      lostAt ??= heardAt;
    },
    back(): void {
      if (lostAt === null) return;
      const { clock } = context;
      open = { fromMs: wallMsOf(clock, lostAt), toMs: clock.now().getTime(), filled: 0 };
      lostAt = null;
    },
    fill({ readings }: Taken): void {
      if (open === null) return;
      // What was heard last may come again, unacknowledged; it is of the time before.
      for (const { sample } of readings)
        if (sample[0] > open.fromMs && sample[0] < open.toMs) open.filled += 1;
    },
    settled,
  };
}

/** What a station sends that is not understood or not wanted: each kind is told once, the counts at every loss. */
function createOddities({ log }: ConnectorContext<Iec104Config>) {
  const types = new Map<number, number>();
  let malformed = 0;
  return {
    /** Null when these bytes are no ASDU, or one without use here. */
    read(bytes: Buffer): Asdu | null {
      try {
        const asdu = decodeAsdu(bytes);
        const isKnown = asdu.objects !== null || Object.values<number>(TYPE).includes(asdu.type);
        if (isKnown && !(asdu.objects !== null && UNKNOWN_CAUSES.has(asdu.cause))) return asdu;
        const count = (types.get(asdu.type) ?? 0) + 1;
        types.set(asdu.type, count);
        if (count === 1)
          log.warn({ type: asdu.type, cause: asdu.cause }, 'the station sends a type that is not read');
        return null;
      } catch (error) {
        if (!(error instanceof Iec104Error)) throw error;
        malformed += 1;
        if (malformed === 1)
          log.warn({ reason: error.message }, 'the station sends ASDUs that are malformed');
        return null;
      }
    },
    tell(strangers: number): void {
      const unreadTypes = Object.fromEntries(types);
      if (malformed + strangers + types.size > 0)
        log.info({ malformed, strangers, unreadTypes }, 'what the station has sent in vain since the start');
    },
    stranger(address: string): void {
      log.warn({ address }, 'the station sends objects that are no points; they are counted and skipped');
    },
  };
}
