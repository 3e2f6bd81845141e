import type { Analytics, Column } from '#platform/db/analytics.ts';
import { openEmbeddedAnalytics } from '#platform/db/embedded-analytics.ts';
import { createLog } from '#platform/log/log.ts';
import type { Step } from './tables.ts';

/** A step may take as long as the largest batch needs. */
const STEP_TIMEOUT_MS = 3_600_000;
const ROWS_MAX = 5_000_000;

/** What a step did, for the report. */
export type StepTaken = Step & { seconds: number };

/**
 * Runs the linker's steps and remembers them, so that they can be printed. It works for a run of the platform or the command line,
 * on tables that the run made itself in a database of its own, so nobody's scope is asked.
 */
export function createUnscopedLinkingStore(analytics: Analytics, { database }: { database: string }) {
  const taken: StepTaken[] = [];
  async function timed<Result>(step: Step, work: () => Promise<Result>): Promise<Result> {
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      taken.push({ ...step, seconds: (performance.now() - startedAt) / 1000 });
    }
  }
  return {
    database,
    taken,
    async run(steps: readonly Step[]): Promise<void> {
      for (const step of steps)
        await timed(step, () => analytics.command(step.sql, { timeoutMs: STEP_TIMEOUT_MS }));
    },
    ask<Row>(step: Step): Promise<Row[]> {
      return timed(step, () =>
        analytics.query<Row>(step.sql, { timeoutMs: STEP_TIMEOUT_MS, rowsMax: ROWS_MAX }),
      );
    },
    /** Records and pairs from memory, as typed columns. */
    insert(table: string, columns: readonly Column[]): Promise<void> {
      return analytics.insert(`${database}.${table}`, columns);
    },
    /** The answer as a file of fixed width rows (RowBinary): for millions of pairs. */
    async export(step: Step, file: string): Promise<void> {
      await timed(step, () => analytics.exportRows(step.sql, file));
    },
    async drop(): Promise<void> {
      // sql-identifier: the database is named by us
      await analytics.command(`drop database if exists ${database} sync`);
    },
  };
}
export type LinkingStore = ReturnType<typeof createUnscopedLinkingStore>;

/**
 * An engine of one's own in an empty folder, for linking without a platform.
 * @throws AppError ENGINE_START_FAILED
 */
export const openOwnEngine = (folder: string, memoryBytesMax: number): Promise<Analytics> =>
  openEmbeddedAnalytics({ data: folder, clickhouseMemoryBytesMax: memoryBytesMax }, createLog('error'));
