import type { IssueState } from '@ronghe/contracts';
import type { Tone } from '../../../components/tags.tsx';

export const ISSUE_STATES: readonly IssueState[] = ['open', 'sent', 'answered', 'resolved', 'accepted'];
export const ISSUE_TONES = {
  open: 'bad',
  sent: 'info',
  answered: 'warn',
  resolved: 'good',
  accepted: 'plain',
} as const satisfies Record<IssueState, Tone>;
