import type { Word } from '@ronghe/contracts';
import type { Audit } from '#platform/audit/audit.ts';
import type { Auth } from '#platform/auth/auth.ts';
import type { Clock, Ids } from '#platform/clock/clock.ts';
import type { Config } from '#platform/config/config.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import type { Relational } from '#platform/db/relational.ts';
import type { Events } from '#platform/events/events.ts';
import type { Files } from '#platform/files/files.ts';
import type { Http } from '#platform/http/http.ts';
import type { Metrics } from '#platform/http/metrics.ts';
import type { Jobs } from '#platform/jobs/jobs.ts';
import type { Log } from '#platform/log/log.ts';

/** The ground floor, opened once and handed to every domain. */
export type Platform = {
  config: Config;
  log: Log;
  clock: Clock;
  ids: Ids;
  relational: Relational;
  analytics: Analytics;
  events: Events;
  audit: Audit;
  auth: Auth;
  jobs: Jobs;
  files: Files;
  metrics: Metrics;
};

/** What a domain's front door returns. `start` begins background work, `stop` finishes what is in flight. */
export type Domain = {
  name: Word;
  routes?: (app: Http) => Promise<void>;
  start?: () => Promise<void>;
  stop?: () => Promise<void>;
  /** Puts what was acknowledged into the engines and lets nothing new in, for a backup, until the answer is called. */
  rest?: () => Promise<() => void>;
};
