// The servers that are measured, each started as a child with a fresh data folder and a port of its own.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { environmentOf } from '../environment.mjs';
import { sum, tree } from '../processes.mjs';

const ROOT = join(import.meta.dirname, '../..');
const PASSWORD = 'bench-password-1';
const READY_MS_MAX = 30_000;
const STOP_MS_MAX = 60_000;
const DATABASE = 'bench';
const DRAIN_POLL_MS = 20;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Where a program lies, or null. Debian keeps some in /usr/sbin, which is not on every PATH. */
export function find(program) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/bin'];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path)) ?? null;
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Nothing stays behind, however the benchmark ends. */
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A child with its output kept for the error message, and an end that waits. */
function launch(file, args, environment = process.env) {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let said = '';
  const keep = (part) => {
    said = (said + part).slice(-4000);
  };
  child.stderr.on('data', keep);
  const gone = new Promise((resolve) => child.once('exit', resolve));
  return {
    child,
    said: () => said,
    keep,
    gone,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
      await gone;
      clearTimeout(timer);
    },
  };
}

async function untilAnswers(url, process, name) {
  const until = Date.now() + READY_MS_MAX;
  while (Date.now() < until) {
    if (process.child.exitCode !== null) break;
    const answer = await fetch(url).catch(() => null);
    if (answer && answer.status < 500) return;
    await wait(50);
  }
  await process.stop();
  throw new Error(`${name} was not ready within ${READY_MS_MAX / 1000} s:\n${process.said()}`);
}

const used = (pid) => {
  const rows = tree(pid);
  return { cpuSeconds: sum(rows, 'cpuSeconds'), bytes: sum(rows, 'bytes') };
};

/** Limits of ours that the load goes past on purpose: many new series, one caller. */
const RAISED = {
  RONGHE_INGEST_POINTS_MAX: '5000000',
  RONGHE_REQUESTS_PER_MINUTE_MAX: '10000000',
};

async function post(url, token, body) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response.json();
}

/**
 * Ours, as it is delivered: the built server with both embedded engines.
 * @param {{folder: string, raised?: boolean}} options `raised` lifts the limits that protect it from one greedy caller
 */
async function startOurs({ folder, raised = true }) {
  const main = process.env.RONGHE_BENCH_SERVER ?? join(ROOT, 'server/dist/main.js');
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const process_ = launch(
    process.execPath,
    [main, '--data', data, '--port', '0'],
    environmentOf({
      RONGHE_ADMIN_PASSWORD: PASSWORD,
      RONGHE_MQTT_PORT: '0',
      RONGHE_SQL_PORT: '0',
      RONGHE_LOG_LEVEL: 'error',
      ...(raised ? RAISED : { RONGHE_REQUESTS_PER_MINUTE_MAX: RAISED.RONGHE_REQUESTS_PER_MINUTE_MAX }),
    }),
  );
  const url = await new Promise((resolve, reject) => {
    const lines = createInterface({ input: process_.child.stdout });
    lines.on('line', (line) => {
      process_.keep(`${line}\n`);
      const [, address] = /^ready (\S+)$/.exec(line) ?? [];
      if (address) resolve(address);
    });
    process_.child.once('exit', () =>
      reject(new Error(`ours ended before it was ready:\n${process_.said()}`)),
    );
  });
  const { token } = await post(`${url}/api/auth/login`, null, { username: 'admin', password: PASSWORD });
  const permissions = ['ingest:observation:write', 'ingest:observation:read', 'collect:point:read'];
  const wanted = { name: `bench-${Date.now()}`, organisation: 'jx', permissions, expiresAt: null };
  const { key } = await post(`${url}/api/auth/keys`, token, wanted);
  const authorization = `Token ${key}`;
  return {
    name: 'ours',
    url,
    folder: data,
    pid: process_.child.pid,
    headers: { authorization: `Bearer ${token}` },
    write: {
      url: `${url}/api/v2/write?org=bench&bucket=bench`,
      headers: { authorization, 'content-type': 'text/plain; charset=utf-8' },
    },
    // The rules of InfluxDB 2 clients: 429 and 503 after Retry-After, the rest is final.
    retryMs: ({ status, headers }) =>
      status === 429 || status === 503 ? Number(headers['retry-after'] ?? 1) * 1000 : null,
    used: () => used(process_.child.pid),
    drained: () => drained(url),
    stop: process_.stop,
  };
}

