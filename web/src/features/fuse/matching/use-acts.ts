import type { ReviewDetail } from '@ronghe/contracts';
import { useNavigate } from '@tanstack/react-router';
import type { Review } from './use-answer.ts';

/** What can be done with a pair; keys and buttons do the same. */
export function useActs({ pair, next }: ReviewDetail, work: Review, reason: string) {
  const navigate = useNavigate();
  const { session, go, answer, undo } = work;
  const show = (other: string | null) => {
    if (other !== null) void go(other);
  };
  const answerBy = (act: 'same' | 'different' | 'later') => () => void answer(pair, act, reason.trim());
  const following = next ?? session.after(pair.id);
  const preceding = session.before(pair.id);
  return {
    same: answerBy('same'),
    different: answerBy('different'),
    later: answerBy('later'),
    hasNext: following !== null,
    next: () => show(following),
    hasPrevious: preceding !== null,
    previous: () => show(preceding),
    undo: () => void undo(),
    open: (enterprise: string) =>
      void navigate({ to: '/fuse/enterprises/$id', params: { id: enterprise }, search: { tab: 'rows' } }),
  };
}
export type Acts = ReturnType<typeof useActs>;
