import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Log } from '#platform/log/log.ts';

/** Place of a record: its segment and the byte where it begins. */
export type Position = { segment: number; offset: number };

/**
 * An append-only log on disk with group commit: what waits together is written and synced together.
 * A record is its length (uint32), the CRC-32 of its content (uint32) and the content, all little-endian.
 */
export type Journal = {
  /** A record of these parts, one behind the other. Resolves with its place once it is on disk (fdatasync). @throws Error of the file system (ENOSPC, EIO) */
  append(parts: readonly Uint8Array[]): Promise<Position>;
  /** Hands every record of former runs to `visit`, oldest first. Call it once, before the first append. */
  replay(visit: (content: Buffer, position: Position) => void): Promise<void>;
  /** Everything before this place is not needed any more; segments that lie wholly before it are deleted. */
  release(before: Position): Promise<void>;
  close(): Promise<void>;
};

/** A segment that is this long is ended, so that released ones can be deleted. */
const SEGMENT_BYTES = 128 * 1024 * 1024;
/** Most bytes of one commit; more waits for the next, so that the first in line is not held up by the last. */
const COMMIT_BYTES_MAX = 16 * 1024 * 1024;
const HEAD_BYTES = 8;
/** No record is longer; a longer length in a file is damage. */
const CONTENT_BYTES_MAX = 512 * 1024 * 1024;

type Waiting = {
  parts: readonly Uint8Array[];
  bytes: number;
  resolve(position: Position): void;
  reject(error: unknown): void;
};
type Segment = { number: number; file: Awaited<ReturnType<typeof open>>; bytes: number };

/**
 * Opens the journal in a folder of its own. Segments are numbered behind those that are there and behind `after`: a number
 * that was used once must not come again, because places name what is stored already.
 * @throws Error of the file system
 */
export async function openJournal(folder: string, log: Log, after = 0): Promise<Journal> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const old = await segmentsOf(folder);
  /** Numbers of segments that exist, ascending; the last may be the one written to. */
  const kept = [...old];
  let current: Segment | undefined;
  let next = Math.max(old.at(-1) ?? 0, after) + 1;
  const waiting: Waiting[] = [];
  let committing: Promise<void> | undefined;

  const begin = async (): Promise<Segment> => {
    const number = next;
    next += 1;
    const file = await open(join(folder, nameOf(number)), 'wx', 0o600);
    kept.push(number);
    await syncFolder(folder);
    return { number, file, bytes: 0 };
  };

  /** After a failed write nobody knows what the file holds behind its last good byte: it is cut there and left. */
  const abandon = async (segment: Segment) => {
    current = undefined;
    try {
      await segment.file.truncate(segment.bytes);
    } catch (error) {
      log.warn({ err: error }, 'a segment of the journal could not be cut after a failed write');
    }
    await segment.file.close().catch(() => undefined);
  };

  const commit = async () => {
    while (waiting.length > 0) {
      const group = takeGroup(waiting);
      let segment: Segment | undefined;
      try {
        if (current && current.bytes >= SEGMENT_BYTES) {
          await current.file.close();
          current = undefined;
        }
        segment = current ??= await begin();
        const { buffers, positions, bytes } = layOut(group, segment);
        await writeAll(segment.file, buffers, segment.bytes);
        await segment.file.datasync();
        segment.bytes += bytes;
        for (const [index, { resolve }] of group.entries()) resolve(positions[index] as Position);
      } catch (error) {
        if (segment) await abandon(segment);
        for (const { reject } of group) reject(error);
      }
    }
  };

  return {
    append(parts) {
      const bytes = parts.reduce((sum, part) => sum + part.length, 0);
      return new Promise((resolve, reject) => {
        waiting.push({ parts, bytes, resolve, reject });
        committing ??= commit().finally(() => {
          committing = undefined;
        });
      });
    },

    async replay(visit) {
      for (const number of old) await replaySegment({ folder, number, log }, visit);
    },

    async release(before) {
      if (current && current.number < before.segment) {
        await current.file.close();
        current = undefined;
      }
      while (kept.length > 0 && (kept[0] as number) < before.segment) {
        await rm(join(folder, nameOf(kept[0] as number)), { force: true });
        kept.shift();
      }
    },

    async close() {
      await committing;
      await current?.file.close();
      current = undefined;
    },
  };
}

const nameOf = (number: number): string => `${String(number).padStart(12, '0')}.log`;

async function segmentsOf(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => /^\d{12}\.log$/.test(name))
    .map((name) => Number(name.slice(0, 12)))
    .sort((a, b) => a - b);
}

/** A new file is only there after a loss of power when its folder was synced too. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function takeGroup(waiting: Waiting[]): Waiting[] {
  let bytes = 0;
  let count = 0;
  for (const entry of waiting) {
    bytes += entry.bytes;
    if (count > 0 && bytes > COMMIT_BYTES_MAX) break;
    count += 1;
  }
  return waiting.splice(0, count);
}

function layOut(group: readonly Waiting[], segment: Segment) {
  const buffers: Uint8Array[] = [];
  const positions: Position[] = [];
  let bytes = 0;
  for (const { parts, bytes: contentBytes } of group) {
    const head = Buffer.allocUnsafe(HEAD_BYTES);
    head.writeUInt32LE(contentBytes, 0);
    head.writeUInt32LE(
      parts.reduce((crc, part) => crc32(part, crc), 0),
      4,
    );
    positions.push({ segment: segment.number, offset: segment.bytes + bytes });
    buffers.push(head, ...parts);
    bytes += HEAD_BYTES + contentBytes;
  }
  return { buffers, positions, bytes };
}

/** `writev` may write less than asked for. */
async function writeAll(file: Segment['file'], buffers: Uint8Array[], start: number): Promise<void> {
  let at = start;
  let rest = buffers;
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev(rest, at);
    at += bytesWritten;
    let left = bytesWritten;
    let index = 0;
    while (index < rest.length && left >= (rest[index] as Uint8Array).length) {
      left -= (rest[index] as Uint8Array).length;
      index += 1;
    }
    rest = rest.slice(index);
    if (left > 0) rest[0] = (rest[0] as Uint8Array).subarray(left);
  }
}

/**
 * Reads one segment up to its end or to the first record that is not whole. An unfinished record at the end is what a
 * killed process leaves: nobody was told that it is stored. Damage before good records is something else: the file is put
 * aside for a person, after everything in front of the damage was taken over.
 */
async function replaySegment(
  { folder, number, log }: { folder: string; number: number; log: Log },
  visit: (content: Buffer, position: Position) => void,
): Promise<void> {
  const path = join(folder, nameOf(number));
  const bytes = await readFile(path);
  let offset = 0;
  while (offset + HEAD_BYTES <= bytes.length) {
    const length = bytes.readUInt32LE(offset);
    const end = offset + HEAD_BYTES + length;
    if (length > CONTENT_BYTES_MAX || end > bytes.length) break;
    const content = bytes.subarray(offset + HEAD_BYTES, end);
    if (crc32(content) !== bytes.readUInt32LE(offset + 4)) {
      const aside = `${path}.damaged`;
      await rename(path, aside);
      log.error({ file: aside, offset }, 'the journal is damaged here; what stood before it is taken over');
      return;
    }
    visit(content, { segment: number, offset });
    offset = end;
  }
  if (offset < bytes.length)
    log.info({ file: path, bytes: bytes.length - offset }, 'the end of the journal was never finished');
}
