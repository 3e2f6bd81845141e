import { AppError } from '#platform/errors/errors.ts';

/** Runs work one at a time per key, in the order it came. */
export type Turns = { take<Result>(key: string, work: () => Promise<Result>): Promise<Result> };

/**
 * At most `waitingMax` pieces of work are in hand at once over all keys.
 * @throws AppError RATE_LIMITED (from `take`) beyond that
 */
export function createTurns({ waitingMax }: { waitingMax: number }): Turns {
  const last = new Map<string, Promise<unknown>>();
  let waiting = 0;
  return {
    async take(key, work) {
      if (waiting >= waitingMax) throw new AppError('RATE_LIMITED', { seconds: 1 });
      waiting += 1;
      // The one before may fail; that is its caller's matter, and the next one still gets its turn.
      const mine = (last.get(key) ?? Promise.resolve()).catch(() => undefined).then(work);
      last.set(key, mine);
      try {
        return await mine;
      } finally {
        waiting -= 1;
        if (last.get(key) === mine) last.delete(key);
      }
    },
  };
}
