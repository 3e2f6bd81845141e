// The small province as a newcomer meets it: time to ready (first and second start), load when idle, age of a live value.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sum, tree } from './processes.mjs';

const ROOT = join(import.meta.dirname, '..');
const PASSWORD = 'bench-password-1';
const IDLE_SECONDS = 30;
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

function start(data) {
  const began = Date.now();
  const child = spawn(process.execPath, [join(ROOT, 'demo/dist/main.js'), '--data', data, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      ...process.env,
      RONGHE_ADMIN_PASSWORD: PASSWORD,
      RONGHE_MQTT_PORT: '0',
      RONGHE_LOG_LEVEL: 'error',
    },
  });
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`the demo ended with exit code ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, url] = /^ready (\S+)$/.exec(line) ?? [];
      if (url) resolve({ child, url, readyMs: Date.now() - began });
    });
  });
}

const stop = (child) =>
  new Promise((resolve) => {
    const began = Date.now();
    child.removeAllListeners('exit');
    child.on('exit', () => resolve(Date.now() - began));
    child.kill('SIGTERM');
  });

async function idle(pid) {
  const before = tree(pid);
  await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1000));
  const after = tree(pid);
  const cpu = (sum(after, 'cpuSeconds') - sum(before, 'cpuSeconds')) / IDLE_SECONDS;
  return { cpu, bytes: sum(after, 'bytes'), processes: after.length };
}

/** Ages of the newest values as a reader of the API meets them: answer time minus source time. */
async function ages(url) {
  const login = await fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: PASSWORD }),
  });
  const { token } = await login.json();
  const headers = { authorization: `Bearer ${token}` };
  const { items } = await (await fetch(`${url}/api/collect/points?limit=500`, { headers })).json();
  const points = items.map(({ id }) => id).join(',');
  const result = [];
  for (let round = 0; round < 10; round += 1) {
    const answer = await (await fetch(`${url}/api/ingest/latest?points=${points}`, { headers })).json();
    const now = Date.now();
    for (const { time, quality } of answer.items) if (quality === 'good') result.push(now - Date.parse(time));
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return result.sort((a, b) => a - b);
}

export async function run() {
  const data = mkdtempSync(join(tmpdir(), 'ronghe-bench-'));
  try {
    const first = await start(data);
    const load = await idle(first.child.pid);
    const age = await ages(first.url);
    const stopMs = await stop(first.child);
    const second = await start(data);
    await stop(second.child);
    const at = (share) => seconds(age[Math.floor(age.length * share)] ?? Number.NaN);
    return [
      [
        'first start to ready (built, empty data folder)',
        seconds(first.readyMs),
        'goal 60 s with install and build',
      ],
      ['second start to ready', seconds(second.readyMs), 'goal 5 s'],
      ['stop by SIGTERM', seconds(stopMs), 'goal 10 s'],
      [
        `CPU of all ${load.processes} processes, ${IDLE_SECONDS} s`,
        `${load.cpu.toFixed(2)} cores`,
        'goal 0.5',
      ],
      ['memory of all processes (PSS)', `${(load.bytes / 1e9).toFixed(2)} GB`, 'goal 2'],
      [`age of the newest values, median of ${age.length}`, at(0.5), 'goal 2 s'],
      ['age of the newest values, 95 %', at(0.95), ''],
    ];
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}
