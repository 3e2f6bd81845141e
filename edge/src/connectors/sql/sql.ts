import { readFile } from 'node:fs/promises';
import { createBackoff, pause } from '../../backoff.ts';
import { type Moment, wallMsOf } from '../../clock.ts';
import { messageOf, trackConnection } from '../../connection.ts';
import type { Connector, ConnectorContext } from '../../connector.ts';
import type { Reached } from '../../link-health.ts';
import { openZone } from '../../zone.ts';
import { dialectOf, type SqlConfig } from './sql.config.ts';
import type { Link, Session } from './sql.link.ts';
import { createPoints } from './sql.points.ts';
import { createQuery, type QueryRunner } from './sql.query.ts';

/** A connection that nobody asks is tried so often, so that its loss is noticed before the next query. */
const HEARTBEAT_MS = 10_000;
const HEARTBEAT_TIMEOUT_MS = 5_000;
/** Longest wait while connecting and signing in. */
const CONNECT_TIMEOUT_MS = 10_000;
/** First polls of many connections begin spread over this, so that they do not knock together after a power failure. */
const STAGGER_MS_MAX = 250;
/** A query that is running when we are stopped may end, so that what it has handed over is remembered. */
const STOP_MS_MAX = 2_000;
const DEFAULT_PORTS = { postgres: 5432, mysql: 3306 } as const;
const PASSWORD_BYTES_MAX = 10_000;

/** Polls the tables of one database through one session that can only read, one query at a time. */
export function createSql(context: ConnectorContext<SqlConfig>): Connector {
  const { config, emit, log, clock } = context;
  const points = createPoints(config.name);
  const tracker = trackConnection({ ...config, points: 0, clock });
  const backoff = createBackoff({ firstMs: 500, mostMs: 30_000 });
  const stopping = new AbortController();
  const queries = config.queries.map((query) =>
    createQuery({ context, query, points, signal: stopping.signal, onFailed: tracker.failed }),
  );
  const gaps = createGaps(context, queries, () => points.size());
  /** Aborted when a query or the network has had its time to end. */
  const leaving = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let connected = false;
  let stale = false;

  const showPoints = (): void => {
    const failing = new Set(queries.filter((query) => query.failing()).map((query) => query.name));
    tracker.points(
      points.size(),
      points.countFailed((query) => failing.has(query)),
    );
  };
  showPoints();

  const lose = (reason: unknown): void => {
    tracker.failed(reason);
    tracker.become('disconnected');
    if (stale) return;
    stale = true;
    log.warn({ reason: messageOf(reason) }, 'the database cannot be reached');
    const nowMs = clock.now().getTime();
    // Nothing is known since the last answer, not since the silence was noticed.
    gaps.lost(tracker.heardAt(), 'link-lost');
    for (const query of queries) query.lost();
    const readings = points.lose(nowMs);
    if (readings.length > 0) emit(readings);
  };

  /** The query that is due first, when it is due; a sign of life when that takes long. */
  const poll = async (link: Link): Promise<void> => {
    const over = AbortSignal.any([link.gone, stopping.signal]);
    while (!over.aborted) {
      const next = queries.reduce((first, each) => (each.dueMs() < first.dueMs() ? each : first));
      const waitMs = next.dueMs() - performance.now();
      if (waitMs > HEARTBEAT_MS) {
        await pause(HEARTBEAT_MS, over);
        if (over.aborted) break;
        await link.ping(HEARTBEAT_TIMEOUT_MS);
        tracker.heard();
        continue;
      }
      if (waitMs > 0) await pause(waitMs, over);
      if (over.aborted) break;
      const { filled, caughtUp } = await next.run(link, gaps.open());
      if (!link.gone.aborted) tracker.heard();
      gaps.ran(next.name, { filled, caughtUp });
      showPoints();
    }
    if (link.gone.aborted) throw link.gone.reason;
  };

  const run = async (): Promise<void> => {
    await Promise.all(queries.map((query) => query.load()));
    await pause(Math.random() * STAGGER_MS_MAX, stopping.signal);
    while (!stopping.signal.aborted) {
      let link: Link | null = null;
      try {
        const nowMs = clock.now().getTime();
        link = await openLink({ config, nowMs, signal: leaving.signal, reached: tracker.reached });
        connected = true;
        backoff.reset();
        gaps.up();
        tracker.heard();
        stale = false;
        tracker.become('connected');
        log.info('the database is connected');
        await poll(link);
      } catch (error) {
        if (!stopping.signal.aborted) lose(error);
      } finally {
        connected = false;
        await link?.close();
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
      const timer = setTimeout(() => leaving.abort(), connected ? STOP_MS_MAX : 0);
      await running;
      clearTimeout(timer);
      const settled = new AbortController();
      void Promise.all(queries.map((query) => query.settle())).then(() => settled.abort());
      await pause(STOP_MS_MAX, settled.signal);
      tracker.become('stopped');
    },
    state: tracker.state,
  };
}

/** Reads the password and the certificates anew each time, for both are changed while the collector runs. */
async function openLink(options: {
  config: SqlConfig;
  nowMs: number;
  signal: AbortSignal;
  reached: Reached;
}): Promise<Link> {
  const { config, nowMs, signal, reached } = options;
  const dialect = dialectOf(config.endpoint);
  const { hostname, port, pathname } = new URL(config.endpoint.replace(/^\w+:/, 'http:'));
  const session: Session = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: portOf(config.endpoint, port) ?? DEFAULT_PORTS[dialect],
    database: decodeURIComponent(pathname.slice(1)),
    username: config.username,
    password: await passwordOf(config),
    tls: await tlsOf(config),
    timeZone: config.timeZone,
    offsetSeconds: openZone(config.timeZone).offsetMs(nowMs) / 1_000,
    timeoutMs: CONNECT_TIMEOUT_MS,
    signal,
    reached,
  };
  // Each library is loaded only when a connection uses it.
  if (dialect === 'mysql') return (await import('./sql.mysql.ts')).openMysql(session);
  return (await import('./sql.postgres.ts')).openPostgres(session);
}

