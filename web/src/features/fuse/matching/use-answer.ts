import type { ReviewAnswer, ReviewAnswered, ReviewPair } from '@ronghe/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend } from '../../../lib/query.ts';
import { useMe } from '../../../lib/session.ts';
import { useDecide } from '../golden/use-decide.ts';
import { useReviewSession } from './review-session.ts';

/** What an answer makes old. */
const TOUCHES = ['/api/fuse/review', '/api/fuse/decisions', '/api/fuse/enterprises', '/api/fuse/matching'];

/** Answers a pair and opens the next one at once; takes the last answer back. */
export function useAnswer() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const session = useReviewSession(useMe()?.id ?? '');
  const send = useSend<ReviewAnswered, ReviewAnswer>([]);
  const undoing = useDecide();
  // A key may be struck twice before the page is drawn again.
  const isBusy = useRef(false);

  const go = (pair: string | null) =>
    pair === null
      ? navigate({ to: '/fuse/review/$id', params: { id: DONE }, replace: true })
      : navigate({ to: '/fuse/review/$id', params: { id: pair }, replace: true });
  /** Asked anew without waiting: the next pair is shown in the meantime. */
  const forget = () =>
    void client.invalidateQueries({
      predicate: ({ queryKey }) => TOUCHES.some((prefix) => String(queryKey[0]).startsWith(prefix)),
    });
  const once = async (act: () => Promise<void>) => {
    if (isBusy.current) return;
    isBusy.current = true;
    try {
      await act();
    } catch {
      // Said beside the pair.
    } finally {
      isBusy.current = false;
    }
  };

  return {
    session,
    busy: send.isPending || undoing.busy,
    error: send.error ?? undoing.error,
    reset: () => {
      send.reset();
      undoing.reset();
    },
    go,
    answer: (pair: ReviewPair, act: ReviewAnswer['act'], reason: string) =>
      once(async () => {
        const path = `/api/fuse/review/${pair.id}/answer`;
        const answered = await send.mutateAsync({ method: 'POST', path, body: { act, reason } });
        const { decision, waits, next } = answered;
        session.answer({ pair: pair.id, names: [pair.a.name, pair.b.name], act, decision, waits });
        await go(next);
        forget();
      }),
    undo: () =>
      once(async () => {
        const { last } = session;
        if (last === null) return;
        if (last.decision !== null) {
          const path = `/api/fuse/decisions/${last.decision}/undo`;
          const undone = await undoing.decide(path, { reason: t('matching.work.undoReason') });
          if (!undone) return;
        }
        session.forgetLast();
        await go(last.pair);
        forget();
      }),
  };
}

export type Review = ReturnType<typeof useAnswer>;

/** Stands in the address for a pair when there is none left. */
export const DONE = 'done';
