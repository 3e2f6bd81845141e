import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { IngestStatistics, ObservationList, Page, Reject } from '@ronghe/contracts';
import mqtt from 'mqtt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, until } from './ingest.fixture.ts';

const FIXTURE = fileURLToPath(new URL('killed-server.fixture.ts', import.meta.url));
const KILLS = Number(process.env.RONGHE_KILL_ROUNDS ?? 2);
const SAMPLES = 20;
const START_MS = 1_700_000_000_000;

type Server = {
  child: ChildProcess;
  url: string;
  mqttPort: number;
  keys: { http: string; mqtt: string; reader: string };
};
let data: string;
let server: Server | undefined;
beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), 'ronghe-ingest-killed-'));
});
afterAll(async () => {
  if (server) await end(server.child, 'SIGKILL');
  // The embedded database notices within moments that its parent is gone.
  await until(() => tryRemove(data), Boolean, 20_000);
});

const tryRemove = (folder: string) => {
  try {
    rmSync(folder, { recursive: true, force: true });
    return true;
  } catch {
    return false;
  }
};

function start(): Promise<Server> {
  const child = spawn(process.execPath, ['--import', 'tsx', FIXTURE, data], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '16' },
  });
  return new Promise((resolve, reject) => {
    createInterface(child.stdout).once('line', (line) =>
      resolve({ child, ...(JSON.parse(line) as Omit<Server, 'child'>) }),
    );
    child.once('exit', (code) => reject(new Error(`the server ended by itself with ${code}`)));
  });
}

const end = (child: ChildProcess, signal: NodeJS.Signals) =>
  new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('close', () => resolve());
    child.kill(signal);
  });

/** A batch whose content follows from its sequence; each has one sample that must be rejected. */
const batch = (source: string, sequence: number) => ({
  source,
  epoch: 'one',
  sequence,
  points: [
    {
      key: `${source}.value`,
      type: 'number',
      samples: Array.from({ length: SAMPLES }, (_, index) => [
        START_MS + sequence * 1000 + index,
        sequence * 1000 + index,
        'good',
      ]),
    },
    { key: `${source}.bad`, type: 'number', samples: [[-sequence, 1, 'good']] },
  ],
});

/** Sends batch after batch, each again until it is acknowledged, and stops without a word when the server is gone. */
async function overHttp({ url, keys }: Server, acknowledged: Set<number>): Promise<void> {
  for (let sequence = acknowledged.size + 1; ; sequence += 1) {
    const answer = await call({ url }, '/api/ingest/batches', {
      key: keys.http,
      body: batch('over-http', sequence),
    }).catch(() => null);
    if (answer === null) return;
    expect(answer).toMatchObject({ status: 200, body: { acknowledged: sequence } });
    acknowledged.add(sequence);
  }
}

async function overMqtt({ mqttPort, keys }: Server, acknowledged: Set<number>): Promise<void> {
  const client = mqtt.connect(`mqtt://127.0.0.1:${mqttPort}`, {
    username: 'x',
    password: keys.mqtt,
    reconnectPeriod: 0,
  });
  const gone = new Promise<'gone'>((resolve) => {
    client.once('close', () => resolve('gone'));
    client.on('error', () => resolve('gone'));
  });
  for (let sequence = acknowledged.size + 1; ; sequence += 1) {
    const payload = JSON.stringify(batch('over-mqtt', sequence));
    const sent = client
      .publishAsync('ronghe/v1/over-mqtt/batch', payload, { qos: 1 })
      .catch(() => 'gone' as const);
    if ((await Promise.race([sent, gone])) === 'gone') break;
    acknowledged.add(sequence);
  }
  client.end(true);
}

it(`keeps what was acknowledged, once, over ${KILLS} kills`, { timeout: 180_000 }, async () => {
  const acknowledged = { 'over-http': new Set<number>(), 'over-mqtt': new Set<number>() };
  for (let round = 0; round < KILLS; round += 1) {
    server = await start();
    const enough = acknowledged['over-http'].size + 4 + round * 3;
    const senders = Promise.all([
      overHttp(server, acknowledged['over-http']),
      overMqtt(server, acknowledged['over-mqtt']),
    ]);
    await until(
      () => acknowledged['over-http'].size,
      (count) => count >= enough,
      30_000,
    );
    await end(server.child, 'SIGKILL');
    await senders;
  }

  server = await start();
  const { url, keys, child } = server;
  const read = async <Body>(path: string) => (await call({ url }, path, { key: keys.reader })).body as Body;
  let total = 0;
  for (const source of ['over-http', 'over-mqtt'] as const) {
    // What was on the way when the server died may be there without an acknowledgement; it is sent again, as a collector does.
    const last = acknowledged[source].size + 1;
    const answer = await call({ url }, '/api/ingest/batches', {
      key: keys[source === 'over-http' ? 'http' : 'mqtt'],
      body: batch(source, last),
    });
    expect(answer).toMatchObject({ status: 200 });
    expect(last).toBeGreaterThan(KILLS);
    const list = await read<ObservationList>(
      `/api/ingest/observations?point=${source}.value&from=2023-01-01T00:00:00Z&limit=10000`,
    );
    const expected = Array.from({ length: last }, (_, batchIndex) =>
      Array.from({ length: SAMPLES }, (_, index) => (batchIndex + 1) * 1000 + index),
    ).flat();
    expect(list.items.map(({ value }) => value)).toEqual(expected);
    const rejects = await read<Page<Reject>>(`/api/ingest/rejects?search=${source}.bad&limit=1`);
    expect(rejects.total).toBe(last);
    total += expected.length;
  }
  expect(await read<IngestStatistics>('/api/ingest/statistics')).toMatchObject({ observations: total });
  await end(child, 'SIGTERM');
  expect(child.exitCode).toBe(0);
});
