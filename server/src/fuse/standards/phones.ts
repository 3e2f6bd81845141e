import { AREA_CODES } from './phones.data.ts';
import { cleanText } from './text.ts';

const MOBILE = /^1[3-9]\d{9}$/;
const SERVICE = /^(400|800)(\d{7})$/;
/** Area codes: 010 and 02x have three digits, all others four (0791 Nanchang). */
const LAND_LINE = /^(010|02\d|0[3-9]\d{2})([2-8]\d{6,7})$/;

/** In the form they are kept in already, as most are. */
const WRITTEN = /^(?:1[3-9]\d{9}|0[3-9]\d{2}-[2-8]\d{6,7})$/;

/**
 * A phone number in one form: mobile `13870012345`, land line `0791-88123456`, with extension `0791-88123456-801`,
 * service `400-8812345`. The country code 86 goes. Null when it is none of these.
 */
export function readPhone(raw: string): string | null {
  if (WRITTEN.test(raw)) return raw;
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

/** A number of a field. `city` is the division its area code belongs to, null outside Jiangxi and for mobiles. */
export type Phone = {
  text: string;
  kind: 'mobile' | 'land' | 'service';
  areaCode: string | null;
  city: string | null;
  extension: string | null;
};

const FIELD_LENGTH_MAX = 300;
/** Numbers that one field may hold; more is a list of something else. */
const PHONES_MAX = 10;

/**
 * All numbers of a field: several by comma, slash, blank or 、; a land line without area code has that of the one before
 * it, or `areaCode`. What is no number is left out.
 */
export function readPhones(raw: string, { areaCode }: { areaCode?: string } = {}): Phone[] {
  if (raw.length > FIELD_LENGTH_MAX) return [];
  const phones: Phone[] = [];
  let area = areaCode ?? null;
  for (const piece of piecesOf(cleanText(raw))) {
    const phone = toPhone(readPhone(piece) ?? (area ? readPhone(`${area}${piece}`) : null));
    if (!phone || phones.length >= PHONES_MAX) continue;
    area = phone.areaCode ?? area;
    if (!phones.some(({ text }) => text === phone.text)) phones.push(phone);
  }
  return phones;
}

/** Blanks part numbers only where each side is one: 0791 88123456 is one number, 88123456 88123457 are two. */
function piecesOf(text: string): string[] {
  return text
    .replace(/(?:电话|手机|联系方式|办公室|传真|[Tt][Ee][Ll])[:.]?/g, ',')
    .split(/[,;、/|\\]|或|和/)
    .flatMap((piece) =>
      /^\s*[\d()+-]{7,}(?:\s+[\d()-]{7,})+\s*$/.test(piece) ? piece.trim().split(/\s+/) : [piece],
    )
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '');
}

function toPhone(text: string | null): Phone | null {
  if (text === null) return null;
  const [first = '', , extension = null] = text.split('-');
  if (!text.includes('-')) return { text, kind: 'mobile', areaCode: null, city: null, extension: null };
  if (!first.startsWith('0')) return { text, kind: 'service', areaCode: null, city: null, extension };
  return { text, kind: 'land', areaCode: first, city: AREA_CODES[first] ?? null, extension };
}
