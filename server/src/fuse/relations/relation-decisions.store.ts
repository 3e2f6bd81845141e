import { type Kysely, type Selectable, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { encodeCursor } from '#platform/paging/cursor.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { numberOf } from '../paging.ts';

export type StoredDecision = Selectable<FuseTables['fuse.relation_decision']>;
/** A decision with both enterprises as they are now, by any id they had. */
export type SeenDecision = StoredDecision & { subject_number: number; object_number: number };
type Asked = { numbers: readonly number[]; limit: number };

const anyNumber = (numbers: readonly number[]) => sql<number>`any(${[...numbers]}::bigint[])`;
const anyId = (ids: readonly string[]) => sql<string>`any(${[...ids]}::uuid[])`;

/** What people say of relations. A decision is seen by who sees both enterprises, by any id that they had. */
export function createRelationDecisionStore(db: Kysely<FuseTables>) {
  /** Decisions in force between enterprises of the scope, with what they are now. */
  const decisions = (scope: Scope) =>
    db
      .selectFrom('fuse.relation_decision as decision')
      .leftJoin('fuse.enterprise_alias as subject_alias', 'subject_alias.id', 'decision.subject')
      .leftJoin('fuse.enterprise_alias as object_alias', 'object_alias.id', 'decision.object')
      .innerJoin('fuse.enterprise as subject_now', (join) =>
        join.on('subject_now.id', '=', sql<string>`coalesce(subject_alias.enterprise, decision.subject)`),
      )
      .innerJoin('fuse.enterprise as object_now', (join) =>
        join.on('object_now.id', '=', sql<string>`coalesce(object_alias.enterprise, decision.object)`),
      )
      .where(withinScope(scope, 'subject_now.organisation'))
      .where(withinScope(scope, 'object_now.organisation'));
  /** Ids of these enterprises, those that lead to them included. */
  const idsOf = async (numbers: readonly number[]): Promise<string[]> => {
    const { rows } = await sql<{ id: string }>`
      select id from fuse.enterprise where number = ${anyNumber(numbers)}
      union all select alias.id from fuse.enterprise_alias alias join fuse.enterprise e on e.id = alias.enterprise
      where e.number = ${anyNumber(numbers)}`.execute(db);
    return rows.map(({ id }) => id);
  };

  return {
    /** What people said and did not take back of these enterprises, both ends in the scope. */
    async around(scope: Scope, { numbers, limit }: Asked): Promise<SeenDecision[]> {
      if (numbers.length === 0) return [];
      const ids = await idsOf(numbers);
      return decisions(scope)
        .where('decision.withdrawn_at', 'is', null)
        .where((where) =>
          where.or([where('decision.subject', '=', anyId(ids)), where('decision.object', '=', anyId(ids))]),
        )
        .selectAll('decision')
        .select(['subject_now.number as subject_number', 'object_now.number as object_number'])
        .orderBy('decision.number')
        .limit(limit)
        .execute();
    },

    /** All of one enterprise, newest first. */
    async history(
      scope: Scope,
      number: number,
      { cursor, limit }: { cursor?: string | undefined; limit: number },
    ) {
      const ids = await idsOf([number]);
      const of = decisions(scope).where((where) =>
        where.or([where('decision.subject', '=', anyId(ids)), where('decision.object', '=', anyId(ids))]),
      );
      const before = cursor === undefined ? undefined : numberOf(cursor);
      const rows = await of
        .selectAll('decision')
        .$if(before !== undefined, (query) => query.where('decision.number', '<', before ?? 0))
        .orderBy('decision.number', 'desc')
        .limit(limit + 1)
        .execute();
      const { total } = await of
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return { items, next: rows.length > limit && last ? encodeCursor([last.number]) : null, total };
    },

    /** Locks it for the rest of the transaction. Null outside the scope. */
    async find(scope: Scope, id: string): Promise<SeenDecision | null> {
      const row = await decisions(scope)
        .where('decision.id', '=', id)
        .selectAll('decision')
        .select(['subject_now.number as subject_number', 'object_now.number as object_number'])
        .forUpdate('decision')
        .executeTakeFirst();
      return row ?? null;
    },

    async add(
      _scope: Scope,
      decision: Omit<StoredDecision, 'number' | 'withdrawn_by' | 'withdrawn_at' | 'withdrawn_for'>,
    ): Promise<void> {
      await db.insertInto('fuse.relation_decision').values(decision).execute();
    },

    async withdraw(scope: Scope, id: string, { reason, at }: { reason: string; at: Date }): Promise<void> {
      await db
        .updateTable('fuse.relation_decision')
        .set({ withdrawn_by: scope.actor.name, withdrawn_at: at, withdrawn_for: reason })
        .where('id', '=', id)
        .execute();
    },

    /** People decide of relations one after the other, so that no two say the same twice. */
    async lockUntilCommit(_scope: Scope): Promise<void> {
      await sql`select pg_advisory_xact_lock(hashtext('fuse.relation.decision'))`.execute(db);
    },
  };
}
export type RelationDecisionStore = ReturnType<typeof createRelationDecisionStore>;
