import type { Locale } from '@ronghe/contracts';
import { AppError, errorBody } from '#platform/errors/errors.ts';

/** An error as ClickHouse's HTTP interface gives it. */
export type ClickHouseError = { status: number; code: number; text: string };

type Named = readonly [code: number, name: string];
/** What our own errors are called there. Source: src/Common/ErrorCodes.cpp of ClickHouse. */
const NAMES: Partial<Record<AppError['code'], Named>> = {
  LOGIN_REQUIRED: [194, 'REQUIRED_PASSWORD'],
  LOGIN_FAILED: [516, 'AUTHENTICATION_FAILED'],
  LOGIN_LOCKED: [516, 'AUTHENTICATION_FAILED'],
  PERMISSION_MISSING: [497, 'ACCESS_DENIED'],
  GUEST_REFUSED: [497, 'ACCESS_DENIED'],
  SHARE_PURPOSE_NEEDED: [497, 'ACCESS_DENIED'],
  RATE_LIMITED: [202, 'TOO_MANY_SIMULTANEOUS_QUERIES'],
  SHARE_QUOTA_USED: [201, 'QUOTA_EXCEEDED'],
  QUERY_TIMEOUT: [159, 'TIMEOUT_EXCEEDED'],
  RESULT_TOO_LARGE: [396, 'TOO_MANY_ROWS_OR_BYTES'],
  QUERY_TOO_HEAVY: [241, 'MEMORY_LIMIT_EXCEEDED'],
  REQUEST_INVALID: [36, 'BAD_ARGUMENTS'],
  REQUEST_TOO_LARGE: [62, 'SYNTAX_ERROR'],
  REQUEST_NOT_UNDERSTOOD: [271, 'CANNOT_DECOMPRESS'],
  NOT_FOUND: [60, 'UNKNOWN_TABLE'],
  ENGINE_UNAVAILABLE: [279, 'ALL_CONNECTION_TRIES_FAILED'],
};
const UNKNOWN: Named = [1002, 'UNKNOWN_EXCEPTION'];

/** ClickHouse's HTTP status of an error number, for those we give; 500 otherwise. Source: exceptionCodeToHTTPStatus. */
const STATUSES: Readonly<Record<number, number>> = {
  194: 401,
  ...Object.fromEntries([192, 193, 516].map((code) => [code, 403])),
  ...Object.fromEntries([6, 25, 26, 27, 38, 41, 53, 62, 72, 117, 168, 167].map((code) => [code, 400])),
  ...Object.fromEntries([46, 47, 50, 60, 63, 73, 81, 115].map((code) => [code, 404])),
  48: 501,
  159: 408,
  202: 503,
  279: 503,
  497: 403,
};

/** The status of errors that ClickHouse does not have, or has with 500 where clients are helped by more. */
const OWN_STATUSES = new Set<AppError['code']>(['REQUEST_TOO_LARGE', 'RATE_LIMITED', 'REQUEST_INVALID']);

/**
 * `Code: 60. DB::Exception: …. (UNKNOWN_TABLE)`. What is not an error for callers tells nothing but the request it belongs to.
 */
export function toClickHouseError(
  thrown: unknown,
  { locale, requestId }: { locale: Locale; requestId: string },
): ClickHouseError {
  const error = thrown instanceof AppError ? thrown : new AppError('INTERNAL');
  const [code, name] = namedOf(error);
  const { message, hint, details } = errorBody(error, { locale, requestId }).error;
  const said = error.code === 'SQL_FAILED' ? String(error.values.reason) : message;
  const more =
    error.code === 'INTERNAL' ? ` (request ${requestId})` : error.code === 'SQL_FAILED' ? '' : `. ${hint}`;
  const faults = (details ?? []).map(({ path, message: fault }) => ` ${path}: ${fault}`).join(';');
  const status = OWN_STATUSES.has(error.code) ? error.status : (STATUSES[code] ?? 500);
  return { status, code, text: oneLine(`Code: ${code}. DB::Exception: ${said}${faults}${more}. (${name})`) };
}

function namedOf(error: AppError): Named {
  if (error.code === 'SQL_FAILED') return [Number(error.values.number), String(error.values.name)];
  if (error.code === 'SQL_REFUSED')
    return [Number(error.values.clickhouseCode ?? 62), String(error.values.clickhouseName ?? 'SYNTAX_ERROR')];
  return NAMES[error.code] ?? UNKNOWN;
}

/** An error of a parameter that ClickHouse would have with its own number. */
export const failed = (number: number, name: string, reason: string): AppError =>
  new AppError('SQL_FAILED', { number, name, reason });

const oneLine = (text: string): string => text.replace(/\p{Cc}+/gu, ' ').replaceAll('..', '.');

/**
 * What is written behind a part of an answer when the rest fails: clients look for the tag of the header at the very end of the body.
 * The length counts the message with its line break. Source: clickhouse.com/docs, HTTP interface, since 25.11.
 */
export const exceptionTail = (tag: string, text: string): string =>
  `\r\n__exception__\r\n${tag}\r\n${text}\n${Buffer.byteLength(text) + 1} ${tag}\r\n__exception__\r\n`;
