import type { Log } from '#platform/log/log.ts';

/** Rows of a source in the order it gives them, one page at a time. */
export type SourceReader = {
  /**
   * Reads everything once. Ends when the source has no more; a reader that cannot be sure of having read everything
   * throws, because a row that is not delivered counts as gone.
   * @throws AppError SOURCE_UNREACHABLE, SOURCE_TARGET_REFUSED, SOURCE_ROW_INVALID, SOURCE_TOO_LARGE
   */
  pages(signal: AbortSignal): AsyncIterable<SourcePage>;
};

/** `share` is how much has been read, 0 to 1, null when unknown. */
export type SourcePage = { rows: readonly unknown[]; share: number | null };

/** Named limits of reading one source. */
export type ReadLimits = { rowsMax: number };
export type ReaderContext = { source: string; limits: ReadLimits; log: Log };
