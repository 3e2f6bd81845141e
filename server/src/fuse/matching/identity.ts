import type { EnterpriseAttribute } from '@ronghe/contracts';
import { cityOf } from '../standards/divisions.ts';
import { cityInName, type NameKey, nameKeyOf } from '../standards/names.ts';
import { identify } from '../standards/uscc.ts';
import type { RecordId } from './constraints.ts';
import type { Traits } from './levels.ts';
import { candidateKeysOf, traitsOf } from './traits.ts';

export type RecordName = NameKey & { kind: 'name' | 'former' | 'short' };
/** What a record can be matched by. `code` only when valid; `city` from the division, else from the name. */
export type RecordIdentity = {
  code: string | null;
  joinKey: string | null;
  names: readonly RecordName[];
  city: string | null;
  /** what the matching model compares */
  traits: Traits;
  /** keys under which records with something in common are found */
  keys: readonly number[];
};
/** A record known before, with the enterprise it belongs to. */
export type KnownRecord = RecordIdentity & RecordId & { enterprise: string; rowKey: string; gone: boolean };

/** Records known before, by what they can be found with; the caller leaves the record itself out. */
export type KnownRecords = {
  byCode(code: string): readonly KnownRecord[];
  byJoinKey(joinKey: string): readonly KnownRecord[];
  byName(key: string): readonly KnownRecord[];
  /** none where too many records share the key */
  byKey(key: number): readonly KnownRecord[];
  /** all of one enterprise */
  of(enterprise: string): readonly KnownRecord[];
  /** smaller is older */
  ageOf(enterprise: string): number;
};

type Values = Partial<Record<EnterpriseAttribute, { value: string; valid: boolean }>>;

/** What the standardised values of a record say about who it is. */
export function identityOf(values: Values): RecordIdentity {
  const identity = values.code ? identify(values.code.value) : null;
  const names: RecordName[] = [
    ...namesIn(values.name?.value, 'name'),
    ...namesIn(values.formerName?.value, 'former'),
    ...namesIn(values.shortName?.value, 'short'),
  ];
  const traits = traitsOf(values);
  return {
    code: identity?.kind === 'code' ? identity.text : null,
    joinKey: identity?.joinKey ?? null,
    names,
    city: cityOf(values.division?.value ?? null) ?? cityInName(values.name?.value ?? ''),
    traits,
    keys: candidateKeysOf(traits),
  };
}

const namesIn = (text: string | undefined, kind: RecordName['kind']): RecordName[] =>
  (text ?? '')
    .split(kind === 'name' ? /$^/ : /[;；、,，|]/)
    .filter((name) => name.trim().length > 1)
    .map((name) => ({ ...nameKeyOf(name), kind }));

/** What keeps two enterprises apart whatever else agrees: valid codes of which none is the same. */
export function codesFit(known: KnownRecords, a: string, b: string): boolean {
  const codesOf = (enterprise: string) => known.of(enterprise).flatMap((other) => other.code ?? []);
  const [left, right] = [codesOf(a), codesOf(b)];
  return left.length === 0 || right.length === 0 || left.some((code) => right.includes(code));
}
