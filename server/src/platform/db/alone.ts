import { type Kysely, sql } from 'kysely';

/**
 * Runs the work while no other process of the installation runs work under the same number. The lock is PostgreSQL's own and goes with the
 * connection, so a process that is killed holds nobody up.
 * @returns false when another one is at it
 */
export async function runAlone<Tables>(
  database: Kysely<Tables>,
  lock: number,
  work: () => Promise<void>,
): Promise<boolean> {
  return database.connection().execute(async (connection) => {
    const { rows } = await sql<{
      locked: boolean;
    }>`select pg_try_advisory_lock(${lock}) as locked`.execute(connection);
    if (!rows[0]?.locked) return false;
    try {
      await work();
      return true;
    } finally {
      await sql`select pg_advisory_unlock(${lock})`.execute(connection);
    }
  });
}
