const MISSING = new Set([
  '',
  '-',
  '--',
  '—',
  '——',
  '/',
  '\\',
  '无',
  '暂无',
  '不详',
  '未知',
  '空',
  'null',
  'none',
  'nan',
  'n/a',
  'na',
  'undefined',
]);

/** Characters without a shape of their own (zero width, byte order mark) and control characters. */
const INVISIBLE = /[\p{Cc}\p{Cf}]+/gu;

/**
 * What a source wrote as plain text: NFKC, so that full width becomes half width, without invisible characters and outer
 * blanks; inner blanks become one.
 */
export function cleanText(raw: string): string {
  if (isClean(raw)) return raw;
  return raw
    .replace(/[\t\r\n]+/g, ' ')
    .normalize('NFKC')
    .replace(INVISIBLE, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/**
 * True for what cleaning leaves as it is: printable ASCII and the main block of Chinese characters, with single blanks
 * inside. Most cells are so, and this look costs a tenth of the cleaning.
 */
function isClean(text: string): boolean {
  let before = 0x20;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (
      code === 0x20 ? before === 0x20 : !((code > 0x20 && code < 0x7f) || (code >= 0x4e00 && code <= 0x9fff))
    )
      return false;
    before = code;
  }
  return before !== 0x20 || text.length === 0;
}

/** Codes of those that are letters or Chinese characters, letters small. */
const MISSING_BEGINNINGS = new Set([...MISSING].map((text) => text.charCodeAt(0)));
const MISSING_LENGTH_MAX = Math.max(...[...MISSING].map((text) => text.length));

/** True when the text stands for "no value": empty, a dash, 无, 不详, N/A and the like. */
export function isMissing(text: string): boolean {
  if (text !== '' && !mayBeginMissing(text.charCodeAt(0))) return false;
  const clean = cleanText(text);
  return clean.length <= MISSING_LENGTH_MAX && MISSING.has(clean.toLowerCase());
}

/** First characters of the words for "no value", and all that cleaning may take away or change. */
function mayBeginMissing(code: number): boolean {
  if (code >= 0x4e00 && code <= 0x9fff) return MISSING_BEGINNINGS.has(code);
  const isDigit = code >= 0x30 && code <= 0x39;
  const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
  return !isDigit && (!isLetter || MISSING_BEGINNINGS.has(code | 0x20));
}

/** A cell or JSON value as the text a person would see; objects and lists as JSON, null as empty. */
export function rawText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  return JSON.stringify(value);
}
