import type {
  Enterprise,
  EnterpriseExportQuery,
  EnterpriseSummary,
  Page,
  ValueChange,
} from '@ronghe/contracts';
import { ENTERPRISE_ATTRIBUTE_NAMES } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { MATCHING_RULES } from '../matching/matching.ts';
import { createSourceStore } from '../sources/sources.store.ts';
import { createPinStore } from '../survivorship/pins.store.ts';
import { createPersonMask } from '../things/person-mask.service.ts';
import { createChangeStore } from './changes.store.ts';
import { createEnterpriseStore, type StoredRecord } from './enterprises.store.ts';
import { goldenValueOf, nameOf, toSummary } from './enterprises.ts';
import type { StoredEnterprise, StoredValue } from './golden.store.ts';

type PageOptions = { cursor?: string | undefined; limit: number };
type Sources = ReadonlyMap<string, { name: string; priority: number }>;

/** Use cases of the enterprise database: search, look at one with all that explains it. */
export function createEnterprises({ relational, analytics }: Platform) {
  const db = relational.as<FuseTables>();
  const [store, sources, changes] = [
    createEnterpriseStore(db, analytics),
    createSourceStore(db),
    createChangeStore(db),
  ];
  const masks = createPersonMask(db);

  async function find(scope: Scope, id: string): Promise<StoredEnterprise> {
    const row = await store.find(scope, id);
    if (!row) throw new AppError('NOT_FOUND', { thing: `enterprise ${id}` });
    return row;
  }

  return {
    async list(
      scope: Scope,
      { cursor, limit, ...filter }: EnterpriseExportQuery & PageOptions,
    ): Promise<Page<EnterpriseSummary>> {
      demand(scope, 'fuse:enterprise:read');
      const total = await store.count(scope, filter);
      return { ...(await store.page(scope, filter, { cursor, limit })), total };
    },

    /** By its id or one it had before a merge. @throws NOT_FOUND */
    async get(scope: Scope, id: string): Promise<Enterprise> {
      demand(scope, 'fuse:enterprise:read');
      const row = await find(scope, id);
      const values = await store.values(scope, row.id);
      const { records, issues } = await store.records(scope, row.id);
      const behind = [...records, ...issues].map(({ source }) => source);
      const mask = await masks(scope, behind, { always: true });
      const named = await sources.namesUnscoped([
        ...records.map(({ source }) => source),
        ...values.flatMap(({ source, others }) =>
          [source ?? [], ...others.map((other) => other.source)].flat(),
        ),
      ]);
      const pinners = await createPinStore(db).makers(
        scope,
        values.flatMap(({ pin }) => pin ?? []),
      );
      return {
        ...toSummary(row),
        state: row.state,
        values: inOrder(values).map((value) => goldenValueOf(value, { sources: named, pinners })),
        records: records.map((record) =>
          toRecord({ ...record, row: mask.row(record.source, record.row) }, named),
        ),
        issues: issues.map(({ source, finding }) => mask.finding(source, finding)),
      };
    },

    /** Values a run changed; the run is one the caller may see. */
    async changesOfRun(scope: Scope, run: string, page: PageOptions): Promise<Page<ValueChange>> {
      demand(scope, 'fuse:run:read');
      return changes.ofRun(scope, run, page);
    },
  };
}
export type Enterprises = ReturnType<typeof createEnterprises>;

const inOrder = (values: readonly StoredValue[]): StoredValue[] =>
  ENTERPRISE_ATTRIBUTE_NAMES.flatMap((name) => values.find(({ attribute }) => attribute === name) ?? []);

const toRecord = (row: StoredRecord, sources: Sources): Enterprise['records'][number] => ({
  source: row.source,
  sourceName: nameOf(sources, row.source),
  entityKey: row.entityKey,
  rowKey: row.rowKey,
  run: row.run,
  matchedBy: row.matchedBy,
  matchedByText: MATCHING_RULES[row.matchedBy],
  row: row.row,
});
