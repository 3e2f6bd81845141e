import { join } from 'node:path';
import { createBackoff, pause } from '../../backoff.ts';
import { wallMsOf } from '../../clock.ts';
import { messageOf, trackConnection } from '../../connection.ts';
import type { Connector, ConnectorContext } from '../../connector.ts';
import type { Reached } from '../../link-health.ts';
import { openZone } from '../../zone.ts';
import { type Asker, createAsker, HttpFailure } from './http.ask.ts';
import { type Client, openClient } from './http.client.ts';
import type { HttpPoll } from './http.config.ts';
import { createReader, type Row } from './http.decode.ts';
import { createPointMemory, createWatermark } from './http.memory.ts';
import { type Page, pagesOf } from './http.pages.ts';
import { createPoints, type Points } from './http.points.ts';
import { readTime, writeTime } from './http.time.ts';

/** A poll that failed is tried once more before the points become stale. */
const FAILURES_MAX = 2;
/** A pause that the peer asks for makes points stale at once when it is longer than this. */
const PAUSE_MS_MAX = 30_000;
/** Accounts are locked after a few wrong passwords, so refused credentials are tried slowly. */
const CREDENTIALS_WAIT = { firstMs: 60_000, mostMs: 900_000 };
/** A source time further ahead than this does not move the watermark, or all that comes before it would be lost. */
const AHEAD_MS_MAX = 300_000;
/** Polls of many connections begin spread over this, so that they do not knock together after a power failure. */
const STAGGER_MS_MAX = 250;
/** The same trouble is logged at most this often. */
const TELL_EVERY_MS = 60_000;

/** Asks one address again and again. */
export function createPoll(context: ConnectorContext<HttpPoll>): Connector {
  const { config, emit, gap, log, clock } = context;
  const { origin, pathname } = new URL(config.endpoint);
  // The query may hold a key.
  const endpoint = `${origin}${pathname}`.slice(0, 300);
  const tracker = trackConnection({ ...config, endpoint, points: config.points.length, clock });
  const nowMs = () => clock.now().getTime();
  const points = createPoints({
    connection: config.name,
    labels: config.points,
    listPointsMax: config.pointsMax,
    missing: 'bad',
    restates: config.since === undefined,
    emit,
    clock,
  });
  const { reached } = tracker;
  const pass = createPass({ context, points, onTrouble: tracker.failed, reached });
  const backoff = createBackoff({ firstMs: 500, mostMs: 30_000 });
  const credentialsBackoff = createBackoff(CREDENTIALS_WAIT);
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let failures = 0;
  let lost = false;
  let wasUp = false;

  const lose = (reason: unknown): void => {
    tracker.become('disconnected');
    if (lost) return;
    lost = true;
    log.warn({ reason: messageOf(reason) }, 'the peer cannot be read');
    points.lose();
  };

  const succeeded = (samples: number): void => {
    const { points: all, failed } = points.counts();
    tracker.points(all, failed);
    // Nothing is known since the last good answer, not since the first bad one.
    if (lost && wasUp)
      gap({
        fromMs: wallMsOf(clock, tracker.heardAt()),
        toMs: nowMs(),
        points: all,
        filled: config.since === undefined ? null : samples,
        reason: 'link-lost',
      });
    if (tracker.state().state !== 'connected') log.info('the peer is read');
    points.recovered();
    tracker.heard();
    tracker.become('connected');
    backoff.reset();
    credentialsBackoff.reset();
    [failures, lost, wasUp] = [0, false, true];
  };

  /** Gives the time to wait before the next try, ms. */
  const failed = (error: unknown): number => {
    failures += 1;
    tracker.failed(error);
    const failure = error instanceof HttpFailure ? error : null;
    const isHuman = failure?.kind === 'credentials' || failure?.kind === 'refused';
    if (failures >= FAILURES_MAX || isHuman || (failure?.retryAfterMs ?? 0) > PAUSE_MS_MAX) lose(error);
    if (failure?.kind === 'credentials') return credentialsBackoff.nextMs();
    return Math.max(backoff.nextMs(), failure?.retryAfterMs ?? 0);
  };

  const run = async (): Promise<void> => {
    await pass.load();
    await pause(Math.random() * Math.min(STAGGER_MS_MAX, config.intervalMs), stopping.signal);
    let dueMs = clock.elapsedMs();
    while (!stopping.signal.aborted) {
      let waitMs = 0;
      try {
        const samples = await pass.run(stopping.signal);
        if (stopping.signal.aborted) break;
        succeeded(samples);
        const readMs = clock.elapsedMs();
        dueMs = Math.max(dueMs + config.intervalMs, readMs);
        waitMs = dueMs - readMs;
      } catch (error) {
        if (stopping.signal.aborted) break;
        waitMs = failed(error);
        dueMs = clock.elapsedMs() + waitMs;
      }
      await pause(waitMs, stopping.signal);
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
      await pass.close();
      tracker.become('stopped');
    },
    state: tracker.state,
  };
}

