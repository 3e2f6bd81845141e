import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { BatchPoint } from '@ronghe/contracts';
import { afterEach, expect, test } from 'vitest';
import { type DiskBuffer, openBuffer } from '../buffer/buffer.ts';
import { systemClock } from '../clock.ts';
import { silentLog } from '../log.ts';
import { startBroker } from '../testing/mqtt-peer.ts';
import { errorAnswer, startPlatformDouble } from '../testing/platform-double.ts';
import { startTcpProxy } from '../testing/tcp-proxy.ts';
import { until } from '../testing/wait.ts';
import { createDelivery } from './delivery.ts';
import { createHttpTransport } from './http.transport.ts';
import { createMqttTransport } from './mqtt.transport.ts';
import { createRefused } from './refused.ts';
import type { Transport } from './transport.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

const points = (value: number): BatchPoint[] => [
  { key: 'p', type: 'number', samples: [[value, value, 'good']] },
];

async function scene(
  transport: Transport,
  more: { outageMsMin?: number; replaySamplesPerSecond?: number } = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-delivery-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const buffer: DiskBuffer = await openBuffer({ folder, source: 'plant', bytesMax: 1e8, log: silentLog() });
  undo.push(() => buffer.close());
  const delivery = createDelivery({
    buffer,
    transport,
    refused: createRefused(join(folder, 'refused'), silentLog()),
    clock: systemClock,
    log: silentLog(),
    retryMsFirst: 20,
    blockedMs: 50,
    ...more,
  });
  undo.push(() => delivery.stop());
  delivery.start();
  return { folder, buffer, delivery };
}

async function httpScene(timeoutMs = 20_000) {
  const platform = await startPlatformDouble();
  undo.push(() => platform.stop());
  const transport = createHttpTransport({ url: `${platform.url}/`, key: 'rk_test', timeoutMs });
  return { platform, ...(await scene(transport)) };
}
const emptied = (buffer: DiskBuffer) =>
  until('everything is acknowledged', () => buffer.status().bytes === 0, 40_000);

test('batches are delivered in order with the key, larger ones compressed', async () => {
  const { platform, buffer, delivery } = await httpScene();
  await buffer.append([points(1), points(2)]);
  await buffer.append([
    [{ key: 'p', type: 'number', samples: Array.from({ length: 500 }, (_, at) => [at, at, 'good']) }],
  ]);
  await emptied(buffer);
  expect(platform.deliveries.map(({ batch }) => batch.sequence)).toEqual([1, 2, 3]);
  expect(platform.deliveries.map(({ gzipped }) => gzipped)).toEqual([false, false, true]);
  expect(platform.deliveries[0]?.key).toBe('Bearer rk_test');
  await until('all is counted', () => delivery.counts().samplesSent === 502);
  expect(delivery.counts().batchesRefused).toBe(0);
});

test('a busy server, a broken answer and no answer are tried again with identical bytes', async () => {
  const { platform, buffer } = await httpScene(1_000);
  platform.next.push('INGEST_OVERLOADED', { status: 200, body: 'ok' }, 'INTERNAL');
  platform.deaf = true;
  await buffer.append([points(1)]);
  await until('the first try', () => platform.deliveries.length === 1);
  platform.deaf = false;
  await emptied(buffer);
  expect(platform.deliveries.length).toBeGreaterThanOrEqual(5);
  expect(new Set(platform.deliveries.map(({ text }) => text)).size).toBe(1);
});

test('a batch refused once is whole at the next try', async () => {
  const { platform, buffer, delivery } = await httpScene();
  platform.next.push('REQUEST_INVALID', 'REQUEST_INVALID');
  await buffer.append([points(1)]);
  await emptied(buffer);
  expect(platform.deliveries.map(({ batch }) => batch.sequence)).toEqual([1, 1, 1]);
  expect(delivery.counts().batchesRefused).toBe(0);
});

test('a batch refused again and again is set aside with the answer, and delivery goes on', async () => {
  const { platform, buffer, delivery, folder } = await httpScene();
  platform.next.push('REQUEST_INVALID', 'REQUEST_INVALID', 'REQUEST_INVALID');
  await buffer.append([points(1), points(2)]);
  await emptied(buffer);
  expect(platform.deliveries.map(({ batch }) => batch.sequence)).toEqual([1, 1, 1, 2]);
  await until('all is counted', () => delivery.counts().samplesSent === 1);
  expect(delivery.counts().batchesRefused).toBe(1);
  const [file = ''] = await readdir(join(folder, 'refused'));
  const kept = JSON.parse(await readFile(join(folder, 'refused', file), 'utf8'));
  expect(kept.batch.points[0].samples).toEqual([[1, 1, 'good']]);
  expect(kept.answer).toContain('REQUEST_INVALID');
});

