import type { LabelledFigures } from '@ronghe/contracts';
import type { Thresholds } from './waterfall-steps.ts';

type Wrong = Pick<LabelledFigures['wrong'][number], 'weight' | 'decided'>;
/** What becomes of pairs people decided: merged though they are two, not merged though they are one, and asked about. */
export type Outcome = { links: number; misses: number; asked: number };

/** What thresholds make of these pairs; a pair that a person is asked about is no miss. */
export function outcomeOf(wrong: readonly Wrong[], { match, review }: Thresholds): Outcome {
  const count = (is: (pair: Wrong) => boolean) => wrong.filter(is).length;
  return {
    links: count(({ decided, weight }) => decided === 'different' && weight >= match),
    misses: count(({ decided, weight }) => decided === 'same' && weight < review),
    asked: count(({ weight }) => weight >= review && weight < match),
  };
}
