import type { Bilingual } from '@ronghe/contracts';
import { cleanText } from './text.ts';

/** The 31 characters of GB 32100-2015; a character's value is its place. I, O, S, V and Z are left out. */
const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const ORGANISATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2];
const SHAPE = /^[1-9ANY][0-9A-HJ-NPQRTUWXY]\d{6}[0-9A-HJ-NPQRTUWXY]{10}$/;

export type CodeFault = 'format' | 'organisation-check' | 'check-character';

/** Upper case, half width, without blanks and hyphens. Never repairs a character. */
export const normaliseCode = (text: string): string =>
  cleanText(text)
    .toUpperCase()
    .replace(/[\s\-‐-―]/g, '');

/**
 * Check character of a unified social credit code from its first 17 characters.
 * GB 32100-2015: weights 3^(i-1) mod 31, C18 = (31 - sum mod 31) mod 31.
 */
export function codeCheckCharacter(body: string): string {
  const sum = WEIGHTS.reduce(
    (total, weight, index) => total + weight * ALPHABET.indexOf(body[index] ?? ''),
    0,
  );
  return ALPHABET[(31 - (sum % 31)) % 31] ?? '';
}

/** Check character of an organisation code from its first 8 characters. GB 11714-1997: letters count A=10 … Z=35. */
export function organisationCheckCharacter(body: string): string {
  const sum = ORGANISATION_WEIGHTS.reduce(
    (total, weight, index) => total + weight * Number.parseInt(body[index] ?? '', 36),
    0,
  );
  const check = 11 - (sum % 11);
  if (check === 10) return 'X';
  return check === 11 ? '0' : String(check);
}

/** What is wrong with a normalised unified social credit code; null when both check characters are right. */
export function codeFault(code: string): CodeFault | null {
  if (!SHAPE.test(code)) return 'format';
  if (!isOrganisationCode(code.slice(8, 17))) return 'organisation-check';
  return codeCheckCharacter(code) === code[17] ? null : 'check-character';
}

/** Nine characters whose check character fits GB 11714. */
export const isOrganisationCode = (code: string): boolean =>
  /^[0-9A-Z]{8}[0-9X]$/.test(code) && organisationCheckCharacter(code) === code[8];

/** A 15-digit registration number (GS15-2006) whose check digit fits ISO 7064 MOD 11,10. */
export function isRegistrationNumber(code: string): boolean {
  if (!/^\d{15}$/.test(code)) return false;
  let product = 10;
  for (const digit of code.slice(0, 14)) {
    product = (((product + Number(digit)) % 10 || 10) * 2) % 11;
  }
  return (11 - product) % 10 === Number(code[14]);
}

/** A 15-character taxpayer number from before 2015-10: division code and organisation code. */
export const isTaxpayerNumber = (code: string): boolean =>
  /^\d{6}[0-9A-Z]{9}$/.test(code) && isOrganisationCode(code.slice(6));

export type Identity = {
  kind: 'code' | 'organisation' | 'taxpayer' | 'registration' | 'invalid';
  /** the normalised text */
  text: string;
  /** the same for every number of one enterprise: `O:` organisation code or `R:` registration number; null when invalid */
  joinKey: string | null;
  fault: CodeFault | null;
};

/**
 * Tells what kind of number an enterprise was named by and what it can be joined on. When the 15 characters fit both
 * older kinds, the taxpayer number is taken: its organisation code joins with the code of today.
 */
export function identify(raw: string): Identity {
  const text = normaliseCode(raw);
  if (text.length === 9 && isOrganisationCode(text))
    return { kind: 'organisation', text, joinKey: `O:${text}`, fault: null };
  if (isTaxpayerNumber(text)) return { kind: 'taxpayer', text, joinKey: `O:${text.slice(6)}`, fault: null };
  if (isRegistrationNumber(text)) return { kind: 'registration', text, joinKey: `R:${text}`, fault: null };
  const fault = codeFault(text);
  if (fault) return { kind: 'invalid', text, joinKey: null, fault };
  return { kind: 'code', text, joinKey: `O:${text.slice(8, 17)}`, fault: null };
}

const AUTHORITIES: Readonly<Record<string, Bilingual>> = {
  '1': { zh: '机构编制', en: 'Staffing office' },
  '2': { zh: '外交', en: 'Foreign affairs' },
  '3': { zh: '司法行政', en: 'Justice' },
  '4': { zh: '文化', en: 'Culture' },
  '5': { zh: '民政', en: 'Civil affairs' },
  '6': { zh: '旅游', en: 'Tourism' },
  '7': { zh: '宗教', en: 'Religion' },
  '8': { zh: '工会', en: 'Trade unions' },
  '9': { zh: '市场监管', en: 'Market regulation' },
  A: { zh: '中央军委', en: 'Central Military Commission' },
  N: { zh: '农业', en: 'Agriculture' },
  Y: { zh: '其他', en: 'Other' },
};
const MARKET_KINDS: Readonly<Record<string, Bilingual>> = {
  '1': { zh: '企业', en: 'Enterprise' },
  '2': { zh: '个体工商户', en: 'Individual business' },
  '3': { zh: '农民专业合作社', en: 'Farmers’ cooperative' },
  '9': { zh: '其他', en: 'Other' },
};

/** The parts of a valid code. The division is the registering office's at that time and is never re-issued. */
export function partsOfCode(code: string) {
  const authority = AUTHORITIES[code[0] ?? ''] ?? { zh: '其他', en: 'Other' };
  return {
    authority,
    kind: code[0] === '9' ? (MARKET_KINDS[code[1] ?? ''] ?? null) : null,
    division: code.slice(2, 8),
    organisationCode: code.slice(8, 17),
    taxpayerNumber: code.slice(2, 17),
  };
}
