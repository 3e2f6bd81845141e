import type { AskableColumn, NewAccessRequest } from '@ronghe/contracts';
import { emptyGroup, filterOf, type Group } from '../filter/filter-tree.ts';

/** A request as it is being written; the end is a moment of Shanghai, as its field has it. */
export type AskDraft = {
  whom: 'self' | 'organisation' | 'key';
  key: string;
  /** all data, or those of one organisation */
  all: boolean;
  organisation: string;
  columns: string[];
  filter: Group;
  purpose: string;
  reason: string;
  until: string;
};
const MISSING = ['key', 'organisation', 'columns', 'purpose', 'filter', 'until'] as const;
export type AskMissing = (typeof MISSING)[number];

/** What a request begins with: the columns that say which row it is. */
export const emptyAsk = (columns: readonly AskableColumn[]): AskDraft => ({
  ...{ whom: 'self', key: '', all: true, organisation: '' },
  columns: columns.filter(({ key }) => key).map(({ name }) => name),
  ...{ filter: emptyGroup(), purpose: '', reason: '', until: '' },
});

type About = { dataset: string; root: string; columns: readonly AskableColumn[]; nowMs: number };

/** What is sent, or what is missing before it can be. */
export function requestOf(
  draft: AskDraft,
  { dataset, root, columns, nowMs }: About,
): { request: NewAccessRequest | null; missing: AskMissing[] } {
  const { filter, incomplete } = filterOf(draft.filter, columns);
  const until = draft.until === '' ? null : new Date(`${draft.until}+08:00`).toISOString();
  const faults: Record<AskMissing, boolean> = {
    key: draft.whom === 'key' && draft.key === '',
    organisation: !draft.all && draft.organisation === '',
    columns: draft.columns.length === 0,
    purpose: draft.purpose.trim() === '',
    filter: incomplete > 0,
    until: until !== null && Date.parse(until) <= nowMs,
  };
  const missing = MISSING.filter((name) => faults[name]);
  if (missing.length > 0) return { request: null, missing };
  return {
    missing,
    request: {
      dataset,
      for: draft.whom === 'key' ? { kind: 'key', id: draft.key } : { kind: draft.whom },
      organisation: draft.all ? root : draft.organisation,
      columns: draft.columns,
      filter,
      purpose: draft.purpose.trim(),
      reason: draft.reason.trim(),
      until,
    },
  };
}
