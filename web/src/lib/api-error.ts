import type { ErrorBody } from '@ronghe/contracts';

/** Code of an answer that never came: the network or the server is down. */
export const NETWORK_CODE = 'NETWORK';
/** Code of an answer that is not in the house's shape, such as a proxy's error page. */
export const ANSWER_CODE = 'ANSWER_NOT_UNDERSTOOD';

type ApiErrorInput = {
  status: number;
  code: string;
  message: string;
  hint: string;
  requestId: string | null;
  details?: { path: string; message: string }[] | undefined;
};

/** What the portal knows of a refused or failed request; `message` and `hint` come in the caller's language. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string;
  readonly requestId: string | null;
  readonly details: { path: string; message: string }[];

  constructor(input: ApiErrorInput) {
    super(input.message);
    this.name = 'ApiError';
    this.status = input.status;
    this.code = input.code;
    this.hint = input.hint;
    this.requestId = input.requestId;
    this.details = input.details ?? [];
  }
}

/** What a refusal says of single places; nothing for other failures. */
export const detailsOf = (error: unknown): readonly { path: string; message: string }[] =>
  error instanceof ApiError ? error.details : [];

/** True when the text is an error answer of the house. */
export function isErrorBody(body: unknown): body is ErrorBody {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false;
  const { error } = body;
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error;
}
