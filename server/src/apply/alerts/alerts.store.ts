import type { Alert, AlertColour, AlertExplanation, AlertQuery } from '@ronghe/contracts';
import { type Kysely, type Selectable, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import type { Scope } from '#platform/auth/scope.ts';
import { decodeCursor, encodeCursor, invalidCursor } from '#platform/paging/cursor.ts';
import type { ApplyTables } from '../apply.tables.ts';

type Row = Selectable<ApplyTables['apply.alert']>;
type Filter = Omit<AlertQuery, 'cursor' | 'limit'>;

/** Alerts and what became of them. Pass a transaction to take part in it. */
export function createAlertStore(db: Kysely<ApplyTables>) {
  return {
    /** The newest first. */
    async page(scope: Scope, { cursor, limit, ...filter }: AlertQuery) {
      const counted = await matching(db, scope, filter)
        .select(['colour'])
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .groupBy('colour')
        .execute();
      let query = matching(db, scope, filter);
      if (cursor !== undefined) {
        const [told, fired, id] = placeOf(cursor);
        query = query.where(sql<boolean>`(told_at, fired_at, id) < (${told}, ${fired}, ${id}::uuid)`);
      }
      const rows = await query
        .selectAll()
        .orderBy('told_at', 'desc')
        .orderBy('fired_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(toAlert),
        next:
          rows.length > limit && last
            ? encodeCursor([last.told_at.toISOString(), last.fired_at.toISOString(), last.id])
            : null,
        total: counted.reduce((sum, { total }) => sum + Number(total), 0),
        colours: coloursOf(counted),
      };
    },

    /** null when there is none or it lies outside the scope. */
    async find(scope: Scope, id: string): Promise<Alert | null> {
      const row = await db
        .selectFrom('apply.alert')
        .selectAll()
        .where('id', '=', id)
        .where(withinScope(scope, 'organisation'))
        .executeTakeFirst();
      return row ? toAlert(row) : null;
    },

    async events(scope: Scope, alert: Alert): Promise<AlertExplanation['events']> {
      const rows = await db
        .selectFrom('apply.alert_event')
        .innerJoin('apply.alert', 'apply.alert.id', 'apply.alert_event.alert')
        .select(['at', 'kind', 'made_by', 'apply.alert_event.note as remark'])
        .where('alert', '=', alert.id)
        .where(withinScope(scope, 'organisation'))
        .orderBy('apply.alert_event.id')
        .limit(EVENTS_MAX)
        .execute();
      return rows.map(({ at, kind, made_by, remark }) => ({
        ...{ at: at.toISOString(), kind, by: made_by, note: remark },
      }));
    },

    /** Alerts of the same rule since a moment, and the last of the same rule and point before this one. */
    async similar(scope: Scope, alert: Alert, since: Date): Promise<AlertExplanation['similar']> {
      const own = db
        .selectFrom('apply.alert')
        .where('rule', '=', alert.rule)
        .where(withinScope(scope, 'organisation'));
      const counts = await own
        .where('told_at', '>=', since)
        .select(({ fn }) => fn.countAll<number>().as('rule'))
        .select(sql<number>`count(*) filter (where point = ${alert.point})`.as('point'))
        .executeTakeFirstOrThrow();
      const last = await own
        .where('point', '=', alert.point)
        .where('told_at', '<', new Date(alert.toldAt))
        .where('id', '!=', alert.id)
        .selectAll()
        .orderBy('told_at', 'desc')
        .limit(SIMILAR_MAX)
        .execute();
      const [samePoint, sameRule] = [Number(counts.point), Number(counts.rule)];
      return { samePoint, sameRule, last: last.map(toAlert) };
    },

    /** Those of the alerts that nobody had acknowledged; others stay as they are. */
    async acknowledge(
      scope: Scope,
      ids: readonly string[],
      { at, note }: { at: Date; note: string },
    ): Promise<Alert[]> {
      const rows = await db
        .updateTable('apply.alert')
        .set({ acknowledged_by: scope.actor.name, acknowledged_at: at, note })
        .where('id', 'in', [...ids])
        .where('acknowledged_at', 'is', null)
        .where(withinScope(scope, 'organisation'))
        .returningAll()
        .execute();
      if (rows.length > 0)
        await db
          .insertInto('apply.alert_event')
          .values(
            rows.map(({ id }) => ({ alert: id, at, kind: 'acknowledged', made_by: scope.actor.name, note })),
          )
          .execute();
      return rows.map(toAlert);
    },

    /** How many of the ids are of alerts in sight. */
    async countOf(scope: Scope, ids: readonly string[]): Promise<number> {
      const { total } = await db
        .selectFrom('apply.alert')
        .where('id', 'in', [...ids])
        .where(withinScope(scope, 'organisation'))
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      return Number(total);
    },

    /** Ends every open alert of a rule that changed or is no more, and forgets how its points stood. */
    async endOfRule(scope: Scope, rule: string, { at, note }: { at: Date; note: string }): Promise<number> {
      const ended = await db
        .updateTable('apply.alert')
        .set({ state: 'ended', ended_at: at })
        .where('rule', '=', rule)
        .where('state', '=', 'open')
        .returning('id')
        .execute();
      await insertEnded(db, ended, { at, note, by: scope.actor.name });
      await db.deleteFrom('apply.watch').where('rule', '=', rule).execute();
      return ended.length;
    },
  };
}

const coloursOf = (counted: readonly { colour: AlertColour; total: number }[]) => {
  const of = (colour: AlertColour) => Number(counted.find((row) => row.colour === colour)?.total ?? 0);
  return { red: of('red'), orange: of('orange'), yellow: of('yellow'), blue: of('blue') };
};

function matching(db: Kysely<ApplyTables>, scope: Scope, filter: Filter) {
  const { state, colour, acknowledged, organisation, rule, point, search } = filter;
  let query = db.selectFrom('apply.alert').where(withinScope(scope, 'organisation'));
  if (state !== undefined) query = query.where('state', '=', state);
  if (colour !== undefined) query = query.where('colour', '=', colour);
  if (acknowledged !== undefined)
    query = query.where('acknowledged_at', acknowledged === 'true' ? 'is not' : 'is', null);
  if (organisation !== undefined)
    query = query.where(withinScope({ ...scope, organisation }, 'organisation'));
  if (rule !== undefined) query = query.where('rule', '=', rule);
  if (point !== undefined) query = query.where('point', '=', point);
  if (search)
    query = query.where(
      sql<boolean>`position(lower(${search}) in
        lower(concat_ws(' ', rule_name, point_key, point_name, equipment))) > 0`,
    );
  return query;
}

async function insertEnded(
  db: Kysely<ApplyTables>,
  alerts: readonly { id: string }[],
  { at, note, by }: { at: Date; note: string; by: string },
): Promise<void> {
  for (let from = 0; from < alerts.length; from += ROWS_AT_ONCE)
    await db
      .insertInto('apply.alert_event')
      .values(
        alerts
          .slice(from, from + ROWS_AT_ONCE)
          .map(({ id }) => ({ alert: id, at, note, kind: 'ended' as const, made_by: by })),
      )
      .execute();
}

const EVENTS_MAX = 500;
const SIMILAR_MAX = 10;
const ROWS_AT_ONCE = 1_000;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function placeOf(cursor: string): [Date, Date, string] {
  const [told = '', fired = '', id = ''] = decodeCursor(cursor, 3);
  const moments: [Date, Date] = [new Date(told), new Date(fired)];
  if (moments.some((moment) => Number.isNaN(moment.getTime())) || !UUID.test(id)) throw invalidCursor();
  return [...moments, id];
}

const instant = (moment: Date | null): string | null => moment?.toISOString() ?? null;

/** A row as it is told. */
export const toAlert = (row: Row): Alert => ({
  id: row.id,
  rule: row.rule,
  ruleName: row.rule_name,
  ruleVersion: row.rule_version,
  organisation: row.organisation,
  colour: row.colour,
  point: row.point,
  pointKey: row.point_key,
  pointName: row.point_name,
  equipment: row.equipment,
  unit: row.unit,
  state: row.state,
  since: row.since.toISOString(),
  firedAt: row.fired_at.toISOString(),
  toldAt: row.told_at.toISOString(),
  endedAt: instant(row.ended_at),
  value: row.value,
  endValue: row.end_value,
  times: row.times,
  muted: row.muted,
  acknowledgedBy: row.acknowledged_by,
  acknowledgedAt: instant(row.acknowledged_at),
  note: row.note,
});
