import type { ApiKey, NewApiKey } from '@ronghe/contracts';
import type { AuthParts } from '#platform/auth/auth.parts.ts';
import { createKeyStore } from '#platform/auth/key.store.ts';
import { createOrganisationStore } from '#platform/auth/organisation.store.ts';
import { demandAll } from '#platform/auth/role.ts';
import { demand, demandCovers, type Scope } from '#platform/auth/scope.ts';
import { hashToken, looksLikeKey, newApiKey } from '#platform/auth/token.ts';
import { AppError } from '#platform/errors/errors.ts';

/** How long a key is trusted without asking the database again: the longest another process's revocation may take. */
export const KEY_CACHE_MS = 4_000;
const KEY_CACHE_ROWS_MAX = 1_000;
const TOUCH_EVERY_MS = 60_000;

/** What a caller with a key brings besides it. */
export type KeyContext = Pick<Scope, 'from' | 'locale' | 'requestId'>;

/** Use cases of API keys; see the type `Auth` for what each promises. */
export function createKeys(parts: AuthParts) {
  const { db, audit, clock, ids } = parts;
  const store = createKeyStore(db);
  const organisations = createOrganisationStore(db);
  const cache = createKeyCache(parts);

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
      demandAll(scope, request.permissions);
      const now = clock.now();
      demandFuture(request.expiresAt, now);
      const { key, prefix } = newApiKey();
      const apiKey: ApiKey = {
        id: ids.next(),
        name: request.name,
        prefix,
        organisation: request.organisation,
        permissions: [...new Set(request.permissions)],
        createdBy: scope.actor.name,
        createdAt: now.toISOString(),
        expiresAt: request.expiresAt === null ? null : new Date(request.expiresAt).toISOString(),
        revokedAt: null,
        lastUsedAt: null,
      };
      await db.transaction().execute(async (transaction) => {
        await createKeyStore(transaction).insert(scope, apiKey, hashToken(key));
        const change = { action: 'platform:key:create', target: `key:${prefix}`, after: apiKey };
        await audit.record(scope, { ...change, organisation: apiKey.organisation }, transaction);
      });
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
      cache.forget(id);
    },

    /** null when the key is unknown, revoked or expired. */
    async scopeOfKey(key: string, context: KeyContext): Promise<Scope | null> {
      return looksLikeKey(key) ? cache.scopeOf(key, context) : null;
    },
  };
}

function demandFuture(expiresAt: string | null, now: Date): void {
  if (expiresAt === null || new Date(expiresAt) > now) return;
  throw new AppError(
    'REQUEST_INVALID',
    {},
    { details: [{ path: 'body/expiresAt', message: 'must lie in the future' }] },
  );
}

type Cached = { apiKey: ApiKey; permissions: Scope['permissions']; untilMs: number };

/** Keeps the keys of the last seconds, so that a busy collector does not cost a query per request. */
function createKeyCache({ db, clock, log }: AuthParts) {
  const store = createKeyStore(db);
  const rows = new Map<string, Cached>();
  const touchedMs = new Map<string, number>();
  // Counts revocations: a row that was read before one must not be kept after it.
  let revocations = 0;

  const read = async (secretHash: string): Promise<Cached | null> => {
    const [before, nowMs] = [revocations, clock.now().getTime()];
    const apiKey = await store.findByHashUnscoped(secretHash);
    if (!apiKey) return null;
    const row = { apiKey, permissions: new Set(apiKey.permissions), untilMs: nowMs + KEY_CACHE_MS };
    if (before === revocations) keep(rows, secretHash, row);
    return row;
  };

  const touch = async (scope: Scope): Promise<void> => {
    const now = clock.now();
    if (now.getTime() - (touchedMs.get(scope.actor.id) ?? 0) < TOUCH_EVERY_MS) return;
    keep(touchedMs, scope.actor.id, now.getTime());
    try {
      await store.touch(scope, now);
    } catch (error) {
      log.warn({ err: error, name: scope.actor.name }, 'the use of an API key could not be noted');
    }
  };

  return {
    async scopeOf(key: string, context: KeyContext): Promise<Scope | null> {
      const secretHash = hashToken(key);
      const nowMs = clock.now().getTime();
      const cached = rows.get(secretHash);
      const row = cached && cached.untilMs > nowMs ? cached : await read(secretHash);
      if (!row || row.apiKey.revokedAt !== null) return null;
      const { apiKey, permissions } = row;
      if (apiKey.expiresAt !== null && Date.parse(apiKey.expiresAt) <= nowMs) return null;
      const actor = { kind: 'key' as const, id: apiKey.id, name: apiKey.name };
      const scope: Scope = { actor, organisation: apiKey.organisation, permissions, ...context };
      await touch(scope);
      return scope;
    },
    forget(id: string) {
      revocations += 1;
      for (const [secretHash, { apiKey }] of rows) if (apiKey.id === id) rows.delete(secretHash);
    },
  };
}

/** Puts the newest at the end and drops the oldest beyond the limit. */
function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next().value;
  if (map.size > KEY_CACHE_ROWS_MAX && oldest !== undefined) map.delete(oldest);
}
