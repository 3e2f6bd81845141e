import type { Bilingual } from '@ronghe/contracts';
import { cleanText } from './text.ts';

/** The 31 characters of GB 32100-2015; a character's value is its place. I, O, S, V and Z are left out. */
export const CODE_ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const ORGANISATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2];
const SHAPE = /^[1-9ANY][0-9A-HJ-NPQRTUWXY]\d{6}[0-9A-HJ-NPQRTUWXY]{10}$/;

export type CodeFault = 'format' | 'organisation-check' | 'check-character';

/** Upper case, half width, without blanks and hyphens. Never repairs a character. */
export const normaliseCode = (text: string): string =>
  isPlainCode(text)
    ? text
    : cleanText(text)
        .toUpperCase()
        .replace(/[\s\-‐-―]/g, '');

/** Digits and capital letters only, which most codes are and normalising leaves. */
function isPlainCode(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (!((code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a))) return false;
  }
  return true;
}

/** Value of each ASCII character in the alphabet of the code; -1 for those left out. */
const CODE_VALUES = Int8Array.from({ length: 128 }, (_, code) =>
  CODE_ALPHABET.indexOf(String.fromCharCode(code)),
);
/** Digits as they are, letters A=10 … Z=35. */
const LETTER_VALUES = Int8Array.from({ length: 128 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 36);
  return Number.isNaN(value) ? -1 : value;
});

/**
 * Check character of a unified social credit code from its first 17 characters.
 * GB 32100-2015: weights 3^(i-1) mod 31, C18 = (31 - sum mod 31) mod 31.
 */
export function codeCheckCharacter(body: string): string {
  let sum = 0;
  for (let at = 0; at < WEIGHTS.length; at += 1)
    sum += (WEIGHTS[at] ?? 0) * (CODE_VALUES[body.charCodeAt(at)] ?? -1);
  // a character outside the alphabet gives a sum that means nothing, never a crash
  return CODE_ALPHABET[(((31 - (sum % 31)) % 31) + 31) % 31] ?? '';
}

/** Check character of an organisation code from its first 8 characters. GB 11714-1997: letters count A=10 … Z=35. */
export function organisationCheckCharacter(body: string): string {
  let sum = 0;
  for (let at = 0; at < ORGANISATION_WEIGHTS.length; at += 1)
    sum += (ORGANISATION_WEIGHTS[at] ?? 0) * (LETTER_VALUES[body.charCodeAt(at)] ?? 0);
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

/** A 15-character taxpayer number from before 2015-10: division code and organisation code. No tax office has 100000. */
export const isTaxpayerNumber = (code: string): boolean =>
  /^(?!100000)\d{6}[0-9A-Z]{9}$/.test(code) && isOrganisationCode(code.slice(6));

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
  if (text.length === 15 && isTaxpayerNumber(text))
    return { kind: 'taxpayer', text, joinKey: `O:${text.slice(6)}`, fault: null };
  if (text.length === 15 && isRegistrationNumber(text))
    return { kind: 'registration', text, joinKey: `R:${text}`, fault: null };
  const fault = codeFault(text);
  if (fault) return { kind: 'invalid', text, joinKey: null, fault };
  return { kind: 'code', text, joinKey: `O:${text.slice(8, 17)}`, fault: null };
}

const bilingual = (zh: string, en: string): Bilingual => ({ zh, en });
const OTHER = bilingual('其他', 'Other');

/**
 * Registering departments (first character) with the kinds of bodies they register (second character; 9 is "other").
 * GB 32100-2015, table 1 and its amendments as they are applied.
 */
const DEPARTMENTS: Readonly<
  Record<string, { name: Bilingual; bodies: Readonly<Record<string, Bilingual>> }>
> = {
  '1': {
    name: bilingual('机构编制', 'Staffing office'),
    bodies: {
      '1': bilingual('机关', 'State organ'),
      '2': bilingual('事业单位', 'Public institution'),
      '3': bilingual('群众团体', 'Mass organisation'),
    },
  },
  '2': {
    name: bilingual('外交', 'Foreign affairs'),
    bodies: { '1': bilingual('外国常驻新闻机构', 'Foreign news office') },
  },
  '3': {
    name: bilingual('司法行政', 'Justice'),
    bodies: {
      '1': bilingual('律师执业机构', 'Law firm'),
      '2': bilingual('公证处', 'Notary office'),
      '3': bilingual('基层法律服务所', 'Local legal service'),
      '4': bilingual('司法鉴定机构', 'Forensic institute'),
      '5': bilingual('仲裁委员会', 'Arbitration commission'),
    },
  },
  '4': {
    name: bilingual('文化', 'Culture'),
    bodies: { '1': bilingual('外国在华文化中心', 'Foreign cultural centre') },
  },
  '5': {
    name: bilingual('民政', 'Civil affairs'),
    bodies: {
      '1': bilingual('社会团体', 'Association'),
      '2': bilingual('民办非企业单位', 'Private non-enterprise unit'),
      '3': bilingual('基金会', 'Foundation'),
    },
  },
  '6': {
    name: bilingual('旅游', 'Tourism'),
    bodies: { '1': bilingual('旅游部门常驻机构', 'Tourism office') },
  },
  '7': {
    name: bilingual('宗教', 'Religion'),
    bodies: {
      '1': bilingual('宗教活动场所', 'Place of worship'),
      '2': bilingual('宗教院校', 'Religious school'),
    },
  },
  '8': { name: bilingual('工会', 'Trade unions'), bodies: { '1': bilingual('基层工会', 'Local union') } },
  '9': {
    name: bilingual('市场监管', 'Market regulation'),
    bodies: {
      '1': bilingual('企业', 'Enterprise'),
      '2': bilingual('个体工商户', 'Individual business'),
      '3': bilingual('农民专业合作社', 'Farmers’ cooperative'),
    },
  },
  A: {
    name: bilingual('中央军委', 'Central Military Commission'),
    bodies: { '1': bilingual('军队事业单位', 'Military institution') },
  },
  N: {
    name: bilingual('农业', 'Agriculture'),
    bodies: {
      '1': bilingual('组级集体经济组织', 'Collective of a group'),
      '2': bilingual('村级集体经济组织', 'Collective of a village'),
      '3': bilingual('乡镇级集体经济组织', 'Collective of a township'),
    },
  },
  Y: { name: OTHER, bodies: {} },
};

/** The department and the kind of body of a code's first two characters; null for a pair the standard does not have. */
export function bodyOf(code: string): { authority: Bilingual; body: Bilingual } | null {
  const department = DEPARTMENTS[code[0] ?? ''];
  if (!department) return null;
  const second = code[1] ?? '';
  const body =
    department.bodies[second] ?? (second === '9' || (code[0] === 'Y' && second === '1') ? OTHER : null);
  return body ? { authority: department.name, body } : null;
}

/** The parts of a valid code. The division is the registering office's at that time and is never re-issued. */
export function partsOfCode(code: string) {
  const body = bodyOf(code);
  return {
    authority: DEPARTMENTS[code[0] ?? '']?.name ?? OTHER,
    kind: body?.body ?? null,
    division: code.slice(2, 8),
    organisationCode: code.slice(8, 17),
    taxpayerNumber: code.slice(2, 17),
  };
}
