import type { LinkKind } from '@ronghe/contracts';
import { toSimplified } from '../standards/characters.ts';
import { parseName } from '../standards/company-names.ts';
import { readDivisionsAt } from '../standards/division-names.ts';
import { readPhones } from '../standards/phones.ts';
import { codeFault, isOrganisationCode, isTaxpayerNumber } from '../standards/uscc.ts';
import { readDay } from './days.ts';
import { lettersOf, plainText, soundKey, wordsOf } from './texts.ts';

/** Type of a part in ClickHouse. Empty text and 0 of `Int32` mean "not told"; a number that is not told is NaN. */
export type PartType = 'String' | 'Int32' | 'Float64';
export type Part = { name: string; type: PartType };
type Value = string | number;
export type DeriveOptions = {
  dayFirst?: boolean | undefined;
  /** false when nobody asks for words: they stay empty */
  words?: boolean | undefined;
};

const parts = (...names: string[]): readonly Part[] =>
  names.map((name) => {
    const [text = '', type = 'String'] = name.split(':');
    return { name: text, type: type as PartType };
  });

/** The parts of each kind; `v` is the standardised value itself. `words` is a list of words with blanks between them. */
export const PARTS: Readonly<Record<LinkKind, readonly Part[]>> = {
  person: parts('v', 'sound', 'first', 'last', 'head', 'sorted'),
  company: parts('v', 'core', 'brand', 'head', 'sound', 'region', 'branch', 'words'),
  code: parts('v', 'tax', 'org', 'head', 'tail'),
  phone: parts('v', 'tail'),
  email: parts('v', 'local', 'domain'),
  date: parts('v', 'y:Int32', 'm:Int32', 'd:Int32', 'ym', 'md'),
  number: parts('v', 'n:Float64'),
  address: parts('v', 'number', 'road', 'region', 'words'),
  text: parts('v', 'words'),
  people: parts('v', 'words', 'first'),
  category: parts('v'),
};

/** Kinds whose words can be weighed by rarity (`TextComparison`, `LinkTextRule`). */
export const hasWords = (kind: LinkKind): boolean => PARTS[kind].some(({ name }) => name === 'words');

const DERIVE: Readonly<Record<LinkKind, (raw: string, options: DeriveOptions) => Value[]>> = {
  person: personParts,
  company: companyParts,
  code: codeParts,
  phone: phoneParts,
  email: emailParts,
  date: dateParts,
  number: numberParts,
  address: addressParts,
  text: (raw) => {
    const v = plainText(raw);
    return [v, wordsOf(v).join(' ')];
  },
  people: (raw) => {
    const v = plainText(raw);
    const words = wordsOf(v, { people: true });
    return [v, words.join(' '), words[0] ?? ''];
  },
  category: (raw) => [lettersOf(plainText(raw))],
};

const wordList = (text: string, { words = true }: DeriveOptions): string =>
  words ? wordsOf(text).join(' ') : '';

/** Empty parts of a kind: what a record has whose field says nothing. */
export const emptyParts = (kind: LinkKind): Value[] =>
  PARTS[kind].map(({ type }) => (type === 'String' ? '' : type === 'Int32' ? 0 : Number.NaN));

/**
 * The parts of one raw value in the order of `PARTS`. Never throws; a value that says nothing, or that is nothing of its
 * kind, gives empty parts.
 */
export function derive(kind: LinkKind, raw: string, options: DeriveOptions = {}): Value[] {
  if (raw === '') return emptyParts(kind);
  return DERIVE[kind](raw, options);
}

const HEAD = 3;
function personParts(raw: string): Value[] {
  const v = lettersOf(plainText(raw)).replace(/^(?:mr|mrs|ms|miss|dr|prof|sir|rev)\s+(?=\S)/, '');
  if (!v) return emptyParts('person');
  const words = v.split(' ');
  const sorted = words.length > 1 ? [...words].sort().join(' ') : v;
  return [v, soundKey(v), words[0] ?? '', words.at(-1) ?? '', v.slice(0, HEAD), sorted];
}

const LEGAL =
  /\b(?:inc|incorporated|corp|corporation|co|company|companies|ltd|limited|llc|llp|lp|plc|gmbh|ag|sa|srl|spa|bv|nv|kg|oy|ab|as|pty|pvt|the|and|of)\b/g;
const HAN = /\p{Script=Han}/u;
/** Characters at the beginning of a Chinese name without its division: the 字号 or most of it. */
const NAME_HEAD = 2;
function companyParts(raw: string, options: DeriveOptions): Value[] {
  const plain = plainText(raw);
  if (plain === '') return emptyParts('company');
  if (HAN.test(plain)) {
    const name = parseName(raw);
    const core = name.keys.core || name.normal;
    const brand = name.trade ?? core;
    const branch = name.branch === null ? '' : (name.branchNumber ?? name.branch);
    return [
      name.normal.toLowerCase(),
      core.toLowerCase(),
      brand.toLowerCase(),
      core.slice(0, NAME_HEAD).toLowerCase(),
      name.keys.looseSound.replaceAll(' ', ''),
      name.divisionCode ?? '',
      String(branch),
      wordList(`${core}${name.branch ?? ''}`.toLowerCase(), options),
    ];
  }
  const v = lettersOf(plain.replaceAll('&', ' and '));
  const core = lettersOf(v.replace(LEGAL, ' ')) || v;
  return [
    v,
    core,
    core.split(' ')[0] ?? '',
    core.slice(0, 4),
    soundKey(core),
    '',
    '',
    wordList(core, options),
  ];
}

