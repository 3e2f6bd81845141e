/** What became of a stream, told once. */
export type Ended = { outcome: 'answered' | 'failed' | 'broken-off'; bytes: number; error?: unknown };

/**
 * The same chunks, counted. `ended` is called exactly once: at the end, when reading fails, or when the reader goes away, even one
 * that never read anything.
 */
export function counting(
  chunks: AsyncIterable<Uint8Array>,
  ended: (how: Ended) => Promise<void>,
): AsyncIterable<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  let bytes = 0;
  let open = true;
  const end = async (how: Omit<Ended, 'bytes'>) => {
    if (!open) return;
    open = false;
    await ended({ ...how, bytes });
  };
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      try {
        const step = await source.next();
        if (step.done) await end({ outcome: 'answered' });
        else bytes += step.value.byteLength;
        return step;
      } catch (error) {
        await end({ outcome: 'failed', error });
        throw error;
      }
    },
    async return() {
      try {
        await source.return?.();
      } finally {
        await end({ outcome: 'broken-off' });
      }
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
