import { AppError } from '#platform/errors/errors.ts';
import type { Log } from '#platform/log/log.ts';
import { type Batch, decodeFrame, encodeFrame, type Frame, weightOf } from './frame.ts';
import type { Journal, Position } from './journal.store.ts';
import { receiptOf } from './receipt.ts';
import { createRoom } from './room.ts';
import { createUnrecorded, type Epoch } from './unrecorded.ts';

/** Frames that go into the tables together. `token` names exactly these frames, also after a restart. */
export type Block = {
  frames: readonly Frame[];
  /** of each frame: the time of receipt under which its rows are stored */
  receivedMs: readonly number[];
  /** as `weightOf` counts */
  rows: number;
  token: string;
  last: Position;
};

/**
 * Durable first, stored soon: a frame is acknowledged when it is in the journal, and goes into the tables together with
 * others. What a killed process had not stored yet is stored at the next start.
 */
export type Writer = {
  /**
   * Resolves when the frame is on disk and, as long as little is waiting, also readable. Its columns are the writer's from
   * then on: it releases them when they are stored.
   * @throws INGEST_OVERLOADED, SHUTTING_DOWN, REQUEST_TOO_LARGE, STORAGE_FULL; the frame may be sent again
   */
  write(frame: Frame): Promise<void>;
  /**
   * Opens the journal and stores what former runs left; returns when that can be read, or after half a minute while the
   * rest is stored beside new work. Call it once, before the first write.
   */
  start(): Promise<void>;
  /** Rows that are durable and not yet in the tables; texts count by their length (`weightOf`). */
  rows(): number;
  /** The last batch of this buffer that is durable and not yet recorded. */
  batch(epoch: Epoch): Batch | null;
  /**
   * Lets nothing new in and waits until everything that was acknowledged is in the tables, half a minute at most.
   * @returns what lets new frames in again; until then they wait, and after three seconds are sent back
   */
  rest(): Promise<() => void>;
  /** Takes nothing new and stores what is waiting. @returns false when the time was over; the rest stays in the journal */
  close(timeoutMs: number): Promise<boolean>;
};

/** One insert takes so many rows at most: enough for the engine to be fast, little enough to hold in memory twice. */
const BLOCK_ROWS_MAX = 1_000_000;
const BLOCK_ROWS_GOOD = 900_000;
const LINGER_MS = 500;
const LINGER_STEP_MS = 50;
/** With no more than this waiting, an answer waits until its rows can be read. */
const READABLE_ROWS_MAX = 20_000;
const READABLE_WAIT_MS = 2_000;
/** How long a frame waits for room before its sender is told to come back; well below the timeout of any client. */
const ROOM_WAIT_MS = 3_000;
const START_WAIT_MS = 30_000;
const REST_WAIT_MS = 30_000;
const RETRY_FIRST_MS = 100;
const RETRY_MOST_MS = 10_000;

/** A frame takes about 1 kB beside its rows. */
const FRAMES_MAX = 200_000;

type Pending = { frame: Frame; rows: number; position: Position; stored: () => void };
/** A journal, its name among those of other processes, and the place up to which it is stored. */
export type Opened = { journal: Journal; name: string; stored: Position | null };
type Parts = {
  open(): Promise<Opened>;
  /** puts a block into the tables; the same block may come again after a crash or an error */
  store(block: Block, journal: string): Promise<void>;
  rowsMax: number;
  log: Log;
};

