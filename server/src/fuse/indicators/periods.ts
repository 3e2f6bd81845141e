/** A month as a number, 202603 for March of 2026: the same month a year before is 100 less. */
export type PeriodNumber = number;

export const numberOfPeriod = (period: string): PeriodNumber =>
  Number(period.slice(0, 4)) * 100 + Number(period.slice(5, 7));
export const textOfPeriod = (period: PeriodNumber): string =>
  `${Math.floor(period / 100)}-${String(period % 100).padStart(2, '0')}`;
export const monthOf = (period: PeriodNumber): number => period % 100;
export const yearOf = (period: PeriodNumber): number => Math.floor(period / 100);
export const yearBefore = (period: PeriodNumber): PeriodNumber => period - 100;
/** The month before, over the turn of the year. */
export const monthBefore = (period: PeriodNumber): PeriodNumber =>
  monthOf(period) === 1 ? period - 89 : period - 1;
/** December of the year before. */
export const yearStart = (period: PeriodNumber): PeriodNumber => (yearOf(period) - 1) * 100 + 12;
