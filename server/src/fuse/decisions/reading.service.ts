import type { Decision, DecisionQuery, EnterpriseEvent, Page } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import { createEnterpriseStore } from '../enterprises/enterprises.store.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createSourceStore } from '../sources/sources.store.ts';
import { createDecisionStore, type StoredDecision } from './decisions.store.ts';
import { createEventListStore } from './events.store.ts';

type PageOptions = { cursor?: string | undefined; limit: number };
type Counted = StoredDecision & { pairs: number };

/** Decisions and events as people read them. */
export function createDecisionReading({ relational, analytics }: Platform) {
  const db = relational.as<FuseTables>();
  const [store, events] = [createDecisionStore(db), createEventListStore(db)];
  const [enterprises, sources] = [createEnterpriseStore(db, analytics), createSourceStore(db)];

  async function shown(scope: Scope, rows: readonly Counted[]): Promise<Decision[]> {
    const named = await sources.namesUnscoped(
      rows.flatMap(({ detail }) => detail.records.map(({ source }) => source)),
    );
    return rows.map((row) => toDecision(row, { named, scope }));
  }

  return {
    /** @throws NOT_FOUND */
    async get(scope: Scope, id: string): Promise<Decision> {
      const found = await store.find(scope, id);
      const [decision] = found ? await shown(scope, [found]) : [];
      if (!decision) throw new AppError('NOT_FOUND', { thing: `decision ${id}` });
      return decision;
    },

    /** Newest first; of one enterprise by any of its ids. */
    async list(scope: Scope, query: DecisionQuery): Promise<Page<Decision>> {
      demand(scope, 'fuse:enterprise:read');
      const known = query.enterprise ? await enterprises.find(scope, query.enterprise) : null;
      const page = await store.list(scope, { ...query, enterprise: known?.id ?? query.enterprise });
      return { ...page, items: await shown(scope, page.items) };
    },

    /** What happened to an enterprise and to the ids that lead to it. @throws NOT_FOUND */
    async events(scope: Scope, id: string, page: PageOptions): Promise<Page<EnterpriseEvent>> {
      demand(scope, 'fuse:enterprise:read');
      const found = await enterprises.find(scope, id);
      if (!found) throw new AppError('NOT_FOUND', { thing: `enterprise ${id}` });
      return events.list(scope, found.id, page);
    },
  };
}

type Naming = { named: ReadonlyMap<string, { name: string }>; scope: Scope };
const toDecision = (row: Counted, { named, scope }: Naming): Decision => ({
  id: row.id,
  act: row.act,
  state: row.state,
  enterprise: row.enterprise,
  enterpriseName: row.detail.enterpriseName,
  other: row.other,
  otherName: row.detail.otherName,
  records: row.detail.records.map(({ source, entityKey, name }) => ({
    ...{ source, entityKey, name },
    sourceName: named.get(source)?.name ?? source,
  })),
  pairs: row.pairs,
  reason: row.reason,
  madeBy: row.made_by,
  madeAt: row.made_at.toISOString(),
  confirmedBy: row.confirmed_by,
  confirmedAt: row.confirmed_at?.toISOString() ?? null,
  withdrawnBy: row.withdrawn_by,
  withdrawnAt: row.withdrawn_at?.toISOString() ?? null,
  withdrawnFor: row.withdrawn_for,
  undo: row.undo,
  isMine: row.made_by_id === scope.actor.id,
});
