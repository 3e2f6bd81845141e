import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describeFile, type Manifest } from '#platform/backup/backup.manifest.ts';
import type { Analytics } from '#platform/db/analytics.ts';

const CLONES = 'ronghe_backup_';
const TABLES_MAX = 10_000;

/** An unchanging picture of tables: `from` is what to read for `table`. */
export type AnalyticsSnapshot = {
  tables: { table: string; from: string }[];
  /** true when the tables themselves are read, so writers must rest until the last is copied */
  live: boolean;
  drop(): Promise<void>;
};

/**
 * On one machine clones every table (hard links, a few milliseconds each), so that writers go on at once. On a cluster there is no
 * such clone of a Distributed table; it is read itself.
 */
export async function takeSnapshot(
  analytics: Analytics,
  { databases, cluster }: { databases: readonly string[]; cluster: string | undefined },
): Promise<AnalyticsSnapshot> {
  const tables = await listTables(analytics, databases, cluster);
  if (cluster)
    return {
      tables: tables.map((table) => ({ table, from: table })),
      live: true,
      drop: () => Promise.resolve(),
    };
  await dropClones(analytics);
  const clones = `${CLONES}${randomBytes(6).toString('hex')}`;
  await analytics.command('create database {clones:Identifier}', { params: { clones } });
  const cloned: AnalyticsSnapshot['tables'] = [];
  for (const table of tables) {
    const [database = '', name = ''] = table.split('.');
    const clone = `${database}_${name}`;
    await analytics.command(
      'create table {clones:Identifier}.{clone:Identifier} clone as {database:Identifier}.{name:Identifier}',
      { params: { clones, clone, database, name } },
    );
    cloned.push({ table, from: `${clones}.${clone}` });
  }
  return { tables: cloned, live: false, drop: () => dropClones(analytics) };
}

export async function exportTable(
  analytics: Analytics,
  { table, from }: { table: string; from: string },
  folder: string,
): Promise<Manifest['analytics'][number]> {
  const path = `analytics/${table}.native.zst`;
  await mkdir(join(folder, 'analytics'), { recursive: true, mode: 0o700 });
  const rows = await countRows(analytics, from);
  await analytics.exportTable(from, join(folder, path));
  return { table, rows, file: await describeFile(folder, path) };
}

/** Puts all tables back. Materialized views rest meanwhile: what they made is in the backup already. */
export async function importAll(analytics: Analytics, manifest: Manifest, folder: string): Promise<void> {
  const databases = [...new Set(manifest.analytics.map(({ table }) => table.split('.')[0] ?? ''))];
  const views = await listViews(analytics, databases);
  for (const params of views)
    await analytics.command('detach table {database:Identifier}.{name:Identifier}', { params });
  for (const { table, file } of manifest.analytics) {
    const [database = '', name = ''] = table.split('.');
    await analytics.command('truncate table {database:Identifier}.{name:Identifier}', {
      params: { database, name },
    });
    await analytics.importTable(table, join(folder, file.path));
  }
  for (const params of views)
    await analytics.command('attach table {database:Identifier}.{name:Identifier}', { params });
}

export async function countRows(analytics: Analytics, table: string): Promise<number> {
  const [database = '', name = ''] = table.split('.');
  const [row] = await analytics.query<{ rows: string }>(
    'select count() as rows from {database:Identifier}.{name:Identifier}',
    { params: { database, name } },
  );
  return Number(row?.rows);
}

/** Tables that hold rows: on a cluster the Distributed ones, whose rows lie in `<table>_local` of every node. */
export async function listTables(
  analytics: Analytics,
  databases: readonly string[],
  cluster: string | undefined,
): Promise<string[]> {
  const rows = await analytics.query<{ table: string }>(
    `select concat(database, '.', name) as table from system.tables
     where database in {databases:Array(String)} and engine like {engine:String} and not startsWith(name, '.inner')
     order by table`,
    { params: { databases, engine: cluster ? 'Distributed' : '%MergeTree' }, rowsMax: TABLES_MAX },
  );
  return rows.map(({ table }) => table);
}

const listViews = (analytics: Analytics, databases: readonly string[]) =>
  analytics.query<{ database: string; name: string }>(
    `select database, name from system.tables where database in {databases:Array(String)} and engine = 'MaterializedView'`,
    { params: { databases } },
  );

/** Those of a backup that was cut short too: only one runs at a time. */
async function dropClones(analytics: Analytics): Promise<void> {
  const left = await analytics.query<{ clones: string }>(
    'select name as clones from system.databases where startsWith(name, {prefix:String})',
    { params: { prefix: CLONES } },
  );
  for (const params of left) await analytics.command('drop database {clones:Identifier} sync', { params });
}