test('an unknown collector or a wrong key keeps the data until somebody acts', async () => {
  const { platform, buffer } = await httpScene();
  platform.next.push('COLLECTOR_UNKNOWN', 'LOGIN_REQUIRED', 'PERMISSION_MISSING', {
    status: 404,
    body: 'not here',
  });
  await buffer.append([points(1)]);
  await emptied(buffer);
  expect(platform.deliveries.map(({ batch }) => batch.sequence)).toEqual([1, 1, 1, 1, 1]);
});

test('a sequence that the server knows with other content is sent under a new epoch', async () => {
  const { platform, buffer } = await httpScene();
  platform.next.push(errorAnswer('BATCH_SEQUENCE_CONFLICT'));
  await buffer.append([points(1)]);
  await emptied(buffer);
  await until('the second delivery', () => platform.deliveries.length === 2);
  const [first, second] = platform.deliveries.map(({ batch }) => batch);
  expect(second?.epoch).not.toBe(first?.epoch);
  expect(second?.sequence).toBe(1);
  expect(second?.points).toEqual(first?.points);
});

test('Retry-After is waited for', async () => {
  const { platform, buffer } = await httpScene();
  platform.next.push({ ...errorAnswer('INGEST_OVERLOADED'), headers: { 'retry-after': '1' } });
  await buffer.append([points(1)]);
  await until('the first try', () => platform.deliveries.length === 1);
  const startMs = Date.now();
  await emptied(buffer);
  expect(Date.now() - startMs).toBeGreaterThan(900);
});

test('over MQTT a batch is removed at PUBACK, one in flight, across a broker that goes away', {
  timeout: 60_000,
}, async () => {
  const first = await startBroker();
  const taken: { topic: string; value: unknown }[] = [];
  const watch = (broker: typeof first.broker, hold: () => boolean) => {
    broker.authenticate = (_client, user, password, done) =>
      done(null, user === 'plant' && password?.toString() === 'rk_test');
    broker.authorizePublish = (_client, packet, done) => {
      if (packet.topic !== 'ronghe/v1/plant/batch') return done(null);
      if (hold()) return;
      taken.push({
        topic: packet.topic,
        value: JSON.parse(gunzipSync(packet.payload as Buffer).toString()).points[0].samples[0][0],
      });
      done(null);
    };
  };
  let holding = false;
  let held = 0;
  watch(first.broker, () => {
    if (holding) held += 1;
    return holding;
  });
  const transport = createMqttTransport({
    url: `mqtt://127.0.0.1:${first.port}`,
    collector: 'plant',
    key: 'rk_test',
    timeoutMs: 20_000,
  });
  const { buffer } = await scene(transport);
  await buffer.append([points(1), points(2)]);
  await emptied(buffer);
  holding = true;
  await buffer.append([points(3)]);
  await until('a batch waits for its PUBACK', () => held === 1);
  await first.stop();
  await buffer.append([points(4)]);
  const second = await startBroker(first.port);
  undo.push(() => second.stop());
  watch(second.broker, () => false);
  await until('everything is acknowledged', () => buffer.status().bytes === 0, 30_000);
  expect(taken.map(({ value }) => value)).toEqual([1, 2, 3, 4]);
});

test('over MQTT a wrong key keeps the data', { timeout: 30_000 }, async () => {
  const broker = await startBroker();
  undo.push(() => broker.stop());
  let asked = 0;
  broker.broker.authenticate = (_client, _user, _password, done) => {
    asked += 1;
    done(Object.assign(new Error('no'), { returnCode: 5 as const }), null);
  };
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const { buffer } = await scene(createMqttTransport({ url, collector: 'plant', key: 'wrong' }));
  await buffer.append([points(1)]);
  await until('several tries', () => asked >= 3);
  expect(buffer.status()).toMatchObject({ acknowledged: 0, sequence: 1 });
});

test('after an outage what comes now is delivered first, and what waited behind it, in order', async () => {
  let down = true;
  let refusals = 0;
  const delivered: number[] = [];
  const transport: Transport = {
    link: () => null,
    async send(batch) {
      if (down) refusals += 1;
      if (down) return { kind: 'later', reason: 'down', retryAfterMs: 5 };
      const text = batch.gzipped ? gunzipSync(batch.body) : batch.body;
      const [point] = (JSON.parse(text.toString()) as { points: BatchPoint[] }).points;
      delivered.push(point?.samples[0]?.[0] ?? -1);
      return { kind: 'acknowledged' };
    },
    stop: async () => undefined,
  };
  const { buffer } = await scene(transport, { outageMsMin: 1, replaySamplesPerSecond: 20 });
  const old = Array.from({ length: 40 }, (_, value) => value);
  await buffer.append(old.map(points));
  await until('it was refused again and again', () => refusals > 2);
  down = false;
  await until('the replay has begun', () => delivered.length > 2);
  const before = delivered.length;
  await buffer.append([points(1_000), points(1_001)]);
  await until('everything is acknowledged', () => buffer.status().bytes === 0, 40_000);
  const at = delivered.indexOf(1_000);
  expect(at - before).toBeLessThan(5);
  expect(delivered.filter((value) => value < 1_000)).toEqual(old);
  expect(delivered.filter((value) => value >= 1_000)).toEqual([1_000, 1_001]);
});

