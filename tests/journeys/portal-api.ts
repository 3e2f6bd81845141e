import type { LatestValue } from '@ronghe/contracts';

/** The platform as a signed-in caller meets it over HTTP. */
export type Caller = {
  get<Answer>(path: string): Promise<Answer>;
  post<Answer>(path: string, body: unknown): Promise<Answer>;
  /** The status of an answer, whatever it is. */
  status(path: string, init?: RequestInit): Promise<number>;
  /** Follows the live values of points until one fits; resolves with the milliseconds it took. */
  follow(
    points: readonly number[],
    fits: (value: LatestValue) => boolean,
    act: () => Promise<void>,
  ): Promise<number>;
};

export async function signIn(url: string, username: string, password: string): Promise<Caller> {
  const login = await fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  if (!login.ok) throw new Error(`signing in as ${username}: ${login.status} ${await login.text()}`);
  const { token } = (await login.json()) as { token: string };
  const headers = { authorization: `Bearer ${token}` };
  const call = async (path: string, init: RequestInit = {}) =>
    fetch(`${url}${path}`, { ...init, headers: { ...headers, ...init.headers } });
  const answer = async (path: string, init?: RequestInit) => {
    const response = await call(path, init);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  return {
    get: async <Answer>(path: string) => (await answer(path)) as Answer,
    post: async <Answer>(path: string, body: unknown) =>
      (await answer(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })) as Answer,
    status: async (path, init) => (await call(path, init)).status,
    async follow(points, fits, act) {
      const stop = new AbortController();
      const stream = await call(`/api/ingest/live?points=${points.join(',')}`, { signal: stop.signal });
      if (!stream.ok || !stream.body) throw new Error(`the live stream answered ${stream.status}`);
      const found = firstFitting(stream.body, fits);
      await act();
      const startedMs = performance.now();
      try {
        await found;
        return performance.now() - startedMs;
      } finally {
        stop.abort();
      }
    },
  };
}

async function firstFitting(
  body: ReadableStream<Uint8Array>,
  fits: (value: LatestValue) => boolean,
): Promise<void> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const data = /^data: ?(.*)$/m.exec(event)?.[1];
      if (data && (JSON.parse(data) as LatestValue[]).some(fits)) return;
    }
  }
  throw new Error('the live stream ended');
}
