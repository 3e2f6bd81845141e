import { parseAddress } from '../standards/addresses.ts';
import { parseName } from '../standards/company-names.ts';
import { nameKeyOf, readName } from '../standards/names.ts';
import { readPhone } from '../standards/phones.ts';
import { identify } from '../standards/uscc.ts';
import { byTrust, type Fact, type FactValue } from '../things/facts.ts';

/** What an enterprise says of itself (`name`, `code`) or of another one, and what it may share with others. */
export type ClaimRole =
  | 'name'
  | 'code'
  | 'branch'
  | 'former'
  | 'parent'
  | 'holder'
  | 'group'
  | 'address'
  | 'phone'
  | 'person';

/** Where something is said. */
export type StoredEvidence = {
  source: string;
  run: string;
  rowKey: string;
  field: string;
  raw: string;
  /** number of the enterprise whose record it is */
  enterprise: number;
};
export type ClaimDetail = {
  /** the name of who is meant, as written */
  name: string;
  regions: readonly string[];
  /** city of who says it */
  city: string | null;
  /** percent of a holder */
  share: number | null;
  /** the enterprise at the head of a group */
  head: boolean;
  evidence: readonly StoredEvidence[];
};
export type Claim = { enterprise: number; role: ClaimRole; key: string; detail: ClaimDetail };

/** A golden value with where it came from; a value that a person pinned has no source. */
export type SaidValue = {
  value: string;
  source: string | null;
  run: string | null;
  rowKey: string;
  field: string;
  raw: string;
};
export type Speaking = {
  number: number;
  city: string | null;
  codeValid: boolean;
  golden: ReadonlyMap<ClaimedAttribute, SaidValue>;
  facts: readonly Fact[];
};

/** Golden values that claims are made of; the rest of what an enterprise says comes from rows. */
export const CLAIMED = ['name', 'code', 'address', 'phone', 'legalPerson'] as const;
export type ClaimedAttribute = (typeof CLAIMED)[number];

const KEY_LENGTH_MAX = 300;
const NAME_LENGTH_MIN = 4;
const CLAIMS_A_ROLE_MAX = 200;
/** What may follow 集团 in the name of the head of a group. */
const HEAD_FORM = /^(?:股份有限公司|有限责任公司|有限公司|总公司|公司)?$/;
const PERSON_NAME = /^[\p{Script=Han}·]{2,6}$/u;

/**
 * All that an enterprise says which can relate it to others. Two enterprises are related where a claim of one meets a claim of
 * the other under the same key; see `relations.ts`. The result does not depend on the order of the rows.
 */
export function claimsOf(speaking: Speaking): Claim[] {
  const claims = new Map<string, Claim>();
  const counts = new Map<ClaimRole, number>();
  const put = (
    role: ClaimRole,
    key: string,
    detail: Partial<ClaimDetail> & Pick<ClaimDetail, 'evidence'>,
  ) => {
    const id = `${role} ${key}`;
    const known = claims.get(id);
    if (known) {
      const evidence = [...known.detail.evidence, ...detail.evidence];
      claims.set(id, { ...known, detail: { ...known.detail, evidence } });
      return;
    }
    const count = counts.get(role) ?? 0;
    if (count >= CLAIMS_A_ROLE_MAX) return;
    counts.set(role, count + 1);
    const plain = { name: '', regions: [], city: speaking.city, share: null, head: false };
    claims.set(id, {
      ...{ enterprise: speaking.number, role, key: key.slice(0, KEY_LENGTH_MAX) },
      detail: { ...plain, ...detail },
    });
  };
  sayOfItself(speaking, put);
  sayOfOthers(speaking, put);
  sayShared(speaking, put);
  return [...claims.values()];
}

type Put = (
  role: ClaimRole,
  key: string,
  detail: Partial<ClaimDetail> & Pick<ClaimDetail, 'evidence'>,
) => void;

/** The names and codes under which others may mean it, the whole it is a branch of, the group its name carries. */
function sayOfItself({ number, codeValid, golden }: Speaking, put: Put): void {
  const name = golden.get('name');
  const code = golden.get('code');
  if (code && codeValid) put('code', `c:${code.value}`, { evidence: [] });
  if (!name) return;
  const evidence = evidenceOf(number, name);
  const own = nameKeyOf(name.value);
  put('name', `n:${own.key}`, { name: name.value, regions: own.regions, evidence: [] });
  const branch = wholeOfBranch(name.value);
  if (branch !== null) {
    const { key, regions } = nameKeyOf(branch);
    put('branch', `n:${key}`, { name: branch, regions, evidence });
    return;
  }
  const group = groupOf(name.value);
  if (group) put('group', group.key, { name: group.name, head: group.head, evidence });
}

