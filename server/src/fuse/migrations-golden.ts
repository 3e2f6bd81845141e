import type { PostgresMigration } from '#platform/db/migration.ts';

/** Decisions of people about records, and what happened to enterprises as a whole. */
export const DECISIONS: PostgresMigration = {
  name: '0007_decisions',
  sql: `
    create table fuse.decision (
      id uuid primary key,
      number bigint generated always as identity unique,
      act text not null check (act in ('merge', 'split', 'same', 'different')),
      state text not null check (state in ('proposed', 'confirmed', 'withdrawn')),
      organisation text not null,
      enterprise uuid not null,
      other uuid,
      detail jsonb not null,
      reason text not null,
      made_by_id text not null,
      made_by text not null,
      made_at timestamptz not null,
      confirmed_by text,
      confirmed_at timestamptz,
      withdrawn_by text,
      withdrawn_at timestamptz,
      withdrawn_for text,
      undo jsonb
    );
    create index decision_organisation on fuse.decision (organisation text_pattern_ops, number desc);
    create index decision_enterprise on fuse.decision (enterprise);
    create index decision_other on fuse.decision (other);

    create table fuse.decision_pair (
      decision uuid not null references fuse.decision (id) on delete cascade,
      kind text not null check (kind in ('must-link', 'cannot-link')),
      source_a uuid not null,
      key_a text not null,
      source_b uuid not null,
      key_b text not null,
      holds boolean not null,
      primary key (decision, source_a, key_a, source_b, key_b)
    );
    create index decision_pair_a on fuse.decision_pair (source_a, key_a) where holds;
    create index decision_pair_b on fuse.decision_pair (source_b, key_b) where holds;

    create table fuse.enterprise_event (
      number bigint generated always as identity primary key,
      kind text not null check (kind in ('created', 'merged', 'split', 'undone', 'gone', 'back')),
      enterprise uuid not null,
      other uuid,
      other_name text,
      run uuid,
      decision uuid,
      actor text not null,
      reason text,
      at timestamptz not null,
      detail jsonb not null
    );
    create index enterprise_event_enterprise on fuse.enterprise_event (enterprise, number);
    create index enterprise_event_other on fuse.enterprise_event (other, number) where other is not null;
    create index enterprise_event_decision on fuse.enterprise_event (decision) where decision is not null;

    alter table fuse.value_change alter column run drop not null;
    alter table fuse.value_change add column decision uuid;
  `,
};

/** Values that people fix, how values are chosen, and values as they were. */
export const VALUES: PostgresMigration = {
  name: '0008_golden_values',
  sql: `
    create table fuse.pin (
      id uuid primary key,
      enterprise uuid not null,
      attribute text not null,
      value text not null,
      raw text not null,
      reason text not null,
      made_by text not null,
      made_at timestamptz not null,
      expires_at timestamptz,
      ended_at timestamptz,
      ended_by text,
      ended_for text
    );
    create unique index pin_active on fuse.pin (enterprise, attribute) where ended_at is null;
    create index pin_enterprise on fuse.pin (enterprise, made_at desc);
    create index pin_expiring on fuse.pin (expires_at) where ended_at is null and expires_at is not null;

    create table fuse.survivorship (
      version integer primary key check (version > 0),
      content jsonb not null,
      note text not null,
      made_by text not null,
      made_at timestamptz not null
    );

    alter table fuse.enterprise_value alter column source drop not null;
    alter table fuse.enterprise_value alter column run drop not null;
    alter table fuse.enterprise_value add column pin uuid;
    alter table fuse.enterprise_value add column conflict boolean not null default false;
    create index enterprise_value_conflict on fuse.enterprise_value (attribute, enterprise) where conflict;

    create table fuse.value_past (
      number bigint generated always as identity primary key,
      enterprise uuid not null,
      attribute text not null,
      value text not null,
      source uuid,
      run uuid,
      row_key text not null,
      field text not null,
      raw text not null,
      rule text not null,
      pin uuid,
      conflict boolean not null,
      others jsonb not null,
      at timestamptz not null,
      until timestamptz not null
    );
    create index value_past_enterprise on fuse.value_past (enterprise, attribute, until desc);
  `,
};

/** Runs that take the newest published run of their source back. */
export const WITHDRAWALS: PostgresMigration = {
  name: '0009_withdrawals',
  sql: `
    alter table fuse.run drop constraint run_state_check;
    alter table fuse.run add constraint run_state_check
      check (state in ('running', 'held', 'succeeded', 'failed', 'cancelled', 'discarded', 'withdrawn'));
    alter table fuse.run drop constraint run_origin_check;
    alter table fuse.run add constraint run_origin_check check (origin in ('source', 'landed', 'withdrawal'));
    alter table fuse.run add column withdraws uuid references fuse.run (id);
  `,
};
