import { pieces } from './blocks.ts';
import { lz4BytesMax, writeLz4 } from './lz4.ts';

/** Magic number, version 1 with blocks of their own and no checksums, blocks of up to 1 MiB, and the header's checksum (one byte of its xxHash). */
const HEADER = Uint8Array.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x60, 0x51]);
const BLOCK_BYTES = 1_048_576;
const BLOCK_BYTES_LEAST = 65_536;
/** The length of a block that is not compressed has its highest bit set. */
const PLAIN = 0x80000000;
const END = Uint8Array.of(0, 0, 0, 0);

/** A stream as one frame of LZ4, which `Content-Encoding: lz4` means. Source: lz4_Frame_format.md of the LZ4 project. */
export async function* inLz4Frame(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield HEADER;
  for await (const piece of pieces(chunks, { least: BLOCK_BYTES_LEAST, most: BLOCK_BYTES })) {
    const output = new Uint8Array(4 + lz4BytesMax(piece.length));
    const end = writeLz4(piece, output, 4);
    const compressed = end - 4 < piece.length;
    new DataView(output.buffer).setUint32(0, compressed ? end - 4 : (PLAIN | piece.length) >>> 0, true);
    if (!compressed) output.set(piece, 4);
    yield output.subarray(0, compressed ? end : 4 + piece.length);
  }
  yield END;
}
