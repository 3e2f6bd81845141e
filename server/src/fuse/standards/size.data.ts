import type { SizeEntry } from '@ronghe/contracts';

/**
 * Lower limits of a class: persons, and revenue in 10,000 CNY a year. Industry (sections B, C, D), statistical method
 * of 2017.
 */
export const SIZE_LIMITS: readonly SizeEntry[] = [
  { size: 'large', employeesMin: 1000, revenueMin: 40_000 },
  { size: 'medium', employeesMin: 300, revenueMin: 2_000 },
  { size: 'small', employeesMin: 20, revenueMin: 300 },
  { size: 'micro', employeesMin: 0, revenueMin: 0 },
];
