import { failed } from '../errors.ts';
import { cityHash128 } from './city-hash.ts';
import { Lz4Error, lz4BytesMax, readLz4, writeLz4 } from './lz4.ts';
import { readZstd, ZstdError } from './zstd.ts';

/**
 * ClickHouse's own compressed blocks, which `compress=1` and `decompress=1` ask for: a checksum of 16 bytes over all that follows, one byte for the
 * method, the length with this header and the length of what is inside, both as UInt32, and the data. Source: CompressedReadBufferBase of ClickHouse.
 */
const CHECKSUM_BYTES = 16;
const HEADER_BYTES = 9;
const METHODS = { none: 0x02, lz4: 0x82, zstd: 0x90 } as const;
/** What is inside one block that we write; ClickHouse's own are as large. */
const BLOCK_BYTES = 1_048_576;
/** A stream is cut into blocks where it comes in pieces at least so large; smaller ones are put together. */
const BLOCK_BYTES_LEAST = 65_536;
/** ClickHouse's own limit of a block. */
const COMPRESSED_BYTES_MAX = 0x40000000;
/** Times that a block may become larger. LZ4 cannot reach it, text of a query does not. */
export const BLOCK_RATIO_MAX = 1_000;

/** One block of LZ4 with its header and checksum. */
export function writeBlock(bytes: Uint8Array): Uint8Array {
  const output = new Uint8Array(CHECKSUM_BYTES + HEADER_BYTES + lz4BytesMax(bytes.length));
  const end = writeLz4(bytes, output, CHECKSUM_BYTES + HEADER_BYTES);
  const view = new DataView(output.buffer);
  view.setUint8(CHECKSUM_BYTES, METHODS.lz4);
  view.setUint32(CHECKSUM_BYTES + 1, end - CHECKSUM_BYTES, true);
  view.setUint32(CHECKSUM_BYTES + 5, bytes.length, true);
  output.set(cityHash128(output.subarray(CHECKSUM_BYTES, end)));
  return output.subarray(0, end);
}

/** A stream in blocks of between 64 KiB and 1 MiB, the last one may be smaller. An empty stream has no block. */
export async function* inBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces(chunks, { least: BLOCK_BYTES_LEAST, most: BLOCK_BYTES }))
    yield writeBlock(piece);
}

/** The same bytes in pieces of at least and at most so many, but for the last. */
export async function* pieces(
  chunks: AsyncIterable<Uint8Array>,
  { least, most }: { least: number; most: number },
): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    size += chunk.length;
    if (size < least) continue;
    yield* cut(waiting, most);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield* cut(waiting, most);
}

function* cut(parts: readonly Uint8Array[], most: number): Generator<Uint8Array> {
  const whole = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
  for (let at = 0; at < whole.length; at += most) yield whole.subarray(at, at + most);
}

/**
 * What is in a body of blocks, at most `bytesMax`; a block that says it holds more, or a thousand times its own length, is not opened.
 * @throws AppError SQL_FAILED with ClickHouse's numbers: CANNOT_READ_ALL_DATA (cut short), CHECKSUM_DOESNT_MATCH, UNKNOWN_CODEC,
 * CANNOT_DECOMPRESS, TOO_LARGE_SIZE_COMPRESSED
 */
export function readBlocks(body: Uint8Array, bytesMax: number): Uint8Array {
  const opened: Uint8Array[] = [];
  let size = 0;
  for (let at = 0; at < body.length; ) {
    const { block, end } = blockAt(body, at);
    const length = new DataView(block.buffer, block.byteOffset).getUint32(5, true);
    size += length;
    if (size > bytesMax || length > block.length * BLOCK_RATIO_MAX)
      throw failed(
        39,
        'TOO_LARGE_SIZE_COMPRESSED',
        `Too large size_decompressed: ${length}. At most ${bytesMax} are taken`,
      );
    opened.push(openBlock(block, length));
    at = end;
  }
  return Buffer.concat(opened);
}

/** The next block behind its checksum, which is right, and where it ends. */
function blockAt(body: Uint8Array, start: number): { block: Uint8Array; end: number } {
  const from = start + CHECKSUM_BYTES;
  need(body, { start, bytes: CHECKSUM_BYTES });
  need(body, { start: from, bytes: HEADER_BYTES });
  const size = new DataView(body.buffer, body.byteOffset).getUint32(from + 1, true);
  if (size > COMPRESSED_BYTES_MAX)
    throw failed(
      39,
      'TOO_LARGE_SIZE_COMPRESSED',
      `Too large size_compressed: ${size}. Most likely corrupted data`,
    );
  if (size < HEADER_BYTES)
    throw failed(
      246,
      'CORRUPTED_DATA',
      `Can't decompress data: the compressed data size (${size}) is less than the header size`,
    );
  need(body, { start: from, bytes: size });
  const block = body.subarray(from, from + size);
  const [told, actual] = [body.subarray(start, from), cityHash128(block)].map(hexOf);
  if (told !== actual)
    throw failed(
      40,
      'CHECKSUM_DOESNT_MATCH',
      `Checksum doesn't match: corrupted data. Reference: ${told}. Actual: ${actual}. Size of compressed block: ${size}`,
    );
  return { block, end: from + size };
}

function need(body: Uint8Array, { start, bytes }: { start: number; bytes: number }): void {
  const there = body.length - start;
  if (there < bytes)
    throw failed(
      33,
      'CANNOT_READ_ALL_DATA',
      `Cannot read all data. Bytes read: ${there}. Bytes expected: ${bytes}.`,
    );
}

/** As ClickHouse writes it: two numbers of 64 bits, the low one first. */
const hexOf = (checksum: Uint8Array): string => {
  const view = new DataView(checksum.buffer, checksum.byteOffset);
  return [0, 8].map((at) => view.getBigUint64(at, true).toString(16).padStart(16, '0')).join('');
};

function openBlock(block: Uint8Array, length: number): Uint8Array {
  const method = block[0];
  const data = block.subarray(HEADER_BYTES);
  try {
    if (method === METHODS.lz4) return readLz4(data, length);
    if (method === METHODS.zstd) return readZstd(data, length);
  } catch (cause) {
    if (!(cause instanceof Lz4Error || cause instanceof ZstdError)) throw cause;
    throw failed(
      271,
      'CANNOT_DECOMPRESS',
      `Cannot decompress ${method === METHODS.lz4 ? 'LZ4' : 'ZSTD'}-encoded data`,
    );
  }
  if (method !== METHODS.none) throw failed(432, 'UNKNOWN_CODEC', `Unknown codec family code: ${method}`);
  if (data.length !== length) throw failed(271, 'CANNOT_DECOMPRESS', 'Wrong data for compression codec NONE');
  return data;
}
