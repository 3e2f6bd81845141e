// A platform of its own for a benchmark, and runs of its sources with what they took.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { environmentOf } from './environment.mjs';
import { sum, tree } from './processes.mjs';

const ROOT = join(import.meta.dirname, '..');
const PASSWORD = 'Bench-1234-Ronghe';

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a platform on an empty folder, as it is delivered but for `environment`; calls go over HTTP as the administrator. */
export async function startPlatform(data, environment = {}) {
  const port = await freePort();
  const child = spawn(process.execPath, ['server/dist/main.js', '--data', data, '--port', String(port)], {
    cwd: ROOT,
    env: environmentOf({
      RONGHE_ADMIN_PASSWORD: PASSWORD,
      RONGHE_MQTT_PORT: '0',
      RONGHE_SQL_PORT: '0',
      RONGHE_LOG_LEVEL: 'error',
      ...environment,
    }),
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
        url,
        token,
        password: PASSWORD,
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
export async function runSource(platform, source) {
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
