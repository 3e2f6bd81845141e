import { gzipSync } from 'node:zlib';
import type { Page, Reject } from '@ronghe/contracts';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { call, PLANT, startSecond, startTestIngest, type TestIngest, until } from '../ingest.fixture.ts';

let server: TestIngest;
beforeAll(async () => {
  server = await startTestIngest({ bodyBytesMax: 200_000 });
});
afterAll(() => server.stop());

const clients: MqttClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
});

const connect = async (password: string, options: IClientOptions = {}): Promise<MqttClient> => {
  const client = mqtt.connect(server.mqttUrl, { username: 'any', password, reconnectPeriod: 0, ...options });
  client.on('error', () => undefined);
  client.setMaxListeners(100);
  clients.push(client);
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve());
    client.once('error', reject);
    client.once('close', () => reject(new Error('closed')));
  });
  return client;
};
/** Resolves with 'acknowledged' or 'closed', whichever comes first. */
const publish = (client: MqttClient, topic: string, payload: string | Buffer, qos: 1 | 2 = 1) =>
  new Promise<string>((resolve) => {
    client.once('close', () => resolve('closed'));
    client.publish(topic, payload, { qos }, (error) => {
      if (!error) resolve('acknowledged');
    });
  });

const NOW_MS = Date.now();
const batch = (sequence: number, key: string, more: object = {}) =>
  JSON.stringify({
    source: 'copper',
    epoch: 'mqtt',
    sequence,
    points: [{ key, type: 'number', samples: [[NOW_MS, sequence, 'good']] }],
    ...more,
  });
const TOPIC = 'ronghe/v1/copper/batch';
const values = async (point: string) => {
  const query = { point, from: new Date(0).toISOString(), limit: 100, order: 'ascending' as const };
  const list = await server.ingest.observations.list(server.platform.scope({ organisation: PLANT }), query);
  return list.items.map(({ value }) => value);
};
const rejects = async (search: string): Promise<Reject[]> => {
  const token = await server.platform.signIn({ organisation: 'jx', role: 'administrator' });
  const answer = await call(server, `/api/ingest/rejects?search=${encodeURIComponent(search)}`, {
    key: token,
  });
  return (answer.body as Page<Reject>).items;
};

describe('a batch over MQTT', () => {
  it('is durable when it is acknowledged, plain or compressed, with QoS 1 and 2', async () => {
    const client = await connect(server.keys.copper);
    expect(await publish(client, TOPIC, batch(1, 'mqtt.plain'))).toBe('acknowledged');
    expect(await values('mqtt.plain')).toEqual([1]);
    expect(await publish(client, TOPIC, gzipSync(batch(2, 'mqtt.packed')))).toBe('acknowledged');
    expect(await values('mqtt.packed')).toEqual([2]);
    expect(await publish(client, TOPIC, batch(3, 'mqtt.twice'), 2)).toBe('acknowledged');
    expect(await values('mqtt.twice')).toEqual([3]);
  });

  it('sent again is acknowledged again and stored once', async () => {
    const client = await connect(server.keys.copper);
    const before = await server.ingest.statistics.read(server.platform.scope());
    for (const _ of [1, 2])
      expect(await publish(client, TOPIC, batch(10, 'mqtt.again'))).toBe('acknowledged');
    expect(await values('mqtt.again')).toEqual([10]);
    const after = await server.ingest.statistics.read(server.platform.scope());
    expect(after.observations).toBe(before.observations + 1);
  });

  it('keeps its order when many are on the way at once', async () => {
    const client = await connect(server.keys.copper);
    const sequences = Array.from({ length: 20 }, (_, index) => 100 + index);
    const answers = await Promise.all(
      sequences.map((sequence) => publish(client, TOPIC, batch(sequence, `mqtt.many.${sequence}`))),
    );
    expect(new Set(answers)).toEqual(new Set(['acknowledged']));
    for (const sequence of sequences) expect(await values(`mqtt.many.${sequence}`)).toEqual([sequence]);
  });

  it.each([
    ['is no JSON', 'quarantine-1 {', 'REQUEST_INVALID', 'quarantine-1'],
    ['is no batch', JSON.stringify({ epoch: 'quarantine-2' }), 'REQUEST_INVALID', 'quarantine-2'],
    [
      'names another source',
      batch(1, 'quarantine-3', { source: 'magnet' }),
      'REQUEST_INVALID',
      'quarantine-3',
    ],
    ['changes what was acknowledged', batch(119, 'quarantine-4'), 'BATCH_SEQUENCE_CONFLICT', 'quarantine-4'],
  ])(
    'that %s is acknowledged only after it was put aside for a person',
    async (_name, payload, code, search) => {
      const client = await connect(server.keys.copper);
      expect(await publish(client, TOPIC, payload)).toBe('acknowledged');
      expect(await rejects(search)).toMatchObject([{ code, door: 'mqtt', source: 'copper' }]);
    },
  );

  it('waits for its acknowledgement while the queue is full', async () => {
    const { createBatchTopic } = await import('./batch-topic.ts');
    const { platform, collect } = server;
    const small = await startSecond(server, { folder: 'small', config: { ingestQueueSamplesMax: 1 } });
    const { config } = platform;
    // Batches of one collector come one after the other at a broker; so the way in is filled from three.
    const brokers = [1, 2, 3].map(() =>
      createBatchTopic({
        observations: small.observations,
        collectors: collect.collectors,
        config,
        log: platform.log,
      }),
    );
    const scope = platform.scope({ organisation: PLANT });
    const { signal } = new AbortController();
    const send = (accept: (typeof brokers)[number]) =>
      accept(scope, {
        topic: TOPIC,
        payload: Buffer.from(batch(1, 'mqtt.full.1', { epoch: 'full' })),
        qos: 1,
        dup: false,
        signal,
      });
    // A queue with a single place: those that find it taken wait instead of failing.
    expect(await Promise.all(brokers.map(send))).toEqual([true, true, true]);
    expect(platform.metrics.render()).toMatch(/ronghe_ingest_overloads_total\{door="mqtt"\} [1-9]/);
    expect(
      await until(
        () => values('mqtt.full.1'),
        (found) => found.length > 0,
      ),
    ).toEqual([1]);
    await small.stop?.();
  });

  it('is taken in its place, however much later the ones before it are ready', async () => {
    const numbers = Array.from({ length: 30 }, (_, index) => index + 1);
    const client = await connect(server.keys.copper);
    // The first are large and packed, the last small: without an order the last would overtake them.
    const payload = (sequence: number) => {
      const samples = [[NOW_MS + sequence, sequence, 'good']];
      const points = [{ key: 'mqtt.order', type: 'number', samples }];
      const text = batch(sequence, 'mqtt.order', { epoch: 'order', points });
      return sequence < 10 ? gzipSync(`${text}${' '.repeat(150_000)}`) : Buffer.from(text);
    };
    await Promise.all(numbers.map((sequence) => client.publishAsync(TOPIC, payload(sequence), { qos: 1 })));
    expect(await values('mqtt.order')).toEqual(numbers);
    await client.endAsync();
  });
});

