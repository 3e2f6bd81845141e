import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Clock, momentAt } from '../clock.ts';
import type { Log } from '../log.ts';
import { type Cursor, loadCursor, loadIdentity, saveCursor, saveIdentity } from './cursor.ts';
import { syncFolder } from './files.ts';
import { passedIn } from './lanes.ts';
import { type ScannedSegment, type Segment, scanSegment, segmentNumber } from './segment.ts';

/** A buffer folder was made by a collector of another name; its batches would be refused under this one. */
export class BufferOwnerError extends Error {
  constructor(folder: string, owner: string, source: string) {
    super(
      `the buffer folder ${folder} holds batches of collector ${owner}, not ${source}; give ${source} another folder`,
    );
    this.name = 'BufferOwnerError';
  }
}

export type Recovered = {
  epoch: string;
  /** Last sequence given out in this epoch. */
  sequence: number;
  cursor: Cursor;
  /** Oldest first; all closed. */
  segments: Segment[];
  nextSegment: number;
};

/**
 * Brings a buffer folder back after any kind of end: torn tails are cut at the last good record, acknowledged segments
 * removed. The epoch stays unless something was cut, damaged or missing; then a new one begins, so that a sequence can
 * never name two different batches. Batches already in the log keep the epoch they were written with.
 * Throws BufferOwnerError.
 */
export async function recoverBuffer(options: {
  folder: string;
  source: string;
  clock: Clock;
  log: Log;
}): Promise<Recovered> {
  const { folder, source, clock, log } = options;
  const segmentsFolder = join(folder, 'segments');
  await mkdir(segmentsFolder, { recursive: true, mode: 0o700 });
  const identity = await loadIdentity(folder);
  if (identity !== null && identity.source !== source)
    throw new BufferOwnerError(folder, identity.source, source);
  const savedCursor = await loadCursor(folder);
  const found = await scanSegments(segmentsFolder, savedCursor, { clock, log });

  const sound = identity !== null && savedCursor !== null && !found.damaged;
  const epoch = sound ? identity.epoch : randomUUID();
  if (!sound) {
    if (identity !== null) log.warn({ epoch }, 'the buffer was damaged, a new epoch begins');
    await saveIdentity(folder, { source, epoch });
  }
  const ofEpoch = savedCursor?.epoch === epoch ? savedCursor : null;
  const lastWritten = found.last !== null && epochOf(found.last) === epoch ? found.last.lastSequence : 0;
  const sequence = Math.max(lastWritten, ofEpoch?.written ?? 0, ofEpoch?.acknowledged ?? 0);
  const cursor: Cursor = {
    epoch,
    acknowledged: ofEpoch?.acknowledged ?? 0,
    written: sequence,
    lanes: savedCursor?.lanes ?? [{ from: 0, segment: 0, offset: 0 }],
  };
  await saveCursor(folder, cursor);
  return { epoch, sequence, cursor, segments: found.segments, nextSegment: found.nextSegment };
}

type Scan = { segments: Segment[]; nextSegment: number; last: ScannedSegment | null; damaged: boolean };

async function scanSegments(
  folder: string,
  cursor: Cursor | null,
  { clock, log }: { clock: Clock; log: Log },
): Promise<Scan> {
  const numbers = (await readdir(folder)).map((name) => ({ name, number: segmentNumber(name) }));
  numbers.sort((left, right) => left.name.localeCompare(right.name));
  const scan: Scan = { segments: [], nextSegment: newestOf(cursor) + 1, last: null, damaged: false };
  for (const { name, number } of numbers) {
    if (number === null) continue;
    scan.nextSegment = Math.max(scan.nextSegment, number + 1);
    const path = join(folder, name);
    const passedTo = cursor === null ? 0 : passedIn(cursor.lanes, number, Number.POSITIVE_INFINITY);
    const found = await scanSegment(path, passedTo);
    if (found.bytesAfter > 0) {
      scan.damaged = true;
      log.warn({ segment: name, bytes: found.bytesAfter }, 'bytes after the last good record were cut off');
      await truncate(path, found.bytes);
    }
    if (found.lastBody !== null) scan.last = found;
    if (found.bytes === 0 || found.bytes <= passedTo) {
      await rm(path, { force: true });
      continue;
    }
    scan.segments.push({
      number,
      path,
      bytes: found.bytes,
      samples: found.samples,
      samplesPassed: found.samplesPassed,
      // Not known better: all of it counts as old as its file.
      ages: [{ offset: 0, atMs: await writtenMs(path, clock) }],
    });
  }
  await syncFolder(folder);
  return scan;
}

/**
 * When a file was made, by `elapsedMs`: over a restart there is only the wall clock. Some file systems do not keep when a file was made.
 */
async function writtenMs(path: string, clock: Clock): Promise<number> {
  const { birthtimeMs, mtimeMs } = await stat(path);
  const madeMs = birthtimeMs > 0 ? Math.min(birthtimeMs, mtimeMs) : mtimeMs;
  return momentAt(clock, madeMs).elapsedMs;
}

/** Numbers of segments are never given twice. */
const newestOf = (cursor: Cursor | null): number =>
  Math.max(0, ...(cursor?.lanes ?? []).flatMap(({ from, segment }) => [from, segment]));

function epochOf(found: ScannedSegment): string | null {
  if (found.lastBody === null) return null;
  const { body, gzipped } = found.lastBody;
  const batch: unknown = JSON.parse((gzipped ? gunzipSync(body) : body).toString('utf8'));
  return typeof batch === 'object' && batch !== null && 'epoch' in batch ? String(batch.epoch) : null;
}
