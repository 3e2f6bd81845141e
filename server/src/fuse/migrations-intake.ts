import type { ClickHouseMigration, PostgresMigration } from '#platform/db/migration.ts';

// sql-identifier: our own table and changes, all of them in this file
const ofLanding = (change: string) => `alter table fuse.landing{{local}}{{on_cluster}} ${change}`;
// sql-identifier: our own table and changes, all of them in this file
const ofLandingTop = (change: string) => `alter table fuse.landing{{on_cluster}} ${change}`;
/** A change of the landing table on every machine, and of the table that stands above it on a cluster. */
const alterLanding = (change: string) => [ofLanding(change), ofLandingTop(change)];

/** Sources of every kind, versions of mappings, files and pushes, and what a run reached. */
export const INTAKE: PostgresMigration = {
  name: '0004_intake',
  sql: `
    alter table fuse.source drop constraint source_kind_check;
    alter table fuse.source rename column target to address;
    alter table fuse.source rename column password_sealed to secrets_sealed;
    alter table fuse.source add column target text not null default 'enterprise' check (target in ('enterprise', 'dataset'));
    alter table fuse.source add column mode text not null default 'full' check (mode in ('full', 'incremental'));
    alter table fuse.source add column watermark_field text;
    alter table fuse.source add column bookmark jsonb;
    alter table fuse.source add column mapping integer not null default 1;
    alter table fuse.source add column deleted_at timestamptz;
    alter table fuse.source add column rows bigint not null default 0;
    update fuse.source set kind = 'folder', connection = connection || '{"kind": "folder", "options": {}}'
      where kind = 'excel-folder';

    alter table fuse.run drop constraint run_state_check;
    alter table fuse.run add constraint run_state_check
      check (state in ('running', 'held', 'succeeded', 'failed', 'cancelled', 'discarded'));
    alter table fuse.run add column stage text not null default 'done'
      check (stage in ('deliver', 'land', 'audit', 'publish', 'fuse', 'done'));
    alter table fuse.run add column mode text not null default 'full';
    alter table fuse.run add column mapping integer not null default 1;
    alter table fuse.run add column bytes bigint not null default 0;
    alter table fuse.run add column problems integer not null default 0;
    alter table fuse.run add column drift jsonb not null default '[]';
    alter table fuse.run add column held_for jsonb not null default '[]';
    alter table fuse.run add column decision jsonb;
    alter table fuse.run add column delivered jsonb;
    alter table fuse.run add column published_at timestamptz;
    update fuse.run set published_at = coalesce(finished_at, started_at);
    create index run_unpublished on fuse.run (source, number) where published_at is null;
    drop index fuse.run_active;
    create unique index run_active on fuse.run (source) where state in ('running', 'held');

    -- rows and their findings live in ClickHouse from here on; each source lands them anew with its next run
    drop table fuse.record;
    drop table fuse.outbox;
    delete from fuse.finding;
    alter table fuse.finding add column entity_key text not null default '';
    create index finding_entity on fuse.finding (source, entity_key) where closed is null;

    create table fuse.mapping (
      source uuid not null references fuse.source (id),
      version integer not null check (version > 0),
      row_key jsonb not null,
      period_field text,
      mappings jsonb not null,
      tests jsonb not null default '[]',
      note text not null default '',
      restores integer,
      made_by text not null,
      made_at timestamptz not null,
      primary key (source, version)
    );
    insert into fuse.mapping (source, version, row_key, period_field, mappings, made_by, made_at)
      select id, 1, row_key, period_field,
        (select coalesce(jsonb_agg('{"unit": null, "values": {}}'::jsonb || field), '[]') from jsonb_array_elements(mappings) field),
        created_by, created_at from fuse.source;
    alter table fuse.source drop column row_key, drop column period_field, drop column mappings;

    create table fuse.upload (
      id uuid primary key,
      name text not null,
      bytes bigint not null,
      sha256 text not null,
      organisation text not null,
      uploaded_by text not null,
      uploaded_at timestamptz not null,
      source uuid references fuse.source (id)
    );
    create index upload_source on fuse.upload (source);

    create table fuse.push (
      source uuid not null references fuse.source (id),
      idempotency_key text not null,
      body_hash text not null,
      run uuid not null,
      job uuid not null,
      rows integer not null,
      at timestamptz not null,
      primary key (source, idempotency_key)
    );

    create table fuse.profile (
      run uuid primary key references fuse.run (id),
      source uuid not null references fuse.source (id),
      number bigint not null,
      at timestamptz not null,
      profile jsonb not null
    );
    create index profile_source on fuse.profile (source, number desc);
  `,
};

