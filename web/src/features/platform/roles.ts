import type { Role } from '@ronghe/contracts';
import { useGet } from '../../lib/query.ts';
import { usePick } from '../../lib/use-format.ts';

/** Names of roles by key, in the language of the page. */
export function useRoles() {
  const pick = usePick();
  const roles = useGet<{ items: Role[] }>('/api/auth/roles').data?.items ?? [];
  return {
    options: roles.map((role) => ({ value: role.key, label: pick(role.name) })),
    name: (key: string) => {
      const role = roles.find((candidate) => candidate.key === key);
      return role ? pick(role.name) : key;
    },
  };
}
