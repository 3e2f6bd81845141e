import { type CollectorAnswer, type CollectorQuestion, QUESTION_SECONDS_MAX } from '@ronghe/contracts';
import { useAsked, useSend } from '../../../lib/query.ts';

/** The server ends a question in time; this is only for a server that does not. */
const ASK_MS_MAX = (QUESTION_SECONDS_MAX + 10) * 1_000;
type Kind = CollectorQuestion['kind'];
export type AnswerTo<Of extends Kind> = Extract<CollectorAnswer, { kind: Of }>;
type Question<Of extends Kind> = Extract<CollectorQuestion, { kind: Of }>;

export const askPath = (collector: string): string => `/api/collect/collectors/${collector}/ask`;

/** Asks a collector on a person's word, such as a click. */
export function useAsk<Of extends Kind>(collector: string) {
  const send = useSend<AnswerTo<Of>, Question<Of>>([]);
  return {
    ask: (question: Question<Of>) =>
      send.mutateAsync({
        method: 'POST',
        path: askPath(collector),
        body: question,
        waitMsMax: ASK_MS_MAX,
      }),
    answer: send.data,
    error: send.error,
    busy: send.isPending,
    reset: send.reset,
  };
}

/** One level of what a device offers. `visit` sets one look apart from the next, so that it asks anew. */
export function useBrowse(collector: string, visit: string, question: Question<'browse'>, enabled: boolean) {
  return useAsked<AnswerTo<'browse'>>(askPath(collector), ['browse', visit, question.node], question, {
    enabled,
    waitMsMax: ASK_MS_MAX,
  });
}
