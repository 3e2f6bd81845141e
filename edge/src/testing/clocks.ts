import type { Clock } from '../clock.ts';

/** The wall clock of a machine that somebody sets; what is measured goes on as it does. */
export type SteppedClock = Clock & {
  /** From now on the wall clock is so far ahead of the true time, ms; negative is behind. */
  set(aheadMs: number): void;
  aheadMs(): number;
};

/** Starts with the true time. */
export function createSteppedClock(): SteppedClock {
  let aheadMs = 0;
  return {
    now: () => new Date(Date.now() + aheadMs),
    elapsedMs: () => performance.now(),
    set(to) {
      aheadMs = to;
    },
    aheadMs: () => aheadMs,
  };
}

/** Both clocks stand at what is given, ms since 1970, until it gives something else. */
export const stillClock = (nowMs: () => number): Clock => ({
  now: () => new Date(nowMs()),
  elapsedMs: nowMs,
});
