import type { CollectorGap, Gap, GapQuery, Page } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { GapStore } from './gaps.store.ts';

/** Collectors whose last told gaps are remembered. */
const REMEMBERED_MAX = 10_000;

/** Times in which connections could not read: why something is missing that no counter knows of. */
export type Gaps = {
  /** Takes over what a collector tells with its report, again and again the same ones. The caller has found it through the scope. */
  told(
    scope: Scope,
    collector: { collector: string; organisation: string },
    gaps: readonly Gap[],
  ): Promise<void>;
  /** The newest first. @throws PERMISSION_MISSING, REQUEST_INVALID */
  list(scope: Scope, query: GapQuery): Promise<Page<CollectorGap>>;
};

export function createGaps({ store }: { store: GapStore }): Gaps {
  const seen = new Map<string, string>();
  return {
    async told(scope, collector, gaps) {
      const mark = JSON.stringify(gaps.at(-1) ?? null) + gaps.length;
      if (gaps.length === 0 || seen.get(collector.collector) === mark) return;
      await store.save(scope, collector, gaps);
      seen.delete(collector.collector);
      seen.set(collector.collector, mark);
      const oldest = seen.keys().next().value;
      if (seen.size > REMEMBERED_MAX && oldest !== undefined) seen.delete(oldest);
    },

    async list(scope, query) {
      demand(scope, 'collect:collector:read');
      return store.list(scope, query);
    },
  };
}
