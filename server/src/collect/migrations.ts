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
    {
      // Keys by code point on every server, so that one index serves equality, beginnings of keys and trees of organisations.
      name: '0002_point_groups',
      sql: `
        alter table collect.point alter column organisation type text collate "C", alter column key type text collate "C";
        drop index if exists collect.point_organisation;
        drop index if exists collect.point_collector;
        create index if not exists point_collector on collect.point (collector, id) where collector is not null;

        create table if not exists collect.point_group (
          first integer primary key,
          organisation text collate "C" not null,
          key text collate "C" not null,
          part smallint not null,
          fields text[] not null,
          labels text[] not null,
          name text not null,
          equipment text,
          apart smallint[] not null default '{}',
          created_at timestamptz not null,
          unique (organisation, key, part)
        );

        create table if not exists collect.point_total (
          organisation text collate "C" primary key,
          points integer not null,
          alone integer not null
        );
        insert into collect.point_total (organisation, points, alone)
          select organisation, count(*), count(*) from collect.point group by organisation
          on conflict do nothing;

        create or replace view collect.every_point as
          select id, id as block, key as stem, organisation, key, name, collector, connection, equipment, unit, type, created_at
          from collect.point
          union all
          select told.first + field.place::integer - 1, told.first, told.key, told.organisation,
            told.key || '.' || field.key collate "C", left(replace(told.name, E'\\x01', field.label), 200),
            null, null, told.equipment, null, 'number', told.created_at
          from collect.point_group told
            cross join lateral unnest(told.fields, told.labels) with ordinality as field (key, label, place)
          where field.place <> all (told.apart);

        create or replace function collect.take_point_numbers(wanted integer) returns integer language plpgsql as $body$
        declare
          first bigint;
        begin
          -- nobody else may take a number between the two calls
          perform pg_advisory_lock(hashtext('collect.point numbers'));
          first := nextval('collect.point_id_seq');
          perform setval('collect.point_id_seq', first + wanted - 1);
          perform pg_advisory_unlock(hashtext('collect.point numbers'));
          return first;
        exception when query_canceled or others then
          perform pg_advisory_unlock(hashtext('collect.point numbers'));
          raise;
        end $body$;
      `,
    },
    {
      // What a search looks at before it unfolds a group.
      name: '0003_point_group_words',
      sql: `
        drop view if exists collect.every_point;
        create view collect.every_point as
          select id, id as block, key as stem, null as words, organisation, key, name, collector, connection, equipment, unit,
            type, created_at
          from collect.point
          union all
          select told.first + field.place::integer - 1, told.first, told.key,
            concat_ws(E'\\n', told.key, told.name, told.equipment, array_to_string(told.fields, E'\\n'),
              array_to_string(nullif(told.labels, told.fields), E'\\n')),
            told.organisation, told.key || '.' || field.key collate "C",
            left(replace(told.name, E'\\x01', field.label), 200), null, null, told.equipment, null, 'number', told.created_at
          from collect.point_group told
            cross join lateral unnest(told.fields, told.labels) with ordinality as field (key, label, place)
          where field.place <> all (told.apart);
      `,
    },
    {
      name: '0004_gaps',
      sql: `
        create table if not exists collect.gap (
          organisation text collate "C" not null,
          collector text not null,
          connection text not null,
          began_at timestamptz not null,
          ended_at timestamptz not null,
          points integer not null,
          filled integer,
          reason text not null,
          primary key (collector, connection, began_at)
        );
        create index if not exists gap_ended on collect.gap (collector, ended_at);
        create index if not exists gap_organisation on collect.gap (organisation, began_at);
      `,
    },
    {
      // Collectors that enrol themselves have no key before; documents hold secrets sealed only.
      name: '0005_fleet',
      sql: `
        alter table collect.collector alter column api_key drop not null;

        create table if not exists collect.enrolment (
          collector text primary key references collect.collector (name) on delete cascade,
          organisation text collate "C" not null,
          code_hash text not null unique,
          expires_at timestamptz not null
        );

        create table if not exists collect.ability (
          collector text primary key references collect.collector (name) on delete cascade,
          organisation text collate "C" not null,
          managed boolean not null,
          protocols jsonb not null,
          browsable text[] not null,
          told_at timestamptz not null
        );

        create table if not exists collect.configuration (
          collector text not null references collect.collector (name) on delete cascade,
          version integer not null,
          organisation text collate "C" not null,
          note text not null,
          made_by text not null,
          made_at timestamptz not null,
          restores integer,
          connections integer not null,
          points integer not null,
          document jsonb not null,
          primary key (collector, version)
        );

        create table if not exists collect.question (
          id uuid primary key,
          collector text not null,
          organisation text collate "C" not null,
          kind text not null,
          body_sealed text not null,
          asked_at timestamptz not null,
          taken_at timestamptz,
          outcome jsonb
        );
        create index if not exists question_collector on collect.question (collector, asked_at);
      `,
    },
    {
      // Points and groups that the copy for analysis does not know yet; whoever makes or names one need not know of the copy.
      name: '0006_point_rows',
      sql: `
        create sequence if not exists collect.point_token;
        create table if not exists collect.point_pending (
          block integer primary key,
          token bigint not null
        );

        create or replace function collect.note_points() returns trigger language plpgsql as $body$
        begin
          insert into collect.point_pending (block, token)
            select id, nextval('collect.point_token') from changed_points order by id
            on conflict (block) do update set token = excluded.token;
          return null;
        end $body$;
        create trigger point_added after insert on collect.point
          referencing new table as changed_points for each statement execute function collect.note_points();
        create trigger point_changed after update on collect.point
          referencing new table as changed_points for each statement execute function collect.note_points();

        create or replace function collect.note_point_groups() returns trigger language plpgsql as $body$
        begin
          insert into collect.point_pending (block, token)
            select first, nextval('collect.point_token') from changed_groups order by first
            on conflict (block) do update set token = excluded.token;
          return null;
        end $body$;
        create trigger point_group_added after insert on collect.point_group
          referencing new table as changed_groups for each statement execute function collect.note_point_groups();
        create trigger point_group_changed after update on collect.point_group
          referencing new table as changed_groups for each statement execute function collect.note_point_groups();

        insert into collect.point_pending (block, token)
          select block, nextval('collect.point_token') from (select distinct block from collect.every_point) as known;
      `,
    },
  ],
  clickhouse: [
    {
      // A point keeps its organisation and key for ever, so they may lead: what belongs to one tree is read without the rest.
      name: '0001_point_rows',
      steps: [
        {
          table: 'collect.point_row',
          columns: `
            organisation LowCardinality(String), key String, series UInt32, version UInt64, name String,
            collector LowCardinality(String), connection LowCardinality(String), equipment LowCardinality(String),
            unit LowCardinality(String), type LowCardinality(String)`,
          engine: 'ReplacingMergeTree(version)',
          orderBy: '(organisation, key, series)',
          shardBy: 'series',
          settings: 'fsync_after_insert = 1, fsync_part_directory = 1',
        },
      ],
    },
  ],
};
