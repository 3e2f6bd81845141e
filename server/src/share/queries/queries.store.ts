import type { Kysely, Selectable } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import { demandCovers, type Scope } from '#platform/auth/scope.ts';
import type { QueryContent, ShareTables } from '../share.tables.ts';

export type SavedRow = {
  name: string;
  version: number;
  state: 'active' | 'deleted';
  organisation: string;
  content: QueryContent;
  madeBy: string;
  madeAt: Date;
};
/** Most saved queries that are listed; there are never more. */
const LISTED_MAX = 1_000;

/** Saved queries in their versions. Pass a transaction to take part in it. */
export function createQueryStore(db: Kysely<ShareTables>) {
  const newest = (scope: Scope) =>
    db
      .selectFrom('share.saved_query')
      .selectAll()
      .where('newest', '=', true)
      .where(withinScope(scope, 'organisation'));
  return {
    /** Those that are in use, by name. */
    async list(scope: Scope): Promise<SavedRow[]> {
      const rows = await newest(scope)
        .where('state', '=', 'active')
        .orderBy('name')
        .limit(LISTED_MAX)
        .execute();
      return rows.map(toRow);
    },

    /** null when there is none, it was deleted, or it lies outside the scope. */
    async find(scope: Scope, name: string): Promise<SavedRow | null> {
      const row = await newest(scope)
        .where('name', '=', name)
        .where('state', '=', 'active')
        .executeTakeFirst();
      return row ? toRow(row) : null;
    },

    /** All versions, the newest first. */
    async versions(scope: Scope, name: string, limit: number): Promise<SavedRow[]> {
      const rows = await db
        .selectFrom('share.saved_query')
        .selectAll()
        .where('name', '=', name)
        .where(withinScope(scope, 'organisation'))
        .orderBy('version', 'desc')
        .limit(limit)
        .execute();
      return rows.map(toRow);
    },

    async countUnscoped(): Promise<number> {
      const { total } = await db
        .selectFrom('share.saved_query')
        .where('newest', '=', true)
        .where('state', '=', 'active')
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      return Number(total);
    },

    /** Adds a version; false when somebody has added that one, or has the name. */
    async add(scope: Scope, { content, madeBy, madeAt, ...row }: SavedRow): Promise<boolean> {
      demandCovers(scope, row.organisation, row.organisation);
      await db
        .updateTable('share.saved_query')
        .set({ newest: false })
        .where('name', '=', row.name)
        .where('organisation', '=', row.organisation)
        .where('version', '=', row.version - 1)
        .execute();
      const added = await db
        .insertInto('share.saved_query')
        .values({
          ...row,
          ...{ newest: true, content: JSON.stringify(content), made_by: madeBy, made_at: madeAt },
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return Number(added.numInsertedOrUpdatedRows ?? 0) === 1;
    },
  };
}

const toRow = (row: Selectable<ShareTables['share.saved_query']>): SavedRow => ({
  ...{ name: row.name, version: row.version, state: row.state, organisation: row.organisation },
  ...{ content: row.content, madeBy: row.made_by, madeAt: row.made_at },
});
