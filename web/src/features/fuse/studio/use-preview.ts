import type { MappingPreview, MappingPreviewRequest, SourceTarget } from '@ronghe/contracts';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { sendJson } from '../../../lib/api.ts';
import type { Draft } from './draft.ts';

const PATH = '/api/fuse/mappings/preview';
/** Milliseconds of rest after the last change before the server is asked. */
const REST_MS = 500;
/** Rows of a preview; enough to see, few enough to be quick. */
const ROWS = 20;
export type PreviewFrom = MappingPreviewRequest['from'];

/** What the draft makes of real rows, asked again a moment after each change; the answer before stays until the next. */
export function usePreview(draft: Draft, from: PreviewFrom, target: SourceTarget) {
  const request = { ...draft, from, target, limit: ROWS };
  const text = useRested(JSON.stringify(request), REST_MS);
  const asked = JSON.parse(text) as typeof request;
  const query = useQuery({
    queryKey: [PATH, text],
    queryFn: ({ signal }) =>
      sendJson<MappingPreview>('POST', PATH, { body: asked, signal, waitMsMax: 60_000 }),
    enabled: asked.rowKey.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });
  const waiting = text !== JSON.stringify(request);
  return { query, busy: waiting || query.isFetching };
}
export type Preview = ReturnType<typeof usePreview>;

function useRested(text: string, restMs: number): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), restMs);
    return () => clearTimeout(timer);
  }, [text, restMs]);
  return rested;
}
