import { AGENT_WAIT_SECONDS_MAX, type AgentAnswer, type AgentHello } from '@ronghe/contracts';
import { z } from 'zod';
import { messageOf } from '../connection.ts';
import { deadline } from '../deadline.ts';

/** Longest wait for an answer beyond the time that a question for work may stay open. */
const TIMEOUT_MS = 15_000;
const ANSWER_BYTES_MAX = 32 * 1024 * 1024;

/**
 * What the platform said. `blocked`: a person must act; `absent`: it is older than these addresses. `status` is null when
 * nothing answered.
 */
export type Reply =
  | { kind: 'ok'; body: unknown }
  | { kind: 'later' | 'blocked' | 'refused'; reason: string; code: string | null; status: number | null }
  | { kind: 'absent' };

/** The platform's addresses for a collector that is asked; none of them rejects. */
export type FleetClient = {
  hello(hello: AgentHello, signal: AbortSignal): Promise<Reply>;
  work(configuration: number, waitSeconds: number, signal: AbortSignal): Promise<Reply>;
  answer(answer: AgentAnswer, signal: AbortSignal): Promise<Reply>;
};

/** Codes are not compared with the catalog: a newer platform may have others. */
const Refusal = z.object({ error: z.object({ code: z.string().max(100), message: z.string() }) });

export function createFleetClient(options: { url: string; key: string; collector: string }): FleetClient {
  const base = baseOf(options.url);
  const headers = { authorization: `Bearer ${options.key}` };
  const post = (path: string, body: unknown, signal: AbortSignal) =>
    request(`${base}${path}`, { headers, body, signal });
  return {
    hello: (hello, signal) => post('/api/collect/agent/hello', hello, signal),
    answer: (answer, signal) => post('/api/collect/agent/answers', answer, signal),
    work(configuration, waitSeconds, signal) {
      const query = new URLSearchParams({
        collector: options.collector,
        configuration: String(configuration),
        wait: String(Math.min(waitSeconds, AGENT_WAIT_SECONDS_MAX)),
      });
      return request(`${base}/api/collect/agent/work?${query}`, {
        headers,
        signal,
        timeoutMs: waitSeconds * 1_000 + TIMEOUT_MS,
      });
    },
  };
}

/** The address of the platform without `/` at its end. */
export const baseOf = (url: string): string => url.replace(/\/+$/, '');

/** One request, with a body as POST; an answer that is too long counts as none. Never rejects. */
export async function request(
  address: string,
  options: {
    headers?: Record<string, string>;
    body?: unknown;
    signal: AbortSignal;
    timeoutMs?: number;
  },
): Promise<Reply> {
  const over = deadline(options.signal, options.timeoutMs ?? TIMEOUT_MS);
  const isPost = options.body !== undefined;
  try {
    const response = await fetch(address, {
      method: isPost ? 'POST' : 'GET',
      headers: { ...options.headers, ...(isPost ? { 'content-type': 'application/json' } : {}) },
      ...(isPost ? { body: JSON.stringify(options.body) } : {}),
      redirect: 'error',
      signal: over.signal,
    });
    return replyOf(response.status, await textOf(response));
  } catch (error) {
    return { kind: 'later', reason: messageOf(error), code: null, status: null };
  } finally {
    over.end();
  }
}

function replyOf(status: number, text: string): Reply {
  if (status === 204) return { kind: 'ok', body: null };
  const body = parsed(text);
  if (status >= 200 && status < 300)
    return body === undefined
      ? { kind: 'later', reason: `status ${status} with an answer that is not JSON`, code: null, status }
      : { kind: 'ok', body };
  const refusal = Refusal.safeParse(body);
  const code = refusal.success ? refusal.data.error.code : null;
  const reason = refusal.success
    ? `${refusal.data.error.code}: ${refusal.data.error.message}`
    : `status ${status}`;
  if (code === 'ROUTE_NOT_FOUND') return { kind: 'absent' };
  if (status === 401 || status === 403 || status === 404) return { kind: 'blocked', reason, code, status };
  // What is not in the platform's own words comes from something on the way to it.
  if (code === null || status === 429 || status >= 500) return { kind: 'later', reason, code, status };
  return { kind: 'refused', reason, code, status };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error(`the answer is longer than ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
