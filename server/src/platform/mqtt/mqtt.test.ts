import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '#platform/config/config.ts';
import { createMqtt, type Mqtt, type MqttAccept } from '#platform/mqtt/mqtt.ts';
import { startTestPlatform, type TestPlatform } from '#platform/testing/platform.ts';

let platform: TestPlatform;
const keys = { copper: '', magnet: '' };
beforeAll(async () => {
  platform = await startTestPlatform({ domains: [] });
  for (const name of ['copper', 'magnet'] as const) {
    const path = `jx.${name}`;
    const organisation = { path, kind: 'enterprise' as const, name, division: null, code: null };
    await platform.auth.addOrganisation(platform.scope(), organisation);
    const permissions = ['ingest:observation:read' as const, 'ingest:observation:write' as const];
    const request = { name, organisation: path, permissions, expiresAt: null };
    keys[name] = (await platform.auth.addKey(platform.scope(), request)).key;
  }
});
afterAll(() => platform.stop());

const brokers: Mqtt[] = [];
const clients: MqttClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
  await Promise.all(brokers.splice(0).map((broker) => broker.stop()));
});

async function startBroker(accept: MqttAccept, config: Partial<Config> = {}): Promise<number> {
  const { auth, log, metrics } = platform;
  const parts = { config: { ...platform.config, ...config }, auth, log, metrics };
  const broker = createMqtt({ ...parts, accept, maySubscribe: () => true });
  brokers.push(broker);
  return broker.start();
}
const connect = async (port: number, options: IClientOptions): Promise<MqttClient> => {
  const client = mqtt.connect({ host: '127.0.0.1', port, reconnectPeriod: 0, username: 'any', ...options });
  client.on('error', () => undefined);
  clients.push(client);
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve());
    client.once('error', reject);
    client.once('close', () => reject(new Error('closed')));
  });
  return client;
};
/** What a client hears, as `topic payload`. */
const heard = (client: MqttClient): string[] => {
  const messages: string[] = [];
  client.on('message', (topic, payload) => messages.push(`${topic} ${payload}`));
  return messages;
};
const forward: MqttAccept = async () => 'forward';