describe('the MQTT broker', () => {
  it('lets nobody in without a good key, or with a session that outlives the connection', async () => {
    await expect(connect('rk_wrong')).rejects.toThrow();
    await expect(connect('')).rejects.toThrow();
    await expect(connect(server.keys.copper, { clean: false, clientId: 'stays' })).rejects.toThrow();
  });

  it.each([
    ['another collector of another organisation', 'ronghe/v1/magnet/batch'],
    ['a collector that does not exist', 'ronghe/v1/nobody/batch'],
    ['a command to equipment', 'spBv1.0/group/NCMD/edge'],
    ['the state of this Sparkplug host', 'spBv1.0/STATE/ronghe'],
    ['a topic of the broker itself', '$SYS/broker/heartbeat'],
  ])('ends the connection of who publishes to %s', async (_name, topic) => {
    const client = await connect(server.keys.copper);
    expect(await publish(client, topic, batch(1, 'mqtt.attack', { source: 'magnet' }))).toBe('closed');
    await expect(values('mqtt.attack')).rejects.toMatchObject({ code: 'POINT_UNKNOWN' });
  });

  it('refuses every subscription', async () => {
    const client = await connect(server.keys.copper);
    for (const topic of ['#', 'ronghe/v1/copper/batch', '$SYS/#'])
      await expect(client.subscribeAsync(topic)).rejects.toThrow();
  });

  it('does not let one client push out another by its client id', async () => {
    const victim = await connect(server.keys.copper, { clientId: 'same' });
    await connect(server.keys.magnet, { clientId: 'same' });
    expect(await publish(victim, TOPIC, batch(300, 'mqtt.victim'))).toBe('acknowledged');
  });

  it('ends a connection that announces too large a packet', async () => {
    const client = await connect(server.keys.copper);
    expect(await publish(client, TOPIC, Buffer.alloc(300_000, 0x20))).toBe('closed');
  });

  it('ends what a revoked key may do', async () => {
    const { auth, scope } = server.platform;
    const request = {
      name: 'short',
      organisation: PLANT,
      permissions: ['ingest:observation:write' as const],
      expiresAt: null,
    };
    const { apiKey, key } = await auth.addKey(scope(), request);
    const client = await connect(key);
    expect(await publish(client, TOPIC, batch(301, 'mqtt.revoked'))).toBe('acknowledged');
    await auth.revokeKey(scope(), apiKey.id);
    expect(await publish(client, TOPIC, batch(302, 'mqtt.revoked'))).toBe('closed');
    expect(await values('mqtt.revoked')).toEqual([301]);
  });

  it('closes its port when it stops, and opens again', async () => {
    const { createMqtt } = await import('#platform/mqtt/mqtt.ts');
    const { config, auth, log, metrics } = server.platform;
    const broker = createMqtt({ config, auth, log, metrics, accept: async () => true });
    const port = await broker.start();
    const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
      password: server.keys.copper,
      username: 'x',
      reconnectPeriod: 0,
    });
    clients.push(client);
    await until(() => client.connected, Boolean);
    await broker.stop();
    await until(
      () => client.connected,
      (connected) => !connected,
    );
    const again = createMqtt({
      config: { ...config, mqttPort: port },
      auth,
      log,
      metrics,
      accept: async () => true,
    });
    expect(await again.start()).toBe(port);
    const other = createMqtt({
      config: { ...config, mqttPort: port },
      auth,
      log,
      metrics,
      accept: async () => true,
    });
    await expect(other.start()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await again.stop();
  });
});
