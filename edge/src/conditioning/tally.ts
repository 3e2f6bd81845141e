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

/**
 * So many of a point are remembered from batch to batch: a station or broker tells again what was not acknowledged when the
 * link was lost, which is a window of messages.
 */
const REMEMBERED_MAX = 32;
/** Of each sample that was sent its time in microseconds and its CRC, one after the other, oldest first. */
type Sent = Float64Array;
const NOTHING: Sent = new Float64Array(0);

/**
 * Finds samples that replace an earlier one of the same time, in their own batch or among the last ones before. The table has
 * one row for each point and time, so the earlier one is no longer to be found there.
 */
function createRepeats(before: Sent) {
  const sent = [...before];
  let newestUs = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < before.length; at += 2) newestUs = Math.max(newestUs, before[at] ?? newestUs);
  /** only once times do not rise any more */
  let byTime: Map<number, number> | null = null;
  return {
    /** Gives the CRC of the sample that is replaced, or null. */
    take(timeUs: number, crc: number): number | null {
      let replaced: number | null = null;
      if (timeUs > newestUs) newestUs = timeUs;
      else {
        byTime ??= timesOf(sent);
        replaced = byTime.get(timeUs) ?? null;
      }
      byTime?.set(timeUs, crc);
      sent.push(timeUs, crc);
      return replaced;
    },
    newest: (): Sent => Float64Array.from(sent.slice(-2 * REMEMBERED_MAX)),
  };
}

function timesOf(sent: readonly number[]): Map<number, number> {
  const byTime = new Map<number, number>();
  for (let at = 0; at + 1 < sent.length; at += 2) byTime.set(sent[at] as number, sent[at + 1] as number);
  return byTime;
}

/** The hour that a source time lies in. */
export const hourOf = (timeMs: number): number => Math.floor(timeMs / HOUR_MS) * HOUR_MS;

export function createTally(): Tally {
  const waiting = new Map<string, Map<number, Counts>>();
  /** of each point what was sent last, oldest first */
  const latest = new Map<string, Sent>();
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
        const before = latest.get(point.key) ?? NOTHING;
        const repeats = createRepeats(before);
        for (const [timeMs, value, quality] of point.samples) {
          const counts = countsOf(point.key, hourOf(timeMs));
          const timeUs = Math.round(timeMs * 1000);
          const crc = sampleCrc(timeUs, value, quality);
          const replaced = repeats.take(timeUs, crc);
          if (replaced === null) counts.sent += 1;
          else counts.filtered += 1;
          counts.crc += crc - (replaced ?? 0);
        }
        latest.set(point.key, repeats.newest());
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
