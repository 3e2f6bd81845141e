import type { PostgresMigration } from '#platform/db/migration.ts';

/**
 * What enterprises say of each other, the relations that follow, and what people said of them. Enterprises that wait are noted
 * by triggers, so that whoever changes a link or an enterprise need not know of relations; claims and relations name
 * enterprises by their number, which a merged enterprise gets back when it is parted again.
 */
export const RELATIONS: PostgresMigration = {
  name: '0011_relations',
  sql: `
    create sequence fuse.relation_token;
    create table fuse.relation_pending (
      enterprise bigint primary key,
      token bigint not null
    );

    create function fuse.note_relation_links() returns trigger language plpgsql as $body$
    begin
      insert into fuse.relation_pending (enterprise, token)
        select number, nextval('fuse.relation_token') from fuse.enterprise
        where id in (select enterprise from changed_links)
        order by number
        on conflict (enterprise) do update set token = excluded.token;
      return null;
    end $body$;
    create trigger relation_link_added after insert on fuse.link
      referencing new table as changed_links for each statement execute function fuse.note_relation_links();
    create trigger relation_link_changed after update on fuse.link
      referencing new table as changed_links for each statement execute function fuse.note_relation_links();
    create trigger relation_link_left after update on fuse.link
      referencing old table as changed_links for each statement execute function fuse.note_relation_links();
    create trigger relation_link_removed after delete on fuse.link
      referencing old table as changed_links for each statement execute function fuse.note_relation_links();

    create function fuse.note_relation_enterprises() returns trigger language plpgsql as $body$
    begin
      insert into fuse.relation_pending (enterprise, token)
        select number, nextval('fuse.relation_token') from changed_enterprises order by number
        on conflict (enterprise) do update set token = excluded.token;
      return null;
    end $body$;
    create trigger relation_enterprise_changed after update on fuse.enterprise
      referencing new table as changed_enterprises for each statement execute function fuse.note_relation_enterprises();
    create trigger relation_enterprise_removed after delete on fuse.enterprise
      referencing old table as changed_enterprises for each statement execute function fuse.note_relation_enterprises();

    -- which source is named first depends on its priority
    create function fuse.note_relation_source() returns trigger language plpgsql as $body$
    begin
      insert into fuse.relation_pending (enterprise, token)
        select number, nextval('fuse.relation_token') from fuse.enterprise
        where id in (select enterprise from fuse.link where source = new.id)
        order by number
        on conflict (enterprise) do update set token = excluded.token;
      return null;
    end $body$;
    create trigger relation_source_priority after update of priority on fuse.source
      for each row when (old.priority <> new.priority) execute function fuse.note_relation_source();

    create table fuse.relation_claim (
      enterprise bigint not null,
      role text not null check (role in ('name', 'code', 'branch', 'former', 'parent', 'holder', 'group', 'address', 'phone', 'person')),
      key text not null,
      detail jsonb not null,
      primary key (enterprise, role, key)
    );
    create index relation_claim_key on fuse.relation_claim (key, role);

    create table fuse.relation (
      number bigint generated always as identity primary key,
      key text not null,
      kind text not null,
      subject bigint,
      subject_name text not null,
      object bigint,
      object_name text not null,
      claimant bigint,
      share double precision,
      rule text not null,
      evidence jsonb not null,
      since timestamptz not null
    );
    create index relation_key on fuse.relation (key);
    create index relation_subject on fuse.relation (subject) where subject is not null;
    create index relation_object on fuse.relation (object) where object is not null;

    create table fuse.relation_decision (
      id uuid primary key,
      number bigint generated always as identity unique,
      act text not null check (act in ('add', 'reject')),
      kind text not null,
      subject uuid not null,
      subject_name text not null,
      object uuid not null,
      object_name text not null,
      share double precision,
      reason text not null,
      made_by text not null,
      made_at timestamptz not null,
      withdrawn_by text,
      withdrawn_at timestamptz,
      withdrawn_for text
    );
    create index relation_decision_subject on fuse.relation_decision (subject);
    create index relation_decision_object on fuse.relation_decision (object);
  `,
};

/** What enterprises have, one line a thing, and how far their profiles are filled. */
export const THINGS: PostgresMigration = {
  name: '0012_things',
  sql: `
    create table fuse.thing (
      enterprise bigint not null,
      kind text not null check (kind in ('plant', 'equipment', 'product', 'person')),
      key text not null,
      parts jsonb not null,
      sources integer not null,
      primary key (enterprise, kind, key)
    );

    create table fuse.profile_filled (
      enterprise bigint primary key,
      filled text[] not null,
      score double precision not null,
      version integer not null
    );
    create index profile_filled_score on fuse.profile_filled (score, enterprise);
    create index profile_filled_version on fuse.profile_filled (version);
    create index enterprise_value_park on fuse.enterprise_value (value) where attribute = 'park';

    alter table fuse.reference drop constraint reference_set_check;
    alter table fuse.reference add constraint reference_set_check
      check (set in ('divisions', 'industries', 'key-industries', 'units', 'sizes', 'completeness'));

    insert into fuse.relation_pending (enterprise, token)
      select number, nextval('fuse.relation_token') from fuse.enterprise;
  `,
};
