import { sql, type Transaction } from 'kysely';
import { belowPattern, type Scope } from '#platform/auth/scope.ts';
import type { Relational } from '#platform/db/relational.ts';

/** Width of one slot of the volume table. */
export const SLOT_MS = 10_000;
const KEPT_MS = 25 * 3_600_000;
const ORGANISATIONS_MAX = 1_000_000;

export type VolumeTables = {
  'ingest.volume': { organisation: string; slot: Date } & Counters;
  'ingest.total': { organisation: string } & Counters;
};

/** Samples by what became of them; `late` ones are among the stored. */
export type Counters = { stored: number; rejected: number; duplicate: number; late: number };

/** What came in during one bucket, by its start. */
export type Slot = Counters & { timeMs: number };

type Volume = Pick<Counters, 'stored' | 'rejected'> & Partial<Counters> & { organisation: string; now: Date };

/** Counts what one request brought, inside the caller's transaction: counted once, because it is recorded once. */
export async function addVolume<Tables extends VolumeTables>(
  transaction: Transaction<Tables>,
  volume: Volume,
): Promise<void> {
  const { organisation, stored, rejected, duplicate = 0, late = 0, now } = volume;
  if (stored + rejected + duplicate + late === 0) return;
  const slot = new Date(Math.floor(now.getTime() / SLOT_MS) * SLOT_MS);
  await sql`
    with slots as (
      insert into ingest.volume as known (organisation, slot, stored, rejected, duplicate, late)
      values (${organisation}, ${slot}, ${stored}, ${rejected}, ${duplicate}, ${late})
      on conflict (organisation, slot) do update set
        stored = known.stored + excluded.stored, rejected = known.rejected + excluded.rejected,
        duplicate = known.duplicate + excluded.duplicate, late = known.late + excluded.late
    )
    insert into ingest.total as known (organisation, stored, rejected, duplicate, late)
    values (${organisation}, ${stored}, ${rejected}, ${duplicate}, ${late})
    on conflict (organisation) do update set
      stored = known.stored + excluded.stored, rejected = known.rejected + excluded.rejected,
      duplicate = known.duplicate + excluded.duplicate, late = known.late + excluded.late`.execute(
    transaction,
  );
}

type CountRow = Record<keyof Counters, string>;
const SUMS = sql`coalesce(sum(stored), 0)::text as stored, coalesce(sum(rejected), 0)::text as rejected,
  coalesce(sum(duplicate), 0)::text as duplicate, coalesce(sum(late), 0)::text as late`;
const countersOf = (row: CountRow | undefined): Counters => ({
  stored: Number(row?.stored ?? 0),
  rejected: Number(row?.rejected ?? 0),
  duplicate: Number(row?.duplicate ?? 0),
  late: Number(row?.late ?? 0),
});

/** How much came in, in PostgreSQL. */
export type StatisticsStore = ReturnType<typeof createStatisticsStore>;

export function createStatisticsStore({ relational }: { relational: Relational }) {
  const database = relational.as<VolumeTables>();
  return {
    async read(
      scope: Scope,
      now: Date,
    ): Promise<{ observations: number; storedMinute: number; rejectedDay: number }> {
      const lastFull = Math.floor(now.getTime() / SLOT_MS) * SLOT_MS;
      const minuteFrom = new Date(lastFull - 6 * SLOT_MS);
      const dayFrom = new Date(now.getTime() - 24 * 3_600_000);
      const [row] = (
        await sql<{ observations: string; minute: string; rejected: string }>`
          select
            (select coalesce(sum(stored), 0) from ingest.total
              where organisation = ${scope.organisation} or organisation like ${belowPattern(scope)}
            )::text as observations,
            coalesce(sum(stored) filter (where slot >= ${minuteFrom} and slot < ${new Date(lastFull)}), 0)::text
              as minute,
            coalesce(sum(rejected), 0)::text as rejected
          from ingest.volume
          where slot >= ${dayFrom}
            and (organisation = ${scope.organisation} or organisation like ${belowPattern(scope)})`.execute(
          database,
        )
      ).rows;
      return {
        observations: Number(row?.observations ?? 0),
        storedMinute: Number(row?.minute ?? 0),
        rejectedDay: Number(row?.rejected ?? 0),
      };
    },

    /** In all, of the scope's organisation and below. */
    async counters(scope: Scope): Promise<Counters> {
      const { rows } = await sql<CountRow>`
        select ${SUMS} from ingest.total
        where organisation = ${scope.organisation} or organisation like ${belowPattern(scope)}`.execute(
        database,
      );
      return countersOf(rows[0]);
    },

    /** Since a moment, in buckets of whole slots; buckets without samples are left out. */
    async volume(scope: Scope, { from, bucketMs }: { from: Date; bucketMs: number }): Promise<Slot[]> {
      const { rows } = await sql<CountRow & { bucket: string }>`
        select floor(extract(epoch from slot) * 1000 / ${bucketMs})::text as bucket, ${SUMS}
        from ingest.volume
        where slot >= ${from}
          and (organisation = ${scope.organisation} or organisation like ${belowPattern(scope)})
        group by 1`.execute(database);
      return rows.map((row) => ({ timeMs: Number(row.bucket) * bucketMs, ...countersOf(row) }));
    },

    /** Since a moment by organisation, the one that received most first. */
    async volumeByOrganisation(
      scope: Scope,
      { from, limit }: { from: Date; limit: number },
    ): Promise<(Counters & { organisation: string })[]> {
      const { rows } = await sql<CountRow & { organisation: string }>`
        select organisation, ${SUMS} from ingest.volume
        where slot >= ${from}
          and (organisation = ${scope.organisation} or organisation like ${belowPattern(scope)})
        group by organisation
        order by sum(stored + duplicate + rejected) desc, organisation
        limit ${limit}`.execute(database);
      return rows.map((row) => ({ organisation: row.organisation, ...countersOf(row) }));
    },

    /** In all by organisation: read once when the process starts, for everybody, so without a scope. */
    async countersOfAllUnscoped(): Promise<(Counters & { organisation: string })[]> {
      const rows = await database.selectFrom('ingest.total').selectAll().limit(ORGANISATIONS_MAX).execute();
      return rows.map(({ organisation, stored, rejected, duplicate, late }) => ({
        organisation,
        stored: Number(stored),
        rejected: Number(rejected),
        duplicate: Number(duplicate),
        late: Number(late),
      }));
    },

    /** Slots older than a day are of no use, whoever they belong to. */
    async pruneUnscoped(now: Date): Promise<void> {
      await database
        .deleteFrom('ingest.volume')
        .where('slot', '<', new Date(now.getTime() - KEPT_MS))
        .execute();
    },
  };
}