/** One character throughout, or counting up: what people type into a field that must be filled. */
const isPlaceholder = (text: string) =>
  /^(.)\1*$/.test(text) || '01234567890123456789'.includes(text) || '98765432109876543210'.includes(text);
const CODE_LENGTH_MIN = 2;
function codeParts(raw: string): Value[] {
  const v = plainText(raw)
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
  if (v.length < CODE_LENGTH_MIN || (v.length > 3 && isPlaceholder(v))) return emptyParts('code');
  const half = Math.ceil(v.length / 2);
  return [v, ...enterpriseNumbers(v), v.slice(0, half), v.slice(-half)];
}

/**
 * The taxpayer number (15 characters) and the organisation code (9) that a number of a Chinese enterprise carries, whichever it is, so
 * that numbers of today and of before 2015 meet; empty when a check fails.
 */
function enterpriseNumbers(code: string): [tax: string, organisation: string] {
  if (code.length === 18) return codeFault(code) === null ? [code.slice(2, 17), code.slice(8, 17)] : ['', ''];
  if (code.length === 15) return isTaxpayerNumber(code) ? [code, code.slice(6)] : ['', ''];
  return ['', code.length === 9 && isOrganisationCode(code) ? code : ''];
}

const PHONE_TAIL = 7;
function phoneParts(raw: string): Value[] {
  const plain = /^(?:1[3-9]\d{9}|0\d{2,3}-?[2-8]\d{6,7})$/.test(raw) ? raw.replace('-', '') : null;
  if (plain !== null) return isPlaceholder(plain) ? emptyParts('phone') : [plain, plain.slice(-PHONE_TAIL)];
  const [chinese] = HAN.test(raw) || /^\D*(?:0|1[3-9]|86|400)/.test(raw) ? readPhones(raw) : [];
  const told = chinese?.text.replace(/-(\d{1,5})$/, (tail) => (chinese.extension ? '' : tail)) ?? raw;
  const digits = told.replace(/(?:x|ext).*$/i, '').replace(/\D/g, '');
  if (digits.length < 5 || isPlaceholder(digits)) return emptyParts('phone');
  return [digits.replace(/^(?:00|1(?=\d{10}$)(?![3-9]\d{9}$))/, ''), digits.slice(-PHONE_TAIL)];
}

function emailParts(raw: string): Value[] {
  const v = plainText(raw).replace(/\s/g, '');
  const [local = '', domain = ''] = v.split('@');
  if (domain === '') return v === '' ? emptyParts('email') : [v, v, ''];
  return [v, local.replace(/\+.*$/, ''), domain];
}

const two = (value: number) => String(value).padStart(2, '0');
function dateParts(raw: string, options: DeriveOptions): Value[] {
  const day = readDay(raw, options.dayFirst === undefined ? {} : { dayFirst: options.dayFirst });
  if (!day) return emptyParts('date');
  const ym = day.month ? `${day.year}-${two(day.month)}` : '';
  const md = day.month && day.day ? `${two(day.month)}-${two(day.day)}` : '';
  return [`${day.year}-${two(day.month)}-${two(day.day)}`, day.year, day.month, day.day, ym, md];
}

function numberParts(raw: string): Value[] {
  const text = plainText(raw).replace(/[,\s]/g, '');
  const found = /[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,3})?/.exec(text)?.[0];
  const value = Number(found);
  if (found === undefined || !Number.isFinite(value)) return emptyParts('number');
  return [String(value), value];
}

const STREETS: readonly (readonly [RegExp, string])[] = [
  [/\bstreet\b/g, 'st'],
  [/\bavenue\b|\bav\b/g, 'ave'],
  [/\broad\b/g, 'rd'],
  [/\bdrive\b/g, 'dr'],
  [/\bboulevard\b/g, 'blvd'],
  [/\bplace\b/g, 'pl'],
  [/\bcourt\b/g, 'ct'],
  [/\blane\b/g, 'ln'],
  [/\bparkway\b/g, 'pkwy'],
  [/\bhighway\b/g, 'hwy'],
  [/\bnorth\b/g, 'n'],
  [/\bsouth\b/g, 's'],
  [/\beast\b/g, 'e'],
  [/\bwest\b/g, 'w'],
  [/\bsuite\b/g, 'ste'],
  [/\bfirst\b/g, '1st'],
  [/\bsecond\b/g, '2nd'],
  [/\bthird\b/g, '3rd'],
];
function addressParts(raw: string, options: DeriveOptions): Value[] {
  const plain = plainText(raw);
  if (plain === '') return emptyParts('address');
  if (HAN.test(plain)) {
    const text = toSimplified(plain).replace(/[\s,()]/g, '');
    const { end, hits } = readDivisionsAt(text, 0, ({ short }) => !short);
    const rest = text.slice(end);
    const region = hits.length === 1 ? (hits[0]?.present ?? '') : '';
    const road = /([^\d号镇乡村区园]{1,8}?(?:大道|大街|公路|路|街|巷|弄))/.exec(rest)?.[1] ?? '';
    const number = /(\d+)(?=号|#|$)/.exec(rest.slice(road ? rest.indexOf(road) : 0))?.[1] ?? '';
    return [text, number, road, region, wordList(rest, options)];
  }
  const v = STREETS.reduce((text, [full, short]) => text.replace(full, short), lettersOf(plain));
  const number = /(?:^|\s)(\d+)[a-z]?(?=\s|$)/.exec(v)?.[1] ?? '';
  const road = v.replace(/\b\d+[a-z]?\b/, '').trim();
  return [v, number, road, '', wordList(v, options)];
}
