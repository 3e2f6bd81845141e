import type { ShareDoors } from '@ronghe/contracts';
import { useGet } from '../../lib/query.ts';
import type { Places } from './connect/guides.ts';

/** Where this platform is, as the reader's browser reaches it; a `publicUrl` that was set outranks what stands in the address bar. */
export function usePlaces(): Places & { asked: boolean; localOnly: boolean } {
  const { data } = useGet<ShareDoors>('/api/share/doors');
  const told = data?.httpUrl ? new URL(data.httpUrl) : null;
  const sqlPort = data?.sqlPort ?? null;
  return {
    http: (told?.href ?? window.location.origin).replace(/\/+$/, ''),
    sql: sqlPort === null ? null : { host: told?.hostname ?? window.location.hostname, port: sqlPort },
    asked: data !== undefined,
    localOnly: data?.localOnly ?? false,
  };
}
