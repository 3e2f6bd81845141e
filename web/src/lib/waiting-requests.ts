import type { AccessRequest, Page } from '@ronghe/contracts';
import { useGet } from './query.ts';
import { useCan } from './session.ts';

const REFRESH_MS = 60_000;

/** Open requests for data of the own organisations; 0 for those who cannot answer them. */
export function useWaitingRequests(): number {
  const can = useCan();
  const query = useGet<Page<AccessRequest>>(
    '/api/share/access-requests',
    { state: 'open', limit: 1 },
    { enabled: can('share:policy:write') && can('share:policy:read'), refreshMs: REFRESH_MS },
  );
  return query.data?.total ?? 0;
}