/** `URL` leaves out the port 80, since it takes the address for one of the web. */
const portOf = (endpoint: string, port: string): number | null =>
  port !== '' ? Number(port) : /:80\//.test(endpoint) ? 80 : null;

async function passwordOf({ password, passwordFile }: SqlConfig): Promise<string> {
  if (passwordFile === undefined) return password ?? '';
  const text = await readFile(passwordFile, 'utf8').catch((error: unknown) => {
    throw new Error(`the password file cannot be read: ${messageOf(error)}`);
  });
  if (text.length > PASSWORD_BYTES_MAX) throw new Error('the password file is too long to be one');
  return text.replace(/\r?\n$/, '');
}

async function tlsOf({ tls, caFile }: SqlConfig): Promise<Session['tls']> {
  if (tls === 'off') return null;
  const ca = caFile === undefined ? {} : { ca: await readFile(caFile, 'utf8') };
  return { ...ca, rejectUnauthorized: tls === 'verify' };
}

/** Tells of a time without connection once every query has read what the database holds of it. */
function createGaps(
  { clock, gap }: ConnectorContext<SqlConfig>,
  queries: readonly QueryRunner[],
  pointCount: () => number,
) {
  const filling = queries.some((query) => query.fills);
  let lostAt: Moment | null = null;
  let reason = '';
  let pending: { fromMs: number; toMs: number; filled: number; waiting: Set<string> } | null = null;
  let wasUp = false;
  const tell = (): void => {
    if (pending === null) return;
    const { fromMs, toMs, filled } = pending;
    pending = null;
    gap({ fromMs, toMs, points: pointCount(), filled: filling ? filled : null, reason });
  };
  return {
    /** Only a connection that was up leaves a gap. */
    lost(heardAt: Moment, why: string) {
      tell();
      if (wasUp) {
        lostAt = heardAt;
        reason = why;
      }
      wasUp = false;
    },
    up() {
      wasUp = true;
      if (lostAt === null) return;
      const waiting = new Set(queries.filter((query) => query.fills).map((query) => query.name));
      pending = { fromMs: wallMsOf(clock, lostAt), toMs: clock.now().getTime(), filled: 0, waiting };
      lostAt = null;
      if (waiting.size === 0) tell();
    },
    open: () => pending,
    ran(name: string, { filled, caughtUp }: { filled: number; caughtUp: boolean }) {
      if (pending === null) return;
      pending.filled += filled;
      if (caughtUp) pending.waiting.delete(name);
      if (pending.waiting.size === 0) tell();
    },
  };
}
