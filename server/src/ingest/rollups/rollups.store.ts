import type { Kysely } from 'kysely';
import { runAlone } from '#platform/db/alone.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import type { Relational } from '#platform/db/relational.ts';
import {
  BLOCK_SERIES,
  cutSeries,
  ROLLUPS,
  type Rollup,
  SERIES_END,
  type SeriesRange,
  SLICES_MAX,
  type Slice,
  sliceSeconds,
} from './rollups.ts';

type RollupTables = {
  'ingest.rollup': { one?: boolean; watermark: Date };
  'ingest.retention': { class: string; deleted_before: Date; deleted_rows: number; changed_at: Date };
};

/** How far the rollups are, and from when on each class still has all its rows; microseconds since 1970 UTC. */
export type RollupState = {
  /** everything stored before this second of the engine's clock is in the rollups */
  watermarkS: number;
  rawFromUs: number;
  minuteFromUs: number;
  hourFromUs: number;
};

/** Held by the one process that rolls up or deletes; the number means "rollup" in ASCII. */
const LOCK = 0x726f_6c6c_7570;
/** Work of the platform for itself may take long, but never the whole machine: readers come first. */
const STEP_TIMEOUT_MS = 300_000;
const STEP_MEMORY_BYTES_MAX = 800_000_000;
const STEP_SETTINGS = `settings max_threads = 1, optimize_aggregation_in_order = 1, max_memory_usage = ${STEP_MEMORY_BYTES_MAX}, do_not_merge_across_partitions_select_final = 1, max_partitions_per_insert_block = 0`;
/** Clocks of the nodes of a cluster may differ by so much; one machine has one clock. */
const CLUSTER_SETTLE_S = 60;

/** Rollups in ClickHouse and how far they are in PostgreSQL: of the installation, so without a scope. */
export type RollupStore = ReturnType<typeof createUnscopedRollupStore>;

