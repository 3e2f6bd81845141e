import type { ApiKey, ApiKeyPatch, KeyRotation, NewApiKey } from '@ronghe/contracts';
import { createAccessTokenStore } from '#platform/auth/access-token.store.ts';
import type { AuthParts } from '#platform/auth/auth.parts.ts';
import { createKeyStore } from '#platform/auth/key.store.ts';
import { demandFuture, demandWithinOwn } from '#platform/auth/key.ts';
import type { KeyContext, KeyMemory } from '#platform/auth/key-memory.ts';
import { createOrganisationStore } from '#platform/auth/organisation.store.ts';
import { demand, demandCovers, type Scope } from '#platform/auth/scope.ts';
import { hashToken, looksLikeAccessToken, looksLikeKey, newApiKey } from '#platform/auth/token.ts';
import { AppError } from '#platform/errors/errors.ts';

const DAY_MS = 86_400_000;
const NOT_YET_USED = {
  ...{ revokedAt: null, lastUsedAt: null, lastUsedFrom: null },
  ...{ rotatedAt: null, previous: null },
};

/** Use cases of API keys; see the type `Auth` for what each promises. */
export function createKeys({ db, audit, clock, ids }: AuthParts, memory: KeyMemory) {
  const store = createKeyStore(db);
  const organisations = createOrganisationStore(db);

  /** The key as it is, when the scope may change it. */
  const mayChange = async (scope: Scope, id: string): Promise<ApiKey> => {
    demand(scope, 'platform:key:write');
    const before = await store.find(scope, id);
    if (!before) throw new AppError('NOT_FOUND', { thing: id });
    demandWithinOwn(scope, before);
    if (before.revokedAt !== null) throw new AppError('KEY_REVOKED', { name: before.name });
    return before;
  };

  return {
    async keys(scope: Scope): Promise<ApiKey[]> {
      demand(scope, 'platform:key:read');
      return store.list(scope);
    },

    async addKey(scope: Scope, request: NewApiKey): Promise<{ apiKey: ApiKey; key: string }> {
      demand(scope, 'platform:key:write');
      demandCovers(scope, request.organisation, request.organisation);
      if (!(await organisations.find(scope, request.organisation)))
        throw new AppError('NOT_FOUND', { thing: request.organisation });
      const now = clock.now();
      demandFuture(request.expiresAt, now);
      const { key, prefix } = newApiKey();
      const apiKey: ApiKey = {
        ...{ id: ids.next(), name: request.name, prefix, organisation: request.organisation },
        description: request.description ?? '',
        application: request.application?.trim() ?? null,
        allowedAddresses: plainList(request.allowedAddresses ?? []),
        permissions: [...new Set(request.permissions)],
        createdBy: scope.actor.name,
        createdAt: now.toISOString(),
        expiresAt: plainTime(request.expiresAt ?? null),
        ...NOT_YET_USED,
      };
      demandWithinOwn(scope, apiKey);
      await db.transaction().execute(async (transaction) => {
        await createKeyStore(transaction).insert(scope, apiKey, hashToken(key));
        const change = { action: 'platform:key:create', target: `key:${prefix}`, after: apiKey };
        await audit.record(scope, { ...change, organisation: apiKey.organisation }, transaction);
      });
      return { apiKey, key };
    },

    async changeKey(scope: Scope, id: string, patch: ApiKeyPatch): Promise<ApiKey> {
      const before = await mayChange(scope, id);
      if (patch.permissions?.some((permission) => !before.permissions.includes(permission)))
        throw new AppError('KEY_TERMS_WIDER');
      if (patch.expiresAt !== before.expiresAt) demandFuture(patch.expiresAt, clock.now());
      const after = patched(before, patch);
      demandWithinOwn(scope, after);
      await db.transaction().execute(async (transaction) => {
        if (!(await createKeyStore(transaction).update(scope, after)))
          throw new AppError('KEY_REVOKED', { name: before.name });
        const change = { action: 'platform:key:change', target: `key:${before.prefix}`, before, after };
        await audit.record(scope, { ...change, organisation: before.organisation }, transaction);
      });
      memory.forget(id);
      return after;
    },

    async rotateKey(
      scope: Scope,
      id: string,
      { graceDays }: KeyRotation,
    ): Promise<{ apiKey: ApiKey; key: string }> {
      const before = await mayChange(scope, id);
      const { key, prefix } = newApiKey();
      const now = clock.now();
      const until = graceDays === 0 ? null : new Date(now.getTime() + graceDays * DAY_MS);
      const apiKey = await db.transaction().execute(async (transaction) => {
        const keys = createKeyStore(transaction);
        if (!(await keys.rotate(scope, id, { secretHash: hashToken(key), prefix, now, until })))
          throw new AppError('KEY_REVOKED', { name: before.name });
        await createAccessTokenStore(transaction).endBy(scope, id, until ?? now);
        const after = await keys.find(scope, id);
        if (!after) throw new AppError('NOT_FOUND', { thing: id });
        const change = { action: 'platform:key:rotate', target: `key:${before.prefix}`, before, after };
        await audit.record(scope, { ...change, organisation: before.organisation }, transaction);
        return after;
      });
      memory.forget(id);
      return { apiKey, key };
    },

    async revokeKey(scope: Scope, id: string): Promise<void> {
      demand(scope, 'platform:key:write');
      const before = await store.find(scope, id);
      if (!before) throw new AppError('NOT_FOUND', { thing: id });
      await db.transaction().execute(async (transaction) => {
        if (!(await createKeyStore(transaction).revoke(scope, id, clock.now()))) return;
        const change = { action: 'platform:key:revoke', target: `key:${before.prefix}`, before };
        await audit.record(scope, { ...change, organisation: before.organisation }, transaction);
      });
      memory.forget(id);
    },

    /** null when the key (or access token) is unknown, revoked or expired, or may not be used from there. */
    async scopeOfKey(key: string, context: KeyContext): Promise<Scope | null> {
      return looksLikeKey(key) || looksLikeAccessToken(key) ? memory.scopeOf(key, context) : null;
    },
  };
}

/** The key after a change; what the change does not name stays. */
function patched(before: ApiKey, patch: ApiKeyPatch): ApiKey {
  const application = patch.application === undefined ? before.application : patch.application;
  return {
    ...before,
    name: patch.name ?? before.name,
    description: patch.description ?? before.description,
    application: application?.trim() ?? null,
    allowedAddresses: plainList(patch.allowedAddresses ?? before.allowedAddresses),
    permissions: [...new Set(patch.permissions ?? before.permissions)],
    expiresAt: patch.expiresAt === undefined ? before.expiresAt : plainTime(patch.expiresAt),
  };
}

const plainList = (entries: readonly string[]): string[] => [
  ...new Set(entries.map((entry) => entry.toLowerCase())),
];

const plainTime = (instant: string | null): string | null =>
  instant === null ? null : new Date(instant).toISOString();
