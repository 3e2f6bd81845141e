import { type Kysely, sql } from 'kysely';
import type { AuthTables } from '#platform/auth/auth.tables.ts';

/**
 * Failed sign-ins by user name, counted the same way whether the user exists or not, so that nobody learns which do.
 * Without a scope throughout: nobody is known yet.
 */
export function createAttemptStore(db: Kysely<AuthTables>) {
  return {
    /** Until when the name is locked; null when it is not. */
    async lockedUntilUnscoped(username: string, now: Date): Promise<Date | null> {
      const row = await db
        .selectFrom('platform.login_attempt')
        .select('locked_until')
        .where('username', '=', username)
        .where('locked_until', '>', now)
        .executeTakeFirst();
      return row?.locked_until ?? null;
    },

    /** Counts one failure; failures older than the lock time no longer count. Returns the end of the lock, if it is one now. */
    async failUnscoped(
      username: string,
      limits: { now: Date; attemptsMax: number; lockMs: number },
    ): Promise<Date | null> {
      const forgetBefore = new Date(limits.now.getTime() - limits.lockMs);
      const lockedUntil = new Date(limits.now.getTime() + limits.lockMs);
      await db.deleteFrom('platform.login_attempt').where('last_at', '<', forgetBefore).execute();
      const row = await db
        .insertInto('platform.login_attempt')
        .values({
          username,
          failures: 1,
          last_at: limits.now,
          locked_until: limits.attemptsMax <= 1 ? lockedUntil : null,
        })
        .onConflict((conflict) =>
          conflict.column('username').doUpdateSet((eb) => ({
            failures: eb('platform.login_attempt.failures', '+', 1),
            last_at: limits.now,
            locked_until: sql<Date | null>`case when platform.login_attempt.failures + 1 >= ${limits.attemptsMax}
              then ${lockedUntil}::timestamptz end`,
          })),
        )
        .returning('locked_until')
        .executeTakeFirst();
      return row?.locked_until ?? null;
    },

    /** Forgets the failures after a right password or an administrator's unlock. True when there were any. */
    async clearUnscoped(username: string): Promise<boolean> {
      const result = await db
        .deleteFrom('platform.login_attempt')
        .where('username', '=', username)
        .executeTakeFirst();
      return result.numDeletedRows > 0n;
    },
  };
}
