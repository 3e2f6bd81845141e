import type { PostgresMigration } from '#platform/db/migration.ts';

/** How long what runs of a source left is kept, where a source says it itself. */
export const KEPT: PostgresMigration = {
  name: '0015_kept_runs',
  sql: `
    alter table fuse.source add column run_days integer check (run_days between 0 and 36500);
    alter table fuse.source add column runs_kept integer check (runs_kept between 1 and 10000);
  `,
};