/** The name of the enterprise that this one is a branch of, by its name; null when it is none. */
export function wholeOfBranch(name: string): string | null {
  const parsed = parseName(name);
  if (parsed.branch === null || parsed.parent === null) return null;
  const whole = parsed.name.endsWith(parsed.branch)
    ? parsed.name.slice(0, parsed.name.length - parsed.branch.length)
    : parsed.parent;
  return readName(whole).length >= NAME_LENGTH_MIN ? readName(whole) : null;
}

/** The group that a name carries: what stands before 集团, with its region, because 江西铜业集团 is not 云南铜业集团. */
export function groupOf(name: string): { key: string; name: string; head: boolean } | null {
  const flat = readName(name).replaceAll('（集团）', '集团');
  const at = flat.indexOf('集团');
  if (at < 2) return null;
  const before = flat.slice(0, at);
  const { key, regions } = nameKeyOf(`${before}集团`);
  const brand = [...key].length - '集团'.length;
  if (brand < 2) return null;
  const rest = flat.slice(at + '集团'.length).replace(/（[^）]*）/g, '');
  return { key: `g:${regions.join('')}${key}`, name: `${before}集团`, head: HEAD_FORM.test(rest) };
}

/** Former names, parents and shareholders, as rows name them. */
function sayOfOthers({ number, golden, facts }: Speaking, put: Put): void {
  const own = nameKeyOf(golden.get('name')?.value ?? '').key;
  for (const fact of [...facts].sort(byTrust)) {
    const former = fact.values.get('formerName');
    for (const name of former ? namesIn(former.value) : []) {
      const { key, regions } = nameKeyOf(name);
      if (key === own || [...key].length < NAME_LENGTH_MIN) continue;
      put('former', `n:${key}`, { name, regions, evidence: former ? [saidBy(number, fact, former)] : [] });
    }
    sayOther(number, { fact, role: 'parent', name: 'relation:parent', code: 'relation:parentCode' }, put);
    sayOther(
      number,
      { fact, role: 'holder', name: 'relation:shareholder', code: 'relation:shareholderCode' },
      put,
    );
  }
}

const namesIn = (text: string): string[] =>
  text
    .split(/[、;；,，/]/)
    .map((name) => readName(name))
    .filter((name) => name !== '');

type Other = { fact: Fact; role: 'parent' | 'holder'; name: string; code: string };
/** By its code where the row has a valid one, else by its name. */
function sayOther(number: number, { fact, role, ...targets }: Other, put: Put): void {
  const [name, code] = [fact.values.get(targets.name), fact.values.get(targets.code)];
  const said = name ?? code;
  if (!said) return;
  const given = code?.valid ? code.value : codeIn(name?.value ?? '');
  const { key, regions } = nameKeyOf(name?.value ?? '');
  if (given === null && [...key].length < 2) return;
  const share = role === 'holder' ? shareOf(fact.values.get('relation:share')) : null;
  put(role, given === null ? `n:${key}` : `c:${given}`, {
    ...{ name: said.value, regions, share },
    evidence: [saidBy(number, fact, said)],
  });
}

const codeIn = (text: string): string | null => {
  const identity = /^[0-9A-Z]{18}$/i.test(text.trim()) ? identify(text) : null;
  return identity?.kind === 'code' ? identity.text : null;
};
function shareOf(said: FactValue | undefined): number | null {
  const share = said ? Number(said.value) : Number.NaN;
  return Number.isFinite(share) && share >= 0 && share <= 100 ? share : null;
}

/** What may be the same with others: road and number, phone, name of the representative within a city. */
function sayShared({ number, city, golden }: Speaking, put: Put): void {
  const [address, phone, person] = [golden.get('address'), golden.get('phone'), golden.get('legalPerson')];
  if (address) {
    const { division, road, number: house } = parseAddress(address.value);
    if (road && house)
      put('address', `a:${division ?? city ?? ''}|${road}|${house}`, {
        evidence: evidenceOf(number, address),
      });
  }
  const calls = phone ? readPhone(phone.value) : null;
  if (phone && calls) put('phone', `p:${calls}`, { evidence: evidenceOf(number, phone) });
  if (person && city && PERSON_NAME.test(person.value))
    put('person', `l:${city}|${person.value}`, { evidence: evidenceOf(number, person) });
}

/** Empty for a value that a person pinned: there is no row to show. */
const evidenceOf = (enterprise: number, said: SaidValue): StoredEvidence[] =>
  said.source === null || said.run === null
    ? []
    : [
        {
          ...{ source: said.source, run: said.run, rowKey: said.rowKey, field: said.field, raw: said.raw },
          enterprise,
        },
      ];

const saidBy = (enterprise: number, fact: Fact, { raw, field }: FactValue): StoredEvidence => ({
  ...{ source: fact.source, run: fact.run, rowKey: fact.rowKey, field, raw },
  enterprise,
});
