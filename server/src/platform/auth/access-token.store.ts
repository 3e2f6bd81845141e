import type { Permission } from '@ronghe/contracts';
import type { Kysely } from 'kysely';
import type { AuthTables } from '#platform/auth/auth.tables.ts';
import { type Behind, toApiKey } from '#platform/auth/key.store.ts';
import { knownPermissions } from '#platform/auth/role.ts';
import type { Scope } from '#platform/auth/scope.ts';

/** Tokens one key may have at once; the oldest ends when one more is given. */
export const TOKENS_PER_KEY_MAX = 1_000;

type NewToken = { tokenHash: string; permissions: readonly Permission[]; now: Date; expiresAt: Date };

/** Rows of `platform.access_token`; tokens are here as SHA-256 only. Pass a transaction to take part in it. */
export function createAccessTokenStore(db: Kysely<AuthTables>) {
  return {
    /** Without a scope: this finds out who the caller is. The rights are what both the token and its key have. */
    async findByHashUnscoped(tokenHash: string): Promise<Behind | null> {
      const row = await db
        .selectFrom('platform.access_token as t')
        .innerJoin('platform.api_key as k', 'k.id', 't.api_key')
        .selectAll('k')
        .select(['t.permissions as granted', 't.expires_at as until'])
        .where('t.token_hash', '=', tokenHash)
        .executeTakeFirst();
      if (!row) return null;
      const apiKey = toApiKey(row);
      const permissions = knownPermissions(row.granted).filter((name) => apiKey.permissions.includes(name));
      return { apiKey, permissions, until: row.until, old: false };
    },

    /** Gives a token to the scope's own key; removes what has ended and what is beyond the limit. */
    async insert(scope: Scope, token: NewToken): Promise<void> {
      await db.deleteFrom('platform.access_token').where('expires_at', '<=', token.now).execute();
      const kept = db
        .selectFrom('platform.access_token')
        .select('token_hash')
        .where('api_key', '=', scope.actor.id)
        .orderBy('created_at', 'desc')
        .limit(TOKENS_PER_KEY_MAX - 1);
      await db
        .deleteFrom('platform.access_token')
        .where('api_key', '=', scope.actor.id)
        .where('token_hash', 'not in', kept)
        .execute();
      await db
        .insertInto('platform.access_token')
        .values({
          token_hash: token.tokenHash,
          api_key: scope.actor.id,
          permissions: [...token.permissions],
          created_at: token.now,
          expires_at: token.expiresAt,
        })
        .execute();
    },

    /** Ends the tokens of a key, which the service found inside the scope, at a time at the latest. */
    async endBy(_scope: Scope, apiKey: string, until: Date): Promise<void> {
      await db
        .updateTable('platform.access_token')
        .set({ expires_at: until })
        .where('api_key', '=', apiKey)
        .where('expires_at', '>', until)
        .execute();
    },
  };
}
