import { join } from 'node:path';
import { createBackoff, pause } from '../../backoff.ts';
import { type Moment, momentOf, wallMsOf } from '../../clock.ts';
import { messageOf, trackConnection } from '../../connection.ts';
import type { Connector, ConnectorContext } from '../../connector.ts';
import type { HttpPush } from './http.config.ts';
import { createReader, HttpBodyError, type Read } from './http.decode.ts';
import { createPointMemory } from './http.memory.ts';
import { createPoints } from './http.points.ts';
import { listen, Refusal } from './http.server.ts';

/** The same trouble is logged at most this often. */
const TELL_EVERY_MS = 60_000;

/** Longest wait for the disk before a device is told to send again; longest at a stop. */
const KEPT_MS_MAX = 10_000;
const KEPT_AT_STOP_MS_MAX = 500;

/** Takes what peers send to one address. */
export function createPush(context: ConnectorContext<HttpPush>): Connector {
  const { config, emit, gap, log, clock } = context;
  const tracker = trackConnection({
    ...config,
    endpoint: config.listen,
    points: config.points.length,
    clock,
  });
  const points = createPoints({
    connection: config.name,
    labels: config.points,
    listPointsMax: config.pointsMax,
    missing: 'unsaid',
    restates: true,
    emit,
    clock,
  });
  const reader = createReader(config);
  const pointMemory = createPointMemory({
    path: join(context.folder, 'points.json'),
    lists: config.lists,
    points,
    log,
  });
  const backoff = createBackoff({ firstMs: 500, mostMs: 30_000 });
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let lastAt: Moment | null = null;
  let lost = false;
  let toldMs = Number.NEGATIVE_INFINITY;

  const tell = (fields: object, message: string): void => {
    if (clock.elapsedMs() - toldMs < TELL_EVERY_MS) return;
    toldMs = clock.elapsedMs();
    log.warn(fields, message);
  };

  const lose = (): void => {
    if (lost || stopping.signal.aborted) return;
    lost = true;
    // Why there is no request may be told already: a port that cannot be opened.
    if (tracker.state().state === 'connected' || tracker.state().lastError === null)
      tracker.failed(new Error(`no request for ${config.silentMs} ms`));
    tracker.become('disconnected');
    log.warn({ silentMs: config.silentMs }, 'nothing was sent for too long');
    points.lose();
  };
  let silence: NodeJS.Timeout | null = null;

  const heard = (): void => {
    silence?.refresh();
    const { points: all, failed } = points.counts();
    tracker.points(all, failed);
    const now = momentOf(clock);
    if (lost && lastAt !== null)
      gap({
        fromMs: wallMsOf(clock, lastAt),
        toMs: now.wallMs,
        points: all,
        filled: null,
        reason: 'silence',
      });
    if (tracker.state().state !== 'connected') log.info('requests arrive');
    [lastAt, lost] = [now, false];
    points.recovered();
    tracker.become('connected');
  };

  const take = async (json: unknown, from: string | undefined): Promise<void> => {
    if (stopping.signal.aborted) throw new Refusal(503, 'the collector is stopping');
    const read = readOrRefuse(reader, json);
    points.take(read.rows);
    // Also when nothing is new: what is sent again because nobody answered may still be on its way to the disk.
    const kept = context.kept?.();
    kept?.catch(() => points.forget());
    pointMemory.changed();
    const { refused } = points.counts();
    if (read.nameless > 0 || refused > 0)
      tell({ faults: read.faults, nameless: read.nameless, refused }, 'items of lists cannot be taken');
    if (read.nameless > 0) tracker.failed(new Error(read.faults.join('; ')));
    if (refused > 0) tracker.failed(new Error('lists give more points than pointsMax; raise it'));
    heard();
    tracker.reached({ address: from });
    if (kept === undefined || (await isKept(kept, KEPT_MS_MAX))) return;
    const headers = { 'retry-after': '1' };
    throw new Refusal(503, 'the values are not on disk yet, send them again', { headers });
  };

  const onRefused = (refusal: { status: number; detail: string; from: string | undefined }): void => {
    tracker.failed(new Error(`a request was refused (${refusal.status}): ${refusal.detail}`));
    tell(refusal, 'a request was refused');
  };

  const run = async (): Promise<void> => {
    const stopped = new Promise<null>((resolve) =>
      stopping.signal.addEventListener('abort', () => resolve(null), { once: true }),
    );
    await pointMemory.load();
    while (!stopping.signal.aborted) {
      try {
        const listening = await listen({ config, take, onRefused });
        log.info({ listen: config.listen }, 'requests are taken');
        backoff.reset();
        const reason = await Promise.race([listening.ended, stopped]);
        // Requests that wait for the disk are answered yet.
        if (context.kept !== undefined) await isKept(context.kept({ now: true }), KEPT_AT_STOP_MS_MAX);
        await new Promise((resolve) => setImmediate(resolve));
        await listening.close();
        if (reason !== null) throw reason;
      } catch (error) {
        tracker.failed(error);
        log.warn({ reason: messageOf(error) }, 'the port cannot be opened');
      }
      if (!stopping.signal.aborted) await pause(backoff.nextMs(), stopping.signal);
    }
  };

  return {
    async start() {
      tracker.become('connecting');
      silence = setTimeout(lose, config.silentMs);
      running = run();
    },
    async stop() {
      stopping.abort();
      if (silence !== null) clearTimeout(silence);
      await running;
      await pointMemory.save();
      tracker.become('stopped');
    },
    state: tracker.state,
  };
}

/**
 * The values of a request. Refused whole, with what was wrong, when not one value in it can be placed: then the device
 * may be set up wrongly, and must not believe that it was understood.
 */
function readOrRefuse(reader: (json: unknown) => Read, json: unknown): Read {
  let read: Read;
  try {
    read = reader(json);
  } catch (error) {
    if (error instanceof HttpBodyError) throw new Refusal(413, error.message);
    throw error;
  }
  if (!read.anything) throw new Refusal(400, 'nothing in the body is looked for', { faults: read.faults });
  const isPlaced = read.rows.some(({ fault }) => fault === null || fault === 'no-value');
  const isEmpty = read.items === 0 && read.rows.every(({ fault }) => fault === 'path-not-found');
  if (!isPlaced && !isEmpty) throw new Refusal(400, 'no value can be read', { faults: read.faults });
  return read;
}

/** Whether it was kept in time. Never rejects. */
async function isKept(kept: Promise<void>, waitMs: number): Promise<boolean> {
  const late = new AbortController();
  const over = pause(waitMs, late.signal).then(() => false);
  const end = kept.then(
    () => true,
    () => false,
  );
  const answer = await Promise.race([end, over]);
  late.abort();
  return answer;
}
