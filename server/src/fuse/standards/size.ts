import type { EnterpriseSize } from '@ronghe/contracts';
import { reference } from './reference.ts';

/** Both lower limits must hold, otherwise the enterprise falls one class until both do; micro needs none. */
export function sizeOf(employees: number, revenue: number): EnterpriseSize {
  const fits = reference().sizes.filter(
    (limit) => employees >= limit.employeesMin && revenue >= limit.revenueMin,
  );
  return SIZES_FROM_LARGE.find((size) => fits.some((limit) => limit.size === size)) ?? 'micro';
}

const SIZES_FROM_LARGE: readonly EnterpriseSize[] = ['large', 'medium', 'small', 'micro'];
