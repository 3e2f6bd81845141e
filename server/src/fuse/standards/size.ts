import type { EnterpriseSize } from '@ronghe/contracts';

/** Lower limits of a class: persons, and revenue in 10,000 CNY a year. Industry, statistical method of 2017. */
const LIMITS: readonly { size: EnterpriseSize; employeesMin: number; revenueMin: number }[] = [
  { size: 'large', employeesMin: 1000, revenueMin: 40_000 },
  { size: 'medium', employeesMin: 300, revenueMin: 2_000 },
  { size: 'small', employeesMin: 20, revenueMin: 300 },
];

/** Both lower limits must hold, otherwise the enterprise falls one class until both do; micro needs none. */
export function sizeOf(employees: number, revenue: number): EnterpriseSize {
  return (
    LIMITS.find((limit) => employees >= limit.employeesMin && revenue >= limit.revenueMin)?.size ?? 'micro'
  );
}
