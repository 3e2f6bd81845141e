import { useEffect, useRef, useState } from 'react';

/** Bytes of a body that are read; the rest is left where it is. */
export const BODY_BYTES_MAX = 500_000;
const WAIT_MS_MAX = 120_000;
const TEXT = /^(?:text\/|application\/(?:[\w.+-]*(?:json|xml|yaml|javascript))|image\/svg)/;

export type Call = { method: string; url: string; body: string | null };
export type Answered = {
  call: Call;
  status: number;
  headers: [string, string][];
  /** null when it is no text */
  text: string | null;
  type: string;
  bytes: number;
  cut: boolean;
  elapsedMs: number;
};
export type CallState =
  | { kind: 'idle' }
  | { kind: 'waiting' }
  | { kind: 'answered'; answer: Answered }
  | { kind: 'failed' }
  | { kind: 'stopped' };

/** Calls the platform as whoever is signed in, and keeps the answer as it came; a refusal is an answer too. */
export function useCall() {
  const [state, setState] = useState<CallState>({ kind: 'idle' });
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const send = async (call: Call) => {
    running.current?.abort();
    const abort = new AbortController();
    running.current = abort;
    setState({ kind: 'waiting' });
    const timer = setTimeout(() => abort.abort(), WAIT_MS_MAX);
    try {
      const answer = await answerTo(call, abort.signal);
      if (running.current === abort) setState({ kind: 'answered', answer });
    } catch {
      if (running.current === abort) setState({ kind: abort.signal.aborted ? 'stopped' : 'failed' });
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    state,
    send,
    stop: () => running.current?.abort(),
    clear: () => {
      running.current?.abort();
      running.current = null;
      setState({ kind: 'idle' });
    },
  };
}

async function answerTo(call: Call, signal: AbortSignal): Promise<Answered> {
  const from = performance.now();
  const response = await fetch(call.url, {
    method: call.method,
    credentials: 'same-origin',
    mode: 'same-origin',
    redirect: 'error',
    signal,
    headers: {
      accept: 'application/json, */*',
      'accept-language': document.documentElement.lang,
      ...(call.method === 'GET' ? {} : { 'x-ronghe-csrf': '1' }),
      ...(call.body === null ? {} : { 'content-type': 'application/json' }),
    },
    ...(call.body === null ? {} : { body: call.body }),
  });
  const { bytes, cut } = await firstBytes(response);
  const type = response.headers.get('content-type') ?? '';
  return {
    call,
    status: response.status,
    headers: [...response.headers.entries()],
    text: bytes.length === 0 || TEXT.test(type) ? new TextDecoder().decode(bytes) : null,
    type,
    bytes: bytes.length,
    cut,
    elapsedMs: performance.now() - from,
  };
}

/** The beginning of a body; what is longer, or never ends, is let go. */
async function firstBytes(response: Response): Promise<{ bytes: Uint8Array; cut: boolean }> {
  const reader = response.body?.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (reader && size <= BODY_BYTES_MAX) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.length;
  }
  const cut = size > BODY_BYTES_MAX;
  if (cut) await reader?.cancel();
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return { bytes: cut ? bytes.slice(0, BODY_BYTES_MAX) : bytes, cut };
}
