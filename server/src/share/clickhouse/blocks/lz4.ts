/** What is not a block of LZ4, or not one of this length. */
export class Lz4Error extends Error {
  override name = 'Lz4Error';
}

/** A match is at least so long; a shorter one costs more than it saves. */
const MATCH_BYTES_MIN = 4;
/** How far back a match may lie: its distance has 16 bits. */
const DISTANCE_MAX = 65_535;
/** The last bytes are always literals, and no match begins within the last twelve. */
const LAST_LITERALS = 5;
const LAST_MATCH = 12;
/** Places of the table that remembers where four bytes were seen last. */
const TABLE_BITS = 14;
/** Every so many misses the steps become longer: what cannot be compressed is passed quickly. */
const SKIP_SHIFT = 6;
/** A half byte of 15 says that the length goes on. */
const LENGTH_MORE = 15;

const table = new Int32Array(1 << TABLE_BITS);

/** Runs up to this length are copied byte by byte: calling for a copy takes longer. */
const SHORT_RUN = 32;

/** Most bytes that a block of so many may become. */
export const lz4BytesMax = (length: number): number => length + Math.floor(length / 255) + 16;

/**
 * Writes `input` as one block of LZ4 to `output` from `start` on and returns where it ends; the output has room for `lz4BytesMax`.
 * Source: lz4_Block_format.md of the LZ4 project. A match is looked for where the same four bytes were last seen, and nowhere else.
 */
export function writeLz4(input: Uint8Array, output: Uint8Array, start: number): number {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const most = input.length - LAST_LITERALS;
  table.fill(-1);
  let out = start;
  let anchor = 0;
  let misses = 1 << SKIP_SHIFT;
  for (let at = 0; at <= input.length - LAST_MATCH; ) {
    const four = view.getInt32(at, true);
    const slot = Math.imul(four, -1_640_531_535) >>> (32 - TABLE_BITS);
    const before = table[slot] as number;
    table[slot] = at;
    if (before < 0 || at - before > DISTANCE_MAX || view.getInt32(before, true) !== four) {
      at += misses++ >> SKIP_SHIFT;
      continue;
    }
    misses = 1 << SKIP_SHIFT;
    const distance = at - before;
    let end = at + MATCH_BYTES_MIN;
    while (end < most && input[end] === input[end - distance]) end++;
    const more = end - at - MATCH_BYTES_MIN;
    const token = out;
    out = writeLiterals(input, { from: anchor, to: at }, output, out);
    output[token] = (output[token] as number) | Math.min(more, LENGTH_MORE);
    output[out++] = distance & 0xff;
    output[out++] = distance >> 8;
    if (more >= LENGTH_MORE) out = writeLength(more, output, out);
    at = end;
    anchor = end;
  }
  return writeLiterals(input, { from: anchor, to: input.length }, output, out);
}

type Run = { from: number; to: number };

/** The token with the half that tells how many literals there are, the rest of that number, and the literals. */
function writeLiterals(input: Uint8Array, { from, to }: Run, output: Uint8Array, start: number): number {
  const length = to - from;
  output[start] = Math.min(length, LENGTH_MORE) << 4;
  let out = start + 1;
  if (length >= LENGTH_MORE) out = writeLength(length, output, out);
  if (length > SHORT_RUN) output.set(input.subarray(from, to), out);
  else for (let at = 0; at < length; at++) output[out + at] = input[from + at] as number;
  return out + length;
}

function writeLength(length: number, output: Uint8Array, start: number): number {
  let out = start;
  let left = length - LENGTH_MORE;
  for (; left >= 255; left -= 255) output[out++] = 255;
  output[out++] = left;
  return out;
}

/**
 * The bytes of one block of LZ4, of which it must be known how many they are; nothing else is ever allocated for it.
 * @throws Lz4Error for a block that is cut short, points before its beginning, or is of another length
 */
export function readLz4(block: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  let at = 0;
  let out = 0;
  for (;;) {
    if (at >= block.length) throw new Lz4Error('the block is cut short');
    const token = block[at++] as number;
    let literals = token >> 4;
    if (literals === LENGTH_MORE) {
      const more = lengthAt(block, at);
      literals += more.length;
      at = more.end;
    }
    if (at + literals > block.length || out + literals > length) throw new Lz4Error('literals do not fit');
    if (literals > SHORT_RUN) output.set(block.subarray(at, at + literals), out);
    else for (let next = 0; next < literals; next++) output[out + next] = block[at + next] as number;
    at += literals;
    out += literals;
    if (at === block.length) break;
    if (at + 2 > block.length) throw new Lz4Error('the block is cut short');
    const distance = (block[at] as number) | ((block[at + 1] as number) << 8);
    at += 2;
    if (distance === 0 || distance > out) throw new Lz4Error('a match lies before the beginning');
    let matched = (token & LENGTH_MORE) + MATCH_BYTES_MIN;
    if (matched === LENGTH_MORE + MATCH_BYTES_MIN) {
      const more = lengthAt(block, at);
      matched += more.length;
      at = more.end;
    }
    if (out + matched > length) throw new Lz4Error('a match does not fit');
    // a match may reach into itself: then its bytes come again and again
    if (distance >= matched && matched > SHORT_RUN)
      output.copyWithin(out, out - distance, out - distance + matched);
    else for (let next = out; next < out + matched; next++) output[next] = output[next - distance] as number;
    out += matched;
  }
  if (out !== length) throw new Lz4Error('the block is of another length');
  return output;
}

/** What is added to a half byte of 15: bytes of 255 and one that is less. */
function lengthAt(block: Uint8Array, start: number): { length: number; end: number } {
  let length = 0;
  for (let at = start; at < block.length; ) {
    const more = block[at++] as number;
    length += more;
    if (more < 255) return { length, end: at };
  }
  throw new Lz4Error('the block is cut short');
}
