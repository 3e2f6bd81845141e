import { AppError } from '#platform/errors/errors.ts';

/** Hands out a few equal things, one caller each; waiting callers are served in order. */
export type Pool<Thing> = {
  /** Runs `work` with one thing; the thing comes back when `work` says so by settling. */
  use<Result>(work: (thing: Thing) => Promise<Result>): Promise<Result>;
  /** Resolves when everything handed out came back; afterwards `use` refuses. */
  close(): Promise<void>;
};

const WAITING_MAX = 2_000;

/** @throws AppError ENGINE_UNAVAILABLE from `use` when 2,000 callers wait already or the pool is closed */
export function createPool<Thing>(things: readonly Thing[]): Pool<Thing> {
  const free = [...things];
  const waiting: ((thing: Thing) => void)[] = [];
  const idle: (() => void)[] = [];
  let closed = false;

  const take = (): Promise<Thing> => {
    if (closed || waiting.length >= WAITING_MAX) return Promise.reject(new AppError('ENGINE_UNAVAILABLE'));
    const thing = free.pop();
    return thing === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(thing);
  };
  const giveBack = (thing: Thing) => {
    const next = waiting.shift();
    if (next) return next(thing);
    free.push(thing);
    if (free.length === things.length) for (const resolve of idle.splice(0)) resolve();
  };
  return {
    async use(work) {
      const thing = await take();
      try {
        return await work(thing);
      } finally {
        giveBack(thing);
      }
    },
    async close() {
      closed = true;
      if (free.length < things.length) await new Promise<void>((resolve) => idle.push(resolve));
    },
  };
}
