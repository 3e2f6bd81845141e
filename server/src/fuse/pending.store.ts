import { type Kysely, sql } from 'kysely';
import { arrayOf } from '#platform/db/recordset.ts';
import type { FuseTables } from './fuse.tables.ts';
import type { WorkedOff } from './keeper.ts';

/** Enterprises noted for something that is made of them, by triggers; a note that is made again gets a new token. */
type Notes = 'fuse.indicator_pending' | 'fuse.relation_pending' | 'fuse.copy_pending';
export type Waiting = { enterprise: number; token: number };

/** What waits in one of the lists of notes. Work of the platform, over the whole province. */
export function createUnscopedPendingStore(db: Kysely<FuseTables>, notes: Notes) {
  // asked before every reading: put together once
  // sql-identifier: tables and sequences of our own list
  const looked = sql<{ waits: boolean; token: string }>`
    select exists (select from ${sql.table(notes)}) as waits, last_value::text as token
    from ${sql.table(notes.replace(/_pending$/, '_token'))}`.compile(db);

  return {
    /** One process at a time works off a list. */
    async lockUntilCommit(): Promise<void> {
      await sql`select pg_advisory_xact_lock(hashtext(${notes}))`.execute(db);
    },

    /** The oldest notes after a token. */
    async waiting(limit: number, after: number): Promise<Waiting[]> {
      return db
        .selectFrom(notes)
        .select(['enterprise', 'token'])
        .where('token', '>', after)
        .orderBy('token')
        .limit(limit)
        .execute();
    },

    /**
     * Whether something waits, and the newest token: notes and versions of what is made take the next one before they are written, so
     * that nothing was made anew while it is the same and nothing waits.
     */
    async state(): Promise<{ waits: boolean; token: string }> {
      const { rows } = await db.executeQuery(looked);
      return rows[0] ?? { waits: true, token: '' };
    },

    /** Those noted again meanwhile stay, and so do those that a transaction is just noting. Answers how many went, and the last token. */
    async done(waiting: readonly Waiting[]): Promise<WorkedOff> {
      const [enterprises, tokens] = [
        waiting.map(({ enterprise }) => enterprise),
        waiting.map(({ token }) => token),
      ];
      const gone = await sql`delete from ${sql.table(notes)} where enterprise in (
        select pending.enterprise from ${sql.table(notes)} as pending
        join unnest(${arrayOf(enterprises, 'bigint')}, ${arrayOf(tokens, 'bigint')}) as seen (enterprise, token) using (enterprise, token)
        for update of pending skip locked)`.execute(db);
      return { done: Number(gone.numAffectedRows ?? 0), last: tokens.at(-1) ?? 0 };
    },
  };
}
