import type { Word } from '@ronghe/contracts';

/** One forward-only step of a PostgreSQL schema; `sql` may hold several statements. Never edited once released. */
export type PostgresMigration = { name: string; sql: string };

/**
 * A ClickHouse table told once, made for one machine or a cluster: there it becomes `<table>_local` with the Replicated
 * engine and `<table>` as Distributed over it. `columns` is the SQL column list without parentheses.
 */
export type TableDefinition = {
  table: `${string}.${string}`;
  columns: string;
  /** MergeTree family with its arguments, as `ReplacingMergeTree(received_at)` */
  engine: string;
  orderBy: string;
  partitionBy?: string;
  /** expression that spreads rows over shards; default a hash of the sorting key, so that a retried insert meets the same shards */
  shardBy?: string;
  /** as `non_replicated_deduplication_window = 10000, fsync_after_insert = 1` */
  settings?: string;
};
/**
 * Steps of ClickHouse, each safe to repeat (`if not exists`). In a step given as text, `{{on_cluster}}` and `{{local}}` become
 * ` on cluster 'name'` and `_local` on a cluster, and nothing on one machine.
 */
export type ClickHouseMigration = { name: string; steps: readonly (TableDefinition | string | Attempt)[] };

/**
 * A step that not every ClickHouse can do: when the engine refuses `attempt` (a codec it does not know), `otherwise` runs, or
 * nothing. The checksum is of both texts, so engines of different age are no edit. Both are as a step given as text.
 */
export type Attempt = { attempt: string; otherwise?: string };

/** The migrations of one domain; its PostgreSQL schema and ClickHouse database have the domain's word as name and are made by the runner. */
export type DomainMigrations = {
  word: Word;
  postgres: readonly PostgresMigration[];
  clickhouse: readonly ClickHouseMigration[];
};
