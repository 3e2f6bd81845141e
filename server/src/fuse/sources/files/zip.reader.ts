import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import { tooLarge, unreadable } from './failure.ts';
import { READ_BYTES, UNPACKED_BYTES_MAX, ZIP_DIRECTORY_BYTES_MAX, ZIP_ENTRIES_MAX } from './limits.ts';

const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const COMMENT_BYTES_MAX = 65_535;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;
const ZIP64_LOCATOR_SIGNATURE = 0x07064b50;
const ZIP64_END_SIGNATURE = 0x06064b50;
const ZIP64_FIELD = 1;
const ALL_ONES = 0xffffffff;
const STORED = 0;
const DEFLATED = 8;

export type ZipEntry = {
  name: string;
  method: number;
  isEncrypted: boolean;
  packedBytes: number;
  bytes: number;
  headerAt: number;
};
export type ZipFile = {
  /** by name in lower case, for writers do not agree on it */
  entries: ReadonlyMap<string, ZipEntry>;
  /** The part as it unpacks, and how many of its packed bytes were read. */
  read(entry: ZipEntry, signal?: AbortSignal): AsyncGenerator<{ bytes: Buffer; packed: number }>;
};

/**
 * A ZIP file (PKWARE APPNOTE 6.3.10, with ZIP64) read from the disk part by part. What its parts really unpack to is
 * counted, for its directory is written by whoever made it. Throws TABLE_UNREADABLE, SOURCE_TOO_LARGE.
 */
export async function openZip(file: { handle: FileHandle; size: number; name: string }): Promise<ZipFile> {
  const { name } = file;
  const entries = new Map<string, ZipEntry>();
  for (const entry of await directoryOf(file)) entries.set(entry.name.toLowerCase(), entry);
  /** bytes that each part had at most, also when it is read again */
  const seen = new Map<string, number>();
  let total = 0;
  const count = (entry: ZipEntry, bytes: number) => {
    const before = seen.get(entry.name) ?? 0;
    if (bytes <= before) return;
    seen.set(entry.name, bytes);
    total += bytes - before;
    if (total > UNPACKED_BYTES_MAX) throw tooLarge(name, 'unpacked-too-large', { max: UNPACKED_BYTES_MAX });
  };
  return {
    entries,
    async *read(entry, signal) {
      if (entry.isEncrypted) throw unreadable(name, 'protected');
      if (entry.method !== STORED && entry.method !== DEFLATED) throw damaged(name, entry.name);
      if (entry.bytes > UNPACKED_BYTES_MAX)
        throw tooLarge(name, 'unpacked-too-large', { max: UNPACKED_BYTES_MAX });
      const at = { packed: 0, bytes: 0 };
      const packed = packedOf(file, entry, at);
      const source = entry.method === STORED ? packed : inflated(packed);
      try {
        for await (const bytes of source) {
          signal?.throwIfAborted();
          at.bytes += bytes.length;
          if (at.bytes > entry.bytes) throw damaged(name, entry.name);
          count(entry, at.bytes);
          yield { bytes, packed: at.packed };
        }
      } catch (error) {
        throw isZlibError(error) ? damaged(name, entry.name, error) : error;
      }
      if (at.bytes !== entry.bytes) throw damaged(name, entry.name);
    },
  };
}

const damaged = (name: string, part: string, cause?: unknown) =>
  unreadable(name, 'zip-damaged', { part: part.slice(0, 100) }, cause);
const isZlibError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^Z_/.test(String(error.code));

