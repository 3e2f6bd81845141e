import { type Kysely, sql } from 'kysely';
import type { Scope } from '#platform/auth/scope.ts';
import type { FuseTables } from '../../fuse.tables.ts';

type Key = { source: string; key: string };
export type PushRow = { bodyHash: string; run: string; job: string; rows: number };

/** Rows of `fuse.push`: which deliveries were accepted under which key. The caller has found the source within its scope. */
export function createPushStore(db: Kysely<FuseTables>) {
  return {
    /**
     * Holds a key until the transaction ends; another with the same key waits. A lock of its own and no row, because a row
     * would hold its source as well, and starting the run may want that one.
     */
    async hold(_scope: Scope, { source, key }: Key): Promise<void> {
      await sql`select pg_advisory_xact_lock(hashtext('fuse.push'), hashtext(${`${source}:${key}`}))`.execute(
        db,
      );
    },

    async add(_scope: Scope, { source, key }: Key, push: PushRow & { at: Date }): Promise<void> {
      const { bodyHash, ...rest } = push;
      await db
        .insertInto('fuse.push')
        .values({ source, idempotency_key: key, body_hash: bodyHash, ...rest })
        .execute();
    },

    async find(_scope: Scope, { source, key }: Key): Promise<PushRow | null> {
      const row = await db
        .selectFrom('fuse.push')
        .select(['body_hash', 'run', 'job', 'rows'])
        .where('source', '=', source)
        .where('idempotency_key', '=', key)
        .executeTakeFirst();
      return row ? { bodyHash: row.body_hash, run: row.run, job: row.job, rows: row.rows } : null;
    },

    /** Forgets keys of a source that are older than any retry. */
    async forget(_scope: Scope, { source, before }: { source: string; before: Date }): Promise<void> {
      await db.deleteFrom('fuse.push').where('source', '=', source).where('at', '<', before).execute();
    },
  };
}
