/** The widths that are kept ready, finest first; all of them are whole in UTC. */
export const ROLLUPS = [
  { table: 'ingest.rollup_1m', unitUs: 60_000_000, start: 'toStartOfMinute' },
  { table: 'ingest.rollup_1h', unitUs: 3_600_000_000, start: 'toStartOfHour' },
  { table: 'ingest.rollup_1d', unitUs: 86_400_000_000, start: 'toStartOfDay' },
] as const;
export type Rollup = (typeof ROLLUPS)[number];

/** The widest rollup of which buckets of this width are whole multiples; null when there is none. */
export const rollupFor = (bucketUs: number): Rollup | null =>
  [...ROLLUPS].reverse().find(({ unitUs }) => bucketUs % unitUs === 0) ?? null;

/** The widest rollup of which a range has three whole buckets at least, else the finest: the ends come from the rows. */
export const widestWithin = (rangeUs: number): Rollup =>
  [...ROLLUPS].reverse().find(({ unitUs }) => rangeUs >= 4 * unitUs) ?? ROLLUPS[0];

/** One slice of the seconds in which rows were stored, and how many rows each slice holds. */
export type Slice = { fromS: number; rows: number };
/** `[fromS, toS)` and its rows; or the same question again, asked of a shorter time. */
export type Plan =
  | { fromS: number; toS: number; rows: number }
  | { narrowTo: { fromS: number; toS: number } };

/** Slices one question is cut into. */
export const SLICES_MAX = 1_024;
export const sliceSeconds = (fromS: number, toS: number): number =>
  Math.max(1, Math.ceil((toS - fromS) / SLICES_MAX));

/**
 * How far the next step may go so that it meets at most `rowsMax` rows, given the rows in each slice (empty ones left
 * out). A single second with more is one step.
 */
export function planStep(
  range: { fromS: number; toS: number },
  slices: readonly Slice[],
  rowsMax: number,
): Plan {
  const width = sliceSeconds(range.fromS, range.toS);
  let rows = 0;
  for (const slice of slices) {
    if (rows > 0 && rows + slice.rows > rowsMax) return { fromS: range.fromS, toS: slice.fromS, rows };
    if (slice.rows > rowsMax) {
      const toS = Math.min(range.toS, slice.fromS + width);
      if (width > 1) return { narrowTo: { fromS: slice.fromS, toS } };
      return { fromS: range.fromS, toS, rows: slice.rows };
    }
    rows += slice.rows;
  }
  return { fromS: range.fromS, toS: range.toS, rows };
}

/** Neighbouring series whose rows are counted together. */
export const BLOCK_SERIES = 256;
export const SERIES_END = 2 ** 32;
/** Series `[first, end)`. */
export type SeriesRange = { first: number; end: number };

/** Cuts the series into ranges of at most `rowsMax` rows, given the rows of each block of them; a full block is one range. */
export function cutSeries(
  blocks: readonly { block: number; rows: number }[],
  rowsMax: number,
): SeriesRange[] {
  const ranges: SeriesRange[] = [];
  let first = 0;
  let sum = 0;
  for (const { block, rows } of blocks) {
    if (sum > 0 && sum + rows > rowsMax) {
      ranges.push({ first, end: block * BLOCK_SERIES });
      first = block * BLOCK_SERIES;
      sum = 0;
    }
    sum += rows;
  }
  return [...ranges, { first, end: SERIES_END }];
}
