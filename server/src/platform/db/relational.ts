import type { Kysely } from 'kysely';

/**
 * The transactional engine: PostgreSQL, embedded (child process on a Unix socket in the data folder) or a server.
 * `as<Tables>()` gives the one pool typed with the tables of a domain; tables are named with their schema: `'fuse.source'`.
 */
export type Relational = {
  readonly kind: 'embedded' | 'server';
  as<Tables>(): Kysely<Tables>;
  /** Server version and whether it answers within a second; never throws. */
  health(): Promise<{ ready: boolean; version: string; bytes: number | null }>;
  stop(): Promise<void>;
};
