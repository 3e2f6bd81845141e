import type { ClickHouseMigration, PostgresMigration, TableDefinition } from '#platform/db/migration.ts';

const SETTINGS = 'fsync_after_insert = 1, fsync_part_directory = 1';

/**
 * Which enterprises' figures must be brought up to date. Triggers note them, so that whoever changes a link or an enterprise
 * (a run, a merge, a person) need not know of indicators; what was noted in a transaction is there when it is committed.
 */
export const INDICATORS_PENDING: PostgresMigration = {
  name: '0010_indicators',
  sql: `
    create sequence fuse.indicator_token;
    create table fuse.indicator_pending (
      enterprise bigint primary key,
      token bigint not null
    );

    create function fuse.note_indicator_links() returns trigger language plpgsql as $body$
    begin
      insert into fuse.indicator_pending (enterprise, token)
        select number, nextval('fuse.indicator_token') from fuse.enterprise
        where id in (select enterprise from changed_links)
        order by number
        on conflict (enterprise) do update set token = excluded.token;
      return null;
    end $body$;
    create trigger link_added after insert on fuse.link
      referencing new table as changed_links for each statement execute function fuse.note_indicator_links();
    create trigger link_changed after update on fuse.link
      referencing new table as changed_links for each statement execute function fuse.note_indicator_links();
    create trigger link_left after update on fuse.link
      referencing old table as changed_links for each statement execute function fuse.note_indicator_links();
    create trigger link_removed after delete on fuse.link
      referencing old table as changed_links for each statement execute function fuse.note_indicator_links();

    create function fuse.note_indicator_enterprises() returns trigger language plpgsql as $body$
    begin
      insert into fuse.indicator_pending (enterprise, token)
        select number, nextval('fuse.indicator_token') from changed_enterprises order by number
        on conflict (enterprise) do update set token = excluded.token;
      return null;
    end $body$;
    create trigger enterprise_changed after update on fuse.enterprise
      referencing new table as changed_enterprises for each statement execute function fuse.note_indicator_enterprises();
    create trigger enterprise_removed after delete on fuse.enterprise
      referencing old table as changed_enterprises for each statement execute function fuse.note_indicator_enterprises();

    -- which source counts depends on its priority
    create function fuse.note_indicator_source() returns trigger language plpgsql as $body$
    begin
      insert into fuse.indicator_pending (enterprise, token)
        select number, nextval('fuse.indicator_token') from fuse.enterprise
        where id in (select enterprise from fuse.link where source = new.id)
        order by number
        on conflict (enterprise) do update set token = excluded.token;
      return null;
    end $body$;
    create trigger source_priority after update of priority on fuse.source
      for each row when (old.priority <> new.priority) execute function fuse.note_indicator_source();

    insert into fuse.indicator_pending (enterprise, token)
      select number, nextval('fuse.indicator_token') from fuse.enterprise;
  `,
};

/** As migrations.ts made it; named again so that the copy below can be repeated after a crash. */
const BEFORE: TableDefinition = {
  table: 'fuse.indicators',
  columns: `
    source String, entity_key String, code LowCardinality(String), period String, row_key String,
    value Float64, gone UInt8, run String, version UInt64`,
  engine: 'ReplacingMergeTree(version)',
  orderBy: '(source, entity_key, code, period, row_key)',
  shardBy: 'cityHash64(source, entity_key)',
};

/** Every value that was ever published, and what is read of them: figures by month, and the enterprises they belong to. */
export const INDICATOR_TABLES: ClickHouseMigration = {
  name: '0004_indicators',
  steps: [
    {
      table: 'fuse.indicator_version',
      columns: `
        source String, entity_key String, code LowCardinality(String), period LowCardinality(String), row_key String,
        version UInt64, run LowCardinality(String), value Float64, gone UInt8`,
      engine: 'ReplacingMergeTree',
      orderBy: '(source, entity_key, code, period, row_key, version)',
      shardBy: 'cityHash64(source, entity_key)',
      // one enterprise is some thousand rows: it should not cost the reading of its neighbours
      settings: `index_granularity = 1024, ${SETTINGS}`,
    },
    BEFORE,
    `insert into fuse.indicator_version (source, entity_key, code, period, row_key, version, run, value, gone)
     select source, entity_key, code, period, row_key, version, run, value, gone from fuse.indicators`,
    'drop table if exists fuse.indicators{{on_cluster}}',
    'drop table if exists fuse.indicators{{local}}{{on_cluster}}',
    {
      table: 'fuse.indicator_month',
      columns: `
        code LowCardinality(String), period UInt32, enterprise UInt32, version UInt64,
        total Float64, total_over Float64, total_base Float64, total_base_over Float64,
        month Float64, month_over Float64, month_base Float64, month_base_over Float64`,
      engine: 'ReplacingMergeTree(version)',
      orderBy: '(code, period, enterprise)',
      shardBy: 'cityHash64(enterprise)',
      settings: SETTINGS,
    },
    {
      table: 'fuse.indicator_span',
      columns: `
        code LowCardinality(String), enterprise UInt32, version UInt64, first_period UInt32, last_period UInt32`,
      engine: 'ReplacingMergeTree(version)',
      orderBy: '(code, enterprise)',
      shardBy: 'cityHash64(enterprise)',
      settings: SETTINGS,
    },
    {
      table: 'fuse.indicator_enterprise',
      columns: `
        enterprise UInt32, version UInt64, active UInt8, id String, name String, organisation String,
        city LowCardinality(String), county LowCardinality(String), section LowCardinality(String),
        sector LowCardinality(String), industry LowCardinality(String), key_industry LowCardinality(String),
        size LowCardinality(String), park LowCardinality(String)`,
      engine: 'ReplacingMergeTree(version)',
      orderBy: 'enterprise',
      shardBy: 'cityHash64(enterprise)',
      settings: SETTINGS,
    },
  ],
};
