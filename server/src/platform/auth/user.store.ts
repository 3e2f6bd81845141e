import type { User } from '@ronghe/contracts';
import { type Kysely, sql } from 'kysely';
import type { AuthTables } from '#platform/auth/auth.tables.ts';
import { withinScope } from '#platform/auth/scope.store.ts';
import { demandCovers, type Scope } from '#platform/auth/scope.ts';

/** Most users one answer holds. */
export const USERS_MAX = 5_000;

/** What sign-in needs to know of a user. */
export type LoginUser = {
  id: string;
  username: string;
  organisation: string;
  passwordHash: string;
  disabled: boolean;
};

const ROLES = sql<
  string[]
>`array(select ur.role::text from platform.user_role ur where ur.user_id = u.id order by ur.role)`;

/** Rows of `platform.user` and `platform.user_role`. Pass a transaction to take part in it. */
export function createUserStore(db: Kysely<AuthTables>) {
  const select = () =>
    db
      .selectFrom('platform.user as u')
      .leftJoin('platform.login_attempt as a', 'a.username', 'u.username')
      .select([
        'u.id',
        'u.username',
        'u.title',
        'u.organisation',
        'u.disabled',
        'u.last_login_at',
        'u.created_at',
        'a.locked_until',
      ])
      .select(ROLES.as('roles'));
  return {
    async list(scope: Scope, now: Date): Promise<User[]> {
      const rows = await select()
        .where(withinScope(scope, 'u.organisation'))
        .orderBy('u.username')
        .limit(USERS_MAX)
        .execute();
      return rows.map((row) => toUser(row, now));
    },

    /** null when there is none or they belong to an organisation outside the scope. */
    async find(scope: Scope, id: string, now: Date): Promise<User | null> {
      const row = await select()
        .where('u.id', '=', id)
        .where(withinScope(scope, 'u.organisation'))
        .executeTakeFirst();
      return row ? toUser(row, now) : null;
    },

    /** Without a scope: at sign-in nobody is known yet, and the user name is all there is. */
    async findForLoginUnscoped(username: string): Promise<LoginUser | null> {
      const row = await db
        .selectFrom('platform.user')
        .select(['id', 'username', 'organisation', 'password_hash as passwordHash', 'disabled'])
        .where('username', '=', username)
        .executeTakeFirst();
      return row ?? null;
    },

    /** Without a scope: the first start has to know whether anybody is there at all. */
    async anyUnscoped(): Promise<boolean> {
      const row = await db.selectFrom('platform.user').select('id').limit(1).executeTakeFirst();
      return row !== undefined;
    },

    /** False when the user name is taken. */
    async insert(
      scope: Scope,
      user: Omit<User, 'lockedUntil' | 'lastLoginAt' | 'roles'> & { passwordHash: string },
    ): Promise<boolean> {
      demandCovers(scope, user.organisation, user.organisation);
      const { passwordHash, createdAt, ...rest } = user;
      const result = await db
        .insertInto('platform.user')
        .values({ ...rest, password_hash: passwordHash, created_at: new Date(createdAt) })
        .onConflict((conflict) => conflict.column('username').doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },

    async update(
      scope: Scope,
      id: string,
      values: { title?: string; disabled?: boolean; password_hash?: string; last_login_at?: Date },
    ): Promise<void> {
      if (Object.keys(values).length === 0) return;
      await db
        .updateTable('platform.user')
        .set(values)
        .where('id', '=', id)
        .where(withinScope(scope, 'organisation'))
        .execute();
    },

    /** Replaces all roles of a user inside the scope. */
    async setRoles(scope: Scope, id: string, roles: readonly string[]): Promise<void> {
      const inside = db
        .selectFrom('platform.user')
        .select('id')
        .where('id', '=', id)
        .where(withinScope(scope, 'organisation'));
      await db.deleteFrom('platform.user_role').where('user_id', 'in', inside).execute();
      await db
        .insertInto('platform.user_role')
        .columns(['user_id', 'role'])
        .expression(inside.select((eb) => sql<string>`unnest(${eb.val(roles)}::text[])`.as('role')))
        .execute();
    },

    /**
     * Users of the root organisation who can still sign in as administrator. Holds a lock until the transaction ends, so
     * that two administrators who disable each other at once cannot both succeed.
     */
    async lockAdministrators(scope: Scope): Promise<string[]> {
      await sql`select pg_advisory_xact_lock(hashtext('platform.administrators'))`.execute(db);
      const root = scope.organisation.split('.')[0] ?? scope.organisation;
      const rows = await db
        .selectFrom('platform.user as u')
        .innerJoin('platform.user_role as r', 'r.user_id', 'u.id')
        .select('u.id')
        .where('r.role', '=', 'administrator')
        .where('u.disabled', '=', false)
        .where('u.organisation', '=', root)
        .execute();
      return rows.map((row) => row.id);
    },

    /** Without a scope: several processes may start on an empty database at once; only one makes the first user. */
    async lockBootstrapUnscoped(): Promise<void> {
      await sql`select pg_advisory_xact_lock(hashtext('platform.bootstrap'))`.execute(db);
    },
  };
}

type UserRow = {
  id: string;
  username: string;
  title: string;
  organisation: string;
  disabled: boolean;
  last_login_at: Date | null;
  created_at: Date;
  locked_until: Date | null;
  roles: string[];
};

function toUser(row: UserRow, now: Date): User {
  return {
    id: row.id,
    username: row.username,
    title: row.title,
    organisation: row.organisation,
    roles: row.roles,
    disabled: row.disabled,
    lockedUntil: row.locked_until && row.locked_until > now ? row.locked_until.toISOString() : null,
    lastLoginAt: row.last_login_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
  };
}
