import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { AppError } from '#platform/errors/errors.ts';
import type { CheckedTarget } from '#platform/network/target-guard.ts';
import { type Refuse, targetOfUrl } from '#platform/network/targets.ts';

export const REQUEST_TIMEOUT_MS = 30_000;
export const ANSWER_BYTES_MAX = 32 * 1024 * 1024;
const SOCKETS_PER_HOST_MAX = 8;
const SOCKET_IDLE_MS = 5_000;

export type HttpOptions = {
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  /** from the first byte sent to the last byte read */
  timeoutMs?: number;
  /** of the answer, after decompression */
  bytesMax?: number;
  /** redirects followed within the same origin, of GET only; none by default */
  redirectsMax?: number;
};
export type HttpRequest = HttpOptions & { method?: 'GET' | 'POST'; body?: string | Buffer };
export type HttpAnswer = { status: number; headers: IncomingHttpHeaders; body: Buffer };
/** `body` must be read to its end or destroyed by leaving its loop. */
export type HttpStream = Omit<HttpAnswer, 'body'> & { body: AsyncIterable<Buffer> };

/**
 * An HTTP client that connects only to addresses that were checked, keeping the name for TLS (SNI, certificate) and `Host`.
 * Any status is an answer, except a redirect that is not followed.
 * @throws HttpFailed; what the room says of a target that is refused, also of a redirect to another origin
 */
export type PinnedHttp = {
  request(url: string, request?: HttpRequest): Promise<HttpAnswer>;
  get(url: string, options?: HttpOptions): Promise<HttpAnswer>;
  post(url: string, body: string | Buffer, options?: HttpOptions): Promise<HttpAnswer>;
  stream(url: string, request?: HttpRequest): Promise<HttpStream>;
};

/** A request without an answer; `again` when another attempt may succeed. */
export class HttpFailed extends Error {
  readonly again: boolean;
  constructor(reason: string, { again, cause }: { again: boolean; cause?: unknown }) {
    super(reason, { cause });
    this.name = 'HttpFailed';
    this.again = again;
  }
}

/** A name that leads nowhere, for the reason in the message. */
export class NameUnknown extends Error {
  constructor(reason: string, cause?: unknown) {
    super(`the name is not known: ${reason}`, { cause });
    this.name = 'NameUnknown';
  }
}

type Demand = (host: string, port: number) => Promise<CheckedTarget>;

