import type { Scope } from '#platform/auth/scope.ts';
import type { Analytics } from '#platform/db/analytics.ts';

/** A row as the engine tells it: series, time, value, quality, reason, arrival. */
export type RawRow = {
  s: number;
  t: string;
  v: number | string | null;
  q: number;
  r: string;
  a: string;
  /** time of the device's server; '0': none. Only where it was asked for. */
  b?: string;
};

export type Table = 'ingest.observations' | 'ingest.observations_text';
type Question = {
  table: Table;
  series: readonly number[];
  nowMs: number;
  /** everything stored before this second of the engine's clock is in the rollups */
  watermarkS: number;
};

const QUERY_TIMEOUT_MS = 15_000;
const DAY_US = 86_400_000_000;
const SERIES = 'series in {series:Array(UInt32)}';

/**
 * The newest row of each series by source time; of two at the same time the one received later. Series without a row are
 * left out. The caller has asked the scope for the series.
 */
export async function findLatest(
  analytics: Analytics,
  _scope: Scope,
  { table, series, nowMs, watermarkS }: Question,
): Promise<RawRow[]> {
  const found: RawRow[] = [];
  let open = series;
  for (const newest of table === 'ingest.observations' ? OF_NUMBERS : OF_TEXTS) {
    if (open.length === 0) break;
    const rows = await analytics.query<RawRow>(latest(table, newest(table)), {
      params: {
        series: open,
        day: Math.max(0, nowMs * 1000 - DAY_US),
        month: Math.max(0, nowMs * 1000 - 31 * DAY_US),
        watermark: watermarkS,
      },
      timeoutMs: QUERY_TIMEOUT_MS,
    });
    found.push(...rows);
    const seen = new Set(rows.map(({ s }) => s));
    open = open.filter((id) => !seen.has(id));
  }
  return found;
}

const since = (name: string) => (table: Table) =>
  // sql-identifier: one of our two tables and a name of ours; values are bound
  `select series, time from ${table} where ${SERIES} and time >= fromUnixTimestamp64Micro({${name}:Int64}, 'UTC')`;
// sql-identifier: one of our two tables; values are bound
const all = (table: Table) => `select series, time from ${table} where ${SERIES}`;

/**
 * The last hour that the rollups know of each series, and what was stored since they were made: the newest row is in one of
 * the two, however long the history. Days say in which day to look for the hour.
 */
const rolled = (table: Table) =>
  // sql-identifier: one of our two tables; values are bound
  `select series, time from ${table} where ${SERIES} and (series, toStartOfHour(time)) global in (
      select series, max(time) from ingest.rollup_1h where ${SERIES} and (series, toStartOfDay(time)) global in (
        select series, max(time) from ingest.rollup_1d where ${SERIES} group by series)
      group by series)
    union all
    select series, time from ${table} where ${SERIES} and stored_at >= toDateTime({watermark:Int64}, 'UTC')`;

/** Where to look, most likely first: nearly every living point has a value within the last day. */
const OF_NUMBERS = [since('day'), rolled, all];
/** Texts have no rollups. */
const OF_TEXTS = [since('day'), since('month'), all];

/**
 * The newest times first, from two columns alone; then only the granules that hold them. Of rows with one time the table says
 * which one counts, also where they were received together.
 */
const latest = (table: Table, rows: string) =>
  // sql-identifier: one of our two tables, and a query of ours over it; values are bound
  `select series as s, toUnixTimestamp64Micro(time) as t, value as v, quality as q, reason as r,
     toUnixTimestamp64Milli(received_at) as a
   from ${table} final
   where ${SERIES} and (series, time) global in (select series, max(time) from (${rows}) group by series)
   settings do_not_merge_across_partitions_select_final = 1`;
