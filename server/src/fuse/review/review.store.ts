import type { ReviewQuery } from '@ronghe/contracts';
import { type Kysely, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { decodeCursor, encodeCursor, invalidCursor } from '#platform/paging/cursor.ts';
import type { FuseTables } from '../fuse.tables.ts';

type Filter = Pick<ReviewQuery, 'state' | 'source' | 'enterprise' | 'later'>;
type PageOptions = { cursor?: string | undefined; limit: number };

/** Doubtful pairs whose enterprises both lie inside the scope. */
export function createReviewStore(db: Kysely<FuseTables>) {
  const visible = (scope: Scope) =>
    db
      .selectFrom('fuse.review_pair as pair')
      .innerJoin('fuse.link as la', (join) =>
        join.onRef('la.source', '=', 'pair.source_a').onRef('la.entity_key', '=', 'pair.key_a'),
      )
      .innerJoin('fuse.link as lb', (join) =>
        join.onRef('lb.source', '=', 'pair.source_b').onRef('lb.entity_key', '=', 'pair.key_b'),
      )
      .innerJoin('fuse.enterprise as ea', 'ea.id', 'la.enterprise')
      .innerJoin('fuse.enterprise as eb', 'eb.id', 'lb.enterprise')
      .innerJoin('fuse.source as sa', 'sa.id', 'pair.source_a')
      .innerJoin('fuse.source as sb', 'sb.id', 'pair.source_b')
      .where(withinScope(scope, 'ea.organisation'))
      .where(withinScope(scope, 'eb.organisation'));

  const matching = (scope: Scope, { state, source, enterprise, later }: Filter, now: Date) => {
    let query = visible(scope).where('pair.state', '=', state);
    // a merge may have settled an open pair on its way
    if (state === 'open')
      query = query
        .where('la.gone', '=', false)
        .where('lb.gone', '=', false)
        .whereRef('la.enterprise', '!=', 'lb.enterprise');
    if (state === 'open' && !later)
      query = query.where((where) =>
        where.or([where('pair.later_until', 'is', null), where('pair.later_until', '<=', now)]),
      );
    if (source)
      query = query.where((where) =>
        where.or([where('pair.source_a', '=', source), where('pair.source_b', '=', source)]),
      );
    if (enterprise)
      query = query.where((where) =>
        where.or([where('la.enterprise', '=', enterprise), where('lb.enterprise', '=', enterprise)]),
      );
    return query;
  };
  const selected = (query: ReturnType<typeof visible>) =>
    query
      .selectAll('pair')
      .select(['ea.id as enterprise_a', 'ea.name as enterprise_name_a', 'sa.name as source_name_a'])
      .select(['eb.id as enterprise_b', 'eb.name as enterprise_name_b', 'sb.name as source_name_b'])
      .select([
        sql<string>`coalesce(la.traits->>'name', la.code, la.row_key)`.as('name_a'),
        sql<string>`coalesce(lb.traits->>'name', lb.code, lb.row_key)`.as('name_b'),
      ]);

  return {
    async count(scope: Scope, filter: Filter, now: Date): Promise<number> {
      const { total } = await matching(scope, filter, now)
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      return total;
    },

    /** The most useful first, the older first among equals. */
    async page(scope: Scope, filter: Filter, { cursor, limit }: PageOptions, now: Date) {
      let query = matching(scope, filter, now);
      if (cursor) {
        const [usefulness = Number.NaN, number = Number.NaN] = decodeCursor(cursor, 2).map(Number);
        if (!Number.isFinite(usefulness) || !Number.isSafeInteger(number)) throw invalidCursor();
        query = query.where((where) =>
          where.or([
            where('pair.usefulness', '<', usefulness),
            where.and([where('pair.usefulness', '=', usefulness), where('pair.number', '>', number)]),
          ]),
        );
      }
      const rows = await selected(query)
        .orderBy('pair.usefulness', 'desc')
        .orderBy('pair.number')
        .limit(limit + 1)
        .execute();
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return {
        items,
        next: rows.length > limit && last ? encodeCursor([last.usefulness, last.number]) : null,
      };
    },

    async find(scope: Scope, id: string) {
      return (await selected(visible(scope).where('pair.id', '=', id)).executeTakeFirst()) ?? null;
    },

    async putAside(_scope: Scope, id: string, until: Date): Promise<void> {
      await db.updateTable('fuse.review_pair').set({ later_until: until }).where('id', '=', id).execute();
    },

    async answered(
      _scope: Scope,
      id: string,
      answer: { state: 'same' | 'different'; decision: string; decided_by: string; decided_at: Date },
    ): Promise<void> {
      await db.updateTable('fuse.review_pair').set(answer).where('id', '=', id).execute();
    },

    /** Other open pairs between the same two enterprises ask the same question. */
    async settleBetween(_scope: Scope, id: string, a: string, b: string): Promise<void> {
      await sql`update fuse.review_pair pair set state = 'settled' from fuse.link la, fuse.link lb
        where pair.state = 'open' and pair.id <> ${id}
          and la.source = pair.source_a and la.entity_key = pair.key_a
          and lb.source = pair.source_b and lb.entity_key = pair.key_b
          and ((la.enterprise = ${a} and lb.enterprise = ${b}) or (la.enterprise = ${b} and lb.enterprise = ${a}))`.execute(
        db,
      );
    },
  };
}
export type ReviewStore = ReturnType<typeof createReviewStore>;
export type StoredPair = NonNullable<Awaited<ReturnType<ReviewStore['find']>>>;
