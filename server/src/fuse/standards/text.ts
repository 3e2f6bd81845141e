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
  return raw
    .replace(/[\t\r\n]+/g, ' ')
    .normalize('NFKC')
    .replace(INVISIBLE, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** True when the text stands for "no value": empty, a dash, 无, 不详, N/A and the like. */
export const isMissing = (text: string): boolean => MISSING.has(cleanText(text).toLowerCase());

/** A cell or JSON value as the text a person would see; objects and lists as JSON, null as empty. */
export function rawText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  return JSON.stringify(value);
}
