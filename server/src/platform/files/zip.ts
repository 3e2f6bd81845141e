import { inflateRaw } from 'node:zlib';

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const END_BYTES = 22;
const COMMENT_BYTES_MAX = 65_535;
const ENTRY_BYTES = 46;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;

/**
 * The wanted parts of a ZIP file by name, with at most `bytesMax` bytes together as they really unpack: the directory of
 * a file is written by whoever made it, and is not believed. Null when they are more, and for what cannot be unpacked:
 * encrypted parts, methods other than deflate, damage.
 */
export async function unpackParts(
  content: Buffer,
  { wanted, bytesMax }: { wanted: (name: string) => boolean; bytesMax: number },
): Promise<Map<string, Buffer> | null> {
  const entries = entriesOf(content);
  if (entries === null) return null;
  const parts = new Map<string, Buffer>();
  let left = bytesMax;
  for (const entry of entries.filter(({ name }) => wanted(name))) {
    const packed = packedPart(content, entry);
    if (packed === null) return null;
    const part = entry.method === STORED ? packed : await inflated(packed, left);
    if (part === null || part.length > left) return null;
    left -= part.length;
    parts.set(entry.name, part);
  }
  return parts;
}

type Entry = { name: string; method: number; packedBytes: number; headerAt: number; isEncrypted: boolean };

function entriesOf(content: Buffer): Entry[] | null {
  let end = content.length - END_BYTES;
  const first = Math.max(0, end - COMMENT_BYTES_MAX);
  while (end >= first && content.readUInt32LE(end) !== END_SIGNATURE) end -= 1;
  if (end < first || end < 0) return null;
  const entries: Entry[] = [];
  let offset = content.readUInt32LE(end + 16);
  for (let count = content.readUInt16LE(end + 10); count > 0; count -= 1) {
    if (offset + ENTRY_BYTES > content.length || content.readUInt32LE(offset) !== ENTRY_SIGNATURE)
      return null;
    const nameBytes = content.readUInt16LE(offset + 28);
    entries.push({
      name: content.toString('utf8', offset + ENTRY_BYTES, offset + ENTRY_BYTES + nameBytes),
      method: content.readUInt16LE(offset + 10),
      isEncrypted: (content.readUInt16LE(offset + 8) & 1) === 1,
      packedBytes: content.readUInt32LE(offset + 20),
      headerAt: content.readUInt32LE(offset + 42),
    });
    offset += ENTRY_BYTES + nameBytes + content.readUInt16LE(offset + 30) + content.readUInt16LE(offset + 32);
  }
  return entries;
}

function packedPart(content: Buffer, { method, isEncrypted, packedBytes, headerAt }: Entry): Buffer | null {
  if (isEncrypted || (method !== STORED && method !== DEFLATED)) return null;
  if (headerAt + LOCAL_BYTES > content.length || content.readUInt32LE(headerAt) !== LOCAL_SIGNATURE)
    return null;
  const from =
    headerAt + LOCAL_BYTES + content.readUInt16LE(headerAt + 26) + content.readUInt16LE(headerAt + 28);
  return from + packedBytes > content.length ? null : content.subarray(from, from + packedBytes);
}

const inflated = (packed: Buffer, bytesMax: number): Promise<Buffer | null> =>
  new Promise((resolve) => {
    inflateRaw(packed, { maxOutputLength: Math.max(1, bytesMax) }, (error, part) =>
      resolve(error ? null : part),
    );
  });