export function createUnscopedRollupStore(parts: {
  relational: Relational;
  analytics: Analytics;
  cluster: string | undefined;
}) {
  const { relational, analytics, cluster } = parts;
  const database = relational.as<RollupTables>();
  return {
    state: () => readState(database),

    /** Runs the work while no other process rolls up or deletes. @returns false when another one is at it */
    alone: (work: () => Promise<void>) => runAlone(database, LOCK, work),

    async move(watermarkS: number): Promise<void> {
      const watermark = new Date(watermarkS * 1000);
      await database
        .insertInto('ingest.rollup')
        .values({ watermark })
        .onConflict((conflict) => conflict.column('one').doUpdateSet({ watermark }))
        .execute();
    },

    /**
     * The second before which every row stored is visible: the engine's clock now, or when its oldest insert that still
     * runs began, because rows get their `stored_at` at the beginning of their insert and are seen at its end.
     */
    async settledS(): Promise<number> {
      // sql-identifier: a cluster's name, which the configuration allows letters, digits, _ and - only
      const processes = cluster ? `clusterAllReplicas('${cluster}', system.processes)` : 'system.processes';
      const [row] = await analytics.query<{ now: number; elapsed: number }>(
        `select toUnixTimestamp(now()) as now, max(elapsed) as elapsed from ${processes}
         where query_kind = 'Insert' and query like '%ingest%observations%' and query not like '%ingest.rollup%'`,
      );
      const now = Number(row?.now ?? 0) - (cluster ? CLUSTER_SETTLE_S : 0);
      return now - Math.ceil(Number(row?.elapsed ?? 0));
    },

    /** The second of the engine's own clock. */
    async nowS(): Promise<number> {
      const [row] = await analytics.query<{ now: number }>('select toUnixTimestamp(now()) as now');
      return Number(row?.now ?? 0);
    },

    /** Rows stored in `[fromS, toS)` in at most 1,024 equal slices; empty slices are left out. */
    async slices(fromS: number, toS: number): Promise<Slice[]> {
      const rows = await analytics.query<{ slice: string; rows: string }>(
        `select intDiv(toInt64(toUnixTimestamp(stored_at)) - {from:Int64}, {width:Int64}) as slice, count() as rows
         from ingest.observations
         where stored_at >= toDateTime({from:Int64}, 'UTC') and stored_at < toDateTime({to:Int64}, 'UTC')
         group by slice order by slice`,
        {
          params: { from: fromS, to: toS, width: sliceSeconds(fromS, toS) },
          timeoutMs: STEP_TIMEOUT_MS,
          rowsMax: SLICES_MAX,
        },
      );
      return rows.map((row) => ({
        fromS: fromS + Number(row.slice) * sliceSeconds(fromS, toS),
        rows: Number(row.rows),
      }));
    },

    /** The series of a window in ranges of at most `rowsMax` of its rows. */
    async seriesRanges(fromS: number, toS: number, rowsMax: number): Promise<SeriesRange[]> {
      const rows = await analytics.query<{ block: number; rows: string }>(
        `select intDiv(series, {width:UInt32}) as block, count() as rows from ingest.observations
         where ${WINDOW} group by block order by block`,
        {
          params: { fromS, toS, firstSeries: 0, endSeries: SERIES_END, width: BLOCK_SERIES },
          timeoutMs: STEP_TIMEOUT_MS,
        },
      );
      return cutSeries(
        rows.map((row) => ({ block: Number(row.block), rows: Number(row.rows) })),
        rowsMax,
      );
    },

    /**
     * Computes every minute, hour and day anew that a row stored in `[fromS, toS)` lies in; of one range of the series.
     * Repeating it changes nothing.
     */
    async recompute(window: Window, state: RollupState): Promise<void> {
      const touched = await touchedTimes(analytics, window);
      if (!touched) return;
      const [minute, hour, day] = ROLLUPS;
      const params = { ...window, ...touched, version: Date.now() };
      const run = (text: string, keptUs: number) =>
        analytics.command(text, {
          timeoutMs: STEP_TIMEOUT_MS,
          params: { ...params, kept: keptUs / 1_000_000 },
        });
      const isWhole = await mostAreNew(analytics, window, touched);
      const rowsOf = ({ start, unitUs }: Rollup) => (isWhole ? wholeUnits(unitUs) : touchedOnly(start));
      await run(fromRaw(minute, rowsOf(minute)), state.rawFromUs);
      await run(fromFiner({ into: hour, from: minute, rows: rowsOf(hour) }), state.minuteFromUs);
      await run(fromFiner({ into: day, from: hour, rows: rowsOf(day) }), state.hourFromUs);
    },
  };
}

async function readState(database: Kysely<RollupTables>): Promise<RollupState> {
  const [rollup, classes] = await Promise.all([
    database.selectFrom('ingest.rollup').select('watermark').executeTakeFirst(),
    database.selectFrom('ingest.retention').select(['class', 'deleted_before']).execute(),
  ]);
  const fromUs = (name: string) =>
    (classes.find((row) => row.class === name)?.deleted_before.getTime() ?? 0) * 1000;
  return {
    watermarkS: Math.floor((rollup?.watermark.getTime() ?? 0) / 1000),
    rawFromUs: fromUs('raw'),
    minuteFromUs: fromUs('minute'),
    hourFromUs: fromUs('hour'),
  };
}

const WINDOW = `stored_at >= toDateTime({fromS:Int64}, 'UTC') and stored_at < toDateTime({toS:Int64}, 'UTC')
  and series >= {firstSeries:UInt64} and series < {endSeries:UInt64}`;

type Window = { fromS: number; toS: number; firstSeries: number; endSeries: number };
/** Whole days bound the partitions a step opens; minutes are the first and the end of the last one that got rows. */
type Touched = { rows: number; first: number; end: number; firstMinute: number; endMinute: number };

