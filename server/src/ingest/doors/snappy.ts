import { AppError } from '#platform/errors/errors.ts';

/** A copy makes at most 64 bytes out of 2, so no honest body says that it is larger than this many times itself. */
const GROWTH_MAX = 64;

const fault = (message: string) =>
  new AppError('REQUEST_INVALID', {}, { details: [{ path: 'body', message }] });

/**
 * The length a body of Snappy's block format says that it has, and where its elements begin. Nothing is inflated for it.
 * @throws REQUEST_INVALID when there is none, or when the body cannot be that long
 */
export function snappyLength(body: Uint8Array): { length: number; start: number } {
  let length = 0;
  for (let at = 0; at < 5; at += 1) {
    const byte = body[at];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) {
      if (length > body.length * GROWTH_MAX)
        throw fault('is not Snappy: it says a length that it cannot have');
      return { length, start: at + 1 };
    }
  }
  throw fault('is not Snappy in the block format');
}

/**
 * Inflates Snappy's block format (google/snappy, format_description.txt; not the framed format). Written here because
 * every length in the body is checked before it is followed: `snappyjs` walks backwards, and for ever, at a literal whose
 * four-byte length is over 2^31.
 * @throws REQUEST_INVALID when it is not that format, REQUEST_TOO_LARGE over `bytesMax`
 */
export function uncompressSnappy(body: Uint8Array, { bytesMax }: { bytesMax: number }): Buffer {
  const { length, start } = snappyLength(body);
  if (length > bytesMax) throw new AppError('REQUEST_TOO_LARGE');
  const output = Buffer.allocUnsafe(length);
  let [at, to] = [start, 0];
  while (at < body.length) {
    const tag = byteAt(body, at);
    at += 1;
    if ((tag & 3) === 0) {
      const short = tag >>> 2;
      // From 60 on, the length less one follows in 1 to 4 bytes.
      const more = Math.max(0, short - 59);
      const size = (more === 0 ? short : littleEndian(body, at, more)) + 1;
      at += more;
      if (at + size > body.length || to + size > length) throw fault('is not Snappy: a literal is too long');
      output.set(body.subarray(at, at + size), to);
      at += size;
      to += size;
    } else {
      const more = (tag & 3) === 3 ? 4 : tag & 3;
      const size = more === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
      const offset = littleEndian(body, at, more) + (more === 1 ? (tag >>> 5) * 256 : 0);
      at += more;
      if (offset === 0 || offset > to || to + size > length)
        throw fault('is not Snappy: a copy is out of range');
      copy(output, { to, offset, size });
      to += size;
    }
  }
  if (to !== length) throw fault('is not Snappy: it ends early');
  return output;
}

/** Bytes that the copy itself has just written may be copied again: a run of one byte has the offset 1. */
function copy(output: Buffer, { to, offset, size }: { to: number; offset: number; size: number }): void {
  if (offset >= size) output.copyWithin(to, to - offset, to - offset + size);
  else for (let index = 0; index < size; index += 1) output[to + index] = output[to + index - offset] ?? 0;
}

function byteAt(body: Uint8Array, at: number): number {
  const byte = body[at];
  if (byte === undefined) throw fault('is not Snappy: it ends early');
  return byte;
}

function littleEndian(body: Uint8Array, at: number, bytes: number): number {
  let value = 0;
  for (let index = 0; index < bytes; index += 1) value += byteAt(body, at + index) * 2 ** (8 * index);
  return value;
}
