import type { ApiKey } from '@ronghe/contracts';
import type { Kysely, Selectable } from 'kysely';
import type { AuthTables } from '#platform/auth/auth.tables.ts';
import { knownPermissions } from '#platform/auth/role.ts';
import { withinScope } from '#platform/auth/scope.store.ts';
import { demandCovers, type Scope } from '#platform/auth/scope.ts';

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

    /** Without a scope: this finds out who the caller is. Revoked and expired keys are returned too. */
    async findByHashUnscoped(secretHash: string): Promise<ApiKey | null> {
      const row = await db
        .selectFrom('platform.api_key')
        .selectAll()
        .where('secret_hash', '=', secretHash)
        .executeTakeFirst();
      return row ? toApiKey(row) : null;
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
          expires_at: key.expiresAt === null ? null : new Date(key.expiresAt),
        })
        .execute();
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

    /** Notes the use of the scope's own key. */
    async touch(scope: Scope, now: Date): Promise<void> {
      await db
        .updateTable('platform.api_key')
        .set({ last_used_at: now })
        .where('id', '=', scope.actor.id)
        .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', now)]))
        .execute();
    },
  };
}

const toApiKey = (row: Selectable<AuthTables['platform.api_key']>): ApiKey => ({
  id: row.id,
  name: row.name,
  prefix: row.prefix,
  organisation: row.organisation,
  permissions: knownPermissions(row.permissions),
  createdBy: row.created_by,
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at?.toISOString() ?? null,
  revokedAt: row.revoked_at?.toISOString() ?? null,
  lastUsedAt: row.last_used_at?.toISOString() ?? null,
});
