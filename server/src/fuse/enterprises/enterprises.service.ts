import type {
  Enterprise,
  EnterpriseExportQuery,
  EnterpriseSummary,
  GoldenValue,
  IndicatorSeries,
  Page,
  ValueChange,
} from '@ronghe/contracts';
import { ENTERPRISE_ATTRIBUTE_NAMES } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { createIndicatorStore } from '../indicators/indicators.store.ts';
import { seriesOf } from '../indicators/indicators.ts';
import { MATCHING_RULES } from '../matching/matching.ts';
import { createSourceStore } from '../sources/sources.store.ts';
import { createChangeStore } from './changes.store.ts';
import { createEnterpriseStore, type StoredRecord } from './enterprises.store.ts';
import { labelOf, toSummary } from './enterprises.ts';
import type { StoredEnterprise, StoredValue } from './golden.store.ts';
import { SURVIVORSHIP_RULES } from './golden.ts';

type PageOptions = { cursor?: string | undefined; limit: number };
type Sources = ReadonlyMap<string, { name: string; priority: number }>;

/** Use cases of the enterprise database: search, look at one with all that explains it. */
export function createEnterprises({ relational, analytics }: Platform) {
  const db = relational.as<FuseTables>();
  const [store, sources, changes] = [createEnterpriseStore(db), createSourceStore(db), createChangeStore(db)];
  const indicators = createIndicatorStore(analytics);

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
      const [values, records, issues] = [
        await store.values(scope, row.id),
        await store.records(scope, row.id),
        await store.issues(scope, row.id),
      ];
      const named = await sources.namesUnscoped([
        ...records.map(({ source }) => source),
        ...values.flatMap(({ source, others }) => [source, ...others.map((other) => other.source)]),
      ]);
      return {
        ...toSummary(row),
        state: row.state,
        values: inOrder(values).map((value) => toGoldenValue(value, named)),
        records: records.map((record) => toRecord(record, named)),
        issues,
      };
    },

    async indicators(scope: Scope, id: string): Promise<IndicatorSeries[]> {
      demand(scope, 'fuse:enterprise:read');
      const row = await find(scope, id);
      const records = await store.records(scope, row.id);
      const values = await indicators.of(scope, records);
      return seriesOf(values, await sources.namesUnscoped(records.map(({ source }) => source)));
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

const nameOf = (sources: Sources, id: string): string => sources.get(id)?.name ?? id;

function toGoldenValue(row: StoredValue, sources: Sources): GoldenValue {
  return {
    attribute: row.attribute,
    value: row.value,
    label: labelOf(row.attribute, row.value),
    source: row.source,
    sourceName: nameOf(sources, row.source),
    run: row.run,
    rowKey: row.row_key,
    field: row.field,
    raw: row.raw,
    rule: row.rule,
    ruleText: SURVIVORSHIP_RULES[row.rule],
    at: row.at.toISOString(),
    others: row.others.map(({ value, source, rowKey, reason }) => ({
      value,
      source,
      sourceName: nameOf(sources, source),
      rowKey,
      reason: reason === 'agreed' ? SAME_VALUE : SURVIVORSHIP_RULES[reason],
    })),
  };
}
const SAME_VALUE = { zh: '与采用值相同', en: 'Same as the chosen value' };

const toRecord = (row: StoredRecord, sources: Sources): Enterprise['records'][number] => ({
  source: row.source,
  sourceName: nameOf(sources, row.source),
  rowKey: row.rowKey,
  run: row.run,
  matchedBy: row.matchedBy,
  matchedByText: MATCHING_RULES[row.matchedBy],
  row: row.row,
});
