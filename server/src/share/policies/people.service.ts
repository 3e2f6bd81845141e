import type { OrganisationPath } from '@ronghe/contracts';
import { type Scope, systemScope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';

export type Person = { readonly kind: 'user' | 'key'; readonly id: string };
type Parts = Pick<Platform, 'auth' | 'clock'> & { root: OrganisationPath };

/** Who somebody is for decisions: organisation, rights and roles as they are now. */
export function createPeople({ auth, clock, root }: Parts) {
  /** As those look them up who may. @throws NOT_FOUND for nobody, or somebody outside the scope; PERMISSION_MISSING */
  async function scopeOf(scope: Scope, { kind, id }: Person): Promise<Scope> {
    const found = kind === 'key' ? await keyScope(scope, id) : await userScope(scope, id);
    if (!found) throw new AppError('NOT_FOUND', { thing: `${kind} ${id}` });
    return found.scope;
  }

  async function keyScope(scope: Scope, id: string) {
    const key = (await auth.keys(scope)).find((each) => each.id === id);
    if (!key) return null;
    const nowMs = clock.now().getTime();
    const open = key.revokedAt === null && (key.expiresAt === null || Date.parse(key.expiresAt) > nowMs);
    const actor = { kind: 'key' as const, id, name: key.name };
    const { organisation } = key;
    return { open, scope: { ...base(scope), actor, organisation, permissions: new Set(key.permissions) } };
  }

  async function userScope(scope: Scope, id: string) {
    const user = (await auth.users(scope)).find((each) => each.id === id);
    if (!user) return null;
    const roles = (await auth.roles(scope)).filter(({ key }) => user.roles.includes(key));
    return {
      open: !user.disabled,
      scope: {
        ...base(scope),
        actor: { kind: 'user' as const, id, name: user.username },
        organisation: user.organisation,
        permissions: new Set(roles.flatMap(({ permissions }) => permissions)),
        roles: user.roles,
      },
    };
  }

  return {
    scopeOf,
    /** Whoever it is, as the platform itself knows them; null for one that was revoked, disabled or has expired. */
    async standing(
      { kind, id }: Person,
      { locale, requestId }: Pick<Scope, 'locale' | 'requestId'>,
    ): Promise<Scope | null> {
      const permissions = ['platform:key:read', 'platform:user:read'] as const;
      const platform = {
        ...systemScope({ organisation: root, permissions, name: 'share' }),
        locale,
        requestId,
      };
      const found = kind === 'key' ? await keyScope(platform, id) : await userScope(platform, id);
      return found?.open ? found.scope : null;
    },
  };
}
export type People = ReturnType<typeof createPeople>;

const base = ({ locale, requestId }: Scope) => ({ locale, requestId, from: null });
