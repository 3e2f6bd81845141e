import type { Collector, LatestValue, Point } from '@ronghe/contracts';
import { useGet } from '../../lib/query.ts';
import { useCan } from '../../lib/session.ts';

/** The reason the platform gives when a value is kept but no longer renewed (contracts/quality). */
export const STALE_REASON = 'stale';
const REFRESH_MS = 5_000;

/** Tells whether a point's newest value may no longer be true. */
export type StaleTest = (point: Point, latest: LatestValue) => boolean;

/**
 * A value is stale when the platform says so, or when the collector or the connection that delivers it is down.
 * Its age alone says nothing: many machines report only what changes.
 */
export function staleTest(collectors: readonly Collector[]): StaleTest {
  const byName = new Map(collectors.map((collector) => [collector.name, collector]));
  return (point, latest) => {
    if (latest.reason === STALE_REASON) return true;
    const collector = point.collector === null ? undefined : byName.get(point.collector);
    if (!collector) return false;
    if (collector.state !== 'online') return true;
    const connection = collector.report?.connections.find((candidate) => candidate.name === point.connection);
    return connection !== undefined && connection.state !== 'connected';
  };
}

/** The test for now; it follows the collectors. Who may not see collectors relies on what the platform says of each value. */
export function useStaleTest(): StaleTest {
  const can = useCan();
  const query = useGet<{ items: Collector[] }>(
    '/api/collect/collectors',
    {},
    { enabled: can('collect:collector:read'), refreshMs: REFRESH_MS },
  );
  return staleTest(query.data?.items ?? []);
}
