import type { Bilingual } from '@ronghe/contracts';
import { cityOf } from '../standards/divisions.ts';
import { cityInName, type NameKey, nameKeyOf, regionsFit } from '../standards/names.ts';
import { identify } from '../standards/uscc.ts';

/** How a record came to its enterprise, strongest first. */
export const MATCHING_RULES = {
  code: {
    zh: '统一社会信用代码相同且校验通过',
    en: 'Same unified social credit code, both check characters right',
  },
  'join-key': {
    zh: '组织机构代码相同（取自信用代码、旧纳税人识别号或注册号）',
    en: 'Same organisation code, taken from the credit code, an old taxpayer number or a registration number',
  },
  'name-city': {
    zh: '规范化后的名称相同，且在同一设区市',
    en: 'Same name after normalisation, in the same city',
  },
  new: { zh: '没有已知企业与之相符，新建', en: 'No known enterprise fits; a new one was made' },
  decision: { zh: '人工决定', en: 'Decided by a person' },
} as const satisfies Record<string, Bilingual>;
export type MatchingRule = keyof typeof MATCHING_RULES;

export type RecordName = NameKey & { kind: 'name' | 'former' | 'short' };
/** What a record can be matched by. `code` only when valid; `city` from the division, else from the name. */
export type RecordIdentity = {
  code: string | null;
  joinKey: string | null;
  names: readonly RecordName[];
  city: string | null;
};
/** A record known before, with the enterprise it belongs to. */
export type KnownRecord = RecordIdentity & { enterprise: string };

/** Records known before, by what they can be found with; the caller leaves the record itself out. */
export type KnownRecords = {
  byCode(code: string): readonly KnownRecord[];
  byJoinKey(joinKey: string): readonly KnownRecord[];
  byName(key: string): readonly KnownRecord[];
  /** all of one enterprise */
  of(enterprise: string): readonly KnownRecord[];
  /** smaller is older */
  ageOf(enterprise: string): number;
};

/**
 * Where a record belongs. `enterprise` null asks for a new one. `merge` lists enterprises that the evidence shows to be
 * one; `enterprise` is the oldest of them. `ambiguous` tells that a name fitted several, so that none was taken.
 */
export type Decision = {
  enterprise: string | null;
  rule: MatchingRule;
  merge: readonly string[];
  ambiguous: boolean;
};

/** What people decided of a record, as far as it concerns where it may belong; see `constraints.ts`. */
export type Decided = {
  /** enterprises of records it must be one with */
  with: readonly string[];
  /** true when the enterprise holds a record it must never be one with */
  isApart(enterprise: string): boolean;
  /** false when the two enterprises hold records that must never be one */
  mayJoin(a: string, b: string): boolean;
};
export const NOTHING_DECIDED: Decided = { with: [], isApart: () => false, mayJoin: () => true };

type Values = Partial<
  Record<'name' | 'formerName' | 'shortName' | 'code' | 'division', { value: string; valid: boolean }>
>;

/** What the standardised values of a record say about who it is. */
export function identityOf(values: Values): RecordIdentity {
  const identity = values.code ? identify(values.code.value) : null;
  const names: RecordName[] = [
    ...keysOf(values.name?.value, 'name'),
    ...keysOf(values.formerName?.value, 'former'),
    ...keysOf(values.shortName?.value, 'short'),
  ];
  return {
    code: identity?.kind === 'code' ? identity.text : null,
    joinKey: identity?.joinKey ?? null,
    names,
    city: cityOf(values.division?.value ?? null) ?? cityInName(values.name?.value ?? ''),
  };
}

const keysOf = (text: string | undefined, kind: RecordName['kind']): RecordName[] =>
  (text ?? '')
    .split(kind === 'name' ? /$^/ : /[;；、,，|]/)
    .filter((name) => name.trim().length > 1)
    .map((name) => ({ ...nameKeyOf(name), kind }));

type Asked = { current: string | null; decided?: Decided };

/**
 * Decides where a record belongs. What people decided goes before every rule: a record stays with those it must be one with
 * and out of enterprises it must be kept from. Then by rules, strongest first: valid code, organisation code, name with city.
 * An enterprise with another valid code is never taken. `current` is where the record belongs now: it stays there unless a
 * code or a person says otherwise, so that ids are stable; when a code links two enterprises they become one, the older.
 */
export function decide(
  record: RecordIdentity,
  known: KnownRecords,
  { current, decided = NOTHING_DECIDED }: Asked,
): Decision {
  const oldestFirst = (a: string, b: string) => known.ageOf(a) - known.ageOf(b);
  const codesOf = (enterprise: string) => known.of(enterprise).flatMap((other) => other.code ?? []);
  const contradicts = (enterprise: string): boolean => {
    if (record.code === null) return false;
    const codes = codesOf(enterprise);
    return codes.length > 0 && !codes.includes(record.code);
  };
  const mayMerge = (a: string, b: string): boolean => {
    const [left, right] = [codesOf(a), codesOf(b)];
    return left.length === 0 || right.length === 0 || left.some((code) => right.includes(code));
  };
  const [held, ...heldToo] = [...new Set(decided.with)].sort(oldestFirst);
  const isOpen = (enterprise: string): boolean => !contradicts(enterprise) && !decided.isApart(enterprise);
  const home = held ?? (current !== null && !decided.isApart(current) ? current : null);

  const place = (found: readonly KnownRecord[], rule: MatchingRule): Decision | null => {
    const targets = new Set(found.map((other) => other.enterprise).filter(isOpen));
    const target = held ?? [...targets].sort(oldestFirst)[0];
    if (target === undefined || targets.size === 0) return null;
    if (home !== null && !contradicts(home)) targets.add(home);
    const one = [target, ...heldToo];
    for (const other of targets)
      if (
        !one.includes(other) &&
        mayMerge(target, other) &&
        one.every((each) => decided.mayJoin(each, other))
      )
        one.push(other);
    const [oldest = target, ...younger] = one.sort(oldestFirst);
    return { enterprise: oldest, rule: held ? 'decision' : rule, merge: younger, ambiguous: false };
  };
  const byNumber =
    (record.code !== null ? place(known.byCode(record.code), 'code') : null) ??
    (record.joinKey !== null ? place(known.byJoinKey(record.joinKey), 'join-key') : null);
  if (byNumber) return byNumber;
  if (held !== undefined) return { enterprise: held, rule: 'decision', merge: heldToo, ambiguous: false };
  if (home !== null && !contradicts(home)) {
    return { enterprise: home, rule: 'new', merge: [], ambiguous: false };
  }
  const named = namedAlike(record, known).filter(isOpen);
  const [only] = named;
  if (named.length === 1 && only !== undefined) {
    return { enterprise: only, rule: 'name-city', merge: [], ambiguous: false };
  }
  return { enterprise: null, rule: 'new', merge: [], ambiguous: named.length > 1 };
}

/** Enterprises of the same city with an equal name; of the two names at least one must be the full present name. */
function namedAlike(record: RecordIdentity, known: KnownRecords): string[] {
  if (record.city === null) return [];
  const found = record.names.flatMap((name) =>
    known
      .byName(name.key)
      .filter((other) => other.city === record.city)
      .filter((other) =>
        other.names.some(
          (theirs) =>
            theirs.key === name.key &&
            (theirs.kind === 'name' || name.kind === 'name') &&
            regionsFit(theirs.regions, name.regions),
        ),
      )
      .map((other) => other.enterprise),
  );
  return [...new Set(found)];
}
