import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../durability/processes.ts';
import { find } from './platform.ts';

const READY_MS_MAX = 20_000;

/** One sample as Prometheus tells it: milliseconds since 1970 and value. */
export type PrometheusSample = readonly [timeMs: number, value: number];

/** A real Prometheus that scrapes itself every second and writes everything it has to the platform. */
export type Prometheus = {
  /** what it keeps itself of one of its series, oldest first */
  samples(metric: string): Promise<PrometheusSample[]>;
  /** the sum over all labels of a counter of its own, read from its /metrics; 0 when it is not there */
  own(metric: string): Promise<number>;
  stop(): Promise<void>;
};

type Options = { writeUrl: string; key: string };

const configuration = ({ writeUrl, key, port }: Options & { port: number }) => `
global: { scrape_interval: 1s }
scrape_configs:
  - job_name: self
    static_configs: [{ targets: ['127.0.0.1:${port}'] }]
remote_write:
  - url: ${writeUrl}
    authorization: { type: Bearer, credentials: '${key}' }
    queue_config: { batch_send_deadline: 1s, min_shards: 2 }
`;

/** @param asked where to write, or a whole configuration for the port that it will listen on */
export async function startPrometheus(asked: Options | ((port: number) => string)): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'ronghe-prometheus-'));
  const port = await freePort();
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, typeof asked === 'function' ? asked(port) : configuration({ ...asked, port }));
  const child = spawn(
    find('prometheus') ?? 'prometheus',
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let errors = '';
  child.stderr.on('data', (part: Buffer) => {
    errors = (errors + part.toString()).slice(-3000);
  });
  const url = `http://127.0.0.1:${port}`;
  await untilReady(`${url}/-/ready`, child, () => errors);
  return {
    async samples(metric) {
      const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(`${metric}[1h]`)}`);
      type Matrix = { data: { result: { values: [number, string][] }[] } };
      const { data } = (await answer.json()) as Matrix;
      const values = data.result[0]?.values ?? [];
      return values.map(([seconds, value]) => [Math.round(seconds * 1000), Number(value)] as const);
    },
    async own(metric) {
      const text = await (await fetch(`${url}/metrics`)).text();
      const lines = text.split('\n').filter((line) => line.startsWith(`${metric}{`));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    },
    async stop() {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilReady(url: string, child: ChildProcess, errors: () => string): Promise<void> {
  const until = Date.now() + READY_MS_MAX;
  while (Date.now() < until && child.exitCode === null) {
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await ended(child);
  throw new Error(`Prometheus was not ready within ${READY_MS_MAX / 1000} s\n${errors()}`);
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    // It is the platform's durability that is tested, not how Prometheus closes.
    child.kill('SIGKILL');
  });
}
