import type { ShareDoors } from '@ronghe/contracts';
import { useGet } from '../../lib/query.ts';
import type { Places } from './connect/guides.ts';

/** Where this platform is, as the reader's browser reaches it; a `publicUrl` that was set outranks what stands in the address bar. */
export function usePlaces(): Places & { asked: boolean } {
  const { data } = useGet<ShareDoors>('/api/share/doors');
  const url = new URL(data?.httpUrl ?? window.location.origin);
  const sqlPort = data?.sqlPort ?? null;
  return {
    http: url.href.replace(/\/+$/, ''),
    sql: sqlPort === null ? null : { host: url.hostname, port: sqlPort },
    asked: data !== undefined,
  };
}
