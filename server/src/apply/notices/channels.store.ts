import type { Channel, Maintenance } from '@ronghe/contracts';
import { type Kysely, type Selectable, sql } from 'kysely';
import { withinScope } from '#platform/auth/scope.store.ts';
import { demandCovers, type Scope } from '#platform/auth/scope.ts';
import type { ApplyTables } from '../apply.tables.ts';

type Row = Selectable<ApplyTables['apply.channel']>;

/** Channels and maintenance of the scope's organisations. Pass a transaction to take part in it. */
export function createChannelStore(db: Kysely<ApplyTables>) {
  return {
    async list(scope: Scope): Promise<Channel[]> {
      const rows = await db
        .selectFrom('apply.channel')
        .selectAll()
        .select(WAITING)
        .where(withinScope(scope, 'organisation'))
        .orderBy('name')
        .orderBy('id')
        .execute();
      return rows.map((row) => toChannel(row, Number(row.waiting)));
    },

    /** With what is sealed; null when there is none or it lies outside the scope. */
    async find(scope: Scope, id: string): Promise<(Row & { waiting: string }) | null> {
      const row = await db
        .selectFrom('apply.channel')
        .selectAll()
        .select(WAITING)
        .where('id', '=', id)
        .where(withinScope(scope, 'organisation'))
        .executeTakeFirst();
      return row ?? null;
    },

    async countOf(scope: Scope, organisation: string): Promise<number> {
      demandCovers(scope, organisation, organisation);
      const { total } = await db
        .selectFrom('apply.channel')
        .where('organisation', '=', organisation)
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      return Number(total);
    },

    async put(scope: Scope, row: Omit<Row, 'delivered_at' | 'failed_at' | 'failure'>): Promise<void> {
      demandCovers(scope, row.organisation, row.organisation);
      const { id, ...content } = row;
      await db
        .insertInto('apply.channel')
        .values({ id, ...content, delivered_at: null, failed_at: null, failure: null })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(content))
        .execute();
    },

    /** With everything that waits to be sent through it. */
    async remove(scope: Scope, id: string): Promise<void> {
      await db
        .deleteFrom('apply.channel')
        .where('id', '=', id)
        .where(withinScope(scope, 'organisation'))
        .execute();
    },

    /** Maintenance that goes on or is to come, and that of the last week. */
    async maintenance(scope: Scope, since: Date): Promise<Maintenance[]> {
      const rows = await db
        .selectFrom('apply.maintenance')
        .selectAll()
        .where('ends_at', '>=', since)
        .where(withinScope(scope, 'organisation'))
        .orderBy('begins_at', 'desc')
        .limit(MAINTENANCE_SHOWN)
        .execute();
      return rows.map(toMaintenance);
    },

    async addMaintenance(scope: Scope, row: Maintenance): Promise<void> {
      demandCovers(scope, row.organisation, row.organisation);
      await db
        .insertInto('apply.maintenance')
        .values({
          ...{ id: row.id, organisation: row.organisation, search: row.search, reason: row.reason },
          begins_at: new Date(row.from),
          ends_at: new Date(row.to),
          made_by: row.madeBy,
          made_at: new Date(row.madeAt),
        })
        .execute();
    },

    async removeMaintenance(scope: Scope, id: string): Promise<Maintenance | null> {
      const row = await db
        .deleteFrom('apply.maintenance')
        .where('id', '=', id)
        .where(withinScope(scope, 'organisation'))
        .returningAll()
        .executeTakeFirst();
      return row ? toMaintenance(row) : null;
    },
  };
}

const MAINTENANCE_SHOWN = 500;
const WAITING = sql<string>`(select count(*) from apply.notice
  where notice.channel = apply.channel.id and notice.state in ('waiting', 'sending'))`.as('waiting');

export const toChannel = (row: Row, waiting: number): Channel => ({
  ...{
    id: row.id,
    organisation: row.organisation,
    name: row.name,
    locale: row.locale,
    kind: row.kind,
    waiting,
  },
  leadsTo: row.leads_to,
  hasSecret: row.has_secret,
  madeBy: row.made_by,
  madeAt: row.made_at.toISOString(),
  deliveredAt: row.delivered_at?.toISOString() ?? null,
  failedAt: row.failed_at?.toISOString() ?? null,
  failure: row.failure,
});

const toMaintenance = (row: Selectable<ApplyTables['apply.maintenance']>): Maintenance => ({
  ...{ id: row.id, organisation: row.organisation, search: row.search, reason: row.reason },
  from: row.begins_at.toISOString(),
  to: row.ends_at.toISOString(),
  madeBy: row.made_by,
  madeAt: row.made_at.toISOString(),
});
