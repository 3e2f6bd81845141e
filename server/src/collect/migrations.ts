import type { DomainMigrations } from '#platform/db/migration.ts';

/** Tables of the domain: who delivers (`collector`) and what is delivered (`point`, whose id is the series id in ClickHouse). */
export const collectMigrations: DomainMigrations = {
  word: 'collect',
  postgres: [
    {
      name: '0001_collectors_and_points',
      sql: `
        create table if not exists collect.collector (
          id uuid primary key,
          name text not null unique,
          title text not null,
          organisation text not null,
          api_key uuid not null,
          last_report jsonb,
          last_seen_at timestamptz,
          created_at timestamptz not null
        );
        create index if not exists collector_organisation on collect.collector (organisation text_pattern_ops);
        create index if not exists collector_api_key on collect.collector (api_key);

        create table if not exists collect.point (
          id integer generated always as identity primary key,
          organisation text not null,
          key text not null,
          name text not null,
          collector text,
          connection text,
          equipment text,
          unit text,
          type text not null check (type in ('number', 'boolean', 'text')),
          edited text[] not null default '{}',
          created_at timestamptz not null,
          unique (organisation, key)
        );
        create index if not exists point_organisation on collect.point (organisation text_pattern_ops);
        create index if not exists point_collector on collect.point (collector, id);
      `,
    },
  ],
  clickhouse: [],
};
