import type { Mask, MaskKind, NewPolicy, Policy, PolicySubject, Quota, RowFilter } from '@ronghe/contracts';
import { emptyGroup, type FilterColumn, filterOf, type Group, treeOf } from '../filter/filter-tree.ts';

export type SubjectKind = PolicySubject['kind'];
/** A policy as it is being written; texts of moments are those of Shanghai, as fields have them. */
export type PolicyDraft = {
  name: string;
  effect: NewPolicy['effect'];
  subject: { kind: SubjectKind; organisation: string; role: string; id: string; application: string };
  dataset: string | null;
  organisation: string;
  rowsOf: string[];
  own: boolean;
  filter: Group;
  /** a condition that cannot be edited because it speaks of no dataset in particular; sent as it was */
  keptFilter: RowFilter | null;
  columns: string[];
  masks: MaskLine[];
  purposes: string[];
  from: string;
  until: string;
  quota: Quota;
  reason: string;
};
/** Numbers of a mask are null until they are filled in. */
export type MaskLine = { column: string; mask: DraftMask };
export type DraftMask =
  | Exclude<Mask, { kind: 'partial' | 'band' | 'noise' }>
  | { kind: 'partial'; first: number | null; last: number | null }
  | { kind: 'band'; step: number | null }
  | { kind: 'noise'; share: number | null };
export const MISSING = ['name', 'subject', 'organisation', 'masks', 'filter', 'until'] as const;
export type Missing = (typeof MISSING)[number];

export const emptyPolicy = (organisation: string): PolicyDraft => ({
  ...{ name: '', effect: 'grant', dataset: null, organisation, rowsOf: [], own: false },
  subject: { kind: 'organisation', organisation: '', role: '', id: '', application: '' },
  ...{ filter: emptyGroup(), keptFilter: null, columns: [], masks: [], purposes: [] },
  ...{ from: '', until: '', quota: {}, reason: '' },
});

/** A mask of a kind, with what most people want of it. */
export const beginMask = (kind: MaskKind): DraftMask => {
  const begun: Record<MaskKind, DraftMask> = {
    null: { kind: 'null' },
    hash: { kind: 'hash' },
    partial: { kind: 'partial', first: 1, last: 0 },
    band: { kind: 'band', step: null },
    truncate: { kind: 'truncate', to: 'month' },
    division: { kind: 'division', digits: 4 },
    noise: { kind: 'noise', share: 0.05 },
  };
  return begun[kind];
};

/** Masks that fit a column of a type; without a known type all of them. */
export function masksFor(type: FilterColumn['type'] | undefined): readonly MaskKind[] {
  switch (type) {
    case undefined:
      return ['null', 'hash', 'partial', 'band', 'noise', 'truncate', 'division'];
    case 'text':
      return ['null', 'hash', 'partial', 'division'];
    case 'number':
    case 'integer':
      return ['null', 'band', 'noise'];
    case 'time':
    case 'date':
      return ['null', 'truncate'];
    default:
      return ['null'];
  }
}

const instantOf = (local: string): string | null =>
  local === '' ? null : new Date(`${local}+08:00`).toISOString();
const SHANGHAI_MS = 8 * 3_600_000;
const localOf = (instant: string | null): string =>
  instant === null ? '' : new Date(Date.parse(instant) + SHANGHAI_MS).toISOString().slice(0, 16);

/** A policy to be changed. */
export function draftOf(policy: NewPolicy, columns: readonly FilterColumn[]): PolicyDraft {
  const { subject, rows, masks } = policy;
  const knows = policy.dataset !== null;
  return {
    ...{ name: policy.name, effect: policy.effect, dataset: policy.dataset, reason: policy.reason },
    organisation: policy.organisation,
    subject: {
      kind: subject.kind,
      organisation: 'organisation' in subject ? subject.organisation : '',
      role: subject.kind === 'role' ? subject.role : '',
      id: 'id' in subject ? subject.id : '',
      application: subject.kind === 'application' ? subject.name : '',
    },
    rowsOf: rows.organisations ?? [],
    own: rows.own,
    filter: treeOf(knows ? rows.filter : null, columns),
    keptFilter: knows ? null : rows.filter,
    columns: policy.columns ?? [],
    masks: Object.entries(masks).map(([column, mask]) => ({ column, mask })),
    purposes: policy.purposes ?? [],
    from: localOf(policy.from),
    until: localOf(policy.until),
    quota: policy.quota,
  };
}

