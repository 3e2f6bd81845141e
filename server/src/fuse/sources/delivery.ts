import type { ReadProblem, TableOptions } from '@ronghe/contracts';
import type { Log } from '#platform/log/log.ts';

/**
 * What every way into the platform hands over: one delivery, whole, in a folder of the run (the spool). Only a delivery
 * that is complete is landed; a source that dies half way leaves nothing behind that anybody reads.
 */
export type Deliverer = {
  /**
   * Fetches everything the run is to read into the spool. Ends when the source has no more; one that cannot be sure of
   * having everything throws, because a row that is not delivered may count as gone.
   * @throws AppError SOURCE_UNREACHABLE, SOURCE_TARGET_REFUSED, SOURCE_TOO_LARGE, SOURCE_ROW_INVALID
   */
  deliver(spool: Spool, request: DeliveryRequest): Promise<Delivered>;
};

export type DeliveryRequest = {
  signal: AbortSignal;
  /** what the run after the last published one starts from, as that one returned it; null for everything */
  bookmark: unknown;
  /** most rows (or bytes, see `fuseDeliveryBytesMax`) before SOURCE_TOO_LARGE */
  limits: DeliveryLimits;
  /** only the beginning is wanted, for a first look: `rowsMax` rows or somewhat more, and then no error */
  beginning?: boolean;
  /** share fetched so far, 0 to 1, null when unknown, and what is said beside it */
  tell(share: number | null, text: string): Promise<void>;
};
export type DeliveryLimits = { rowsMax: number; bytesMax: number; timeMsMax: number };

export type Delivered = {
  /** `full`: rows that are not in the delivery are gone; `incremental`: only those marked deleted are */
  mode: 'full' | 'incremental';
  /** kept when the run is published and handed to the next one; JSON */
  bookmark: unknown;
};

/** The folder a delivery is written into. Rows and files are read back in the order they were added. */
export type Spool = {
  /** absolute path of the run's own folder, for files that an engine or a program writes */
  folder: string;
  /** Appends rows as objects; `deleted` tells the index of rows that the source says are gone (their key fields suffice). */
  add(rows: readonly Readonly<Record<string, unknown>>[], deleted?: ReadonlySet<number>): Promise<void>;
  /** Adds a file of a table, left where it is and read later by `openTable`. `name` is what people see. */
  addFile(file: { path: string; name: string; options: SpoolOptions }): Promise<void>;
};
/** `rows`: what `add` writes, and rows that landed before. `compact`: JSONCompactEachRowWithNames, as ClickHouse writes it: names, then arrays. */
export type SpoolOptions = Omit<TableOptions, 'format'> & {
  format?: TableOptions['format'] | 'rows' | 'compact' | undefined;
};

/** Some rows of a table as they stand in the file, at most `PAGE_ROWS_MAX` at once. */
export type TablePage = {
  /** names of the cells, the same for all rows of the page; may differ from page to page only for JSON */
  columns: readonly string[];
  /** text, number, boolean, null, or what JSON nests; undefined where the row has no such field */
  rows: readonly (readonly unknown[])[];
  /** line of the text, row of the sheet, number of the record; from 1; as many as rows */
  places: readonly number[];
  /** file of each row, where rows of several files come together; else that of the page */
  files?: readonly string[];
  /** rows of which the source says that they are gone; absent when there are none */
  deleted?: ReadonlySet<number>;
  /** what could not be read as a row or was put right, since the page before */
  problems: readonly Omit<ReadProblem, 'file'>[];
  /** bytes of the file read so far and all of them */
  bytes: number;
  bytesAll: number;
};
export const PAGE_ROWS_MAX = 2_000;

/** A file of a table, opened: what it was taken for, and its rows in pages. Pure Node: runs in a process of its own. */
export type OpenTable = {
  options: TableOptions;
  /** sheets of a workbook, else empty */
  sheets: readonly string[];
  columns: readonly string[];
  pages(signal: AbortSignal): AsyncIterable<TablePage>;
  close(): Promise<void>;
};
/** @throws AppError TABLE_UNREADABLE with file, place and remedy; SOURCE_TOO_LARGE */
export type OpenTableFile = (file: {
  path: string;
  name: string;
  options: SpoolOptions;
}) => Promise<OpenTable>;

export type DelivererContext = { source: string; log: Log };
