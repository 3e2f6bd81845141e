import { LoginAnswer } from '@ronghe/contracts';

const REQUEST_MS_MAX = 30_000;

/** What checks an answer: a schema of the contracts. */
export type Checked<Value> = { parse(value: unknown): Value };

/** The platform's HTTP API as the demo uses it, signed in. */
export type Api = {
  get<Value>(path: string, schema: Checked<Value>): Promise<Value>;
  post<Value>(path: string, body: unknown, schema: Checked<Value>): Promise<Value>;
};

/** An answer that was not a success. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Signs in and gives the API. @throws ApiError with status 401 when the password is wrong */
export async function signIn(url: string, login: { username: string; password: string }): Promise<Api> {
  const { token } = LoginAnswer.parse(
    await request(`${url}/api/auth/login`, { method: 'POST', body: login }),
  );
  return {
    get: async (path, schema) => schema.parse(await request(url + path, { method: 'GET', token })),
    post: async (path, body, schema) =>
      schema.parse(await request(url + path, { method: 'POST', token, body })),
  };
}

async function request(
  url: string,
  { method, body, token }: { method: string; body?: unknown; token?: string },
): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(REQUEST_MS_MAX),
  });
  const text = await response.text();
  if (!response.ok)
    throw new ApiError(
      response.status,
      `${method} ${new URL(url).pathname}: ${response.status} ${text.slice(0, 500)}`,
    );
  return text === '' ? null : JSON.parse(text);
}
