import type { IndicatorCode } from '@ronghe/contracts';
import type { Scope } from '#platform/auth/scope.ts';
import type { Analytics } from '#platform/db/analytics.ts';

/** Most values one enterprise's answer holds: some 12 indicators over 30 years, twice. */
const VALUES_MAX = 10_000;

export type StoredIndicator = {
  source: string;
  entityKey: string;
  code: IndicatorCode;
  period: string;
  rowKey: string;
  value: number;
  run: string;
  version: number;
};

/** Monthly values in ClickHouse, under source and entity key, so that merging enterprises moves no row. */
export function createIndicatorStore(analytics: Analytics) {
  return {
    /** Values of the given records; the service has found these records inside the scope. */
    async of(
      _scope: Scope,
      records: readonly { source: string; entityKey: string }[],
    ): Promise<StoredIndicator[]> {
      if (records.length === 0) return [];
      const rows = await analytics.query<StoredIndicator & { version: string }>(
        `select source, entity_key as entityKey, code, period, row_key as rowKey, value, run, version
         from fuse.indicators final
         where source in {sources:Array(String)} and entity_key in {keys:Array(String)} and gone = 0
         order by code, period, source, entity_key, row_key
         limit {rows:UInt32}`,
        {
          params: {
            sources: [...new Set(records.map(({ source }) => source))],
            keys: [...new Set(records.map(({ entityKey }) => entityKey))],
            rows: VALUES_MAX,
          },
        },
      );
      const asked = new Set(records.map(({ source, entityKey }) => `${source} ${entityKey}`));
      return rows
        .filter(({ source, entityKey }) => asked.has(`${source} ${entityKey}`))
        .map((row) => ({ ...row, value: Number(row.value), version: Number(row.version) }));
    },
  };
}
export type IndicatorStore = ReturnType<typeof createIndicatorStore>;
