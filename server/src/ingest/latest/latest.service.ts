import {
  LATEST_POINTS_MAX,
  type LatestList,
  type LatestQuery,
  type LatestValue,
  type Point,
} from '@ronghe/contracts';
import type { Points } from '#collect';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { Clock } from '#platform/clock/clock.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Log } from '#platform/log/log.ts';
import type { ObservationStore } from '../observations/observations.store.ts';
import { type Newest, newer, parseIds, toLatestValue } from './latest.ts';

/** Points kept in memory; the least recently used one goes first. */
const CACHE_POINTS_MAX = 200_000;
/** So many go at once: finding the first key of a map whose first ones were deleted walks over all of the deleted. */
const CACHE_POINTS_DROPPED = 20_000;

/** The newest value of each point, from memory; right also when another server process writes. */
export type Latest = {
  /** Whether somebody asked for this point, or asks now; `apply` leaves out the others. */
  follows(this: void, point: number): boolean;
  /** What was just made durable in this process. */
  apply(changes: readonly Newest[]): void;
  /** @throws PERMISSION_MISSING, REQUEST_INVALID */
  list(scope: Scope, query: LatestQuery): Promise<LatestList>;
  /**
   * Newest values of the points now and, through `onChange`, whenever they move. Points out of sight are left out.
   * @throws PERMISSION_MISSING, REQUEST_INVALID, POINT_UNKNOWN when none of the points is in sight
   */
  watch(
    scope: Scope,
    points: string,
    onChange: (value: LatestValue) => void,
  ): Promise<{ now: LatestValue[]; stop(): void }>;
  start(): void;
  stop(): void;
};

type Entry = { newest: Newest | null; checkedMs: number };
type Watcher = { scope: Scope; points: Map<number, Point>; onChange: (value: LatestValue) => void };
type Parts = {
  store: ObservationStore;
  points: Points;
  clock: Clock;
  log: Log;
  /** age after which an entry is read again; infinite when no other process can write */
  refreshMs: number;
};

export function createLatest({ store, points, clock, log, refreshMs }: Parts): Latest {
  const cache = new Map<number, Entry>();
  const watchers = new Set<Watcher>();
  const watchersOf = new Map<number, Set<Watcher>>();
  let timer: NodeJS.Timeout | undefined;
  let refreshing = false;

  const put = (id: number, entry: Entry) => {
    cache.delete(id);
    cache.set(id, entry);
    if (cache.size <= CACHE_POINTS_MAX) return;
    for (const oldest of cache.keys()) {
      cache.delete(oldest);
      if (cache.size <= CACHE_POINTS_MAX - CACHE_POINTS_DROPPED) break;
    }
  };

  /** Merging takes the newer of both sides, so the order in which a write and a read end does not matter. */
  const merge = (found: Newest, checkedMs: number | null) => {
    const entry = cache.get(found.point);
    const newest = newer(entry?.newest ?? null, found);
    put(found.point, { newest, checkedMs: checkedMs ?? entry?.checkedMs ?? Number.NEGATIVE_INFINITY });
    if (!newest || newest !== found) return;
    for (const watcher of watchersOf.get(found.point) ?? []) watcher.onChange(toLatestValue(found));
  };

  const add = (watcher: Watcher) => {
    watchers.add(watcher);
    for (const id of watcher.points.keys())
      watchersOf.set(id, (watchersOf.get(id) ?? new Set<Watcher>()).add(watcher));
  };
  const remove = (watcher: Watcher) => {
    watchers.delete(watcher);
    for (const id of watcher.points.keys()) {
      const others = watchersOf.get(id);
      others?.delete(watcher);
      if (others?.size === 0) watchersOf.delete(id);
    }
  };

  /** Reads what was never read or has become too old. */
  const load = async (scope: Scope, wanted: readonly Point[]) => {
    const nowMs = clock.now().getTime();
    const old = wanted.filter(
      ({ id }) => !(nowMs - (cache.get(id)?.checkedMs ?? Number.NEGATIVE_INFINITY) < refreshMs),
    );
    if (old.length === 0) return;
    // From now on a write is remembered, also one that is not in what is being read.
    for (const { id } of old)
      if (!cache.has(id)) put(id, { newest: null, checkedMs: Number.NEGATIVE_INFINITY });
    const found = new Map((await store.latest(scope, old, nowMs)).map((row) => [row.point, row]));
    for (const { id } of old) {
      const row = found.get(id);
      if (row) merge(row, nowMs);
      else put(id, { newest: cache.get(id)?.newest ?? null, checkedMs: nowMs });
    }
  };

  const read = async (scope: Scope, wanted: readonly Point[]): Promise<LatestValue[]> => {
    await load(scope, wanted);
    return wanted.flatMap(({ id }) => {
      const newest = cache.get(id)?.newest;
      return newest ? [toLatestValue(newest)] : [];
    });
  };

  const refreshWatched = async () => {
    if (refreshing) return;
    refreshing = true;
    try {
      for (const watcher of watchers) await load(watcher.scope, [...watcher.points.values()]);
    } catch (error) {
      log.warn({ err: error }, 'newest values could not be read; the next try is in a moment');
    } finally {
      refreshing = false;
    }
  };

  // Of a point that nobody asked for, the first who does reads the table anyway.
  const follows = (point: number) => cache.has(point) || watchersOf.has(point);

  return {
    follows,
    apply(changes) {
      for (const change of changes) if (follows(change.point)) merge(change, null);
    },

    async list(scope, query) {
      demand(scope, 'ingest:observation:read');
      if (query.points === undefined && query.organisation === undefined)
        throw new AppError(
          'REQUEST_INVALID',
          {},
          { details: [{ path: 'points', message: 'points or organisation' }] },
        );
      const ids =
        query.points === undefined
          ? await points.idsOf(scope, query.organisation ?? scope.organisation, LATEST_POINTS_MAX)
          : parseIds(query.points, LATEST_POINTS_MAX);
      const items = await read(scope, await points.visible(scope, ids));
      return { items: items.sort((a, b) => a.point - b.point) };
    },

    async watch(scope, text, onChange) {
      demand(scope, 'ingest:observation:read');
      const visible = await points.visible(scope, parseIds(text, LATEST_POINTS_MAX));
      if (visible.length === 0) throw new AppError('POINT_UNKNOWN', { point: text.slice(0, 40) });
      const watcher = { scope, points: new Map(visible.map((point) => [point.id, point])), onChange };
      add(watcher);
      const stop = () => remove(watcher);
      try {
        return { now: await read(scope, visible), stop };
      } catch (error) {
        stop();
        throw error;
      }
    },

    start() {
      if (!Number.isFinite(refreshMs)) return;
      timer = setInterval(() => void refreshWatched(), refreshMs / 2);
      timer.unref();
    },

    stop() {
      clearInterval(timer);
      watchers.clear();
      watchersOf.clear();
    },
  };
}
