import type { OrganisationPath, Page, Reject, RejectQuery } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { Metrics } from '#platform/http/metrics.ts';
import type { Log } from '#platform/log/log.ts';
import type { RejectStore } from './rejects.store.ts';

/** Rows kept over the whole installation. */
export const REJECTS_MAX = 100_000;
/** New rows after which the oldest are looked at. */
const PRUNE_EVERY_ROWS = 1_000;

/** The list of what came in and could not be stored. */
export type Rejects = {
  /** Newest first. @throws PERMISSION_MISSING */
  list(scope: Scope, query: RejectQuery): Promise<Page<Reject>>;
  /** Says that rows were added; every thousand rows the oldest beyond the limit go, and are counted. */
  added(rows: number): Promise<void>;
};

type Parts = { store: RejectStore; metrics: Metrics; log: Log; rowsMax?: number };

export function createRejects({ store, metrics, log, rowsMax = REJECTS_MAX }: Parts): Rejects {
  const pruneEvery = Math.min(PRUNE_EVERY_ROWS, rowsMax);
  let sincePruned = 0;
  metrics.describe(
    'ronghe_ingest_rejects_pruned_total',
    'Rows of the rejects list given up because it was full',
  );
  return {
    async list(scope, query) {
      demand(scope, 'ingest:reject:read');
      return store.list(scope, query);
    },
    async added(rows) {
      sincePruned += rows;
      if (sincePruned < pruneEvery) return;
      sincePruned = 0;
      const pruned = await store.pruneUnscoped(rowsMax);
      if (pruned === 0) return;
      metrics.count('ronghe_ingest_rejects_pruned_total', pruned);
      log.warn({ pruned, rowsMax }, 'the oldest rows of the rejects list were given up');
    },
  };
}

/** Where a rejected thing belongs when not even the source could be read. */
export type RejectPlace = { organisation: OrganisationPath; door: Reject['door']; source: string | null };
