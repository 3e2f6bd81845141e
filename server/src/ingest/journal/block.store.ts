import { sql, type Transaction } from 'kysely';
import type { Analytics } from '#platform/db/analytics.ts';
import type { Relational } from '#platform/db/relational.ts';
import { insertLedger } from '../ledger/ledger.store.ts';
import { negative } from '../ledger/ledger.ts';
import { type DeliveryTables, recordDelivery } from '../observations/deliveries.store.ts';
import type { Row } from '../observations/observations.ts';
import { insertRejects, type RejectTables } from '../rejects/rejects.store.ts';
import { addVolume, type VolumeTables } from '../statistics/statistics.store.ts';
import type { Batch, Frame } from './frame.ts';
import type { Position } from './journal.store.ts';
import { createRowSorter, type SortedRows } from './row-sorter.ts';
import type { Block } from './writer.service.ts';

type Tables = {
  'ingest.journal': { name: string; segment: string; place: string; stored_at: Date };
} & VolumeTables &
  RejectTables &
  DeliveryTables;

/** How a row of a block is counted; the sum of all is what was received and not rejected. */
export type Counts = { stored: number; duplicate: number; late: number };

/** ClickHouse refuses an insert into more than 100 partitions (months). */
const MONTHS_PER_INSERT_MAX = 90;
const US_PER_DAY = 86_400_000_000;

/** Blocks of the journal on their way into the tables. No caller is known any more: the frames were let in by scope. */
export type BlockStore = ReturnType<typeof createBlockStore>;

export function createBlockStore({
  analytics,
  relational,
}: {
  analytics: Analytics;
  relational: Relational;
}) {
  const database = relational.as<Tables>();
  // One block at a time: the engine reads the sorter's memory until the insert is over.
  const sorter = createRowSorter();
  return {
    /** Puts the rows into ClickHouse. Storing them again changes nothing: series, time and the time of receipt are the same. */
    async insertUnscoped(block: Block): Promise<void> {
      const { frames, token } = block;
      for (const [index, wanted] of partsByMonths(frames).entries()) {
        const rows = sorter.sort(block, wanted);
        if (rows.series.length > 0)
          await insertNumbers(analytics, rows, index === 0 ? token : `${token}/${index}`);
      }
      await insertRows(analytics, 'ingest.observations', reasonedOf(block), `${token} reasoned`);
      await insertRows(analytics, 'ingest.observations_text', textsOf(block), `${token} text`);
      const entries = frames.flatMap(({ batch }) => batch?.ledger ?? []);
      await insertLedger(analytics, entries, `${token} ledger`);
    },

    /**
     * Records batches with their rejects, counts what came in and moves the mark behind which a restart begins, together or
     * not at all. A batch that another process recorded before, or a later one, counts as duplicate.
     * @param counts of each frame
     */
    async recordUnscoped(
      journal: string,
      { frames, last, token }: Pick<Block, 'frames' | 'last' | 'token'>,
      counts: readonly Counts[],
      now: Date,
    ): Promise<void> {
      const twice = await database.transaction().execute(async (transaction) => {
        const known = await recordBatches(transaction, { frames, counts, now });
        for (const [organisation, sum] of sumUp(frames, counts, known))
          await addVolume(transaction, { organisation, ...sum, now });
        await sql`
          insert into ingest.journal (name, segment, place, stored_at)
          values (${journal}, ${last.segment}, ${last.offset}, ${now})
          on conflict (name) do update set
            segment = excluded.segment, place = excluded.place, stored_at = excluded.stored_at`.execute(
          transaction,
        );
        return [...known];
      });
      // Their rows replaced the same rows; their counts were added once more.
      const added = twice.flatMap(({ ledger }) => ledger ?? []);
      await insertLedger(analytics, added.map(negative), `${token} ledger twice`);
    },

    /** The last frame of this journal that is stored and counted. */
    async storedUnscoped(journal: string): Promise<Position | null> {
      const row = await database
        .selectFrom('ingest.journal')
        .where('name', '=', journal)
        .select(['segment', 'place'])
        .executeTakeFirst();
      return row ? { segment: Number(row.segment), offset: Number(row.place) } : null;
    },
  };
}

type Recorded = { frames: readonly Frame[]; counts: readonly Counts[]; now: Date };

