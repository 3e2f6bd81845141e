import type { Bilingual } from '@ronghe/contracts';
import { regionsFit } from '../standards/names.ts';
import { candidatesOf, isDisputed, isTaken } from './candidates.ts';
import { codesFit, type KnownRecord, type KnownRecords, type RecordIdentity } from './identity.ts';
import type { Counts, Judge } from './judge.ts';

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
  model: { zh: '匹配模型判定为同一家', en: 'The matching model takes them for one' },
  new: { zh: '没有已知企业与之相符，新建', en: 'No known enterprise fits; a new one was made' },
  decision: { zh: '人工决定', en: 'Decided by a person' },
} as const satisfies Record<string, Bilingual>;
export type MatchingRule = keyof typeof MATCHING_RULES;

/**
 * Where a record belongs. `enterprise` null asks for a new one. `merge` lists enterprises that the evidence shows to be
 * one; `enterprise` is the oldest of them. `ambiguous` tells that a name fitted several, so that none was taken.
 */
export type Decision = {
  enterprise: string | null;
  rule: MatchingRule;
  merge: readonly string[];
  ambiguous: boolean;
  /** mean weight with the records of the enterprise, log2 odds, where the model decided */
  weight: number | null;
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

type Asked = {
  current: string | null;
  /** the source of the record, when it holds each enterprise once: names and weights do not put a second record of it beside the first */
  onceIn?: string | null;
  decided?: Decided;
  /** the model, with how many records share the values of this one; without it only rules decide */
  model?: { judge: Judge; counts: Counts } | null;
};

const contradicts = (record: RecordIdentity, known: KnownRecords, enterprise: string): boolean => {
  if (record.code === null) return false;
  const codes = known.of(enterprise).flatMap((other) => other.code ?? []);
  return codes.length > 0 && !codes.includes(record.code);
};

/**
 * Decides where a record belongs. What people decided goes before every rule: a record stays with those it must be one with
 * and out of enterprises it must be kept from. Then by rules, strongest first: valid code, organisation code, name with city; then by the
 * model. An enterprise with another valid code is never taken, nor one with which a record shares nothing but the code. `current` is where the record belongs now: it stays there unless a
 * code or a person says otherwise, so that ids are stable; when a code links two enterprises they become one, the older.
 */
export function decide(
  record: RecordIdentity,
  known: KnownRecords,
  { current, decided = NOTHING_DECIDED, model = null, onceIn = null }: Asked,
): Decision {
  const oldestFirst = (a: string, b: string) => known.ageOf(a) - known.ageOf(b);
  const [held, ...heldToo] = [...new Set(decided.with)].sort(oldestFirst);
  const isOpen = (enterprise: string): boolean =>
    !contradicts(record, known, enterprise) && !decided.isApart(enterprise);
  const isFree = (enterprise: string): boolean => isOpen(enterprise) && !isTaken(known, enterprise, onceIn);
  const home = held ?? (current !== null && !decided.isApart(current) ? current : null);
  const isUndisputed = ({ enterprise }: KnownRecord): boolean =>
    enterprise === home || !isDisputed(record, known.of(enterprise));

  const place = (found: readonly KnownRecord[], rule: MatchingRule): Decision | null => {
    const targets = new Set(found.map((other) => other.enterprise).filter(isOpen));
    const target = held ?? [...targets].sort(oldestFirst)[0];
    if (target === undefined || targets.size === 0) return null;
    if (home !== null && !contradicts(record, known, home)) targets.add(home);
    const one = [target, ...heldToo];
    for (const other of targets)
      if (
        !one.includes(other) &&
        codesFit(known, target, other) &&
        one.every((each) => decided.mayJoin(each, other))
      )
        one.push(other);
    const [oldest = target, ...younger] = one.sort(oldestFirst);
    return { ...at(oldest, held ? 'decision' : rule), merge: younger };
  };
  const byNumber =
    (record.code !== null ? place(known.byCode(record.code).filter(isUndisputed), 'code') : null) ??
    (record.joinKey !== null
      ? place(known.byJoinKey(record.joinKey).filter(isUndisputed), 'join-key')
      : null);
  if (byNumber) return byNumber;
  if (held !== undefined) return { ...at(held, 'decision'), merge: heldToo };
  if (home !== null && !contradicts(record, known, home)) return at(home, 'new');
  const candidates = model
    ? candidatesOf(record, known, model).filter(
        ({ enterprise }) => isFree(enterprise) && !isDisputed(record, known.of(enterprise)),
      )
    : [];
  const named = namedAlike(record, known).filter(isFree);
  const [only] = named;
  const speaksAgainst = candidates.some(
    ({ enterprise, mean }) => enterprise === only && mean < (model?.judge.review ?? -Infinity),
  );
  if (named.length === 1 && only !== undefined && !speaksAgainst) return at(only, 'name-city');
  const [best, rival] = candidates;
  if (model && best && best.mean >= model.judge.match) {
    const isTie =
      rival !== undefined &&
      rival.mean >= model.judge.match &&
      best.mean - rival.mean < TIE_BITS &&
      !codesFit(known, best.enterprise, rival.enterprise);
    if (!isTie) return { ...at(best.enterprise, 'model'), weight: best.mean };
  }
  return { ...at(null, 'new'), ambiguous: named.length > 1 };
}

/** Two enterprises that cannot be one and fit a record about equally well, log2: none of them is taken. */
const TIE_BITS = 3;

const at = (enterprise: string | null, rule: MatchingRule): Decision => ({
  enterprise,
  rule,
  merge: [],
  ambiguous: false,
  weight: null,
});

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
