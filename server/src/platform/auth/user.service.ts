import type { NewRole, NewUser, Role, User, UserPatch } from '@ronghe/contracts';
import type { Transaction } from 'kysely';
import { createAttemptStore } from '#platform/auth/attempt.store.ts';
import type { AuthParts } from '#platform/auth/auth.parts.ts';
import type { AuthTables } from '#platform/auth/auth.tables.ts';
import { createOrganisationStore } from '#platform/auth/organisation.store.ts';
import { demandStrong, hashPassword } from '#platform/auth/password.ts';
import { createRoleStore, ROLES_MAX } from '#platform/auth/role.store.ts';
import { builtInRoles, demandAll, permissionsOfRoles } from '#platform/auth/role.ts';
import { demand, demandCovers, demandRoot, type Scope } from '#platform/auth/scope.ts';
import { createSessionStore } from '#platform/auth/session.store.ts';
import type { SessionMemory } from '#platform/auth/session-memory.ts';
import { createUserStore } from '#platform/auth/user.store.ts';
import { AppError } from '#platform/errors/errors.ts';

/** Use cases of users and roles; see the type `Auth` for what each promises. */
export function createUsers({ db, audit, clock, ids }: AuthParts, sessions: SessionMemory) {
  const store = createUserStore(db);
  const roleStore = createRoleStore(db);
  const organisations = createOrganisationStore(db);
  const allRoles = async (scope: Scope): Promise<Role[]> => [
    ...builtInRoles(),
    ...(await roleStore.list(scope)),
  ];

  return {
    async roles(scope: Scope): Promise<Role[]> {
      demand(scope, 'platform:user:read');
      return allRoles(scope);
    },

    async addRole(scope: Scope, request: NewRole): Promise<Role> {
      demand(scope, 'platform:user:write');
      demandRoot(scope);
      demandAll(scope, request.permissions);
      const existing = await allRoles(scope);
      if (existing.some(({ key }) => key === request.key) || existing.length >= ROLES_MAX)
        throw new AppError('CONFLICT', { thing: request.key });
      await db.transaction().execute(async (transaction) => {
        const added = await createRoleStore(transaction).insert(scope, request, clock.now());
        if (!added) throw new AppError('CONFLICT', { thing: request.key });
        const change = { action: 'platform:role:create', target: `role:${request.key}`, after: request };
        await audit.record(scope, change, transaction);
      });
      return { ...request, builtIn: false };
    },

    async users(scope: Scope): Promise<User[]> {
      demand(scope, 'platform:user:read');
      return store.list(scope, clock.now());
    },

    async addUser(scope: Scope, request: NewUser): Promise<User> {
      demand(scope, 'platform:user:write');
      demandCovers(scope, request.organisation, request.organisation);
      if (!(await organisations.find(scope, request.organisation)))
        throw new AppError('NOT_FOUND', { thing: request.organisation });
      demandAll(scope, permissionsOfRoles(request.roles, await allRoles(scope)));
      demandStrong(request.password, request.username);
      const passwordHash = await hashPassword(request.password);
      const { password: _password, roles, ...rest } = request;
      const created = { ...rest, id: ids.next(), disabled: false, createdAt: clock.now().toISOString() };
      const user: User = {
        ...created,
        roles: [...new Set(roles)].sort(),
        lockedUntil: null,
        lastLoginAt: null,
      };
      await db.transaction().execute(async (transaction) => {
        const users = createUserStore(transaction);
        if (!(await users.insert(scope, { ...created, passwordHash })))
          throw new AppError('CONFLICT', { thing: request.username });
        await users.setRoles(scope, user.id, user.roles);
        await audit.record(
          scope,
          {
            action: 'platform:user:create',
            target: `user:${user.username}`,
            organisation: user.organisation,
            after: user,
          },
          transaction,
        );
      });
      return user;
    },

    async changeUser(scope: Scope, id: string, patch: UserPatch): Promise<User> {
      demand(scope, 'platform:user:write');
      const before = await store.find(scope, id, clock.now());
      if (!before) throw new AppError('NOT_FOUND', { thing: id });
      const roles = await allRoles(scope);
      // Whoever could reset a stronger user's password could sign in as them, so any change needs all their rights.
      const held = before.roles.filter((key) => roles.some((role) => role.key === key));
      demandAll(scope, permissionsOfRoles(held, roles));
      if (patch.roles) demandAll(scope, permissionsOfRoles(patch.roles, roles));
      if (patch.password !== undefined) demandStrong(patch.password, before.username);
      const passwordHash = patch.password === undefined ? undefined : await hashPassword(patch.password);
      const changed = await db.transaction().execute(async (transaction) => {
        await applyPatch({ scope, transaction, before, patch, passwordHash });
        const after = await createUserStore(transaction).find(scope, id, clock.now());
        if (!after) throw new AppError('NOT_FOUND', { thing: id });
        await audit.record(scope, changeOf(before, after, patch), transaction);
        return after;
      });
      sessions.forget(id);
      return changed;
    },
  };
}

type Patching = {
  scope: Scope;
  transaction: Transaction<AuthTables>;
  before: User;
  patch: UserPatch;
  passwordHash: string | undefined;
};

async function applyPatch({ scope, transaction, before, patch, passwordHash }: Patching): Promise<void> {
  const users = createUserStore(transaction);
  const stopsAdministrating =
    patch.disabled === true || (patch.roles !== undefined && !patch.roles.includes('administrator'));
  if (stopsAdministrating) {
    const administrators = await users.lockAdministrators(scope);
    if (administrators.length === 1 && administrators[0] === before.id)
      throw new AppError('LAST_ADMINISTRATOR');
  }
  await users.update(scope, before.id, {
    ...(patch.title === undefined ? {} : { title: patch.title }),
    ...(patch.disabled === undefined ? {} : { disabled: patch.disabled }),
    ...(passwordHash === undefined ? {} : { password_hash: passwordHash }),
  });
  if (patch.roles) await users.setRoles(scope, before.id, [...new Set(patch.roles)]);
  if (patch.disabled === true || passwordHash !== undefined)
    await createSessionStore(transaction).endAll(scope, before.id);
  if (patch.unlock || passwordHash !== undefined)
    await createAttemptStore(transaction).clearUnscoped(before.username);
}

const changeOf = (before: User, after: User, patch: UserPatch) => ({
  action: 'platform:user:change',
  target: `user:${before.username}`,
  organisation: before.organisation,
  before,
  // That the password changed is told; what it is never is.
  after: { ...after, changed: Object.keys(patch).sort() },
});
