import type { ApiKey, Permission } from '@ronghe/contracts';
import type { Kysely, Selectable } from 'kysely';
import type { AuthTables } from '#platform/auth/auth.tables.ts';
import { knownPermissions } from '#platform/auth/role.ts';
import { withinScope } from '#platform/auth/scope.store.ts';
import { demandCovers, type Scope } from '#platform/auth/scope.ts';

/** What stands behind a secret: the key, until when the secret is good (null: as long as the key), and with which rights. */
export type Behind = { apiKey: ApiKey; old: boolean; until: Date | null; permissions: readonly Permission[] };

/** Most keys one answer holds, newest first. */
export const KEYS_MAX = 5_000;

/** Rows of `platform.api_key`; keys are here as SHA-256 only. Pass a transaction to take part in it. */
export function createKeyStore(db: Kysely<AuthTables>) {
  return {
    async list(scope: Scope): Promise<ApiKey[]> {
      const rows = await db
        .selectFrom('platform.api_key')
        .selectAll()
        .where(withinScope(scope, 'organisation'))
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .limit(KEYS_MAX)
        .execute();
      return rows.map(toApiKey);
    },

    /** null when there is none or it belongs to an organisation outside the scope. */
    async find(scope: Scope, id: string): Promise<ApiKey | null> {
      const row = await db
        .selectFrom('platform.api_key')
        .selectAll()
        .where('id', '=', id)
        .where(withinScope(scope, 'organisation'))
        .executeTakeFirst();
      return row ? toApiKey(row) : null;
    },

    /**
     * Without a scope: this finds out who the caller is. Revoked and expired keys are returned too, and those of which this
     * is the secret before the last rotation.
     */
    async findByHashUnscoped(secretHash: string): Promise<Behind | null> {
      const row = await db
        .selectFrom('platform.api_key')
        .selectAll()
        .where((eb) => eb.or([eb('secret_hash', '=', secretHash), eb('old_secret_hash', '=', secretHash)]))
        .executeTakeFirst();
      if (!row) return null;
      const apiKey = toApiKey(row);
      const old = row.secret_hash !== secretHash;
      return { apiKey, old, until: old ? (row.old_until ?? NEVER) : null, permissions: apiKey.permissions };
    },

    async insert(scope: Scope, key: ApiKey, secretHash: string): Promise<void> {
      demandCovers(scope, key.organisation, key.organisation);
      await db
        .insertInto('platform.api_key')
        .values({
          id: key.id,
          name: key.name,
          prefix: key.prefix,
          secret_hash: secretHash,
          organisation: key.organisation,
          permissions: key.permissions,
          created_by: key.createdBy,
          created_at: new Date(key.createdAt),
          ...termsOf(key),
        })
        .execute();
    },

    /** Writes what a person may change of a key; false when it was revoked meanwhile. */
    async update(scope: Scope, key: ApiKey): Promise<boolean> {
      const result = await db
        .updateTable('platform.api_key')
        .set({ name: key.name, permissions: key.permissions, ...termsOf(key) })
        .where('id', '=', key.id)
        .where('revoked_at', 'is', null)
        .where(withinScope(scope, 'organisation'))
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },

    /** Puts a new secret in the place of the one until now, which works until `until`. False when the key was revoked. */
    async rotate(
      scope: Scope,
      id: string,
      next: { secretHash: string; prefix: string; now: Date; until: Date | null },
    ): Promise<boolean> {
      const kept = next.until !== null;
      const result = await db
        .updateTable('platform.api_key')
        .set((eb) => ({
          old_secret_hash: kept ? eb.ref('secret_hash') : null,
          old_prefix: kept ? eb.ref('prefix') : null,
          old_used_at: kept ? eb.ref('last_used_at') : null,
          old_until: next.until,
          secret_hash: next.secretHash,
          prefix: next.prefix,
          rotated_at: next.now,
        }))
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .where(withinScope(scope, 'organisation'))
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },

    /** False when it was revoked before. */
    async revoke(scope: Scope, id: string, now: Date): Promise<boolean> {
      const result = await db
        .updateTable('platform.api_key')
        .set({ revoked_at: now })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .where(withinScope(scope, 'organisation'))
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },

    /** Notes the use of the scope's own key, and of the secret before the last rotation when that was used (`old`). */
    async touch(scope: Scope, use: { now: Date; old: boolean }): Promise<void> {
      await db
        .updateTable('platform.api_key')
        .set({
          last_used_at: use.now,
          last_used_from: scope.from,
          ...(use.old ? { old_used_at: use.now } : {}),
        })
        .where('id', '=', scope.actor.id)
        .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<=', use.now)]))
        .execute();
    },
  };
}

/** The end of a secret whose end is not known: it does not work. */
const NEVER = new Date(0);

const termsOf = (key: ApiKey) => ({
  description: key.description,
  application: key.application,
  allowed_addresses: key.allowedAddresses,
  expires_at: key.expiresAt === null ? null : new Date(key.expiresAt),
});

export const toApiKey = (row: Selectable<AuthTables['platform.api_key']>): ApiKey => ({
  id: row.id,
  name: row.name,
  description: row.description,
  application: row.application,
  allowedAddresses: row.allowed_addresses,
  prefix: row.prefix,
  organisation: row.organisation,
  permissions: knownPermissions(row.permissions),
  createdBy: row.created_by,
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at?.toISOString() ?? null,
  revokedAt: row.revoked_at?.toISOString() ?? null,
  lastUsedAt: row.last_used_at?.toISOString() ?? null,
  lastUsedFrom: row.last_used_from,
  rotatedAt: row.rotated_at?.toISOString() ?? null,
  previous:
    row.old_prefix === null || row.old_until === null
      ? null
      : {
          prefix: row.old_prefix,
          until: row.old_until.toISOString(),
          lastUsedAt: row.old_used_at?.toISOString() ?? null,
        },
});
