import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as clickhouse from '#platform/backup/analytics.store.ts';
import { type Manifest, readManifest, verifyFiles } from '#platform/backup/backup.manifest.ts';
import { importFiles } from '#platform/backup/data-files.ts';
import * as postgres from '#platform/backup/relational.store.ts';
import type { Config } from '#platform/config/config.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import { openAnalytics } from '#platform/db/analytics-open.ts';
import { migrate } from '#platform/db/migrate.ts';
import type { DomainMigrations } from '#platform/db/migration.ts';
import { openRelational } from '#platform/db/postgres.ts';
import type { Relational } from '#platform/db/relational.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Log } from '#platform/log/log.ts';

type Engines = { relational: Relational; analytics: Analytics };
type Restore = {
  /** the folder of the backup, with its manifest */
  backup: string;
  /** names the empty data folder, and servers when the engines are not embedded */
  config: Config;
  domains: readonly DomainMigrations[];
  log: Log;
  /** looks at what was restored before the engines are closed */
  afterwards?: (engines: Engines) => Promise<void>;
};

/**
 * Brings a backup back, into an empty data folder and empty databases only; nothing of this process may have the engines open.
 * Everything is verified before anything is written, and counted afterwards. The tables are first made as they were when the backup
 * was taken, then filled, then brought up to date with this software.
 * When it fails the data folder is left empty again.
 * @throws AppError BACKUP_INVALID, RESTORE_REFUSED
 */
export async function restoreBackup({
  backup,
  config,
  domains,
  log,
  afterwards,
}: Restore): Promise<Manifest> {
  const manifest = await readManifest(backup);
  await verifyFiles(backup, manifest);
  const then = domainsOf(manifest, domains);
  await makeEmpty(config.data);
  try {
    await withEngines({ config, log }, async (engines) => {
      await refuseTables(engines, { config, domains });
      const cluster = config.clickhouseCluster ? { cluster: config.clickhouseCluster } : {};
      await migrate({ ...engines, ...cluster, domains: then, log });
      await postgres.importAll(engines.relational.as(), manifest, backup);
      await clickhouse.importAll(engines.analytics, manifest, backup);
      await compareCounts(engines, manifest);
      await importFiles(backup, manifest.files, config.data);
      await migrate({ ...engines, ...cluster, domains, log });
      await afterwards?.(engines);
    });
  } catch (error) {
    for (const entry of await readdir(config.data))
      await rm(join(config.data, entry), { recursive: true, force: true });
    throw error;
  }
  log.info({ backup: manifest.name, data: config.data }, 'Restored a backup');
  return manifest;
}

/** The migrations that had run when the backup was taken. */
function domainsOf(manifest: Manifest, domains: readonly DomainMigrations[]): DomainMigrations[] {
  const known = new Set<string>();
  const ran = new Set(manifest.migrations.map(({ engine, word, name }) => `${engine}/${word}/${name}`));
  const keep = (id: string) => {
    known.add(id);
    return ran.has(id);
  };
  const then = domains.map(({ word, postgres: relational, clickhouse: analytics }) => ({
    word,
    postgres: relational.filter(({ name }) => keep(`postgres/${word}/${name}`)),
    clickhouse: analytics.filter(({ name }) => keep(`clickhouse/${word}/${name}`)),
  }));
  const unknown = [...ran].find((id) => !known.has(id));
  if (unknown === undefined) return then;
  const reason = `this version of the software does not know its migration ${unknown}`;
  throw new AppError('BACKUP_INVALID', { backup: manifest.name, reason });
}

async function makeEmpty(data: string): Promise<void> {
  await mkdir(data, { recursive: true, mode: 0o750 });
  const [first] = await readdir(data);
  if (first !== undefined) throw refuse(data, `the folder is not empty, it has ${first}`);
}

async function withEngines(
  { config, log }: Pick<Restore, 'config' | 'log'>,
  work: (engines: Engines) => Promise<void>,
): Promise<void> {
  const relational = await openRelational(config, log);
  try {
    const analytics = await openAnalytics(config, log);
    try {
      await work({ relational, analytics });
    } finally {
      await analytics.stop();
    }
  } finally {
    await relational.stop();
  }
}

/** A server may hold another installation; its tables are never replaced. */
async function refuseTables(
  { relational, analytics }: Engines,
  { config, domains }: Pick<Restore, 'config' | 'domains'>,
): Promise<void> {
  const words = domains.map(({ word }) => word);
  if (await postgres.hasTables(relational.as(), words)) throw refuse('PostgreSQL', 'it has tables of Ronghe');
  const [table] = await clickhouse.listTables(analytics, words, config.clickhouseCluster);
  if (table !== undefined) throw refuse('ClickHouse', `it has the table ${table}`);
}

async function compareCounts({ relational, analytics }: Engines, manifest: Manifest): Promise<void> {
  const differ = (table: string, rows: number, found: number) => {
    if (rows === found) return;
    const reason = `${table} has ${found} rows after restoring, and had ${rows}`;
    throw new AppError('BACKUP_INVALID', { backup: manifest.name, reason });
  };
  for (const table of manifest.relational)
    differ(table.table, table.rows, await postgres.countRows(relational.as(), table));
  for (const { table, rows } of manifest.analytics)
    differ(table, rows, await clickhouse.countRows(analytics, table));
}

const refuse = (target: string, reason: string): AppError =>
  new AppError('RESTORE_REFUSED', { target, reason });
