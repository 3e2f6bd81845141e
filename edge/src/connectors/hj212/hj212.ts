import type { Socket } from 'node:net';
import { createBackoff, pause } from '../../backoff.ts';
import { momentOf, wallMsOf } from '../../clock.ts';
import { messageOf, trackConnection } from '../../connection.ts';
import type { Connector, ConnectorContext } from '../../connector.ts';
import { ANSWER_COMMANDS, NOTICE_COMMANDS } from './hj212.codes.ts';
import type { Hj212Config } from './hj212.config.ts';
import { encodeReply, type Message } from './hj212.decode.ts';
import { type Link, type LinkEvents, openLink, type Verdict } from './hj212.link.ts';
import { listen } from './hj212.listen.ts';
import { createStations, type Station } from './hj212.stations.ts';

/** The same trouble is logged at most this often. */
const TELL_EVERY_MS = 60_000;

/** Waits for the data loggers of HJ 212 stations and takes what they send. */
export function createHj212(context: ConnectorContext<Hj212Config>): Connector {
  const { config, log, clock } = context;
  const { hostname, port } = new URL(config.endpoint.replace(/^tcp:/, 'http:'));
  const tracker = trackConnection({ ...config, points: config.points.length, clock });
  const backoff = createBackoff({ firstMs: 500, mostMs: 30_000 });
  const stopping = new AbortController();
  const presence = createPresence({ context, tracker, signal: stopping.signal });
  let running: Promise<void> = Promise.resolve();

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await listen({
          host: hostname.replace(/^\[|\]$/g, ''),
          port: Number(port === '' ? 80 : port),
          signal: stopping.signal,
          onListening: () => {
            backoff.reset();
            tracker.become('connecting');
            log.info({ endpoint: config.endpoint }, 'waiting for stations');
          },
          onSocket: presence.open,
        });
      } catch (error) {
        tracker.failed(error);
        tracker.become('disconnected');
        log.error({ reason: messageOf(error) }, 'the address cannot be listened at');
      }
      if (!stopping.signal.aborted) await pause(backoff.nextMs(), stopping.signal);
    }
  };

  return {
    async start() {
      tracker.become('connecting');
      presence.start();
      running = run();
    },
    async stop() {
      stopping.abort();
      presence.stop();
      await running;
      tracker.become('stopped');
    },
    state: tracker.state,
    browse: async ({ node, limit }) => presence.browse(node, limit),
  };
}

/** Who is here: connections, the stations behind them, and what becomes of a station that is gone. */
function createPresence(options: {
  context: ConnectorContext<Hj212Config>;
  tracker: ReturnType<typeof trackConnection>;
  signal: AbortSignal;
}) {
  const { context, tracker, signal } = options;
  const { config, emit, log, clock } = context;
  const stations = createStations(config);
  const owners = new Map<Station, Link>();
  const timers = new Map<Station, NodeJS.Timeout>();
  const counts = { refused: 0, malformed: 0, tooMany: 0 };
  let links = 0;
  let toldMs = Number.NEGATIVE_INFINITY;

  const now = () => clock.now().getTime();
  const tell = (fields: object, message: string): void => {
    if (clock.elapsedMs() - toldMs < TELL_EVERY_MS) return;
    toldMs = clock.elapsedMs();
    log.warn({ ...fields, ...counts, skipped: stations.skipped() }, message);
  };
  const showPoints = (): void => {
    const { points, failed } = stations.points();
    tracker.points(points, failed);
  };
  const clearTimer = (station: Station): void => {
    clearTimeout(timers.get(station));
    timers.delete(station);
  };

  const lose = (station: Station, reason: string): void => {
    clearTimer(station);
    if (station.isLost) return;
    station.isHere = false;
    station.isLost = true;
    tracker.failed(`station ${station.mn}: ${reason}`);
    if (![...stations.all()].some((each) => each.isHere)) tracker.become('disconnected');
    log.warn({ station: station.mn, reason }, 'a station is lost');
    emit(stations.lose(station, now()));
    showPoints();
  };
  const loseAfter = (station: Station, waitMs: number, reason: string): void => {
    clearTimer(station);
    if (signal.aborted) return;
    if (waitMs === 0) lose(station, reason);
    else
      timers.set(
        station,
        setTimeout(() => lose(station, reason), waitMs),
      );
  };

  const arrive = (station: Station, link: Link): void => {
    clearTimer(station);
    owners.set(station, link);
    tracker.reached({ address: link.address });
    const { heardAt, isLost } = station;
    station.heardAt = momentOf(clock);
    if (station.isHere) return;
    station.isHere = true;
    station.isLost = false;
    tracker.become('connected');
    log.info({ station: station.mn }, 'a station is connected');
    // Nothing is known since its last message, not since the silence was noticed.
    if (isLost && heardAt !== null)
      context.gap({
        fromMs: wallMsOf(clock, heardAt),
        toMs: now(),
        points: station.size,
        filled: null,
        reason: 'link-lost',
      });
    showPoints();
  };

  const events: LinkEvents = {
    admit(link, message): Verdict {
      const station = stations.find(message.mn);
      if (station !== undefined && (station.password === undefined || station.password === message.pw)) {
        arrive(station, link);
        return null;
      }
      counts.refused += 1;
      const refused = station === undefined ? 'is not in stations' : 'sends another PW than is configured';
      tracker.failed(`station ${message.mn} ${refused}; refused: ${counts.refused}`);
      tell({ station: message.mn, reason: refused }, 'a station was refused');
      return { refused };
    },
    take(_link, message, content) {
      const station = stations.find(message.mn);
      if (station === undefined || ANSWER_COMMANDS.has(message.cn)) return undefined;
      const readings = stations.take(station, message, content, now());
      if (readings.length > 0) emit(readings);
      const kept = context.kept?.();
      showPoints();
      return kept;
    },
    reply: (message) => (message.wantsReply && !ANSWER_COMMANDS.has(message.cn) ? replyTo(message) : null),
    fault(what) {
      counts.malformed += 1;
      tell({ reason: what }, 'what came is not a message of HJ 212');
    },
    closed(link, reason) {
      links -= 1;
      for (const [station, owner] of owners) {
        if (owner !== link) continue;
        owners.delete(station);
        loseAfter(station, config.goneAfterMs, reason);
      }
    },
  };

  return {
    open(socket: Socket): void {
      if (links >= config.connectionsMax) {
        counts.tooMany += 1;
        tell({ connections: links }, 'a caller was sent away: too many connections');
        socket.destroy();
        return;
      }
      links += 1;
      openLink(socket, { idleTimeoutMs: config.idleTimeoutMs, events });
    },
    /** What was good before a restart must not look good for ever when its station never comes back. */
    start(): void {
      for (const station of stations.all()) loseAfter(station, config.idleTimeoutMs, 'has not connected');
    },
    stop(): void {
      for (const station of stations.all()) clearTimer(station);
    },
    browse: stations.browse,
  };
}

const replyTo = (message: Message): Buffer =>
  encodeReply(message, NOTICE_COMMANDS.has(message.cn) ? '9013' : '9014');
