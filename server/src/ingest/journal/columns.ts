import type { Row } from '../observations/observations.ts';

/**
 * Numbers and booleans of many points. What stands next to each other and has one time and points numbered one after the
 * other is a *run*: a line of ten fields is one run of ten rows, and takes 8 bytes a row instead of 21. Arrays have exactly
 * `runs` or `rows` entries and must not change any more.
 */
export type Columns = {
  rows: number;
  runs: number;
  /** of each run: microseconds since 1970 UTC, the number of its first point, how many rows it has */
  time: Float64Array;
  series: Uint32Array;
  count: Uint32Array;
  /** of each row, run after run */
  value: Float64Array;
  /** of each row: index into QUALITIES; null when all are good */
  quality: Uint8Array | null;
};
/** Columns whose arrays are views of `bytes`, which is how they stand in the journal; so they exist once in memory. */
export type PackedColumns = Columns & {
  bytes: Uint8Array;
  /** Gives the memory back to where it came from; afterwards nobody may read the columns. */
  release(): void;
};
/** Memory for columns, aligned to 8 bytes. */
export type Memory = { bytes: Uint8Array; release(): void };
export type TakeMemory = (bytes: number) => Memory;

/** time 8, series 4, count 4 */
const RUN_BYTES = 16;
const VALUE_BYTES = 8;

/** Memory of its own for each caller. */
export const freshMemory: TakeMemory = (bytes) => ({
  bytes: new Uint8Array(bytes),
  release: () => undefined,
});

/** Bytes of columns of so many runs and rows. */
export const bytesOfColumns = (runs: number, rows: number, hasQuality: boolean): number =>
  runs * RUN_BYTES + rows * (VALUE_BYTES + (hasQuality ? 1 : 0));

/** Columns as views of bytes that begin at a multiple of 8: times, values, first points, counts, qualities. */
export function viewColumns(
  { bytes, release }: Memory,
  { runs, rows, hasQuality }: { runs: number; rows: number; hasQuality: boolean },
): PackedColumns {
  const { buffer, byteOffset } = bytes;
  const values = byteOffset + runs * 8;
  const series = values + rows * VALUE_BYTES;
  return {
    rows,
    runs,
    bytes,
    release,
    time: new Float64Array(buffer, byteOffset, runs),
    value: new Float64Array(buffer, values, rows),
    series: new Uint32Array(buffer, series, runs),
    count: new Uint32Array(buffer, series + runs * 4, runs),
    quality: hasQuality ? new Uint8Array(buffer, series + runs * 8, rows) : null,
  };
}

/** A copy of columns in memory that stays theirs until it is released. */
export function packColumns(columns: Columns, take: TakeMemory = freshMemory): PackedColumns {
  const { runs, rows, quality } = columns;
  const hasQuality = quality !== null;
  const packed = viewColumns(take(bytesOfColumns(runs, rows, hasQuality)), { runs, rows, hasQuality });
  packed.time.set(columns.time);
  packed.value.set(columns.value);
  packed.series.set(columns.series);
  packed.count.set(columns.count);
  if (quality) packed.quality?.set(quality);
  return packed;
}

/** Numbers that came one by one, each a run of its own. */
export function columnsOfRows(rows: readonly Row[]): Columns {
  const length = rows.length;
  return {
    rows: length,
    runs: length,
    time: Float64Array.from(rows, ({ timeUs }) => timeUs),
    series: Uint32Array.from(rows, ({ series }) => series),
    count: new Uint32Array(length).fill(1),
    value: Float64Array.from(rows, ({ value }) => Number(value)),
    quality: rows.every(({ quality }) => quality === 0)
      ? null
      : Uint8Array.from(rows, ({ quality }) => quality),
  };
}

/** First the one, then the other. */
export function joinColumns(first: Columns, second: Columns): Columns {
  const both = <Numbers extends Float64Array | Uint32Array | Uint8Array>(
    into: Numbers,
    a: Numbers,
    b: Numbers,
  ) => {
    into.set(a);
    into.set(b, a.length);
    return into;
  };
  const runs = first.runs + second.runs;
  const rows = first.rows + second.rows;
  const qualityOf = ({ quality, rows: length }: Columns) => quality ?? new Uint8Array(length);
  return {
    rows,
    runs,
    time: both(new Float64Array(runs), first.time, second.time),
    series: both(new Uint32Array(runs), first.series, second.series),
    count: both(new Uint32Array(runs), first.count, second.count),
    value: both(new Float64Array(rows), first.value, second.value),
    quality:
      first.quality === null && second.quality === null
        ? null
        : both(new Uint8Array(rows), qualityOf(first), qualityOf(second)),
  };
}
