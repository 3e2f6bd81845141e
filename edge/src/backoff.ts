/** Waiting times that double from `firstMs` to `mostMs`, each with up to 50 % taken off at random. */
export type Backoff = { nextMs(): number; reset(): void };

/** Jitter keeps a hall full of collectors from knocking at the same instant after a power failure. */
export function createBackoff(options: { firstMs: number; mostMs: number; random?: () => number }): Backoff {
  const random = options.random ?? Math.random;
  let failures = 0;
  return {
    nextMs() {
      const ceilingMs = Math.min(options.mostMs, options.firstMs * 2 ** Math.min(failures, 30));
      failures += 1;
      return Math.max(options.firstMs, ceilingMs * (1 - 0.5 * random()));
    },
    reset() {
      failures = 0;
    },
  };
}

/** Waits; returns early, without an error, when the signal is aborted. */
export function pause(timeMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, timeMs);
    signal.addEventListener('abort', done, { once: true });
  });
}
