import { AppError } from '#platform/errors/errors.ts';

/**
 * The way in of batches, bounded: so many samples may wait at once, and deliveries of one source go one after the other. It is empty after `close`, or the time is over.
 */
export type Queue = {
  /** Runs the work when its turn comes. @throws INGEST_OVERLOADED when there is no room, SHUTTING_DOWN after `close` */
  run<Result>(request: { samples: number; source: string }, work: () => Promise<Result>): Promise<Result>;
  samples(): number;
  closed(): boolean;
  /** Takes nothing new and waits for what is inside. @returns false when the time was over before it was empty */
  close(timeoutMs: number): Promise<boolean>;
};

export function createQueue(limits: { samplesMax: number }): Queue {
  const sources = new Map<string, Promise<unknown>>();
  const inside = new Set<Promise<unknown>>();
  let samples = 0;
  let closed = false;

  const queue: Queue = {
    async run({ samples: wanted, source }, work) {
      if (closed) throw new AppError('SHUTTING_DOWN');
      if (wanted > limits.samplesMax) throw new AppError('REQUEST_TOO_LARGE');
      if (samples + wanted > limits.samplesMax) throw new AppError('INGEST_OVERLOADED');
      samples += wanted;
      const before = sources.get(source) ?? Promise.resolve();
      const turn = before.then(work, work);
      // The next in line waits whether this one succeeds or not.
      const settled = turn.then(
        () => undefined,
        () => undefined,
      );
      sources.set(source, settled);
      inside.add(settled);
      try {
        return await turn;
      } finally {
        samples -= wanted;
        inside.delete(settled);
        if (sources.get(source) === settled) sources.delete(source);
      }
    },

    samples: () => samples,
    closed: () => closed,

    async close(timeoutMs) {
      closed = true;
      if (inside.size === 0) return true;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<false>((resolve) => {
        timer = setTimeout(() => resolve(false), timeoutMs);
      });
      const empty = Promise.all(inside).then(() => true);
      return Promise.race([empty, late]).finally(() => clearTimeout(timer));
    },
  };
  return queue;
}
