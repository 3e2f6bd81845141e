import type { PostgresMigration } from '#platform/db/migration.ts';

/** What the matching model needs of each record, the doubtful pairs, and the versions of the model. */
export const MATCHING: PostgresMigration = {
  name: '0020_matching',
  sql: `
    alter table fuse.source add column duplicate_free boolean not null default false;
    alter table fuse.link
      add column number bigint generated always as identity unique,
      add column traits jsonb not null default '{}',
      add column weight real;
    -- keys of bigint and link alone: one lookup per key is a stretch of this index, and is bounded by a limit
    create table fuse.link_key (key bigint not null, link bigint not null, primary key (key, link));

    -- what waits in the pending list of an index is read through by every lookup, and every batch looks up
    alter index fuse.link_names set (fastupdate = off);

    create table fuse.review_pair (
      id uuid primary key,
      number bigint generated always as identity unique,
      state text not null check (state in ('open', 'same', 'different', 'settled')),
      source_a uuid not null,
      key_a text not null,
      source_b uuid not null,
      key_b text not null,
      weight real not null,
      usefulness real not null,
      model integer not null,
      at timestamptz not null,
      later_until timestamptz,
      decision uuid,
      decided_by text,
      decided_at timestamptz,
      unique (source_a, key_a, source_b, key_b)
    );
    create index review_pair_open on fuse.review_pair (usefulness desc, number) where state = 'open';
    create index review_pair_b on fuse.review_pair (source_b, key_b);

    create table fuse.match_model (
      version integer primary key check (version > 0),
      content jsonb not null,
      match real not null,
      review real not null,
      active boolean not null,
      note text not null,
      made_by text not null,
      made_at timestamptz not null
    );
    create unique index match_model_active on fuse.match_model (active) where active;

    -- records of before have no traits: the next run of their source brings them in
    insert into fuse.pending (source, entity_key)
      select source, entity_key from fuse.link where not gone on conflict do nothing;
  `,
};
