import type { Point, Quality, SampleValue } from '@ronghe/contracts';
import { covers, type Scope } from '#platform/auth/scope.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import type { RollupState } from '../rollups/rollups.store.ts';
import { findLatest, type RawRow, type Table } from './latest-rows.store.ts';
import { qualityAt, shownValue } from './observations.ts';

/** One stored observation as read back; times in microseconds and milliseconds since 1970 UTC. */
export type Stored = {
  timeUs: number;
  value: SampleValue;
  quality: Quality;
  reason: string | null;
  /** time of the device's own server, where it was told */
  serverMs?: number;
  receivedMs: number;
};
export type LatestRow = Stored & { point: number };

type RangeQuery = { fromUs: number; toUs: number; limit: number; order: 'ascending' | 'descending' };

const QUERY_TIMEOUT_MS = 15_000;

/** Observations in ClickHouse. Points handed in were read through the scope; a foreign one is refused here once more. */
export type ObservationStore = ReturnType<typeof createObservationStore>;

export function createObservationStore(parts: {
  analytics: Analytics;
  /** how far the rollups are; told too early is safe */
  state: () => Promise<RollupState>;
}) {
  const { analytics } = parts;
  return {
    /** Rows of one point in `[from, to)`, one more than `limit` when there are more. */
    async range(scope: Scope, point: Point, query: RangeQuery): Promise<Stored[]> {
      return (await rangesOf(analytics, scope, { points: [point], query })).get(point.id) ?? [];
    },

    /** As `range` for several points, by number; the limit is of each. */
    async ranges(scope: Scope, points: readonly Point[], query: RangeQuery): Promise<Map<number, Stored[]>> {
      const found = new Map<number, Stored[]>();
      for (const kind of ['number', 'text'] as const) {
        const ofKind = points.filter((point) => kindOf(point) === kind);
        if (ofKind.length === 0) continue;
        for (const [id, rows] of await rangesOf(analytics, scope, { points: ofKind, query }))
          found.set(id, rows);
      }
      return found;
    },

    /** The newest observation of each point by source time; points without one are left out. */
    async latest(scope: Scope, points: readonly Point[], nowMs: number): Promise<LatestRow[]> {
      for (const point of points) demandOwn(scope, point);
      const { watermarkS } = await parts.state();
      const found: LatestRow[] = [];
      for (const kind of ['number', 'text'] as const) {
        const byId = new Map(
          points.filter((point) => kindOf(point) === kind).map((point) => [point.id, point]),
        );
        const question = { table: tableOf(kind), series: [...byId.keys()], nowMs, watermarkS };
        for (const row of await findLatest(analytics, scope, question)) {
          const point = byId.get(row.s);
          if (point) found.push({ point: row.s, ...toStored(point, row) });
        }
      }
      return found;
    },
  };
}

const kindOf = (point: Pick<Point, 'type'>): 'number' | 'text' => (point.type === 'text' ? 'text' : 'number');
const tableOf = (kind: 'number' | 'text'): Table =>
  kind === 'text' ? 'ingest.observations_text' : 'ingest.observations';

/** Rows by point; all points are of one kind. */
async function rangesOf(
  analytics: Analytics,
  scope: Scope,
  { points, query }: { points: readonly Point[]; query: RangeQuery },
): Promise<Map<number, Stored[]>> {
  for (const point of points) demandOwn(scope, point);
  const found = new Map<number, Stored[]>(points.map(({ id }) => [id, []]));
  const byId = new Map(points.map((point) => [point.id, point]));
  const [first] = points;
  if (!first) return found;
  const sort = query.order === 'ascending' ? 'asc' : 'desc';
  const rows = await analytics.query<RawRow>(
    // sql-identifier: one of our two tables, the sort order, or a function of ours; values are bound
    `select series as s, toUnixTimestamp64Micro(time) as t, value as v, quality as q, reason as r,
       toUnixTimestamp64Milli(received_at) as a, toUnixTimestamp64Milli(server_at) as b
     from ${tableOf(kindOf(first))} final
     where series in {ids:Array(UInt32)} and time >= fromUnixTimestamp64Micro({from:Int64}, 'UTC')
       and time < fromUnixTimestamp64Micro({to:Int64}, 'UTC')
     ${points.length === 1 ? `order by time ${sort} limit` : `order by series, time ${sort} limit`} {rows:UInt32}
     ${points.length === 1 ? '' : 'by series'}
     settings do_not_merge_across_partitions_select_final = 1`,
    {
      params: { ids: [...byId.keys()], from: query.fromUs, to: query.toUs, rows: query.limit + 1 },
      timeoutMs: QUERY_TIMEOUT_MS,
      rowsMax: points.length * (query.limit + 1),
    },
  );
  for (const row of rows) {
    const point = byId.get(row.s);
    if (point) found.get(row.s)?.push(toStored(point, row));
  }
  return found;
}

/** A second lock on the door: points come from the domain `collect`, which has asked the scope already. */
function demandOwn(scope: Scope, point: Point): void {
  if (!covers(scope, point.organisation)) throw new Error(`point ${point.id} lies outside the scope`);
}

const toStored = (point: Pick<Point, 'type'>, row: RawRow): Stored => {
  const quality = qualityAt(row.q);
  return {
    timeUs: Number(row.t),
    value: shownValue(point.type, row.v, quality),
    quality,
    reason: row.r === '' ? null : row.r,
    ...(Number(row.b ?? 0) > 0 ? { serverMs: Number(row.b) } : {}),
    receivedMs: Number(row.a),
  };
};
