import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestProject } from 'vitest/node';

const ROOT = join(import.meta.dirname, '../..');
const READY_MS_MAX = 120_000;
const STOP_MS_MAX = 20_000;
const PASSWORD = 'journey-password-1';

declare module 'vitest' {
  interface ProvidedContext {
    /** address and administrator's password of the demo that all journeys share */
    demo: { url: string; password: string; data: string };
  }
}

/** Starts the small province once for all journeys and browser tests, as `npm run demo` does, on free ports. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const data = mkdtempSync(join(tmpdir(), 'ronghe-journey-'));
  const child = spawn(process.execPath, [join(ROOT, 'demo/dist/main.js'), '--data', data, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      RONGHE_ADMIN_PASSWORD: PASSWORD,
      RONGHE_MQTT_PORT: '0',
      RONGHE_SQL_PORT: '0',
      RONGHE_LOG_LEVEL: 'warn',
      UV_THREADPOOL_SIZE: '16',
    },
  });
  const url = await readyUrl(child);
  process.env.RONGHE_TEST_URL = url;
  process.env.RONGHE_TEST_PASSWORD = PASSWORD;
  project.provide('demo', { url, password: PASSWORD, data });
  return async () => {
    await stopped(child);
    rmSync(data, { recursive: true, force: true });
  };
}

function readyUrl(child: ChildProcess): Promise<string> {
  const errors: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => {
    errors.push(chunk.toString());
    if (errors.length > 200) errors.shift();
  });
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`the demo ${why}\n${errors.join('').slice(-4000)}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`was not ready within ${READY_MS_MAX / 1000} s`);
    }, READY_MS_MAX);
    child.on('exit', (code) => fail(`ended with exit code ${code}`));
    if (!child.stdout) return fail('has no output');
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, url] = /^ready (\S+)$/.exec(line) ?? [];
      if (!url) return;
      clearTimeout(timer);
      resolve(url);
    });
  });
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
