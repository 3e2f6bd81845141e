import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import type { Reading } from '../../connector.ts';
import { silentLog } from '../../log.ts';
import { connectorContract } from '../../testing/connector-contract.ts';
import { startBroker } from '../../testing/mqtt-peer.ts';
import { startEdgeNode } from '../../testing/sparkplug-peer.ts';
import { until } from '../../testing/wait.ts';
import { SparkplugConfig } from './sparkplug.config.ts';
import { createSparkplug } from './sparkplug.ts';

describe('sparkplug keeps the contract of connectors:', () => {
  const contract = connectorContract({
    async startPeer(port) {
      const broker = await startBroker(port);
      const node = await startEdgeNode(broker.port);
      return {
        port: broker.port,
        set: node.set,
        async stop() {
          await node.die();
          await broker.stop();
        },
      };
    },
    create: (port, context, host) =>
      createSparkplug({
        ...context,
        config: SparkplugConfig.parse({
          name: 'line',
          protocol: 'sparkplug',
          endpoint: `mqtt://${host}:${port}`,
          group: 'gj',
          role: 'active',
          keepAliveSeconds: 2,
          rebirthEveryMs: 200,
          points: [
            { key: 'contract.value', address: 'n1/d1/Value' },
            { key: 'contract.missing', address: 'n1/d1/Missing' },
          ],
        }),
      }),
  });
  for (const { title, run } of contract) test.concurrent(title, { timeout: 90_000 }, run);
});

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

async function scene(rest: object = {}) {
  const broker = await startBroker();
  undo.push(() => broker.stop());
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-sparkplug-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const readings: Reading[] = [];
  const create = () => {
    const connector = createSparkplug({
      config: SparkplugConfig.parse({
        name: 'line',
        protocol: 'sparkplug',
        endpoint: `mqtt://127.0.0.1:${broker.port}`,
        group: 'gj',
        rebirthEveryMs: 200,
        ...rest,
      }),
      emit: (some) => readings.push(...some),
      gap: () => undefined,
      log: silentLog(),
      clock: systemClock,
      folder,
    });
    undo.push(() => connector.stop());
    return connector;
  };
  const connector = create();
  await connector.start();
  await until('connected', () => connector.state().state === 'connected');
  const node = async (bdSeq = 3) => {
    const peer = await startEdgeNode(broker.port, { bdSeq });
    undo.push(() => peer.die().catch(() => undefined));
    return peer;
  };
  return {
    broker,
    connector,
    create,
    readings,
    node,
    values: () => readings.filter((each) => each.point.key === 'n1/d1/Value'),
  };
}

test('without a list every metric of every birth becomes a point under its own name', {
  timeout: 30_000,
}, async () => {
  const { node, values, connector } = await scene();
  const peer = await node();
  await peer.set(20.5);
  const reading = await until('the value', () => values().find(({ sample }) => sample[1] === 20.5));
  expect(reading.point).toEqual({
    key: 'n1/d1/Value',
    type: 'number',
    connection: 'line',
    name: 'Value',
    unit: 'Cel',
    equipment: 'd1',
  });
  expect(reading.sample[2]).toBe('good');
  expect(connector.state()).toMatchObject({ points: 1, pointsFailed: 0 });
});

test('a node that dies leaves stale samples, and the will of an earlier session does not', {
  timeout: 30_000,
}, async () => {
  const { node, values } = await scene();
  const first = await node(3);
  await until('born', () => values().length > 0);
  const second = await node(4);
  await second.set(1);
  await until('alive', () => values().some(({ sample }) => sample[1] === 1));
  await first.die();
  await second.set(2);
  await until('alive still', () => values().some(({ sample }) => sample[1] === 2));
  expect(values().filter(({ sample }) => sample[3] === 'stale')).toEqual([]);
  await second.die();
  await until('stale', () => values().at(-1)?.sample[3] === 'stale');
});

