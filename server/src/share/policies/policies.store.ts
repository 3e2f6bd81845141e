import type { Policy, PolicyQuery } from '@ronghe/contracts';
import { type Kysely, type Selectable, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import { demandCovers, type Scope } from '#platform/auth/scope.ts';
import { decodeCursor, encodeCursor, invalidCursor } from '#platform/paging/cursor.ts';
import type { ShareTables } from '../share.tables.ts';

type Row = Selectable<ShareTables['share.policy']>;

/** Policies in their versions. Pass a transaction to take part in it. */
export function createPolicyStore(db: Kysely<ShareTables>) {
  const newest = (scope: Scope) =>
    db.selectFrom('share.policy').where('newest', '=', true).where(withinScope(scope, 'organisation'));
  return {
    /** By id; those of the data of the scope's organisation and below. */
    async page(scope: Scope, { cursor, limit, dataset, state }: PolicyQuery) {
      const after = cursor === undefined ? null : idOf(cursor);
      let query = newest(scope);
      if (dataset !== undefined) query = query.where('dataset', '=', dataset);
      if (state !== undefined) query = query.where('state', '=', state);
      const { total } = await query
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      if (after !== null) query = query.where('id', '>', after);
      const rows = await query
        .selectAll()
        .orderBy('id')
        .limit(limit + 1)
        .execute();
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(toPolicy),
        next: rows.length > limit && last ? encodeCursor([last.id]) : null,
        total: Number(total),
      };
    },

    /** null when there is none or it is of data outside the scope. */
    async find(scope: Scope, id: string): Promise<Policy | null> {
      const row = await newest(scope).selectAll().where('id', '=', id).executeTakeFirst();
      return row ? toPolicy(row) : null;
    },

    /** All versions, the newest first. */
    async versions(scope: Scope, id: string, limit: number): Promise<Policy[]> {
      const rows = await db
        .selectFrom('share.policy')
        .selectAll()
        .where('id', '=', id)
        .where(withinScope(scope, 'organisation'))
        .orderBy('version', 'desc')
        .limit(limit)
        .execute();
      return rows.map(toPolicy);
    },

    async countUnscoped(): Promise<number> {
      const { total } = await db
        .selectFrom('share.policy')
        .where('newest', '=', true)
        .where('state', '=', 'active')
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      return Number(total);
    },

    /** Adds a version; false when somebody else has added that one. */
    async add(scope: Scope, policy: Policy): Promise<boolean> {
      demandCovers(scope, policy.organisation, policy.organisation);
      const { id, version, state, madeBy, madeAt, ...content } = policy;
      await db
        .updateTable('share.policy')
        .set({ newest: false })
        .where('id', '=', id)
        .where('version', '=', version - 1)
        .execute();
      const added = await db
        .insertInto('share.policy')
        .values({
          ...{ id, version, state, newest: true },
          organisation: policy.organisation,
          dataset: policy.dataset,
          content: JSON.stringify(content),
          made_by: madeBy,
          made_at: new Date(madeAt),
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return Number(added.numInsertedOrUpdatedRows ?? 0) === 1;
    },
  };
}

/** What every decision goes by, read at once: policies, grades and the number that changes with them. Works before anybody is known. */
export function createUnscopedRulebookStore(db: Kysely<ShareTables>) {
  return {
    async version(): Promise<number> {
      const row = await db.selectFrom('share.rulebook').select('version').executeTakeFirst();
      return Number(row?.version ?? 0);
    },

    /** Makes the rulebook when there is none; the secret of the first stays. */
    async begin(secret: string): Promise<void> {
      await db
        .insertInto('share.rulebook')
        .values({ one: true, version: 1, secret })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },

    /** To be called in the transaction of a change, before it reads: changes take their turns here. */
    async turn(): Promise<void> {
      await sql`update share.rulebook set version = version + 1`.execute(db);
    },

    /** One snapshot, so that the number belongs to what was read. */
    async read() {
      return db
        .transaction()
        .setIsolationLevel('repeatable read')
        .execute(async (transaction) => {
          const book = await transaction.selectFrom('share.rulebook').selectAll().executeTakeFirst();
          const policies = await transaction
            .selectFrom('share.policy')
            .select(['id', 'version', 'content'])
            .where('newest', '=', true)
            .where('state', '=', 'active')
            .execute();
          const grades = await transaction.selectFrom('share.grade').selectAll().execute();
          return {
            version: Number(book?.version ?? 0),
            secret: book?.secret ?? '',
            policies: policies.map(({ id, version, content }) => ({ ...content, id, version })),
            grades,
          };
        });
    },
  };
}

export const toPolicy = (row: Row): Policy => ({
  ...row.content,
  revocation: row.content.revocation ?? null,
  id: row.id,
  version: row.version,
  state: row.state,
  madeBy: row.made_by,
  madeAt: row.made_at.toISOString(),
});

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
function idOf(cursor: string): string {
  const [id = ''] = decodeCursor(cursor, 1);
  if (!UUID.test(id)) throw invalidCursor();
  return id;
}
