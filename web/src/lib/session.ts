import type { Me, Permission } from '@ronghe/contracts';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { getJson } from './api.ts';

export const ME_PATH = '/api/auth/me';

/** Who is signed in. Asked once and kept until sign-out; a 401 anywhere clears it. */
export const meOptions = queryOptions({
  queryKey: [ME_PATH],
  queryFn: ({ signal }) => getJson<Me>(ME_PATH, {}, signal),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

/** The signed-in user, or null on pages that anyone may see. */
export function useMe(): Me | null {
  const query = useQuery({ ...meOptions, enabled: false });
  return query.data ?? null;
}

/** Tells whether the signed-in user has a permission. */
export function useCan(): (permission: Permission | null) => boolean {
  const me = useMe();
  return (permission) => permission === null || (me?.permissions.includes(permission) ?? false);
}
