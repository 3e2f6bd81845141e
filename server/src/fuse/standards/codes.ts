import type { Bilingual } from '@ronghe/contracts';
import {
  type CodeFacts,
  candidatesFor,
  isKnownDivision,
  type Proof,
  provenRepair,
  type RepairKind,
  withoutImpossible,
} from './code-repair.ts';
import { type DivisionStep, resolveDivision } from './division-names.ts';
import {
  bodyOf,
  codeCheckCharacter,
  codeFault,
  isOrganisationCode,
  isRegistrationNumber,
  isTaxpayerNumber,
  normaliseCode,
  organisationCheckCharacter,
} from './uscc.ts';

/** What kind of number a text is, as far as it can be told. */
export const CODE_KINDS = {
  uscc: { zh: '统一社会信用代码', en: 'Unified social credit code' },
  organisation: { zh: '组织机构代码', en: 'Organisation code' },
  registration: { zh: '工商注册号', en: 'Registration number' },
  taxpayer: { zh: '15 位纳税人识别号', en: 'Taxpayer number of 15 characters' },
  'taxpayer-person': { zh: '个体经营者纳税人识别号', en: 'Taxpayer number of a person in business' },
  'identity-card': { zh: '居民身份证号', en: 'Identity number of a person' },
  unknown: { zh: '无法识别', en: 'Not recognised' },
} as const satisfies Record<string, Bilingual>;
export type CodeKind = keyof typeof CODE_KINDS;

/** What can be wrong with a number or should be known about it. */
export const CODE_PROBLEMS = {
  empty: { zh: '没有内容', en: 'There is nothing' },
  'too-long': { zh: '过长，不是代码', en: 'Too long for a code' },
  length: {
    zh: '长度不是 9、15、17、18 或 20 位',
    en: 'The length is none of 9, 15, 17, 18 or 20 characters',
  },
  characters: { zh: '含有代码不使用的字符', en: 'There are characters that codes do not use' },
  department: { zh: '登记管理部门与机构类别不存在', en: 'There is no such department with such a body' },
  'division-unknown': {
    zh: '登记机关区划不在现行区划和江西历史区划中',
    en: 'The division of the office is neither one of today nor a past one of Jiangxi',
  },
  'division-outdated': {
    zh: '登记机关区划已调整，代码不因此改变',
    en: 'The division of the office changed since; the code stays as it is',
  },
  'organisation-check': {
    zh: '组织机构代码校验位（第 17 位）不符',
    en: 'The check of the organisation code (character 17) does not fit',
  },
  'check-character': { zh: '第 18 位校验码不符', en: 'Check character 18 does not fit' },
  'check-digit': { zh: '校验位不符', en: 'The check digit does not fit' },
  ambiguous: {
    zh: '同时符合注册号与纳税人识别号',
    en: 'It fits a registration number and a taxpayer number as well',
  },
  'old-kind': { zh: '2015 年以前的旧号码', en: 'A kind of number from before 2015' },
  personal: {
    zh: '含个人身份证号，属于个人信息，不显示其内容',
    en: 'It holds the identity number of a person; its content is not shown',
  },
} as const satisfies Record<string, Bilingual>;
export type CodeProblem = keyof typeof CODE_PROBLEMS;

/** A correction that is proven. `because` names the proofs. */
export type Repair = { code: string; how: RepairKind; at: number; because: readonly Proof[] };
export type OfficeDivision = {
  code: string;
  today: string | null;
  path: readonly string[];
  way: readonly DivisionStep[];
};
export type CodeParts = {
  authority?: Bilingual;
  body?: Bilingual;
  division?: OfficeDivision;
  organisationCode?: string;
  taxpayerNumber?: string;
  /** sequence number that the registering office gave, and what its first digit says */
  sequence?: { number: string; capital: Bilingual };
  checkCharacter?: string;
};
export type CodeExplanation = {
  text: string;
  kind: CodeKind;
  kindName: Bilingual;
  valid: boolean;
  parts: CodeParts;
  problems: { problem: CodeProblem; message: Bilingual }[];
  /** only when exactly one correction is proven */
  repair?: Repair;
  /** corrections that the checks allow; none of them is proven by being here */
  candidates: { code: string; how: RepairKind; at: number }[];
  /** what the number says about the code of today; `conjecture` holds if the division of the office did not change */
  today?: { organisationCode: string | null; conjecture: string | null };
};

