import type { ApiKey } from '@ronghe/contracts';
import { addressRule } from '#platform/auth/address.ts';
import { demandAll } from '#platform/auth/role.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';

/** @throws AppError REQUEST_INVALID when the time is not ahead */
export function demandFuture(expiresAt: string | null | undefined, now: Date): void {
  if (expiresAt === null || expiresAt === undefined || new Date(expiresAt) > now) return;
  throw new AppError(
    'REQUEST_INVALID',
    {},
    { details: [{ path: 'body/expiresAt', message: 'must lie in the future' }] },
  );
}

type Terms = Pick<ApiKey, 'permissions' | 'allowedAddresses' | 'expiresAt'>;

/**
 * Whoever makes, changes or renews a key could use it, so they need all its rights; a key needs its addresses and its end too.
 * @throws AppError ROLE_TOO_STRONG, KEY_TERMS_WIDER
 */
export function demandWithinOwn(scope: Scope, terms: Terms): void {
  demandAll(scope, terms.permissions);
  if (!scope.bounds) return;
  const { allowedAddresses, expiresAt } = scope.bounds;
  const lasts = expiresAt === null || (terms.expiresAt !== null && terms.expiresAt <= expiresAt);
  if (!lasts || !namesNoMore(terms.allowedAddresses, allowedAddresses)) throw new AppError('KEY_TERMS_WIDER');
}

/** True when every address of the list is one that `allowed` names too; a network must be named as it is. */
function namesNoMore(list: readonly string[], allowed: readonly string[]): boolean {
  if (allowed.length === 0) return true;
  const rule = addressRule(allowed);
  return list.length > 0 && list.every((entry) => allowed.includes(entry) || rule(entry));
}
