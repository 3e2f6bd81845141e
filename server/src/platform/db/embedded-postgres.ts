import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { endOrphan, takeOwnership } from '#platform/db/postgres-owner.ts';
import {
  makePrivate,
  makeSocketFolder,
  type PostgresPlace,
  preparePostgresPlace,
} from '#platform/db/postgres-place.ts';
import { type PostgresSoftware, preparePostgresSoftware } from '#platform/db/postgres-software.ts';
import { AppError } from '#platform/errors/errors.ts';
import type { Log } from '#platform/log/log.ts';

/** A running PostgreSQL. `connection` leads to the database `ronghe`, `adminConnection` to any other. */
export type EmbeddedPostgres = {
  readonly connection: pg.PoolConfig;
  adminConnection(database: string): pg.PoolConfig;
  /** Process id of the server; changes when it had to be restarted. */
  readonly pid: number;
  stop(): Promise<void>;
};

const USER = 'ronghe';
const DATABASE = 'ronghe';
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
const START_ATTEMPTS_MAX = 4;
const RESTARTS_MAX = 5;
/** After running this long, an end counts as the first again. */
const STEADY_MS = 60_000;
const LOG_LINES_KEPT_MAX = 20;
/** A twenty-fourth of the machine's memory, as much as is used again and again; the rest is the file cache's. */
const BUFFER_MEGABYTES = Math.round(Math.min(1_024, Math.max(64, totalmem() / 2 ** 20 / 24)));
const SETTINGS = {
  listen_addresses: '',
  max_connections: '50',
  shared_buffers: `${BUFFER_MEGABYTES}MB`,
  work_mem: '16MB',
  // statements here are short: compiling one costs more than it saves
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  log_checkpoints: 'off',
  log_min_messages: 'warning',
  log_min_error_statement: 'panic',
};
/** Chinese needs a UTF-8 character type (trigrams drop it otherwise); order is by code point, equal on every machine. */
const CHARACTER_TYPES = ['C.UTF-8', 'UTF-8', 'en_US.UTF-8', 'zh_CN.UTF-8'];
/**
 * Becomes PostgreSQL itself; a waiting shell stays beside it, not as its child, and stops it when standard input closes
 * without a word: so it does not outlive a parent that was killed.
 */
const SCRIPT =
  'exec 3<&0; ( ( read -r word <&3 || kill -INT $$ ) >/dev/null 2>&1 & ); exec "$@" </dev/null 3<&-';

/**
 * Starts PostgreSQL from the npm package as a child process on a Unix socket; there is no TCP port. The first start makes
 * the cluster (about a second). There is no password: the socket lies in a folder only its user can enter.
 * When this process is killed, PostgreSQL shuts down by itself; should it not, the next start ends it first.
 * A PostgreSQL that ends unasked is started again, at most 5 times in a row.
 * @throws AppError ENGINE_START_FAILED, DATA_FOLDER_IN_USE
 */
export async function startEmbeddedPostgres({
  folder,
  log,
}: {
  folder: string;
  log: Log;
}): Promise<EmbeddedPostgres> {
  const place = preparePostgresPlace(folder, log);
  const release = takeOwnership(folder);
  let socket: ReturnType<typeof makeSocketFolder> | undefined;
  try {
    const software = preparePostgresSoftware(place.home, place.account);
    await createCluster(place, software);
    await endOrphan(place.cluster, log);
    socket = makeSocketFolder(place);
    const host = socket.folder;
    const server = await keepRunning(() => launch(place, software, { host, log }), log);
    const adminConnection = (database: string): pg.PoolConfig => ({ host, port: 5432, user: USER, database });
    const stop = async () => {
      await server.stop();
      socket?.remove();
      release();
    };
    try {
      await ensureDatabase(adminConnection('postgres'));
    } catch (error) {
      await server.stop();
      throw error;
    }
    return {
      connection: adminConnection(DATABASE),
      adminConnection,
      get pid() {
        return server.pid();
      },
      stop,
    };
  } catch (error) {
    socket?.remove();
    release();
    throw error;
  }
}

