import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pause } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { noteAge } from './ages.ts';
import { syncFolder, writeAt } from './files.ts';
import { readRecord, type Segment, segmentName } from './segment.ts';

const WRITE_RETRY_MS = 1000;

/** The files of the buffer: bytes go in at the end, whole segments leave at the front. */
export type SegmentLog = {
  /** Resolves when the bytes are on disk; tries again until closed, giving up the oldest segments when it must. */
  append(bytes: Buffer, samples: number): Promise<void>;
  segments(): readonly Segment[];
  bytes(): number;
  /** The record at a position, or null when it cannot be read (any more). */
  read(segment: Segment, offset: number): ReturnType<typeof readRecord>;
  /** Removes a segment that is not being written, or else stops writing it first. */
  remove(segment: Segment): Promise<void>;
  isActive(segment: Segment): boolean;
  /** What is appended from now on goes into a new segment. @returns its number */
  roll(): Promise<number>;
  close(): Promise<void>;
};

/**
 * `onGiveUp` is told of a segment before it is removed to make room (the buffer or the disk is full); what it does is
 * awaited, so that the number of the last batch can be made durable first.
 */
export function createSegmentLog(options: {
  folder: string;
  bytesMax: number;
  segmentBytesMax: number;
  segments: Segment[];
  nextSegment: number;
  clock: Clock;
  log: Log;
  onGiveUp: (segment: Segment, why: string) => Promise<void>;
}): SegmentLog {
  const { folder, segments, log } = options;
  const closing = new AbortController();
  let nextSegment = options.nextSegment;
  let active: { segment: Segment; handle: FileHandle } | null = null;
  let reader: { segment: Segment; handle: FileHandle } | null = null;

  const bytesNow = (): number => segments.reduce((sum, segment) => sum + segment.bytes, 0);

  const openSegment = async () => {
    const number = nextSegment;
    nextSegment += 1;
    const path = join(folder, segmentName(number));
    const handle = await open(path, 'wx', 0o600);
    await syncFolder(folder);
    const segment: Segment = { number, path, bytes: 0, samples: 0, samplesPassed: 0, ages: [] };
    segments.push(segment);
    return { segment, handle };
  };

  /** The segment to write to; after a failed write a fresh one, for the state of the old file is not known. */
  const writable = async () => {
    if (active !== null && active.segment.bytes >= options.segmentBytesMax) {
      const { handle } = active;
      active = null;
      await handle.close();
    }
    active ??= await openSegment();
    return active;
  };

  const abandonActive = async (): Promise<void> => {
    if (active === null) return;
    const { handle, segment } = active;
    active = null;
    await handle.truncate(segment.bytes).catch(() => undefined);
    await handle.close().catch(() => undefined);
  };

  const closeReader = async (): Promise<void> => {
    const old = reader;
    reader = null;
    await old?.handle.close();
  };

  const remove = async (segment: Segment): Promise<void> => {
    if (segment === active?.segment) await abandonActive();
    const index = segments.indexOf(segment);
    if (index >= 0) segments.splice(index, 1);
    if (reader?.segment === segment) await closeReader();
    await rm(segment.path, { force: true });
  };

  const giveUpOldest = async (why: string): Promise<boolean> => {
    const oldest = segments[0];
    if (oldest === undefined || oldest === active?.segment) return false;
    await options.onGiveUp(oldest, why);
    await remove(oldest);
    return true;
  };

  const tryAppend = async (bytes: Buffer, samples: number): Promise<void> => {
    const { handle, segment } = await writable();
    await writeAt(handle, segment.bytes, bytes);
    await handle.datasync();
    noteAge(segment.ages, { offset: segment.bytes, atMs: options.clock.elapsedMs() });
    segment.bytes += bytes.length;
    segment.samples += samples;
  };

  return {
    async append(bytes, samples) {
      while (bytesNow() + bytes.length > options.bytesMax && (await giveUpOldest('the buffer is full'))) {
        // Each turn frees one segment.
      }
      for (;;) {
        try {
          return await tryAppend(bytes, samples);
        } catch (error) {
          log.error({ err: error }, 'the buffer could not be written, trying again');
          await abandonActive();
          const full = (error as NodeJS.ErrnoException).code === 'ENOSPC';
          if (full && (await giveUpOldest('the disk is full'))) continue;
          await pause(WRITE_RETRY_MS, closing.signal);
          if (closing.signal.aborted) throw error;
        }
      }
    },
    segments: () => segments,
    bytes: bytesNow,
    async read(segment, offset) {
      if (reader?.segment !== segment) {
        await closeReader();
        reader = { segment, handle: await open(segment.path, 'r') };
      }
      return readRecord(reader.handle, offset);
    },
    remove,
    isActive: (segment) => segment === active?.segment,
    async roll() {
      const handle = active?.handle;
      active = null;
      await handle?.close();
      return nextSegment;
    },
    async close() {
      closing.abort();
      await active?.handle.close();
      active = null;
      await closeReader();
    },
  };
}
