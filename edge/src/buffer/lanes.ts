import { z } from 'zod';

/**
 * Where delivery stands in one stretch of the log: everything before `offset` of `segment` was acknowledged. A stretch
 * begins at segment `from` and ends where the next one begins.
 */
export const Lane = z.object({
  from: z.number().int().min(0),
  segment: z.number().int().min(0),
  offset: z.number().int().min(0),
});
export type Lane = z.infer<typeof Lane>;

/** Each outage makes a stretch; with more of them than this the newest takes what comes as well. */
export const LANES_MAX = 16;

/** The stretch that a segment belongs to. `lanes` are in the order of the log, the first begins at 0. */
export function laneOf(lanes: readonly Lane[], segment: number): Lane {
  const found = lanes.findLast(({ from }) => from <= segment) ?? lanes[0];
  if (!found) throw new Error('a buffer has at least one lane');
  return found;
}

/** How far a segment of `bytes` bytes is acknowledged. */
export function passedIn(lanes: readonly Lane[], segment: number, bytes: number): number {
  const lane = laneOf(lanes, segment);
  if (segment > lane.segment) return 0;
  return segment === lane.segment ? Math.min(lane.offset, bytes) : bytes;
}

/** The lanes without those that hold nothing any more; the newest stays. */
export function withoutDrained(lanes: readonly Lane[], holds: (lane: Lane) => boolean): Lane[] {
  const kept = lanes.filter((lane, index) => index === lanes.length - 1 || holds(lane));
  return kept.map((lane, index) => (index === 0 ? { ...lane, from: 0 } : lane));
}
