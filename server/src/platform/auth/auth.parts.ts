import type { Kysely } from 'kysely';
import type { Audit } from '#platform/audit/audit.ts';
import type { AuthTables } from '#platform/auth/auth.tables.ts';
import type { Clock, Ids } from '#platform/clock/clock.ts';
import type { Config } from '#platform/config/config.ts';
import type { Log } from '#platform/log/log.ts';

/** What every service of this room is built from. */
export type AuthParts = {
  db: Kysely<AuthTables>;
  audit: Audit;
  clock: Clock;
  ids: Ids;
  config: Config;
  log: Log;
};
