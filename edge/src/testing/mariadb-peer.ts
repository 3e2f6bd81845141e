import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Connection, createConnection } from 'mysql2/promise';
import { freePort } from './tcp-proxy.ts';
import { until } from './wait.ts';

const run = promisify(execFile);

/** A real MariaDB of Debian, for tests. Users: `plant` (may write) and `reader` (may read), both with password `secret`. */
export type MariadbPeer = {
  port: number;
  query(text: string, values?: unknown[]): Promise<unknown>;
  /** A second session of `plant`. */
  session(): Promise<{ query(text: string): Promise<unknown>; end(): Promise<void> }>;
  /** Ends at once, as after a power failure; the data stays. */
  stop(): Promise<void>;
};
export type MariadbCluster = { start(port?: number): Promise<MariadbPeer>; remove(): Promise<void> };

/** Where a program of Debian lies, or null; servers are in /usr/sbin, which is not on every PATH. */
const find = (program: string): string | null => {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/bin'];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path)) ?? null;
};

/** Null when it is there; otherwise the words for a skipped test, so that nobody takes it for a passed one. */
export const mariadbMissing = (): string | null =>
  find('mariadbd') !== null && find('mariadb-install-db') !== null
    ? null
    : 'SKIPPED: mariadbd is not installed (Debian: apt-get install mariadb-server)';

/** Makes a data folder; that takes some seconds. */
export async function createMariadbCluster(): Promise<MariadbCluster> {
  const [server, install] = [find('mariadbd'), find('mariadb-install-db')];
  if (server === null || install === null) throw new Error('mariadbd is not installed');
  const home = await mkdtemp(join(tmpdir(), 'ronghe-mariadb-peer-'));
  const data = join(home, 'data');
  const root = process.getuid?.() === 0;
  await run(install, [
    '--no-defaults',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    ...(root ? ['--user=root'] : []),
  ]);
  if (root) await chown(home, 0, 0);
  let prepared = false;
  return {
    async start(wanted) {
      const port = wanted ?? (await freePort());
      const child = spawn(
        server,
        [
          '--no-defaults',
          `--datadir=${data}`,
          `--socket=${join(home, 's')}`,
          `--pid-file=${join(home, 'pid')}`,
          `--log-error=${join(home, 'log')}`,
          `--port=${port}`,
          '--bind-address=127.0.0.1',
          '--innodb-flush-log-at-trx-commit=0',
          '--innodb-buffer-pool-size=16M',
          '--default-time-zone=+00:00',
          ...(root ? ['--user=root'] : []),
        ],
        { stdio: 'ignore' },
      );
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      const connect = async (user: string, database?: string): Promise<Connection | null> => {
        if (child.exitCode !== null)
          throw new Error(`MariaDB ended: ${await readFile(join(home, 'log'), 'utf8').catch(() => '')}`);
        try {
          return await createConnection({
            host: '127.0.0.1',
            port,
            user,
            ...(user === 'root' ? {} : { password: 'secret' }),
            ...(database === undefined ? {} : { database }),
          });
        } catch {
          return null;
        }
      };
      if (!prepared) {
        const first = await until('MariaDB takes connections', () => connect('root'), 30_000);
        for (const text of [
          'create database mes character set utf8mb4',
          "create user plant@'%' identified by 'secret'",
          "grant all on *.* to plant@'%'",
          "create user reader@'%' identified by 'secret'",
          "grant select, file on *.* to reader@'%'",
        ])
          await first.query(text);
        await first.end();
        prepared = true;
      }
      const own = await until('MariaDB takes connections', () => connect('plant', 'mes'), 30_000);
      own.on('error', () => undefined);
      return {
        port,
        query: async (text, values) => (await own.query(text, values ?? []))[0],
        session: () => until('a second session', () => connect('plant', 'mes')),
        async stop() {
          child.kill('SIGKILL');
          await ended;
          own.destroy();
        },
      };
    },
    remove: () => rm(home, { recursive: true, force: true }),
  };
}
