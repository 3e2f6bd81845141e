import type { Organisation } from '@ronghe/contracts';
import { useMemo } from 'react';
import { useGet } from './query.ts';
import { useCan } from './session.ts';

type OrganisationAnswer = { items: Organisation[] };

/** The organisations that the user may see, and their names by path. A path without a known name shows itself. */
export function useOrganisations() {
  const can = useCan();
  const query = useGet<OrganisationAnswer>(
    '/api/auth/organisations',
    {},
    { enabled: can('platform:organisation:read') },
  );
  const { data, isLoading: loading } = query;
  return useMemo(() => {
    const byPath = new Map((data?.items ?? []).map((organisation) => [organisation.path, organisation]));
    return {
      /** true until the first answer; nothing can be said of a path before it */
      loading,
      list: data?.items ?? [],
      find: (path: string) => byPath.get(path) ?? null,
      name: (path: string) => byPath.get(path)?.name ?? path,
      options: [...byPath.values()].map(({ path, name }) => ({ value: path, label: `${name} · ${path}` })),
    };
  }, [data, loading]);
}
