/**
 * Asks once for all who ask at the same time. Nobody gets the answer to a question that was put before their own: who comes while one is under
 * way shares the next. So an answer is as new as if everybody had asked alone.
 */
export function askedTogether<Result>(ask: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<Result> | null = null;
  let next: Promise<Result> | null = null;
  const begin = (): Promise<Result> => {
    const mine = ask().finally(() => {
      if (running === mine) running = null;
    });
    running = mine;
    return mine;
  };
  return () => {
    if (running === null) return begin();
    next ??= running
      .then(
        () => {},
        () => {},
      )
      .then(() => {
        next = null;
        // one that began meanwhile began after all of these came
        return running ?? begin();
      });
    return next;
  };
}
