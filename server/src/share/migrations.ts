import type { DomainMigrations } from '#platform/db/migration.ts';

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
  ],
};
