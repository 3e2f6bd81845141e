import { cleanText } from './text.ts';

const MOBILE = /^1[3-9]\d{9}$/;
const SERVICE = /^(400|800)(\d{7})$/;
/** Area codes: 010 and 02x have three digits, all others four (0791 Nanchang). */
const LAND_LINE = /^(010|02\d|0[3-9]\d{2})([2-8]\d{6,7})$/;

/**
 * A phone number in one form: mobile `13870012345`, land line `0791-88123456`, with extension `0791-88123456-801`,
 * service `400-8812345`. The country code 86 goes. Null when it is none of these.
 */
export function readPhone(raw: string): string | null {
  const text = cleanText(raw)
    .replace(/[‐-―]/g, '-')
    .replace(/(?:转|ext\.?|#)/i, 'x');
  const [main = '', extension] = splitExtension(text.replace(/^\(?(?:\+|00)?86\)?[\s-]*(?=\(?0|1|4|8)/, ''));
  const digits = main.replace(/[\s()\-.]/g, '');
  if (!/^\d+$/.test(digits)) return null;
  if (MOBILE.test(digits)) return digits;
  const parts = SERVICE.exec(digits) ?? LAND_LINE.exec(digits);
  if (!parts) return null;
  return [parts[1], parts[2], ...(extension ? [extension] : [])].join('-');
}

function splitExtension(text: string): [string, string?] {
  const parts = /^(.*\d)\s*(?:x\s*|-)(\d{1,5})$/.exec(text);
  if (!parts?.[1] || !parts[2]) return [text];
  const withoutTail = parts[1].replace(/\D/g, '');
  return LAND_LINE.test(withoutTail) || SERVICE.test(withoutTail) ? [parts[1], parts[2]] : [text];
}
