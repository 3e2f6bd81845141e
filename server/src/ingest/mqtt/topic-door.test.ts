import { gzipSync } from 'node:zlib';
import type { Page, Reject } from '@ronghe/contracts';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { call, OTHER_PLANT, PLANT, startTestIngest, type TestIngest, until } from '../ingest.fixture.ts';
import { payloadBytes } from '../sparkplug/sparkplug-bytes.fixture.ts';
import { createRecall } from './recall.ts';

let server: TestIngest;
const keys = { copper: '', magnet: '', reader: '' };
beforeAll(async () => {
  server = await startTestIngest();
  const { auth, scope } = server.platform;
  const add = async (name: string, organisation: string, permissions: ('read' | 'write')[]) => {
    const rights = permissions.map((right) => `ingest:observation:${right}` as const);
    return (await auth.addKey(scope(), { name, organisation, permissions: rights, expiresAt: null })).key;
  };
  keys.copper = await add('pump 7', PLANT, ['read', 'write']);
  keys.magnet = await add('pump 7', OTHER_PLANT, ['read', 'write']);
  keys.reader = await add('reader', PLANT, ['read']);
});
afterAll(() => server.stop());

const clients: MqttClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
});

const connect = async (options: IClientOptions): Promise<MqttClient> => {
  const client = mqtt.connect(server.mqttUrl, { reconnectPeriod: 0, ...options });
  client.on('error', () => undefined);
  clients.push(client);
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve());
    client.once('close', () => reject(new Error('closed')));
  });
  return client;
};
const list = async (point: string, organisation = PLANT) => {
  const scope = server.platform.scope({ organisation });
  const query = { point, from: new Date(0).toISOString(), limit: 1000, order: 'ascending' as const };
  try {
    return (await server.ingest.observations.list(scope, query)).items;
  } catch (error) {
    if ((error as { code?: string }).code === 'POINT_UNKNOWN') return [];
    throw error;
  }
};
const values = async (point: string, organisation = PLANT) =>
  (await list(point, organisation)).map(({ value }) => value);
const sees = (point: string, expected: unknown[], organisation = PLANT) =>
  expect.poll(() => values(point, organisation), { timeout: 10_000 }).toEqual(expected);
const rejects = async (search: string): Promise<Reject[]> => {
  const token = await server.platform.signIn({ organisation: 'jx', role: 'administrator' });
  const path = `/api/ingest/rejects?search=${encodeURIComponent(search)}`;
  return ((await call(server, path, { key: token })).body as Page<Reject>).items;
};
const NOW_MS = Date.now() - 10_000;

describe('plain MQTT', () => {
  it.each([
    [
      'a ThingsBoard device',
      'v1/devices/me/telemetry',
      { ts: NOW_MS, values: { temperature: 21.5 } },
      'pump 7.temperature',
      21.5,
    ],
    ['the short form of it', 'v2/t', { short: 1 }, 'pump 7.short', 1],
    [
      'a ThingsBoard gateway',
      'v1/gateway/telemetry',
      { 'Device A': [{ ts: NOW_MS, values: { level: 3 } }] },
      'Device A.level',
      3,
    ],
    [
      'Neuron',
      '/neuron/modbus/group1',
      { timestamp: NOW_MS, node: 'modbus', group: 'group1', values: { tag1: 7 } },
      'modbus.group1.tag1',
      7,
    ],
    ['a node without its name inside', 'neuron/plain', { tag1: true }, 'plain.tag1', true],
    [
      'the unified namespace',
      'umh/v1/acme/site/area/_raw/speed',
      { timestamp_ms: NOW_MS, value: 99 },
      'acme.site.area._raw.speed',
      99,
    ],
    ['any device', 'ronghe/v1/json/hall/lamp', { state: '开' }, 'hall.lamp.state', '开'],
    ['a bare value', 'ronghe/v1/json/hall/door', 5, 'hall.door', 5],
  ])('reads what %s sends', async (_name, topic, body, point, value) => {
    const client = await connect({ username: 'any', password: keys.copper });
    await client.publishAsync(topic, JSON.stringify(body), { qos: 1 });
    await sees(point, [value]);
  });

  it('reads line protocol, and gzip of anything', async () => {
    const client = await connect({ username: keys.copper });
    const lines = `weather,site=roof temperature=21.5,rain=f ${NOW_MS}000000\nwrong line\n`;
    await client.publishAsync('ronghe/v1/line', gzipSync(lines), { qos: 1 });
    await sees('weather,site=roof.temperature', [21.5]);
    await sees('weather,site=roof.rain', [false]);
    expect(await rejects('wrong line')).toMatchObject([{ code: 'LINE_INVALID', door: 'mqtt' }]);
    await client.publishAsync('ronghe/v1/json/packed', gzipSync('{"a":1}'), { qos: 2 });
    await sees('packed.a', [1]);
  });

  it('stores every one of many values that came in the same millisecond', async () => {
    const client = await connect({ username: keys.copper });
    const sent = Array.from({ length: 200 }, (_, index) =>
      client.publishAsync('ronghe/v1/json/fast', String(index), { qos: 1 }),
    );
    await Promise.all(sent);
    await sees(
      'fast',
      Array.from({ length: 200 }, (_, index) => index),
    );
  });

  it('stores a value without a time once when its acknowledgement was lost', () => {
    const recall = createRecall();
    const message = { sender: 'jx 1', topic: 't', payload: Buffer.from('1'), qos: 1 as const };
    const first = recall.firstMs({ ...message, again: false, nowMs: 1_000 });
    expect(recall.firstMs({ ...message, again: true, nowMs: 5_000 })).toBe(first);
    expect(recall.firstMs({ ...message, sender: 'jx 2', again: true, nowMs: 5_000 })).not.toBe(first);
    expect(recall.firstMs({ ...message, again: false, nowMs: 6_000 })).toBe(6_000);
    expect(recall.firstMs({ ...message, payload: Buffer.from('2'), again: false, nowMs: 6_000 })).toBe(
      6_000.001,
    );
    expect(recall.firstMs({ ...message, again: true, nowMs: 900_000 })).toBe(900_000);
  });

  it.each([
    ['no JSON', 'ronghe/v1/json/bad1', 'bad1 {', 'is no JSON'],
    ['no text', 'ronghe/v1/json/bad2', Buffer.from([0xff, 0xfe, 0x00]), 'must be UTF-8'],
    ['nothing', 'ronghe/v1/json/bad3', '', 'is empty'],
    ['no values', 'ronghe/v1/json/bad4', '{}', 'holds no values'],
    ['a broken gzip', 'ronghe/v1/json/bad5', Buffer.from([0x1f, 0x8b, 1, 2]), 'or gzip of it'],
    ['a topic that nobody reads', 'some/other/bad6', '{"a":1}', 'no door reads this topic'],
  ])('puts %s aside with its reason, and acknowledges it then', async (_name, topic, payload, reason) => {
    const client = await connect({ username: keys.copper });
    await client.publishAsync(topic, payload, { qos: 1 });
    const found = await rejects(reason);
    const own = found.filter(({ point, sample }) => point === topic || sample.startsWith(topic));
    expect(own).toMatchObject([{ door: 'mqtt', code: 'SAMPLE_INVALID', organisation: PLANT }]);
  });
});

