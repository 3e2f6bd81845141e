import type { Aggregate, Point } from '@ronghe/contracts';
import { covers, type Scope } from '#platform/auth/scope.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import type { RollupState } from '../rollups/rollups.store.ts';
import { ROLLUPS, type Rollup, rollupFor, widestWithin } from '../rollups/rollups.ts';
import { fromRollup, fromRows, merged, type Part, partsOf } from './bucket-parts.ts';
import { endStart, type Segment, segmentsOf } from './bucket-segments.ts';
import { EMPTY_BUCKET, type TimedBucket } from './buckets.ts';
import { bucketsOfRows, type FewRow } from './few-rows.ts';

export type BucketQuery = {
  fromUs: number;
  toUs: number;
  widthUs: number;
  /** start of one of the buckets, not after `fromUs` */
  originUs: number;
  /** buckets of each point */
  limit: number;
  order: 'ascending' | 'descending';
  /** only buckets that have good samples */
  goodOnly?: boolean;
  /** what the buckets are asked for; the rest of them is null, as it would cost time to compute */
  aggregates: readonly Aggregate[];
};
/** True when one bucket holds the whole range, whatever its width. */
const isOne = ({ fromUs, toUs, originUs, widthUs }: BucketQuery) =>
  originUs === fromUs && widthUs >= toUs - fromUs;
/** A time and a value of it, as a chart draws it. */
export type Drawn = { timeUs: number; value: number };

type Kind = 'number' | 'text';
type Row = { s: number; b: string; n: string; x?: string } & {
  [Name in Exclude<Part, 'n' | 'x'>]?: number | null;
};

const QUERY_TIMEOUT_MS = 15_000;
/** Less time than this over all points is read from the rows: asking what is rolled up would take longer. */
const RAW_RANGE_US = 86_400_000_000;
/** Units that are told one by one; when more of them changed, the engine finds them again while it reads. */
const CHANGED_UNITS_MAX = 20_000;
/** Less time than this over all points is read as rows, if there are few enough. */
const SHORT_RANGE_US = 6 * 3_600_000_000;
const FEW_ROWS_MAX = 4_000;
/**
 * Measured on an hour of one point, where nearly all time goes into preparing the query: one thread, the older of the two
 * analyzers (a query of one table and no sub-query means the same to both) and no grouping take a third off it.
 */
const SHORT_SETTINGS =
  'settings do_not_merge_across_partitions_select_final = 1, max_threads = 1, enable_analyzer = 0';
const READ_SETTINGS =
  'settings do_not_merge_across_partitions_select_final = 1, optimize_move_to_prewhere_if_final = 1';

/** Statistics over time in ClickHouse: from the rollups where they are whole, from the rows where they are not. */
export type BucketStore = ReturnType<typeof createBucketStore>;

