import type { OrganisationPath } from '@ronghe/contracts';
import type { Belonging } from './belonging.ts';

/** Why golden records change: a run, a person's decision, or the platform by itself. */
export type Cause = { run: string | null; decision: string | null; actor: string; reason: string | null };

/** One run as fusing sees it. */
export type FusingRun = {
  id: string;
  /** orders runs; what a finding names as its opening and closing */
  number: number;
  source: string;
  /** of the source: it speaks for enterprises inside this one only */
  organisation: OrganisationPath;
  monthly: boolean;
  /** the source holds each enterprise once */
  duplicateFree: boolean;
  belonging: Belonging;
  /** see `nodeCodesOf` */
  nodeCodes: readonly string[];
};
