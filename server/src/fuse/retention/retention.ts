/** A run as retention sees it. */
export type OldRun = { number: number; startedAt: Date; published: boolean };
export type Keeping = {
  /** days that everything of a run is kept; 0 keeps it for ever */
  days: number;
  /** newest published runs of a source of which everything is kept, however old they are */
  runs: number;
};

const DAY_MS = 86_400_000;

/**
 * The number of the oldest run of a source of which everything is kept: what runs with a lower number left and nobody reads any
 * more may go. Null when nothing may, as with a source that has not published more runs than are kept.
 */
export function removableBelow(
  runs: readonly OldRun[],
  { days, runs: kept }: Keeping,
  now: Date,
): number | null {
  if (days === 0) return null;
  const numbers = runs.filter(({ published }) => published).map(({ number }) => number);
  const published = numbers.sort((a, b) => b - a).at(kept - 1);
  if (published === undefined) return null;
  const since = now.getTime() - days * DAY_MS;
  const recent = runs.filter(({ startedAt }) => startedAt.getTime() >= since).map(({ number }) => number);
  const below = Math.min(published, ...recent);
  return runs.some(({ number }) => number < below) ? below : null;
}
