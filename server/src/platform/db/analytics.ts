import type { ForeignTables } from '#platform/db/foreign.ts';
import type { Guests } from '#platform/db/guests.ts';

/** ClickHouse types that columns may have when they are handed over for an insert. */
export type ColumnType =
  | 'UInt8'
  | 'UInt16'
  | 'UInt32'
  | 'UInt64'
  | 'Int32'
  | 'Int64'
  | 'Float64'
  | 'DateTime64(3)'
  | 'DateTime64(6)'
  | 'Date'
  | 'String';

/**
 * One column of an insert. Numbers of 64-bit types and times are ticks (milliseconds for DateTime64(3), microseconds for
 * DateTime64(6), days for Date). Typed arrays are used as they are, without a copy, and must not change until the insert ends.
 */
export type Column = {
  name: string;
  type: ColumnType;
  values:
    | readonly number[]
    | readonly bigint[]
    | readonly string[]
    | Uint8Array
    | Uint16Array
    | Uint32Array
    | Int32Array
    | BigUint64Array
    | BigInt64Array
    | Float64Array;
};

export type QueryOptions = {
  /** values of `{name:Type}` parameters; never build SQL text from outside values */
  params?: Readonly<
    Record<string, string | number | bigint | boolean | null | readonly (string | number | bigint)[]>
  >;
  /** default 15 s */
  timeoutMs?: number;
  /** most rows read into memory, default 100,000; more is an error */
  rowsMax?: number;
};

export type ExportOptions = Pick<QueryOptions, 'params'> & { as?: 'rows' | 'lines' };
/** Names of the formats in ClickHouse. */
export const EXPORT_FORMATS = { rows: 'RowBinary', lines: 'TSVRaw' } as const;

/**
 * The analytical engine: ClickHouse SQL on chDB in this process, or on a ClickHouse server or cluster.
 * Both run the same SQL text. Outside bytes enter only by `insert` (typed columns), never as SQL or text formats.
 */
export type Analytics = {
  readonly kind: 'embedded' | 'server';
  /** Rows as objects; 64-bit integers arrive as strings, DateTime64 as `YYYY-MM-DD hh:mm:ss.ffffff` in UTC. */
  query<Row>(sql: string, options?: QueryOptions): Promise<Row[]>;
  /** Runs one statement that returns nothing (DDL and the like). */
  command(sql: string, options?: QueryOptions): Promise<void>;
  /**
   * Inserts columns of equal length into `database.table`, durably (on disk when the promise resolves).
   * The same token is stored once, also after a restart, within the table's deduplication window.
   */
  insert(table: string, columns: readonly Column[], options?: { token?: string }): Promise<void>;
  /**
   * Writes the rows of `database.table` into a new file (`….native.zst`: ClickHouse's Native format, compressed by zstd). The file
   * is the same from both kinds of engine. For backups; takes as long as it takes, up to 6 hours.
   */
  exportTable(table: string, file: string): Promise<void>;
  /**
   * Inserts the rows of a file of `exportTable`, or of one of ours without compression (`….native`), into `database.table`,
   * whose columns must have the same names; types that differ are converted.
   */
  importTable(table: string, file: string): Promise<void>;
  /**
   * Writes the answer of a query into a new file, for answers too large to hold: in ClickHouse's RowBinary format, or as `lines`, one
   * text a row as it is, for answers of one column that holds no line break.
   */
  exportRows(sql: string, file: string, options?: ExportOptions): Promise<void>;
  /** Tables and files of others, fetched by the engine's own connectors. */
  readonly foreign: ForeignTables;
  /** Questions of others, in sessions of their own. */
  readonly guests: Guests;
  health(): Promise<{ ready: boolean; version: string; bytes: number | null }>;
  stop(): Promise<void>;
};
