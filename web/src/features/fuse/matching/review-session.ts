import type { ReviewAnswer } from '@ronghe/contracts';
import { useSyncExternalStore } from 'react';

/** An answer of this session, as much of it as is needed to tell and to undo it. */
export type Answered = {
  pair: string;
  names: readonly [string, string];
  act: ReviewAnswer['act'];
  /** null when the pair was put aside */
  decision: string | null;
  waits: boolean;
};
type ReviewSession = {
  /** whose it is; somebody else begins anew */
  user: string;
  answered: readonly Answered[];
  /** pairs in the order they were opened */
  visited: readonly string[];
};

const begin = (user: string): ReviewSession => ({ user, answered: [], visited: [] });
let current = begin('');
const listeners = new Set<() => void>();

function put(next: ReviewSession): void {
  current = next;
  for (const listener of listeners) listener();
}
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What was answered since the portal was opened; it outlives a look at an enterprise in between. */
export function useReviewSession(user: string) {
  const held = useSyncExternalStore(subscribe, () => current);
  const session = held.user === user ? held : begin(user);
  const change = (next: (session: ReviewSession) => Partial<ReviewSession>) => {
    const own = current.user === user ? current : begin(user);
    put({ ...own, ...next(own) });
  };
  return {
    count: session.answered.filter(({ act }) => act !== 'later').length,
    last: session.answered.at(-1) ?? null,
    before: (pair: string): string | null => session.visited[session.visited.lastIndexOf(pair) - 1] ?? null,
    after: (pair: string): string | null => {
      const at = session.visited.lastIndexOf(pair);
      return at < 0 ? null : (session.visited[at + 1] ?? null);
    },
    visit: (pair: string) => {
      if (!session.visited.includes(pair)) change(({ visited }) => ({ visited: [...visited, pair] }));
    },
    answer: (one: Answered) => change(({ answered }) => ({ answered: [...answered, one] })),
    forgetLast: () => change(({ answered }) => ({ answered: answered.slice(0, -1) })),
    clear: () => put(begin(user)),
  };
}
