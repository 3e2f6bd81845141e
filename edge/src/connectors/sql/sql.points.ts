import { PointKey, type PointType, type Sample, STALE_REASON } from '@ronghe/contracts';
import { POINTS_MAX } from '../../config.ts';
import type { PointDescriptor, Reading } from '../../connector.ts';

/** A time further ahead than this is a wrong clock, which a stale sample does not follow. */
const AHEAD_MS_MAX = 3_600_000;

/** A point of this connection, with what has to be known of it. */
export type KnownPoint = {
  descriptor: PointDescriptor;
  query: string;
  /** its own column is missing; its query may be well */
  failed: boolean;
  /** newest sample by source time */
  last: Sample | null;
  /** said to be stale, and nothing has come since */
  stale: boolean;
};

export type PointFields = {
  key: string;
  type: PointType;
  name?: string | undefined;
  unit?: string | undefined;
  equipment?: string | undefined;
};

/** All points of a connection: those written down and those that rows have named. */
export type Points = {
  /** The point of this key, made when it is new; null when the key is no key, or the limit is reached. */
  of(query: string, key: string, make: () => PointFields): KnownPoint | null;
  all(): Iterable<KnownPoint>;
  size(): number;
  /** Points of queries for which `failed` says so, and points without a column. */
  countFailed(failed: (query: string) => boolean): number;
  /** Remembers what is on its way to the buffer. */
  note(point: KnownPoint, sample: Sample): Reading;
  /** A stale sample for each, later than its last one. */
  lose(nowMs: number): Reading[];
  /**
   * After a loss, what the points of a query had last, for those that have nothing newer: uncertain, since the moment is
   * ours and not the source's, but not stale for ever.
   */
  restate(query: string, nowMs: number): Reading[];
};

/** At most 50,000 points, as everywhere. */
export function createPoints(connection: string): Points {
  const known = new Map<string, KnownPoint>();
  return {
    of(query, key, make) {
      const found = known.get(key);
      if (found !== undefined) return found;
      if (known.size >= POINTS_MAX || !PointKey.safeParse(key).success) return null;
      const { name, unit, equipment, type } = make();
      const point: KnownPoint = {
        descriptor: {
          key,
          type,
          connection,
          ...(name === undefined ? {} : { name: name.slice(0, 200) }),
          ...(unit === undefined ? {} : { unit }),
          ...(equipment === undefined ? {} : { equipment: equipment.slice(0, 200) }),
        },
        query,
        failed: false,
        last: null,
        stale: false,
      };
      known.set(key, point);
      return point;
    },
    all: () => known.values(),
    size: () => known.size,
    countFailed(failed) {
      let count = 0;
      for (const point of known.values()) if (point.failed || failed(point.query)) count += 1;
      return count;
    },
    note(point, sample) {
      if (point.last === null || sample[0] >= point.last[0]) point.last = sample;
      point.stale = false;
      return { point: point.descriptor, sample };
    },
    lose(nowMs) {
      return [...known.values()].map((point): Reading => {
        point.stale = true;
        const lastMs = point.last?.[0] ?? nowMs;
        // A clock that runs ahead must still be seen to fall silent after its last value.
        const timeMs = lastMs >= nowMs && lastMs < nowMs + AHEAD_MS_MAX ? lastMs + 1 : nowMs;
        return { point: point.descriptor, sample: [timeMs, null, 'bad', STALE_REASON] };
      });
    },
    restate(query, nowMs) {
      const readings: Reading[] = [];
      for (const point of known.values()) {
        if (point.query !== query || !point.stale) continue;
        point.stale = false;
        const { last } = point;
        if (last === null || last[1] === null) continue;
        readings.push({ point: point.descriptor, sample: [nowMs, last[1], 'uncertain', 'restated'] });
      }
      return readings;
    },
  };
}
