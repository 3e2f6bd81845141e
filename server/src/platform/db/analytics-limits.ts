import type { Analytics, QueryOptions } from '#platform/db/analytics.ts';
import type { Limits } from '#platform/db/analytics-error.ts';

/** Limits of a query that names none, the same on both kinds of engine. */
const QUERY: Limits = { timeoutMs: 15_000, rowsMax: 100_000 };
/** Statements that change tables may take long; 0 rows means no limit, as they give none. */
const COMMAND: Limits = { timeoutMs: 600_000, rowsMax: 0 };
const HEALTH_TIMEOUT_MS = 1_000;

/** SQL text of one statement, parameters filled: values of long lists are part of it. */
export const SQL_BYTES_MAX = 67_108_864;

export const queryLimits = (options: QueryOptions): Limits => withDefaults(options, QUERY);
export const commandLimits = (options: QueryOptions): Limits => withDefaults(options, COMMAND);

const withDefaults = (options: QueryOptions, usual: Limits): Limits => ({
  timeoutMs: options.timeoutMs ?? usual.timeoutMs,
  rowsMax: options.rowsMax ?? usual.rowsMax,
});

/** Version and bytes on disk; not ready when the engine does not answer within a second. */
export async function checkAnalyticsHealth(
  query: Analytics['query'],
): Promise<Awaited<ReturnType<Analytics['health']>>> {
  try {
    const [row] = await query<{ version: string; bytes: string }>(
      'select version() as version, (select sum(bytes_on_disk) from system.parts where active) as bytes',
      { timeoutMs: HEALTH_TIMEOUT_MS },
    );
    return { ready: true, version: row?.version ?? '', bytes: Number(row?.bytes ?? 0) };
  } catch {
    return { ready: false, version: '', bytes: null };
  }
}
