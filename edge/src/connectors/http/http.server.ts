import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { unpackBody } from './http.client.ts';
import type { HttpPush } from './http.config.ts';
import { decodeBody } from './http.decode.ts';

/** Most bytes of all headers of a request. */
const HEADER_BYTES_MAX = 16_384;
/** An idle connection is kept for the next request as long as this. */
const KEEP_ALIVE_MS = 30_000;
/** How long the rest of a body is let in that is refused. */
const LINGER_MS = 2_000;
/** How often Node looks for connections that took too long; its own default is half a minute. */
const CHECK_EVERY_MS = 1_000;

/** What to answer instead of 204, with words for who maintains the device. */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly faults: readonly string[];
  constructor(
    status: number,
    detail: string,
    more: { headers?: Record<string, string>; faults?: readonly string[] } = {},
  ) {
    super(detail);
    this.name = 'Refusal';
    this.status = status;
    this.headers = more.headers ?? {};
    this.faults = more.faults ?? [];
  }
}

/** One open port. */
export type Listening = {
  /** Resolves with the reason when the server ends by itself. */
  ended: Promise<Error>;
  /** Ends open requests and connections at once. */
  close(): Promise<void>;
};

/**
 * Listens; rejects with what the system says when it cannot. `take` gets the JSON of each request that may pass, and whose, and
 * throws Refusal for what it does not understand; when it resolves, the request is answered 204. `onRefused` is told of
 * every other answer.
 */
export async function listen(options: {
  config: HttpPush;
  take: (json: unknown, from: string | undefined) => Promise<void> | void;
  onRefused: (refusal: { status: number; detail: string; from: string | undefined }) => void;
}): Promise<Listening> {
  const { config } = options;
  const { protocol, hostname, port, pathname } = new URL(config.listen);
  const admit = createAdmission(config, pathname);
  const limits = {
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: config.timeoutMs,
    requestTimeout: config.timeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, config.timeoutMs),
  };
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, async () => {
      admit(request);
      // Who asks before it sends a large body (RFC 9110, section 10.1.1) has been let in now.
      if (request.headers.expect !== undefined) response.writeContinue();
      const body = await collect(request, config.bodyBytesMax);
      const json = readJson(await unpacked(request, body, config.bodyBytesMax), request);
      await options.take(json, request.socket.remoteAddress);
    }).then(
      (refusal) => {
        if (refusal !== null)
          options.onRefused({
            status: refusal.status,
            detail: refusal.message,
            from: request.socket.remoteAddress,
          });
        reply(request, response, refusal);
      },
      // The peer went away in the middle of its request, and nobody is left to be told.
      () => response.destroy(),
    );
  };
  const server =
    protocol === 'https:' ? await secureServer(config, limits, handle) : createServer(limits, handle);
  server.on('checkContinue', handle);
  server.maxConnections = config.connectionsMax;
  const ended = new Promise<Error>((resolve) => {
    server.once('close', () => resolve(new Error('the port was closed')));
    server.on('error', resolve);
  });
  await new Promise<void>((resolve, reject) => {
    void ended.then(reject);
    server.listen(
      { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || (protocol === 'https:' ? 443 : 80)) },
      resolve,
    );
  });
  return { ended, close: () => closed(server) };
}

async function secureServer(
  config: HttpPush,
  limits: object,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  const { certFile = '', keyFile = '' } = config.tls;
  const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)]);
  return createSecureServer({ ...limits, cert, key, minVersion: 'TLSv1.2' }, handle);
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/** What stands in the way of a request, from the cheapest to the dearest question; nothing of its body is read before. */
function createAdmission(config: HttpPush, path: string): (request: IncomingMessage) => void {
  const proves = createProof(config.authentication);
  const bucket = createBucket(config.requestsPerSecondMax);
  const { kind } = config.authentication;
  const challenge = kind === 'basic' ? 'Basic realm="collector", charset="UTF-8"' : 'Bearer';
  return (request) => {
    if (pathOf(request.url) !== path) throw new Refusal(404, 'there is nothing at this path');
    if (request.method !== 'POST' && request.method !== 'PUT')
      throw new Refusal(405, 'send with POST', { headers: { allow: 'POST, PUT' } });
    // Devices send no Origin; a page in a browser of this machine does, and must not make up readings.
    if (request.headers.origin !== undefined) throw new Refusal(403, 'browsers may not send readings');
    if (!proves(request))
      throw new Refusal(401, 'wrong or missing credentials', { headers: { 'www-authenticate': challenge } });
    if (!bucket.take())
      throw new Refusal(429, `at most ${config.requestsPerSecondMax} requests in a second`, {
        headers: { 'retry-after': '1' },
      });
    const type = request.headers['content-type'];
    if (type !== undefined && !/^application\/(?:[\w.+-]*\+)?json\b/i.test(type))
      throw new Refusal(415, 'the content type must be application/json');
    if (Number(request.headers['content-length'] ?? 0) > config.bodyBytesMax)
      throw tooLarge(config.bodyBytesMax);
  };
}

