import { sql } from 'kysely';
import type { Analytics } from '#platform/db/analytics.ts';
import type { Relational } from '#platform/db/relational.ts';
import { onCluster } from '#platform/db/table-sql.ts';
import { CLASS_TABLES, monthOf, type RetentionClass } from './retention.ts';

type Tables = {
  'ingest.retention': { class: string; deleted_before: Date; deleted_rows: number; changed_at: Date };
};
/** One month of one table. */
export type Month = { table: string; partition: string; rows: number; bytes: number };

const DROP_TIMEOUT_MS = 300_000;
const MONTHS_MAX = 10_000;

/** What is kept and what is gone, of the installation: so without a scope. */
export type RetentionStore = ReturnType<typeof createUnscopedRetentionStore>;

export function createUnscopedRetentionStore(parts: {
  relational: Relational;
  analytics: Analytics;
  cluster: string | undefined;
}) {
  const { relational, analytics, cluster } = parts;
  const database = relational.as<Tables>();
  return {
    /** The months of a class that hold anything. */
    async months(of: RetentionClass): Promise<Month[]> {
      const local = cluster ? '_local' : '';
      // sql-identifier: a cluster's name, which the configuration allows letters, digits, _ and - only
      const parts = cluster ? `cluster('${cluster}', system.parts)` : 'system.parts';
      const rows = await analytics.query<{ name: string; month: string; rows: string; bytes: string }>(
        `select table as name, partition as month, sum(rows) as rows, sum(bytes_on_disk) as bytes
         from ${parts}
         where active and database = 'ingest' and table in {tables:Array(String)}
         group by name, month order by name, month`,
        { params: { tables: CLASS_TABLES[of].map((table) => `${table}${local}`) }, rowsMax: MONTHS_MAX },
      );
      return rows.map((row) => ({
        table: row.name,
        partition: row.month,
        rows: Number(row.rows),
        bytes: Number(row.bytes),
      }));
    },

    async deleted(): Promise<Map<string, { before: Date; rows: number }>> {
      const rows = await database.selectFrom('ingest.retention').selectAll().execute();
      return new Map(
        rows.map((row) => [row.class, { before: row.deleted_before, rows: Number(row.deleted_rows) }]),
      );
    },

    /** Deletes whole months. Repeating it changes nothing. */
    async drop(months: readonly Month[]): Promise<void> {
      for (const { table, partition } of months) {
        if (!/^\d{6}$/.test(partition)) throw new Error(`${partition} is not a month`);
        // sql-identifier: a table of CLASS_TABLES as ClickHouse named it, and six digits
        await analytics.command(
          `alter table ingest.${table}${onCluster(cluster)} drop partition ${partition}`,
          { timeoutMs: DROP_TIMEOUT_MS },
        );
      }
    },

    /** From now on nobody computes anything from rows before; told before they are deleted. */
    async close(of: RetentionClass, before: Date, now: Date): Promise<void> {
      await database
        .insertInto('ingest.retention')
        .values({ class: of, deleted_before: before, deleted_rows: 0, changed_at: now })
        .onConflict((conflict) =>
          conflict.column('class').doUpdateSet({
            deleted_before: sql`greatest(retention.deleted_before, excluded.deleted_before)`,
            changed_at: now,
          }),
        )
        .execute();
    },

    async count(of: RetentionClass, rows: number): Promise<void> {
      await database
        .updateTable('ingest.retention')
        .set({ deleted_rows: sql`deleted_rows + ${rows}` })
        .where('class', '=', of)
        .execute();
    },
  };
}

export const isBefore = (month: Month, before: Date): boolean => monthOf(month.partition) < before;
