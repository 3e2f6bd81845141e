import type { Role } from '@ronghe/contracts';
import type { Kysely } from 'kysely';
import type { AuthTables } from '#platform/auth/auth.tables.ts';
import { knownPermissions } from '#platform/auth/role.ts';
import type { Scope } from '#platform/auth/scope.ts';

/** Most roles of one's own an installation may have. */
export const ROLES_MAX = 200;

/** Rows of `platform.role`: roles beside the built-in ones. They are the installation's, the same for every organisation. */
export function createRoleStore(db: Kysely<AuthTables>) {
  return {
    /** Roles are no secret of one organisation, so the scope limits nothing here; granting them does. */
    async list(_scope: Scope): Promise<Role[]> {
      const rows = await db.selectFrom('platform.role').selectAll().orderBy('key').limit(ROLES_MAX).execute();
      return rows.map((row) => ({
        key: row.key,
        name: { zh: row.name_zh, en: row.name_en },
        permissions: knownPermissions(row.permissions),
        builtIn: false,
      }));
    },

    /** False when the key is taken. */
    async insert(_scope: Scope, role: Omit<Role, 'builtIn'>, now: Date): Promise<boolean> {
      const result = await db
        .insertInto('platform.role')
        .values({
          key: role.key,
          name_zh: role.name.zh,
          name_en: role.name.en,
          permissions: role.permissions,
          created_at: now,
        })
        .onConflict((conflict) => conflict.column('key').doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },
  };
}
