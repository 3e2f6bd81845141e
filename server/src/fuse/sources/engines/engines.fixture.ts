// biome-ignore-all lint/correctness/noUndeclaredDependencies: only tests import this file
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Analytics } from '#platform/db/analytics.ts';
import { openEmbeddedAnalytics } from '#platform/db/embedded-analytics.ts';
import { startEmbeddedPostgres } from '#platform/db/embedded-postgres.ts';
import { silentLog } from '#platform/log/log.ts';
import type { DeliveryRequest, Spool, SpoolOptions } from '../delivery.ts';

export const PASSWORD = 'geh\'eim\\ "密';

/** A spool that remembers what was added. */
export type TestSpool = Spool & {
  files: { path: string; name: string; options: SpoolOptions }[];
  /** rows of all compact files, as objects */
  rows(): Record<string, unknown>[];
  texts(): string[];
};

export function openSpool(parent: string): TestSpool {
  const folder = mkdtempSync(join(parent, 'spool-'));
  const files: TestSpool['files'] = [];
  return {
    folder,
    files,
    add: () => Promise.reject(new Error('an engine adds files')),
    addFile(file) {
      files.push(file);
      return Promise.resolve();
    },
    rows: () => files.flatMap(({ path }) => readCompact(path)),
    texts: () => files.map(({ path }) => readFileSync(path, 'latin1')),
  };
}

export function readCompact(path: string): Record<string, unknown>[] {
  const [names, ...rows] = readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown[]);
  return rows.map((row) => Object.fromEntries(row.map((cell, at) => [String(names?.[at]), cell])));
}

export function requestOf(changes: Partial<DeliveryRequest> = {}): DeliveryRequest {
  return {
    signal: new AbortController().signal,
    bookmark: null,
    limits: { rowsMax: 10_000, bytesMax: 100_000_000, timeMsMax: 30_000 },
    tell: () => Promise.resolve(),
    ...changes,
  };
}

export type EngineScene = {
  folder: string;
  analytics: Analytics;
  /** port on the loopback where PostgreSQL listens; user `plant` signs in with `PASSWORD` */
  port: number;
  /** as the owner of the cluster */
  admin(sql: string, database?: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
};

/** Both embedded engines in a folder of their own; PostgreSQL asks `plant` for a password and has a port by a relay. */
export async function openEngineScene(): Promise<EngineScene> {
  const folder = mkdtempSync(join(tmpdir(), 'ronghe-engines-'));
  const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), log: silentLog() });
  const place = postgres.adminConnection('postgres');
  const admin: EngineScene['admin'] = async (sql, database = 'postgres') => {
    const client = new pg.Client({ ...(place as pg.ClientConfig), database });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  const [found] = await admin('show hba_file');
  const rules = String(found?.hba_file);
  writeFileSync(rules, `local all plant scram-sha-256\n${readFileSync(rules, 'utf8')}`);
  await admin(`create user plant password ${pg.escapeLiteral(PASSWORD)}`);
  await admin('select pg_reload_conf()');
  const server = createServer((near) => {
    const far = connect(join(String(place.host), '.s.PGSQL.5432'));
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  mkdirSync(join(folder, 'clickhouse'), { recursive: true });
  const analytics = await openEmbeddedAnalytics({ data: folder, clickhouseMemoryBytesMax: 2e9 }, silentLog());
  return {
    folder,
    analytics,
    port: (server.address() as AddressInfo).port,
    admin,
    async stop() {
      await analytics.stop();
      server.close();
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
