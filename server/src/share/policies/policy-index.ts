import type { NewPolicy } from '@ronghe/contracts';
import { upwards } from './subtrees.ts';

export type SavedPolicy = NewPolicy & { readonly id: string; readonly version: number };

/** Who asks, as policies know them. */
export type Caller = {
  readonly kind: 'user' | 'key' | 'system';
  readonly id: string;
  readonly name: string;
  readonly organisation: string;
  readonly roles: readonly string[];
  readonly permissions: ReadonlySet<string>;
};

/** Policies by dataset and subject, so that a question looks at those that speak of its caller and at no others. */
export type PolicyIndex = {
  /** Policies that speak of this caller and this dataset, whatever the time and purpose. */
  of(caller: Caller, dataset: string): SavedPolicy[];
};

const EVERY_DATASET = '*';
const keyOf = (dataset: string | null, ...subject: readonly string[]): string =>
  JSON.stringify([dataset ?? EVERY_DATASET, ...subject]);

export function indexPolicies(policies: Iterable<SavedPolicy>): PolicyIndex {
  const bySubject = new Map<string, SavedPolicy[]>();
  for (const policy of policies) {
    const key = keyOf(policy.dataset, ...subjectOf(policy.subject));
    const known = bySubject.get(key);
    if (known) known.push(policy);
    else bySubject.set(key, [policy]);
  }
  return {
    of(caller, dataset) {
      const subjects = subjectsOf(caller);
      return [dataset, null].flatMap((name) =>
        subjects.flatMap((subject) => bySubject.get(keyOf(name, ...subject)) ?? []),
      );
    },
  };
}

function subjectOf(subject: NewPolicy['subject']): string[] {
  switch (subject.kind) {
    case 'organisation':
      return ['organisation', subject.organisation];
    case 'role':
      return ['role', subject.role, subject.organisation];
    case 'application':
      return ['application', subject.name, subject.organisation];
    default:
      return [subject.kind, subject.id];
  }
}

function subjectsOf({ kind, id, name, organisation, roles }: Caller): string[][] {
  const above = upwards(organisation);
  return [
    ...above.map((path) => ['organisation', path]),
    ...roles.flatMap((role) => above.map((path) => ['role', role, path])),
    ...(kind === 'system' ? [] : [[kind, id]]),
    ...(kind === 'key' ? [['application', name, organisation]] : []),
  ];
}
