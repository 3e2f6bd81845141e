import { type BatchPoint, HOUR_COUNTS_MAX, HOUR_MS, type HourCount, sampleCrc } from '@ronghe/contracts';

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

type Counts = { read: number; filtered: number; sent: number; lost: number; crc: number };

/** The hour that a source time lies in. */
export const hourOf = (timeMs: number): number => Math.floor(timeMs / HOUR_MS) * HOUR_MS;

export function createTally(): Tally {
  const waiting = new Map<string, Map<number, Counts>>();
  const countsOf = (key: string, hourMs: number): Counts => {
    const hours = waiting.get(key) ?? new Map<number, Counts>();
    waiting.set(key, hours);
    const counts = hours.get(hourMs) ?? { read: 0, filtered: 0, sent: 0, lost: 0, crc: 0 };
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
        for (const [timeMs, value, quality] of point.samples) {
          const counts = countsOf(point.key, hourOf(timeMs));
          counts.sent += 1;
          counts.crc += sampleCrc(Math.round(timeMs * 1000), value, quality);
        }
        const hours = waiting.get(point.key) ?? new Map<number, Counts>();
        const told = [...hours].slice(0, HOUR_COUNTS_MAX);
        // What is more than a batch may tell goes with the next one.
        for (const [hourMs] of told) hours.delete(hourMs);
        if (hours.size === 0) waiting.delete(point.key);
        point.counts = told.map(
          ([hourMs, { read, filtered, sent, lost, crc }]): HourCount => [
            hourMs,
            read,
            filtered,
            sent,
            lost,
            crc,
          ],
        );
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
