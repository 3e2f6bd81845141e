import { Decompress } from 'fzstd';

/** What is not one frame of Zstandard, or not one of this length. */
export class ZstdError extends Error {
  override name = 'ZstdError';
}

const MAGIC = 0xfd2fb528;
/** What a reader must be able to hold. Source: RFC 8878, 3.1.1.1.2. */
const WINDOW_BYTES_MAX = 8_388_608;
const BLOCK_HEADER_BYTES = 3;
const RUN = 1;

/**
 * The bytes of one frame of Zstandard (RFC 8878), of which it must be known how many they are. Whatever a frame says of itself, no more than
 * that and a window of 8 MiB is held for it, and reading stops at the first byte too many.
 * @throws ZstdError for a frame that is cut short, broken, followed by something, or of another length
 */
export function readZstd(frame: Uint8Array, length: number): Uint8Array {
  checkFrame(frame);
  const output = new Uint8Array(length);
  let out = 0;
  const reader = new Decompress((chunk) => {
    if (out + chunk.length > length) throw new ZstdError('the frame is longer');
    output.set(chunk, out);
    out += chunk.length;
  });
  try {
    reader.push(frame, true);
  } catch (cause) {
    throw cause instanceof ZstdError ? cause : new ZstdError('the frame is broken', { cause });
  }
  if (out !== length) throw new ZstdError('the frame is of another length');
  return output;
}

/** One frame and nothing behind it, with a window that is not too large: the reader makes room for what the header says. */
function checkFrame(frame: Uint8Array): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const cut = () => new ZstdError('the frame is cut short');
  if (frame.length < 9 || view.getUint32(0, true) !== MAGIC)
    throw new ZstdError('it does not begin as a frame');
  const flags = view.getUint8(4);
  const single = ((flags >> 5) & 1) === 1;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3] ?? 0;
  const sizeFlag = flags >> 6;
  const sizeBytes = sizeFlag === 0 ? (single ? 1 : 0) : 2 ** sizeFlag;
  const sizeAt = 5 + (single ? 0 : 1) + dictionaryBytes;
  let at = sizeAt + sizeBytes;
  if (at > frame.length) throw cut();
  if (dictionaryBytes > 0) throw new ZstdError('it needs a dictionary');
  const window = single ? sizeOf(view, sizeAt, sizeBytes) : windowOf(view.getUint8(5));
  if (window > WINDOW_BYTES_MAX) throw new ZstdError('its window is too large');
  for (let last = false; !last; ) {
    if (at + BLOCK_HEADER_BYTES > frame.length) throw cut();
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    last = (header & 1) === 1;
    at += BLOCK_HEADER_BYTES + (((header >> 1) & 3) === RUN ? 1 : header >> 3);
  }
  const checksum = (flags & 4) === 4;
  if (at + (checksum ? 4 : 0) !== frame.length) throw cut();
}

function sizeOf(view: DataView, at: number, bytes: number): number {
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at, true) + 256;
  return bytes === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}
