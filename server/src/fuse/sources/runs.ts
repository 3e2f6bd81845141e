import type { Run } from '@ronghe/contracts';

/** The job that does one run, with params `{ source, run }`. */
export const RUN_SOURCE_JOB = 'fuse.run-source';

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
  | 'rowsUntold'
  | 'enterprisesCreated'
  | 'enterprisesChanged'
  | 'valuesChanged'
  | 'bytes'
  | 'problems'
>;

export const noCounts = (): RunCounts => ({
  rowsIn: 0,
  rowsLanded: 0,
  rowsRejected: 0,
  rowsNew: 0,
  rowsChanged: 0,
  rowsUnchanged: 0,
  rowsGone: 0,
  rowsUntold: 0,
  enterprisesCreated: 0,
  enterprisesChanged: 0,
  valuesChanged: 0,
  bytes: 0,
  problems: 0,
});

/** Adds what one step counted. */
export function addCounts(total: RunCounts, step: Partial<RunCounts>): void {
  for (const key of Object.keys(step) as (keyof RunCounts)[]) total[key] += step[key] ?? 0;
}