const TEXT_LENGTH_MAX = 100;
const CANDIDATES_MAX = 20;
/** Words that stand before a code in a cell. */
const LABEL =
  /^(?:统一社会信用代码|社会信用代码|信用代码|组织机构代码|纳税人识别号|税号|注册号|营业执照号?)[:]?/;

/**
 * Says what kind of number a text is, whether its checks hold, what its parts mean and, when it is a broken code of today,
 * how it can be corrected. Never throws. Standards: GB 32100-2015, GB 11714-1997, GS15-2006, GB 11643-1999.
 */
export function explainCode(raw: string, facts: CodeFacts = {}): CodeExplanation {
  const text = normaliseCode(raw.slice(0, TEXT_LENGTH_MAX)).replace(LABEL, '');
  if (raw.length > TEXT_LENGTH_MAX)
    return explanation(text.slice(0, 30), 'unknown', { problems: ['too-long'] });
  if (text === '') return explanation(text, 'unknown', { problems: ['empty'] });
  if (!/^[0-9A-Z]+$/.test(text)) return explanation(text, 'unknown', { problems: ['characters'] });
  switch (text.length) {
    case 9:
      return organisation(text);
    case 15:
      return fifteen(text);
    case 18:
      return isIdentityNumber(text) && codeFault(text) !== null
        ? person(text, 'identity-card')
        : uscc(text, facts);
    case 17:
      return /^\d{17}$/.test(text) && isOldIdentityNumber(text.slice(0, 15))
        ? person(text, 'taxpayer-person')
        : uscc(text, facts);
    case 19:
      return uscc(text, facts);
    case 20:
      return isIdentityNumber(text.slice(0, 18)) && /^\d\d$/.test(text.slice(18))
        ? person(text, 'taxpayer-person')
        : explanation(text, 'unknown', { problems: ['length'] });
    default:
      return explanation(text, 'unknown', { problems: ['length'] });
  }
}

type Found = Partial<Omit<CodeExplanation, 'text' | 'kind' | 'problems'>> & {
  problems: readonly CodeProblem[];
};
const explanation = (text: string, kind: CodeKind, { problems, ...found }: Found): CodeExplanation => ({
  text,
  kind,
  kindName: { ...CODE_KINDS[kind] },
  valid: false,
  parts: {},
  candidates: [],
  ...found,
  problems: problems.map((problem) => ({ problem, message: { ...CODE_PROBLEMS[problem] } })),
});

function uscc(text: string, facts: CodeFacts): CodeExplanation {
  const fault = codeFault(text);
  const body = bodyOf(text);
  const division = officeOf(text.slice(2, 8));
  const problems: CodeProblem[] = [
    ...(text.length === 18 ? [] : (['length'] as const)),
    ...(/[IOSVZ]/.test(text) ? (['characters'] as const) : []),
    ...(body ? [] : (['department'] as const)),
    ...(division.today === null && division.code !== NATIONAL ? (['division-unknown'] as const) : []),
    ...(division.way.length > 1 ? (['division-outdated'] as const) : []),
    ...(text.length >= 17 && !isOrganisationCode(text.slice(8, 17)) ? (['organisation-check'] as const) : []),
    ...(text.length === 18 && codeCheckCharacter(text) !== text[17] ? (['check-character'] as const) : []),
  ];
  // a past division outside Jiangxi is not known here, so an unknown one alone makes no code wrong
  const valid = fault === null && body !== null;
  if (valid) return explanation(text, 'uscc', { valid, problems, parts: partsOf(text, division) });
  const candidates = candidatesFor(text);
  const repair = provenRepair(text, candidates, facts);
  return explanation(text, repair || looksLikeCode(text) ? 'uscc' : 'unknown', {
    problems,
    parts: text.length === 18 ? partsOf(text, division) : {},
    candidates: candidates.slice(0, CANDIDATES_MAX).map(({ code, kind, at }) => ({ code, how: kind, at })),
    ...(repair
      ? { repair: { code: repair.code, how: repair.kind, at: repair.at, because: repair.because } }
      : {}),
  });
}

const NATIONAL = '100000';
const looksLikeCode = (text: string) =>
  text.length === 18 && (bodyOf(text) !== null || /^[1-9ANY]\d{7}/.test(text));

function partsOf(text: string, division: OfficeDivision): CodeParts {
  const body = bodyOf(text);
  return {
    ...(body ? { authority: { ...body.authority }, body: { ...body.body } } : {}),
    division,
    organisationCode: text.slice(8, 17),
    taxpayerNumber: text.slice(2, 17),
    checkCharacter: text[17] ?? '',
  };
}