const tooLarge = (bytesMax: number): Refusal => new Refusal(413, `a body has at most ${bytesMax} bytes`);

const pathOf = (url: string | undefined): string | null =>
  url !== undefined && URL.canParse(url, 'http://host') ? new URL(url, 'http://host').pathname : null;

/** Whether a request proves itself; compares digests, so that the time tells nothing of the secret or its length. */
function createProof(authentication: HttpPush['authentication']): (request: IncomingMessage) => boolean {
  const { kind, username = '', password = '', token = '', header } = authentication;
  if (kind === 'none') return () => true;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(kind === 'basic' ? `${username}:${password}` : token);
  return ({ headers }) => {
    const given = headers[kind === 'basic' ? 'authorization' : header];
    const text = typeof given === 'string' ? given : '';
    return timingSafeEqual(digest(secretOf(text, kind, header) ?? ''), expected);
  };
}

/** RFC 7617 for basic, RFC 6750 for bearer; any other header holds the bare token. */
function secretOf(text: string, kind: 'basic' | 'bearer', header: string): string | undefined {
  if (kind === 'basic') {
    const encoded = /^basic +([A-Za-z0-9+/=]+)$/i.exec(text)?.[1];
    return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8');
  }
  return header === 'authorization' ? /^bearer +(.+)$/i.exec(text)?.[1] : text;
}

/** So many in each second, and as many at once. */
export function createBucket(perSecond: number, nowMs: () => number = () => performance.now()) {
  let left = perSecond;
  let atMs = nowMs();
  return {
    take(): boolean {
      const now = nowMs();
      left = Math.min(perSecond, left + ((now - atMs) / 1_000) * perSecond);
      atMs = now;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}

/** What the work was refused for, or null. Rejects when the peer is gone before its request was whole. */
async function answer(request: IncomingMessage, work: () => Promise<void>): Promise<Refusal | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error;
    if (!request.complete) throw error;
    // A fault of ours; the device keeps its readings and may send them again.
    return new Refusal(500, error instanceof Error ? error.message : String(error));
  }
}

/** The body of a request as it was sent. Rejects with Refusal 413, or when the peer goes away. */
async function collect(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      // The rest is not kept; the answer goes out while it still comes in.
      if (bytes > bytesMax) reject(tooLarge(bytesMax));
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('close', () => reject(new Error('the request ended early')));
  });
}

async function unpacked(request: IncomingMessage, body: Buffer, bytesMax: number): Promise<Buffer> {
  try {
    return await unpackBody(body, request.headers['content-encoding'], bytesMax);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw detail.includes('larger') ? tooLarge(bytesMax) : new Refusal(415, detail);
  }
}

function readJson(body: Buffer, request: IncomingMessage): unknown {
  try {
    return decodeBody(body, request.headers['content-type']);
  } catch (error) {
    throw new Refusal(400, error instanceof Error ? error.message : String(error));
  }
}

/** 204, or the refusal as problem details (RFC 9457). A request that was not read to its end loses its connection. */
function reply(request: IncomingMessage, response: ServerResponse, refusal: Refusal | null): void {
  response.on('error', () => undefined);
  if (refusal === null) {
    response.writeHead(204).end();
    return;
  }
  const { status, message, faults } = refusal;
  const body = JSON.stringify({
    title: STATUS_CODES[status],
    status,
    detail: message,
    ...(faults.length > 0 ? { faults } : {}),
  });
  response
    .writeHead(status, {
      'content-type': 'application/problem+json',
      'content-length': Buffer.byteLength(body),
      ...refusal.headers,
      ...(request.complete ? {} : { connection: 'close' }),
    })
    .write(body);
  if (request.complete) response.end();
  else linger(request, response);
}

/**
 * Lets the rest of a refused body come in for a while, unread: a connection that is closed while the peer still sends
 * is reset, and the reset overtakes the answer (RFC 9112, section 9.6).
 */
function linger(request: IncomingMessage, response: ServerResponse): void {
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  request.once('end', end).once('close', end).resume();
}
