import type { ColumnKind } from '@ronghe/contracts';

/** Identity numbers and mobile numbers inside any text, which no sample may show. */
const INSIDE =
  /(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])[0-3]\d{4}[\dXx](?![\dA-Za-z])|(?<!\d)1[3-9]\d{9}(?!\d)/g;

/** A value of a sensitive column with what would name a person hidden: 张*, 138****1234, 3****************X. */
export function maskValue(kind: ColumnKind, text: string): string {
  if (text.length <= 1) return '*';
  switch (kind) {
    case 'phone':
      return text.replace(/\d[\d -]{5,}\d/g, maskDigits);
    case 'identity':
      return `${text[0] ?? ''}${'*'.repeat(text.length - 2)}${text.at(-1) ?? ''}`;
    case 'email':
      return text.replace(/^(.)[^@]*/, '$1***');
    default:
      return `${[...text][0] ?? ''}${'*'.repeat(Math.min(3, [...text].length - 1))}`;
  }
}

/** The first three and last four digits stay, as phone bills show them; of shorter numbers only the last two. */
function maskDigits(number: string): string {
  const digits = number.replace(/\D/g, '');
  if (digits.length < 9) return `${'*'.repeat(number.length - 2)}${number.slice(-2)}`;
  return `${number.slice(0, 3)}${'*'.repeat(number.length - 7)}${number.slice(-4)}`;
}

/** Any text without the identity and mobile numbers of persons that stand in it. */
export const maskInside = (text: string): string =>
  text.replace(INSIDE, (number) => maskValue(number.length === 18 ? 'identity' : 'phone', number));
/** True when a text holds an identity number. */
export const holdsIdentity = (text: string): boolean =>
  [...text.matchAll(INSIDE)].some(([number]) => number.length === 18);

/** A text as PostgreSQL keeps it in JSON: without NUL, and without halves of characters, which cutting makes. */
export const storable = (text: string): string =>
  text.replace(/\0/g, '').replace(/\p{Surrogate}/gu, '\ufffd');
