import type { TFunction } from 'i18next';
import { ANSWER_CODE, ApiError, NETWORK_CODE } from './api-error.ts';

export type ErrorText = { message: string; hint: string; requestId: string | null; details: string[] };

/** Says plainly what went wrong. The server's own words come in the caller's language; the rest is said here. */
export function errorText(error: unknown, t: TFunction): ErrorText {
  if (!(error instanceof ApiError)) {
    return {
      message: error instanceof Error ? error.message : String(error),
      hint: '',
      requestId: null,
      details: [],
    };
  }
  const own =
    error.code === NETWORK_CODE
      ? t('state.network')
      : error.code === ANSWER_CODE
        ? t('state.answer', { status: error.status })
        : error.message;
  return {
    message: own,
    hint: error.hint,
    requestId: error.requestId,
    details: error.details.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)),
  };
}

/** True when the server refused for lack of a permission. */
export const isForbidden = (error: unknown): boolean => error instanceof ApiError && error.status === 403;
