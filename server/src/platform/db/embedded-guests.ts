import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Limits } from '#platform/db/analytics-error.ts';
import { queryTimeout, toAnalyticsError } from '#platform/db/analytics-error.ts';
import type { Chdb, ChdbSession } from '#platform/db/chdb.ts';
import { createGuestChecks, type GuestChecks } from '#platform/db/guest-checks.ts';
import { toGuestError } from '#platform/db/guest-error.ts';
import { createGuestSessions, type GuestSessions } from '#platform/db/guest-sessions.ts';
import { forExplaining, GUEST_DATABASE, guestSettings } from '#platform/db/guest-settings.ts';
import { createGuestTurns, type GuestTurns } from '#platform/db/guest-turns.ts';
import { createGuestWatch, GUEST_NAME, type GuestWatch } from '#platform/db/guest-watch.ts';
import type { GuestAnswer, GuestQuestion, GuestSummary, Guests } from '#platform/db/guests.ts';
import { makePipes, openPipe, type PipeReading } from '#platform/db/named-pipe.ts';
import { quote } from '#platform/db/sql-parameters.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Log } from '#platform/log/log.ts';

/** Questions of guests that run at once; each holds one of libuv's threads until its answer is taken. */
const GUESTS_MAX = 4;
/** Of them, those of one actor, so that nobody holds all of them. */
const GUESTS_OF_ACTOR_MAX = 2;
const WAITING_OF_ACTOR_MAX = 200;
/** Threads of guests stand behind all others for the processors; the system lets only root set it, else it is left as it is. */
const NICE = 10;
/** An answer up to this is taken whole from the engine's memory; a pipe costs more than it. */
const SMALL_ROWS_MAX = 10_000;
const SMALL_BYTES_MAX = 1_000_000;
/** Shapes of questions whose answers were larger, so that these go through the pipe at once. */
const LARGE_SHAPES_MAX = 2_000;

type Parts = {
  chdb: Chdb;
  turns: GuestTurns;
  checks: GuestChecks;
  watch: GuestWatch;
  sessions: GuestSessions;
  /** names of shapes whose answers were too large to be held */
  large: Set<string>;
  pipes: () => Promise<readonly string[]>;
  stopping: AbortSignal;
};

/**
 * Guests of the embedded engine. A session is told limits and filters and then `readonly = 1`, which cannot be taken back; it serves one actor
 * under these terms. A small answer is taken as a whole. A larger one has a session that ends with it, and is written by the engine into a named pipe (`INTO OUTFILE`, allowed in
 * a read-only session and put there by us, after the check that the question has none): so every format is one whole answer, nothing
 * is held in memory, and a caller that takes nothing makes the engine wait.
 */
export function createEmbeddedGuests({
  chdb,
  keeper,
  data,
  log,
  stopping,
}: {
  chdb: Chdb;
  /** a session of the platform's own, for stopping and watching */
  keeper: ChdbSession;
  data: string;
  log: Log;
  stopping: AbortSignal;
}): Guests & { close(): Promise<void> } {
  let pipes: Promise<readonly string[]> | undefined;
  const slots = Math.max(2, Math.min(GUESTS_MAX, 2 * availableParallelism()));
  const parts: Parts = {
    chdb,
    turns: createGuestTurns({ slots, actorMax: GUESTS_OF_ACTOR_MAX, waitingMax: WAITING_OF_ACTOR_MAX }),
    checks: createGuestChecks(),
    watch: createGuestWatch(keeper, log),
    sessions: createGuestSessions(chdb),
    large: new Set(),
    pipes: () =>
      (pipes ??= prepare(keeper, join(data, 'guests'), slots).catch((error: unknown) => {
        pipes = undefined;
        throw error;
      })),
    stopping,
  };
  return {
    ask: (question) => ask(parts, question),
    async close() {
      await parts.turns.close();
      parts.watch.stop();
      parts.sessions.close();
    },
  };
}

