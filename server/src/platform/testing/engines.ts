// biome-ignore-all lint/correctness/noUndeclaredDependencies: only tests import this file
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { type Config, ConfigSchema } from '#platform/config/config.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import { openAnalytics } from '#platform/db/analytics-open.ts';
import { migrate } from '#platform/db/migrate.ts';
import type { DomainMigrations } from '#platform/db/migration.ts';
import { openRelational } from '#platform/db/postgres.ts';
import type { Relational } from '#platform/db/relational.ts';
import { silentLog } from '#platform/log/log.ts';
import type {} from '#platform/testing/global-setup.ts';

export type TestEngines = {
  relational: Relational;
  analytics: Analytics;
  /** everything of this test file lies here; removed by `stop` */
  folder: string;
  config: Config;
  stop(): Promise<void>;
};

/** Makers of templates wait for each other on this lock of the database server. */
const TEMPLATE_LOCK = 7_466_501;

/**
 * Real engines for one test file: a database cloned from a template migrated once per set of migrations (some 50 ms), and
 * ClickHouse in a folder of its own. One per process: chDB knows one data folder.
 */
export async function startTestEngines(domains: readonly DomainMigrations[]): Promise<TestEngines> {
  const folder = mkdtempSync(join(tmpdir(), 'ronghe-test-'));
  const log = silentLog();
  const server = inject('postgresUrl');
  const database = `test_${randomBytes(8).toString('hex')}`;
  const template = await prepareTemplate(server, domains);
  await asAdministrator(server, (client) => client.query(`create database ${database} template ${template}`));
  const config = ConfigSchema.parse({
    data: folder,
    postgresUrl: databaseUrl(server, database),
    port: 0,
    mqttPort: 0,
    sqlPort: 0,
    logLevel: 'silent',
  });
  const relational = await openRelational(config, log);
  const analytics = await openAnalytics(config, log);
  await migrate({ relational, analytics, domains, log });
  const stop = async () => {
    await analytics.stop();
    await relational.stop();
    await asAdministrator(server, (client) => client.query(`drop database ${database} with (force)`));
    rmSync(folder, { recursive: true, force: true });
  };
  return { relational, analytics, folder, config, stop };
}

/** The same server, another database. */
export function databaseUrl(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

/** Runs `work` on the server's own database, as its owner. */
export async function asAdministrator<Result>(
  server: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Only PostgreSQL's part can be cloned, so ClickHouse's steps are left out and run in each test's own folder. */
async function prepareTemplate(server: string, domains: readonly DomainMigrations[]): Promise<string> {
  const relationalOnly = domains.map((domain) => ({ ...domain, clickhouse: [] }));
  const digest = createHash('sha256').update(JSON.stringify(relationalOnly)).digest('hex');
  const template = `template_${digest.slice(0, 24)}`;
  await asAdministrator(server, async (client) => {
    await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [template]);
    if (rowCount) return;
    const parts = `${template}_new`;
    await client.query(`drop database if exists ${parts} with (force)`);
    await client.query(`create database ${parts}`);
    await migrateTemplate(databaseUrl(server, parts), relationalOnly);
    await client.query(`alter database ${parts} rename to ${template}`);
  });
  return template;
}

async function migrateTemplate(postgresUrl: string, domains: readonly DomainMigrations[]): Promise<void> {
  const relational = await openRelational({ data: tmpdir(), postgresUrl }, silentLog());
  try {
    await migrate({ relational, analytics: noAnalytics, domains, log: silentLog() });
  } finally {
    await relational.stop();
  }
}

const unused = () => Promise.reject(new Error('A template has PostgreSQL only'));
const noAnalytics: Analytics = {
  kind: 'embedded',
  query: unused,
  command: unused,
  insert: unused,
  exportTable: unused,
  importTable: unused,
  exportRows: unused,
  foreign: { list: unused, describe: unused, files: unused, fetchInto: unused },
  guests: { ask: unused },
  health: unused,
  stop: unused,
};
