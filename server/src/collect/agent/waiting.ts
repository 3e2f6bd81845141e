/** Collectors whose request for work stands open at this process. */
export type Waiting = {
  /**
   * Resolves true when there may be work for the collector, false after `ms`, when the caller has gone, when the same collector asks anew,
   * or when the process stops.
   */
  wait(request: { collector: string; version: number; ms: number; signal: AbortSignal }): Promise<boolean>;
  /** Lets a collector look for its work now. */
  wake(collector: string): void;
  has(collector: string): boolean;
  all(): { collector: string; version: number }[];
  /** Sends everybody home and lets nobody wait any more. */
  close(): void;
};

type Waiter = { version: number; end: (mayHaveWork: boolean) => void };

/** Empty, for one process. */
export function createWaiting(): Waiting {
  const waiters = new Map<string, Waiter>();
  let isClosed = false;
  return {
    wait({ collector, version, ms, signal }) {
      if (isClosed || signal.aborted || ms <= 0) return Promise.resolve(false);
      // A collector waits once: the earlier request is one whose connection was lost.
      waiters.get(collector)?.end(false);
      return new Promise((resolve) => {
        const end = (mayHaveWork: boolean) => {
          clearTimeout(timer);
          signal.removeEventListener('abort', gone);
          if (waiters.get(collector) === waiter) waiters.delete(collector);
          resolve(mayHaveWork);
        };
        const gone = () => end(false);
        const waiter: Waiter = { version, end };
        const timer = setTimeout(gone, ms);
        signal.addEventListener('abort', gone, { once: true });
        waiters.set(collector, waiter);
      });
    },
    wake: (collector) => waiters.get(collector)?.end(true),
    has: (collector) => waiters.has(collector),
    all: () => [...waiters].map(([collector, { version }]) => ({ collector, version })),
    close() {
      isClosed = true;
      for (const waiter of [...waiters.values()]) waiter.end(false);
    },
  };
}