export function createPinnedHttp(demand: Demand, refuse: Refuse): PinnedHttp & { close(): void } {
  const options = {
    keepAlive: true,
    maxSockets: SOCKETS_PER_HOST_MAX,
    maxFreeSockets: SOCKETS_PER_HOST_MAX,
    timeout: SOCKET_IDLE_MS,
  };
  const agents = { 'http:': new http.Agent(options), 'https:': new https.Agent(options) };

  async function stream(address: string, request: HttpRequest = {}): Promise<HttpStream> {
    const limit = startLimit(request);
    try {
      let url = new URL(address);
      for (let followed = 0; ; followed += 1) {
        limit.check();
        const answer = await open(url, request, limit);
        const next = redirectOf(url, answer, refuse);
        if (next === null) return { ...headOf(answer), body: bodyOf(answer, request, limit) };
        answer.destroy();
        if (request.method === 'POST' || followed >= (request.redirectsMax ?? 0))
          throw new HttpFailed('the system answered with a redirect; enter the final address', {
            again: false,
          });
        url = next;
      }
    } catch (error) {
      limit.end();
      throw limit.explain(error);
    }
  }

  async function open(url: URL, request: HttpRequest, limit: Limit): Promise<IncomingMessage> {
    const target = targetOfUrl(url, refuse);
    const { addresses } = await demandReachable(demand, target);
    const secure = url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const sent = (secure ? https : http).request(
        url,
        {
          method: request.method ?? 'GET',
          headers: { 'accept-encoding': 'gzip, deflate, br', accept: '*/*', ...request.headers },
          agent: secure ? agents['https:'] : agents['http:'],
          lookup: lookupOf(addresses),
          signal: limit.signal,
        },
        resolve,
      );
      sent.on('error', reject);
      sent.end(request.body);
    });
  }

  async function request(url: string, options: HttpRequest = {}): Promise<HttpAnswer> {
    const { body, ...head } = await stream(url, options);
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return { ...head, body: Buffer.concat(chunks) };
  }

  return {
    request,
    stream,
    get: (url, given) => request(url, { ...given, method: 'GET' }),
    post: (url, body, given) => request(url, { ...given, method: 'POST', body }),
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** A name that is not known now may be known in a moment, so it counts as any other failure of the network. */
async function demandReachable(demand: Demand, { host, port }: { host: string; port: number }) {
  try {
    return await demand(host, port);
  } catch (error) {
    if (!(error instanceof NameUnknown)) throw error;
    throw new HttpFailed(error.message, { again: true, cause: error });
  }
}

/** Answers a connection's question for the name with what was checked, whatever the name server says by now. */
const lookupOf =
  (addresses: CheckedTarget['addresses']): LookupFunction =>
  (_host, options, answer) => {
    const [first] = addresses;
    if (options.all) answer(null, [...addresses]);
    else if (first) answer(null, first.address, first.family);
  };

/** Where a redirect leads within the same origin; null when the answer is none. */
function redirectOf(from: URL, { statusCode = 0, headers }: IncomingMessage, refuse: Refuse): URL | null {
  if (statusCode < 300 || statusCode >= 400 || statusCode === 304) return null;
  const { location = '' } = headers;
  const target = URL.canParse(location, from.href) ? new URL(location, from) : from;
  if (target.origin !== from.origin) throw refuse(target.host || target.protocol);
  return target;
}

const headOf = ({ statusCode = 0, headers }: IncomingMessage) => ({ status: statusCode, headers });

async function* bodyOf(
  answer: IncomingMessage,
  { bytesMax = ANSWER_BYTES_MAX }: HttpRequest,
  limit: Limit,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  try {
    for await (const chunk of inflated(answer) as AsyncIterable<Buffer>) {
      bytes += chunk.byteLength;
      if (bytes > bytesMax)
        throw new HttpFailed(`an answer is over ${bytesMax} bytes; use smaller pages`, { again: false });
      yield chunk;
    }
  } catch (error) {
    throw limit.explain(error);
  } finally {
    limit.end();
    if (!answer.complete) answer.destroy();
  }
}

function inflated(answer: IncomingMessage): Readable {
  const encoding = answer.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return answer;
  const packed = {
    gzip: createGunzip,
    'x-gzip': createGunzip,
    deflate: createInflate,
    br: createBrotliDecompress,
  };
  if (!(encoding in packed))
    throw new HttpFailed(`the answer is packed as ${encoding.slice(0, 40)}, which is not read`, {
      again: false,
    });
  const stream = packed[encoding as keyof typeof packed]();
  answer.on('error', (error) => stream.destroy(error));
  answer.on('aborted', () => stream.destroy(new Error('the connection broke off')));
  return answer.pipe(stream);
}

type Limit = ReturnType<typeof startLimit>;

/** The time a request may take and its caller's signal as one; `explain` says which of them ended it. */
function startLimit({ signal, timeoutMs = REQUEST_TIMEOUT_MS }: HttpOptions) {
  const controller = new AbortController();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    controller.abort();
  }, timeoutMs);
  const stop = () => controller.abort();
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  return {
    signal: controller.signal,
    check: () => signal?.throwIfAborted(),
    end() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    },
    explain(error: unknown): unknown {
      if (signal?.aborted) return signal.reason;
      if (late)
        return new HttpFailed(`no answer within ${timeoutMs / 1000} s`, { again: true, cause: error });
      if (error instanceof HttpFailed || error instanceof AppError) return error;
      const { code, message } = error as NodeJS.ErrnoException;
      // what Node refuses to send is our fault or the source's, and the same every time
      const again = !/^ERR_(?:INVALID|UNESCAPED|HTTP)/.test(code ?? '');
      return new HttpFailed(code ?? message, { again, cause: error });
    },
  };
}
