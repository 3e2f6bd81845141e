import type { Places } from './connect/guides.ts';

/** Where this platform is, as the reader's browser reaches it. */
export function usePlaces(): Places {
  return { http: window.location.origin, sql: null };
}
