import mqtt, { type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createMetrics } from '#platform/http/metrics.ts';
import type { MqttAccept } from '#platform/mqtt/mqtt.ts';
import { startTestIngest, type TestIngest, until } from '../ingest.fixture.ts';
import { payloadBytes } from '../sparkplug/sparkplug-bytes.fixture.ts';
import { decodePayload } from '../sparkplug/sparkplug-codec.ts';
import { createExternalBroker, type ExternalBroker } from './external-broker.reader.ts';
import { createMessaging } from './messaging.service.ts';
import { createMosquitto, findMosquitto, MOSQUITTO_USER, type Mosquitto } from './mosquitto.fixture.ts';

const program = findMosquitto();
if (!program)
  process.stderr.write('SKIPPED: mosquitto is not installed (Debian: apt-get install mosquitto)\n');

describe.skipIf(!program)('a broker of others, a real mosquitto', () => {
  let broker: Mosquitto;
  let server: TestIngest;
  const clients: MqttClient[] = [];
  const links: ExternalBroker[] = [];
  beforeAll(async () => {
    broker = await createMosquitto(program ?? '');
    await broker.start();
    server = await startTestIngest({
      mqttUrl: `mqtt://127.0.0.1:${broker.port}`,
      mqttUser: MOSQUITTO_USER.username,
      mqttPassword: MOSQUITTO_USER.password,
      mqttTopics: ['ronghe/v1/json/#', 'spBv1.0/#'],
      sparkplugRole: 'primary',
      sparkplugReorderMs: 100,
    });
    await until(connectedLinks, (count) => count === 2);
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
    await Promise.all(links.splice(0).map((link) => link.stop()));
  });
  afterAll(async () => {
    await server?.stop();
    await broker?.kill();
  });

  const connectedLinks = () =>
    Number(/ronghe_ingest_mqtt_external_connected (\d+)/.exec(server.platform.metrics.render())?.[1]);
  const connect = async (): Promise<MqttClient> => {
    const options = { ...MOSQUITTO_USER, protocolVersion: 5 as const, reconnectPeriod: 200, clean: true };
    const client = mqtt.connect(`mqtt://127.0.0.1:${broker.port}`, options);
    client.on('error', () => undefined);
    clients.push(client);
    await new Promise<void>((resolve) => client.once('connect', () => resolve()));
    return client;
  };
  /** A link of its own, so that a test decides when a message is durable. */
  const link = async (group: string, accept: MqttAccept): Promise<ExternalBroker> => {
    const { platform } = server;
    const config = { ...platform.config, mqttGroup: group, mqttTopics: ['ack/#'] };
    const opened = createExternalBroker({
      ...platform,
      config,
      metrics: createMetrics(),
      accept,
      state: () => [],
    });
    links.push(opened);
    await opened.start();
    return opened;
  };
  const values = async (point: string) => {
    const query = { point, from: new Date(0).toISOString(), limit: 5_000, order: 'ascending' as const };
    try {
      const { items } = await server.ingest.observations.list(server.platform.scope(), query);
      return items.map(({ value }) => value);
    } catch (error) {
      if ((error as { code?: string }).code === 'POINT_UNKNOWN') return [];
      throw error;
    }
  };

  it('gets its acknowledgement only for what is durable, and sends the rest again', async () => {
    const publisher = await connect();
    const first: string[] = [];
    const never = await link('held', async (_scope, { payload, signal }) => {
      first.push(String(payload));
      // "1" is durable, the others never: the engines are away.
      if (String(payload) === '1') return true;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return false;
    });
    // The broker has the subscription as soon as something comes through.
    await expect
      .poll(async () => {
        await publisher.publishAsync('ack/start', '1', { qos: 1 });
        return first.length;
      })
      .toBeGreaterThan(0);
    for (const text of ['2', '3', '4']) await publisher.publishAsync('ack/x', text, { qos: 1 });
    await expect.poll(() => first.filter((text) => text !== '1')).toEqual(['2', '3', '4']);
    links.splice(links.indexOf(never), 1);
    await never.stop();
    await publisher.publishAsync('ack/x', '5', { qos: 1 });
    const second: string[] = [];
    await link('held', async (_scope, { payload }) => {
      second.push(String(payload));
      return true;
    });
    await expect.poll(() => second, { timeout: 10_000 }).toEqual(['2', '3', '4', '5']);
  });

  it('is read again after it was killed, with every value there once', async () => {
    const time = Date.now() - 3_600_000;
    const body = (index: number) =>
      JSON.stringify({ point: 'killed', time: time + index, value: index, quality: 'good' });
    const wanted = Array.from({ length: 300 }, (_, index) => index);
    const publish = (client: MqttClient, index: number) =>
      client.publishAsync('ronghe/v1/json/a', body(index), { qos: 1 });
    const before = await connect();
    const sent = wanted.slice(0, 150).map((index) => publish(before, index));
    for (const each of sent) each.catch(() => undefined);
    await sent[20];
    await broker.kill();
    await broker.start();
    // What the broker acknowledged and lost is its own loss; a sender that is not sure sends again.
    const after = await connect();
    await expect.poll(connectedLinks, { timeout: 15_000 }).toBe(2);
    await Promise.all(wanted.map((index) => publish(after, index)));
    await expect.poll(() => values('a.killed'), { timeout: 10_000 }).toEqual(wanted);
  });

  it('carries Sparkplug, with the state of the host and its commands', async () => {
    await expect.poll(connectedLinks, { timeout: 30_000 }).toBe(2);
    const edge = await connect();
    const heard: [string, Buffer][] = [];
    edge.on('message', (topic, payload) => heard.push([topic, payload]));
    await edge.subscribeAsync(['spBv1.0/STATE/ronghe', 'spBv1.0/g/NCMD/e'], { qos: 1 });
    const states = () =>
      heard
        .filter(([topic]) => topic.includes('STATE'))
        .map(([, payload]) => JSON.parse(String(payload)) as { online: boolean; timestamp: number });
    // After the kill the broker may tell of the death of the old connection first.
    await expect.poll(() => states().at(-1)?.online).toBe(true);
    const online = states().at(-1);
    const told = states().length;
    const lie = JSON.stringify({ online: false, timestamp: online?.timestamp });
    await edge.publishAsync('spBv1.0/STATE/ronghe', lie, { qos: 1, retain: true });
    await expect
      .poll(() =>
        states()
          .slice(told)
          .map((state) => state.online),
      )
      .toEqual([false, true]);
    expect(states().at(-1), 'told again at once').toEqual(online);
    const startMs = Date.now() - 60_000;
    const send = (type: string, seq: number, metric: object) =>
      edge.publishAsync(
        `spBv1.0/g/${type}/e`,
        payloadBytes({ timestampMs: startMs + seq, seq, metrics: [metric] }),
      );
    await send('NDATA', 5, { alias: 3, int: 1 });
    await expect.poll(() => heard.at(-1)?.[0]).toBe('spBv1.0/g/NCMD/e');
    expect(decodePayload(heard.at(-1)?.[1] ?? Buffer.alloc(0)).metrics).toMatchObject([
      { name: 'Node Control/Rebirth', raw: { boolean: true } },
    ]);
    await send('NBIRTH', 0, { name: 'speed', alias: 3, datatype: 3, int: 10 });
    await send('NDATA', 1, { alias: 3, int: 11 });
    await expect.poll(() => values('g/e:speed'), { timeout: 10_000 }).toEqual([10, 11]);
  });

  it('is not read for an organisation that does not exist', async () => {
    const { platform } = server;
    const unused = () => Promise.reject(new Error('nothing may come'));
    for (const key of ['mqttOrganisation', 'kafkaOrganisation']) {
      const config = { ...platform.config, mqttPort: 0, [key]: 'jx.nobody' };
      const intake = { store: unused, refuse: unused };
      const messaging = createMessaging({ ...platform, config, intake, batches: unused });
      await expect(messaging.start()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    }
  });
});
