import { type Kysely, sql } from 'kysely';
import type { AuthTables } from '#platform/auth/auth.tables.ts';
import type { Scope } from '#platform/auth/scope.ts';

/** Sessions one user may have at once; the oldest ends when one more begins. */
export const SESSIONS_PER_USER_MAX = 20;

/** The user behind a session, with the rights of their roles of one's own (built-in roles are resolved in code). */
export type SessionUser = {
  userId: string;
  username: string;
  organisation: string;
  roles: string[];
  customPermissions: string[];
  expiresAt: Date;
};

/** Rows of `platform.session`; tokens are here as SHA-256 only. Pass a transaction to take part in it. */
export function createSessionStore(db: Kysely<AuthTables>) {
  return {
    /** Without a scope: this finds out who the caller is. null when the session ended or its user is disabled. */
    async findUnscoped(tokenHash: string, now: Date): Promise<SessionUser | null> {
      const row = await db
        .selectFrom('platform.session as s')
        .innerJoin('platform.user as u', 'u.id', 's.user_id')
        .select(['u.id as userId', 'u.username', 'u.organisation', 's.expires_at as expiresAt'])
        .select([
          sql<string[]>`array(select ur.role::text from platform.user_role ur where ur.user_id = u.id)`.as(
            'roles',
          ),
          sql<string[]>`array(select unnest(r.permissions) from platform.role r
            join platform.user_role ur on ur.role = r.key where ur.user_id = u.id)`.as('customPermissions'),
        ])
        .where('s.token_hash', '=', tokenHash)
        .where('s.expires_at', '>', now)
        .where('u.disabled', '=', false)
        .executeTakeFirst();
      return row ?? null;
    },

    /** Begins a session of the scope's own user; ends their expired ones and those beyond the limit. */
    async insert(scope: Scope, session: { tokenHash: string; now: Date; expiresAt: Date }): Promise<void> {
      const mine = db.deleteFrom('platform.session').where('user_id', '=', scope.actor.id);
      await mine.where('expires_at', '<=', session.now).execute();
      const kept = db
        .selectFrom('platform.session')
        .select('token_hash')
        .where('user_id', '=', scope.actor.id)
        .orderBy('created_at', 'desc')
        .limit(SESSIONS_PER_USER_MAX - 1);
      await mine.where('token_hash', 'not in', kept).execute();
      await db
        .insertInto('platform.session')
        .values({
          token_hash: session.tokenHash,
          user_id: scope.actor.id,
          address: scope.from,
          created_at: session.now,
          expires_at: session.expiresAt,
        })
        .execute();
    },

    /** Ends one session of the scope's own user. False when it was not theirs or not there. */
    async end(scope: Scope, tokenHash: string): Promise<boolean> {
      const result = await db
        .deleteFrom('platform.session')
        .where('token_hash', '=', tokenHash)
        .where('user_id', '=', scope.actor.id)
        .executeTakeFirst();
      return result.numDeletedRows > 0n;
    },

    /** Ends all sessions of a user whom the service found inside the scope. */
    async endAll(_scope: Scope, userId: string): Promise<void> {
      await db.deleteFrom('platform.session').where('user_id', '=', userId).execute();
    },
  };
}
