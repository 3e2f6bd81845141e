import { type Kysely, sql } from 'kysely';
import type { AuthTables } from '#platform/auth/auth.tables.ts';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { LoginUser } from '#platform/auth/user.store.ts';

/** Rows of `platform.user_identity`: who a user is at an OpenID provider. Pass a transaction to take part in it. */
export function createIdentityStore(db: Kysely<AuthTables>) {
  return {
    /** Without a scope: who signs in through an OpenID provider is known by the subject there. */
    async findUserUnscoped(issuer: string, subject: string): Promise<LoginUser | null> {
      const row = await db
        .selectFrom('platform.user as u')
        .innerJoin('platform.user_identity as i', 'i.user_id', 'u.id')
        .select(['u.id', 'u.username', 'u.organisation', 'u.password_hash as passwordHash', 'u.disabled'])
        .where('i.issuer', '=', issuer)
        .where('i.subject', '=', subject)
        .executeTakeFirst();
      return row ?? null;
    },

    /** Notes who a user of the scope is at an OpenID provider. False when they or the subject are taken there. */
    async link(
      scope: Scope,
      identity: { issuer: string; subject: string; userId: string; now: Date },
    ): Promise<boolean> {
      const inside = db
        .selectFrom('platform.user')
        .select((eb) => [
          eb.val(identity.issuer).as('issuer'),
          eb.val(identity.subject).as('subject'),
          'id',
          sql<Date>`${identity.now}::timestamptz`.as('created_at'),
        ])
        .where('id', '=', identity.userId)
        .where(withinScope(scope, 'organisation'));
      const result = await db
        .insertInto('platform.user_identity')
        .columns(['issuer', 'subject', 'user_id', 'created_at'])
        .expression(inside)
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },
  };
}
