import type { Clock } from '../clock.ts';

/** When the bytes of a segment from `offset` on were written, by the `elapsedMs` of this process; before its start, negative. */
export type Age = { offset: number; atMs: number };

/** So many are remembered of a segment that many small writes filled: the newest all, the others evenly. */
const AGES_MAX = 1_000;
const NEWEST_MAX = 100;

/** Remembers a write behind those before; of the times that are dropped, the bytes count as written somewhat earlier. */
export function noteAge(ages: Age[], age: Age): void {
  ages.push(age);
  if (ages.length <= AGES_MAX) return;
  // The one without which the others lie least apart.
  let dropped = 1;
  let leastMs = Number.POSITIVE_INFINITY;
  for (let at = 1; at < ages.length - NEWEST_MAX; at += 1) {
    const apartMs = (ages[at + 1]?.atMs ?? 0) - (ages[at - 1]?.atMs ?? 0);
    if (apartMs >= leastMs) continue;
    dropped = at;
    leastMs = apartMs;
  }
  ages.splice(dropped, 1);
}

/** How long ago the bytes at this place were written, or somewhat longer; null when nothing is known. */
export function ageMsAt(
  ages: readonly Age[],
  offset: number,
  clock: Pick<Clock, 'elapsedMs'>,
): number | null {
  const age = ages.findLast((each) => each.offset <= offset);
  return age === undefined ? null : clock.elapsedMs() - age.atMs;
}
