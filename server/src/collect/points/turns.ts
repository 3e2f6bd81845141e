/**
 * One at a time for each name, in the order of asking. Who waits here holds no connection, so that others are not kept
 * from the database by a queue for a lock.
 */
export function createTurns() {
  const last = new Map<string, Promise<unknown>>();
  return async <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
    const before = last.get(name);
    const mine = before ? before.then(work, work) : work();
    // what goes wrong is told to who asked, not to who comes next
    const ended = mine.then(
      () => undefined,
      () => undefined,
    );
    last.set(name, ended);
    try {
      return await mine;
    } finally {
      if (last.get(name) === ended) last.delete(name);
    }
  };
}