export function createBucketStore(parts: {
  analytics: Analytics;
  /** how far the rollups are; told too early is safe, told too late is not */
  state: () => Promise<RollupState>;
}) {
  const { analytics, state } = parts;
  return {
    /** Buckets with any sample in `[fromUs, toUs)` of each point, by its number; at most `limit` of each. */
    async buckets(
      scope: Scope,
      points: readonly Point[],
      query: BucketQuery,
    ): Promise<Map<number, TimedBucket[]>> {
      const found = new Map<number, TimedBucket[]>(points.map(({ id }) => [id, []]));
      const told = await state();
      for (const kind of ['number', 'text'] as const) {
        const ids = idsOf(scope, points, kind);
        if (ids.length === 0) continue;
        const few = kind === 'number' ? await fewBuckets(analytics, ids, { query, told }) : null;
        if (few) {
          for (const [id, buckets] of few) found.set(id, buckets);
          continue;
        }
        const rollup = kind === 'number' ? usable(query, told, ids.length) : null;
        const segments = rollup ? segmentsOf(query, rollup, told) : [];
        if (rollup && segments.length === 0) continue;
        const params = { ...paramsOf(query, told), ...boundsOf(segments), ids };
        const changed = await changedUnits(analytics, segments, params);
        const text = rollup ? composed(segments, rollup, { query, changed }) : plain(kind, query);
        const rows = await analytics.query<Row>(text, {
          params: { ...params, changedSeries: changed.series, changedStarts: changed.starts },
          timeoutMs: QUERY_TIMEOUT_MS,
          rowsMax: ids.length * query.limit,
        });
        for (const row of rows) found.get(row.s)?.push(toBucket(row, query, kind));
      }
      return found;
    },

    /**
     * At most `limit` good samples of a numeric point that draw the same line as all of them: largest triangle three buckets.
     * Source: Steinarsson, Downsampling Time Series for Visual Representation, 2013.
     */
    async line(
      scope: Scope,
      point: Point,
      query: { fromUs: number; toUs: number; limit: number },
    ): Promise<Drawn[]> {
      const ids = idsOf(scope, [point], 'number');
      if (ids.length === 0) return [];
      const rows = await analytics.query<{ t: string; v: number }>(
        `select pair.1 as t, pair.2 as v from (
           select arrayJoin(lttb({limit:UInt32})(toUnixTimestamp64Micro(time), value)) as pair
           from ingest.observations final where ${RANGE} and quality = 0)
         order by t ${READ_SETTINGS}, max_memory_usage = ${LINE_MEMORY_BYTES_MAX}`,
        {
          params: { ids, from: query.fromUs, to: query.toUs, limit: query.limit },
          timeoutMs: QUERY_TIMEOUT_MS,
        },
      );
      return rows.map(({ t, v }) => ({ timeUs: Number(t), value: v }));
    },
  };
}

/** What one line may take: about 25 million samples; more is refused as too heavy. */
const LINE_MEMORY_BYTES_MAX = 1_000_000_000;

/** A second lock on the door: points come from the domain `collect`, which has asked the scope already. */
function idsOf(scope: Scope, points: readonly Point[], kind: Kind): number[] {
  const foreign = points.find(({ organisation }) => !covers(scope, organisation));
  if (foreign) throw new Error(`point ${foreign.id} lies outside the scope`);
  return points.filter(({ type }) => (type === 'text') === (kind === 'text')).map(({ id }) => id);
}

function usable(query: BucketQuery, { rawFromUs }: RollupState, points: number): Rollup | null {
  const { fromUs, toUs, widthUs, originUs, aggregates } = query;
  // a standard deviation cannot be had from rollups
  if (aggregates.includes('stddev') || ((toUs - fromUs) * points <= RAW_RANGE_US && fromUs >= rawFromUs))
    return null;
  if (isOne(query)) return widestWithin(toUs - fromUs);
  const rollup = rollupFor(widthUs);
  return rollup && originUs % rollup.unitUs === 0 ? rollup : null;
}

function paramsOf({ fromUs, toUs, originUs, widthUs, limit }: BucketQuery, told: RollupState) {
  return {
    from: fromUs,
    to: toUs,
    origin: originUs,
    width: widthUs,
    limit,
    watermark: told.watermarkS,
    kept: told.rawFromUs,
  };
}

/** Where each segment begins and ends, as parameters by its place. */
const boundsOf = (segments: readonly Segment[]): Record<string, number> =>
  Object.fromEntries(
    segments.flatMap(({ fromUs, toUs }, at) => [
      [`from${at}`, fromUs],
      [`to${at}`, toUs],
    ]),
  );

const AT = (name: string) => `fromUnixTimestamp64Micro({${name}:Int64}, 'UTC')`;
const RANGE = `series in {ids:Array(UInt32)} and time >= ${AT('from')} and time < ${AT('to')}`;
const ORDER = ({ order, goodOnly }: BucketQuery) =>
  `${goodOnly ? 'having n > 0' : ''} order by s, b ${order === 'ascending' ? 'asc' : 'desc'} limit {limit:UInt32} by s`;
const INDEX = (time: string) => `intDiv(${time} - {origin:Int64}, {width:Int64}) as b`;

