import type { DomainMigrations } from '#platform/db/migration.ts';
import { AGAIN, EXPIRING } from './migrations-again.ts';
import { SOURCE_DATASETS } from './migrations-datasets.ts';
import { DECISIONS, VALUES, WITHDRAWALS } from './migrations-golden.ts';
import { HEADS } from './migrations-heads.ts';
import { INDICATOR_TABLES, INDICATORS_PENDING } from './migrations-indicators.ts';
import { INTAKE, QUALITY, VERSIONS } from './migrations-intake.ts';
import { KEPT } from './migrations-kept.ts';
import { MATCHING } from './migrations-matching.ts';
import { RELATIONS, THINGS } from './migrations-relations.ts';
import { ENTERPRISE_ROWS, ENTERPRISE_ROWS_PENDING } from './migrations-shared.ts';

/** Tables of the domain; see README.md for what each holds. */
export const fuseMigrations: DomainMigrations = {
  word: 'fuse',
  postgres: [
    {
      name: '0001_sources_and_runs',
      sql: `
        create table fuse.source (
          id uuid primary key,
          key text not null unique,
          name text not null,
          owner text not null,
          organisation text not null,
          kind text not null check (kind in ('http-json', 'excel-folder')),
          target text not null,
          connection jsonb not null,
          password_sealed text,
          row_key jsonb not null,
          period_field text,
          priority integer not null,
          mappings jsonb not null,
          schedule text,
          next_run_at timestamptz,
          created_by text not null,
          created_at timestamptz not null
        );
        create index source_organisation on fuse.source (organisation text_pattern_ops);

        create table fuse.run (
          id uuid primary key,
          number bigint generated always as identity unique,
          source uuid not null references fuse.source (id),
          job uuid,
          owner bigint,
          state text not null check (state in ('running', 'succeeded', 'failed', 'cancelled')),
          requested_by text not null,
          started_at timestamptz not null,
          finished_at timestamptz,
          rows_in integer not null default 0,
          rows_landed integer not null default 0,
          rows_rejected integer not null default 0,
          rows_new integer not null default 0,
          rows_changed integer not null default 0,
          rows_unchanged integer not null default 0,
          rows_gone integer not null default 0,
          enterprises_created integer not null default 0,
          enterprises_changed integer not null default 0,
          values_changed integer not null default 0,
          error text
        );
        create unique index run_active on fuse.run (source) where state = 'running';
        create index run_source on fuse.run (source, number desc);

        create table fuse.record (
          source uuid not null references fuse.source (id),
          row_key text not null,
          row_hash text not null,
          entity_key text not null,
          period text,
          run uuid not null,
          received_at timestamptz not null,
          row jsonb not null,
          clean jsonb not null,
          primary key (source, row_key)
        );
        create index record_entity on fuse.record (source, entity_key, period desc);

        create table fuse.pending (
          source uuid not null references fuse.source (id),
          entity_key text not null,
          primary key (source, entity_key)
        );

        create table fuse.outbox (
          number bigint generated always as identity primary key,
          source uuid not null references fuse.source (id),
          kind text not null check (kind in ('landing', 'indicators')),
          token text not null,
          payload jsonb not null
        );
        create index outbox_source on fuse.outbox (source, number);

        create table fuse.finding (
          number bigint generated always as identity primary key,
          source uuid not null references fuse.source (id),
          row_key text not null,
          field text,
          rule text not null,
          value text,
          row jsonb not null,
          opened bigint not null,
          opened_at timestamptz not null,
          closed bigint,
          closed_at timestamptz
        );
        create index finding_open on fuse.finding (source, row_key) where closed is null;
        create index finding_history on fuse.finding (source, opened, closed);
      `,
    },
    {
      name: '0002_enterprises',
      sql: `
        create table fuse.enterprise (
          id uuid primary key,
          number bigint generated always as identity unique,
          state text not null check (state in ('active', 'gone')),
          name text not null,
          code text,
          code_valid boolean not null,
          division text,
          city text,
          industry text,
          key_industry text,
          size text,
          revenue double precision,
          employees double precision,
          organisation text not null,
          home_organisation text not null,
          sources integer not null,
          findings integer not null,
          search text not null,
          created_at timestamptz not null,
          updated_at timestamptz not null
        );
        create index enterprise_organisation on fuse.enterprise (organisation text_pattern_ops);
        create index enterprise_order on fuse.enterprise ((coalesce(revenue, -1e300)) desc, number);
        create index enterprise_code on fuse.enterprise (code);

        create table fuse.enterprise_alias (
          id uuid primary key,
          enterprise uuid not null references fuse.enterprise (id),
          at timestamptz not null
        );
        create index enterprise_alias_enterprise on fuse.enterprise_alias (enterprise);

        create table fuse.link (
          source uuid not null references fuse.source (id),
          entity_key text not null,
          enterprise uuid not null references fuse.enterprise (id),
          gone boolean not null,
          row_key text not null,
          code text,
          join_key text,
          name_keys text[] not null,
          names jsonb not null,
          city text,
          matched_by text not null,
          primary key (source, entity_key)
        );
        create index link_enterprise on fuse.link (enterprise);
        create index link_code on fuse.link (code);
        create index link_join_key on fuse.link (join_key);
        create index link_names on fuse.link using gin (name_keys);
        create index link_row on fuse.link (source, row_key);

        create table fuse.enterprise_value (
          enterprise uuid not null references fuse.enterprise (id) on delete cascade,
          attribute text not null,
          value text not null,
          source uuid not null,
          run uuid not null,
          row_key text not null,
          field text not null,
          raw text not null,
          rule text not null,
          at timestamptz not null,
          others jsonb not null,
          primary key (enterprise, attribute)
        );

        create table fuse.value_change (
          number bigint generated always as identity primary key,
          run uuid not null references fuse.run (id),
          enterprise uuid not null,
          attribute text not null,
          before text,
          after text,
          at timestamptz not null
        );
        create index value_change_run on fuse.value_change (run, number);
        create index value_change_enterprise on fuse.value_change (enterprise, number);
      `,
    },
    {
      name: '0003_reference',
      sql: `
        create table fuse.reference (
          set text not null check (set in ('divisions', 'industries', 'key-industries', 'units', 'sizes')),
          version integer not null check (version > 0),
          source text not null,
          note text not null,
          edition integer,
          restores integer,
          entries integer not null,
          added integer not null,
          changed integer not null,
          removed integer not null,
          made_by text not null,
          valid_from timestamptz not null,
          valid_to timestamptz,
          content jsonb not null,
          primary key (set, version)
        );
        create unique index reference_newest on fuse.reference (set) where valid_to is null;
      `,
    },
    INTAKE,
    QUALITY,
    AGAIN,
    DECISIONS,
    VALUES,
    WITHDRAWALS,
    INDICATORS_PENDING,
    RELATIONS,
    THINGS,
    MATCHING,
    KEPT,
    HEADS,
    ENTERPRISE_ROWS_PENDING,
    SOURCE_DATASETS,
  ],
  clickhouse: [
    {
      name: '0001_landing_and_indicators',
      steps: [
        {
          table: 'fuse.landing',
          columns: `
            source String, run String, row_key String, row_hash String, change LowCardinality(String),
            received_at DateTime64(3, 'UTC'), row String CODEC(ZSTD(3))`,
          engine: 'MergeTree',
          orderBy: '(source, row_key, received_at)',
          shardBy: 'cityHash64(source)',
          settings:
            'non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1',
        },
        {
          table: 'fuse.indicators',
          columns: `
            source String, entity_key String, code LowCardinality(String), period String, row_key String,
            value Float64, gone UInt8, run String, version UInt64`,
          engine: 'ReplacingMergeTree(version)',
          orderBy: '(source, entity_key, code, period, row_key)',
          shardBy: 'cityHash64(source, entity_key)',
          settings:
            'non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1',
        },
      ],
    },
    VERSIONS,
    EXPIRING,
    INDICATOR_TABLES,
    ENTERPRISE_ROWS,
  ],
};
