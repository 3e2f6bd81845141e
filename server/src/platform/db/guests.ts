/** Output formats of ClickHouse that a guest may ask for. */
export const GUEST_FORMATS = [
  'Arrow',
  'ArrowStream',
  'CSV',
  'CSVWithNames',
  'CSVWithNamesAndTypes',
  'JSON',
  'JSONColumns',
  'JSONColumnsWithMetadata',
  'JSONCompact',
  'JSONCompactColumns',
  'JSONCompactEachRow',
  'JSONCompactEachRowWithNames',
  'JSONCompactEachRowWithNamesAndTypes',
  'JSONCompactStrings',
  'JSONCompactStringsEachRow',
  'JSONCompactStringsEachRowWithNames',
  'JSONCompactStringsEachRowWithNamesAndTypes',
  'JSONEachRow',
  'JSONEachRowWithProgress',
  'JSONObjectEachRow',
  'JSONStrings',
  'JSONStringsEachRow',
  'JSONStringsEachRowWithProgress',
  'Markdown',
  'Native',
  'Null',
  'Parquet',
  'RowBinary',
  'RowBinaryWithNames',
  'RowBinaryWithNamesAndTypes',
  'TSKV',
  'TabSeparated',
  'TabSeparatedRaw',
  'TabSeparatedRawWithNames',
  'TabSeparatedRawWithNamesAndTypes',
  'TabSeparatedWithNames',
  'TabSeparatedWithNamesAndTypes',
  'Values',
  'XML',
] as const;
export type GuestFormat = (typeof GUEST_FORMATS)[number];

const FORMATS_BY_NAME: ReadonlyMap<string, GuestFormat> = new Map(
  GUEST_FORMATS.flatMap((format): [string, GuestFormat][] => [
    [format.toLowerCase(), format],
    // ClickHouse's own short and long names of the same
    [format.replace(/^TabSeparated/, 'TSV').toLowerCase(), format],
    [format.replace(/^JSON(Strings)?EachRow$/, 'JSON$1Lines').toLowerCase(), format],
  ]),
).set('ndjson', 'JSONEachRow');

/** The format of a name as people write it, in any case or by an alias; null for one that guests cannot have. */
export const guestFormatOf = (name: string): GuestFormat | null =>
  FORMATS_BY_NAME.get(name.toLowerCase()) ?? null;

/** Most that one question may take; beyond any of them it ends in an error. */
export type GuestLimits = {
  /** from the question to the last byte taken, waiting for a turn included */
  timeMs: number;
  memoryBytes: number;
  resultRows: number;
  /** rows after which the answer, or each branch of a union, ends without an error; 0 or nothing is all of it */
  firstRows?: number;
  resultBytes: number;
  readRows: number;
  threads: number;
};

/** One question of somebody outside, already printed by us from a tree of ours. */
export type GuestQuestion = {
  /** one select, without FORMAT, SETTINGS or INTO */
  sql: string;
  format: GuestFormat;
  /** settings of `GUEST_FORMAT_SETTINGS` */
  formatSettings?: Readonly<Record<string, string | number>>;
  /** tables it may read, as `fuse.indicator_month` */
  tables: readonly string[];
  /** conditions that the engine itself puts on every read of a table, whatever the select says */
  filters: Readonly<Record<string, string>>;
  limits: GuestLimits;
  /** who asks: turns are shared out between them */
  actor: string;
  signal?: AbortSignal;
  /** gets a function that tells what the engine has done so far, when the engine begins */
  watch?: (now: () => GuestSummary) => void;
};

export type GuestSummary = {
  /** what the engine has told so far; on the embedded engine short questions end before it tells */
  readRows: number;
  readBytes: number;
  /** known when the last chunk was taken */
  resultRows: number;
  /** bytes given out, in the format asked for */
  resultBytes: number;
  elapsedNs: number;
};

export type GuestAnswer = {
  /** The bytes of the answer, whole and in order. The engine waits while nobody takes them. May be read once. */
  chunks: AsyncIterable<Uint8Array>;
  /** the same bytes, where all of them are here already */
  whole?: Uint8Array;
  summary(): GuestSummary;
};

/**
 * Questions of others, asked in sessions of their own: checked by the engine's own parser, read-only, under limits and row
 * filters that they cannot change, a few at once and in turns by actor.
 */
export type Guests = {
  /**
   * Resolves when the first bytes are there or all is answered, so that what goes wrong before is thrown here.
   * @throws AppError GUEST_REFUSED (not one plain select over its tables), SQL_FAILED (the engine's own complaint), QUERY_TIMEOUT,
   * RESULT_TOO_LARGE, QUERY_TOO_HEAVY, RATE_LIMITED (too many wait), ENGINE_UNAVAILABLE; also from `chunks`
   */
  ask(question: GuestQuestion): Promise<GuestAnswer>;
};
