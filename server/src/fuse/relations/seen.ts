import { RELATION_KINDS, type Relation, type RelationKind, type RelationRule } from '@ronghe/contracts';
import { divisionLabel } from '../standards/divisions.ts';
import { isNaturalPerson, maskName } from '../things/things.ts';
import type { StoredEvidence } from './claims.ts';
import type { SeenDecision } from './relation-decisions.store.ts';
import type { SeenEnterprise, SeenRelation } from './relations.store.ts';

/** One relation with all rows of it put together; ends are numbers, or names of who is not seen. */
export type Joined = {
  kind: RelationKind;
  subject: number | null;
  object: number | null;
  subjectName: string;
  objectName: string;
  share: number | null;
  rules: RelationRule[];
  evidence: StoredEvidence[];
  since: Date;
  decision: SeenDecision | null;
};

/** Equal for two rows of one relation; who is not seen counts by name. */
export const keyOfEnd = (number: number | null, name: string): string =>
  number === null ? `name:${name}` : `enterprise:${number}`;
const keyOf = ({ kind, subject, object, subjectName, objectName }: Ends): string => {
  const ends = [keyOfEnd(subject, subjectName), keyOfEnd(object, objectName)];
  return [kind, ...(RELATION_KINDS[kind].symmetric ? ends.sort() : ends)].join(' ');
};
type Ends = Pick<Joined, 'kind' | 'subject' | 'object' | 'subjectName' | 'objectName'>;

/**
 * Puts rows and decisions together: what several rows say is one relation, what a person added stands beside them, what a person
 * rejected is marked. Ends that became one enterprise since are left out.
 */
export function joinRelations(rows: readonly SeenRelation[], decisions: readonly SeenDecision[]): Joined[] {
  const joined = new Map<string, Joined>();
  for (const row of rows) {
    const key = keyOf(row);
    const known = joined.get(key);
    if (!known) {
      const { rule, ...rest } = row;
      joined.set(key, { ...rest, rules: [rule], decision: null });
      continue;
    }
    known.share ??= row.share;
    if (!known.rules.includes(row.rule)) known.rules.push(row.rule);
    known.evidence = [...known.evidence, ...row.evidence];
    if (row.since < known.since) known.since = row.since;
  }
  for (const decision of decisions) {
    const ends = {
      ...{ kind: decision.kind, subject: decision.subject_number, object: decision.object_number },
      ...{ subjectName: '', objectName: '' },
    };
    const key = keyOf(ends);
    const known = joined.get(key);
    // of several, as a merge may bring together, the last one counts
    if (known) known.decision = decision;
    else if (decision.act === 'add')
      joined.set(key, {
        ...ends,
        ...{ share: decision.share, rules: [], evidence: [], since: decision.made_at, decision },
      });
  }
  return [...joined.values()].filter(
    ({ subject, object }) => subject === null || object === null || subject !== object,
  );
}

/** Holds unless a person rejected it. */
export const holds = ({ decision }: Joined): boolean => decision?.act !== 'reject';

type Naming = {
  enterprises: ReadonlyMap<number, SeenEnterprise>;
  sources: ReadonlyMap<string, { name: string }>;
};

/** The name of an end that is only named: that of a natural person is masked, whoever asks. */
const shownName = (name: string): string => (isNaturalPerson(name) ? maskName(name) : name);

export function toEnd(
  number: number | null,
  name: string,
  { enterprises }: Pick<Naming, 'enterprises'>,
): Relation['subject'] {
  const seen = number === null ? undefined : enterprises.get(number);
  if (!seen)
    return {
      ...{ id: null, name: shownName(name) },
      ...{ city: null, divisionName: null, keyIndustry: null, size: null },
    };
  return {
    ...{ id: seen.id, name: seen.name, city: seen.city, divisionName: divisionLabel(seen.division) },
    ...{ keyIndustry: seen.key_industry, size: seen.size },
  };
}

export function toRelation(joined: Joined, naming: Naming): Relation {
  const { decision, rules } = joined;
  const isOnlyPersons = rules.length === 0;
  const isStated = rules.some((rule) => rule.startsWith('stated') || rule === 'majority-share');
  return {
    kind: joined.kind,
    subject: toEnd(joined.subject, joined.subjectName, naming),
    object: toEnd(joined.object, joined.objectName, naming),
    share: joined.share,
    state: holds(joined) ? 'holds' : 'rejected',
    origin: isOnlyPersons ? 'person' : isStated ? 'stated' : 'derived',
    rules: isOnlyPersons ? ['person'] : rules,
    evidence: joined.evidence.map((one) => ({
      ...{ source: one.source, sourceName: naming.sources.get(one.source)?.name ?? one.source },
      ...{ run: one.run, rowKey: one.rowKey, field: one.field },
      raw: joined.kind === 'shareholder_of' ? shownName(one.raw) : one.raw,
      of: one.enterprise === joined.subject ? ('subject' as const) : ('object' as const),
    })),
    since: joined.since.toISOString(),
    decision: decision
      ? {
          ...{ id: decision.id, act: decision.act, reason: decision.reason },
          ...{ by: decision.made_by, at: decision.made_at.toISOString() },
        }
      : null,
  };
}
