import type { DomainMigrations } from '#platform/db/migration.ts';

/** Tables of the domain; see README.md for what each holds. */
export const applyMigrations: DomainMigrations = {
  word: 'apply',
  postgres: [
    {
      name: '0001_alerts',
      sql: `
        create table apply.alert_rule (
          id uuid not null,
          version integer not null check (version > 0),
          newest boolean not null,
          state text not null check (state in ('active', 'removed')),
          organisation text collate "C" not null,
          name text not null,
          content jsonb not null,
          made_by text not null,
          made_at timestamptz not null,
          primary key (id, version)
        );
        create unique index alert_rule_newest on apply.alert_rule (id) where newest;
        create index alert_rule_organisation on apply.alert_rule (organisation) where newest;

        create table apply.evaluation (
          one boolean primary key default true check (one),
          cursor_s bigint,
          rules bigint not null
        );
        insert into apply.evaluation (one, cursor_s, rules) values (true, null, 1);

        create table apply.watch (
          rule uuid not null,
          point integer not null,
          is_open boolean not null,
          since timestamptz,
          ended_at timestamptz,
          alert uuid,
          value double precision,
          primary key (rule, point)
        );

        create table apply.alert (
          id uuid primary key,
          rule uuid not null,
          rule_version integer not null,
          rule_name text not null,
          organisation text collate "C" not null,
          colour text not null check (colour in ('red', 'orange', 'yellow', 'blue')),
          point integer not null,
          point_key text not null,
          point_name text not null,
          equipment text,
          unit text,
          state text not null check (state in ('open', 'ended')),
          since timestamptz not null,
          fired_at timestamptz not null,
          told_at timestamptz not null,
          ended_at timestamptz,
          value double precision,
          end_value double precision,
          times integer not null default 1,
          acknowledged_by text,
          acknowledged_at timestamptz,
          note text
        );
        create unique index alert_open on apply.alert (rule, point) where state = 'open';
        create index alert_told on apply.alert (told_at desc, id desc);
        create index alert_organisation on apply.alert (organisation, told_at desc);
        create index alert_rule_point on apply.alert (rule, point, told_at desc);
        create index alert_point on apply.alert (point, told_at desc);

        create table apply.alert_event (
          id bigint generated always as identity primary key,
          alert uuid not null references apply.alert (id) on delete cascade,
          at timestamptz not null,
          kind text not null check (kind in ('fired', 'returned', 'acknowledged', 'ended')),
          made_by text,
          note text
        );
        create index alert_event_alert on apply.alert_event (alert, id);
      `,
    },
  ],
  clickhouse: [],
};
