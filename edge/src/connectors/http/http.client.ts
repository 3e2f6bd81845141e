import { readFile } from 'node:fs/promises';
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Reached } from '../../link-health.ts';
import type { HttpPoll } from './http.config.ts';

const unpack = promisify(gunzip);
const REDIRECTS_MAX = 3;

export type Ask = {
  url: URL;
  method: 'GET' | 'POST';
  headers: Readonly<Record<string, string>>;
  body?: string | undefined;
};
export type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer };

export type Client = {
  /**
   * The answer of any status, after redirects on the same host. Rejects when there is no whole answer in time, when it
   * is larger than allowed, leads elsewhere, or the signal was aborted.
   */
  ask(ask: Ask, signal: AbortSignal): Promise<Answer>;
  close(): void;
};

type Limits = Pick<HttpPoll, 'connectTimeoutMs' | 'timeoutMs' | 'bodyBytesMax'> & { reached?: Reached };

/**
 * A client with one kept connection. Node's own http and https rather than its fetch, which takes no certificate
 * authority of a single peer and no time limit for connecting. Rejects when a PEM file cannot be read.
 */
export async function openClient(options: Limits & { tls: HttpPoll['tls'] }): Promise<Client> {
  const { caFile, certFile, keyFile } = options.tls;
  const pem = async (name: 'ca' | 'cert' | 'key', path: string | undefined) =>
    path === undefined ? {} : { [name]: await readFile(path) };
  const kept = { keepAlive: true, maxSockets: 1, maxFreeSockets: 1 };
  const secure = new SecureAgent({
    ...kept,
    ...(await pem('ca', caFile)),
    ...(await pem('cert', certFile)),
    ...(await pem('key', keyFile)),
  });
  const plain = new Agent(kept);
  return {
    async ask(ask, signal) {
      let url = ask.url;
      for (let redirects = 0; ; redirects += 1) {
        const agent = url.protocol === 'https:' ? secure : plain;
        const answer = await askAgain({ ...options, ...ask, url, agent, signal });
        const next = redirectOf(answer, url, ask.method);
        if (next === null) return answer;
        if (redirects >= REDIRECTS_MAX)
          throw new Error(`the peer redirects more than ${REDIRECTS_MAX} times`);
        url = next;
      }
    },
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}

/**
 * Where a 3xx leads (RFC 9110, section 15.4); null when it is none. Throws unless it is the same host: credentials and
 * questions are for the peer that was configured.
 */
function redirectOf(answer: Answer, from: URL, method: string): URL | null {
  const { location } = answer.headers;
  if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return null;
  if (!URL.canParse(location, from)) throw new Error(`status ${answer.status} leads to no address`);
  const to = new URL(location, from);
  if (to.origin !== from.origin)
    throw new Error(
      `status ${answer.status} leads to ${to.origin}, which is not followed; write that address`,
    );
  // These three make a GET of a POST, which asks something else.
  if (method === 'POST' && answer.status < 304)
    throw new Error(`status ${answer.status} after a POST is not followed; write the address it leads to`);
  return to;
}

type Sending = Ask & Limits & { agent: Agent; signal: AbortSignal };

/** Once more when a kept connection was closed just as we used it, which is nobody's failure. */
async function askAgain(sending: Sending): Promise<Answer> {
  const first = await askOnce(sending).catch((error: unknown) => {
    if (error instanceof ReusedSocketError) return null;
    throw error;
  });
  return first ?? askOnce(sending);
}

class ReusedSocketError extends Error {}

function askOnce(sending: Sending): Promise<Answer> {
  const { url, signal, connectTimeoutMs, timeoutMs } = sending;
  const send = url.protocol === 'https:' ? secureRequest : plainRequest;
  const body = sending.body === undefined ? null : Buffer.from(sending.body);
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Error('stopped'));
    const request = send(url, {
      agent: sending.agent,
      method: sending.method,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'gzip',
        ...sending.headers,
        ...(body === null ? {} : { 'content-length': body.length }),
      },
    });
    let answered = false;
    let sentMs = performance.now();
    const end = (reason: string) => () => request.destroy(new Error(reason));
    const stop = end('stopped');
    signal.addEventListener('abort', stop, { once: true });
    const whole = setTimeout(end(`no whole answer within ${timeoutMs} ms`), timeoutMs);
    const connecting = setTimeout(end(`no connection within ${connectTimeoutMs} ms`), connectTimeoutMs);
    const settled = () => {
      signal.removeEventListener('abort', stop);
      clearTimeout(whole);
      clearTimeout(connecting);
    };
    request.on('socket', (socket) => {
      const isUp = () => {
        clearTimeout(connecting);
        sentMs = performance.now();
        sending.reached?.({ address: socket.remoteAddress });
      };
      if (request.reusedSocket) return isUp();
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', isUp);
    });
    request.on('error', (error) => {
      settled();
      const isRace = request.reusedSocket && !answered && 'code' in error && error.code === 'ECONNRESET';
      reject(isRace ? new ReusedSocketError() : error);
    });
    request.on('response', (response) => {
      answered = true;
      sending.reached?.({ latencyMs: performance.now() - sentMs });
      collect(response, sending.bodyBytesMax)
        .then((answerBody) => ({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: answerBody,
        }))
        .then(resolve, (error: unknown) => {
          // The reason why the request was ended says more than that its answer was.
          reject(request.errored ?? error);
          request.destroy();
        })
        .finally(settled);
    });
    request.end(body ?? undefined);
  });
}

/** The whole body, unpacked; rejects when it is larger than allowed, packed or unpacked, or ends early. */
async function collect(response: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const tooLarge = () => new Error(`the answer is larger than ${bytesMax} bytes`);
  if (Number(response.headers['content-length'] ?? 0) > bytesMax) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge();
    chunks.push(chunk);
  }
  if (!response.complete) throw new Error('the answer ended early');
  return unpackBody(Buffer.concat(chunks), response.headers['content-encoding'], bytesMax);
}

/** Undoes gzip (RFC 9110, section 8.4.1.3). Rejects with a message for other codings and for too large a content. */
export async function unpackBody(
  body: Buffer,
  coding: string | undefined,
  bytesMax: number,
): Promise<Buffer> {
  const name = (coding ?? 'identity').trim().toLowerCase();
  if (name === 'identity' || name === '') return body;
  if (name !== 'gzip' && name !== 'x-gzip')
    throw new Error(`content coding ${name.slice(0, 40)} is not understood`);
  try {
    return await unpack(body, { maxOutputLength: bytesMax });
  } catch (error) {
    const isLarge = error instanceof RangeError;
    throw new Error(
      isLarge ? `the body is larger than ${bytesMax} bytes, unpacked` : 'the body is not gzip',
      {
        cause: error,
      },
    );
  }
}
