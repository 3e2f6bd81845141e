import type { FileHandle } from 'node:fs/promises';
import { createInflateRaw } from 'node:zlib';
import { readAt } from '../../buffer/files.ts';
import { UnreadableFile } from './file.rows.ts';

/** Format and section numbers: PKWARE APPNOTE 6.3.10. */
const END_BYTES = 22;
const COMMENT_BYTES_MAX = 65_535;
const DIRECTORY_BYTES_MAX = 16 * 1024 * 1024;
const ENTRIES_MAX = 20_000;
const CHUNK_BYTES = 128 * 1024;
const FULL32 = 0xffff_ffff;

export type ZipEntry = { name: string; method: number; packedBytes: number; headerAt: number };
export type Zip = {
  find(name: string): ZipEntry | null;
  /** The content in pieces. Throws UnreadableFile when it is longer than `bytesMax`, whatever the archive says. */
  read(entry: ZipEntry, bytesMax: number): AsyncGenerator<Buffer>;
};

/** Reads the directory of an archive (4.3.12, 4.3.16, Zip64 4.3.14). Throws UnreadableFile. */
export async function openZip(handle: FileHandle, size: number): Promise<Zip> {
  const tailAt = Math.max(0, size - END_BYTES - COMMENT_BYTES_MAX);
  const tail = await readAt(handle, tailAt, size - tailAt);
  const end = tail.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'));
  if (end < 0 || tail.length - end < END_BYTES) throw new UnreadableFile('this is no zip archive');
  let length = tail.readUInt32LE(end + 12);
  let start = tail.readUInt32LE(end + 16);
  if (length === FULL32 || start === FULL32) ({ length, start } = await readZip64End(handle, tail, end));
  if (length > DIRECTORY_BYTES_MAX || start + length > size)
    throw new UnreadableFile('the directory of the archive is damaged');
  const entries = parseDirectory(await readAt(handle, start, length));
  return {
    find: (name) => entries.get(name) ?? null,
    read: (entry, bytesMax) => readEntry({ handle, size, entry, bytesMax }),
  };
}

async function readZip64End(
  handle: FileHandle,
  tail: Buffer,
  end: number,
): Promise<{ length: number; start: number }> {
  const locator = end - 20;
  if (locator < 0 || tail.readUInt32LE(locator) !== 0x0706_4b50)
    throw new UnreadableFile('the archive says it is Zip64 and is not');
  const record = await readAt(handle, safeNumber(tail.readBigUInt64LE(locator + 8)), 56);
  if (record.length < 56 || record.readUInt32LE(0) !== 0x0606_4b50)
    throw new UnreadableFile('the end of the archive is damaged');
  return { length: safeNumber(record.readBigUInt64LE(40)), start: safeNumber(record.readBigUInt64LE(48)) };
}

function safeNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new UnreadableFile('the archive is damaged');
  return Number(value);
}

/** The entries of a central directory by name. Throws UnreadableFile. */
export function parseDirectory(directory: Buffer): Map<string, ZipEntry> {
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  while (at + 46 <= directory.length && directory.readUInt32LE(at) === 0x0201_4b50) {
    if (entries.size >= ENTRIES_MAX)
      throw new UnreadableFile(`the archive has more than ${ENTRIES_MAX} files`);
    const nameLength = directory.readUInt16LE(at + 28);
    const extraLength = directory.readUInt16LE(at + 30);
    const next = at + 46 + nameLength + extraLength + directory.readUInt16LE(at + 32);
    if (next > directory.length) throw new UnreadableFile('the directory of the archive is damaged');
    if ((directory.readUInt16LE(at + 8) & 1) !== 0)
      throw new UnreadableFile('the archive is protected with a password');
    const name = directory.toString('utf8', at + 46, at + 46 + nameLength);
    const extra = directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    const sizes = zip64Sizes(extra, {
      bytes: directory.readUInt32LE(at + 24),
      packedBytes: directory.readUInt32LE(at + 20),
      headerAt: directory.readUInt32LE(at + 42),
    });
    entries.set(name, { name, method: directory.readUInt16LE(at + 10), ...sizes });
    at = next;
  }
  return entries;
}

/** Sizes that did not fit in 32 bits stand in an extra field, in this order, and only those (4.5.3). */
function zip64Sizes(
  extra: Buffer,
  sizes: { bytes: number; packedBytes: number; headerAt: number },
): { packedBytes: number; headerAt: number } {
  let { packedBytes, headerAt } = sizes;
  if (packedBytes !== FULL32 && headerAt !== FULL32) return { packedBytes, headerAt };
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const field = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
    let inside = sizes.bytes === FULL32 ? 8 : 0;
    const take = (): number => {
      if (inside + 8 > field.length) throw new UnreadableFile('the directory of the archive is damaged');
      inside += 8;
      return safeNumber(field.readBigUInt64LE(inside - 8));
    };
    if (packedBytes === FULL32) packedBytes = take();
    if (headerAt === FULL32) headerAt = take();
    break;
  }
  return { packedBytes, headerAt };
}

async function* readEntry(options: {
  handle: FileHandle;
  size: number;
  entry: ZipEntry;
  bytesMax: number;
}): AsyncGenerator<Buffer> {
  const { handle, entry } = options;
  const header = await readAt(handle, entry.headerAt, 30);
  if (header.length < 30 || header.readUInt32LE(0) !== 0x0403_4b50)
    throw new UnreadableFile(`${entry.name} in the archive is damaged`);
  const start = entry.headerAt + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (start + entry.packedBytes > options.size)
    throw new UnreadableFile(`${entry.name} in the archive is cut off`);
  const packed = readRange(handle, start, start + entry.packedBytes);
  if (entry.method !== 0 && entry.method !== 8)
    throw new UnreadableFile(`the archive uses method ${entry.method}, which Excel does not`);
  let bytes = 0;
  for await (const piece of entry.method === 0 ? packed : inflate(packed, entry.name)) {
    bytes += piece.length;
    if (bytes > options.bytesMax)
      throw new UnreadableFile(`${entry.name} is longer than ${options.bytesMax} bytes when unpacked`);
    yield piece;
  }
}

async function* readRange(handle: FileHandle, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end; ) {
    const piece = await readAt(handle, at, Math.min(CHUNK_BYTES, end - at));
    if (piece.length === 0) throw new UnreadableFile('the archive is cut off');
    at += piece.length;
    yield piece;
  }
}

/** Unpacks piece by piece; the next packed piece is read only when what it gave has been taken. */
async function* inflate(packed: AsyncGenerator<Buffer>, name: string): AsyncGenerator<Buffer> {
  const stream = createInflateRaw({ chunkSize: CHUNK_BYTES });
  const feeding = feed(packed, stream);
  try {
    for await (const piece of stream) yield piece as Buffer;
    await feeding;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_'))
      throw new UnreadableFile(`${name} in the archive is damaged`);
    throw error;
  } finally {
    stream.destroy();
    await feeding.catch(() => undefined);
  }
}

async function feed(
  packed: AsyncGenerator<Buffer>,
  stream: ReturnType<typeof createInflateRaw>,
): Promise<void> {
  try {
    for await (const piece of packed) {
      if (stream.destroyed) return;
      if (stream.write(piece)) continue;
      await new Promise<void>((resolve) => {
        stream.once('drain', resolve);
        stream.once('close', resolve);
      });
    }
    if (!stream.destroyed) stream.end();
  } catch (error) {
    stream.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}
