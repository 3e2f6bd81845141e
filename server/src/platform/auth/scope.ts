import type { Locale, OrganisationPath, Permission } from '@ronghe/contracts';
import { AppError } from '#platform/errors/errors.ts';

/**
 * Who asks, for which organisations, with which rights. Every store call takes one; leaving it out does not compile.
 * `organisation` is the root of what may be seen: that node and everything below it.
 */
export type Scope = {
  readonly actor: { readonly kind: 'user' | 'key' | 'system'; readonly id: string; readonly name: string };
  readonly organisation: OrganisationPath;
  readonly permissions: ReadonlySet<Permission>;
  /** names of the roles of a signed-in user; keys have none */
  readonly roles?: readonly string[];
  /** the limits of a key that has some: keys it makes or changes must stay within them */
  readonly bounds?: { readonly allowedAddresses: readonly string[]; readonly expiresAt: string | null };
  readonly locale: Locale;
  readonly requestId: string;
  /** network address of the caller; null for work of the platform itself */
  readonly from: string | null;
};

/** Throws `PERMISSION_MISSING` unless the scope has the permission. The first line of every service call. */
export function demand(scope: Scope, permission: Permission): void {
  if (!scope.permissions.has(permission)) throw new AppError('PERMISSION_MISSING', { permission });
}

/** True when the path is the scope's organisation or below it. */
export function covers(scope: Scope, path: OrganisationPath): boolean {
  return path === scope.organisation || path.startsWith(`${scope.organisation}.`);
}

/** Throws `NOT_FOUND` (never "forbidden", which would tell that it exists) unless the path lies inside the scope. */
export function demandCovers(scope: Scope, path: OrganisationPath, thing: string): void {
  if (!covers(scope, path)) throw new AppError('NOT_FOUND', { thing });
}

/** True for the one organisation at the top of the tree. */
export const isRoot = (scope: Scope): boolean => !scope.organisation.includes('.');

/** Throws `ROOT_REQUIRED` unless the scope is the whole tree; for what concerns the installation rather than one organisation. */
export function demandRoot(scope: Scope): void {
  if (!isRoot(scope)) throw new AppError('ROOT_REQUIRED');
}

/** LIKE pattern for everything below the scope's organisation; combine with equality for the node itself. */
export const belowPattern = (scope: Scope): string => `${scope.organisation.replace(/[\\%_]/g, '\\$&')}.%`;

/** The scope of work that the platform does by itself, for one organisation tree. */
export function systemScope(options: {
  organisation: OrganisationPath;
  permissions: readonly Permission[];
  name: string;
}): Scope {
  return {
    actor: { kind: 'system', id: 'system', name: options.name },
    organisation: options.organisation,
    permissions: new Set(options.permissions),
    locale: 'zh-CN',
    requestId: `system-${options.name}`,
    from: null,
  };
}