/** @returns the batches that were known already */
async function recordBatches(
  transaction: Transaction<Tables>,
  { frames, counts, now }: Recorded,
): Promise<ReadonlySet<Batch>> {
  const known = new Set<Batch>();
  const told = frames.flatMap(({ organisation, source, batch }, at) =>
    source !== null && batch ? [{ organisation, source, batch, counts: counts[at] as Counts }] : [],
  );
  // Two processes may record the same collectors: always in the same order, so that neither waits for the other.
  const order = told.sort(
    (a, b) =>
      compare(a.organisation, b.organisation) ||
      compare(a.source, b.source) ||
      compare(a.batch.epoch, b.batch.epoch) ||
      a.batch.sequence - b.batch.sequence,
  );
  for (const { organisation, source, batch, counts: counted } of order) {
    const { epoch, sequence, content, rejected } = batch;
    const stored = counted.stored + counted.duplicate;
    const delivery = { organisation, source, epoch, sequence, content, stored, rejected, now };
    if (await recordDelivery(transaction, delivery)) await insertRejects(transaction, batch.rejects, now);
    else known.add(batch);
  }
  return known;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Counts by organisation, in their order. */
function sumUp(frames: readonly Frame[], counts: readonly Counts[], known: ReadonlySet<Batch>) {
  const sums = new Map<string, Counts & { rejected: number }>();
  for (const [at, { organisation, batch }] of frames.entries()) {
    const sum = sums.get(organisation) ?? { stored: 0, duplicate: 0, late: 0, rejected: 0 };
    sums.set(organisation, sum);
    const { stored, duplicate, late } = counts[at] as Counts;
    if (batch && known.has(batch)) {
      sum.duplicate += stored + duplicate + batch.rejected;
      continue;
    }
    sum.stored += stored;
    sum.duplicate += duplicate;
    sum.late += late;
    sum.rejected += batch?.rejected ?? 0;
  }
  return [...sums].sort(([a], [b]) => compare(a, b));
}

async function insertNumbers(
  analytics: Analytics,
  { series, time, value, quality, received }: SortedRows,
  token: string,
): Promise<void> {
  await analytics.insert(
    'ingest.observations',
    [
      { name: 'series', type: 'UInt32', values: series },
      { name: 'time', type: 'DateTime64(6)', values: time },
      { name: 'value', type: 'Float64', values: value },
      { name: 'quality', type: 'UInt8', values: quality },
      { name: 'received_at', type: 'DateTime64(3)', values: received },
    ],
    { token },
  );
}

type Received = Row & { receivedMs: number };
const reasonedOf = ({ frames, receivedMs }: Block): Received[] =>
  frames.flatMap(({ reasoned }, at) =>
    reasoned.map((row) => ({ ...row, receivedMs: receivedMs[at] as number })),
  );
const textsOf = ({ frames, receivedMs }: Block): Received[] =>
  frames.flatMap(({ texts }, at) => texts.map((row) => ({ ...row, receivedMs: receivedMs[at] as number })));

async function insertRows(
  analytics: Analytics,
  table: 'ingest.observations' | 'ingest.observations_text',
  rows: readonly Received[],
  token: string,
): Promise<void> {
  for (const [index, part] of cutByMonths(rows).entries())
    await analytics.insert(
      table,
      [
        { name: 'series', type: 'UInt32', values: part.map((row) => row.series) },
        { name: 'time', type: 'DateTime64(6)', values: part.map((row) => BigInt(row.timeUs)) },
        table === 'ingest.observations'
          ? { name: 'value', type: 'Float64', values: Float64Array.from(part, (row) => Number(row.value)) }
          : { name: 'value', type: 'String', values: part.map((row) => String(row.value)) },
        { name: 'quality', type: 'UInt8', values: part.map((row) => row.quality) },
        { name: 'reason', type: 'String', values: part.map((row) => row.reason) },
        { name: 'received_at', type: 'DateTime64(3)', values: part.map((row) => BigInt(row.receivedMs)) },
        { name: 'server_at', type: 'DateTime64(3)', values: part.map((row) => BigInt(row.serverMs ?? 0)) },
      ],
      { token: `${token}/${index}` },
    );
}

function cutByMonths(rows: readonly Received[]): Received[][] {
  const groups = new Map<number, Received[]>();
  const places = placesOfMonths(new Set(rows.map((row) => monthOf(row.timeUs))));
  for (const row of rows) {
    const place = places.get(monthOf(row.timeUs)) ?? 0;
    const group = groups.get(place);
    if (group) group.push(row);
    else groups.set(place, [row]);
  }
  return [...groups.values()];
}

/** Which times go into each insert: all into one nearly always, only data of more than 90 months are taken apart. */
function partsByMonths(frames: readonly Frame[]): ((timeUs: number) => boolean)[] {
  const months = new Set<number>();
  for (const { columns } of frames) addMonths(columns.time, months);
  if (months.size <= MONTHS_PER_INSERT_MAX) return [() => true];
  const places = placesOfMonths(months);
  const count = Math.ceil(months.size / MONTHS_PER_INSERT_MAX);
  return Array.from({ length: count }, (_, place) => (timeUs) => places.get(monthOf(timeUs)) === place);
}

/** Which insert a month goes into: 90 months an insert, in their order. */
function placesOfMonths(months: ReadonlySet<number>): Map<number, number> {
  const sorted = [...months].sort((a, b) => a - b);
  return new Map(sorted.map((month, index) => [month, Math.floor(index / MONTHS_PER_INSERT_MAX)]));
}

/** Neighbours are mostly of the same day, and a day is of one month. */
function addMonths(times: Float64Array, months: Set<number>): void {
  let fromUs = 1;
  let toUs = 0;
  for (const us of times) {
    if (us >= fromUs && us < toUs) continue;
    fromUs = Math.floor(us / US_PER_DAY) * US_PER_DAY;
    toUs = fromUs + US_PER_DAY;
    months.add(monthOf(us));
  }
}

const monthOf = (timeUs: number): number => {
  const date = new Date(timeUs / 1000);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};
