import type { DomainMigrations } from '#platform/db/migration.ts';

/** A change of the record of accesses on every machine, and of the table that stands above it on a cluster. */
const alterAccess = (change: string) => [
  // sql-identifier: our own table and changes, all of them in this file
  `alter table share.access{{local}}{{on_cluster}} ${change}`,
  // sql-identifier: our own table and changes, all of them in this file
  `alter table share.access{{on_cluster}} ${change}`,
];

/** Tables of the domain; see README.md for what each holds. */
export const shareMigrations: DomainMigrations = {
  word: 'share',
  postgres: [
    {
      name: '0001_policies_grades_quotas',
      sql: `
        create table share.policy (
          id uuid not null,
          version integer not null check (version > 0),
          newest boolean not null,
          state text not null check (state in ('active', 'revoked')),
          organisation text not null,
          dataset text,
          content jsonb not null,
          made_by text not null,
          made_at timestamptz not null,
          primary key (id, version)
        );
        create unique index policy_newest on share.policy (id) where newest;
        create index policy_organisation on share.policy (organisation text_pattern_ops) where newest;

        create table share.grade (
          dataset text not null,
          column_name text not null,
          grade smallint not null check (grade between 1 and 3),
          level text not null check (level in ('general', 'important', 'core')),
          personal boolean not null,
          reason text not null,
          made_by text not null,
          made_at timestamptz not null,
          primary key (dataset, column_name)
        );

        create table share.rulebook (
          one boolean primary key default true check (one),
          version bigint not null,
          secret text not null
        );

        create table share.quota_use (
          counter text not null,
          day date not null,
          requests bigint not null,
          rows bigint not null,
          bytes bigint not null,
          primary key (counter, day)
        );
        create index quota_use_day on share.quota_use (day);

        create table share.export (
          id uuid primary key,
          job uuid,
          organisation text not null,
          actor_kind text not null,
          actor text not null,
          dataset text not null,
          format text not null,
          state text not null check (state in ('waiting', 'ready', 'failed')),
          rows bigint not null,
          bytes bigint not null,
          made_at timestamptz not null,
          ready_at timestamptz
        );
        create index export_made on share.export (made_at);
      `,
    },
    {
      name: '0002_access_requests_and_why_exports_failed',
      sql: `
        create table share.access_request (
          id uuid primary key,
          state text not null check (state in ('open', 'granted', 'refused', 'withdrawn')),
          dataset text not null,
          organisation text not null,
          actor_kind text not null check (actor_kind in ('user', 'key')),
          actor uuid not null,
          actor_name text not null,
          actor_organisation text not null,
          actor_organisation_name text not null,
          sees_kind text not null check (sees_kind in ('user', 'key')),
          sees uuid not null,
          subject jsonb not null,
          content jsonb not null,
          made_at timestamptz not null,
          answer text not null,
          decided_at timestamptz,
          decided_by text,
          policy uuid
        );
        create index access_request_actor on share.access_request (actor_kind, actor);
        alter table share.export add column reason text;
        create index access_request_organisation on share.access_request (organisation text_pattern_ops);
      `,
    },
    {
      name: '0003_hints',
      sql: `
        create table share.hint (
          id uuid primary key,
          kind text not null check (kind in ('volume', 'walking', 'guessing', 'refused', 'address', 'time')),
          actor_kind text not null check (actor_kind in ('user', 'key')),
          actor text not null,
          actor_name text not null,
          organisation text not null,
          dataset text not null,
          owners text[] not null,
          figures jsonb not null,
          state text not null check (state in ('open', 'explained', 'confirmed')),
          times integer not null check (times > 0),
          first_at timestamptz not null,
          last_at timestamptz not null,
          decided_by text,
          decided_at timestamptz,
          reason text not null default ''
        );
        create unique index hint_open on share.hint (kind, actor_kind, actor, dataset) where state = 'open';
        create index hint_last on share.hint (state, last_at desc);
        create table share.hint_look (one boolean primary key default true check (one), until timestamptz not null);
      `,
    },
    {
      name: '0004_saved_queries',
      sql: `
        create table share.saved_query (
          name text not null,
          version integer not null check (version > 0),
          newest boolean not null,
          state text not null check (state in ('active', 'deleted')),
          organisation text not null,
          content jsonb not null,
          made_by text not null,
          made_at timestamptz not null,
          primary key (name, version)
        );
        create unique index saved_query_newest on share.saved_query (name) where newest;
        create index saved_query_organisation on share.saved_query (organisation text_pattern_ops) where newest;
      `,
    },
  ],
  clickhouse: [
    {
      name: '0001_access',
      steps: [
        {
          table: 'share.access',
          columns: `
            at DateTime64(3, 'UTC'), request String, part UInt8, door LowCardinality(String),
            organisation LowCardinality(String), actor_kind LowCardinality(String), actor String, actor_name String,
            dataset LowCardinality(String), columns String CODEC(ZSTD(3)), purpose LowCardinality(String),
            rows_of String CODEC(ZSTD(3)), policies String CODEC(ZSTD(3)),
            rows UInt64, bytes UInt64, rows_read UInt64, elapsed_ms Float64,
            outcome LowCardinality(String), reason LowCardinality(String)`,
          engine: 'MergeTree',
          orderBy: '(organisation, at)',
          partitionBy: 'toYYYYMM(at)',
          settings:
            'non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1',
        },
      ],
    },
    {
      name: '0002_access_shape',
      steps: [
        ...alterAccess("add column if not exists address LowCardinality(String) default ''"),
        ...alterAccess('add column if not exists shape UInt64 default 0'),
      ],
    },
  ],
};
