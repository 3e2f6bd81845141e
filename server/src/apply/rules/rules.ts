import { isDeepStrictEqual } from 'node:util';
import type { NewAlertRule } from '@ronghe/contracts';

/** What a rule asks for that cannot be, as sentences; empty when it can be saved. */
export function faultsOf({ condition, missing }: NewAlertRule): string[] {
  const faults: string[] = [];
  if (condition.kind === 'above' && (condition.clear ?? condition.limit) > condition.limit)
    faults.push('condition.clear lies above the limit: the alert would never be over while it begins');
  if (condition.kind === 'below' && (condition.clear ?? condition.limit) < condition.limit)
    faults.push('condition.clear lies below the limit: the alert would never be over while it begins');
  if (condition.kind === 'outside') {
    if (condition.low >= condition.high) faults.push('condition.low must be less than condition.high');
    else if (condition.low + condition.margin > condition.high - condition.margin)
      faults.push('condition.margin leaves nothing between low and high: the alert would never be over');
  }
  if (condition.kind === 'silent' && missing !== null)
    faults.push('missing says what silence means, which is what the condition asks for already');
  return faults;
}

const WATCHED = [
  'organisation',
  'watch',
  'condition',
  'forSeconds',
  'clearSeconds',
  'missing',
  'enabled',
] as const;

/** Whether the points have to be watched from the beginning: a new name or colour leaves what is under way. */
export const watchesAnew = (before: NewAlertRule, after: NewAlertRule): boolean =>
  WATCHED.some((part) => !isDeepStrictEqual(before[part], after[part]));