async function prepare(keeper: ChdbSession, folder: string, count: number): Promise<readonly string[]> {
  await keeper.run(`create database if not exists ${GUEST_DATABASE}`, 'Null');
  return makePipes(folder, count);
}

async function ask(parts: Parts, question: GuestQuestion): Promise<GuestAnswer> {
  const limits: Limits = { timeoutMs: question.limits.timeMs, rowsMax: question.limits.resultRows };
  const settings = settingsText(question);
  const shape = parts.checks.readText(question);
  const over = deadline(limits, [parts.stopping, question.signal]);
  try {
    const pipes = await parts.pipes();
    const { slot, release } = await parts.turns.take(question.actor, over.signal);
    const leave = () => {
      over.clear();
      release();
    };
    try {
      await parts.checks.readTree(question, shape, () => explain(parts.chdb, question));
      over.signal.throwIfAborted();
      const small = await smallAnswer(parts, question, { shape: shape.name, signal: over.signal });
      if (small) {
        leave();
        return small;
      }
    } catch (error) {
      leave();
      throw error;
    }
    return await answer(parts, question, {
      path: pipes[slot] ?? '',
      settings,
      leave,
      limits,
      signal: over.signal,
    });
  } catch (error) {
    over.clear();
    throw toGuestError(error, limits, question.tables);
  }
}

type Small = { shape: string; signal: AbortSignal };

