import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Auth } from '#platform/auth/auth.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Log } from '#platform/log/log.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { answerQuestion } from './answering.service.ts';

/** A query may stand in the address; ClickHouse's own limit is 1 MiB, Node holds address and headers together. */
const HEAD_BYTES_MAX = 262_144;
const HEAD_TIMEOUT_MS = 20_000;
const REQUEST_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_MS = 10_000;
const CONNECTIONS_MAX = 1_000;
const HEADERS_MAX = 100;
/** Questions of one actor in hand at once, those that wait for their turn included. */
const QUESTIONS_OF_ACTOR_MAX = 100;
const STOP_WAIT_MS = 5_000;

/** The door for clients of ClickHouse. */
export type SqlDoor = {
  /** Resolves with the TCP port. @throws CONFIG_INVALID when it cannot be listened on */
  start(): Promise<number>;
  /** Takes nothing new, lets answers under way end for five seconds, then cuts them. */
  stop(): Promise<void>;
};

/**
 * Speaks ClickHouse's HTTP interface over the gateway on a port of its own: `/`, `/ping`, `/replicas_status`. Every question brings its
 * credentials; nothing is kept between two of them.
 */
export function createSqlDoor(parts: {
  gateway: Gateway;
  auth: Auth;
  config: { host: string; sqlPort: number };
  log: Log;
}): SqlDoor {
  const { gateway, auth, config, log } = parts;
  const queriesOf = createCount();
  const server = createServer(
    {
      maxHeaderSize: HEAD_BYTES_MAX,
      headersTimeout: HEAD_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      requireHostHeader: true,
    },
    (request, response) => {
      serve({ gateway, auth, log, queriesOf }, request, response).catch((error: unknown) => {
        log.error({ err: error }, 'a question over SQL failed');
        response.destroy();
      });
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  server.maxHeadersCount = HEADERS_MAX;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const status =
      error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    else socket.destroy();
  });
  return {
    async start() {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(config.sqlPort, config.host, () => resolve());
      }).catch((cause: Error) => {
        throw new AppError(
          'CONFIG_INVALID',
          {},
          { cause, details: [{ path: 'sqlPort', message: cause.message }] },
        );
      });
      const { port } = server.address() as AddressInfo;
      log.info({ port }, 'SQL is served');
      return port;
    },
    async stop() {
      if (!server.listening) return;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      const hurry = setTimeout(() => server.closeAllConnections(), STOP_WAIT_MS);
      await closed;
      clearTimeout(hurry);
    },
  };
}

type Serving = Parameters<typeof answerQuestion>[0];

async function serve(parts: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'; sandbox");
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Referrer-Policy', 'no-referrer');
  const address = addressOf(request.url ?? '/');
  if (address === null) return plain(response, 400, 'Bad Request\n');
  const { method = '' } = request;
  if (!['GET', 'HEAD', 'POST'].includes(method)) {
    response.setHeader('Allow', 'GET, HEAD, POST');
    return plain(response, 405, 'Method Not Allowed\n');
  }
  if (address.pathname === '/ping' || address.pathname === '/replicas_status')
    return plain(response, 200, 'Ok.\n');
  if (address.pathname !== '/')
    return plain(response, 404, `There is no handle ${address.pathname.slice(0, 60)}\n`);
  if (method !== 'POST' && !address.searchParams.has('query')) return plain(response, 200, 'Ok.\n');
  return answerQuestion(parts, { request, response, address });
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  response.writeHead(status).end(text);
}

/** null for a target that is no address of ours, and for bytes that are no UTF-8: they would be something else afterwards. */
function addressOf(target: string): URL | null {
  if (!target.startsWith('/') || !URL.canParse(target, 'http://sql')) return null;
  try {
    decodeURIComponent(target.replaceAll('+', ' '));
  } catch {
    return null;
  }
  return new URL(`http://sql${target}`);
}

/** Counts what is in hand by actor. The answer of `begin` ends it. */
function createCount(): (scope: Scope) => () => void {
  const inHand = new Map<string, number>();
  return ({ actor }) => {
    const key = `${actor.kind}:${actor.id}`;
    const before = inHand.get(key) ?? 0;
    if (before >= QUESTIONS_OF_ACTOR_MAX) throw new AppError('RATE_LIMITED', { seconds: 1 });
    inHand.set(key, before + 1);
    return () => {
      const left = (inHand.get(key) ?? 1) - 1;
      if (left > 0) inHand.set(key, left);
      else inHand.delete(key);
    };
  };
}
