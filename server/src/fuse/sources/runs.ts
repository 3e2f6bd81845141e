import type { Run } from '@ronghe/contracts';

/** What one run counts. `rowsIn` is always `rowsLanded` + `rowsRejected`; landed is new + changed + unchanged. */
export type RunCounts = Pick<
  Run,
  | 'rowsIn'
  | 'rowsLanded'
  | 'rowsRejected'
  | 'rowsNew'
  | 'rowsChanged'
  | 'rowsUnchanged'
  | 'rowsGone'
  | 'enterprisesCreated'
  | 'enterprisesChanged'
  | 'valuesChanged'
>;

export const noCounts = (): RunCounts => ({
  rowsIn: 0,
  rowsLanded: 0,
  rowsRejected: 0,
  rowsNew: 0,
  rowsChanged: 0,
  rowsUnchanged: 0,
  rowsGone: 0,
  enterprisesCreated: 0,
  enterprisesChanged: 0,
  valuesChanged: 0,
});

/** Adds what one step counted. */
export function addCounts(total: RunCounts, step: Partial<RunCounts>): void {
  for (const key of Object.keys(step) as (keyof RunCounts)[]) total[key] += step[key] ?? 0;
}