export function createWriter({ open, store, rowsMax, log }: Parts): Writer {
  let opened: Opened | undefined;
  const pending: Pending[] = [];
  /** Rows waiting in memory, and those still on their way to the journal. */
  const room = createRoom({ rowsMax, waitMs: ROOM_WAIT_MS });
  let storing: Promise<void> | undefined;
  let closed = false;
  const retry = createPause();
  const company = createPause();
  /** Answers that wait until their rows can be read. */
  let readers = 0;
  let giveUp = false;
  let lastReceivedMs = 0;
  const unrecorded = createUnrecorded();
  const wait = (entry: Pending) => {
    pending.push(entry);
    unrecorded.add(entry.frame);
  };

  /** Tries until it works: everything here was acknowledged. */
  const storeBlock = async (block: Block, name: string) => {
    for (let waitMs = RETRY_FIRST_MS; !giveUp; waitMs = Math.min(waitMs * 2, RETRY_MOST_MS)) {
      try {
        await store(block, name);
        return true;
      } catch (error) {
        log.error({ err: error, rows: block.rows, retryMs: waitMs }, 'acknowledged rows wait to be stored');
        await retry.wait(waitMs);
      }
    }
    return false;
  };

  /** Larger blocks cost less a row: with nobody waiting to read, a small one waits for company as long as more comes. */
  const linger = async () => {
    const untilMs = performance.now() + LINGER_MS;
    const isGood = () => closed || readers > 0 || room.rows() >= BLOCK_ROWS_GOOD;
    for (let before = 0; !isGood() && room.rows() > before && performance.now() < untilMs; ) {
      before = room.rows();
      await company.wait(LINGER_STEP_MS);
    }
  };

  const storeAll = async ({ journal, name }: Opened) => {
    while (pending.length > 0) {
      await linger();
      const { block, taken } = takeBlock({ pending, name, receivedMs: lastReceivedMs });
      lastReceivedMs = block.receivedMs.reduce((newest, ms) => Math.max(newest, ms), lastReceivedMs);
      if (!(await storeBlock(block, name))) return;
      pending.splice(0, taken.length);
      room.leave(block.rows);
      for (const { frame, stored } of taken) {
        frame.columns.release();
        unrecorded.remove(frame);
        stored();
      }
      // The newest frame stays: its segment is the one written to, and storing it twice does no harm.
      await journal.release(pending[0]?.position ?? block.last);
    }
  };
  const kick = () => {
    if (!opened) return;
    storing ??= storeAll(opened)
      .catch((error: unknown) => log.error({ err: error }, 'the journal could not be cleared'))
      .finally(() => {
        storing = undefined;
        if (pending.length > 0 && !giveUp) kick();
      });
  };

  return {
    async write(frame) {
      if (closed) throw new AppError('SHUTTING_DOWN');
      if (!opened) throw new AppError('ENGINE_UNAVAILABLE');
      const { journal } = opened;
      const rows = weightOf(frame);
      if (rows > rowsMax) throw new AppError('REQUEST_TOO_LARGE');
      if (pending.length >= FRAMES_MAX) throw new AppError('INGEST_OVERLOADED');
      await room.enter(rows);
      const readable = room.rows() - rows <= READABLE_ROWS_MAX;
      let position: Position;
      try {
        position = await journal.append(encodeFrame(frame));
      } catch (error) {
        room.leave(rows);
        throw asAppError(error);
      }
      const stored = new Promise<void>((resolve) => {
        wait({ frame, rows, position, stored: resolve });
      });
      kick();
      if (readable || room.rows() >= BLOCK_ROWS_GOOD) company.end();
      if (!readable) return;
      readers += 1;
      await atMost(stored, READABLE_WAIT_MS);
      readers -= 1;
    },

    async start() {
      const { journal, name, stored } = await open();
      let left = 0;
      await journal.replay((content, position) => {
        if (stored && !isBehind(position, stored)) return;
        const frame = decodeFrame(content);
        const rows = weightOf(frame);
        left += rows;
        wait({ frame, rows, position, stored: () => undefined });
      });
      // What was acknowledged has to come in, however much it is.
      room.force(left);
      opened = { journal, name, stored };
      if (pending.length === 0) return;
      log.info({ rows: left }, 'rows that were acknowledged before the last end are stored now');
      kick();
      if (storing) await atMost(storing, START_WAIT_MS);
    },

    rows: room.rows,
    batch: unrecorded.last,

    async rest() {
      const letGo = room.hold();
      const untilMs = performance.now() + REST_WAIT_MS;
      while (room.rows() > 0 && performance.now() < untilMs) {
        company.end();
        await atMost(storing ?? NEVER, CLOSE_LOOK_MS);
      }
      if (room.rows() > 0) log.warn({ rows: room.rows() }, 'acknowledged rows are in the journal only');
      return letGo;
    },

    async close(timeoutMs) {
      closed = true;
      company.end();
      const all = (async () => {
        // Whoever waits for the journal now adds to what is pending.
        while (room.rows() > 0 && !giveUp) await (storing ?? atMost(NEVER, CLOSE_LOOK_MS));
        return room.rows() === 0;
      })();
      const finished = await Promise.race([all, atMost(NEVER, timeoutMs)]);
      giveUp = true;
      retry.end();
      await storing;
      if (finished === true) await opened?.journal.release(END);
      await opened?.journal.close();
      return finished === true;
    },
  };
}

/** A wait that somebody else can end. One waits at a time. */
function createPause() {
  let end = () => {};
  return {
    wait: (ms: number) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        end = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    end: () => end(),
  };
}

/** The frames that waited longest, as many as go into one insert. `receivedMs` is the newest time of receipt of before. */
function takeBlock({
  pending,
  name,
  receivedMs,
}: {
  pending: readonly Pending[];
  name: string;
  receivedMs: number;
}) {
  const taken: Pending[] = [];
  let rows = 0;
  for (const entry of pending) {
    if (taken.length > 0 && rows + entry.rows > BLOCK_ROWS_MAX) break;
    taken.push(entry);
    rows += entry.rows;
  }
  const first = (taken[0] as Pending).position;
  const last = (taken.at(-1) as Pending).position;
  const token = `${name} ${first.segment}:${first.offset}-${last.segment}:${last.offset}`;
  const frames = taken.map(({ frame }) => frame);
  const block: Block = { frames, receivedMs: receiptOf(frames, receivedMs), rows, token, last };
  return { taken, block };
}

const NEVER = new Promise<never>(() => undefined);
const CLOSE_LOOK_MS = 5;
const END: Position = { segment: Number.POSITIVE_INFINITY, offset: 0 };

const isBehind = (position: Position, other: Position): boolean =>
  position.segment > other.segment || (position.segment === other.segment && position.offset > other.offset);

/** A full disk is the sender's to wait for; the operator sees it in the log and at /ready. */
function asAppError(error: unknown): Error {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new AppError('STORAGE_FULL', {}, { cause: error });
  return new AppError('ENGINE_UNAVAILABLE', {}, { cause: error });
}

function atMost<Result>(work: Promise<Result>, timeoutMs: number): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
