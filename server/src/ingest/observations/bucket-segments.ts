import type { RollupState } from '../rollups/rollups.store.ts';
import { ROLLUPS, type Rollup } from '../rollups/rollups.ts';

/** A stretch of time and where its statistics come from: a rollup, of which it has whole units, or the rows (null). */
export type Segment = { rollup: Rollup | null; fromUs: number; toUs: number };

type Range = { fromUs: number; toUs: number };

/**
 * Cuts a range: its whole units come from the rollup, of days what is left at the ends from the hours, and the rest from the
 * rows. Ends shorter than an hour always come from the rows, which are read in blocks of some hours of a point anyway.
 * Where the rows are deleted, the units at the ends count whole.
 */
export function segmentsOf(range: Range, rollup: Rollup, state: RollupState): Segment[] {
  const { unitUs } = rollup;
  const { rawFromUs } = state;
  const down = (us: number) => Math.floor(us / unitUs) * unitUs;
  const up = (us: number) => Math.ceil(us / unitUs) * unitUs;
  const fromUs = range.fromUs < rawFromUs ? down(range.fromUs) : up(range.fromUs);
  const toUs = range.toUs < rawFromUs ? up(range.toUs) : down(range.toUs);
  if (fromUs >= toUs) return endOf(range, rollup, state);
  return [
    ...endOf({ fromUs: range.fromUs, toUs: fromUs }, rollup, state),
    { rollup, fromUs, toUs },
    ...endOf({ fromUs: toUs, toUs: range.toUs }, rollup, state),
  ];
}

const [, HOUR, DAY] = ROLLUPS;

/** What the rows at the ends of the range are grouped by: units that none of the segments from rollups share. */
export const endStart = ({ unitUs, start }: Rollup): string => (unitUs === DAY.unitUs ? HOUR.start : start);

function endOf(range: Range, { unitUs }: Rollup, state: RollupState): Segment[] {
  if (range.fromUs >= range.toUs) return [];
  if (unitUs === DAY.unitUs && range.fromUs >= state.hourFromUs) return segmentsOf(range, HOUR, state);
  return [{ rollup: null, ...range }];
}
