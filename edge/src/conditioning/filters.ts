import type { Sample } from '@ronghe/contracts';
import type { Deadband, SwingingDoor } from './options.ts';

/** Decides which good samples of one point go on. Times mostly rise; a sample whose time does not goes out as it is. */
export type Filter = {
  /**
   * @param drop is told of each sample that will never go out
   * @returns the samples that go out now: none, the one before, this one, or both, in the order they came
   */
  take(sample: GoodSample, drop: (sample: GoodSample) => void): GoodSample[];
  /** Whether the newest sample has not been decided about. */
  holds(): boolean;
  /** What is still held back; nothing afterwards. */
  flush(): GoodSample[];
  /** Holds nothing any more: what comes next goes out. */
  reset(): void;
};
export type GoodSample = Sample & { 1: number; 2: 'good' };

/**
 * A value goes out when it differs by more than the deadband from the last one that went out, or the heartbeat is due.
 * What a reader assumes between two samples (the last value) is then never wrong by more than the deadband.
 */
export function createDeadband(options: Deadband): Filter {
  const { absolute, percent = 0, range = [0, 0], heartbeatMs } = options;
  const band = absolute ?? ((range[1] - range[0]) * percent) / 100;
  let last: GoodSample | null = null;
  return {
    take(sample, drop) {
      const elapsed = last === null ? Number.POSITIVE_INFINITY : sample[0] - last[0];
      if (last !== null && elapsed >= 0 && elapsed < heartbeatMs && Math.abs(sample[1] - last[1]) <= band) {
        drop(sample);
        return [];
      }
      last = sample;
      return [sample];
    },
    holds: () => false,
    flush: () => [],
    reset() {
      last = null;
    },
  };
}

/** So many stretches of time are known apart; more are taken together with what lies between them. */
const STRETCHES_MAX = 8;

/** Where samples lie that went out before time went back: a clock was set, or what was missed came late. */
function createStretches() {
  let known: { fromMs: number; toMs: number }[] = [];
  return {
    add(fromMs: number, toMs: number): void {
      known = [...known, { fromMs, toMs }].sort((one, other) => one.fromMs - other.fromMs);
      while (known.length > STRETCHES_MAX || known.some((_, at) => apart(known, at) <= 0)) {
        let at = 1;
        for (let other = 2; other < known.length; other += 1)
          if (apart(known, other) < apart(known, at)) at = other;
        const [before, after] = known.splice(at - 1, 2);
        if (before === undefined || after === undefined) return;
        const joined = { fromMs: before.fromMs, toMs: Math.max(before.toMs, after.toMs) };
        known.splice(at - 1, 0, joined);
      }
    },
    /** Whether one of them lies behind the first moment and not behind the second. */
    isBetween: (firstMs: number, secondMs: number): boolean =>
      known.some(({ fromMs, toMs }) => toMs > firstMs && fromMs <= secondMs),
  };
}

const apart = (known: readonly { fromMs: number; toMs: number }[], at: number): number =>
  (known[at]?.fromMs ?? Number.NaN) - (known[at - 1]?.toMs ?? Number.NEGATIVE_INFINITY);

/**
 * Swinging door (Bristol, Swinging door trending, 1990) in the form that keeps its promise: the newest sample stays behind
 * the door as long as the line from the last one kept to it passes every one between at `deviation` or less; the first
 * that would not sends the one before it out. Linear interpolation between what went out is therefore never wrong by more
 * than `deviation` at any sample that was left out. Where time goes back or leaps, a new line begins; nothing is left out
 * of a line that would pass over what went out earlier.
 */
export function createSwingingDoor({ deviation, heartbeatMs }: SwingingDoor): Filter {
  let kept: GoodSample | null = null;
  let held: GoodSample | null = null;
  /** slopes of the lines from the kept sample that pass all held back so far */
  let [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const earlier = createStretches();
  /** where the times begin that have risen since without a leap */
  let risingMs = Number.NaN;
  const open = (sample: GoodSample) => {
    kept = sample;
    held = null;
    [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  };
  const hold = (from: GoodSample, sample: GoodSample) => {
    const elapsed = sample[0] - from[0];
    least = Math.max(least, (sample[1] - deviation - from[1]) / elapsed);
    most = Math.min(most, (sample[1] + deviation - from[1]) / elapsed);
    held = sample;
  };
  const passes = (from: GoodSample, sample: GoodSample) => {
    const slope = (sample[1] - from[1]) / (sample[0] - from[0]);
    return slope >= least && slope <= most;
  };
  return {
    take(sample, drop) {
      if (kept === null) {
        risingMs = sample[0];
        open(sample);
        return [sample];
      }
      const before = held;
      const newestMs = (before ?? kept)[0];
      // Out of order, nothing is known of lines through it; and in a leap may lie what comes later, where a clock is set back
      // after it was set ahead.
      const isLeap = sample[0] <= newestMs || sample[0] - newestMs >= heartbeatMs;
      if (isLeap || earlier.isBetween(kept[0], sample[0])) {
        earlier.add(risingMs, newestMs);
        risingMs = sample[0];
        open(sample);
        return before === null ? [sample] : [before, sample];
      }
      if (!passes(kept, sample) && before !== null) {
        open(before);
        hold(before, sample);
        return [before];
      }
      if (before !== null) drop(before);
      if (sample[0] - kept[0] >= heartbeatMs) {
        open(sample);
        return [sample];
      }
      hold(kept, sample);
      return [];
    },
    holds: () => held !== null,
    flush() {
      const out = held === null ? [] : [held];
      if (held !== null) open(held);
      return out;
    },
    reset() {
      if (kept !== null) earlier.add(risingMs, kept[0]);
      kept = null;
      held = null;
    },
  };
}
