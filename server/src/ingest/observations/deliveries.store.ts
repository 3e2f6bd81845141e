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
export type DeliveryTables = { 'ingest.delivery': DeliveryTable };
type Tables = DeliveryTables & RejectTables & VolumeTables;

/** Who delivered which batch: the sequence grows inside an epoch. */
export type DeliveryKey = { organisation: string; source: string; epoch: string };
/** Something of which nothing could be stored, or only a part. */
export type Refusal = { organisation: string; rejected: number; rejects: readonly RejectDraft[]; now: Date };

/** An epoch is a buffer of a collector; older ones than these are forgotten (their rows are then replaced, not doubled). */
const EPOCHS_PER_SOURCE_MAX = 20;

/** The record of numbered batches and of what was refused, in PostgreSQL. */
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

    /** Keeps rejects and counts them, together or not at all. */
    async refuse(_scope: Scope, { organisation, rejected, rejects, now }: Refusal): Promise<void> {
      await database.transaction().execute(async (transaction) => {
        await insertRejects(transaction, rejects, now);
        await addVolume(transaction, { organisation, stored: 0, rejected, now });
      });
    },
  };
}

type Delivery = DeliveryKey & {
  sequence: number;
  content: string;
  stored: number;
  rejected: number;
  now: Date;
};

/** Records a batch inside the caller's transaction. @returns false when this or a later one was recorded before */
export async function recordDelivery<All extends DeliveryTables>(
  transaction: Transaction<All>,
  delivery: Delivery,
): Promise<boolean> {
  const rows = await sql<{ created: boolean }>`
    insert into ingest.delivery as known
      (organisation, source, epoch, sequence, content, stored, rejected, delivered_at)
    values (${delivery.organisation}, ${delivery.source}, ${delivery.epoch}, ${delivery.sequence},
      ${delivery.content}, ${delivery.stored}, ${delivery.rejected}, ${delivery.now})
    on conflict (organisation, source, epoch) do update set
      sequence = excluded.sequence, content = excluded.content, stored = excluded.stored,
      rejected = excluded.rejected, delivered_at = excluded.delivered_at
    where known.sequence < excluded.sequence
    returning xmax = 0 as created`.execute(transaction);
  const [row] = rows.rows;
  if (row?.created) await forgetOldEpochs(transaction, delivery);
  return row !== undefined;
}

async function forgetOldEpochs<All extends DeliveryTables>(
  transaction: Transaction<All>,
  key: DeliveryKey,
): Promise<void> {
  await sql`
    delete from ingest.delivery
    where organisation = ${key.organisation} and source = ${key.source} and epoch in (
      select epoch from ingest.delivery
      where organisation = ${key.organisation} and source = ${key.source}
      order by delivered_at desc offset ${EPOCHS_PER_SOURCE_MAX})`.execute(transaction);
}
