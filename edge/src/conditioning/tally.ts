import {
  type BatchPoint,
  HOUR_COUNTS_MAX,
  HOUR_MS,
  type HourCount,
  type Sample,
  sampleCrc,
} from '@ronghe/contracts';

/**
 * Counts for the ledger of completeness by point and hour of source time, until a batch takes them along. They travel in
 * the batches themselves, so they are as durable as the samples and arrive once.
 */
export type Tally = {
  read(key: string, timeMs: number): void;
  filtered(key: string, timeMs: number): void;
  /** Completes a batch that goes to the buffer with what was counted of its points and what it holds itself. */
  attach(points: readonly BatchPoint[]): void;
  /** A batch that was given up before it was delivered: what it held is lost, what it told is told again. */
  gaveUp(points: readonly BatchPoint[]): void;
};

type Counts = { read: number; filtered: number; lost: number };

/** The hour that a source time lies in. */
export const hourOf = (timeMs: number): number => Math.floor(timeMs / HOUR_MS) * HOUR_MS;

export function createTally(): Tally {
  const waiting = new Map<string, Map<number, Counts>>();
  const countsOf = (key: string, hourMs: number): Counts => {
    const hours = waiting.get(key) ?? new Map<number, Counts>();
    waiting.set(key, hours);
    const counts = hours.get(hourMs) ?? { read: 0, filtered: 0, lost: 0 };
    hours.set(hourMs, counts);
    return counts;
  };
  return {
    read(key, timeMs) {
      countsOf(key, hourOf(timeMs)).read += 1;
    },
    filtered(key, timeMs) {
      countsOf(key, hourOf(timeMs)).filtered += 1;
    },
    attach(points) {
      for (const point of points) {
        const told = waiting.get(point.key);
        waiting.delete(point.key);
        point.counts = countsIn(point.samples, told ?? new Map());
      }
    },
    gaveUp(points) {
      for (const { key, counts = [] } of points)
        for (const [hourMs, read, filtered, sent, lost] of counts) {
          const again = countsOf(key, hourMs);
          again.read += read;
          again.filtered += filtered;
          again.lost += lost + sent;
        }
    },
  };
}

/** Of the newest hours, should a point ever tell of more than a batch may. */
function countsIn(samples: readonly Sample[], told: ReadonlyMap<number, Counts>): HourCount[] {
  const hours = new Map<number, HourCount>();
  const entryOf = (hourMs: number): HourCount => {
    const entry = hours.get(hourMs) ?? [hourMs, 0, 0, 0, 0, 0];
    hours.set(hourMs, entry);
    return entry;
  };
  for (const [hourMs, { read, filtered, lost }] of told) {
    const entry = entryOf(hourMs);
    [entry[1], entry[2], entry[4]] = [read, filtered, lost];
  }
  for (const [timeMs, value, quality] of samples) {
    const entry = entryOf(hourOf(timeMs));
    entry[3] += 1;
    entry[5] += sampleCrc(Math.round(timeMs * 1000), value, quality);
  }
  return [...hours.values()].slice(-HOUR_COUNTS_MAX);
}
