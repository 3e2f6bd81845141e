import { randomUUID } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Batch, BatchPoint } from '@ronghe/contracts';
import { type Clock, systemClock } from '../clock.ts';
import type { Log } from '../log.ts';
import { ageMsAt } from './ages.ts';
import { saveCursor, saveIdentity } from './cursor.ts';
import { LANES_MAX, laneOf, passedIn, withoutDrained } from './lanes.ts';
import { lockFolder } from './lock.ts';
import { type BufferRecord, batchIn, encodeRecord } from './record.ts';
import { recoverBuffer } from './recovery.ts';
import { readRecord, type Segment } from './segment.ts';
import { createSegmentLog } from './segment-log.ts';

const gzipAsync = promisify(gzip);

/** Bodies over this many bytes are stored and sent compressed. */
const GZIP_BYTES_MIN = 1024;
/** A new segment begins at this size, or at an eighth of the whole buffer when that is less. */
const SEGMENT_BYTES_MAX = 16 * 1024 * 1024;

/** A batch that waits for its acknowledgement; `body` is byte for byte the same at every try. */
export type BufferedBatch = BufferRecord & { segment: number; end: number };

export type BufferStatus = {
  epoch: string;
  /** Last sequence written. */
  sequence: number;
  acknowledged: number;
  /** Bytes that wait for an acknowledgement. */
  bytes: number;
  /** Those of them that wait since an outage and are delivered behind what comes now. */
  bytesReplayed: number;
  /** How long the oldest of what waits has been on disk, of what comes now and of what is replayed; null when nothing waits. */
  oldestAgeMs: { live: number | null; replay: number | null };
  /** Samples given up since this process began, because the buffer was full or damaged. */
  samplesDropped: number;
};

export type DiskBuffer = {
  /** Puts batches at the end, in order; resolves when they are on disk. Rejects only when closed meanwhile. */
  append(batches: readonly BatchPoint[][]): Promise<void>;
  /** The oldest batch that is not acknowledged, or null: of what comes now, or of what older lanes keep. */
  peek(which: 'live' | 'replay'): Promise<BufferedBatch | null>;
  /**
   * Says which batch is on its way. When its segment is given up meanwhile, it is lost only if it does not arrive: that is
   * told by `null` without an acknowledgement before. False when it was given up already and must not be sent.
   */
  sending(batch: BufferedBatch | null): boolean;
  /** Moves past a batch, durably. */
  acknowledge(batch: BufferedBatch): Promise<void>;
  /**
   * What waits now becomes a lane of its own, so that what comes later can be delivered before it. Numbering begins anew,
   * because the platform wants the batches of an epoch in order.
   */
  divide(): Promise<void>;
  /** Later batches are numbered from 1 under a new epoch; for when the server knows a sequence with other content. */
  renewEpoch(): Promise<void>;
  /** Resolves as soon as something waits for delivery (`live`: that came lately), or when the signal is aborted. */
  pending(signal: AbortSignal, which?: 'any' | 'live'): Promise<void>;
  status(): BufferStatus;
  close(): Promise<void>;
};

type Options = {
  folder: string;
  source: string;
  bytesMax: number;
  log: Log;
  clock?: Clock;
  /** the points of each batch that is given up undelivered */
  onGiveUp?: (points: readonly BatchPoint[]) => void;
};

/**
 * Opens the segment log in a folder, creating or recovering it. Policy when `bytesMax` is reached or the disk is full:
 * the oldest segment is given up, counted in `samplesDropped` and logged as an error.
 * Throws BufferLockedError, BufferOwnerError and what the file system throws.
 */
