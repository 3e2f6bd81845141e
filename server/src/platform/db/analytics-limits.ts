import type { Analytics, QueryOptions } from '#platform/db/analytics.ts';
import type { Limits } from '#platform/db/analytics-error.ts';
import { quoteName } from '#platform/db/sql-parameters.ts';

/** Limits of a query that names none, the same on both kinds of engine. */
const QUERY: Limits = { timeoutMs: 15_000, rowsMax: 100_000 };
/** Statements that change tables may take long; 0 rows means no limit, as they give none. */
const COMMAND: Limits = { timeoutMs: 600_000, rowsMax: 0 };
const HEALTH_TIMEOUT_MS = 1_000;

/** SQL text of one statement, parameters filled: values of long lists are part of it. */
export const SQL_BYTES_MAX = 67_108_864;

/** Copying a whole table out or in. */
export const TRANSFER_TIMEOUT_MS = 21_600_000;

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

/** The columns of a table that hold data of their own, as a list for SQL: not those computed from others. */
export async function storedColumns(query: Analytics['query'], table: string): Promise<string> {
  const [database = '', name = ''] = table.split('.');
  const rows = await query<{ name: string }>(
    `select name from system.columns where database = {database:String} and table = {name:String}
     and default_kind not in ('MATERIALIZED', 'ALIAS') order by position`,
    { params: { database, name } },
  );
  return rows.map((row) => quoteName(row.name)).join(', ');
}
