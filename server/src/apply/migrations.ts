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
        create index alert_told on apply.alert (told_at desc, fired_at desc, id desc);
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
    {
      name: '0002_notices',
      sql: `
        alter table apply.alert add column muted boolean not null default false;
        alter table apply.alert_event drop constraint alert_event_kind_check;
        alter table apply.alert_event add constraint alert_event_kind_check
          check (kind in ('fired', 'returned', 'acknowledged', 'ended', 'told', 'undelivered'));

        create table apply.channel (
          id uuid primary key,
          organisation text collate "C" not null,
          name text not null,
          locale text not null,
          kind text not null check (kind in ('webhook', 'email', 'dingtalk', 'wecom', 'feishu')),
          leads_to text not null,
          addresses text[] not null default '{}',
          sealed text,
          has_secret boolean not null,
          made_by text not null,
          made_at timestamptz not null,
          delivered_at timestamptz,
          failed_at timestamptz,
          failure text
        );
        create index channel_organisation on apply.channel (organisation);

        create table apply.notice (
          id uuid primary key,
          channel uuid not null references apply.channel (id) on delete cascade,
          rule uuid not null,
          kind text not null check (kind in ('fired', 'again', 'ended')),
          state text not null check (state in ('waiting', 'sending', 'sent', 'failed')),
          alerts uuid[] not null,
          made_at timestamptz not null,
          due_at timestamptz not null,
          attempts integer not null default 0,
          failure text
        );
        create unique index notice_gathering on apply.notice (channel, rule, kind) where state = 'waiting' and attempts = 0;
        create index notice_due on apply.notice (due_at) where state in ('waiting', 'sending');
        create index notice_channel on apply.notice (channel) where state in ('waiting', 'sending');

        create table apply.escalation (
          alert uuid not null references apply.alert (id) on delete cascade,
          step integer not null,
          due_at timestamptz not null,
          primary key (alert, step)
        );
        create index escalation_due on apply.escalation (due_at);

        create table apply.maintenance (
          id uuid primary key,
          organisation text collate "C" not null,
          search text not null,
          begins_at timestamptz not null,
          ends_at timestamptz not null,
          reason text not null,
          made_by text not null,
          made_at timestamptz not null
        );
        create index maintenance_organisation on apply.maintenance (organisation, ends_at);
      `,
    },
  ],
  clickhouse: [],
};