export async function openBuffer(options: Options): Promise<DiskBuffer> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const unlock = await lockFolder(options.folder);
  try {
    return await openLocked(options, unlock);
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function openLocked(options: Options, unlock: () => Promise<void>): Promise<DiskBuffer> {
  const { folder, source, log, clock = systemClock } = options;
  const recovered = await recoverBuffer({ folder, source, clock, log });
  const { cursor } = recovered;
  let { epoch, sequence } = recovered;
  let samplesDropped = 0;
  const arrivals = createArrivals();
  // Writing and delivering take turns among themselves, not with each other: a disk that refuses writes must not
  // keep the delivery from freeing space.
  const inWriteTurn = turns();
  const inReadTurn = turns();
  const inSaveTurn = turns();
  const save = (): Promise<void> => inSaveTurn(() => saveCursor(folder, { ...cursor, written: sequence }));
  const onItsWay = createOnItsWay((batch) => {
    samplesDropped += batch.samples;
    options.onGiveUp?.(batchIn(batch).points);
  });
  const giveUp = (segment: Segment): number => {
    const lost = segment.samples - segment.samplesPassed - onItsWay.giveUp(segment.number);
    samplesDropped += lost;
    segment.givenUp = true;
    return lost;
  };
  const files = createSegmentLog({
    folder: join(folder, 'segments'),
    bytesMax: options.bytesMax,
    segmentBytesMax: Math.min(SEGMENT_BYTES_MAX, Math.floor(options.bytesMax / 8)),
    segments: recovered.segments,
    nextSegment: recovered.nextSegment,
    clock,
    log,
    async onGiveUp(segment, why) {
      log.error({ samples: giveUp(segment), why }, 'the oldest buffered samples were given up');
      if (options.onGiveUp)
        await tellGivenUp(
          segment.path,
          onItsWay.endIn(segment.number) ?? offsetIn(segment),
          options.onGiveUp,
        ).catch((error: unknown) => log.error({ err: error }, 'what was given up could not be read'));
      await save().catch((error: unknown) => log.error({ err: error }, 'the cursor could not be saved'));
    },
  });
  const offsetIn = (segment: Segment): number => passedIn(cursor.lanes, segment.number, segment.bytes);
  const isKept = (number: number): boolean =>
    files.segments().some((each) => each.number === number && !each.givenUp);
  const isLive = (segment: number): boolean => laneOf(cursor.lanes, segment) === cursor.lanes.at(-1);
  const isWaiting = (segment: Segment): boolean => offsetIn(segment) < segment.bytes;
  const { bytesPending, oldestAgeMs } = createWaiting({ segments: files.segments, offsetIn, isLive, clock });

  const append = async (batches: readonly BatchPoint[][]): Promise<void> => {
    const { records, samples, last } = await encodeAll({ source, epoch, sequence }, batches);
    await files.append(Buffer.concat(records), samples);
    sequence = last;
    arrivals.tell();
  };

  const peek = async (which: 'live' | 'replay'): Promise<BufferedBatch | null> => {
    for (const segment of [...files.segments()]) {
      if (isLive(segment.number) !== (which === 'live')) continue;
      const offset = offsetIn(segment);
      if (offset >= segment.bytes) continue;
      const record = await files.read(segment, offset).catch((error: NodeJS.ErrnoException) => {
        // A sector that cannot be read stays so; other failures pass, and given up meanwhile is not damage.
        if (error.code === 'EIO' || !files.segments().includes(segment)) return null;
        throw error;
      });
      if (!files.segments().includes(segment)) continue;
      if (record !== null) return { ...record, segment: segment.number, end: offset + record.bytes };
      log.error({ samples: giveUp(segment) }, 'a buffered batch cannot be read, its segment is given up');
      await files.remove(segment);
    }
    return null;
  };

  const acknowledge = async (batch: BufferedBatch): Promise<void> => {
    onItsWay.arrived(batch);
    const segment = files.segments().find((each) => each.number === batch.segment);
    if (segment !== undefined) segment.samplesPassed += batch.samples;
    Object.assign(laneOf(cursor.lanes, batch.segment), { segment: batch.segment, offset: batch.end });
    // A batch of an earlier epoch may carry a higher number than any of this one.
    if (isLive(batch.segment)) cursor.acknowledged = Math.min(batch.sequence, sequence);
    forgetDrained();
    await save();
    for (const each of [...files.segments()]) {
      if (offsetIn(each) >= each.bytes && !files.isActive(each)) await files.remove(each);
    }
  };

  /** A lane whose segments are all passed, or given up, is over. */
  const forgetDrained = (): void => {
    cursor.lanes = withoutDrained(cursor.lanes, (lane) =>
      files.segments().some((segment) => laneOf(cursor.lanes, segment.number) === lane && isWaiting(segment)),
    );
  };

  const divide = async (): Promise<void> => {
    if (cursor.lanes.length >= LANES_MAX || bytesPending() === 0) return;
    const from = await files.roll();
    cursor.lanes = [...cursor.lanes, { from, segment: from, offset: 0 }];
    await renewEpoch();
  };

  const renewEpoch = async (): Promise<void> => {
    epoch = randomUUID();
    sequence = 0;
    Object.assign(cursor, { epoch, acknowledged: 0 });
    await saveIdentity(folder, { source, epoch });
    await save();
  };

  return {
    append: (batches) => inWriteTurn(() => append(batches)),
    peek: (which) => inReadTurn(() => peek(which)),
    sending: (batch) => onItsWay.set(batch, isKept),
    acknowledge: (batch) => inReadTurn(() => acknowledge(batch)),
    divide: () => inWriteTurn(() => inReadTurn(divide)),
    renewEpoch: () => inWriteTurn(renewEpoch),
    pending(signal, which = 'any') {
      return signal.aborted || bytesPending(which) > 0 ? Promise.resolve() : arrivals.next(signal);
    },
    status: () => ({
      epoch,
      sequence,
      acknowledged: cursor.acknowledged,
      bytes: bytesPending(),
      bytesReplayed: bytesPending() - bytesPending('live'),
      oldestAgeMs: { live: oldestAgeMs(true), replay: oldestAgeMs(false) },
      samplesDropped,
    }),
    async close() {
      await inReadTurn(async () => undefined);
      await files.close();
      await inWriteTurn(async () => undefined);
      await unlock();
    },
  };
}

type Waiting = {
  segments: () => readonly Segment[];
  offsetIn: (segment: Segment) => number;
  isLive: (segment: number) => boolean;
  clock: Clock;
};

/** How much waits, and how long. */
const createWaiting = ({ segments, offsetIn, isLive, clock }: Waiting) => ({
  oldestAgeMs(live: boolean): number | null {
    const oldest = segments().find((each) => isLive(each.number) === live && offsetIn(each) < each.bytes);
    return oldest ? ageMsAt(oldest.ages, offsetIn(oldest), clock) : null;
  },
  bytesPending: (which: 'any' | 'live' = 'any'): number =>
    segments()
      .filter(({ number }) => which === 'any' || isLive(number))
      .reduce((sum, segment) => sum + segment.bytes - offsetIn(segment), 0),
});

/** The batch that is being sent, and whether its segment was given up since. */
function createOnItsWay(onLost: (batch: BufferedBatch) => void) {
  let batch: BufferedBatch | null = null;
  let isOrphan = false;
  return {
    /** The one before is lost when nothing but this process had it and it did not arrive. */
    set(next: BufferedBatch | null, isKept: (segment: number) => boolean): boolean {
      if (isOrphan && batch) onLost(batch);
      const goes = next === null || isKept(next.segment);
      [batch, isOrphan] = [goes ? next : null, false];
      return goes;
    },
    /** Samples of a segment that is given up which may still arrive. */
    giveUp(segment: number): number {
      if (batch?.segment !== segment) return 0;
      isOrphan = true;
      return batch.samples;
    },
    endIn: (segment: number): number | null => (batch?.segment === segment ? batch.end : null),
    arrived(one: BufferedBatch): void {
      if (one === batch) [batch, isOrphan] = [null, false];
    },
  };
}

/** Those who wait for something to arrive. */
function createArrivals() {
  let waiting: (() => void)[] = [];
  return {
    tell() {
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
    next: (signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        const wake = () => {
          signal.removeEventListener('abort', wake);
          resolve();
        };
        signal.addEventListener('abort', wake, { once: true });
        waiting.push(wake);
      }),
  };
}

/** With a handle of its own: the delivery may be reading the same segment. */
async function tellGivenUp(
  path: string,
  from: number,
  tell: (points: readonly BatchPoint[]) => void,
): Promise<void> {
  const handle = await open(path, 'r');
  try {
    for (let at = from; ; ) {
      const found = await readRecord(handle, at);
      if (found === null) return;
      tell(batchIn(found).points);
      at += found.bytes;
    }
  } finally {
    await handle.close();
  }
}

/** Runs pieces of work one after the other, in the order asked for; a failed one does not stop the next. */
function turns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}

async function encodeAll(
  { source, epoch, sequence }: Pick<Batch, 'source' | 'epoch' | 'sequence'>,
  batches: readonly BatchPoint[][],
) {
  const records: Buffer[] = [];
  let samples = 0;
  let last = sequence;
  for (const points of batches) {
    last += 1;
    const record = await recordOf({ source, epoch, sequence: last, points });
    records.push(encodeRecord(record));
    samples += record.samples;
  }
  return { records, samples, last };
}

async function recordOf(batch: Batch): Promise<BufferRecord> {
  const json = Buffer.from(JSON.stringify(batch));
  const gzipped = json.length > GZIP_BYTES_MIN;
  return {
    sequence: batch.sequence,
    samples: batch.points.reduce((sum, point) => sum + point.samples.length, 0),
    gzipped,
    body: gzipped ? await gzipAsync(json, { level: 1 }) : json,
  };
}
