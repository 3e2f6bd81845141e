import type { ClickHouseMigration, PostgresMigration } from '#platform/db/migration.ts';

/** Every enterprise is noted once, so that the copy for analysis begins with all of them. */
export const ENTERPRISE_ROWS_PENDING: PostgresMigration = {
  name: '0030_enterprise_rows',
  sql: `
    insert into fuse.indicator_pending (enterprise, token)
      select number, nextval('fuse.indicator_token') from fuse.enterprise order by number
      on conflict (enterprise) do update set token = excluded.token;
  `,
};

/** Golden records as rows, kept up in the pass that keeps up the figures of indicators: '' and NaN stand for what is not known. */
export const ENTERPRISE_ROWS: ClickHouseMigration = {
  name: '0005_enterprise_rows',
  steps: [
    {
      table: 'fuse.enterprise_row',
      columns: `
        enterprise UInt32, version UInt64, active UInt8, id String, state LowCardinality(String), name String,
        short_name String, former_name String, code String, code_valid UInt8,
        division LowCardinality(String), city LowCardinality(String), park LowCardinality(String), address String,
        industry LowCardinality(String), key_industry LowCardinality(String), size LowCardinality(String),
        revenue Float64, employees Float64, registered_capital Float64, established String,
        legal_person String, phone String, organisation LowCardinality(String),
        sources UInt32, findings UInt32,
        created_at DateTime64(3, 'UTC'), updated_at DateTime64(3, 'UTC')`,
      engine: 'ReplacingMergeTree(version)',
      orderBy: 'enterprise',
      shardBy: 'cityHash64(enterprise)',
      settings: 'fsync_after_insert = 1, fsync_part_directory = 1',
    },
  ],
};
