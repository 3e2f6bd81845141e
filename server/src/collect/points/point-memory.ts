import type { Point } from '@ronghe/contracts';
import { covers, type Scope } from '#platform/auth/scope.ts';
import type { Clock } from '#platform/clock/clock.ts';

/** How long a point is believed without asking the database: the longest a change in another process takes to be seen. */
export const POINT_MEMORY_MS = 4_000;
const POINTS_MAX = 50_000;

/**
 * Points read in the last seconds, so that a dashboard does not cost a query for each of its charts. What never changes of
 * a point (number, key, organisation, type) is what rights and reads rest on; names and units follow a change in this
 * process at once.
 */
export type PointMemory = {
  /** null when it must be asked of the database: not remembered, or not in sight */
  byId(scope: Scope, id: number): Point | null;
  /** The point of the scope's own organisation with this key, which comes before all others of that key. */
  ownByKey(scope: Scope, key: string): Point | null;
  /** To be taken before a read; what was read is kept only when nothing changed since. */
  now(): number;
  keep(points: readonly Point[], since: number): void;
  /** To be called after the change is committed. */
  forget(ids: Iterable<number>): void;
};

type Kept = { point: Point; untilMs: number };

export function createPointMemory({ clock }: { clock: Clock }): PointMemory {
  const kept = new Map<number, Kept>();
  const numbers = new Map<string, number>();
  let changes = 0;
  const keyOf = (organisation: string, key: string) => `${organisation}\n${key}`;
  const drop = (id: number) => {
    const entry = kept.get(id);
    if (!entry) return;
    kept.delete(id);
    numbers.delete(keyOf(entry.point.organisation, entry.point.key));
  };
  const byId = (scope: Scope, id: number): Point | null => {
    const entry = kept.get(id);
    if (!entry || entry.untilMs <= clock.now().getTime()) return null;
    return covers(scope, entry.point.organisation) ? entry.point : null;
  };

  return {
    byId,
    ownByKey(scope, key) {
      const id = numbers.get(keyOf(scope.organisation, key));
      return id === undefined ? null : byId(scope, id);
    },
    now: () => changes,
    keep(points, since) {
      if (since !== changes) return;
      const untilMs = clock.now().getTime() + POINT_MEMORY_MS;
      for (const point of points) {
        drop(point.id);
        kept.set(point.id, { point, untilMs });
        numbers.set(keyOf(point.organisation, point.key), point.id);
        const oldest = kept.keys().next().value;
        if (kept.size > POINTS_MAX && oldest !== undefined) drop(oldest);
      }
    },
    forget(ids) {
      changes += 1;
      for (const id of ids) drop(id);
    },
  };
}