/** Waits until what the journal acknowledged is in the tables as well. Those of the peers are written with the answer. */
async function drained(url) {
  for (;;) {
    const text = await (await fetch(`${url}/metrics`)).text();
    const [, samples] = /^ronghe_ingest_queue_samples (\S+)$/m.exec(text) ?? [];
    if (samples === undefined) throw new Error('ronghe_ingest_queue_samples is not among the metrics');
    if (Number(samples) === 0) return;
    await wait(DRAIN_POLL_MS);
  }
}

const INFLUX = ({ folder, http, rpc }) => `reporting-disabled = true
bind-address = "127.0.0.1:${rpc}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  max-series-per-database = 0
  max-values-per-tag = 0
  query-log-enabled = false
  cache-snapshot-write-cold-duration = "10s"
  compact-full-write-cold-duration = "15s"
[http]
  bind-address = "127.0.0.1:${http}"
  log-enabled = false
[monitor]
  store-enabled = false
[logging]
  level = "error"
`;

/** InfluxDB 1.x as it comes: it syncs its log on every write. Only limits on series are lifted and compaction is hurried. */
async function startInflux({ folder }) {
  const [http, rpc] = [await freePort(), await freePort()];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'influx.conf'), INFLUX({ folder, http, rpc }));
  const process_ = launch(find('influxd'), ['-config', join(folder, 'influx.conf')]);
  process_.child.stdout.on('data', process_.keep);
  const url = `http://127.0.0.1:${http}`;
  await untilAnswers(`${url}/ping`, process_, 'InfluxDB');
  await fetch(`${url}/query?q=CREATE+DATABASE+${DATABASE}`, { method: 'POST' });
  return {
    name: 'InfluxDB',
    url,
    folder,
    pid: process_.child.pid,
    headers: {},
    write: { url: `${url}/write?db=${DATABASE}`, headers: { 'content-type': 'text/plain' } },
    // The rule of the TSBS loader: 500 with one of the words that mean "later" waits a second.
    retryMs: ({ status, text }) =>
      status >= 500 && /timeout|cache maximum memory|cache-max-memory|hinted handoff/.test(text)
        ? 1000
        : null,
    used: () => used(process_.child.pid),
    stop: process_.stop,
  };
}

/** VictoriaMetrics as it comes; it does not sync on a write. Retention is lengthened, because the data are of a fixed year. */
async function startVictoria({ folder }) {
  const port = await freePort();
  mkdirSync(folder, { recursive: true });
  const process_ = launch(find('victoria-metrics'), [
    `-storageDataPath=${folder}`,
    `-httpListenAddr=127.0.0.1:${port}`,
    '-retentionPeriod=100y',
    '-search.maxUniqueTimeseries=5000000',
    '-loggerLevel=ERROR',
  ]);
  process_.child.stdout.on('data', process_.keep);
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(`${url}/health`, process_, 'VictoriaMetrics');
  return {
    name: 'VictoriaMetrics',
    url,
    folder,
    pid: process_.child.pid,
    headers: {},
    write: { url: `${url}/write`, headers: { 'content-type': 'text/plain' } },
    retryMs: () => 10,
    used: () => used(process_.child.pid),
    stop: process_.stop,
  };
}

/** What the program says of itself, or what Debian calls its package: VictoriaMetrics as packaged says nothing. */
function version(program, args, name) {
  for (const [file, options] of [
    [program, args],
    ['dpkg-query', ['-W', name]],
  ]) {
    const { stdout, stderr } = spawnSync(file, options, { encoding: 'utf8' });
    const found = /\d+\.\d+\.\d+/.exec(`${stdout}${stderr}`)?.[0];
    if (found) return found;
  }
  return 'of unknown version';
}

/** What can be measured on this machine: ours first, then the peers that are installed. Tells aloud which are not. */
export function targets() {
  const peers = [
    ['InfluxDB', 'influxd', ['version'], startInflux],
    ['VictoriaMetrics', 'victoria-metrics', ['-version'], startVictoria],
  ];
  const found = [{ name: 'ours', start: startOurs }];
  for (const [name, program, args, start] of peers) {
    const path = find(program);
    if (path) {
      found.push({ name, start });
      console.log(`peer ${name} ${version(path, args, program)} (${path})`);
    } else console.log(`peer ${name}: ${program} is not installed, so it is left out (see bench/README.md)`);
  }
  return found;
}
