import { ENTERPRISE_SIZES, type FuseOverview, KEY_INDUSTRIES, type KeyIndustry } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import type { Platform } from '#platform/platform.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { cities } from '../standards/divisions.ts';
import { createOverviewStore, type Figures } from './overview.store.ts';

const NONE: Figures = { enterprises: 0, revenue: 0, employees: 0 };

/** The province screen: figures of what the caller may see; all cities, industries and sizes, also those with nothing. */
export function createOverview({ relational, clock }: Platform) {
  const store = createOverviewStore(relational.as<FuseTables>());
  return async (scope: Scope): Promise<FuseOverview> => {
    demand(scope, 'fuse:enterprise:read');
    const [totals, byCity, byIndustry, bySize, sources] = [
      await store.totals(scope),
      await store.by(scope, 'city'),
      await store.by(scope, 'key_industry'),
      await store.by(scope, 'size'),
      await store.sources(scope),
    ];
    return {
      asOf: clock.now().toISOString(),
      ...totals,
      sources,
      cities: cities().map(({ code, name }) => ({ code, name, ...(byCity.get(code) ?? NONE) })),
      keyIndustries: (Object.keys(KEY_INDUSTRIES) as KeyIndustry[]).map((key) => {
        const { enterprises, revenue } = byIndustry.get(key) ?? NONE;
        return { key, name: KEY_INDUSTRIES[key], enterprises, revenue };
      }),
      sizes: Object.keys(ENTERPRISE_SIZES).map((size) => ({
        size,
        enterprises: bySize.get(size)?.enterprises ?? 0,
      })),
    };
  };
}
export type Overview = ReturnType<typeof createOverview>;
