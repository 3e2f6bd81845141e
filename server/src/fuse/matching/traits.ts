import type { LinkRule } from '@ronghe/contracts';
import { BLOCK_MAX } from '../linking/blocking.ts';
import { derive, PARTS } from '../linking/features.ts';
import { partsUsed } from '../linking/tables.ts';
import type { NameKey } from '../standards/names.ts';
import { ENTERPRISE_SETTINGS } from './enterprise-settings.ts';
import type { Traits } from './levels.ts';

type Values = Partial<Record<string, { value: string }>>;

const USED = partsUsed(ENTERPRISE_SETTINGS);
/** Between several former or short names in one field. */
const SEVERAL = /[;；、,，|]/;

const NUMBERS = /\d+|第[一二三四五六七八九十百]+|[一二三四五六七八九十]+(?=厂|矿|队|车间|分厂)/g;
const GROUP = /集[团團](?=(?:股份|控股)?(?:有限)?(?:责任|責任)?公司|$|[（(])/;

/** What a record says about who it is, as comparisons look at it: parts of its standardised values. */
export function traitsOf(values: Values): Traits {
  const traits: Record<string, string> = {};
  const raw: Record<string, string> = {
    name: values.name?.value ?? firstOf(values.shortName?.value),
    former: firstOf(values.formerName?.value),
    code: values.code?.value ?? '',
    person: values.legalPerson?.value ?? '',
    phone: values.phone?.value ?? '',
    address: values.address?.value ?? '',
    county: countyOf(values.division?.value ?? ''),
  };
  for (const [at, { name, kind }] of ENTERPRISE_SETTINGS.columns.entries()) {
    const text = raw[name] ?? '';
    if (text === '') continue;
    const used = USED[at] ?? [];
    const parts = derive(kind, text, { words: false });
    for (const part of used) {
      const value = parts[part];
      const part_ = PARTS[kind][part]?.name ?? 'v';
      if (typeof value === 'string' && value !== '')
        traits[part_ === 'v' ? name : `${name}.${part_}`] = value;
    }
  }
  // a group and the company it is named after are two enterprises as a rule, like a company and its branch, or 一厂 and 二厂
  const numbers = (traits['name.core'] ?? '').match(NUMBERS) ?? [];
  const group = GROUP.test(raw.name ?? '') ? ['集团'] : [];
  const branch = [traits['name.branch'] ?? '', ...numbers, ...group].filter(Boolean).join(' ');
  if (branch !== '') traits['name.branch'] = branch;
  // an address often leaves out what stands in a field of its own
  if (traits['address.region'] === undefined && traits.county !== undefined)
    traits['address.region'] = traits.county;
  return traits;
}

const firstOf = (text: string | undefined): string => (text ?? '').split(SEVERAL)[0]?.trim() ?? '';
const countyOf = (code: string): string => (/^\d{6}$/.test(code) && !code.endsWith('00') ? code : '');

/** A key of a record under a rule: records that share one are compared. */
export type Key = { rule: number; key: number };

const BLOCKING: readonly LinkRule[] = ENTERPRISE_SETTINGS.blocking;
/** Rules there are; keys are numbered by them. */
export const RULES = BLOCKING.length;
/** Records that may share a key of a rule before it leads nowhere. */
export const blockMaxOf = (rule: number): number =>
  rule === NAMES_RULE ? NAME_SHARED_MAX : (BLOCKING[rule]?.blockMax ?? BLOCK_MAX);
/** Values that are counted, because rare ones that agree say more; they stand behind the rules in the numbering of keys. */
export const COUNTED = ['name', 'person', 'phone'] as const;
export type Counted = (typeof COUNTED)[number];
const COUNTED_FROM = 32;
/** Names as the rules of matching see them (`NameKey`) stand behind those. */
const NAMES_RULE = 40;
/** A name that more records share names nobody: it was filled in because something had to be. */
const NAME_SHARED_MAX = 500;
const ruleOf = (counted: Counted): number =>
  BLOCKING.findIndex(({ on }) => on.length === 1 && on[0] === counted);
/** A value that more records share than this is no evidence of anything: a phone of an agent, a name that stands for none. */
export const evidenceMostOf = (counted: Counted): number => {
  const rule = ruleOf(counted);
  return rule === -1 ? Number.POSITIVE_INFINITY : blockMaxOf(rule);
};

/** The keys of a record, one for each rule whose parts it tells; a former name is looked for like a name. */
export function keysOf(traits: Traits): Key[] {
  const keys: Key[] = [];
  for (const [rule, { on }] of BLOCKING.entries()) {
    const key = keyUnder(rule, on, traits);
    if (key !== null) keys.push({ rule, key });
    if (on.length === 1 && on[0] === 'name' && traits.former !== undefined)
      keys.push({ rule, key: hash(rule, traits.former) });
  }
  return keys;
}

/** The keys that lead to records worth comparing, each once. */
export const candidateKeysOf = (traits: Traits): number[] => [
  ...new Set(keysOf(traits).map(({ key }) => key)),
];

/** The key of a record under one rule; null where it does not tell what the rule asks. */
export function keyUnder(rule: number, on: readonly string[], traits: Traits): number | null {
  const parts: string[] = [];
  for (const feature of on) {
    const value = traits[feature];
    if (value === undefined || value === '') return null;
    parts.push(value);
  }
  return hash(rule, parts.join('\u0001'));
}

/** Keys under which values are counted; that of a name and of a phone is the key of their rule, which has one part only. */
export function countKeysOf(traits: Traits): { counted: Counted; key: number }[] {
  return COUNTED.flatMap((counted, at) => {
    const value = traits[counted];
    if (value === undefined) return [];
    const rule = ruleOf(counted);
    return [{ counted, key: hash(rule === -1 ? COUNTED_FROM + at : rule, value) }];
  });
}

/** What keys are made of: what a record says about who it is, and the names it goes by. */
export type Keyed = { traits: Traits; names: readonly NameKey[] };

/** The key under which records of a name are found. */
export const keyOfName = (name: string): number => hash(NAMES_RULE, name);
export const nameKeysOf = (names: readonly NameKey[]): Key[] =>
  names.map(({ key }) => ({ rule: NAMES_RULE, key: keyOfName(key) }));

/** All keys that are kept for a record, each once. */
export const keptKeysOf = ({ traits, names }: Keyed): number[] => [
  ...new Set([...keysOf(traits), ...countKeysOf(traits), ...nameKeysOf(names)].map(({ key }) => key)),
];

/** Rules a key can be of: its lowest six bits. */
const RULES_MAX = 64;
export const ruleOfKey = (key: number): number => key % RULES_MAX;
/** The rule that a key is of, also that of counted values. */
export const RULE_SQL = `key % ${RULES_MAX}`;

/**
 * A key: 47 bits of the text (two multiply-xor lanes, mixed as in MurmurHash3) above the number of its rule, a whole number that a double holds. Of
 * ten million keys two are the same by chance once in three provinces, and then two records are compared for nothing.
 */
function hash(rule: number, text: string): number {
  let [one, two] = [0xdeadbeef ^ rule, 0x41c6ce57 ^ rule];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    one = Math.imul(one ^ code, 2654435761);
    two = Math.imul(two ^ code, 1597334677);
  }
  one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909);
  two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
  return (4294967296 * (two & 0x7fff) + (one >>> 0)) * RULES_MAX + rule;
}
