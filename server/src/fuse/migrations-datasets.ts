import type { PostgresMigration } from '#platform/db/migration.ts';

/** Sources that are datasets. A row stays when its source is shared no more, so that no other source ever gets the name that policies know. */
export const SOURCE_DATASETS: PostgresMigration = {
  name: '0034_source_datasets',
  sql: `
    create table fuse.source_dataset (
      source uuid primary key references fuse.source (id),
      name text not null unique,
      shared boolean not null,
      revision integer not null check (revision > 0),
      content jsonb not null,
      made_by text not null,
      made_at timestamptz not null
    );
  `,
};
