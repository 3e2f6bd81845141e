import { isAscii, isUtf8 } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import type { TEXT_ENCODINGS } from '@ronghe/contracts';
import { decodeMixed, type OtherLines } from './encodings.ts';
import { READ_BYTES } from './limits.ts';

export type TextEncoding = Exclude<(typeof TEXT_ENCODINGS)[number], 'auto'>;
/** `sure` is false when only ASCII was seen, which says nothing about what comes later. */
export type TextTraits = { encoding: TextEncoding; markBytes: number; sure: boolean };
/** `broken`: characters were replaced by U+FFFD. `others`: lines in another encoding. `bytes`: read of the file so far. */
export type TextPiece = { text: string; broken: boolean; others: readonly OtherLines[]; bytes: number };

/** Share of characters that may be broken in a text that is still taken for UTF-8. */
const BROKEN_SHARE_MAX = 0.1;
const REPLACED = '\uFFFD';

/** Tells the encoding of a text from its beginning: its byte order mark, then what its bytes can be. */
export function textTraits(head: Buffer, told: (typeof TEXT_ENCODINGS)[number] = 'auto'): TextTraits {
  const marked = markOf(head);
  if (told !== 'auto')
    return { encoding: told, markBytes: marked?.encoding === told ? marked.markBytes : 0, sure: true };
  if (marked !== null) return { ...marked, sure: true };
  const wide = wideEncoding(head);
  if (wide !== null) return { encoding: wide, markBytes: 0, sure: true };
  return { encoding: narrowEncoding(head), markBytes: 0, sure: !isAscii(head) };
}

function markOf(head: Buffer): { encoding: TextEncoding; markBytes: number } | null {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', markBytes: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', markBytes: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', markBytes: 2 };
  return null;
}

/** UTF-16 without a mark: zero bytes on one side of many characters, as delimiters and digits have them. */
function wideEncoding(head: Buffer): TextEncoding | null {
  const length = Math.min(head.length, 4_096) & ~1;
  let even = 0;
  let odd = 0;
  for (let at = 0; at < length; at += 2) {
    if (head[at] === 0) even += 1;
    if (head[at + 1] === 0) odd += 1;
  }
  const least = length / 20;
  if (odd > least && even === 0) return 'utf-16le';
  return even > least && odd === 0 ? 'utf-16be' : null;
}

/** UTF-8 where it is, also with a few broken characters; what is not is GB 18030. */
function narrowEncoding(bytes: Buffer): 'utf-8' | 'gb18030' {
  const whole = bytes.subarray(0, bytes.length - openBytes(bytes));
  if (isUtf8(whole)) return 'utf-8';
  const text = whole.toString('utf8');
  let broken = 0;
  let wide = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0xfffd) broken += 1;
    else if (code > 127) wide += 1;
  }
  if (broken <= wide * BROKEN_SHARE_MAX) return 'utf-8';
  const other = new TextDecoder('gb18030').decode(whole);
  return other.split(REPLACED).length - 1 < broken ? 'gb18030' : 'utf-8';
}

/** Bytes at the end that begin a character of UTF-8 without ending it. */
function openBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needed > back ? back : 0;
    }
    if (byte < 0x80) return 0;
  }
  return 0;
}

/**
 * The text of a file from behind its mark, in pieces of whole characters, and of whole lines where those are shorter than a
 * piece. A file that was ASCII so far and is no UTF-8 where the first other character comes goes on in GB 18030; `traits` is
 * corrected then. Lines of the other of the two are read as what they are, see `decodeMixed`.
 */
export async function* textPieces(file: {
  handle: FileHandle;
  size: number;
  traits: TextTraits;
  signal?: AbortSignal | undefined;
}): AsyncGenerator<TextPiece> {
  const { handle, size, traits } = file;
  const buffer = Buffer.allocUnsafe(READ_BYTES * 2);
  const { encoding } = traits;
  const wide = encoding === 'utf-8' || encoding === 'gb18030' ? null : new TextDecoder(encoding, WITH_MARK);
  let position = traits.markBytes;
  let kept = 0;
  let line = 1;
  while (position < size || kept > 0) {
    file.signal?.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, kept, Math.min(READ_BYTES, size - position), position);
    position += bytesRead;
    const isLast = bytesRead === 0 || position >= size;
    const bytes = buffer.subarray(0, kept + bytesRead);
    if (!traits.sure && !isAscii(bytes)) {
      traits.sure = true;
      traits.encoding = narrowEncoding(bytes);
    }
    if (wide !== null) {
      const text = wide.decode(bytes, { stream: !isLast });
      yield { text, broken: text.includes(REPLACED), others: [], bytes: position };
    } else {
      const base = traits.encoding === 'gb18030' ? 'gb18030' : 'utf-8';
      const end = isLast ? bytes.length : wholeBytes(bytes, base);
      const { text, others, lines } = decodeMixed(bytes.subarray(0, end), base, line);
      line += lines;
      yield { text, broken: text.includes(REPLACED), others, bytes: position };
      kept = bytes.length - end;
      buffer.copyWithin(0, end, bytes.length);
    }
    if (isLast) return;
  }
}

const WITH_MARK = { ignoreBOM: true };

/** Bytes up to the end of the last line; of a line longer than a piece, up to the end of its last whole character. */
function wholeBytes(bytes: Buffer, encoding: 'utf-8' | 'gb18030'): number {
  const end = (bytes.includes(0x0a) ? bytes.lastIndexOf(0x0a) : bytes.lastIndexOf(0x0d)) + 1;
  if (bytes.length - end <= READ_BYTES) return end;
  if (encoding === 'utf-8') return bytes.length - openBytes(bytes);
  let at = end;
  for (;;) {
    const next = bytes[at + 1] ?? 0;
    const width = (bytes[at] ?? 0) <= 0x80 ? 1 : next >= 0x30 && next <= 0x39 ? 4 : 2;
    if (at + width > bytes.length) return at;
    at += width;
  }
}

/** The first bytes of a file. */
export async function headOf(handle: FileHandle, bytesMax: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytesMax);
  let filled = 0;
  while (filled < bytesMax) {
    const { bytesRead } = await handle.read(buffer, filled, bytesMax - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