/** The division of a registering office, which stays as it was, with the way to today's. */
function officeOf(code: string): OfficeDivision {
  const own = code.replace(/01$/, '00');
  const [match] = /^\d{6}$/.test(code) ? [...resolveDivision(code), ...resolveDivision(own)] : [];
  return { code, today: match?.code ?? null, path: match?.path ?? [], way: match?.way ?? [] };
}

function organisation(text: string): CodeExplanation {
  const valid = isOrganisationCode(text);
  return explanation(text, 'organisation', {
    valid,
    parts: { organisationCode: text, checkCharacter: text[8] ?? '' },
    problems: valid ? ['old-kind'] : ['check-digit'],
    ...(valid ? { today: { organisationCode: text, conjecture: null } } : {}),
    candidates: valid || !/^[0-9A-Z]{8}/.test(text) ? [] : lastOf(text, organisationCheckCharacter(text)),
  });
}

const lastOf = (text: string, check: string): CodeExplanation['candidates'] => [
  { code: text.slice(0, 8) + check, how: 'replaced', at: 9 },
];

function fifteen(text: string): CodeExplanation {
  const [taxpayer, registration] = [isTaxpayerNumber(text), isRegistrationNumber(text)];
  const ambiguous: readonly CodeProblem[] = taxpayer && registration ? ['ambiguous'] : [];
  if (taxpayer) {
    const unknown: readonly CodeProblem[] = isKnownDivision(text.slice(0, 6)) ? [] : ['division-unknown'];
    return explanation(text, 'taxpayer', {
      valid: true,
      problems: ['old-kind', ...ambiguous, ...unknown],
      parts: { division: officeOf(text.slice(0, 6)), organisationCode: text.slice(6), taxpayerNumber: text },
      today: { organisationCode: text.slice(6), conjecture: `91${text}${codeCheckCharacter(`91${text}`)}` },
    });
  }
  if (/^\d{15}$/.test(text)) {
    if (!registration && isOldIdentityNumber(text)) return person(text, 'identity-card');
    return explanation(text, 'registration', {
      valid: registration,
      problems: registration ? ['old-kind'] : ['check-digit'],
      parts: {
        division: officeOf(text.slice(0, 6)),
        sequence: { number: text.slice(6, 14), capital: capitalOf(text[6] ?? '') },
        checkCharacter: text[14] ?? '',
      },
      ...(registration ? { today: { organisationCode: null, conjecture: null } } : {}),
    });
  }
  const digits = withoutImpossible(text);
  const at = [...text].findIndex((character, index) => character !== digits[index]);
  // the check digit and the division that the look-alikes make are two facts that do not depend on each other
  if (!isRegistrationNumber(digits) || !isKnownDivision(digits.slice(0, 6)))
    return explanation(text, 'unknown', { problems: ['organisation-check'] });
  return explanation(text, 'registration', {
    problems: ['characters'],
    candidates: [{ code: digits, how: 'look-alike', at: at + 1 }],
    repair: { code: digits, how: 'look-alike', at: at + 1, because: ['look-alike-and-checks'] },
  });
}

/** First digit of the sequence in a registration number, GS15-2006. */
function capitalOf(digit: string): Bilingual {
  if (digit <= '3') return { zh: '内资企业', en: 'Domestic enterprise' };
  if (digit <= '5') return { zh: '外商投资企业', en: 'Foreign-invested enterprise' };
  return { zh: '个体工商户', en: 'Individual business' };
}

/** A number of a person is named as what it is; nothing of it is repeated but its length. */
const person = (text: string, kind: 'identity-card' | 'taxpayer-person'): CodeExplanation =>
  explanation('*'.repeat(text.length), kind, { valid: true, problems: ['personal'] });

const PERSON_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** GB 11643-1999: division, a day, sequence, check character MOD 11-2. */
function isIdentityNumber(text: string): boolean {
  if (!/^\d{17}[\dX]$/.test(text) || !isDay(text.slice(6, 14))) return false;
  const sum = PERSON_WEIGHTS.reduce((total, weight, index) => total + weight * Number(text[index]), 0);
  return '10X98765432'[sum % 11] === text[17] && isKnownDivision(text.slice(0, 6));
}

/** The kind of before 1999: no century and no check, so the day of birth and the division are all that can be tested. */
const isOldIdentityNumber = (text: string): boolean =>
  isDay(`19${text.slice(6, 12)}`) && isKnownDivision(text.slice(0, 6));

function isDay(text: string): boolean {
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(4, 6)), Number(text.slice(6, 8))];
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1900 && year <= 2099 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