/** Rules of data quality, what they found, and issues. */
export const QUALITY: PostgresMigration = {
  name: '0005_quality',
  sql: `
    create table fuse.quality_rule (
      id uuid not null,
      version integer not null,
      newest boolean not null,
      key text not null,
      source uuid references fuse.source (id),
      name jsonb not null,
      remedy jsonb not null,
      dimension text not null,
      severity text not null check (severity in ('hold', 'warn', 'log')),
      tolerance double precision not null,
      weight double precision not null,
      check_of jsonb not null,
      active boolean not null,
      shipped boolean not null,
      deleted boolean not null default false,
      made_by text not null,
      made_at timestamptz not null,
      primary key (id, version)
    );
    create unique index quality_rule_newest on fuse.quality_rule (id) where newest;
    create unique index quality_rule_key on fuse.quality_rule (key, coalesce(source::text, '')) where newest and not deleted;

    create table fuse.quality_result (
      run uuid not null references fuse.run (id),
      source uuid not null references fuse.source (id),
      number bigint not null,
      rule uuid not null,
      version integer not null,
      checked bigint not null,
      failed bigint not null,
      held boolean not null,
      skipped text,
      primary key (run, rule)
    );
    create table fuse.quality_score (
      run uuid primary key references fuse.run (id),
      source uuid not null references fuse.source (id),
      number bigint not null,
      at timestamptz not null,
      rows bigint not null,
      total double precision,
      dimensions jsonb not null
    );
    create index quality_score_source on fuse.quality_score (source, number desc);

    create table fuse.issue (
      id uuid primary key,
      number bigint generated always as identity unique,
      source uuid not null references fuse.source (id),
      rule text not null,
      name jsonb not null,
      remedy jsonb not null,
      severity text not null,
      dimension text not null,
      state text not null check (state in ('open', 'sent', 'answered', 'resolved', 'accepted')),
      rows bigint not null,
      first_run uuid not null,
      last_run uuid not null,
      opened_at timestamptz not null,
      changed_at timestamptz not null,
      due_at timestamptz,
      notes jsonb not null default '[]'
    );
    create unique index issue_open on fuse.issue (source, rule) where state <> 'resolved';
    create index issue_source on fuse.issue (source, number desc);
  `,
};

/** Versions of rows by the runs that wrote them, what was refused, and what broke a rule. */
export const VERSIONS: ClickHouseMigration = {
  name: '0002_versions',
  steps: [
    ...alterLanding('add column if not exists number UInt64 default 0'),
    ...alterLanding("add column if not exists file LowCardinality(String) default ''"),
    ...alterLanding('add column if not exists place UInt32 default 0'),
    {
      table: 'fuse.record',
      columns: `
        source String, number UInt64, row_key String, entity_key String, period LowCardinality(String),
        gone UInt8, key_hash UInt64, row_hash UInt64, mapping UInt32,
        value_to Array(LowCardinality(String)), value_text Array(String), value_raw Array(String),
        value_field Array(LowCardinality(String)), value_valid Array(UInt8),
        finding_rule Array(LowCardinality(String)), finding_field Array(LowCardinality(String)),
        finding_value Array(String)`,
      engine: 'ReplacingMergeTree',
      orderBy: '(source, entity_key, row_key, number)',
      shardBy: 'cityHash64(source, entity_key)',
      settings: 'fsync_after_insert = 1, fsync_part_directory = 1',
    },
    {
      table: 'fuse.reject',
      columns: `
        source String, number UInt64, row_key String, file LowCardinality(String), place UInt32,
        row String CODEC(ZSTD(3)), finding_rule Array(LowCardinality(String)),
        finding_field Array(LowCardinality(String)), finding_value Array(String)`,
      engine: 'ReplacingMergeTree',
      orderBy: '(source, number, row_key, place)',
      shardBy: 'cityHash64(source)',
      settings: 'fsync_after_insert = 1, fsync_part_directory = 1',
    },
    {
      table: 'fuse.problem',
      columns: `
        source String, number UInt64, file LowCardinality(String), place UInt32, rule LowCardinality(String),
        column String, text String`,
      engine: 'ReplacingMergeTree',
      orderBy: '(source, number, file, place, rule, column)',
      shardBy: 'cityHash64(source)',
    },
    {
      table: 'fuse.breach',
      columns: `
        source String, number UInt64, rule String, row_key String, entity_key String, period LowCardinality(String),
        field LowCardinality(String), value String, expected String`,
      engine: 'ReplacingMergeTree',
      orderBy: '(source, number, rule, entity_key, row_key, field)',
      shardBy: 'cityHash64(source)',
    },
  ],
};
