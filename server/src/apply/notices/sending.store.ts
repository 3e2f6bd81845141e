import type { Alert } from '@ronghe/contracts';
import { type Kysely, type Selectable, sql } from 'kysely';
import { toAlert } from '../alerts/alerts.store.ts';
import type { ApplyTables } from '../apply.tables.ts';

type TakenRow = Selectable<ApplyTables['apply.notice']>;
export type Taken = {
  notice: TakenRow;
  channel: Selectable<ApplyTables['apply.channel']>;
  rule: { id: string; name: string; cause: string };
  /** those that still are what is to be told, the newest first */
  alerts: Alert[];
};

/** A message that is being sent may be taken by another process after this. */
const LEASE_MS = 120_000;
/** Alerts of one message; of more only how many there are is told anyway. */
const ALERTS_MAX = 500;

/** Messages on their way: taken, sent or to be sent again. Work of the platform for all organisations. */
export function createUnscopedSendingStore(db: Kysely<ApplyTables>) {
  return {
    /** Messages whose time has come, taken so that no other process sends them meanwhile. */
    async take(now: Date, limit: number): Promise<Taken[]> {
      const leased = new Date(now.getTime() + LEASE_MS);
      const { rows } = await sql<TakenRow>`update apply.notice
        set state = 'sending', due_at = ${leased}, attempts = attempts + 1
        where id in (select id from apply.notice where state in ('waiting', 'sending') and due_at <= ${now}
          order by due_at limit ${limit} for update skip locked)
        returning *`.execute(db);
      const taken: Taken[] = [];
      for (const notice of rows) {
        const channel = await db
          .selectFrom('apply.channel')
          .selectAll()
          .where('id', '=', notice.channel)
          .executeTakeFirstOrThrow();
        const rule = await db
          .selectFrom('apply.alert_rule')
          .selectAll()
          .where('id', '=', notice.rule)
          .where('newest', '=', true)
          .executeTakeFirstOrThrow();
        const alerts = await alertsOf(db, notice);
        taken.push({
          notice,
          channel,
          alerts,
          rule: { id: rule.id, name: rule.name, cause: rule.content.cause },
        });
      }
      return taken;
    },

    async sent({ notice, channel, alerts }: Taken, at: Date): Promise<void> {
      await db.transaction().execute(async (transaction) => {
        await transaction
          .updateTable('apply.notice')
          .set({ state: 'sent', failure: null })
          .where('id', '=', notice.id)
          .execute();
        if (alerts.length === 0) return;
        await transaction
          .updateTable('apply.channel')
          .set({ delivered_at: at, failed_at: null, failure: null })
          .where('id', '=', channel.id)
          .execute();
        await insertEvents(transaction, alerts, { at, kind: 'told', note: channel.name });
      });
    },

    /** It did not get through: again at `againAt`, or never when that is null. */
    async failed(
      { notice, channel, alerts }: Taken,
      { at, failure, againAt }: { at: Date; failure: string; againAt: Date | null },
    ): Promise<void> {
      await db.transaction().execute(async (transaction) => {
        await transaction
          .updateTable('apply.notice')
          .set(
            againAt === null ? { state: 'failed', failure } : { state: 'waiting', failure, due_at: againAt },
          )
          .where('id', '=', notice.id)
          .execute();
        await transaction
          .updateTable('apply.channel')
          .set({ failed_at: at, failure })
          .where('id', '=', channel.id)
          .execute();
        if (againAt === null)
          await insertEvents(transaction, alerts, {
            at,
            kind: 'undelivered',
            note: `${channel.name}: ${failure}`,
          });
      });
    },
  };
}

/** Of an end that did not last, and of an alert that somebody takes care of by now, nobody needs to hear. */
async function alertsOf(db: Kysely<ApplyTables>, { kind, alerts }: TakenRow): Promise<Alert[]> {
  let query = db
    .selectFrom('apply.alert')
    .selectAll()
    .where('id', 'in', alerts.slice(0, ALERTS_MAX))
    .orderBy('told_at', 'desc');
  if (kind === 'ended') query = query.where('state', '=', 'ended');
  if (kind === 'again') query = query.where('state', '=', 'open').where('acknowledged_at', 'is', null);
  return (await query.execute()).map(toAlert);
}

async function insertEvents(
  db: Kysely<ApplyTables>,
  alerts: readonly Alert[],
  event: { at: Date; kind: 'told' | 'undelivered'; note: string },
): Promise<void> {
  await db
    .insertInto('apply.alert_event')
    .values(alerts.map(({ id }) => ({ ...event, alert: id, made_by: null })))
    .execute();
}
