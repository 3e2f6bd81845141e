import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import {
  createDeriver,
  type Packed,
  type PartValues,
  packedRaw,
  unpacked,
  type Wanted,
} from './derive-columns.ts';

/** Standardises batches: here, or in threads of their own where there is much to do. */
export type Derivers = {
  derive(raw: readonly (readonly string[])[]): Promise<PartValues[]>;
  /** batches that may be on their way at once */
  ahead: number;
  stop(): Promise<void>;
};

export type ToDeriver = { number: number; raw: Packed[] };
export type FromDeriver = { number: number; values: Packed[] };

const THREADS_MAX = 4;

/** Standardises on this thread: for small inputs, where starting a thread costs more. */
export function deriveHere(wanted: readonly Wanted[]): Derivers {
  const derive = createDeriver(wanted);
  return { derive: async (raw) => derive(raw), ahead: 0, stop: async () => {} };
}

/** Standardises in as many threads as there are cores, at most four. They open no engine. */
export function deriveInThreads(wanted: readonly Wanted[]): Derivers {
  const threads = Array.from({ length: Math.min(THREADS_MAX, availableParallelism()) }, () => start(wanted));
  let next = 0;
  return {
    derive(raw) {
      const thread = threads[next % threads.length];
      next += 1;
      if (!thread) throw new Error('no thread was started');
      return thread.derive(raw);
    },
    ahead: threads.length + 1,
    async stop() {
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}

type Waiting = { resolve: (values: PartValues[]) => void; reject: (error: Error) => void };

function start(wanted: readonly Wanted[]) {
  // From sources Node needs help to read TypeScript; the bundle is JavaScript.
  const sources = import.meta.url.endsWith('.ts');
  const program = fileURLToPath(new URL(sources ? './derive.child.ts' : './derive.mjs', import.meta.url));
  const worker = new Worker(program, {
    workerData: { wanted },
    ...(sources ? { execArgv: ['--import', 'tsx'] } : {}),
  });
  const waiting = new Map<number, Waiting>();
  let number = 0;
  worker.on('message', ({ number: done, values }: FromDeriver) => {
    waiting.get(done)?.resolve(values.map(unpacked));
    waiting.delete(done);
  });
  const fail = (error: Error) => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('The thread that standardises values ended early')));
  return {
    worker,
    derive(raw: readonly (readonly string[])[]): Promise<PartValues[]> {
      number += 1;
      const own = number;
      return new Promise((resolve, reject) => {
        waiting.set(own, { resolve, reject });
        worker.postMessage({ number: own, raw: raw.map(packedRaw) } satisfies ToDeriver);
      });
    },
  };
}