/** One poll: all pages, the readings in them, and the watermark behind them. */
function createPass(options: {
  context: ConnectorContext<HttpPoll>;
  points: Points;
  onTrouble: (reason: unknown) => void;
  reached: Reached;
}) {
  const { context, points } = options;
  const { config, log, clock } = context;
  const nowMs = () => clock.now().getTime();
  const reader = createReader(config);
  const zone = config.timeZone === undefined ? null : openZone(config.timeZone);
  const { since } = config;
  const watermark =
    since === undefined
      ? null
      : createWatermark({
          path: join(context.folder, 'watermark.json'),
          overlapMs: since.overlapMs,
          points,
          kept: context.kept,
          log,
        });
  const pointMemory = createPointMemory({
    path: join(context.folder, 'points.json'),
    lists: config.lists,
    points,
    log,
  });
  let session: { client: Client; asker: Asker } | null = null;
  let toldMs = Number.NEGATIVE_INFINITY;

  const tell = (fields: object, message: string): void => {
    if (clock.elapsedMs() - toldMs < TELL_EVERY_MS) return;
    toldMs = clock.elapsedMs();
    log.warn(fields, message);
  };

  const trouble = (page: Page): void => {
    const { refused } = points.counts();
    if (page.nameless > 0 || refused > 0)
      tell({ faults: page.faults, nameless: page.nameless, refused }, 'items of lists cannot be taken');
    else if (page.faults.length > 0) tell({ faults: page.faults }, 'values of the answer cannot be taken');
    if (page.nameless > 0) options.onTrouble(new Error(page.faults.join('; ')));
    if (refused > 0) options.onTrouble(new Error('lists give more points than pointsMax; raise it'));
  };

  const openSession = async (): Promise<{ client: Client; asker: Asker }> => {
    const client = await openClient({ ...config, reached: options.reached });
    return { client, asker: createAsker({ config, client, clock }) };
  };

  return {
    async load(): Promise<void> {
      const start = since?.start === undefined ? null : readTime(since.start, 'iso', null);
      await pointMemory.load();
      await watermark?.load(start ?? nowMs());
    },
    /** Gives the number of samples. Throws what asking throws; what was read before that has been told. */
    async run(signal: AbortSignal): Promise<number> {
      session ??= await openSession();
      const fromMs = watermark === null ? null : watermark.current() - (since?.overlapMs ?? 0);
      const asksSince =
        fromMs === null || since === undefined ? undefined : writeTime(fromMs, since.format, zone);
      const progress = createProgress(nowMs() + AHEAD_MS_MAX);
      let samples = 0;
      let cutOff = false;
      for await (const page of pagesOf({ config, asker: session.asker, reader, since: asksSince, signal })) {
        if (signal.aborted) return samples;
        samples += points.take(page.rows);
        pointMemory.changed();
        progress.see(page.rows);
        trouble(page);
        cutOff = page.cutOff;
      }
      // What was cut off is asked for by the next poll, if it is later; otherwise moving on would lose it.
      // The cut may have gone between items of one moment, so that moment is asked for once more.
      if (!cutOff) watermark?.advance(progress.newestMs());
      else if (progress.inOrder()) watermark?.advance(progress.newestMs() - 1);
      if (!cutOff || (progress.inOrder() && watermark !== null)) return samples;
      options.onTrouble(new Error('the peer has more pages than paging.pagesMax; raise it'));
      tell({ pagesMax: config.paging?.pagesMax }, 'the peer has more pages than may be asked for');
      return samples;
    },
    async close(): Promise<void> {
      session?.client.close();
      await pointMemory.save();
      await watermark?.save();
    },
  };
}

/** How far the rows of one poll reach, and whether each page was later than the one before. */
function createProgress(latestMs: number) {
  let newestMs = Number.NEGATIVE_INFINITY;
  let ordered = true;
  return {
    see(rows: readonly Row[]): void {
      let least = Number.POSITIVE_INFINITY;
      let most = Number.NEGATIVE_INFINITY;
      for (const { timeMs } of rows) {
        if (timeMs === null || timeMs > latestMs) continue;
        least = Math.min(least, timeMs);
        most = Math.max(most, timeMs);
      }
      if (least < newestMs) ordered = false;
      newestMs = Math.max(newestMs, most);
    },
    newestMs: () => newestMs,
    inOrder: () => ordered,
  };
}