describe('two organisations', () => {
  it('publish the same names on the same topics and never meet', async () => {
    const copper = await connect({ username: keys.copper, clientId: 'same' });
    const magnet = await connect({ username: keys.magnet, clientId: 'same' });
    const heard: string[] = [];
    magnet.on('message', (topic, payload) => heard.push(`${topic} ${payload}`));
    await magnet.subscribeAsync(['#', 'v1/devices/me/telemetry', '+/+/+/+'], { qos: 1 });
    await copper.publishAsync('v1/devices/me/telemetry', '{"shared":1}', { qos: 1, retain: true });
    await magnet.publishAsync('v1/devices/me/telemetry', '{"shared":2}', { qos: 1 });
    await sees('pump 7.shared', [1]);
    await sees('pump 7.shared', [2], OTHER_PLANT);
    await until(
      () => heard,
      (messages) => messages.length > 0,
    );
    expect(heard.filter((message) => message.includes(':1'))).toEqual([]);
  });

  it('cannot write with a key that may only read, nor read with one that may only write', async () => {
    const reader = await connect({ username: keys.reader });
    await reader.subscribeAsync('#');
    const closed = new Promise<void>((resolve) => reader.once('close', () => resolve()));
    reader.publish('ronghe/v1/json/attack', '1', { qos: 1 }, () => undefined);
    await closed;
    expect(await list('attack')).toEqual([]);
    const writer = await connect({ username: server.keys.copper });
    for (const filter of ['#', 'v1/devices/me/telemetry', 'v1/+/me/rpc', 'v1/devices/me/#'])
      await expect(writer.subscribeAsync(filter), filter).rejects.toThrow();
    await writer.subscribeAsync('v1/devices/me/rpc/request/+');
  });

  it('hear no more once their key is revoked', async () => {
    const { auth, scope } = server.platform;
    const permissions = ['ingest:observation:read' as const];
    const request = { name: 'short', organisation: PLANT, permissions, expiresAt: null };
    const { apiKey, key } = await auth.addKey(scope(), request);
    const client = await connect({ username: key });
    await auth.revokeKey(scope(), apiKey.id);
    await expect(client.subscribeAsync('#')).rejects.toThrow();
  });
});

describe('a passive Sparkplug host', () => {
  it('sends nothing, neither its state nor a command', async () => {
    const watcher = await connect({ username: keys.copper });
    const heard: string[] = [];
    watcher.on('message', (topic) => heard.push(topic));
    await watcher.subscribeAsync('spBv1.0/#', { qos: 1 });
    const unknown = payloadBytes({ timestampMs: NOW_MS, seq: 1, metrics: [{ alias: 5, int: 1 }] });
    await watcher.publishAsync('spBv1.0/g/NDATA/quiet', unknown, { qos: 1 });
    await until(
      () => heard,
      (topics) => topics.includes('spBv1.0/g/NDATA/quiet'),
    );
    await watcher.publishAsync('spBv1.0/g/NDATA/quiet', unknown, { qos: 1 });
    await until(
      () => heard,
      (topics) => topics.length >= 2,
    );
    expect(heard).toEqual(['spBv1.0/g/NDATA/quiet', 'spBv1.0/g/NDATA/quiet']);
    expect(await rejects('g/quiet')).not.toEqual([]);
  });
});
