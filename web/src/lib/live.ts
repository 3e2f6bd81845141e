import type { LatestValue } from '@ronghe/contracts';
import { useEffect, useState } from 'react';
import { urlOf } from './api.ts';

/** Milliseconds to wait before a closed stream is opened again; the browser itself retries broken ones. */
const REOPEN_MS = 5_000;
/** Most points of one stream; the server refuses more. */
export const LIVE_POINTS_MAX = 500;

export type LiveState = 'connecting' | 'live' | 'interrupted' | 'paused';
export type Live = { values: ReadonlyMap<number, LatestValue>; state: LiveState };

/**
 * Newest values of points, pushed by the server. The stream is closed while the page is hidden, because a browser allows
 * six connections to one host and open tabs must not use them up.
 */
export function useLive(points: readonly number[]): Live {
  const key = points.slice(0, LIVE_POINTS_MAX).join(',');
  const [values, setValues] = useState<ReadonlyMap<number, LatestValue>>(new Map());
  const [state, setState] = useState<LiveState>('connecting');
  useEffect(() => {
    if (key === '') return;
    return openStream(key, {
      onValues: (items) =>
        setValues((known) => {
          const next = new Map(known);
          for (const item of items) next.set(item.point, item);
          return next;
        }),
      onState: setState,
    });
  }, [key]);
  return { values, state };
}

type Listener = { onValues(items: LatestValue[]): void; onState(state: LiveState): void };

function openStream(key: string, listener: Listener): () => void {
  let stream: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const close = () => {
    clearTimeout(timer);
    stream?.close();
    stream = null;
  };
  const open = () => {
    close();
    listener.onState('connecting');
    const opened = new EventSource(urlOf('/api/ingest/live', { points: key }));
    stream = opened;
    opened.addEventListener('open', () => listener.onState('live'));
    opened.addEventListener('latest', (event) => {
      const items: unknown = JSON.parse(String(event.data));
      if (Array.isArray(items)) listener.onValues(items as LatestValue[]);
    });
    opened.addEventListener('error', () => {
      listener.onState('interrupted');
      if (opened.readyState === EventSource.CLOSED) timer = setTimeout(open, REOPEN_MS);
    });
  };
  const onVisibility = () => {
    if (document.hidden) {
      close();
      listener.onState('paused');
    } else open();
  };
  document.addEventListener('visibilitychange', onVisibility);
  if (!document.hidden) open();
  return () => {
    document.removeEventListener('visibilitychange', onVisibility);
    close();
  };
}
