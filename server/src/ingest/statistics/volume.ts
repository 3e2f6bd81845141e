import type { Slot } from './statistics.store.ts';

const MINUTE_MS = 60_000;

/** Width of a bucket for so many hours: at most about a hundred of them. */
export function bucketMsOf(hours: number): number {
  if (hours <= 1) return MINUTE_MS;
  return hours <= 6 ? 5 * MINUTE_MS : 15 * MINUTE_MS;
}

/** Every bucket from `fromMs`, which is the start of one, to the one that holds `toMs`; those without samples count zero. */
export function everyBucket(
  slots: readonly Slot[],
  { fromMs, toMs, bucketMs }: { fromMs: number; toMs: number; bucketMs: number },
): Slot[] {
  const known = new Map(slots.map((slot) => [slot.timeMs, slot]));
  return Array.from({ length: Math.floor((toMs - fromMs) / bucketMs) + 1 }, (_, index) => {
    const timeMs = fromMs + index * bucketMs;
    return known.get(timeMs) ?? { timeMs, stored: 0, rejected: 0, duplicate: 0, late: 0 };
  });
}
