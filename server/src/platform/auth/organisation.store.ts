import type { Organisation, OrganisationPath } from '@ronghe/contracts';
import type { Kysely, Selectable } from 'kysely';
import type { AuthTables } from '#platform/auth/auth.tables.ts';
import { withinScope } from '#platform/auth/scope.store.ts';
import { demandCovers, type Scope } from '#platform/auth/scope.ts';

/** Most organisations one answer holds. */
export const ORGANISATIONS_MAX = 10_000;

/** Rows of `platform.organisation`. Pass a transaction to take part in it. */
export function createOrganisationStore(db: Kysely<AuthTables>) {
  return {
    /** The scope's organisation and everything below it, parents before children. */
    async list(scope: Scope): Promise<Organisation[]> {
      const rows = await db
        .selectFrom('platform.organisation')
        .selectAll()
        .where(withinScope(scope, 'path'))
        .orderBy('path')
        .limit(ORGANISATIONS_MAX)
        .execute();
      return rows.map(toOrganisation);
    },

    /** null when there is none or it lies outside the scope. */
    async find(scope: Scope, path: OrganisationPath): Promise<Organisation | null> {
      const row = await db
        .selectFrom('platform.organisation')
        .selectAll()
        .where('path', '=', path)
        .where(withinScope(scope, 'path'))
        .executeTakeFirst();
      return row ? toOrganisation(row) : null;
    },

    /** False when the path was there already. */
    async insert(scope: Scope, organisation: Organisation): Promise<boolean> {
      demandCovers(scope, organisation.path, organisation.path);
      const { createdAt, ...rest } = organisation;
      const result = await db
        .insertInto('platform.organisation')
        .values({ ...rest, created_at: new Date(createdAt) })
        .onConflict((conflict) => conflict.column('path').doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },
  };
}

const toOrganisation = (row: Selectable<AuthTables['platform.organisation']>): Organisation => ({
  path: row.path,
  kind: row.kind,
  name: row.name,
  division: row.division,
  code: row.code,
  createdAt: row.created_at.toISOString(),
});