test('a passive host keeps births over a restart and says that they are unconfirmed', {
  timeout: 30_000,
}, async () => {
  const { node, values, connector, create } = await scene();
  const peer = await node();
  await until('born', () => values().length > 0);
  await connector.stop();
  const again = create();
  await again.start();
  await until('connected', () => again.state().state === 'connected');
  await peer.set(33);
  const { sample } = await until('the value', () => values().find((each) => each.sample[1] === 33));
  expect(sample.slice(1)).toEqual([33, 'uncertain', 'birth-unconfirmed']);
  expect(peer.rebirths()).toBe(0);
  await peer.birth();
  await until('good again', () => values().at(-1)?.sample[2] === 'good');
});

test('after a gap in seq an active host asks for births, once in a while, and values stay marked until then', {
  timeout: 30_000,
}, async () => {
  const { node, values } = await scene({ role: 'active', rebirthEveryMs: 60_000 });
  const peer = await node();
  await until('born', () => values().length > 0);
  await peer.data([{ alias: 7, double: 1 }], 9);
  await until('a rebirth', () => peer.rebirths() === 1);
  expect(values().find(({ sample }) => sample[1] === 1)?.sample[2]).toBe('uncertain');
  await peer.set(2);
  const { sample } = await until('the value', () => values().find((each) => each.sample[1] === 2));
  expect(sample[2]).toBe('good');
  await peer.data([{ alias: 7, double: 3 }], 99);
  await until('the third value', () => values().some((each) => each.sample[1] === 3));
  expect(peer.rebirths()).toBe(1);
});

test('the Quality property, null and history are kept', { timeout: 30_000 }, async () => {
  const { node, values } = await scene();
  const peer = await node();
  await peer.data([
    { alias: 7, timestampMs: 1_000, double: 1, quality: 0 },
    { alias: 7, timestampMs: 2_000, double: 2, quality: 500 },
    { alias: 7, timestampMs: 3_000, isNull: true },
    { alias: 7, timestampMs: 4_000, double: 4, isHistorical: true },
    { alias: 7, timestampMs: 5_000, double: 0, quality: 192 },
  ]);
  await until('the last', () => values().some(({ sample }) => sample[0] === 5_000));
  expect(
    values()
      .map(({ sample }) => sample)
      .filter(([time]) => time <= 5_000),
  ).toEqual([
    [1_000, 1, 'bad', 'quality-0'],
    [2_000, 2, 'bad', 'stale'],
    [3_000, null, 'good'],
    [4_000, 4, 'good'],
    [5_000, 0, 'good'],
  ]);
});

test('a primary host says that it is online, and offline when it stops', { timeout: 30_000 }, async () => {
  const { broker, connector } = await scene({ role: 'primary', hostId: 'h1' });
  const watcher = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`);
  undo.push(() => watcher.endAsync(true));
  const states: { online: boolean; timestamp: number }[] = [];
  watcher.on('message', (_topic, bytes) => states.push(JSON.parse(bytes.toString())));
  await watcher.subscribeAsync('spBv1.0/STATE/h1');
  await until('online', () => states.at(-1)?.online === true);
  await watcher.publishAsync('spBv1.0/STATE/h1', JSON.stringify({ online: false, timestamp: 1 }), {
    retain: true,
  });
  await until('online again', () => states.length >= 3 && states.at(-1)?.online === true);
  await connector.stop();
  await until('offline', () => states.at(-1)?.online === false);
  expect(
    new Set(states.filter(({ timestamp }) => timestamp !== 1).map(({ timestamp }) => timestamp)).size,
  ).toBe(1);
});

test('bytes that are no payload are counted and do not stop the others', { timeout: 30_000 }, async () => {
  const { node, values } = await scene();
  const peer = await node();
  await peer.client.publishAsync('spBv1.0/gj/DDATA/n1/d1', Buffer.from([0xff, 0xff, 0xff]));
  await peer.set(6);
  await until('the value', () => values().some(({ sample }) => sample[1] === 6));
});