describe('the embedded broker', () => {
  it('lets a key in only from its addresses, and lets it go when they change', async () => {
    const port = await startBroker(forward);
    const request = {
      ...{ name: 'bound', organisation: 'jx.copper', permissions: ['ingest:observation:read' as const] },
    };
    const keyFor = (address: string) =>
      platform.auth.addKey(platform.scope(), { ...request, allowedAddresses: [address] });
    const elsewhere = await keyFor('10.0.0.0/8');
    await expect(connect(port, { password: elsewhere.key })).rejects.toMatchObject({ code: 5 });
    const here = await keyFor('127.0.0.1');
    const client = await connect(port, { password: here.key });
    await client.subscribeAsync('a/#');
    await platform.auth.changeKey(platform.scope(), here.apiKey.id, { allowedAddresses: ['10.0.0.1'] });
    await expect(client.subscribeAsync('b/#')).rejects.toThrow();
  });

  it('acknowledges QoS 1 and 2 when the message is durable, and not before', async () => {
    let release = (): void => undefined;
    const durable = new Promise<void>((resolve) => {
      release = resolve;
    });
    const arrived: string[] = [];
    const port = await startBroker(async (_scope, { topic }) => {
      arrived.push(topic);
      await durable;
      return true;
    });
    const client = await connect(port, { password: keys.copper });
    const answers: string[] = [];
    client.on('packetreceive', ({ cmd }) => answers.push(cmd));
    const sent = [client.publishAsync('one', 'x', { qos: 1 }), client.publishAsync('two', 'x', { qos: 2 })];
    await expect.poll(() => arrived).toEqual(['one', 'two']);
    // A ping goes round after both messages were read, so their answers would have come before it.
    client.sendPing();
    const other = await connect(port, { password: keys.copper, clientId: 'other' });
    await other.subscribeAsync('nothing');
    expect(answers.filter((cmd) => cmd === 'puback' || cmd === 'pubrec')).toEqual([]);
    release();
    await Promise.all(sent);
    expect(answers).toEqual(expect.arrayContaining(['puback', 'pubrec', 'pubcomp']));
  });

  it('keeps two organisations on the same topics apart, live, retained and in their wills', async () => {
    const port = await startBroker(forward);
    const copper = await connect(port, { password: keys.copper, clientId: 'same' });
    const magnet = await connect(port, { password: keys.magnet, clientId: 'same' });
    const messages = heard(magnet);
    for (const filter of ['#', '+/+/+', '+/#', 'jx.copper/#', 'plant/a/temperature', '/#'])
      await magnet.subscribeAsync(filter, { qos: 1 });
    await expect(magnet.subscribeAsync('$SYS/#')).rejects.toThrow();
    await expect(magnet.subscribeAsync('$share/group/#')).rejects.toThrow();
    await copper.publishAsync('plant/a/temperature', 'secret', { qos: 1 });
    await copper.publishAsync('plant/a/temperature', 'secret, kept', { qos: 1, retain: true });
    const will = { topic: 'plant/a/died', payload: Buffer.from('secret'), qos: 1 as const, retain: true };
    const dying = await connect(port, { password: keys.copper, clientId: 'dying', will });
    const own = await connect(port, { password: keys.copper, clientId: 'own' });
    const ownMessages = heard(own);
    await own.subscribeAsync('#', { qos: 1 });
    dying.stream.destroy();
    await expect.poll(() => ownMessages).toContain('plant/a/died secret');
    expect(ownMessages).toContain('plant/a/temperature secret, kept');
    // A new subscription would get the retained ones; its own message proves that it works.
    await magnet.unsubscribeAsync('#');
    await magnet.subscribeAsync('#', { qos: 1 });
    await magnet.publishAsync('plant/a/temperature', 'own', { qos: 1 });
    await expect.poll(() => messages).toContain('plant/a/temperature own');
    expect(messages.filter((message) => message.includes('secret'))).toEqual([]);
  });

  it('hands messages of QoS 2 on once, retained ones too', async () => {
    const port = await startBroker(forward);
    const client = await connect(port, { password: keys.copper });
    const messages = heard(client);
    await client.subscribeAsync('two/#', { qos: 2 });
    await client.publishAsync('two/a', 'x', { qos: 2, retain: true });
    await client.publishAsync('two/b', 'y', { qos: 2 });
    await expect.poll(() => messages).toEqual(['two/a x', 'two/b y']);
    const later = await connect(port, { password: keys.copper, clientId: 'later' });
    const kept = heard(later);
    await later.subscribeAsync('two/#', { qos: 1 });
    await expect.poll(() => kept).toEqual(['two/a x']);
  });

  it('holds so many large messages and no more, and takes them when there is room again', async () => {
    let release = (): void => undefined;
    const durable = new Promise<void>((resolve) => {
      release = resolve;
    });
    let waiting = 0;
    const port = await startBroker(
      async () => {
        waiting += 1;
        await durable;
        return true;
      },
      { bodyBytesMax: 100_000 },
    );
    const publish = async (clientId: string) => {
      const client = await connect(port, { password: keys.copper, clientId });
      return new Promise<string>((resolve) => {
        client.once('close', () => resolve('closed'));
        client.publish('large', Buffer.alloc(90_000), { qos: 1 }, (error) => {
          if (!error) resolve('acknowledged');
        });
      });
    };
    const held = ['1', '2', '3', '4'].map(publish);
    await expect.poll(() => waiting).toBe(4);
    expect(await publish('5')).toBe('closed');
    release();
    expect(await Promise.all(held)).toEqual(Array.from({ length: 4 }, () => 'acknowledged'));
    expect(await publish('6')).toBe('acknowledged');
  });

  it('ends a subscription when the client says so', async () => {
    const port = await startBroker(forward);
    const client = await connect(port, { password: keys.copper });
    const messages = heard(client);
    await client.subscribeAsync(['a/#', 'b']);
    await client.unsubscribeAsync('a/#');
    await client.publishAsync('a/1', 'x', { qos: 1 });
    await client.publishAsync('b', 'y', { qos: 1 });
    await expect.poll(() => messages).toEqual(['b y']);
  });

  it('takes the key as user name when there is no password, and never one of both', async () => {
    const port = await startBroker(forward);
    expect((await connect(port, { username: keys.copper })).connected).toBe(true);
    await expect(connect(port, { username: keys.copper, password: 'rk_wrong' })).rejects.toThrow();
    await expect(connect(port, { password: keys.copper, protocolVersion: 5 })).rejects.toThrow();
  });

  it('keeps at most a thousand retained messages of an organisation, and lets later ones pass', async () => {
    const port = await startBroker(forward);
    const client = await connect(port, { password: keys.copper });
    const sent = Array.from({ length: 1_010 }, (_, index) =>
      client.publishAsync(`kept/${index}`, 'x', { qos: 1, retain: true }),
    );
    await Promise.all(sent);
    const reader = await connect(port, { password: keys.copper, clientId: 'reader' });
    const messages = heard(reader);
    await reader.subscribeAsync('kept/+', { qos: 1 });
    await expect.poll(() => messages.length).toBe(1_000);
    await client.publishAsync('kept/1009', 'live', { qos: 1, retain: true });
    await expect.poll(() => messages.at(-1)).toBe('kept/1009 live');
    expect(platform.metrics.render()).toMatch(/ronghe_mqtt_refused_total\{reason="retained"\} 11/);
  });

  it('refuses more subscriptions than a hundred, and topics that are too deep', async () => {
    const port = await startBroker(forward);
    const client = await connect(port, { password: keys.copper });
    for (let index = 0; index < 100; index += 1) await client.subscribeAsync(`topic/${index}`);
    await expect(client.subscribeAsync('topic/100')).rejects.toThrow();
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    client.publish(Array.from({ length: 30 }, () => 'deep').join('/'), 'x', { qos: 1 }, () => undefined);
    await closed;
  });

  it('hands a will on after its connection is gone, and takes messages in their order', async () => {
    const arrived: string[] = [];
    const port = await startBroker(async (_scope, { topic, signal }) => {
      if (!signal.aborted) arrived.push(topic);
      return true;
    });
    const will = { topic: 'gone', payload: Buffer.from('x'), qos: 1 as const, retain: false };
    const client = await connect(port, { password: keys.copper, will });
    const topics = Array.from({ length: 200 }, (_, index) => `topic/${index}`);
    await Promise.all(topics.map((topic) => client.publishAsync(topic, 'x', { qos: 1 })));
    client.stream.destroy();
    await expect.poll(() => arrived.at(-1)).toBe('gone');
    expect(arrived).toEqual([...topics, 'gone']);
  });

  it('speaks TLS on a port of its own, and says what is wrong with a certificate', async (context) => {
    const folder = mkdtempSync(join(platform.folder, 'tls-'));
    const files = { mqttTlsCert: join(folder, 'cert.pem'), mqttTlsKey: join(folder, 'key.pem') };
    try {
      const request = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost';
      const out = ['-keyout', files.mqttTlsKey, '-out', files.mqttTlsCert];
      execFileSync('openssl', ['req', ...request.split(' '), ...out], { stdio: 'ignore' });
    } catch {
      return context.skip('openssl is not installed, so there is no certificate to test with');
    }
    const mqttTlsPort = await freePort();
    await startBroker(forward, { ...files, mqttTlsPort });
    const client = await connect(mqttTlsPort, {
      protocol: 'mqtts',
      password: keys.copper,
      rejectUnauthorized: false,
    });
    const messages = heard(client);
    await client.subscribeAsync('a');
    await client.publishAsync('a', 'x', { qos: 1 });
    await expect.poll(() => messages).toEqual(['a x']);
    const wrong = { mqttTlsPort: await freePort(), mqttTlsCert: join(folder, 'none.pem') };
    await expect(startBroker(forward, { ...files, ...wrong })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
