import { sql, type Transaction } from 'kysely';
import type { Scope } from '#platform/auth/scope.ts';
import type { Relational } from '#platform/db/relational.ts';
import { insertRejects, type RejectTables } from '../rejects/rejects.store.ts';
import type { RejectDraft } from '../rejects/rejects.ts';
import { addVolume, type VolumeTables } from '../statistics/statistics.store.ts';

type DeliveryTable = {
  organisation: string;
  source: string;
  epoch: string;
  sequence: number;
  content: string;
  stored: number;
  rejected: number;
  delivered_at: Date;
};
type Tables = { 'ingest.delivery': DeliveryTable } & RejectTables & VolumeTables;

/** Who delivered which batch: the sequence grows inside an epoch. */
export type DeliveryKey = { organisation: string; source: string; epoch: string };
export type Intake = {
  organisation: string;
  delivery: (DeliveryKey & { sequence: number; content: string }) | null;
  stored: number;
  rejected: number;
  rejects: readonly RejectDraft[];
  now: Date;
};

/** An epoch is a buffer of a collector; older ones than these are forgotten (their rows are then replaced, not doubled). */
const EPOCHS_PER_SOURCE_MAX = 20;

/** The record of what came in, in PostgreSQL. Written after the observations are durable and before the answer. */
export type DeliveryStore = ReturnType<typeof createDeliveryStore>;

export function createDeliveryStore({ relational }: { relational: Relational }) {
  const database = relational.as<Tables>();
  return {
    /** The last recorded delivery of this epoch. */
    async last(_scope: Scope, key: DeliveryKey): Promise<{ sequence: number; content: string } | null> {
      const row = await database
        .selectFrom('ingest.delivery')
        .where('organisation', '=', key.organisation)
        .where('source', '=', key.source)
        .where('epoch', '=', key.epoch)
        .select(['sequence', 'content'])
        .executeTakeFirst();
      return row ? { sequence: Number(row.sequence), content: row.content } : null;
    },

    /**
     * Keeps rejects, delivery and volume together or not at all.
     * @returns false when another process recorded this or a later sequence first; nothing is counted then
     */
    async record(_scope: Scope, intake: Intake): Promise<boolean> {
      return database.transaction().execute(async (transaction) => {
        if (intake.delivery && !(await recordDelivery(transaction, intake.delivery, intake))) return false;
        await insertRejects(transaction, intake.rejects, intake.now);
        await addVolume(transaction, intake);
        return true;
      });
    },
  };
}

async function recordDelivery(
  transaction: Transaction<Tables>,
  delivery: NonNullable<Intake['delivery']>,
  { stored, rejected, now }: Intake,
): Promise<boolean> {
  const rows = await sql<{ created: boolean }>`
    insert into ingest.delivery as known
      (organisation, source, epoch, sequence, content, stored, rejected, delivered_at)
    values (${delivery.organisation}, ${delivery.source}, ${delivery.epoch}, ${delivery.sequence},
      ${delivery.content}, ${stored}, ${rejected}, ${now})
    on conflict (organisation, source, epoch) do update set
      sequence = excluded.sequence, content = excluded.content, stored = excluded.stored,
      rejected = excluded.rejected, delivered_at = excluded.delivered_at
    where known.sequence < excluded.sequence
    returning xmax = 0 as created`.execute(transaction);
  const [row] = rows.rows;
  if (row?.created) await forgetOldEpochs(transaction, delivery);
  return row !== undefined;
}

async function forgetOldEpochs(transaction: Transaction<Tables>, key: DeliveryKey): Promise<void> {
  await sql`
    delete from ingest.delivery
    where organisation = ${key.organisation} and source = ${key.source} and epoch in (
      select epoch from ingest.delivery
      where organisation = ${key.organisation} and source = ${key.source}
      order by delivered_at desc offset ${EPOCHS_PER_SOURCE_MAX})`.execute(transaction);
}
