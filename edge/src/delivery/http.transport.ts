import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { BatchAnswer, ErrorBody } from '@ronghe/contracts';
import { z } from 'zod';
import { type Clock, systemClock } from '../clock.ts';
import { messageOf } from '../connection.ts';
import { createLinkHealth } from '../link-health.ts';
import { type Outcome, SEND_TIMEOUT_MS, type Transport } from './transport.ts';

/** A channel of undici, which is Node's fetch, and what is used of its messages (undici, docs/api/DiagnosticsChannel). */
const CONNECTED = 'undici:client:connected';
const Connected = z.object({
  connectParams: z.object({ hostname: z.string(), port: z.string() }),
  socket: z.object({ remoteAddress: z.string().optional() }),
});
/** A server that asks for a longer pause than this is asked again anyway. */
const RETRY_AFTER_MS_MAX = 300_000;
const ANSWER_LENGTH_MAX = 10_000;

/** Delivers with `POST {url}/api/ingest/batches`, JSON, gzip for larger bodies, the key as bearer token. */
export function createHttpTransport(options: {
  url: string;
  key: string;
  timeoutMs?: number;
  clock?: Clock;
}): Transport {
  const { clock = systemClock } = options;
  const address = `${options.url.replace(/\/+$/, '')}/api/ingest/batches`;
  const health = createLinkHealth();
  let peer: string | undefined;
  const unwatch = watchSockets(new URL(address), (to) => {
    peer = to;
  });
  return {
    async send(batch, signal) {
      const ending = new AbortController();
      const stop = () => ending.abort(new Error('stopped or no answer in time'));
      const timer = setTimeout(stop, options.timeoutMs ?? SEND_TIMEOUT_MS);
      signal.addEventListener('abort', stop, { once: true });
      const sentMs = performance.now();
      try {
        const response = await fetch(address, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            authorization: `Bearer ${options.key}`,
            ...(batch.gzipped ? { 'content-encoding': 'gzip' } : {}),
          },
          body: new Uint8Array(batch.body),
          redirect: 'error',
          signal: ending.signal,
        });
        const answer = (await response.text()).slice(0, ANSWER_LENGTH_MAX);
        const outcome = outcomeOf({
          status: response.status,
          answer,
          retryAfter: response.headers.get('retry-after'),
          sequence: batch.sequence,
          nowMs: clock.now().getTime(),
        });
        if (outcome.kind === 'acknowledged')
          health.reached({ address: peer, latencyMs: performance.now() - sentMs });
        return outcome;
      } catch (error) {
        health.forget();
        return { kind: 'later', reason: messageOf(error) };
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
      }
    },
    link: health.state,
    async stop() {
      unwatch();
    },
  };
}

/** `fetch` shows its sockets only to those who listen here; of those to other servers nothing is taken. */
function watchSockets(server: URL, onAddress: (address: string | undefined) => void): () => void {
  // An IPv6 address stands there without its brackets.
  const hostname = server.hostname.replace(/^\[|\]$/g, '');
  const take = (message: unknown): void => {
    const told = Connected.safeParse(message);
    if (!told.success) return;
    const { connectParams, socket } = told.data;
    if (connectParams.hostname.replace(/^\[|\]$/g, '') === hostname && connectParams.port === server.port)
      onAddress(socket.remoteAddress);
  };
  subscribe(CONNECTED, take);
  return () => void unsubscribe(CONNECTED, take);
}

/**
 * What an HTTP answer means for the batch (RFC 9110 for Retry-After). Only answers in the platform's own shape decide
 * over data: a 200 or 400 of some proxy on the way neither removes a batch nor sets it aside.
 */
export function outcomeOf(response: {
  status: number;
  answer: string;
  retryAfter: string | null;
  sequence: number;
  nowMs: number;
}): Outcome {
  const { status, answer } = response;
  const body = parse(answer);
  if (status >= 200 && status < 300) {
    const parsed = BatchAnswer.safeParse(body);
    if (parsed.success && parsed.data.acknowledged >= response.sequence) return { kind: 'acknowledged' };
    return { kind: 'later', reason: `status ${status} without an acknowledgement of ${response.sequence}` };
  }
  const platform = ErrorBody.safeParse(body);
  const reason = platform.success
    ? `${platform.data.error.code}: ${platform.data.error.message}`
    : `status ${status}`;
  const code = platform.success ? platform.data.error.code : null;
  if (code === 'BATCH_SEQUENCE_CONFLICT') return { kind: 'conflict', reason };
  if (status === 413) return { kind: 'refused', reason, answer };
  if (status === 429 || status >= 500) return { kind: 'later', reason, ...retryAfterOf(response) };
  // A key that is wrong or a collector that is not registered (yet) says nothing about the batch.
  if (code === null || status === 401 || status === 403 || status === 404) return { kind: 'blocked', reason };
  return { kind: 'refused', reason, answer };
}

function retryAfterOf(response: { retryAfter: string | null; nowMs: number }): { retryAfterMs?: number } {
  if (response.retryAfter === null) return {};
  const seconds = Number(response.retryAfter);
  const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(response.retryAfter) - response.nowMs;
  return Number.isFinite(waitMs) && waitMs >= 0 ? { retryAfterMs: Math.min(waitMs, RETRY_AFTER_MS_MAX) } : {};
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
