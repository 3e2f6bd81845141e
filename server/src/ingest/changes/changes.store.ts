import type { Analytics } from '#platform/db/analytics.ts';

/** Readings of one number point, oldest first: source times in milliseconds, values (null: no value), quality (0 is good). */
export type Readings = {
  point: number;
  timesMs: number[];
  values: (number | null)[];
  qualities: number[];
  /** when the engine got the first and the last of them, whole seconds of its clock */
  firstStoredS: number;
  storedS: number;
};
/** Where a point stood: its newest reading by source time, and when the engine got the last one. */
export type Standing = {
  point: number;
  timeMs: number;
  value: number | null;
  quality: number;
  storedS: number;
};

const QUERY_TIMEOUT_MS = 60_000;
/** Points of one question: their numbers are part of its text. */
const POINTS_AT_ONCE = 20_000;
/** A point that said nothing for longer stands nowhere. */
const STANDING_SECONDS = 31 * 86_400;

/**
 * What was stored, in the order of storing: for work of the platform itself that must see each reading once, whatever its source
 * time. The callers have asked the scope for the points.
 */
export type Changes = ReturnType<typeof createUnscopedChangeStore>;

export function createUnscopedChangeStore({
  analytics,
  settledS,
}: {
  analytics: Analytics;
  /** the second of the engine's clock before which every row stored is visible */
  settledS: () => Promise<number>;
}) {
  return {
    settledS,

    /** How many readings of any point were stored in `[fromS, toS)`. */
    async count(fromS: number, toS: number): Promise<number> {
      const [row] = await analytics.query<{ rows: string }>(
        `select count() as rows from ingest.observations where ${STORED}`,
        { params: { fromS, toS }, timeoutMs: QUERY_TIMEOUT_MS },
      );
      return Number(row?.rows ?? 0);
    },

    /** Readings of the points that were stored in `[fromS, toS)`; points without one are left out. */
    async stored(points: readonly number[], fromS: number, toS: number): Promise<Readings[]> {
      return inParts(points, (part) =>
        readingsOf(analytics, `series in {points:Array(UInt32)} and ${STORED}`, { points: part, fromS, toS }),
      );
    },

    /** Readings with source times in `[fromMs, toMs)`. */
    async between(points: readonly number[], fromMs: number, toMs: number): Promise<Readings[]> {
      return inParts(points, (part) =>
        readingsOf(analytics, `series in {points:Array(UInt32)} and ${BETWEEN}`, {
          points: part,
          fromMs,
          toMs,
        }),
      );
    },

    /** How many readings of the points have source times in `[fromMs, toMs)`. */
    async countBetween(points: readonly number[], fromMs: number, toMs: number): Promise<number> {
      const [row] = await analytics.query<{ rows: string }>(
        `select count() as rows from ingest.observations where series in {points:Array(UInt32)} and ${BETWEEN}`,
        { params: { points, fromMs, toMs }, timeoutMs: QUERY_TIMEOUT_MS },
      );
      return Number(row?.rows ?? 0);
    },

    /** Where the points stood before a second of the engine's clock; those silent for a month are left out. */
    async standing(points: readonly number[], beforeS: number): Promise<Standing[]> {
      return inParts(points, async (part) => {
        const rows = await analytics.query<Standing>(
          `select series as point, toFloat64(toUnixTimestamp64Milli(max(time))) as timeMs, argMax(value, time) as value,
             argMax(quality, time) as quality, toUnixTimestamp(max(stored_at)) as storedS
           from ingest.observations
           where series in {points:Array(UInt32)} and time >= toDateTime({oldest:Int64}, 'UTC')
             and stored_at < toDateTime({beforeS:Int64}, 'UTC')
           group by series`,
          {
            params: { points: part, beforeS, oldest: Math.max(0, beforeS - STANDING_SECONDS) },
            timeoutMs: QUERY_TIMEOUT_MS,
          },
        );
        return rows.map((row) => ({ ...row, value: numberOf(row.value) }));
      });
    },
  };
}

const STORED = `stored_at >= toDateTime({fromS:Int64}, 'UTC') and stored_at < toDateTime({toS:Int64}, 'UTC')`;
const BETWEEN = `time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') and time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')`;

type Params = Readonly<Record<string, number | readonly number[]>>;

async function readingsOf(analytics: Analytics, condition: string, params: Params): Promise<Readings[]> {
  const rows = await analytics.query<{
    s: number;
    t: number[];
    v: (number | null)[];
    q: number[];
    f: number;
    a: number;
  }>(
    // sql-identifier: conditions of ours; values are bound
    `select s, groupArray(at) as t, groupArray(val) as v, groupArray(qual) as q, min(stored) as f, max(stored) as a from (
       select series as s, toFloat64(toUnixTimestamp64Milli(time)) as at, value as val, quality as qual,
         toUnixTimestamp(stored_at) as stored
       from ingest.observations where ${condition} order by series, time, received_at)
     group by s`,
    { params, timeoutMs: QUERY_TIMEOUT_MS },
  );
  return rows.map(({ s, t, v, q, f, a }) => ({
    point: s,
    timesMs: t,
    values: v.map(numberOf),
    qualities: q,
    firstStoredS: f,
    storedS: a,
  }));
}

async function inParts<Row>(points: readonly number[], read: (part: readonly number[]) => Promise<Row[]>) {
  const rows: Row[] = [];
  for (let at = 0; at < points.length; at += POINTS_AT_ONCE)
    rows.push(...(await read(points.slice(at, at + POINTS_AT_ONCE))));
  return rows;
}

const numberOf = (value: number | null): number | null => (Number.isFinite(value) ? value : null);
