import type { DecisionQuery, UndoReport } from '@ronghe/contracts';
import { type Insertable, type Kysely, type Selectable, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { encodeCursor } from '#platform/paging/cursor.ts';
import type { FuseTables } from '../fuse.tables.ts';
import type { DecidedPair, RecordId } from '../matching/constraints.ts';
import { numberOf } from '../paging.ts';

const INSERT_ROWS = 500;

export type StoredDecision = Selectable<FuseTables['fuse.decision']>;
export type NewDecisionRow = Omit<Insertable<FuseTables['fuse.decision']>, 'number'>;

/** Pairs that hold, as matching asks for them: over the whole province, because a run sees all of it. */
export function createUnscopedPairStore(db: Kysely<FuseTables>) {
  return {
    /** Pairs in force with one of these records at an end. */
    async touching(records: readonly RecordId[]): Promise<DecidedPair[]> {
      if (records.length === 0) return [];
      const [sources, keys] = [
        records.map(({ source }) => source),
        records.map(({ entityKey }) => entityKey),
      ];
      const { rows } = await sql<Selectable<FuseTables['fuse.decision_pair']>>`
        with asked as (select distinct source, key from unnest(${sources}::uuid[], ${keys}::text[]) as t (source, key))
        select pair.* from asked join fuse.decision_pair pair on pair.source_a = asked.source and pair.key_a = asked.key where pair.holds
        union
        select pair.* from asked join fuse.decision_pair pair on pair.source_b = asked.source and pair.key_b = asked.key where pair.holds
        order by decision, source_a, key_a, source_b, key_b`.execute(db);
      return rows.map(toPair);
    },

    /** All pairs in force, the newest decisions first: what a model is held against and learns from. */
    async holding(limit: number): Promise<DecidedPair[]> {
      const rows = await db
        .selectFrom('fuse.decision_pair as pair')
        .innerJoin('fuse.decision as decision', 'decision.id', 'pair.decision')
        .selectAll('pair')
        .where('pair.holds', '=', true)
        .orderBy('decision.number', 'desc')
        .limit(limit)
        .execute();
      return rows.map(toPair);
    },

    async add(pairs: readonly DecidedPair[], { holds }: { holds: boolean }): Promise<void> {
      for (let start = 0; start < pairs.length; start += INSERT_ROWS)
        await db
          .insertInto('fuse.decision_pair')
          .values(
            pairs.slice(start, start + INSERT_ROWS).map(({ decision, kind, a, b }) => ({
              ...{ decision, kind, holds, source_a: a.source, key_a: a.entityKey },
              ...{ source_b: b.source, key_b: b.entityKey },
            })),
          )
          .execute();
    },

    async removeOf(decision: string): Promise<void> {
      await db.deleteFrom('fuse.decision_pair').where('decision', '=', decision).execute();
    },

    async setHolding(decision: string, holds: boolean): Promise<void> {
      await db.updateTable('fuse.decision_pair').set({ holds }).where('decision', '=', decision).execute();
    },
  };
}
const toPair = (row: Selectable<FuseTables['fuse.decision_pair']>): DecidedPair => ({
  kind: row.kind,
  decision: row.decision,
  a: { source: row.source_a, entityKey: row.key_a },
  b: { source: row.source_b, entityKey: row.key_b },
});
export type PairStore = ReturnType<typeof createUnscopedPairStore>;

/** Rows of `fuse.decision`: what people decided, by whom, when and why. */
export function createDecisionStore(db: Kysely<FuseTables>) {
  const visible = (scope: Scope) =>
    db.selectFrom('fuse.decision as decision').where(withinScope(scope, 'decision.organisation'));
  return {
    async add(_scope: Scope, decision: NewDecisionRow): Promise<void> {
      await db.insertInto('fuse.decision').values(decision).execute();
    },

    /** One of them, locked until the transaction ends. */
    async findLocked(scope: Scope, id: string): Promise<StoredDecision | null> {
      const row = await visible(scope).selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
      return row ?? null;
    },

    async find(scope: Scope, id: string): Promise<(StoredDecision & { pairs: number }) | null> {
      const row = await visible(scope)
        .selectAll('decision')
        .select(pairCount)
        .where('id', '=', id)
        .executeTakeFirst();
      return row ?? null;
    },

    /** Who decided what, for the chain of a contradiction; decisions lie outside the scope too, where matching knows them. */
    async makersUnscoped(ids: readonly string[]): Promise<Map<string, { by: string; at: Date }>> {
      const rows = await db
        .selectFrom('fuse.decision')
        .select(['id', 'made_by', 'made_at'])
        .where('id', '=', sql<string>`any(${[...ids]}::uuid[])`)
        .execute();
      return new Map(rows.map((row) => [row.id, { by: row.made_by, at: row.made_at }]));
    },

    /** The two sides as they are when it takes effect. */
    async setSides(
      _scope: Scope,
      id: string,
      sides: { enterprise: string; other: string | null },
    ): Promise<void> {
      await db.updateTable('fuse.decision').set(sides).where('id', '=', id).execute();
    },

    async confirm(_scope: Scope, id: string, { by, at }: { by: string; at: Date }): Promise<void> {
      await db
        .updateTable('fuse.decision')
        .set({ state: 'confirmed', confirmed_by: by, confirmed_at: at })
        .where('id', '=', id)
        .execute();
    },

    async withdraw(
      _scope: Scope,
      id: string,
      { by, at, reason, undo }: { by: string; at: Date; reason: string; undo: UndoReport | null },
    ): Promise<void> {
      await db
        .updateTable('fuse.decision')
        .set({
          ...{ state: 'withdrawn', withdrawn_by: by, withdrawn_at: at, withdrawn_for: reason },
          undo: undo === null ? null : JSON.stringify(undo),
        })
        .where('id', '=', id)
        .execute();
    },

    /** Newest first; of one enterprise by any of its ids. */
    async list(scope: Scope, { state, enterprise, cursor, limit }: DecisionQuery) {
      let all = visible(scope);
      if (state) all = all.where('state', '=', state);
      if (enterprise)
        all = all.where(
          sql<boolean>`exists (select 1 from (values (decision.enterprise), (decision.other)) as side (id)
            left join fuse.enterprise_alias alias on alias.id = side.id
            where coalesce(alias.enterprise, side.id) = ${enterprise}::uuid)`,
        );
      let page = all.selectAll('decision').select(pairCount);
      if (cursor) page = page.where('number', '<', numberOf(cursor));
      const found = await page
        .orderBy('number', 'desc')
        .limit(limit + 1)
        .execute();
      const { total } = await all
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return { items, next: found.length > limit && last ? encodeCursor([last.number]) : null, total };
    },
  };
}
export type DecisionStore = ReturnType<typeof createDecisionStore>;

const pairCount =
  sql<number>`(select count(*)::int from fuse.decision_pair pair where pair.decision = decision.id)`.as(
    'pairs',
  );
