import { createAudit } from '#platform/audit/audit.service.ts';
import { authRoutes } from '#platform/auth/auth.routes.ts';
import { createAuth } from '#platform/auth/auth.service.ts';
import { randomIds, systemClock } from '#platform/clock/clock.ts';
import { ConfigSchema } from '#platform/config/config.ts';
import { openAnalytics } from '#platform/db/analytics-open.ts';
import { migrate } from '#platform/db/migrate.ts';
import { openRelational } from '#platform/db/postgres.ts';
import { createEvents } from '#platform/events/events.ts';
import { createFiles } from '#platform/files/files.ts';
import { createMetrics } from '#platform/http/metrics.ts';
import { createHttp } from '#platform/http/server.ts';
import { createJobs } from '#platform/jobs/jobs.service.ts';
import { silentLog } from '#platform/log/log.ts';
import { platformMigrations } from '#platform/migrations.ts';
import { fuse, fuseMigrations } from '../index.ts';

// A server with the intake and nothing else, on engines of its own, made to be killed: says its port on standard output.
const [data = '', postgresUrl = '', adminPassword = ''] = process.argv.slice(2);
const config = {
  ...ConfigSchema.parse({ data, postgresUrl, port: 0, mqttPort: 0, sqlPort: 0, logLevel: 'silent' }),
  adminPassword,
};
const log = silentLog();
const relational = await openRelational(config, log);
const analytics = await openAnalytics(config, log);
await migrate({ relational, analytics, domains: [platformMigrations, fuseMigrations], log });
const [clock, ids, events, metrics] = [systemClock, randomIds, createEvents(log), createMetrics()];
const audit = createAudit({ relational, clock, log });
const auth = createAuth({ relational, audit, clock, ids, config, log });
const jobs = createJobs({ relational, events, audit, clock, ids, log });
const parts = { config, log, clock, ids, relational, analytics, events, metrics, audit, auth, jobs };
const domain = fuse({ ...parts, files: createFiles(data) });
await auth.bootstrap();
const http = await createHttp({ config, auth, log, metrics, version: 'test' });
await http.register(authRoutes(auth, config));
if (domain.routes) await http.register(domain.routes);
const url = await http.listen({ port: 0, host: '127.0.0.1' });
await domain.start?.();
await jobs.start();
process.stdout.write(`${url}\n`);
