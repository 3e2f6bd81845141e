import type { ClickHouseMigration, PostgresMigration } from '#platform/db/migration.ts';

/** Runs that read what landed before, and runs whose details were removed. */
export const AGAIN: PostgresMigration = {
  name: '0006_again',
  sql: `
    alter table fuse.run add column origin text not null default 'source' check (origin in ('source', 'landed'));
    alter table fuse.run add column rows_untold integer not null default 0;
    alter table fuse.run add column rows_unnamed integer;
    alter table fuse.run add column removed_at timestamptz;
    alter table fuse.source add column removed_below bigint not null default 0;
    alter table fuse.source add column rows_older bigint not null default 0;
    -- nobody counted; what comes in parts has older rows wherever its mapping was changed
    update fuse.source set rows_older = rows where mapping > 1 and (mode = 'incremental' or kind = 'push');
  `,
};

/** What retention is about to remove, and what it must leave; empty but for its night's work. */
export const EXPIRING: ClickHouseMigration = {
  name: '0003_expiring',
  steps: [
    {
      table: 'fuse.expired',
      columns: 'source String, entity_key String, row_key String, number UInt64, kind LowCardinality(String)',
      engine: 'MergeTree',
      orderBy: '(source, kind, row_key, number)',
      shardBy: 'cityHash64(source)',
    },
    {
      table: 'fuse.pinned',
      columns: 'source String, row_key String, number UInt64',
      engine: 'MergeTree',
      orderBy: '(source, row_key, number)',
      shardBy: 'cityHash64(source)',
    },
  ],
};
