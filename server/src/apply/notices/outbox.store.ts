import type { NewAlertRule, Point } from '@ronghe/contracts';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { ApplyTables } from '../apply.tables.ts';
import type { NoticeKind } from './messages.ts';

/** What one channel is to be told of one rule. */
type Telling = { channel: string; rule: string; kind: NoticeKind; alerts: string[] };
export type Window = Selectable<ApplyTables['apply.maintenance']>;

/** What comes within this time goes into one message. */
const GATHER_MS = 10_000;
/** An end is told when it has lasted so long: what trembles is not over. */
const END_MS = 60_000;

/**
 * What is to be told, written in the transaction of what is told of. Work of the platform for all organisations. Pass a
 * transaction to take part in it.
 */
export function createUnscopedOutboxStore(db: Kysely<ApplyTables>, newId: () => string) {
  async function add(tellings: readonly Telling[], now: Date): Promise<void> {
    for (const { channel, rule, kind, alerts } of tellings) {
      const dueAt = new Date(now.getTime() + (kind === 'ended' ? END_MS : GATHER_MS));
      await sql`insert into apply.notice (id, channel, rule, kind, state, alerts, made_at, due_at)
        select ${newId()}, id, ${rule}, ${kind}, 'waiting', ${alerts}::uuid[], ${now}, ${dueAt}
        from apply.channel where id = ${channel}
        on conflict (channel, rule, kind) where state = 'waiting' and attempts = 0
        do update set alerts = notice.alerts || excluded.alerts`.execute(db);
    }
  }

  return {
    /** Maintenance that goes on at a moment. */
    async windows(at: Date): Promise<Window[]> {
      return db
        .selectFrom('apply.maintenance')
        .selectAll()
        .where('begins_at', '<=', at)
        .where('ends_at', '>', at)
        .execute();
    },

    /** Alerts that fired: who is told now, and when others will be. */
    async fired(
      alerts: readonly { id: string; rule: { id: string } & Pick<NewAlertRule, 'tell'> }[],
      now: Date,
    ): Promise<void> {
      const tellings = new Map<string, Telling>();
      const later: { alert: string; step: number; due_at: Date }[] = [];
      for (const { id, rule } of alerts)
        for (const [step, { afterSeconds, channels }] of (rule.tell ?? []).entries())
          if (afterSeconds > 0)
            later.push({ alert: id, step, due_at: new Date(now.getTime() + afterSeconds * 1000) });
          else
            for (const channel of channels) gather(tellings, { channel, rule: rule.id, kind: 'fired' }, id);
      await add([...tellings.values()], now);
      for (let at = 0; at < later.length; at += ROWS_AT_ONCE)
        await db
          .insertInto('apply.escalation')
          .values(later.slice(at, at + ROWS_AT_ONCE))
          .execute();
    },

    /** Alerts that are over: the channels of the first step are told, where the rule wants it. */
    async ended(ids: readonly string[], now: Date): Promise<void> {
      if (ids.length === 0) return;
      const rows = await db
        .selectFrom('apply.alert')
        .innerJoin('apply.alert_rule as rule', 'rule.id', 'apply.alert.rule')
        .where('rule.newest', '=', true)
        .where('muted', '=', false)
        .where('apply.alert.id', 'in', [...ids])
        .select(['apply.alert.id as alert', 'rule.id as rule', 'rule.content as content'])
        .execute();
      const tellings = new Map<string, Telling>();
      for (const { alert, rule, content } of rows) {
        if (content.tellEnd === false) continue;
        for (const { afterSeconds, channels } of content.tell ?? [])
          if (afterSeconds === 0)
            for (const channel of channels) gather(tellings, { channel, rule, kind: 'ended' }, alert);
      }
      await add([...tellings.values()], now);
    },

    /** Steps whose time has come: told when the alert is open and nobody has acknowledged it. @returns how many steps */
    async escalate(now: Date): Promise<number> {
      const rows = await sql<{
        alert: string;
        rule: string;
        step: number;
        content: NewAlertRule;
        wanted: boolean;
      }>`with due as (
          delete from apply.escalation where (alert, step) in (
            select alert, step from apply.escalation where due_at <= ${now} order by due_at limit ${ROWS_AT_ONCE}
            for update skip locked)
          returning alert, step)
        select due.alert, due.step, rule.id as rule, rule.content,
          alert.state = 'open' and alert.acknowledged_at is null as wanted
        from due join apply.alert on alert.id = due.alert
          join apply.alert_rule rule on rule.id = alert.rule and rule.newest and rule.state = 'active'`.execute(
        db,
      );
      const tellings = new Map<string, Telling>();
      for (const { alert, rule, step, content, wanted } of rows.rows)
        if (wanted)
          for (const channel of content.tell?.[step]?.channels ?? [])
            gather(tellings, { channel, rule, kind: 'again' }, alert);
      await add([...tellings.values()], now);
      return rows.rows.length;
    },
  };
}
const ROWS_AT_ONCE = 1_000;

function gather(tellings: Map<string, Telling>, telling: Omit<Telling, 'alerts'>, alert: string): void {
  const key = `${telling.channel} ${telling.rule} ${telling.kind}`;
  const known = tellings.get(key);
  if (known) known.alerts.push(alert);
  else tellings.set(key, { ...telling, alerts: [alert] });
}

/** Whether nobody is told of alerts of this point during one of the windows. */
export const isMuted = (windows: readonly Window[], point: Point): boolean =>
  windows.some(({ organisation, search }) => {
    const isOwn = point.organisation === organisation || point.organisation.startsWith(`${organisation}.`);
    const text = `${point.key} ${point.name} ${point.equipment ?? ''}`.toLowerCase();
    return isOwn && text.includes(search.toLowerCase());
  });
