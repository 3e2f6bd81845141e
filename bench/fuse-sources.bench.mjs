// A million rows on their way in: fetched from the inbox, landed, hashed, mapped, standardised, audited and published by a
// platform that runs as it is delivered; then the same file again, and one with a few changed rows.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { environmentOf } from './environment.mjs';
import { MAPPINGS, writeCsv } from './fuse-sources/generate.mjs';
import { sum, tree } from './processes.mjs';

const ROOT = join(import.meta.dirname, '..');
const PASSWORD = 'Bench-1234-Ronghe';
const MEGABYTE = 1e6;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startPlatform(data) {
  const port = await freePort();
  const child = spawn(process.execPath, ['server/dist/main.js', '--data', data, '--port', String(port)], {
    cwd: ROOT,
    env: environmentOf({ RONGHE_ADMIN_PASSWORD: PASSWORD, RONGHE_MQTT_PORT: '0', RONGHE_LOG_LEVEL: 'error' }),
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}`;
  const call = async (method, path, body, token) => {
    const answer = await fetch(url + path, {
      method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  };
  for (let tries = 0; ; tries += 1) {
    try {
      const { token } = await call('POST', '/api/auth/login', { username: 'admin', password: PASSWORD });
      return {
        pid: child.pid,
        get: (path) => call('GET', path, undefined, token),
        post: (path, body = {}) => call('POST', path, body, token),
        async stop() {
          child.kill('SIGTERM');
          await new Promise((resolve) => child.once('exit', resolve));
        },
      };
    } catch (error) {
      if (tries === 120) throw error;
      await delay(500);
    }
  }
}

/** Runs the source and waits; returns the ledger line, seconds, CPU seconds and the most memory of server and helpers. */
async function runSource(platform, source) {
  const cpuOf = () => sum(tree(platform.pid), 'cpuSeconds');
  const [startedAt, cpuBefore] = [performance.now(), cpuOf()];
  let [memory, cpuSeen] = [0, 0];
  const stages = new Map();
  let lookedAt = performance.now();
  const { run } = await platform.post(`/api/fuse/sources/${source}/runs`);
  for (;;) {
    await delay(200);
    const processes = tree(platform.pid);
    memory = Math.max(memory, sum(processes, 'bytes'));
    cpuSeen = Math.max(cpuSeen, sum(processes, 'cpuSeconds'));
    const line = await platform.get(`/api/fuse/runs/${run}`);
    stages.set(line.stage, (stages.get(line.stage) ?? 0) + (performance.now() - lookedAt) / 1000);
    lookedAt = performance.now();
    if (line.state === 'running') continue;
    if (line.state !== 'succeeded')
      throw new Error(`the run ${line.state}: ${JSON.stringify(line.heldFor)} ${line.error}`);
    return {
      line,
      seconds: (performance.now() - startedAt) / 1000,
      cpuSeconds: cpuSeen - cpuBefore,
      memory,
      stages,
    };
  }
}

/** Tables of Debian's PostgreSQL and MariaDB as a source reads them, against the engine's own table function in the same run. */
function databases(rows) {
  const script = join(ROOT, 'bench/fuse-sources/read-databases.ts');
  const out = execFileSync(process.execPath, ['--import', 'tsx', script, String(rows)], {
    cwd: ROOT,
    env: environmentOf({ UV_THREADPOOL_SIZE: '16' }),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const measured = JSON.parse(out);
  return ['PostgreSQL', 'MariaDB'].flatMap((name) => {
    const one = measured[name];
    if (!one) return [[`${name}: Debian's package is not installed`, '-']];
    return [
      [
        `${name}, ${rows} rows, seconds: source / table function`,
        `${one.ours.toFixed(1)} / ${one.engine.toFixed(1)}`,
      ],
      [
        `${name}, share of the table function's speed`,
        `${((100 * one.engine) / one.ours).toFixed(0)} %`,
        'goal 80 %',
      ],
    ];
  });
}

export async function run() {
  const rows = Number(process.env.RONGHE_BENCH_ROWS ?? 1_000_000);
  const large = Number(process.env.RONGHE_BENCH_LARGE_ROWS ?? 0);
  const data = mkdtempSync(join(tmpdir(), 'ronghe-bench-'));
  const inbox = join(data, 'inbox', 'register');
  mkdirSync(inbox, { recursive: true });
  const file = join(inbox, 'register.csv');
  const bytes = await writeCsv(file, { rows });
  const platform = await startPlatform(data);
  try {
    const { organisation } = await platform.get('/api/auth/me');
    const register = (folder) =>
      platform.post('/api/fuse/sources', {
        key: folder,
        name: `bench ${folder}`,
        owner: 'bench',
        organisation,
        connection: { kind: 'folder', folder, options: {} },
        target: 'dataset',
        rowKey: ['序号'],
        mappings: MAPPINGS,
      });
    const { id } = await register('register');
    const told = [];
    const tell = (what, { line, seconds, cpuSeconds, memory, stages }, goal) =>
      told.push(
        [`${what}, seconds`, seconds.toFixed(1), goal],
        [
          `${what}, seconds by stage`,
          [...stages].map(([stage, took]) => `${stage} ${took.toFixed(1)}`).join(' '),
        ],
        [`${what}, CPU seconds of the server and its helpers`, cpuSeconds.toFixed(1)],
        [`${what}, most memory of both, MB`, (memory / MEGABYTE).toFixed(0)],
        [
          `${what}, new / changed / unchanged / rejected`,
          `${line.rowsNew}/${line.rowsChanged}/${line.rowsUnchanged}/${line.rowsRejected}`,
        ],
      );
    told.push(['rows and megabytes of the CSV', `${rows} / ${(bytes / MEGABYTE).toFixed(0)}`]);
    tell('first run', await runSource(platform, id), 'goal 30');
    tell('the same file again', await runSource(platform, id), 'goal 10');
    await writeCsv(file, {
      rows,
      change: (row, number) => (number % 1_000 === 0 ? row.with(10, '77') : row),
    });
    tell('one row of a thousand changed', await runSource(platform, id));
    if (large > 0) {
      // a source of its own: eleven times the rows would be drift, and held, where a run was before
      rmSync(file);
      mkdirSync(join(data, 'inbox', 'large'));
      const written = await writeCsv(join(data, 'inbox', 'large', 'large.csv'), { rows: large });
      const other = await register('large');
      const what = `${large} rows, ${(written / MEGABYTE).toFixed(0)} MB`;
      tell(what, await runSource(platform, other.id), 'memory flat');
    }
    told.push(...databases(Math.min(rows, 1_000_000)));
    return told;
  } finally {
    await platform.stop();
    rmSync(data, { recursive: true, force: true });
  }
}
