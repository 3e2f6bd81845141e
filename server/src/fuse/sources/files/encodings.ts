import { isAscii, isUtf8 } from 'node:buffer';

export type MixedEncoding = 'utf-8' | 'gb18030';
/** Lines of a text, from 1, that are wholly or partly in the other encoding. */
export type OtherLines = { from: number; to: number; encoding: MixedEncoding };

const REPLACED = '\uFFFD';
const LF = 0x0a;
const CR = 0x0d;
/** Share of the characters of a text in GB 18030 that may lie outside GB 2312: names of persons and places have some. */
const RARE_SHARE_MAX = 0.25;
/** Share of the characters that may read as Chinese in UTF-8 where a text is none of it: two in a row do so by chance. */
const CHANCE_SHARE_MAX = 0.2;
/** So many of GB 2312 are enough for one that does. */
const CHANCE_COMMON = 3;

/**
 * Text of whole lines that are in `base` but for some: a line, or what stands between two delimiters, that is proven to be in the other
 * of the two encodings is read as what it is. Proven is
 * - UTF-8 among GB 18030: valid, with Chinese and nothing but what stands beside Chinese, while as GB 18030 it would be broken or have
 *   characters outside GB 2312 (in UTF-8 every Chinese character has two bytes of which GB 2312 uses half);
 * - GB 18030 among UTF-8: broken as UTF-8, whole as GB 18030 and for the most part GB 2312.
 * What is neither stays in `base`, where it shows as U+FFFD. `line` is the number of the first line.
 */
export function decodeMixed(
  bytes: Buffer,
  base: MixedEncoding,
  line: number,
): { text: string; others: OtherLines[]; lines: number } {
  const plain = decode(bytes, base);
  const newline = bytes.includes(LF) ? LF : CR;
  if (!isSuspicious(bytes, plain, base)) return { text: plain, others: [], lines: count(bytes, newline) };
  const others: OtherLines[] = [];
  let text = '';
  let kept = 0;
  let number = line;
  let from = 0;
  while (from < bytes.length) {
    const end = bytes.indexOf(newline, from);
    const to = end === -1 ? bytes.length : end + 1;
    const found = decodeOther(bytes.subarray(from, to), base);
    if (found !== null) {
      text += decode(bytes.subarray(kept, from), base) + found;
      kept = to;
      note(others, number, base === 'utf-8' ? 'gb18030' : 'utf-8');
    }
    if (end !== -1) number += 1;
    from = to;
  }
  if (others.length === 0) return { text: plain, others, lines: number - line };
  return { text: text + decode(bytes.subarray(kept), base), others, lines: number - line };
}

/** Adds a line to those told so far; lines that follow each other are one. */
export function note(others: OtherLines[], line: number, encoding: MixedEncoding, to = line): void {
  const last = others.at(-1);
  if (last && last.to === line - 1 && last.encoding === encoding) last.to = to;
  else others.push({ from: line, to, encoding });
}

const gb18030 = new TextDecoder('gb18030');
function decode(bytes: Buffer, encoding: MixedEncoding): string {
  if (isAscii(bytes)) return bytes.toString('latin1');
  return encoding === 'utf-8' ? bytes.toString('utf8') : gb18030.decode(bytes);
}

/** True when it is worth looking line by line: what is all UTF-8, or all GB 2312, is in one encoding. */
function isSuspicious(bytes: Buffer, text: string, base: MixedEncoding): boolean {
  if (base === 'utf-8') return text.includes(REPLACED) && !isUtf8(bytes);
  if (isAscii(bytes)) return false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x80 && byte <= 0xa0) return true;
  }
  return /[\uE000-\uF8FF\uFFFD]/.test(text);
}

function count(bytes: Buffer, newline: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) lines += 1;
  return lines;
}

/** A line read as what it is proven to be, as a whole or in parts; null when all of it stays in `base`. */
function decodeOther(line: Buffer, base: MixedEncoding): string | null {
  if (isAscii(line) || (base === 'utf-8' && isUtf8(line))) return null;
  const other = base === 'utf-8' ? 'gb18030' : 'utf-8';
  const isProven = base === 'utf-8' ? isProvenGb18030 : isProvenUtf8;
  if (isProven(line)) return decode(line, other);
  let text = '';
  let isFound = false;
  for (const part of partsOf(line)) {
    const isOther = !isAscii(part) && isProven(part);
    isFound ||= isOther;
    text += decode(part, isOther ? other : base);
  }
  return isFound ? text : null;
}

/** What stands between delimiters: bytes that are no part of a longer character in either encoding. */
function* partsOf(line: Buffer): Generator<Buffer> {
  let from = 0;
  for (let at = 0; at < line.length; at += 1) {
    const byte = line[at] ?? 0;
    if (byte > 0x3f || (byte >= 0x30 && byte <= 0x39)) continue;
    yield line.subarray(from, at + 1);
    from = at + 1;
  }
  if (from < line.length) yield line.subarray(from);
}

/** Chinese characters and their punctuation, full width, general punctuation and symbols, and the signs of GB 2312 below them. */
const BESIDE_CHINESE =
  /^[\0-\x7f\xa7\xb0\xb1\xb7\xd7\xf7\u2000-\u2bff\u3000-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\u{20000}-\u{3ffff}]*$/u;
const CHINESE = /[\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\u{20000}-\u{3ffff}]/u;

function isProvenUtf8(bytes: Buffer): boolean {
  if (!isUtf8(bytes)) return false;
  const text = bytes.toString('utf8');
  if (!CHINESE.test(text) || !BESIDE_CHINESE.test(text)) return false;
  const { isWhole, rare } = charactersOf(bytes);
  return !isWhole || rare > 0;
}

function isProvenGb18030(bytes: Buffer): boolean {
  if (isUtf8(bytes)) return false;
  const { isWhole, common, rare } = charactersOf(bytes);
  if (!isWhole || common === 0 || rare > (common + rare) * RARE_SHARE_MAX) return false;
  const chinese = bytes.toString('utf8').match(/[\u3000-\u9fff\uff00-\uffef]/g)?.length ?? 0;
  return chinese <= Math.max(common >= CHANCE_COMMON ? 1 : 0, (common + rare) * CHANCE_SHARE_MAX);
}

/** Characters of two and four bytes as GB 18030 has them: `common` are those of GB 2312. */
function charactersOf(bytes: Buffer): { isWhole: boolean; common: number; rare: number } {
  const counts = { isWhole: true, common: 0, rare: 0 };
  for (let at = 0; at < bytes.length; at += 1) {
    const lead = bytes[at] ?? 0;
    if (lead < 0x80) continue;
    const trail = bytes[at + 1] ?? 0;
    if (lead === 0x80 || lead === 0xff) return { ...counts, isWhole: false };
    if (trail >= 0x30 && trail <= 0x39) {
      const [third = 0, fourth = 0] = [bytes[at + 2], bytes[at + 3]];
      if (third < 0x81 || third === 0xff || fourth < 0x30 || fourth > 0x39)
        return { ...counts, isWhole: false };
      counts.rare += 1;
      at += 3;
      continue;
    }
    if (trail < 0x40 || trail === 0x7f || trail === 0xff) return { ...counts, isWhole: false };
    const isCommon = trail >= 0xa1 && ((lead >= 0xa1 && lead <= 0xa9) || (lead >= 0xb0 && lead <= 0xf7));
    if (isCommon) counts.common += 1;
    else counts.rare += 1;
    at += 1;
  }
  return counts;
}