/** Short ranges, from the rows; null when the range is not short, has many rows or the rows are deleted. */
async function fewBuckets(
  analytics: Analytics,
  ids: readonly number[],
  { query, told }: { query: BucketQuery; told: RollupState },
): Promise<Map<number, TimedBucket[]> | null> {
  const { fromUs, toUs } = query;
  if ((toUs - fromUs) * ids.length > SHORT_RANGE_US || fromUs < told.rawFromUs) return null;
  const rows = await analytics.query<FewRow>(
    `select series as s, toUnixTimestamp64Micro(time) as t, value as v, quality as q from ingest.observations final
     where ${RANGE} limit {most:UInt32} ${SHORT_SETTINGS}`,
    { params: { ids, from: fromUs, to: toUs, most: FEW_ROWS_MAX + 1 }, timeoutMs: QUERY_TIMEOUT_MS },
  );
  return rows.length > FEW_ROWS_MAX ? null : bucketsOfRows(rows, query);
}

/** From the rows alone. */
function plain(kind: Kind, query: BucketQuery): string {
  const parts = kind === 'number' ? partsOf(query.aggregates) : COUNTS;
  // sql-identifier: one of our two tables, functions and the sort order of ours; values are bound
  return `select series as s, ${INDEX('toUnixTimestamp64Micro(time)')}, ${fromRows(parts)}
    from ${kind === 'number' ? 'ingest.observations' : 'ingest.observations_text'} final
    where ${RANGE} group by s, b ${ORDER(query)} ${READ_SETTINGS}`;
}
const COUNTS = partsOf(['count', 'bad']);

/** True for times of the segments that come from this rollup (null: from the rows); empty when there are none. */
function within(segments: readonly Segment[], rollup: Rollup | null): string {
  const places = [...segments.keys()].filter((at) => segments[at]?.rollup === rollup);
  return places.map((at) => `time >= ${AT(`from${at}`)} and time < ${AT(`to${at}`)}`).join(' or ');
}

/** The rollups that segments come from. */
const rollupsOf = (segments: readonly Segment[]): Rollup[] =>
  ROLLUPS.filter((rollup) => segments.some((segment) => segment.rollup === rollup));

/** True for times of the segments that come from any rollup. */
const rolledUp = (segments: readonly Segment[]): string =>
  rollupsOf(segments)
    .map((rollup) => within(segments, rollup))
    .join(' or ');

/** The start of the unit that a row's time lies in, by the rollup of its segment. */
function unitOf(segments: readonly Segment[]): string {
  const [first, second] = rollupsOf(segments);
  // sql-identifier: functions of ours, from the list in rollups.ts; values are bound
  const widest = `${(second ?? first)?.start}(time)`;
  return first && second ? `if(${within(segments, first)}, ${first.start}(time), ${widest})` : widest;
}

/** Units of the rollups that got rows since they were made: by series and start in seconds; or too many to tell. */
type Changed = { series: number[]; starts: number[]; tooMany: boolean };
const NOTHING: Changed = { series: [], starts: [], tooMany: false };

// sql-identifier: functions of ours, from the list in rollups.ts; values are bound
const changedRows = (segments: readonly Segment[]): string => `from ingest.observations
  where ${RANGE} and time >= ${AT('kept')} and stored_at >= toDateTime({watermark:Int64}, 'UTC')
    and (${rolledUp(segments)})`;

async function changedUnits(
  analytics: Analytics,
  segments: readonly Segment[],
  params: Record<string, number | readonly number[]>,
): Promise<Changed> {
  if (rollupsOf(segments).length === 0) return NOTHING;
  const rows = await analytics.query<{ series: number; unit: number }>(
    // sql-identifier: functions of ours, from the list in rollups.ts; values are bound
    `select distinct series, toUnixTimestamp(${unitOf(segments)}) as unit ${changedRows(segments)} limit {max:UInt32}`,
    { params: { ...params, max: CHANGED_UNITS_MAX + 1 }, timeoutMs: QUERY_TIMEOUT_MS },
  );
  if (rows.length > CHANGED_UNITS_MAX) return { ...NOTHING, tooMany: true };
  return {
    series: rows.map(({ series }) => series),
    starts: rows.map(({ unit }) => Number(unit)),
    tooMany: false,
  };
}

