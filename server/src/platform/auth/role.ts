import {
  BUILT_IN_ROLES,
  type BuiltInRoleName,
  PERMISSION_NAMES,
  type Permission,
  type Role,
} from '@ronghe/contracts';
import type { Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';

const KNOWN: ReadonlySet<string> = new Set(PERMISSION_NAMES);
const isBuiltIn = (key: string): key is BuiltInRoleName => Object.hasOwn(BUILT_IN_ROLES, key);

/** The roles every installation has, in the shape of the contract. */
export const builtInRoles = (): Role[] =>
  Object.entries(BUILT_IN_ROLES).map(([key, role]) => ({
    key,
    name: { ...role.name },
    permissions: [...role.permissions],
    builtIn: true,
  }));

/** Drops names that are no permission of this version, so that an old row never breaks a request. */
export const knownPermissions = (names: readonly string[]): Permission[] =>
  names.filter((name): name is Permission => KNOWN.has(name));

/** All rights of a user: their built-in roles, and what their roles of one's own give (`customPermissions`). */
export function permissionsOf(
  roles: readonly string[],
  customPermissions: readonly string[],
): Set<Permission> {
  const permissions = new Set(knownPermissions(customPermissions));
  for (const role of roles)
    if (isBuiltIn(role))
      for (const permission of BUILT_IN_ROLES[role].permissions) permissions.add(permission);
  return permissions;
}

/**
 * Rights of the named roles.
 * @throws AppError NOT_FOUND when a role does not exist
 */
export function permissionsOfRoles(keys: readonly string[], roles: readonly Role[]): Set<Permission> {
  const permissions = new Set<Permission>();
  for (const key of keys) {
    const role = roles.find((candidate) => candidate.key === key);
    if (!role) throw new AppError('NOT_FOUND', { thing: key });
    for (const permission of role.permissions) permissions.add(permission);
  }
  return permissions;
}

/** @throws AppError ROLE_TOO_STRONG unless the scope has every one of the permissions */
export function demandAll(scope: Scope, permissions: Iterable<Permission>): void {
  for (const permission of permissions)
    if (!scope.permissions.has(permission)) throw new AppError('ROLE_TOO_STRONG', {});
}
