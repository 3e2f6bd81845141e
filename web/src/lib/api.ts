import { ANSWER_CODE, ApiError, isErrorBody, NETWORK_CODE } from './api-error.ts';

/** Values of a query string; null, undefined and empty text are left out. */
export type QueryValues = Readonly<Record<string, string | number | boolean | null | undefined>>;
type Method = 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** Longest wait for an answer before the portal gives up and says so. */
export const ANSWER_MS_MAX = 30_000;
/** Longest wait for the first byte of a file, which the server may have to make. */
export const FILE_MS_MAX = 300_000;

/** Address with its query string, stable in order so that it can serve as a cache key. */
export function urlOf(path: string, query: QueryValues = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Reads. @throws ApiError */
export const getJson = <Answer>(
  path: string,
  query: QueryValues = {},
  signal?: AbortSignal,
): Promise<Answer> => request<Answer>(urlOf(path, query), { method: 'GET', ...(signal ? { signal } : {}) });

type SendOptions = { body?: unknown; waitMsMax?: number | undefined; signal?: AbortSignal };

/**
 * Changes; the header proves to the server that the request comes from the portal itself. Waits up to `waitMsMax` for
 * what takes long by nature. @throws ApiError
 */
export const sendJson = <Answer>(
  method: Method,
  path: string,
  { body, waitMsMax, signal }: SendOptions = {},
): Promise<Answer> =>
  request<Answer>(
    path,
    {
      method,
      headers: {
        'x-ronghe-csrf': '1',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    },
    waitMsMax,
  );

/** Hands a file over as a form with one file. @throws ApiError */
export const sendFile = <Answer>(path: string, query: QueryValues, file: File): Promise<Answer> => {
  const body = new FormData();
  body.append('file', file);
  return request<Answer>(
    urlOf(path, query),
    { method: 'POST', headers: { 'x-ronghe-csrf': '1' }, body },
    FILE_MS_MAX,
  );
};

/** Fetches a file. @throws ApiError */
export async function getFile(
  path: string,
  query: QueryValues = {},
): Promise<{ blob: Blob; name: string | null }> {
  const response = await answerOf(urlOf(path, query), { method: 'GET' }, FILE_MS_MAX);
  const disposition = response.headers.get('content-disposition') ?? '';
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1];
  const plain = /filename="?([^";]+)"?/i.exec(disposition)?.[1];
  return { blob: await response.blob(), name: encoded ? decodeURIComponent(encoded) : (plain ?? null) };
}

async function request<Answer>(url: string, init: RequestInit, waitMsMax?: number): Promise<Answer> {
  const response = await answerOf(url, init, waitMsMax);
  if (response.status === 204) return undefined as Answer;
  const text = await response.text();
  if (text === '') return undefined as Answer;
  const body = parsed(text);
  if (body === undefined) throw notUnderstood(response);
  return body as Answer;
}

async function answerOf(url: string, init: RequestInit, waitMsMax = ANSWER_MS_MAX): Promise<Response> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), waitMsMax);
  const outer = init.signal;
  const forward = () => timeout.abort();
  outer?.addEventListener('abort', forward);
  try {
    const response = await fetch(url, {
      ...init,
      signal: timeout.signal,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        'accept-language': document.documentElement.lang,
        ...init.headers,
      },
    });
    if (!response.ok) throw await errorOf(response);
    return response;
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    // A request that the page itself gave up is no error to show.
    if (outer?.aborted) throw cause;
    throw new ApiError({ status: 0, code: NETWORK_CODE, message: '', hint: '', requestId: null });
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', forward);
  }
}

async function errorOf(response: Response): Promise<ApiError> {
  const body = parsed(await response.text());
  if (!isErrorBody(body)) return notUnderstood(response);
  const { code, message, hint, requestId, details } = body.error;
  return new ApiError({ status: response.status, code, message, hint, requestId, details });
}

const notUnderstood = (response: Response): ApiError =>
  new ApiError({
    status: response.status,
    code: ANSWER_CODE,
    message: '',
    hint: '',
    requestId: response.headers.get('x-request-id'),
  });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
