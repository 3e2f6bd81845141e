/**
 * A cell as the formats give it. `atMs` is a moment; `wallMs` a calendar and clock without a zone, as if it were UTC,
 * which is what Excel and Parquet's local timestamps hold.
 */
export type Cell = string | number | boolean | bigint | { atMs: number } | { wallMs: number } | null;

/** One row of data. `line` is counted from 1 in the file, `index` from 0 among the rows below the header. */
export type Row = { line: number; index: number; cells: readonly Cell[] };

/** A row that could not be read: why, and how it begins. */
export type Reject = { line: number; reason: string; text: string };

/**
 * Where reading goes on: `offset` in bytes for text, in rows for the other formats; `line` and `index` of the next row.
 */
export type Place = { offset: number; line: number; index: number };

/** A bounded part of a file, in order. */
export type Slice = { rows: Row[]; rejects: Reject[]; next: Place };

/** An open file of rows; `slices` may be asked for once. */
export type Table = {
  /** Names of the columns, or null when the file has none. */
  header: readonly string[] | null;
  slices(from: Place | null): AsyncGenerator<Slice>;
  close(): Promise<void>;
};

/** The file as a whole cannot be read, now or later; the message is for people. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}

/** Most rows handed over at once. */
export const SLICE_ROWS_MAX = 1_000;
/** Most columns of a row; Excel has as many (ECMA-376 readers agree on XFD). */
export const COLUMNS_MAX = 16_384;
/** How much of a rejected row is kept. */
const REJECT_TEXT_MAX = 500;

/** A rejected row, its text shortened. */
export const rejectOf = (line: number, reason: string, text: string): Reject => ({
  line,
  reason,
  text: text.slice(0, REJECT_TEXT_MAX),
});
