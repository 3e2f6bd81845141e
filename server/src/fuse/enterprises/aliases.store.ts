import { type Kysely, sql } from 'kysely';
import type { FuseTables } from '../fuse.tables.ts';
import { createUnscopedPastStore } from './past.store.ts';

const anyId = (ids: readonly string[]) => sql<string>`any(${[...ids]}::uuid[])`;

type Revived = {
  id: string;
  name: string;
  organisation: string;
  number: number;
  createdAt: string | undefined;
};

/** Ids of enterprises that ended in others, inside the transaction that ends or revives them; over the whole province. */
export function createUnscopedAliasStore(db: Kysely<FuseTables>) {
  return {
    /** Moves everything of one enterprise to another and leaves its id as an alias. */
    async merge({ from, into, at }: { from: string; into: string; at: Date }): Promise<void> {
      await createUnscopedPastStore(db).keepAll(from, at);
      await db.updateTable('fuse.link').set({ enterprise: into }).where('enterprise', '=', from).execute();
      await db
        .updateTable('fuse.enterprise_alias')
        .set({ enterprise: into })
        .where('enterprise', '=', from)
        .execute();
      await db.insertInto('fuse.enterprise_alias').values({ id: from, enterprise: into, at }).execute();
      await db.deleteFrom('fuse.enterprise').where('id', '=', from).execute();
    },

    /** Ids that lead to the enterprise, oldest alias first. */
    async aliasesOf(enterprise: string): Promise<string[]> {
      const rows = await db
        .selectFrom('fuse.enterprise_alias')
        .select('id')
        .where('enterprise', '=', enterprise)
        .orderBy('at')
        .orderBy('id')
        .execute();
      return rows.map(({ id }) => id);
    },

    /** Lets these old ids lead to another enterprise. */
    async realias(ids: readonly string[], enterprise: string): Promise<void> {
      await db
        .updateTable('fuse.enterprise_alias')
        .set({ enterprise })
        .where('id', '=', anyId(ids))
        .execute();
    },

    /** Brings an enterprise back that had become an alias, with the age it had. */
    async revive({ id, name, organisation, number, createdAt }: Revived, at: Date): Promise<void> {
      await db.deleteFrom('fuse.enterprise_alias').where('id', '=', id).execute();
      await sql`insert into fuse.enterprise (id, number, state, name, code_valid, organisation, home_organisation, sources, findings,
          search, created_at, updated_at) overriding system value
        values (${id}, ${number}, 'active', ${name}, false, ${organisation}, ${organisation}, 0, 0, '',
          ${createdAt ?? at.toISOString()}, ${at})`.execute(db);
    },
  };
}
export type AliasStore = ReturnType<typeof createUnscopedAliasStore>;
