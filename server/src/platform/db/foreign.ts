import { ForeignError } from '#platform/errors/foreign-error.ts';
/** A table of somebody else's database. `host` is an address that was checked: nothing here resolves or allows names. */
export type ForeignDatabase = {
  kind: 'postgresql' | 'mysql';
  host: string;
  port: number;
  database: string;
  /** PostgreSQL only, default `public` */
  schema?: string | undefined;
  table: string;
  username: string;
  password: string;
};

/**
 * A field of a document and how it is read; `address.city` is a field within a field. `text` takes whatever is there (what is
 * nested as JSON), but the engine writes fractions with six digits and dates without theirs then; `number` keeps them, holds
 * integers to 2^53 and refuses what is no number; `time` is a date.
 */
export type ForeignField = { name: string; kind: 'text' | 'number' | 'time' };

/** A collection of MongoDB. It has no columns of its own, so the fields that are read are named. */
export type ForeignCollection = Omit<ForeignDatabase, 'kind' | 'schema'> & {
  kind: 'mongodb';
  fields: readonly ForeignField[];
  /** the database in which the user is kept, found out when it is read; by default the one that is read */
  usersIn?: string | undefined;
};

/** One file, or with `*` in the path of an S3 address several. `path` picks one of those that `files` told. */
export type ForeignFile = {
  kind: 'http' | 's3';
  url: string;
  format: 'csv' | 'jsonl' | 'parquet';
  accessKey: string;
  secretKey: string;
  path?: string | undefined;
};
export type ForeignSource = ForeignDatabase | ForeignCollection | ForeignFile;

export type ForeignKind = 'number' | 'decimal' | 'boolean' | 'date' | 'time' | 'text' | 'json' | 'bytes';
export type ForeignColumn = {
  name: string;
  /** as the source writes it: `numeric(12,2)` */
  type: string;
  kind: ForeignKind;
  nullable: boolean;
  /** part of the primary key */
  key: boolean;
  /** what the source's owner wrote beside it, else empty */
  comment: string;
};

/** A table or view of a database. */
export type ForeignTable = {
  /** PostgreSQL only */
  schema: string | null;
  name: string;
  kind: 'table' | 'view';
  /** as the database estimates it; null when it does not */
  rows: number | null;
  comment: string;
};

export type ForeignLimits = {
  rowsMax: number;
  /** of the file that is written */
  bytesMax: number;
  timeoutMs: number;
  signal: AbortSignal;
};
export type FetchOptions = ForeignLimits & {
  /** more rows than `rowsMax` are no error: what is beyond is left */
  beginning?: boolean | undefined;
  /** by default all of them */
  columns?: readonly string[] | undefined;
  /** reads only rows whose `column` is above `value` (as an earlier `highest` told it); null reads all rows, also those without one */
  watermark?: { column: string; value: string | null } | undefined;
  /** bytes of the file so far, some times a second */
  onBytes?: ((bytes: number) => void) | undefined;
};
export type Fetched = {
  /** rows of the file; null for csv, where a line may be a part of a row */
  rows: number | null;
  bytes: number;
  /** highest value of the watermark's column among the rows there were, as it is written in the file; null when there is none */
  highest: string | null;
};

/**
 * Tables and files of others, read by the analytical engine's own connectors straight into a file of ours. Names and values are
 * quoted for the engine and again for the source; the source sees one `select` of named columns.
 */
export type ForeignTables = {
  /**
   * Tables and views that this user may read, by schema and name, the first `rowsMax`; `table` and `schema` of the source do not
   * count. @throws ForeignError
   */
  list(
    source: Omit<ForeignDatabase, 'table' | 'schema'>,
    limits: Omit<ForeignLimits, 'bytesMax'>,
  ): Promise<ForeignTable[]>;
  /** Columns in the order of the table. @throws ForeignError */
  describe(
    source: ForeignSource,
    limits: Omit<ForeignLimits, 'rowsMax' | 'bytesMax'>,
  ): Promise<ForeignColumn[]>;
  /** Paths of the files behind the `*` of an S3 address, in order. @throws ForeignError */
  files(source: ForeignFile, limits: Omit<ForeignLimits, 'bytesMax'>): Promise<string[]>;
  /**
   * Writes rows into a new file: tables, collections and Parquet as JSONCompactEachRowWithNames, csv and jsonl byte for byte
   * (decompressed when their name says so). Numbers beyond 2^53 and decimals are text, times `YYYY-MM-DD hh:mm:ss[.ffffff]`
   * (instants in China's time), bytes `\x…`, arrays and JSON are JSON as text. On any error the file is gone.
   * @throws ForeignError, and what the signal was aborted with
   */
  fetchInto(file: string, source: ForeignSource, options: FetchOptions): Promise<Fetched>;
};

export const unreachable = (reason: string): ForeignError => new ForeignError('unreachable', reason);

/** A column together with how it is asked for at the source and what the engine makes of the answer. */
export type Cell = {
  column: ForeignColumn;
  /** expression in the source's SQL */
  source: string;
  /** `plain`: as it is; `whole`: a 64-bit integer; `boolean`: 1 and 0; `hex`: text in hexadecimal UTF-8; or an expression of `cell` */
  engine: 'plain' | 'whole' | 'boolean' | 'hex' | ((cell: string) => string);
  /** the column itself, a bookmark of it as SQL of the source, and which of its values count; null where an order would mean nothing */
  watermark: { column: string; literal(value: string): string; only: string | null } | null;
};
