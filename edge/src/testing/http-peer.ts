import { Agent, createServer, type IncomingHttpHeaders, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came over the wire. */
export type SeenRequest = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
};
export type PeerAnswer = { status?: number; headers?: Record<string, string>; body?: unknown };

/** A web service to be asked, for tests. */
export type HttpPeer = {
  port: number;
  url: string;
  /** What was asked, in order; the newest thousand. */
  seen: SeenRequest[];
  /** Decides over every answer; null leaves the request without one. A body that is no text or bytes goes out as JSON. */
  answer: (request: SeenRequest) => PeerAnswer | null;
  /** Sets the value that `/value` tells with the time of asking, as a device does that measures when asked. */
  set(value: number): void;
  stop(): Promise<void>;
};

const SEEN_MAX = 1_000;

/** On a free or given port of the loopback interface. */
export async function startHttpPeer(port = 0): Promise<HttpPeer> {
  let value = 0;
  const peer: Pick<HttpPeer, 'seen' | 'answer'> = {
    seen: [],
    answer: () => ({ body: { measured: { at: new Date().toISOString(), value } } }),
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://peer');
      const seen: SeenRequest = {
        method: request.method ?? '',
        path: pathname,
        query: searchParams,
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      peer.seen.push(seen);
      if (peer.seen.length > SEEN_MAX) peer.seen.shift();
      const answer = peer.answer(seen);
      if (answer === null) return;
      const { status = 200, headers = {}, body = '' } = answer;
      const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(bytes);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const actual = (server.address() as AddressInfo).port;
  return Object.assign(peer, {
    port: actual,
    url: `http://127.0.0.1:${actual}`,
    set(to: number) {
      value = to;
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

/** What a device got for its request. */
export type Got = { status: number; headers: IncomingHttpHeaders; body: string };

/** One request of a device. Rejects when there is no answer. */
export function post(
  url: string,
  body: unknown,
  options: {
    headers?: Record<string, string>;
    method?: string;
    agent?: Agent;
    timeoutMs?: number;
    isChunked?: boolean;
  } = {},
): Promise<Got> {
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const { method = 'POST', agent, timeoutMs = 5_000, headers = {}, isChunked = false } = options;
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method,
      timeout: timeoutMs,
      headers: {
        'content-type': 'application/json',
        ...(isChunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': Buffer.byteLength(bytes) }),
        ...headers,
      },
      ...(agent === undefined ? {} : { agent }),
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    request.end(bytes);
  });
}

/** A device that sends its value again and again, whatever becomes of it. */
export type HttpDevice = { set(value: number): void; stop(): Promise<void> };

/** Sends `{measured: {at, value}}` to the address every `everyMs` over one kept connection. */
export function startHttpDevice(url: string, options: { everyMs?: number; token?: string } = {}): HttpDevice {
  const { everyMs = 100, token } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const stopping = new AbortController();
  let value = 0;
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const body = { measured: { at: new Date().toISOString(), value } };
      const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
      await post(url, body, { agent, headers, timeoutMs: 2_000 }).catch(() => null);
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  };
  const running = run();
  return {
    set(to) {
      value = to;
    },
    async stop() {
      stopping.abort();
      agent.destroy();
      await running;
    },
  };
}
