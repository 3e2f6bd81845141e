import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ledger, ObservationList, PointPage } from '@ronghe/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { z } from 'zod';
import { type CountingDevice, startCountingDevice } from './counting-device.ts';
import { end, freePort, type Process, startProcess } from './processes.ts';
import { startWitness, type Witness } from './witness.ts';

/** `npm run test:long` kills the collector 200 times. */
const KILLS = Number(process.env.LONG_KILLS ?? 10);
const ONLY_EDGE = process.env.LONG_KILLS_OF === 'edge';
const PASSWORD = 'kill-test-password';
const POINTS = ['a', 'b', 'c'];
const QUIET_MS = 2_500;

const folder = mkdtempSync(join(tmpdir(), 'ronghe-kill-'));
let serverPort: number;
let server: Process;
let edge: Process;
let device: CountingDevice;
let witness: Witness;
let token: string;

const startServer = () =>
  startProcess({
    file: 'server/dist/main.js',
    args: ['--data', join(folder, 'data'), '--port', String(serverPort)],
    ready: /^ready /,
    environment: {
      RONGHE_ADMIN_PASSWORD: PASSWORD,
      RONGHE_MQTT_PORT: '0',
      RONGHE_SQL_PORT: '0',
      RONGHE_LOG_LEVEL: 'warn',
    },
  });
const startEdge = () =>
  startProcess({
    file: 'edge/dist/main.js',
    args: ['--config', join(folder, 'edge.yaml')],
    ready: /^edge ready /,
  });

async function call<Answer>(path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${serverPort}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}

beforeAll(async () => {
  mkdirSync(join(folder, 'data'), { recursive: true });
  serverPort = await freePort();
  device = await startCountingDevice(await freePort());
  witness = await startWitness(serverPort);
  server = await startServer();
  token = (await call<{ token: string }>('/api/auth/login', { username: 'admin', password: PASSWORD })).token;
  const { key } = await call<{ key: string }>('/api/collect/collectors', {
    name: 'kill-test',
    title: 'kill test',
    organisation: 'jx',
  });
  const points = POINTS.map(
    (key, index) =>
      `      - { key: ${key}, name: ${key}, address: 'holding:${index * 4}', encoding: float64, type: number }`,
  );
  writeFileSync(
    join(folder, 'edge.yaml'),
    `collector: kill-test
server: { url: 'http://127.0.0.1:${witness.port}', key: '${key}' }
buffer: { folder: '${join(folder, 'buffer')}', bytesMax: 100000000, flushMs: 100 }
connections:
  - name: counting
    protocol: modbus
    endpoint: tcp://127.0.0.1:${device.port}
    unitId: 1
    intervalMs: 50
    points:
${points.join('\n')}
`,
  );
  edge = await startEdge();
});

afterAll(async () => {
  await Promise.all([end(edge, 'SIGTERM'), end(server, 'SIGTERM')]);
  await Promise.all([device.stop(), witness.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

async function stored(key: string): Promise<Map<number, unknown>> {
  const { items } = await call<z.infer<typeof PointPage>>('/api/collect/points?limit=500');
  const point = items.find((item) => item.key === key);
  const values = new Map<number, unknown>();
  let from = new Date(0).toISOString();
  for (;;) {
    const page: ObservationList = await call(
      `/api/ingest/observations?point=${point?.id}&from=${from}&limit=5000`,
    );
    for (const { time, value } of page.items) {
      const at = Date.parse(time);
      // `from` is inclusive, so the last row of a page comes again on the next; any other repeat is a double.
      if (values.has(at) && time !== from) throw new Error(`${key} has two values at ${time}`);
      values.set(at, value);
    }
    const last = page.items.at(-1)?.time;
    if (!page.truncated || !last) return values;
    from = last;
  }
}

/** Both ends of the ledger agree on every hour, whatever was killed: what was read is what was sent is what is stored. */
async function expectBalance(key: string, count: number): Promise<void> {
  const { hours } = await call<Ledger>(`/api/collect/ledger?point=${encodeURIComponent(key)}`);
  for (const hour of hours)
    expect(hour, key).toMatchObject({ read: hour.sent, stored: hour.sent, missing: 0, checksum: 'equal' });
  expect(
    hours.reduce((sum, { stored }) => sum + stored, 0),
    key,
  ).toBe(count);
}

it(
  `keeps every acknowledged reading, once, through ${KILLS} kills of ${ONLY_EDGE ? 'the collector' : 'server and collector'}`,
  async () => {
    const counts = { server: 0, edge: 0 };
    for (let kill = 0; kill < KILLS; kill += 1) {
      // Random on purpose: the moment must not be one that the code was written for.
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 900));
      if (!ONLY_EDGE && Math.random() < 0.5) {
        await end(server, 'SIGKILL');
        server = await startServer();
        counts.server += 1;
      } else {
        await end(edge, 'SIGKILL');
        edge = await startEdge();
        counts.edge += 1;
      }
    }
    const last = device.reads();
    await expect
      .poll(
        () => [...(witness.acknowledged.get('a')?.values() ?? [])].some((value) => Number(value) > last),
        {
          timeout: 60_000,
        },
      )
      .toBe(true);
    await device.stop();
    await expect.poll(() => witness.quietMs(), { timeout: 30_000 }).toBeGreaterThan(QUIET_MS);

    for (const key of POINTS) {
      const acknowledged = witness.acknowledged.get(key) ?? new Map();
      const kept = await stored(key);
      const lost = [...acknowledged].filter(([time, value]) => kept.get(time) !== value);
      expect(lost, `${key}: acknowledged but not stored after ${JSON.stringify(counts)}`).toEqual([]);
      expect(kept.size, `${key}: stored but never acknowledged`).toBe(acknowledged.size);
      const numbers = [...kept.values()].filter((value) => typeof value === 'number');
      expect(new Set(numbers).size, `${key}: a reading is there twice`).toBe(numbers.length);
      expect(numbers.length).toBeGreaterThan(KILLS);
      await expectBalance(key, kept.size);
    }
    console.log(
      `kills: ${JSON.stringify(counts)}; acknowledged batches ${witness.batches()}, readings ${POINTS.map((key) => witness.acknowledged.get(key)?.size).join(' + ')}`,
    );
  },
  300_000 + KILLS * 5_000,
);
