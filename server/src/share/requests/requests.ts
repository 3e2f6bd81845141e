import type {
  AccessRequest,
  AskableColumn,
  NewAccessRequest,
  NewPolicy,
  Policy,
  PolicySubject,
} from '@ronghe/contracts';
import type { ColumnOffer } from '#platform/datasets/offer.ts';
import type { SeenTable } from '../gateway/gateway.ts';
import { isClosed, isPlain } from '../policies/deciding.ts';
import { fittingMask, PERSONAL_MASK } from '../policies/masks.ts';
import type { Graded } from '../policies/rulebook.service.ts';
import { columnsSeen } from '../policies/sight.ts';

const NAME_LENGTH_MAX = 200;

/** A request as it is kept. */
export type KeptRequest = {
  id: string;
  state: AccessRequest['state'];
  dataset: string;
  organisation: string;
  by: AccessRequest['by'] & { id: string };
  subject: PolicySubject;
  /** who would see it: the asker, or the key that was asked for */
  sees: { kind: 'user' | 'key'; id: string };
  content: Pick<NewAccessRequest, 'columns' | 'filter' | 'purpose' | 'reason' | 'until'>;
  madeAt: Date;
  answer: string;
  decidedAt: Date | null;
  decidedBy: string | null;
  /** newest version of the policy that answered it */
  policy: (Pick<Policy, 'id' | 'state'> & { until: string | null }) | null;
};

/**
 * The columns of a dataset that whoever sees something of it may ask for: names and meanings of grade 一级 and 二级, levels 一般 and
 * 重要, whether seen or not. Of grade 三级 or level 核心 only what is seen already: that there are such columns is not told.
 */
export function askableColumns(table: SeenTable, { columns, offer }: Graded): AskableColumn[] {
  const seen = new Map(columnsSeen(table).map((column) => [column.name, column]));
  return columns
    .filter((column) => !isClosed(column) || seen.has(column.name))
    .map(({ name, title, description, type, unit, grade, level, personal }) => ({
      ...{ name, title, description, type, unit, grade, level, personal },
      sight: !seen.has(name) ? 'hidden' : isPlain(table.decision, name) ? 'plain' : 'masked',
      key: offer.key.includes(name),
    }));
}

/** A request as a policy that gives exactly what was asked for; personal columns masked as everywhere, until whoever grants it says otherwise. */
export function proposalOf(request: KeptRequest, { columns, offer }: Graded): NewPolicy {
  const { content, dataset, organisation, subject, by } = request;
  const asked = new Set(content.columns);
  const masks = columns
    .filter(({ name, personal }) => personal && asked.has(name))
    .map((column) => [column.name, fittingMask(PERSONAL_MASK, column)]);
  return {
    name: `${offer.title.zh} · ${by.organisationName} ${by.name}`.slice(0, NAME_LENGTH_MAX),
    effect: 'grant',
    ...{ subject, dataset, organisation },
    rows: { organisations: null, own: false, filter: content.filter },
    columns: content.columns,
    masks: Object.fromEntries(masks),
    purposes: [content.purpose],
    from: null,
    until: content.until,
    quota: {},
    reason: content.reason,
  };
}

type Shown = { graded: Graded | undefined; nowMs: number; owner: boolean };

/** A request for its asker, or with the names of those who answered it for the owner of the data. */
export function shownRequest(kept: KeptRequest, { graded, nowMs, owner }: Shown): AccessRequest {
  const { content, by, policy, madeAt, decidedAt, decidedBy, sees: _sees, ...rest } = kept;
  const { id: _id, ...asker } = by;
  return {
    ...rest,
    datasetTitle: graded?.offer.title ?? { zh: kept.dataset, en: kept.dataset },
    columns: content.columns.map((name) => ({ name, title: titleOf(name, graded?.columns ?? []) })),
    ...{ filter: content.filter, purpose: content.purpose, reason: content.reason, until: content.until },
    by: asker,
    madeAt: madeAt.toISOString(),
    decidedAt: decidedAt?.toISOString() ?? null,
    decidedBy: owner ? decidedBy : null,
    grant: policy ? { state: standingOf(policy, nowMs), until: policy.until } : null,
    policy: owner ? (policy?.id ?? null) : null,
  };
}

function titleOf(name: string, columns: readonly ColumnOffer[]): ColumnOffer['title'] {
  const column = columns.find((each) => each.name === name);
  // one that was raised to a grade that is not told of goes by the name that was asked for
  return column && !isClosed(column) ? column.title : { zh: name, en: name };
}

function standingOf({ state, until }: NonNullable<KeptRequest['policy']>, nowMs: number) {
  if (state === 'revoked') return 'revoked';
  return until !== null && Date.parse(until) <= nowMs ? 'expired' : 'active';
}

/** What keeps a policy from being the answer to a request; null when nothing does. */
export function unfitFor(policy: NewPolicy, request: KeptRequest): string | null {
  if (policy.effect !== 'grant') return 'effect: a request is answered by a grant';
  if (policy.dataset !== request.dataset) return 'dataset: must be the one that was asked for';
  return sameSubject(policy.subject, request.subject) ? null : 'subject: must be the one that was asked for';
}

const sameSubject = (a: PolicySubject, b: PolicySubject): boolean => {
  const entries = (subject: PolicySubject) => JSON.stringify(Object.entries(subject).sort());
  return entries(a) === entries(b);
};
