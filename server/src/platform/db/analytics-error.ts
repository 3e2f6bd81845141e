import { AppError } from '#platform/errors/errors.ts';

/** An error of ClickHouse itself (a wrong statement, a missing table): a fault of ours, with ClickHouse's own number. */
export class AnalyticsError extends Error {
  readonly clickhouseCode: number | null;

  constructor(message: string, clickhouseCode: number | null, cause: unknown) {
    super(message, { cause });
    this.name = 'AnalyticsError';
    this.clickhouseCode = clickhouseCode;
  }
}

/** Limits a statement ran under; they fill the texts of the errors a caller meets. */
export type Limits = { timeoutMs: number; rowsMax: number };

export const queryTimeout = ({ timeoutMs }: Limits, cause?: unknown): AppError =>
  new AppError('QUERY_TIMEOUT', { seconds: timeoutMs / 1000 }, { cause });

/**
 * ClickHouse's numbers, equal on chDB and on a server, as errors a caller can act on: 159 and 394 time, 396 rows,
 * 241 memory; everything else is an AnalyticsError.
 * Source: src/Common/ErrorCodes.cpp of ClickHouse.
 */
export function toAnalyticsError(error: unknown, limits: Limits): Error {
  // a TypeError is our own: columns or names refused before the engine saw them
  if (error instanceof AppError || error instanceof TypeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error, message);
  if (code === 159 || code === 394) return queryTimeout(limits, error);
  if (code === 396) return new AppError('RESULT_TOO_LARGE', { max: limits.rowsMax }, { cause: error });
  if (code === 241) return new AppError('QUERY_TOO_HEAVY', {}, { cause: error });
  return new AnalyticsError(message, code, error);
}

function codeOf(error: unknown, message: string): number | null {
  const fields = error as { clickhouseCode?: unknown; code?: unknown } | null;
  const told = Number(fields?.clickhouseCode ?? fields?.code ?? Number.NaN);
  if (Number.isInteger(told)) return told;
  const match = /Code: (\d+)\./.exec(message);
  return match ? Number(match[1]) : null;
}
