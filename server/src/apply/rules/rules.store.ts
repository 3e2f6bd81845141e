import type { AlertRule, AlertRuleQuery, NewAlertRule } from '@ronghe/contracts';
import { type Kysely, type Selectable, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import { demandCovers, type Scope } from '#platform/auth/scope.ts';
import { decodeCursor, encodeCursor, invalidCursor } from '#platform/paging/cursor.ts';
import type { ApplyTables } from '../apply.tables.ts';

type Row = Selectable<ApplyTables['apply.alert_rule']> & { open: string | number };

/** Rules in their versions. Pass a transaction to take part in it. */
export function createRuleStore(db: Kysely<ApplyTables>) {
  const newest = (scope: Scope) =>
    db
      .selectFrom('apply.alert_rule')
      .where('newest', '=', true)
      .where('state', '=', 'active')
      .where(withinScope(scope, 'organisation'));
  return {
    /** By name. */
    async page(scope: Scope, { cursor, limit, organisation, search }: AlertRuleQuery) {
      let query = newest(scope);
      if (organisation !== undefined)
        query = query.where(withinScope({ ...scope, organisation }, 'organisation'));
      if (search) query = query.where(sql<boolean>`position(lower(${search}) in lower(name)) > 0`);
      const { total } = await query
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      if (cursor !== undefined) {
        const [name = '', id = ''] = decodeCursor(cursor, 2);
        if (!UUID.test(id)) throw invalidCursor();
        query = query.where(sql<boolean>`(name, id) > (${name}, ${id}::uuid)`);
      }
      const rows = await query
        .selectAll()
        .select(OPEN)
        .orderBy('name')
        .orderBy('id')
        .limit(limit + 1)
        .execute();
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(toRule),
        next: rows.length > limit && last ? encodeCursor([last.name, last.id]) : null,
        total: Number(total),
      };
    },

    /** The newest version, removed or not; null when there is none or it lies outside the scope. */
    async find(scope: Scope, id: string): Promise<AlertRule | null> {
      const row = await db
        .selectFrom('apply.alert_rule')
        .selectAll()
        .select(OPEN)
        .where('id', '=', id)
        .where('newest', '=', true)
        .where(withinScope(scope, 'organisation'))
        .executeTakeFirst();
      return row ? toRule(row) : null;
    },

    async version(scope: Scope, id: string, version: number): Promise<AlertRule | null> {
      const row = await db
        .selectFrom('apply.alert_rule')
        .selectAll()
        .select(OPEN)
        .where('id', '=', id)
        .where('version', '=', version)
        .where(withinScope(scope, 'organisation'))
        .executeTakeFirst();
      return row ? toRule(row) : null;
    },

    async countUnscoped(): Promise<number> {
      const { total } = await db
        .selectFrom('apply.alert_rule')
        .where('newest', '=', true)
        .where('state', '=', 'active')
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      return Number(total);
    },

    /** Every rule that is evaluated. */
    async activeUnscoped(): Promise<AlertRule[]> {
      const rows = await db
        .selectFrom('apply.alert_rule')
        .selectAll()
        .select(sql<number>`0`.as('open'))
        .where('newest', '=', true)
        .where('state', '=', 'active')
        .where(sql<boolean>`(content->>'enabled')::boolean`)
        .execute();
      return rows.map(toRule);
    },

    /** Adds a version; false when somebody else has added that one. */
    async add(scope: Scope, rule: Omit<AlertRule, 'open'>): Promise<boolean> {
      demandCovers(scope, rule.organisation, rule.organisation);
      const { id, version, state, madeBy, madeAt, ...content } = rule;
      await db
        .updateTable('apply.alert_rule')
        .set({ newest: false })
        .where('id', '=', id)
        .where('version', '=', version - 1)
        .execute();
      const added = await db
        .insertInto('apply.alert_rule')
        .values({
          ...{ id, version, state, newest: true },
          organisation: rule.organisation,
          name: rule.name,
          content: JSON.stringify(content),
          made_by: madeBy,
          made_at: new Date(madeAt),
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return Number(added.numInsertedOrUpdatedRows ?? 0) === 1;
    },

    /** To be called first in the transaction of a change: whoever evaluates reads the rules again, and changes take their turns here. */
    async turnUnscoped(): Promise<void> {
      await sql`update apply.evaluation set rules = rules + 1`.execute(db);
    },
  };
}

const OPEN = sql<string>`(select count(*) from apply.watch
  where watch.rule = apply.alert_rule.id and watch.is_open)`.as('open');
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const toRule = (row: Row): AlertRule => ({
  ...(row.content as NewAlertRule),
  id: row.id,
  version: row.version,
  state: row.state,
  madeBy: row.made_by,
  madeAt: row.made_at.toISOString(),
  open: Number(row.open),
});
