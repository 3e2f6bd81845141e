import { sql } from 'kysely';
import type { Analytics } from '#platform/db/analytics.ts';
import type { Relational } from '#platform/db/relational.ts';
import type { Row } from '../observations/observations.ts';
import { addVolume, type VolumeTables } from '../statistics/statistics.store.ts';
import type { Frame } from './frame.ts';
import type { Position } from './journal.store.ts';
import { createRowSorter, type SortedRows } from './row-sorter.ts';
import type { Block } from './writer.service.ts';

type Tables = {
  'ingest.journal': { name: string; segment: string; place: string; stored_at: Date };
} & VolumeTables;

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
    async insertUnscoped({ frames, token }: Block): Promise<void> {
      for (const [index, wanted] of partsByMonths(frames).entries()) {
        const rows = sorter.sort(frames, wanted);
        if (rows.series.length > 0)
          await insertNumbers(analytics, rows, index === 0 ? token : `${token}/${index}`);
      }
      await insertRows(analytics, 'ingest.observations', reasonedOf(frames), `${token} reasoned`);
      await insertRows(analytics, 'ingest.observations_text', textsOf(frames), `${token} text`);
    },

    /** Counts what came in and moves the mark behind which a restart begins, together or not at all. */
    async recordUnscoped(
      journal: string,
      last: Position,
      counts: ReadonlyMap<string, Counts>,
      now: Date,
    ): Promise<void> {
      await database.transaction().execute(async (transaction) => {
        for (const [organisation, { stored, duplicate, late }] of [...counts].sort())
          await addVolume(transaction, { organisation, stored, rejected: 0, duplicate, late, now });
        await sql`
          insert into ingest.journal (name, segment, place, stored_at)
          values (${journal}, ${last.segment}, ${last.offset}, ${now})
          on conflict (name) do update set
            segment = excluded.segment, place = excluded.place, stored_at = excluded.stored_at`.execute(
          transaction,
        );
      });
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
const reasonedOf = (frames: readonly Frame[]): Received[] =>
  frames.flatMap(({ reasoned, receivedMs }) => reasoned.map((row) => ({ ...row, receivedMs })));
const textsOf = (frames: readonly Frame[]): Received[] =>
  frames.flatMap(({ texts, receivedMs }) => texts.map((row) => ({ ...row, receivedMs })));

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
