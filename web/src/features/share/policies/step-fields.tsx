import type { DatasetColumn } from '@ronghe/contracts';
import type { PolicyDraft } from './policy-draft.ts';

export type StepProps = {
  draft: PolicyDraft;
  columns: readonly DatasetColumn[];
  put: (more: Partial<PolicyDraft>) => void;
  setDraft: (draft: PolicyDraft) => void;
};
