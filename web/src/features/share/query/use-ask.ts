import type { DatasetAnswer } from '@ronghe/contracts';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { sendJson } from '../../../lib/api.ts';
import type { Question } from './draft.ts';

/** The server itself gives up before; whoever asks can stop earlier. */
const WAIT_MS_MAX = 150_000;

type Asked = { question: Question; cursors: readonly string[] };
export type Answered = Asked & { answer: DatasetAnswer };

/** Asks a dataset and turns the pages of the answer. The page before stays until the next one is there. */
export function useAsk(dataset: string) {
  const running = useRef<AbortController | null>(null);
  const [answered, setAnswered] = useState<Answered | null>(null);
  const [stopped, setStopped] = useState(false);
  const ask = useMutation<DatasetAnswer, Error, Asked>({
    mutationFn: ({ question, cursors }) => {
      running.current?.abort();
      const abort = new AbortController();
      running.current = abort;
      const cursor = cursors.at(-1);
      return sendJson<DatasetAnswer>('POST', `/api/share/datasets/${dataset}/query`, {
        body: cursor === undefined ? question : { ...question, cursor },
        waitMsMax: WAIT_MS_MAX,
        signal: abort.signal,
      });
    },
    onSuccess: (answer, asked) => setAnswered({ ...asked, answer }),
  });
  useEffect(() => () => running.current?.abort(), []);
  const send = (asked: Asked) => {
    setStopped(false);
    ask.mutate(asked);
  };
  return {
    answered,
    busy: ask.isPending,
    stopped,
    error: stopped ? null : ask.error,
    ask: (question: Question) => send({ question, cursors: [] }),
    next: () => {
      const cursor = answered?.answer.next;
      if (answered && cursor) send({ question: answered.question, cursors: [...answered.cursors, cursor] });
    },
    previous: () => {
      if (answered) send({ question: answered.question, cursors: answered.cursors.slice(0, -1) });
    },
    /** Lets the question go; the server stops with it. */
    stop: () => {
      setStopped(true);
      running.current?.abort();
    },
  };
}
