import type { ClickHouseMigration, PostgresMigration } from '#platform/db/migration.ts';

/**
 * Enterprises whose row for analysis must be written: those whose own row was. A golden value that changes rewrites that too. Every
 * enterprise is noted once, so that the copy begins with all of them.
 */
export const ENTERPRISE_ROWS_PENDING: PostgresMigration = {
  name: '0030_enterprise_rows',
  sql: `
    create sequence fuse.copy_token;
    create table fuse.copy_pending (
      enterprise bigint primary key,
      token bigint not null
    );
    create function fuse.note_copies() returns trigger language plpgsql as $body$
    begin
      insert into fuse.copy_pending (enterprise, token)
        select number, nextval('fuse.copy_token') from changed_enterprises order by number
        on conflict (enterprise) do update set token = excluded.token;
      return null;
    end $body$;
    create trigger copy_added after insert on fuse.enterprise
      referencing new table as changed_enterprises for each statement execute function fuse.note_copies();
    create trigger copy_changed after update on fuse.enterprise
      referencing new table as changed_enterprises for each statement execute function fuse.note_copies();
    create trigger copy_removed after delete on fuse.enterprise
      referencing old table as changed_enterprises for each statement execute function fuse.note_copies();
    insert into fuse.copy_pending (enterprise, token)
      select number, nextval('fuse.copy_token') from fuse.enterprise order by number;
  `,
};

/** Golden records as rows, kept up with them in a pass of its own: '' and NaN stand for what is not known. */
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
