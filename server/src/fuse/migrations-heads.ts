import type { PostgresMigration } from '#platform/db/migration.ts';

/**
 * The newest row of each record beside its link, so that choosing golden values and relations reads one index instead of every source's rows;
 * names among the keys; a mark of the provenance of each golden value; and notes for relations and indicators only where something changed that they read.
 */
export const HEADS: PostgresMigration = {
  name: '0021_heads',
  sql: `
    alter table fuse.link
      add column head json,
      add column row_findings integer not null default 0,
      add column reported text;
    -- room on each page for the next version of a row: what is in no index is then written without touching six of them
    alter table fuse.link set (fillfactor = 70);
    alter table fuse.enterprise set (fillfactor = 80);
    alter table fuse.enterprise_value set (fillfactor = 80);
    alter table fuse.enterprise_value add column mark text;

    -- keys of names are made by the platform: records of before get theirs when they are matched again
    drop index fuse.link_names;
    alter table fuse.link drop column name_keys;
    insert into fuse.pending (source, entity_key)
      select source, entity_key from fuse.link where not gone on conflict do nothing;

    drop trigger link_added on fuse.link;
    drop trigger link_changed on fuse.link;
    drop trigger link_left on fuse.link;
    drop trigger link_removed on fuse.link;
    drop trigger enterprise_changed on fuse.enterprise;
    drop trigger relation_link_added on fuse.link;
    drop trigger relation_link_changed on fuse.link;
    drop trigger relation_link_left on fuse.link;
    drop trigger relation_link_removed on fuse.link;
    drop function fuse.note_indicator_links();
    drop function fuse.note_relation_links();
    -- nobody knows any more which records of before report indicators
    update fuse.link set reported = '?';

    create function fuse.note_indicators_of(enterprises uuid[]) returns void language sql as $body$
      insert into fuse.indicator_pending (enterprise, token)
        select number, nextval('fuse.indicator_token') from fuse.enterprise where id = any(enterprises) order by number
        on conflict (enterprise) do update set token = excluded.token;
    $body$;
    create function fuse.note_relations_of(enterprises uuid[]) returns void language sql as $body$
      insert into fuse.relation_pending (enterprise, token)
        select number, nextval('fuse.relation_token') from fuse.enterprise where id = any(enterprises) order by number
        on conflict (enterprise) do update set token = excluded.token;
    $body$;

    -- plans are kept: one made for three rows must not hold three thousand against each other, hence no nested loops below
    create function fuse.note_links() returns trigger language plpgsql as $body$
    begin
      perform fuse.note_indicators_of(array(select enterprise from changed_links where reported is not null));
      perform fuse.note_relations_of(array(select enterprise from changed_links));
      return null;
    end $body$;
    create trigger link_added after insert on fuse.link
      referencing new table as changed_links for each statement execute function fuse.note_links();
    create trigger link_removed after delete on fuse.link
      referencing old table as changed_links for each statement execute function fuse.note_links();

    create function fuse.note_changed_links() returns trigger language plpgsql set enable_nestloop = off as $body$
    begin
      perform fuse.note_indicators_of(array(
        select unnest(array[before.enterprise, later.enterprise])
        from links_before as before join links_later as later using (number)
        where (before.reported is not null or later.reported is not null)
          and (before.enterprise, before.gone, before.reported) is distinct from (later.enterprise, later.gone, later.reported)));
      perform fuse.note_relations_of(array(
        select unnest(array[before.enterprise, later.enterprise])
        from links_before as before join links_later as later using (number)
        where (before.enterprise, before.gone, before.head::text) is distinct from (later.enterprise, later.gone, later.head::text)));
      return null;
    end $body$;
    create trigger link_changed after update on fuse.link
      referencing old table as links_before new table as links_later
      for each statement execute function fuse.note_changed_links();

    create function fuse.note_indicator_places() returns trigger language plpgsql set enable_nestloop = off as $body$
    begin
      perform fuse.note_indicators_of(array(
        select later.id from enterprises_before as before join enterprises_later as later using (id)
        where (before.state, before.name, before.organisation, before.city, before.division, before.industry, before.key_industry, before.size)
            is distinct from (later.state, later.name, later.organisation, later.city, later.division, later.industry, later.key_industry, later.size)
          and exists (select 1 from fuse.link where link.enterprise = later.id and link.reported is not null)));
      return null;
    end $body$;
    create trigger enterprise_changed after update on fuse.enterprise
      referencing old table as enterprises_before new table as enterprises_later
      for each statement execute function fuse.note_indicator_places();

    create function fuse.note_indicator_park() returns trigger language plpgsql as $body$
    begin
      perform fuse.note_indicators_of(array[coalesce(new.enterprise, old.enterprise)]);
      return null;
    end $body$;
    create trigger park_told after insert or update on fuse.enterprise_value
      for each row when (new.attribute = 'park') execute function fuse.note_indicator_park();
    create trigger park_untold after delete on fuse.enterprise_value
      for each row when (old.attribute = 'park') execute function fuse.note_indicator_park();
  `,
};
