// biome-ignore-all lint/correctness/noUndeclaredDependencies: only tests run this file
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PERMISSION_NAMES } from '@ronghe/contracts';
import { collect, collectMigrations } from '#collect';
import { createAudit } from '#platform/audit/audit.service.ts';
import { createAuth } from '#platform/auth/auth.service.ts';
import { systemScope } from '#platform/auth/scope.ts';
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
import { ingest, ingestMigrations } from './index.ts';

// A server of these two domains that is there to be killed. It keeps everything in the folder of its first argument and tells
// where it listens; the keys that the test needs lie in `keys.json` of that folder.
const [, , data = ''] = process.argv;
const log = silentLog();
const config = ConfigSchema.parse({
  data,
  port: 0,
  mqttPort: 0,
  logLevel: 'silent',
  requestsPerMinuteMax: 1_000_000,
});
const [relational, analytics] = await Promise.all([openRelational(config, log), openAnalytics(config, log)]);
const domains = [platformMigrations, collectMigrations, ingestMigrations];
await migrate({ relational, analytics, domains, log });
const [clock, ids, events, metrics, files] = [
  systemClock,
  randomIds,
  createEvents(log),
  createMetrics(),
  createFiles(data),
];
const audit = createAudit({ relational, clock, log });
const auth = createAuth({ relational, audit, clock, ids, config, log });
const jobs = createJobs({ relational, events, audit, clock, ids, log });
const platform = {
  config,
  log,
  clock,
  ids,
  relational,
  analytics,
  events,
  metrics,
  files,
  audit,
  auth,
  jobs,
};
await auth.bootstrap();
const collecting = collect(platform);
const ingesting = ingest(platform, { collect: collecting });
const http = await createHttp({ config, auth, log, metrics, version: 'test' });
for (const domain of [collecting, ingesting]) if (domain.routes) await http.register(domain.routes);

const keysFile = join(data, 'keys.json');
if (!existsSync(keysFile)) {
  const scope = systemScope({ organisation: 'jx', permissions: PERMISSION_NAMES, name: 'test' });
  const register = async (name: string) =>
    (await collecting.collectors.register(scope, { name, title: name, organisation: 'jx' })).key;
  const reader = await auth.addKey(scope, {
    name: 'reader',
    organisation: 'jx',
    permissions: [...PERMISSION_NAMES],
    expiresAt: null,
  });
  writeFileSync(
    keysFile,
    JSON.stringify({
      http: await register('over-http'),
      mqtt: await register('over-mqtt'),
      reader: reader.key,
    }),
  );
}
await ingesting.start?.();
const url = await http.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(
  `${JSON.stringify({ url, mqttPort: ingesting.mqttPort(), keys: JSON.parse(readFileSync(keysFile, 'utf8')) })}\n`,
);
process.on('SIGTERM', async () => {
  await ingesting.stop?.();
  await collecting.stop?.();
  await http.close();
  await analytics.stop();
  await relational.stop();
  process.exit(0);
});
