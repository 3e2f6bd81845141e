import type { Breakdown, IndicatorFilter, StatisticCode, Suppression } from '@ronghe/contracts';
import { demand, type Scope } from '#platform/auth/scope.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { FigureStore } from './figures.store.ts';
import { type Plan, planOf } from './suppression.ts';

/** Plans kept in memory: of some scopes, indicators and years. */
const PLANS_MAX = 200;
/** What a ratio is made of: where one of them is hidden the ratio is, because the other would give it away. */
const INPUTS: Partial<Record<StatisticCode, readonly StatisticCode[]>> = {
  SALES_RATE: ['SALES_OUTPUT', 'GROSS_OUTPUT'],
  PROFIT_MARGIN: ['PROFIT', 'REVENUE'],
  COST_PER_100: ['COST', 'REVENUE'],
  FEE_PER_100: ['SELLING_EXPENSE', 'ADMIN_EXPENSE', 'RD_EXPENSE', 'FINANCE_EXPENSE', 'REVENUE'],
  DEBT_RATIO: ['LIABILITIES', 'ASSETS'],
  REV_PER_100_ASSETS: ['REVENUE', 'ASSETS'],
  REV_PER_CAPITA: ['REVENUE', 'EMPLOYEES_AVG'],
  INVENTORY_DAYS: ['INVENTORY', 'COST'],
  AR_DAYS: ['RECEIVABLES', 'REVENUE'],
  CAPACITY_UTIL: ['GROSS_OUTPUT'],
};
const TABLE: readonly Breakdown[] = ['city', 'county', 'section', 'sector'];

/** True for who may see single enterprises: nothing is hidden from them. */
export const seesEnterprises = (scope: Scope): boolean => scope.permissions.has('fuse:enterprise:read');

/**
 * Refuses what cannot be told without telling of single enterprises: parts outside the table region × sector, whose cells
 * overlap those of the table in ways that no plan covers.
 * @throws AppError PERMISSION_MISSING, REQUEST_INVALID
 */
export function demandTable(scope: Scope, filter: IndicatorFilter, by?: Breakdown): void {
  if (seesEnterprises(scope)) return;
  const outside =
    filter.keyIndustry !== undefined ||
    filter.size !== undefined ||
    filter.park !== undefined ||
    (filter.sector?.length ?? 0) > 2 ||
    (by !== undefined && !TABLE.includes(by));
  if (outside) demand(scope, 'fuse:enterprise:read');
  if (by === 'county' && filter.region === undefined)
    throw new AppError(
      'REQUEST_INVALID',
      {},
      { details: [{ path: 'region', message: 'counties are told of one city at a time' }] },
    );
}

/** What is not told to who may not see single enterprises. */
export function createGuarding(store: FigureStore) {
  const plans = new Map<string, Promise<Plan>>();

  async function plan(scope: Scope, code: StatisticCode, year: number): Promise<Plan> {
    const key = JSON.stringify([scope.organisation, code, year, await store.state(scope)]);
    const known = plans.get(key);
    if (known) return known;
    const made = store.leaves(scope, { code, year }).then(planOf);
    plans.set(key, made);
    made.catch(() => plans.delete(key));
    const [oldest] = plans.keys();
    if (plans.size > PLANS_MAX && oldest !== undefined) plans.delete(oldest);
    return made;
  }

  return {
    /** Of one year: which cells of a statistic are hidden. Those of a ratio are those of all it is made of. */
    async plan(scope: Scope, code: StatisticCode, year: number): Promise<Plan> {
      const all: Plan[] = [];
      for (const each of [code, ...(INPUTS[code] ?? [])]) all.push(await plan(scope, each, year));
      return (region, sector) =>
        all.reduce<Suppression | null>((why, each) => why ?? each(region, sector), null);
    },
  };
}
export type Guarding = ReturnType<typeof createGuarding>;

/** The cell of the table that a part of a breakdown is. */
export function cellOf(
  filter: IndicatorFilter,
  by?: Breakdown,
  key = '',
): { region: string; sector: string } {
  const [region, sector] = [filter.region ?? '', filter.sector ?? ''];
  switch (by) {
    case 'city':
      return { region: key || '?', sector };
    case 'county':
      return { region: key || `${region}?`, sector };
    case 'section':
      return { region, sector: key || '?' };
    case 'sector':
      return { region, sector: key || `${sector}??` };
    default:
      return { region, sector };
  }
}
