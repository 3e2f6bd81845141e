import { apply, applyMigrations } from '#apply';
import { collect, collectMigrations } from '#collect';
import { fuse, fuseMigrations } from '#fuse';
import { ingest, ingestMigrations } from '#ingest';
import { auditRoutes } from '#platform/audit/audit.routes.ts';
import { createAudit } from '#platform/audit/audit.service.ts';
import { authRoutes } from '#platform/auth/auth.routes.ts';
import { createAuth } from '#platform/auth/auth.service.ts';
import { backupRoutes } from '#platform/backup/backup.routes.ts';
import { createBackups } from '#platform/backup/backup.ts';
import { randomIds, systemClock } from '#platform/clock/clock.ts';
import type { Config } from '#platform/config/config.ts';
import { openAnalytics } from '#platform/db/analytics-open.ts';
import { migrate } from '#platform/db/migrate.ts';
import { openRelational } from '#platform/db/postgres.ts';
import { createEvents } from '#platform/events/events.ts';
import { createFiles } from '#platform/files/files.ts';
import type { Http } from '#platform/http/http.ts';
import { createMetrics } from '#platform/http/metrics.ts';
import { createHttp } from '#platform/http/server.ts';
import { statusRoutes } from '#platform/http/status.routes.ts';
import { jobRoutes } from '#platform/jobs/jobs.routes.ts';
import { createJobs } from '#platform/jobs/jobs.service.ts';
import type { Log } from '#platform/log/log.ts';
import { platformMigrations } from '#platform/migrations.ts';
import type { Domain, Platform } from '#platform/platform.ts';
import { share, shareMigrations } from '#share';

export const VERSION = '0.1.0';

/** The tables of every room, in the data's order. */
export const MIGRATIONS = [
  platformMigrations,
  collectMigrations,
  ingestMigrations,
  fuseMigrations,
  shareMigrations,
  applyMigrations,
];

export type App = {
  http: Http;
  platform: Platform;
  /** Opens the doors; resolves with the address once everything serves. */
  start(): Promise<{ url: string; password: string | null }>;
  /** Finishes what is in flight and closes everything in reverse order; safe to call twice. */
  stop(): Promise<void>;
};

/** The only place that knows all domains, listed in the data's order. Each may use those before it, never those after. */
function buildDomains(platform: Platform): Domain[] {
  const collecting = collect(platform);
  const ingesting = ingest(platform, { collect: collecting });
  const fusing = fuse(platform);
  const offers = [...collecting.datasets, ...ingesting.datasets, ...fusing.datasets];
  const sharing = share(platform, { offers });
  return [
    collecting,
    ingesting,
    fusing,
    sharing,
    apply(platform, { collect: collecting, ingest: ingesting }),
  ];
}

/** Opens the engines, brings their tables up to date and builds every room. Nothing listens before `start`. */
export async function createApp({
  config,
  log,
  webRoot,
}: {
  config: Config;
  log: Log;
  webRoot?: string;
}): Promise<App> {
  const startedAt = systemClock.now();
  const platform = await openPlatform(config, log);
  let stopping = false;
  const domains = buildDomains(platform);
  const http = await createHttp({
    config,
    auth: platform.auth,
    log,
    metrics: platform.metrics,
    version: VERSION,
    webRoot: webRoot ?? null,
  });
  await http.register(authRoutes(platform.auth, config));
  await http.register(auditRoutes(platform.audit));
  await http.register(jobRoutes(platform.jobs));
  await http.register(statusRoutes({ ...platform, version: VERSION, startedAt, stopping: () => stopping }));
  const hold = async () => {
    const letGo = await Promise.all(domains.map((domain) => domain.rest?.()));
    return () => {
      for (const go of letGo) go?.();
    };
  };
  const backups = createBackups({ ...platform, domains: MIGRATIONS, version: VERSION, hold });
  await http.register(backupRoutes(platform, backups));
  for (const domain of domains) if (domain.routes) await http.register(domain.routes);

  const doors = watchDoors(http);

  const start = async () => {
    const { password } = await platform.auth.bootstrap();
    for (const domain of domains) await domain.start?.();
    await platform.jobs.start();
    const address = await http.listen({ port: config.port, host: config.host });
    const url = config.publicUrl ?? address.replace('0.0.0.0', '127.0.0.1').replace('[::]', '127.0.0.1');
    return { url, password };
  };

  let stopped: Promise<void> | undefined;
  const stop = async () => {
    stopping = true;
    const closing = doors.close();
    for (const domain of [...domains].reverse()) await domain.stop?.();
    await closing;
    await platform.jobs.stop();
    await Promise.all([platform.analytics.stop(), platform.relational.stop()]);
  };
  return { http, platform, start, stop: () => (stopped ??= stop()) };
}

const SWEEP_MS = 50;
/** After this a caller that does not take its answer is cut off, so that the engines still close in time. */
const ANSWERS_MS_MAX = 6_000;

/** Counts the answers under way, so that closing can tell a caller that waits from a connection that is only open. */
function watchDoors(http: Http): { close(): Promise<void> } {
  let answering = 0;
  http.server.on('request', (_request, response) => {
    answering += 1;
    response.once('close', () => {
      answering -= 1;
    });
  });
  return {
    /** Lets answers under way end, then cuts every connection: Node itself waits for one that never sent a request. */
    async close() {
      const startedMs = performance.now();
      const sweep = setInterval(() => {
        const patient = answering > 0 && performance.now() - startedMs < ANSWERS_MS_MAX;
        if (!patient) http.server.closeAllConnections();
      }, SWEEP_MS);
      await http.close().finally(() => clearInterval(sweep));
    },
  };
}

/** The ground floor: engines opened side by side, migrated, and everything that stands on them. */
export async function openPlatform(config: Config, log: Log): Promise<Platform> {
  const [relational, analytics] = await Promise.all([
    openRelational(config, log),
    openAnalytics(config, log),
  ]);
  try {
    const cluster = config.clickhouseCluster;
    await migrate({ relational, analytics, domains: MIGRATIONS, log, ...(cluster ? { cluster } : {}) });
  } catch (error) {
    await Promise.allSettled([relational.stop(), analytics.stop()]);
    throw error;
  }
  const clock = systemClock;
  const ids = randomIds;
  const events = createEvents(log);
  const metrics = createMetrics();
  const files = createFiles(config.data);
  const audit = createAudit({ relational, clock, log });
  const auth = createAuth({ relational, audit, clock, ids, config, log });
  const jobs = createJobs({ relational, events, audit, clock, ids, log });
  return { config, log, clock, ids, relational, analytics, events, metrics, files, audit, auth, jobs };
}