test('what waited gets through a link that is never free of what comes now', async () => {
  const waited = 5;
  let down = true;
  let live = 1_000;
  let refusals = 0;
  const delivered: number[] = [];
  const transport: Transport = {
    link: () => null,
    async send(batch) {
      if (down) refusals += 1;
      if (down) return { kind: 'later', reason: 'down', retryAfterMs: 5 };
      const text = batch.gzipped ? gunzipSync(batch.body) : batch.body;
      const [point] = (JSON.parse(text.toString()) as { points: BatchPoint[] }).points;
      delivered.push(point?.samples[0]?.[0] ?? -1);
      // The next one is there before this one is acknowledged.
      live += 1;
      if (delivered.length < 1_000) await buffer.append([points(live)]);
      return { kind: 'acknowledged' };
    },
    stop: async () => undefined,
  };
  const { buffer } = await scene(transport, { outageMsMin: 1 });
  await buffer.append(Array.from({ length: waited + 1 }, (_, value) => points(value)));
  await until('it was refused again and again', () => refusals > 2);
  down = false;
  await until('all that waited has come', () => delivered.filter((value) => value < 1_000).length > waited);
  const last = delivered.lastIndexOf(waited);
  expect(last).toBeLessThan(200);
  expect(delivered.filter((value) => value < 1_000)).toEqual([0, 1, 2, 3, 4, 5]);
});

test('the transports tell how the server is reached', { timeout: 30_000 }, async () => {
  const platform = await startPlatformDouble();
  undo.push(() => platform.stop());
  const six = await startTcpProxy(Number(new URL(platform.url).port), { host: '::1' });
  undo.push(() => six.close());
  const broker = await startBroker();
  undo.push(() => broker.stop());
  const ways: [string, Transport, string][] = [
    ['IPv4', createHttpTransport({ url: platform.url, key: 'k' }), 'HTTP'],
    ['IPv6', createHttpTransport({ url: `http://[::1]:${six.port}`, key: 'k' }), 'HTTP'],
    [
      'IPv4',
      createMqttTransport({ url: `mqtt://127.0.0.1:${broker.port}`, collector: 'plant', key: 'k' }),
      'MQTT',
    ],
  ];
  for (const [family, transport, way] of ways) {
    expect(transport.link(), way).toBeNull();
    const { buffer } = await scene(transport);
    await buffer.append([points(1)]);
    await emptied(buffer);
    const link = transport.link();
    expect(link, way).toEqual({ family, latencyMs: expect.any(Number) });
    expect(link?.latencyMs).toBeLessThan(5_000);
  }
});

test('the age of what waits is told, of what comes now and of what is replayed, over a restart too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-delivery-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  let elapsedMs = 1_000;
  let wall = Date.now;
  const clock = { now: () => new Date(wall()), elapsedMs: () => elapsedMs };
  const open = () => openBuffer({ folder, source: 'plant', bytesMax: 1e8, clock, log: silentLog() });
  const first = await open();
  expect(first.status().oldestAgeMs).toEqual({ live: null, replay: null });
  await first.append([points(1)]);
  elapsedMs += 5_000;
  // The clock of the machine is set meanwhile.
  wall = () => Date.UTC(2005, 0, 1);
  await first.append([points(2)]);
  expect(first.status().oldestAgeMs).toEqual({ live: 5_000, replay: null });
  const oldest = await first.peek('live');
  if (oldest) await first.acknowledge(oldest);
  expect(first.status().oldestAgeMs).toEqual({ live: 0, replay: null });
  await first.divide();
  elapsedMs += 1_000;
  await first.append([points(3)]);
  expect(first.status().oldestAgeMs).toEqual({ live: 0, replay: 1_000 });
  await first.close();
  wall = () => Date.now() + 3_600_000;
  const second = await open();
  undo.push(() => second.close());
  // The age of the file, which the machine's own clock has written.
  const { live, replay } = second.status().oldestAgeMs;
  expect(Math.abs((replay ?? 0) - 3_600_000)).toBeLessThan(60_000);
  expect(live).toBeLessThanOrEqual(replay ?? Number.NEGATIVE_INFINITY);
});
