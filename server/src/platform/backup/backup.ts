import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backup } from '@ronghe/contracts';
import { type AnalyticsSnapshot, exportTable, takeSnapshot } from '#platform/backup/analytics.store.ts';
import {
  BACKUP_FORMAT,
  bytesOf,
  type Manifest,
  readManifest,
  writeManifest,
} from '#platform/backup/backup.manifest.ts';
import { exportFiles } from '#platform/backup/data-files.ts';
import {
  describeTables,
  exportRows,
  readLedger,
  readSequences,
  readSnapshot,
  whileAlone,
} from '#platform/backup/relational.store.ts';
import type { Clock } from '#platform/clock/clock.ts';
import type { Config } from '#platform/config/config.ts';
import type { Analytics } from '#platform/db/analytics.ts';
import type { DomainMigrations } from '#platform/db/migration.ts';
import type { Relational } from '#platform/db/relational.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Log } from '#platform/log/log.ts';

/** Ending of a folder that is being written; the next backup removes it when it was cut short. */
const UNFINISHED = '.part';

export type Backups = {
  /** Makes a backup of both engines from one moment. @throws AppError BACKUP_RUNNING */
  create(): Promise<Backup & { folder: string }>;
  /** Whole backups of this machine, newest first; a folder that is none is left out and logged. */
  list(): Promise<Backup[]>;
};

type Parts = {
  relational: Relational;
  analytics: Analytics;
  config: Pick<Config, 'data' | 'clickhouseCluster'>;
  /** whose schemas and databases are copied */
  domains: readonly DomainMigrations[];
  /** version of the software, noted in the backup */
  version: string;
  clock: Clock;
  log: Log;
  /**
   * Makes writers rest, and answers with what lets them go on. They rest while the picture of both engines is taken
   * (milliseconds; on a ClickHouse cluster until its tables are copied).
   */
  hold?: () => Promise<() => void>;
};

/**
 * Backups in `<data>/backups/<name>`: every row of PostgreSQL as lines of text, every table of ClickHouse in its Native format, other
 * files of the data folder, and a manifest with checksums. Both engines are copied as of one moment, whatever kind they are;
 * `restoreBackup` brings a backup of embedded engines onto servers as well.
 */
export function createBackups(parts: Parts): Backups {
  const home = join(parts.config.data, 'backups');
  return {
    async create() {
      const createdAt = parts.clock.now().toISOString();
      const name = createdAt.replaceAll(/[-:]/g, '').replace('.', '-');
      const manifest = await whileAlone(parts.relational.as(), async () => {
        const unfinished = await makeFolder(home, name);
        try {
          const content = await copyEngines(parts, unfinished);
          const whole = {
            format: BACKUP_FORMAT,
            name,
            createdAt,
            version: parts.version,
            ...content,
          } as const;
          await writeManifest(unfinished, whole);
          await rename(unfinished, join(home, name));
          return whole;
        } catch (error) {
          await rm(unfinished, { recursive: true, force: true });
          throw error;
        }
      });
      if (manifest === null) throw new AppError('BACKUP_RUNNING');
      const backup = summarise(manifest);
      parts.log.info({ ...backup }, 'Made a backup');
      return { ...backup, folder: join(home, name) };
    },
    list: () => listBackups(home, parts.log),
  };
}

type Content = Omit<Manifest, 'format' | 'name' | 'createdAt' | 'version'>;

async function copyEngines(parts: Parts, folder: string): Promise<Content> {
  const { relational, analytics, config, domains } = parts;
  const words: readonly string[] = domains.map(({ word }) => word);
  const letGo = once(await parts.hold?.());
  let clickhouse: AnalyticsSnapshot | undefined;
  try {
    return await readSnapshot(relational.as(), async (snapshot) => {
      // the first statement takes PostgreSQL's picture, and ClickHouse's follows while writers still rest
      const migrations = await readLedger(snapshot);
      clickhouse = await takeSnapshot(analytics, { databases: words, cluster: config.clickhouseCluster });
      if (!clickhouse.live) letGo();
      const tables: Manifest['analytics'] = [];
      for (const table of clickhouse.tables) tables.push(await exportTable(analytics, table, folder));
      letGo();
      const rows: Manifest['relational'] = [];
      for (const table of await describeTables(snapshot, words))
        rows.push(await exportRows(snapshot, table, folder));
      return {
        engines: await describeEngines(parts),
        migrations,
        relational: rows,
        sequences: await readSequences(snapshot, words),
        analytics: tables,
        files: await exportFiles(config.data, folder),
      };
    });
  } finally {
    letGo();
    await clickhouse?.drop();
  }
}

async function describeEngines({ relational, analytics }: Parts): Promise<Manifest['engines']> {
  const [a, b] = await Promise.all([relational.health(), analytics.health()]);
  return {
    relational: { kind: relational.kind, version: a.version },
    analytics: { kind: analytics.kind, version: b.version },
  };
}

function once(work: (() => void) | undefined): () => void {
  let due = true;
  return () => {
    if (due) work?.();
    due = false;
  };
}

async function makeFolder(home: string, name: string): Promise<string> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  for (const entry of await readdir(home))
    if (entry.endsWith(UNFINISHED)) await rm(join(home, entry), { recursive: true, force: true });
  const folder = join(home, `${name}${UNFINISHED}`);
  await mkdir(folder, { mode: 0o700 });
  return folder;
}

async function listBackups(home: string, log: Log): Promise<Backup[]> {
  const names = await readdir(home).catch(() => []);
  const backups: Backup[] = [];
  for (const name of names
    .filter((entry) => !entry.endsWith(UNFINISHED))
    .toSorted()
    .toReversed()) {
    try {
      backups.push(summarise(await readManifest(join(home, name))));
    } catch (error) {
      log.warn({ name, error }, 'A folder among the backups is none');
    }
  }
  return backups;
}

function summarise({ name, createdAt, relational, analytics, files }: Manifest): Backup {
  const analyticsBytes = bytesOf(analytics.map(({ file }) => file));
  return {
    name,
    createdAt,
    bytes: analyticsBytes + bytesOf([...relational.map(({ file }) => file), ...files]),
    relationalRows: relational.reduce((sum, { rows }) => sum + rows, 0),
    analyticsBytes,
  };
}
