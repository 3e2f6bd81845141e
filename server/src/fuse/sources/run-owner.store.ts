import { randomInt } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { AppError } from '#platform/errors/errors.ts';
import type { FuseTables } from '../fuse.tables.ts';

/** Name space of our advisory locks, so that they never meet those of another room. */
const LOCK_SPACE = 1_179_996_997;
const OWNER_MAX = 2 ** 31 - 1;

/**
 * Tells which process works on a run: a process holds one PostgreSQL advisory lock for its life, and the database lets go
 * of it when the process dies, also by `kill -9`. A run whose owner's lock is free has nobody working on it.
 */
export type RunOwner = {
  /** The number of this process; takes the lock (and one connection) on first use. @throws SHUTTING_DOWN after release */
  acquire(): Promise<number>;
  isAlive(owner: number): Promise<boolean>;
  /** Lets go of lock and connection. */
  release(): Promise<void>;
};

export function createRunOwner(db: Kysely<FuseTables>): RunOwner {
  let held: { owner: Promise<number>; end: () => void; ended: Promise<void> } | null = null;

  function hold() {
    const owner = randomInt(1, OWNER_MAX);
    let end = () => {};
    const until = new Promise<void>((resolve) => {
      end = resolve;
    });
    let ended: Promise<void> = until;
    const locked = new Promise<number>((isLocked, isRefused) => {
      ended = db
        .connection()
        .execute(async (connection) => {
          await sql`select pg_advisory_lock(${sql.lit(LOCK_SPACE)}, ${owner}::int)`.execute(connection);
          isLocked(owner);
          await until;
          await sql`select pg_advisory_unlock(${sql.lit(LOCK_SPACE)}, ${owner}::int)`.execute(connection);
        })
        .catch((error: unknown) => isRefused(error));
    });
    return { owner: locked, end: () => end(), ended };
  }

  let released = false;
  return {
    async acquire() {
      if (released) throw new AppError('SHUTTING_DOWN');
      held ??= hold();
      try {
        return await held.owner;
      } catch (error) {
        held = null;
        throw error;
      }
    },
    async isAlive(owner) {
      if (held && (await held.owner) === owner) return true;
      const { rows } = await sql<{ alive: boolean }>`
        select exists (
          select 1 from pg_locks where locktype = 'advisory' and granted
            and database = (select oid from pg_database where datname = current_database())
            and classid = ${sql.lit(LOCK_SPACE)}::oid and objid = ${owner}::bigint::oid and objsubid = 2
        ) as alive`.execute(db);
      return rows[0]?.alive ?? false;
    },
    async release() {
      released = true;
      const releasing = held;
      held = null;
      releasing?.end();
      await releasing?.ended;
    },
  };
}