function subjectOf({
  kind,
  organisation,
  role,
  id,
  application,
}: PolicyDraft['subject']): PolicySubject | null {
  switch (kind) {
    case 'organisation':
      return organisation === '' ? null : { kind, organisation };
    case 'role':
      return organisation === '' || role === '' ? null : { kind, role, organisation };
    case 'application':
      return organisation === '' || application.trim() === ''
        ? null
        : { kind, name: application.trim(), organisation };
    default:
      return id.trim() === '' ? null : { kind, id: id.trim() };
  }
}

const maskOf = (mask: DraftMask): Mask | null =>
  Object.values(mask).some((value) => value === null) ? null : (mask as Mask);

/** What is sent, or what is missing before it can be. */
export function policyOf(
  draft: PolicyDraft,
  columns: readonly FilterColumn[],
): { policy: NewPolicy | null; missing: Missing[] } {
  const subject = subjectOf(draft.subject);
  const { filter, incomplete } = filterOf(draft.filter, columns);
  const masks = draft.masks.map(({ column, mask }) => [column, maskOf(mask)] as const);
  const [from, until] = [instantOf(draft.from), instantOf(draft.until)];
  const faults: Record<Missing, boolean> = {
    name: draft.name.trim() === '',
    subject: subject === null,
    organisation: draft.organisation === '',
    masks: masks.some(([, mask]) => mask === null),
    filter: incomplete > 0,
    until: from !== null && until !== null && from >= until,
  };
  const missing = MISSING.filter((name) => faults[name]);
  if (missing.length > 0 || subject === null) return { policy: null, missing };
  const orNull = <Item>(list: Item[]) => (list.length === 0 ? null : list);
  return {
    missing,
    policy: {
      ...{ name: draft.name.trim(), effect: draft.effect, subject, dataset: draft.dataset },
      organisation: draft.organisation,
      rows: {
        organisations: orNull(draft.rowsOf),
        own: draft.own,
        filter: draft.dataset === null ? draft.keptFilter : filter,
      },
      columns: orNull(draft.columns),
      masks: Object.fromEntries(masks.flatMap(([column, mask]) => (mask ? [[column, mask]] : []))),
      purposes: orNull(draft.purposes),
      ...{ from, until },
      quota: Object.fromEntries(Object.entries(draft.quota).filter(([, value]) => typeof value === 'number')),
      reason: draft.reason.trim(),
    },
  };
}

/** Another dataset has other columns: what spoke of those of the one before goes. */
export const withDataset = (draft: PolicyDraft, dataset: string | null): PolicyDraft => ({
  ...draft,
  dataset,
  ...{ filter: emptyGroup(), keptFilter: null, columns: [], masks: [] },
});

const FIELDS = [
  ...(['name', 'effect', 'subject', 'dataset', 'organisation', 'rows', 'columns', 'masks'] as const),
  ...(['purposes', 'from', 'until', 'quota', 'reason', 'state', 'revocation'] as const),
];
/** Fields in which a version differs from the one before. */
export const changedFields = (version: Policy, before: Policy): (typeof FIELDS)[number][] =>
  FIELDS.filter((field) => JSON.stringify(version[field]) !== JSON.stringify(before[field]));

export type Standing = 'active' | 'revoked' | 'expired' | 'waiting';
/** Whether a policy holds at a moment. */
export function standingOf({ state, from, until }: Policy, nowMs: number): Standing {
  if (state === 'revoked') return 'revoked';
  if (until !== null && Date.parse(until) <= nowMs) return 'expired';
  return from !== null && Date.parse(from) > nowMs ? 'waiting' : 'active';
}
