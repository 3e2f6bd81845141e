import type { AccessHint, HintDecision, HintKind, HintQuery } from '@ronghe/contracts';
import { HINTS_MAX } from '@ronghe/contracts';
import { type Kysely, type RawBuilder, type Selectable, sql } from 'kysely';
import { belowPattern, type Scope } from '#platform/auth/scope.ts';
import type { ShareTables } from '../share.tables.ts';
import type { Actor } from './activity.store.ts';
import { type Figures, wordsOfHint } from './hints.ts';

const DAY_MS = 86_400_000;
/** How long a hint that somebody explained is not told again. */
const EXPLAINED_DAYS = 28;
const OWNERS_MAX = 50;

export type Found = {
  id: string;
  kind: HintKind;
  actor: Pick<Actor, 'kind' | 'id' | 'name' | 'organisation'>;
  dataset: string;
  owners: readonly string[];
  figures: Figures;
  at: Date;
};

/** Hints of unusual access. Pass a transaction to take part in it. */
export function createHintStore(db: Kysely<ShareTables>) {
  return {
    /** Hints about accesses of the scope's organisations, or to their data. */
    async list(scope: Scope, { state, side }: HintQuery): Promise<AccessHint[]> {
      const rows = await db
        .selectFrom('share.hint')
        .selectAll()
        .where('state', '=', state)
        .where(side === 'user' ? askedWithin(scope) : ownedWithin(scope))
        .orderBy('last_at', 'desc')
        .orderBy('id')
        .limit(HINTS_MAX)
        .execute();
      return rows.map(toHint);
    },

    /** null when there is none, or it concerns nobody of the scope. */
    async find(scope: Scope, id: string): Promise<AccessHint | null> {
      const row = await db
        .selectFrom('share.hint')
        .selectAll()
        .where('id', '=', id)
        .where(sql<boolean>`(${askedWithin(scope)} or ${ownedWithin(scope)})`)
        .executeTakeFirst();
      return row ? toHint(row) : null;
    },

    /** False when it was decided already. The service has found it inside the scope. */
    async decide(scope: Scope, id: string, { state, reason }: HintDecision, at: Date): Promise<boolean> {
      const decided = await db
        .updateTable('share.hint')
        .set({ state, reason, decided_by: scope.actor.name, decided_at: at })
        .where('id', '=', id)
        .where('state', '=', 'open')
        .executeTakeFirst();
      return decided.numUpdatedRows === 1n;
    },

    /** Notes what an hour showed: anew, or with the hint that is open. What was explained within 28 days is not told again. */
    async noteUnscoped({ id, kind, actor, dataset, owners, figures, at }: Found): Promise<void> {
      const explained = await db
        .selectFrom('share.hint')
        .select('id')
        .where('kind', '=', kind)
        .where('actor_kind', '=', actor.kind)
        .where('actor', '=', actor.id)
        .where('dataset', '=', dataset)
        .where('state', '=', 'explained')
        .where('decided_at', '>', new Date(at.getTime() - EXPLAINED_DAYS * DAY_MS))
        .executeTakeFirst();
      if (explained) return;
      const seen = { figures: JSON.stringify(figures), last_at: at, actor_name: actor.name };
      await db
        .insertInto('share.hint')
        .values({
          ...{ id, kind, dataset, ...seen, actor_kind: actor.kind, actor: actor.id },
          ...{ organisation: actor.organisation, owners: [...owners], state: 'open', times: 1, first_at: at },
          ...{ decided_by: null, decided_at: null },
        })
        .onConflict((conflict) =>
          conflict
            .columns(['kind', 'actor_kind', 'actor', 'dataset'])
            .where('state', '=', 'open')
            .doUpdateSet({
              ...seen,
              times: sql<number>`hint.times + case when hint.last_at < excluded.last_at then 1 else 0 end`,
              owners: sql<
                string[]
              >`(select coalesce((array_agg(distinct path order by path))[1:${sql.lit(OWNERS_MAX)}], '{}')
                from unnest(hint.owners || excluded.owners) as path)`,
            }),
        )
        .execute();
    },

    /** Accesses up to here were looked at; null before the first look. */
    async seenUntilUnscoped(): Promise<Date | null> {
      return (await db.selectFrom('share.hint_look').select('until').executeTakeFirst())?.until ?? null;
    },

    async moveOnUnscoped(until: Date): Promise<void> {
      await db
        .insertInto('share.hint_look')
        .values({ one: true, until })
        .onConflict((conflict) => conflict.column('one').doUpdateSet({ until }))
        .execute();
    },
  };
}

const askedWithin = (scope: Scope): RawBuilder<boolean> =>
  sql<boolean>`(organisation = ${scope.organisation} or organisation like ${belowPattern(scope)})`;
/** Rows of an organisation stand for those below too: whoever lies below an owner is concerned as well. */
const ownedWithin = (scope: Scope): RawBuilder<boolean> =>
  sql<boolean>`exists (select 1 from unnest(owners) as path where path = ${scope.organisation}
    or path like ${belowPattern(scope)} or starts_with(${scope.organisation}, path || '.'))`;

const toHint = (row: Selectable<ShareTables['share.hint']>): AccessHint => ({
  ...{ id: row.id, kind: row.kind, organisation: row.organisation, dataset: row.dataset },
  actor: { kind: row.actor_kind, id: row.actor, name: row.actor_name },
  figures: row.figures,
  why: wordsOfHint(row.kind, row.figures),
  ...{ state: row.state, times: row.times, reason: row.reason, decidedBy: row.decided_by },
  ...{ firstAt: row.first_at.toISOString(), lastAt: row.last_at.toISOString() },
  decidedAt: row.decided_at?.toISOString() ?? null,
});
