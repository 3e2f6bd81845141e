import type { ApiKey, User } from '@ronghe/contracts';
import { useGet } from '../../../lib/query.ts';
import { useCan } from '../../../lib/session.ts';

type Option = { value: string; label: string };

/** Users and keys that one may look up, by their ids; `null` for a list that one may not see. */
export function usePeople() {
  const can = useCan();
  const [seesUsers, seesKeys] = [can('platform:user:read'), can('platform:key:read')];
  const users = useGet<{ items: User[] }>('/api/auth/users', {}, { enabled: seesUsers }).data?.items ?? [];
  const keys = useGet<{ items: ApiKey[] }>('/api/auth/keys', {}, { enabled: seesKeys }).data?.items ?? [];
  const userOption = ({ id, title, username, organisation }: User): Option => ({
    value: id,
    label: `${title} · ${username} · ${organisation}`,
  });
  const keyOption = ({ id, name, prefix, organisation }: ApiKey): Option => ({
    value: id,
    label: `${name} · ${prefix}… · ${organisation}`,
  });
  return {
    users: seesUsers ? users.filter(({ disabled }) => !disabled).map(userOption) : null,
    keys: seesKeys ? keys.filter(({ revokedAt }) => revokedAt === null).map(keyOption) : null,
    userName: (id: string) => users.find((user) => user.id === id)?.title ?? id,
    keyName: (id: string) => keys.find((key) => key.id === id)?.name ?? id,
  };
}