async function touchedTimes(analytics: Analytics, window: Window): Promise<Touched | null> {
  const [row] = await analytics.query<{ rows: string; first: number; last: number }>(
    `select count() as rows, toUnixTimestamp(min(time)) as first, toUnixTimestamp(max(time)) as last
     from ingest.observations where ${WINDOW}`,
    { params: window, timeoutMs: STEP_TIMEOUT_MS },
  );
  const rows = Number(row?.rows ?? 0);
  if (!row || rows === 0) return null;
  const start = (second: number, unit: number) => Math.floor(second / unit) * unit;
  return {
    rows,
    first: start(row.first, 86_400),
    end: start(row.last, 86_400) + 86_400,
    firstMinute: start(row.first, 60),
    endMinute: start(row.last, 60) + 60,
  };
}

const WHOLE_ROWS_MIN = 20_000;
const WHOLE_SHARE_MIN = 0.5;

/**
 * True when the rows of the window are most of those between its first minute and its last, as live data and imports in the
 * order of time are: then everything in between is made anew, which costs less than to ask of each row whether its minute
 * is touched.
 */
async function mostAreNew(analytics: Analytics, window: Window, touched: Touched): Promise<boolean> {
  const { rows } = touched;
  if (rows < WHOLE_ROWS_MIN) return false;
  const [row] = await analytics.query<{ rows: string }>(
    // sql-identifier: a condition of ours on bound times
    `select count() as rows from ingest.observations where ${wholeUnits(60_000_000)}`,
    { params: { ...window, ...touched }, timeoutMs: STEP_TIMEOUT_MS },
  );
  return rows >= Number(row?.rows ?? 0) * WHOLE_SHARE_MIN;
}

/** Every unit from the one with the first touched minute to the one with the last. */
function wholeUnits(unitUs: number): string {
  const seconds = unitUs / 1_000_000;
  return `time >= toDateTime(intDiv({firstMinute:Int64}, ${seconds}) * ${seconds}, 'UTC')
    and time < toDateTime(intDiv({endMinute:Int64} + ${seconds - 1}, ${seconds}) * ${seconds}, 'UTC')
    and series >= {firstSeries:UInt64} and series < {endSeries:UInt64}`;
}
const COLUMNS = 'series, time, count, bad, min, max, sum, first, first_at, last, last_at, version';
const touchedOnly = (start: string): string => `time >= toDateTime({first:Int64}, 'UTC')
  and time < toDateTime({end:Int64}, 'UTC') and (series, ${start}(time)) global in (
    select series, ${start}(time) from ingest.observations where ${WINDOW} group by 1, 2)`;
const KEPT = `time >= toDateTime({kept:Int64}, 'UTC')`;

// sql-identifier: our own tables and functions, from the list in rollups.ts
const fromRaw = ({ table, start }: Rollup, rows: string): string => `
  insert into ${table} (${COLUMNS})
  select series, ${start}(time) as bucket, countIf(quality = 0), countIf(quality != 0),
    minIf(value, quality = 0), maxIf(value, quality = 0), sumIf(value, quality = 0),
    argMinIf(value, time, quality = 0), minIf(time, quality = 0),
    argMaxIf(value, time, quality = 0), maxIf(time, quality = 0), {version:UInt64}
  from ingest.observations final
  where ${rows} and ${KEPT}
  group by series, bucket
  ${STEP_SETTINGS}`;

// sql-identifier: our own tables and functions, from the list in rollups.ts
const fromFiner = ({ into, from, rows }: { into: Rollup; from: Rollup; rows: string }): string => `
  insert into ${into.table} (${COLUMNS})
  select series, ${into.start}(time) as bucket, sum(finer.count) as n, sum(finer.bad),
    minIf(finer.min, finer.count > 0), maxIf(finer.max, finer.count > 0), sumIf(finer.sum, finer.count > 0),
    argMinIf(finer.first, finer.first_at, finer.count > 0), minIf(finer.first_at, finer.count > 0),
    argMaxIf(finer.last, finer.last_at, finer.count > 0), maxIf(finer.last_at, finer.count > 0), {version:UInt64}
  from ${from.table} as finer final
  where ${rows} and ${KEPT}
  group by series, bucket
  ${STEP_SETTINGS}`;
