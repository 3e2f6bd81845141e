import { AppError } from '#platform/errors/errors.ts';

type Waiter = { grant: (slot: number) => void };

/** Shares a few slots out between actors: one of each in turn, whoever has asked how much. */
export type GuestTurns = {
  /** Waits for a slot; the answer gives it back, once. @throws what `signal` was aborted with */
  take(actor: string, signal: AbortSignal): Promise<{ slot: number; release: () => void }>;
  /** Resolves when every slot came back; afterwards `take` refuses. */
  close(): Promise<void>;
};

/**
 * At most `actorMax` slots are one actor's at a time, so that nobody holds all of them; at most `waitingMax` wait for each actor.
 * @throws AppError RATE_LIMITED (from `take`) when more wait, ENGINE_UNAVAILABLE after `close`
 */
export function createGuestTurns({
  slots,
  actorMax,
  waitingMax,
}: {
  slots: number;
  actorMax: number;
  waitingMax: number;
}): GuestTurns {
  const free = Array.from({ length: slots }, (_slot, number) => number);
  const running = new Map<string, number>();
  /** in the order of their turns */
  const waiting = new Map<string, Waiter[]>();
  const idle: (() => void)[] = [];
  let closed = false;

  const runningOf = (actor: string): number => running.get(actor) ?? 0;
  const next = () => {
    for (const [actor, waiters] of waiting) {
      if (free.length === 0) return;
      if (runningOf(actor) >= actorMax) continue;
      const waiter = waiters.shift();
      waiting.delete(actor);
      // behind all others, for its next turn
      if (waiters.length > 0) waiting.set(actor, waiters);
      const slot = free.pop();
      if (waiter === undefined || slot === undefined) return;
      running.set(actor, runningOf(actor) + 1);
      waiter.grant(slot);
    }
  };
  const release = (actor: string, slot: number) => {
    const left = runningOf(actor) - 1;
    if (left > 0) running.set(actor, left);
    else running.delete(actor);
    free.push(slot);
    next();
    if (free.length === slots) for (const resolve of idle.splice(0)) resolve();
  };
  const forget = (actor: string, waiter: Waiter) => {
    const left = (waiting.get(actor) ?? []).filter((other) => other !== waiter);
    if (left.length > 0) waiting.set(actor, left);
    else waiting.delete(actor);
  };

  return {
    async take(actor, signal) {
      if (closed) throw new AppError('ENGINE_UNAVAILABLE');
      signal.throwIfAborted();
      const mine = waiting.get(actor) ?? [];
      if (mine.length >= waitingMax) throw new AppError('RATE_LIMITED', { seconds: 1 });
      const slot = await new Promise<number>((resolve, reject) => {
        const onAbort = () => {
          forget(actor, waiter);
          reject(signal.reason);
        };
        const waiter: Waiter = {
          grant(granted) {
            signal.removeEventListener('abort', onAbort);
            resolve(granted);
          },
        };
        signal.addEventListener('abort', onAbort, { once: true });
        waiting.set(actor, [...mine, waiter]);
        next();
      });
      let released = false;
      return {
        slot,
        release() {
          if (!released) release(actor, slot);
          released = true;
        },
      };
    },
    async close() {
      closed = true;
      if (free.length < slots) await new Promise<void>((resolve) => idle.push(resolve));
    },
  };
}
