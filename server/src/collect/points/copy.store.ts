import { type Kysely, sql } from 'kysely';
import type { Analytics } from '#platform/db/analytics.ts';

type Tables = {
  'collect.point_pending': { block: number; token: number };
  'collect.every_point': {
    id: number;
    block: number;
    organisation: string;
    key: string;
    name: string;
    collector: string | null;
    connection: string | null;
    equipment: string | null;
    unit: string | null;
    type: string;
  };
};
type Waiting = { block: number; token: number };

/** The copy of points in ClickHouse that observations are joined with. Work of the platform, over all organisations. */
export function createUnscopedPointCopyStore(db: Kysely<Tables>, analytics: Analytics) {
  return {
    /** One process at a time: versions must grow in the order in which they are written. */
    async lockUntilCommit(): Promise<void> {
      await sql`select pg_advisory_xact_lock(hashtext('collect.point_row'))`.execute(db);
    },

    async waiting(limit: number): Promise<Waiting[]> {
      return db
        .selectFrom('collect.point_pending')
        .select(['block', 'token'])
        .orderBy('token')
        .limit(limit)
        .execute();
    },

    /** Those noted again meanwhile stay, and so do those that a transaction is just noting. */
    async done(waiting: readonly Waiting[]): Promise<void> {
      const [blocks, tokens] = [waiting.map(({ block }) => block), waiting.map(({ token }) => token)];
      await sql`delete from collect.point_pending where block in (
        select pending.block from collect.point_pending as pending
        join unnest(${blocks}::integer[], ${tokens}::bigint[]) as seen (block, token) using (block, token)
        for update of pending skip locked)`.execute(db);
    },

    /** Writes the points of these blocks as they are now; answers how many. */
    async put(blocks: readonly number[]): Promise<number> {
      const { rows: next } = await sql<{
        version: string;
      }>`select nextval('collect.point_token') as version`.execute(db);
      const version = BigInt(next[0]?.version ?? 0);
      const rows = await db
        .selectFrom('collect.every_point')
        .select(['id', 'organisation', 'key', 'name', 'collector', 'connection', 'equipment', 'unit', 'type'])
        .where('block', '=', sql<number>`any(${[...blocks]}::integer[])`)
        .execute();
      if (rows.length === 0) return 0;
      type Row = (typeof rows)[number];
      const text = (name: string, of: (row: Row) => string | null) => ({
        name,
        type: 'String' as const,
        values: rows.map((row) => of(row) ?? ''),
      });
      await analytics.insert('collect.point_row', [
        text('organisation', ({ organisation }) => organisation),
        text('key', ({ key }) => key),
        { name: 'series', type: 'UInt32', values: Uint32Array.from(rows, ({ id }) => id) },
        { name: 'version', type: 'UInt64', values: new BigUint64Array(rows.length).fill(version) },
        text('name', ({ name }) => name),
        text('collector', ({ collector }) => collector),
        text('connection', ({ connection }) => connection),
        text('equipment', ({ equipment }) => equipment),
        text('unit', ({ unit }) => unit),
        text('type', ({ type }) => type),
      ]);
      return rows.length;
    },
  };
}
export type PointCopyTables = Tables;
