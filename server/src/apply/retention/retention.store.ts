import { type Kysely, sql } from 'kysely';
import type { ApplyTables } from '../apply.tables.ts';

/** Rows of one statement: a table that was never tidied is tidied in many short ones. */
const ROWS_AT_ONCE = 10_000;

/** Deletes what is over for long; of the installation, so without a scope. */
export function createUnscopedRetentionStore(db: Kysely<ApplyTables>) {
  return {
    /** Alerts that ended before, with all that was done about them. @returns how many; call again until there are none */
    async endedAlerts(before: Date): Promise<number> {
      const { numAffectedRows } = await sql`delete from apply.alert where id in (
        select id from apply.alert where state = 'ended' and ended_at < ${before} limit ${ROWS_AT_ONCE})`.execute(
        db,
      );
      return Number(numAffectedRows ?? 0);
    },

    /** Messages that were sent or given up before. @returns how many; call again until there are none */
    async notices(before: Date): Promise<number> {
      const { numAffectedRows } = await sql`delete from apply.notice where id in (
        select id from apply.notice where state in ('sent', 'failed') and made_at < ${before} limit ${ROWS_AT_ONCE})`.execute(
        db,
      );
      return Number(numAffectedRows ?? 0);
    },

    async maintenance(before: Date): Promise<number> {
      const { numDeletedRows } = await db
        .deleteFrom('apply.maintenance')
        .where('ends_at', '<', before)
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
  };
}
