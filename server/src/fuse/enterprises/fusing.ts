import type { OrganisationPath } from '@ronghe/contracts';
import type { Belonging } from './belonging.ts';

/** One run as fusing sees it. */
export type FusingRun = {
  id: string;
  /** orders runs; what a finding names as its opening and closing */
  number: number;
  source: string;
  /** of the source: it speaks for enterprises inside this one only */
  organisation: OrganisationPath;
  monthly: boolean;
  belonging: Belonging;
};