/** Made beside and renamed when whole, so that a first start cut short leaves nothing that looks like a cluster. */
async function createCluster(
  { home, cluster, account }: PostgresPlace,
  software: PostgresSoftware,
): Promise<void> {
  if (existsSync(join(cluster, 'PG_VERSION'))) return;
  const fresh = join(home, 'cluster-new');
  const faults: string[] = [];
  for (const characterType of CHARACTER_TYPES) {
    rmSync(fresh, { recursive: true, force: true });
    makePrivate(fresh, account);
    const options = ['-D', fresh, '-U', USER, '--auth=trust', '--encoding=UTF8', '--locale=C'];
    try {
      await promisify(execFile)(software.initdb, [...options, `--lc-ctype=${characterType}`], {
        cwd: home,
        env: software.environment,
        ...account,
      });
      return renameSync(fresh, cluster);
    } catch (error) {
      faults.push(String((error as { stderr?: string }).stderr || (error as Error).message).trim());
    }
  }
  rmSync(fresh, { recursive: true, force: true });
  throw failed(`initdb: ${faults[0]}`);
}

type Running = { child: ChildProcess; pid: number; ended: Promise<void> };

async function launch(
  place: PostgresPlace,
  software: PostgresSoftware,
  { host, log }: { host: string; log: Log },
): Promise<Running> {
  for (let attempt = 1; ; attempt++) {
    const lines: string[] = [];
    const running = spawnServer(place, software, { host, log, lines });
    if (await becomesReady(place.cluster, running)) return running;
    running.child.kill('SIGKILL');
    await running.ended;
    const text = lines.join(' ');
    // backends of a killed server keep its memory for a moment
    if (!text.includes('pre-existing shared memory') || attempt === START_ATTEMPTS_MAX)
      throw failed(text || `no answer within ${READY_TIMEOUT_MS / 1000} s`);
    await wait(500);
  }
}

function spawnServer(
  { cluster, account, home }: PostgresPlace,
  software: PostgresSoftware,
  { host, log, lines }: { host: string; log: Log; lines: string[] },
): Running {
  const settings = Object.entries({ ...SETTINGS, unix_socket_directories: host });
  const command = [
    software.postgres,
    '-D',
    cluster,
    ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'postgres', ...command], {
    cwd: home,
    env: software.environment,
    detached: true, // Ctrl-C in a terminal must reach this process only; it stops PostgreSQL last
    stdio: ['pipe', 'ignore', 'pipe'],
    ...account,
  });
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      lines.push(error.message);
      resolve();
    });
    child.once('exit', () => {
      child.stdin.on('error', () => undefined).end('ended\n');
      resolve();
    });
  });
  createInterface(child.stderr).on('line', (line) => {
    lines.push(line);
    if (lines.length > LOG_LINES_KEPT_MAX) lines.shift();
    log[/\b(FATAL|PANIC):/.test(line) ? 'warn' : 'debug']({ line }, 'PostgreSQL says');
  });
  return { child, pid: child.pid ?? 0, ended };
}

async function becomesReady(cluster: string, { child, pid, ended }: Running): Promise<boolean> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  for (const until = Date.now() + READY_TIMEOUT_MS; Date.now() < until; await wait(10)) {
    if (over || child.exitCode !== null) return false;
    const [first, , , , , , , status] = readLines(join(cluster, 'postmaster.pid'));
    if (Number(first) === pid && status?.trim() === 'ready') return true;
  }
  return false;
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}

async function keepRunning(start: () => Promise<Running>, log: Log) {
  let stopping = false;
  let restarts = 0;
  let running = await start();
  let restarting: Promise<void> = Promise.resolve();
  let startedAt = Date.now();
  const watch = ({ ended }: Running) =>
    void ended.then(() => {
      if (!stopping) restarting = restart();
    });
  const restart = async () => {
    log.warn({ restarts }, 'PostgreSQL ended unasked and is started again');
    if (Date.now() - startedAt > STEADY_MS) restarts = 0;
    try {
      if (++restarts > RESTARTS_MAX) throw failed(`it ended ${restarts} times`);
      running = await start();
      startedAt = Date.now();
      watch(running);
    } catch (error) {
      log.error({ error }, 'PostgreSQL cannot be started again');
    }
  };
  watch(running);
  return {
    pid: () => running.pid,
    async stop() {
      stopping = true;
      await restarting;
      running.child.kill('SIGINT');
      const killer = setTimeout(() => running.child.kill('SIGQUIT'), STOP_TIMEOUT_MS);
      await running.ended;
      clearTimeout(killer);
    },
  };
}

async function ensureDatabase(connection: pg.PoolConfig): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}

const failed = (reason: string): AppError =>
  new AppError('ENGINE_START_FAILED', { engine: 'PostgreSQL', reason, setting: 'RONGHE_POSTGRES_URL' });
