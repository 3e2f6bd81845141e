/**
 * Time is handed in, so that tests can hold it still and set it. What happens is dated by `now`; how long something took or
 * shall take is measured by `elapsedMs` alone, since the clock of a machine may be set by years while it runs.
 */
export type Clock = {
  /** The wall clock: for times of samples, gaps, logs and files. May step either way. */
  now(): Date;
  /** Milliseconds since some moment of this process, with fractions; never steps, never falls. */
  elapsedMs(): number;
};

/** The clocks of this machine. */
export const systemClock: Clock = { now: () => new Date(), elapsedMs: () => performance.now() };

/** One moment by both clocks. */
export type Moment = { wallMs: number; elapsedMs: number };

/** By so much the two clocks may part without one having been set. */
const STEP_MS_MIN = 1_000;

/** The moment that is now. */
export const momentOf = (clock: Clock): Moment => ({
  wallMs: clock.now().getTime(),
  elapsedMs: clock.elapsedMs(),
});

/**
 * When a moment was, ms since 1970, by the clock as it stands now: where the clock was set since then, that long ago as was
 * measured. Never later than now.
 */
export function wallMsOf(clock: Clock, moment: Moment): number {
  const nowMs = clock.now().getTime();
  const measuredMs = nowMs - (clock.elapsedMs() - moment.elapsedMs);
  const wasSet = Math.abs(measuredMs - moment.wallMs) > STEP_MS_MIN;
  return Math.min(nowMs, wasSet ? Math.round(measuredMs) : moment.wallMs);
}

/** The moment of a time that an earlier run, or a file system, wrote down: only the wall clock knows it. At most now. */
export function momentAt(clock: Clock, wallMs: number): Moment {
  const now = momentOf(clock);
  const agoMs = Math.max(0, now.wallMs - wallMs);
  return { wallMs: now.wallMs - agoMs, elapsedMs: now.elapsedMs - agoMs };
}
