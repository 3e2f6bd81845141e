import { type Growth, STATISTICS, type StatisticCode, type Turn } from '@ronghe/contracts';

/** Sums over the enterprises that have both, and how many they are. */
export type Compared = { current: number; base: number; comparable: number; share: number | null };

/**
 * Growth as the statistics tell it. Ratios differ by points. A rate needs a positive base: a profit after a loss, or a loss
 * after a loss, is told in words; a fall of more than 100 % keeps its rate and says that profit became loss.
 */
export function growthOf(code: StatisticCode, { current, base, comparable, share }: Compared): Growth | null {
  if (comparable === 0) return null;
  const ratio = STATISTICS[code].kind === 'ratio';
  return {
    kind: ratio ? 'points' : 'rate',
    value: ratio ? current - base : base > 0 ? ((current - base) / base) * 100 : null,
    turn: ratio ? null : turnOf(current, base),
    current,
    base,
    comparable,
    share,
  };
}

function turnOf(current: number, base: number): Turn | null {
  if (base > 0) return current < 0 ? 'profit-to-loss' : null;
  if (base === 0) return null;
  if (current >= 0) return 'loss-to-profit';
  if (current === base) return null;
  return current < base ? 'loss-grew' : 'loss-shrank';
}

/** Percentage points that a part adds to the growth of the whole; null for ratios and where the whole has no positive base. */
export function contributionOf(
  code: StatisticCode,
  part: Pick<Compared, 'current' | 'base'>,
  wholeBase: number,
): number | null {
  if (STATISTICS[code].kind !== 'flow' && STATISTICS[code].kind !== 'stock') return null;
  return wholeBase > 0 ? ((part.current - part.base) / wholeBase) * 100 : null;
}