async function readAt(handle: FileHandle, position: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  let filled = 0;
  while (filled < bytes) {
    const { bytesRead } = await handle.read(buffer, filled, bytes - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

type File = { handle: FileHandle; size: number; name: string };

async function directoryOf({ handle, size, name }: File): Promise<ZipEntry[]> {
  const tailBytes = Math.min(size, END_BYTES + COMMENT_BYTES_MAX);
  const tail = await readAt(handle, size - tailBytes, tailBytes);
  let end = tail.length - END_BYTES;
  while (end >= 0 && tail.readUInt32LE(end) !== END_SIGNATURE) end -= 1;
  if (end < 0) throw damaged(name, 'end');
  let count = tail.readUInt16LE(end + 10);
  let bytes = tail.readUInt32LE(end + 12);
  let offset = tail.readUInt32LE(end + 16);
  if (offset === ALL_ONES || bytes === ALL_ONES || count === 0xffff) {
    const locator = end - 20;
    if (locator < 0 || tail.readUInt32LE(locator) !== ZIP64_LOCATOR_SIGNATURE) throw damaged(name, 'end');
    const record = await readAt(handle, Math.min(size, Number(tail.readBigUInt64LE(locator + 8))), 56);
    if (record.length < 56 || record.readUInt32LE(0) !== ZIP64_END_SIGNATURE) throw damaged(name, 'end');
    count = Number(record.readBigUInt64LE(32));
    bytes = Number(record.readBigUInt64LE(40));
    offset = Number(record.readBigUInt64LE(48));
  }
  if (count > ZIP_ENTRIES_MAX || bytes > ZIP_DIRECTORY_BYTES_MAX)
    throw tooLarge(name, 'too-many-parts', { what: 'ZIP entries', max: ZIP_ENTRIES_MAX });
  const content = await readAt(handle, Math.min(size, offset), bytes);
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let left = count; left > 0; left -= 1) {
    const entry = entryAt(content, at);
    if (entry === null) throw damaged(name, 'directory');
    entries.push(entry.entry);
    at = entry.end;
  }
  return entries;
}

function entryAt(content: Buffer, at: number): { entry: ZipEntry; end: number } | null {
  if (at + ENTRY_BYTES > content.length || content.readUInt32LE(at) !== ENTRY_SIGNATURE) return null;
  const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((more) => content.readUInt16LE(at + more));
  const extraAt = at + ENTRY_BYTES + (nameBytes ?? 0);
  const end = extraAt + (extraBytes ?? 0) + (commentBytes ?? 0);
  if (end > content.length) return null;
  const sizes = [24, 20, 42].map((more) => content.readUInt32LE(at + more));
  const extra = content.subarray(extraAt, extraAt + (extraBytes ?? 0));
  const [bytes = 0, packedBytes = 0, headerAt = 0] = sizes.includes(ALL_ONES)
    ? wideSizes(sizes, extra)
    : sizes;
  const name = content.toString('utf8', at + ENTRY_BYTES, extraAt).replaceAll('\\', '/');
  const isEncrypted = (content.readUInt16LE(at + 8) & 1) === 1;
  return {
    entry: { name, method: content.readUInt16LE(at + 10), isEncrypted, packedBytes, bytes, headerAt },
    end,
  };
}

/** Sizes of all ones stand in the extra field of ZIP64, in their order (4.5.3). */
function wideSizes(sizes: readonly number[], extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== ZIP64_FIELD) continue;
    let next = at + 4;
    return sizes.map((size) => {
      if (size !== ALL_ONES || next + 8 > extra.length) return size;
      next += 8;
      return Number(extra.readBigUInt64LE(next - 8));
    });
  }
  return [...sizes];
}

async function* packedOf(
  { handle, size, name }: File,
  entry: ZipEntry,
  at: { packed: number },
): AsyncGenerator<Buffer> {
  const header = await readAt(handle, Math.min(size, entry.headerAt), LOCAL_BYTES);
  if (header.length < LOCAL_BYTES || header.readUInt32LE(0) !== LOCAL_SIGNATURE)
    throw damaged(name, entry.name);
  const from = entry.headerAt + LOCAL_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (from + entry.packedBytes > size) throw damaged(name, entry.name);
  while (at.packed < entry.packedBytes) {
    const bytes = await readAt(handle, from + at.packed, Math.min(READ_BYTES, entry.packedBytes - at.packed));
    if (bytes.length === 0) throw unreadable(name, 'file-changed');
    at.packed += bytes.length;
    yield bytes;
  }
}

async function* inflated(packed: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const source = Readable.from(packed);
  const inflate = createInflateRaw({ chunkSize: READ_BYTES });
  source.on('error', (error) => inflate.destroy(error));
  source.pipe(inflate);
  try {
    for await (const bytes of inflate) yield bytes as Buffer;
  } finally {
    source.destroy();
    inflate.destroy();
  }
}