/** The whole answer where it is small; null where it is not, and then its shape is remembered. */
async function smallAnswer(
  { sessions, watch, large }: Parts,
  question: GuestQuestion,
  { shape, signal }: Small,
): Promise<GuestAnswer | null> {
  if (large.has(shape)) return null;
  const limits = {
    ...question.limits,
    resultRows: Math.min(question.limits.resultRows, SMALL_ROWS_MAX),
    resultBytes: Math.min(question.limits.resultBytes, SMALL_BYTES_MAX),
  };
  const id = randomUUID();
  const { session, opening, giveBack, close } = sessions.take(
    question.actor,
    settingsText({ ...question, limits }),
  );
  const startedAt = performance.now();
  const watched = watch.start(id);
  question.watch?.(() => ({
    ...{ ...watched.now(), resultRows: 0, resultBytes: 0 },
    elapsedNs: Math.round((performance.now() - startedAt) * 1e6),
  }));
  const run = session.answer(
    `${opening}${opening && ';\n'}${GUEST_NAME} ${id} */ ${question.sql}`,
    question.format,
  );
  const giveUp = () => void watch.kill(id, run);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    const { bytes, rows } = await run;
    signal.throwIfAborted();
    giveBack();
    const summary = {
      ...watched.stop(),
      resultRows: rows,
      resultBytes: bytes.length,
      elapsedNs: Math.round((performance.now() - startedAt) * 1e6),
    };
    return { whole: bytes, chunks: chunksOf(bytes), summary: () => ({ ...summary }) };
  } catch (error) {
    watched.stop();
    close();
    if (signal.aborted) throw signal.reason;
    if (!isTooLarge(error) || isOwnLimit(limits, question)) throw error;
    large.add(shape);
    const [oldest] = large;
    if (large.size > LARGE_SHAPES_MAX && oldest !== undefined) large.delete(oldest);
    return null;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

function isTooLarge(error: unknown): boolean {
  const known = toAnalyticsError(error, { timeoutMs: 0, rowsMax: 0 });
  return known instanceof AppError && known.code === 'RESULT_TOO_LARGE';
}

/** Whether the limits of an answer that is held are those of the question itself: then going beyond them is its fault. */
const isOwnLimit = (held: GuestQuestion['limits'], { limits }: GuestQuestion): boolean =>
  held.resultRows === limits.resultRows && held.resultBytes === limits.resultBytes;

/** In a session of its own, because the tree of a question may be longer than its answer may be. */
async function explain(chdb: Chdb, question: GuestQuestion): Promise<string> {
  const session = chdb.open();
  try {
    return await session.run(
      `${settingsText(forExplaining(question))};\nexplain ast ${question.sql}`,
      'TSVRaw',
    );
  } finally {
    session.close();
  }
}

const settingsText = (question: GuestQuestion): string => {
  const settings = { ...guestSettings(question), os_threads_nice_value_query: NICE, readonly: 1 };
  const list = Object.entries(settings).map(
    ([name, value]) =>
      `${name} = ${typeof value === 'number' || name === 'additional_table_filters' ? value : quote(value)}`,
  );
  return `use ${GUEST_DATABASE};\nset ${list.join(', ')}`;
};

type Answering = {
  path: string;
  settings: string;
  limits: Limits;
  signal: AbortSignal;
  leave: () => void;
};

/** Runs the question into the pipe and waits for the first bytes. From here on the running statement lets go of the session. */
async function answer(
  { chdb, watch }: Parts,
  question: GuestQuestion,
  { path, settings, limits, signal, leave }: Answering,
): Promise<GuestAnswer> {
  const id = randomUUID();
  const { session, pipe } = opened(chdb, path, leave);
  const summary: GuestSummary = { readRows: 0, readBytes: 0, resultRows: 0, resultBytes: 0, elapsedNs: 0 };
  const sql = `${settings};\n${GUEST_NAME} ${id} */ ${question.sql}\ninto outfile ${quote(path)} append format ${question.format}`;
  const startedAt = performance.now();
  const watched = watch.start(id);
  const elapsed = () => Math.round((performance.now() - startedAt) * 1e6);
  const now = () => ({ ...summary, ...watched.now(), elapsedNs: summary.elapsedNs || elapsed() });
  question.watch?.(now);
  const bytes = pipe.reader[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  const run = session.write(sql).finally(() => {
    signal.removeEventListener('abort', giveUp);
    summary.elapsedNs = elapsed();
    Object.assign(summary, watched.stop());
    pipe.end();
    session.close();
  });
  // its error is thrown below, when the bytes before it were taken
  run.catch(() => {});
  // the turn ends when both ends are closed: the next one writes into the same pipe, and only its own reader may be there
  void Promise.allSettled([run, pipe.closed]).then(leave);
  /** What comes out is thrown away until the engine has stopped: it must never wait for a reader that is gone. */
  const giveUp = () => {
    void watch.kill(id, run);
    void drained(bytes);
  };
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  const finish = async () => {
    try {
      summary.resultRows = (await run).rows;
      signal.throwIfAborted();
    } catch (error) {
      throw toGuestError(signal.aborted ? signal.reason : error, limits, question.tables);
    }
  };
  const first = await bytes.next();
  if (first.done) await finish();
  const rest = async function* () {
    let ended = false;
    try {
      for (let chunk = first; !chunk.done && !signal.aborted; chunk = await bytes.next()) {
        summary.resultBytes += chunk.value.length;
        yield chunk.value;
      }
      await finish();
      ended = true;
    } finally {
      if (!ended) giveUp();
    }
  };
  return { chunks: rest(), summary: now };
}

/** Whoever fails to open takes no turn away. */
function opened(chdb: Chdb, path: string, leave: () => void): { session: ChdbSession; pipe: PipeReading } {
  try {
    const pipe = openPipe(path);
    return { session: chdb.open(), pipe };
  } catch (error) {
    leave();
    throw error;
  }
}

async function drained(bytes: AsyncIterator<Uint8Array>): Promise<void> {
  while (!(await bytes.next()).done);
}

/** Aborts at the time limit, when somebody else gives up, and when the engine stops. */
function deadline(
  limits: Limits,
  others: readonly (AbortSignal | undefined)[],
): { signal: AbortSignal; clear(): void } {
  const own = new AbortController();
  const timer = setTimeout(() => own.abort(queryTimeout(limits)), limits.timeoutMs);
  const given = others.filter((signal) => signal !== undefined);
  const signal = AbortSignal.any([own.signal, ...given]);
  return { signal, clear: () => clearTimeout(timer) };
}
