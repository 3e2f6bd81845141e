import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Collector, ObservationList, Page, Point } from '@ronghe/contracts';
import { afterAll, expect, it } from 'vitest';
import { signIn } from '../journeys/portal-api.ts';
import { type CountingDevice, startCountingDevice } from './counting-device.ts';
import { end, freePort, type Process, startProcess } from './processes.ts';

const PASSWORD = 'mqtt-test-password';
const folder = mkdtempSync(join(tmpdir(), 'ronghe-mqtt-'));
const running: Process[] = [];
let device: CountingDevice | undefined;

afterAll(async () => {
  for (const process of running.reverse()) await end(process, 'SIGTERM');
  await device?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('delivers over MQTT to the platform’s own broker, through a kill of the platform, every reading once', async () => {
  const [port, mqttPort] = [await freePort(), await freePort()];
  device = await startCountingDevice(await freePort());
  const startServer = () =>
    startProcess({
      file: 'server/dist/main.js',
      args: ['--data', join(folder, 'data'), '--port', String(port)],
      ready: /^ready /,
      environment: {
        RONGHE_ADMIN_PASSWORD: PASSWORD,
        RONGHE_MQTT_PORT: String(mqttPort),
        RONGHE_SQL_PORT: '0',
        RONGHE_LOG_LEVEL: 'warn',
      },
    });
  const first = await startServer();
  const admin = await signIn(`http://127.0.0.1:${port}`, 'admin', PASSWORD);
  const { key } = await admin.post<{ key: string }>('/api/collect/collectors', {
    name: 'mqtt-test',
    title: 'MQTT',
    organisation: 'jx',
  });
  writeFileSync(
    join(folder, 'edge.yaml'),
    `collector: mqtt-test
server: { url: 'http://127.0.0.1:${port}', key: '${key}', transport: mqtt, mqttUrl: 'mqtt://127.0.0.1:${mqttPort}' }
buffer: { folder: '${join(folder, 'buffer')}', bytesMax: 100000000, flushMs: 100 }
connections:
  - name: counting
    protocol: modbus
    endpoint: tcp://127.0.0.1:${device.port}
    unitId: 1
    intervalMs: 100
    points:
      - { key: counter, name: counter, address: 'holding:0', encoding: float64, type: number }
`,
  );
  running.push(
    await startProcess({
      file: 'edge/dist/main.js',
      args: ['--config', join(folder, 'edge.yaml')],
      ready: /^edge ready /,
    }),
  );
  const values = async () => {
    const { items } = await admin.get<Page<Point>>('/api/collect/points?limit=10');
    const point = items.find((item) => item.key === 'counter');
    if (!point) return [];
    const list = await admin.get<ObservationList>(`/api/ingest/observations?point=${point.id}&limit=10000`);
    return list.items.flatMap(({ value }) => (typeof value === 'number' ? [value] : []));
  };
  await expect.poll(async () => (await values()).length, { timeout: 30_000 }).toBeGreaterThan(10);

  await end(first, 'SIGKILL');
  running.unshift(await startServer());
  const readsAtRestart = device.reads();
  await expect
    .poll(async () => (await values()).at(-1) ?? 0, { timeout: 60_000 })
    .toBeGreaterThan(readsAtRestart);

  const all = await values();
  expect(all, 'in order, nothing twice, and nothing read while the platform was away is missing').toEqual(
    Array.from({ length: all.length }, (_, index) => (all[0] ?? 0) + index),
  );
  await expect
    .poll(async () => (await admin.get<Collector>('/api/collect/collectors/mqtt-test')).state, {
      timeout: 30_000,
    })
    .toBe('online');
}, 180_000);
