import type { CollectorGap, Gap, GapQuery } from '@ronghe/contracts';
import { sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import type { Relational } from '#platform/db/relational.ts';
import { decodeCursor, encodeCursor } from '#platform/paging/cursor.ts';

type GapTable = {
  organisation: string;
  collector: string;
  connection: string;
  began_at: Date;
  ended_at: Date;
  points: number;
  filled: number | null;
  reason: string;
};
type Tables = { 'collect.gap': GapTable };

/** Newest gaps that are kept of one collector. */
const GAPS_MAX = 10_000;

/** Times without data in PostgreSQL; every question sees the scope's organisation and what lies below it. */
export type GapStore = ReturnType<typeof createGapStore>;

export function createGapStore({ relational }: { relational: Relational }) {
  const database = relational.as<Tables>();
  return {
    /** Keeps gaps of a collector that was found through the scope; one that is known is told anew, not twice. */
    async save(
      _scope: Scope,
      { collector, organisation }: { collector: string; organisation: string },
      gaps: readonly Gap[],
    ): Promise<void> {
      if (gaps.length === 0) return;
      // Two of the same beginning in one statement would meet each other.
      const unique = new Map(gaps.map((gap) => [`${gap.connection} ${Date.parse(gap.from)}`, gap]));
      await database
        .insertInto('collect.gap')
        .values(
          [...unique.values()].map((gap) => ({
            organisation,
            collector,
            connection: gap.connection,
            began_at: new Date(gap.from),
            ended_at: new Date(gap.to),
            points: gap.points,
            filled: gap.filled,
            reason: gap.reason,
          })),
        )
        .onConflict((conflict) =>
          conflict.columns(['collector', 'connection', 'began_at']).doUpdateSet((told) => ({
            ended_at: told.ref('excluded.ended_at'),
            points: told.ref('excluded.points'),
            filled: told.ref('excluded.filled'),
            reason: told.ref('excluded.reason'),
          })),
        )
        .execute();
      await sql`
        delete from collect.gap where collector = ${collector} and began_at < (
          select began_at from collect.gap where collector = ${collector}
          order by began_at desc offset ${GAPS_MAX} limit 1)`.execute(database);
    },

    /** The newest first. */
    async list(
      scope: Scope,
      query: GapQuery,
    ): Promise<{ items: CollectorGap[]; next: string | null; total: number }> {
      let matching = database.selectFrom('collect.gap').where(withinScope(scope, 'organisation'));
      const { collector, connection, from, to, cursor, limit } = query;
      if (collector !== undefined) matching = matching.where('collector', '=', collector);
      if (connection !== undefined) matching = matching.where('connection', '=', connection);
      if (from !== undefined) matching = matching.where('ended_at', '>=', new Date(from));
      if (to !== undefined) matching = matching.where('began_at', '<', new Date(to));
      let page = matching;
      if (cursor !== undefined) {
        const [at = '', name = '', link = ''] = decodeCursor(cursor, 3);
        const began = new Date(Number(at));
        page = page.where(sql<boolean>`(began_at, collector, connection) < (${began}, ${name}, ${link})`);
      }
      const [rows, { count }] = await Promise.all([
        page
          .selectAll()
          .orderBy('began_at', 'desc')
          .orderBy('collector', 'desc')
          .orderBy('connection', 'desc')
          .limit(limit + 1)
          .execute(),
        matching.select(sql<number>`count(*)::int`.as('count')).executeTakeFirstOrThrow(),
      ]);
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      return {
        items: rows.slice(0, limit).map(toGap),
        next: last ? encodeCursor([last.began_at.getTime(), last.collector, last.connection]) : null,
        total: count,
      };
    },
  };
}

const toGap = (row: GapTable): CollectorGap => ({
  collector: row.collector,
  connection: row.connection,
  from: row.began_at.toISOString(),
  to: row.ended_at.toISOString(),
  points: row.points,
  filled: row.filled,
  reason: row.reason,
});