/**
 * From the rollups, but from the rows for those of their units that got rows since they were made, and for the ends of the
 * range that are no whole unit. Each unit comes from exactly one side, and has a start that no other has.
 */
function composed(
  segments: readonly Segment[],
  rollup: Rollup,
  { query, changed }: { query: BucketQuery; changed: Changed },
): string {
  const parts = partsOf(query.aggregates);
  const rollups = rollupsOf(segments);
  const ends = within(segments, null);
  const startUs = 'toInt64(toUnixTimestamp(time)) * 1000000';
  const { isIn, units } = changedSql(segments, changed);
  // sql-identifier: our own table, from the list in rollups.ts; values are bound
  const whole = (from: Rollup) => `from ${from.table} final
      where series in {ids:Array(UInt32)} and (${within(segments, from)})
        ${units === null ? '' : `and not ((series, time) ${isIn} ${units})`}`;
  const end = `group by s, b ${ORDER(query)} ${READ_SETTINGS}`;
  const [only] = rollups;
  if (only && rollups.length === 1 && ends === '' && units === null)
    // sql-identifier: columns and functions of ours, and a sort order; values are bound
    return `select series as s, ${INDEX(startUs)}, ${merged(parts, { time: 'time' })} ${whole(only)} ${end}, enable_analyzer = 0`;
  // sql-identifier: columns and functions of ours, from the list in rollups.ts; values are bound
  const fromRaw = (start: string, rows: string) => `select series as s,
      toInt64(toUnixTimestamp(${start})) * 1000000 as t, ${fromRows(parts)}
      from ingest.observations final where ${RANGE} and time >= ${AT('kept')} and (${rows}) group by s, t`;
  // sql-identifier: columns and functions of ours, from the list in rollups.ts; values are bound
  const sides = rollups.map(
    (from) => `select series as s, ${startUs} as t, ${fromRollup(parts)} ${whole(from)}`,
  );
  if (units !== null)
    sides.push(
      fromRaw(unitOf(segments), `(${rolledUp(segments)}) and (series, ${unitOf(segments)}) ${isIn} ${units}`),
    );
  if (ends !== '') sides.push(fromRaw(`${endStart(rollup)}(time)`, ends));
  // sql-identifier: our own functions, from the list in rollups.ts, and a sort order; values are bound
  return `select s, ${INDEX('t')}, ${merged(parts, { time: 't', of: 'units' })}
    from (${sides.join(' union all ')}) as units
    ${end}`;
}

/** The units that changed, told or for the engine to find; null when there are none. */
function changedSql(segments: readonly Segment[], { tooMany, series }: Changed) {
  if (tooMany)
    // sql-identifier: functions of ours, from the list in rollups.ts; values are bound
    return {
      isIn: 'global in',
      units: `(select series, ${unitOf(segments)} as unit ${changedRows(segments)} group by series, unit)`,
    };
  const told = `arrayZip({changedSeries:Array(UInt32)}, {changedStarts:Array(DateTime('UTC'))})`;
  return { isIn: 'in', units: series.length > 0 ? told : null };
}

function toBucket(row: Row, { originUs, widthUs }: BucketQuery, kind: Kind): TimedBucket {
  const timeUs = originUs + Number(row.b) * widthUs;
  const [count, bad] = [Number(row.n), Number(row.x ?? 0)];
  const { lo: min = null, hi: max = null, total: sum = null, head = null, tail = null } = row;
  if (kind === 'text' || count === 0) return { timeUs, values: { ...EMPTY_BUCKET, count, bad } };
  const values = {
    count,
    bad,
    min,
    max,
    sum,
    mean: sum === null ? null : sum / count,
    first: head,
    last: tail,
    range: min === null || max === null ? null : max - min,
    stddev: row.deviation ?? null,
  };
  return { timeUs, values };
}
