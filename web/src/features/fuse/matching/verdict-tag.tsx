import { MATCH_VERDICTS, type MatchVerdict, REVIEW_STATES, type ReviewState } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { Tag, type Tone } from '../../../components/tags.tsx';
import { useFormat, usePick } from '../../../lib/use-format.ts';
import { signed } from './waterfall-steps.ts';

const TONES = { same: 'good', review: 'warn', different: 'bad' } as const satisfies Record<
  MatchVerdict,
  Tone
>;

/** Where its weight puts a pair. */
export function VerdictTag({ verdict }: { verdict: MatchVerdict }) {
  const pick = usePick();
  return <Tag tone={TONES[verdict]}>{pick(MATCH_VERDICTS[verdict])}</Tag>;
}

const STATE_TONES = {
  open: 'info',
  same: 'good',
  different: 'bad',
  settled: 'plain',
} as const satisfies Record<ReviewState, Tone>;
export function ReviewStateTag({ state }: { state: ReviewState }) {
  const pick = usePick();
  return <Tag tone={STATE_TONES[state]}>{pick(REVIEW_STATES[state])}</Tag>;
}

/** A weight with the probability it stands for. */
export function WeightText({ weight, probability }: { weight: number; probability: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <span className="nowrap" title={t('matching.weightHint')}>
      {signed(weight, format.number)} <span className="faint">{useShare()(probability)}</span>
    </span>
  );
}

/** Shares as people read them: small and nearly whole ones keep enough decimals to be told from nothing and all. */
export function useShare(): (share: number | null) => string {
  const format = useFormat();
  return (share) => {
    if (share === null) return format.percent(null);
    const rest = Math.min(share, 1 - share);
    const digits = rest === 0 || rest >= 0.01 ? 1 : Math.min(4, Math.ceil(-Math.log10(rest)) - 1);
    if (rest > 0 && rest < 1e-6) return share < 0.5 ? '< 0.0001%' : '> 99.9999%';
    return format.percent(share, digits);
  };
}
