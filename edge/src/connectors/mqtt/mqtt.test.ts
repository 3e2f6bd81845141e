import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import type { Gap, Reading } from '../../connector.ts';
import { silentLog } from '../../log.ts';
import { connectorContract } from '../../testing/connector-contract.ts';
import { DEVICE_TOPIC, startBroker, startDevice } from '../../testing/mqtt-peer.ts';
import { startTcpProxy } from '../../testing/tcp-proxy.ts';
import { until } from '../../testing/wait.ts';
import { MqttConfig } from './mqtt.config.ts';
import { createMqtt } from './mqtt.ts';

describe('mqtt keeps the contract of connectors:', () => {
  const contract = connectorContract({
    async startPeer(port) {
      const broker = await startBroker(port);
      const device = await startDevice(broker.port);
      return {
        port: broker.port,
        set: device.set,
        async stop() {
          await device.stop();
          await broker.stop();
        },
      };
    },
    create: (port, context, host) =>
      createMqtt({
        ...context,
        config: MqttConfig.parse({
          name: 'line',
          protocol: 'mqtt',
          endpoint: `mqtt://${host}:${port}`,
          keepAliveSeconds: 2,
          points: [
            { key: 'contract.value', topic: DEVICE_TOPIC, path: '/data/value', time: '/ts', unit: 'Cel' },
            { key: 'contract.missing', topic: DEVICE_TOPIC, path: '/data/missing', time: '/ts' },
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

type Scene = Awaited<ReturnType<typeof scene>>;

async function scene(rest: object, options: Parameters<typeof startBroker>[1] = {}) {
  const broker = await startBroker(0, options);
  undo.push(() => broker.stop());
  const proxy = await startTcpProxy(broker.port);
  undo.push(() => proxy.close());
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-mqtt-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const readings: Reading[] = [];
  const gaps: Gap[] = [];
  const scheme = options.tls === undefined ? 'mqtt' : 'mqtts';
  const connector = createMqtt({
    config: MqttConfig.parse({
      name: 'line',
      protocol: 'mqtt',
      endpoint: `${scheme}://127.0.0.1:${proxy.port}`,
      keepAliveSeconds: 2,
      ...rest,
    }),
    emit: (some) => readings.push(...some),
    gap: (gap) => gaps.push(gap),
    log: silentLog(),
    clock: systemClock,
    folder,
  });
  undo.push(() => connector.stop());
  const connected = () => until('connected', () => connector.state().state === 'connected');
  return {
    broker,
    proxy,
    connector,
    readings,
    gaps,
    folder,
    connected,
    async start() {
      await connector.start();
      await connected();
    },
    values: (key: string) => readings.filter(({ point }) => point.key === key).map(({ sample }) => sample),
  };
}

/** A sender beside the connector; TLS is between the connector and the broker only. */
async function sender({ broker }: Scene) {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`);
  undo.push(() => client.endAsync(true));
  return {
    publish: (topic: string, body: unknown, retain = false) =>
      client.publishAsync(topic, typeof body === 'string' ? body : JSON.stringify(body), { qos: 1, retain }),
  };
}

test('a message is acknowledged only after it was emitted', { timeout: 20_000 }, async () => {
  const all = await scene({ points: [{ key: 'p', topic: 't', path: '/v' }] });
  const order: string[] = [];
  all.broker.broker.on('ack', () => order.push(`acknowledged with ${all.values('p').length} emitted`));
  await all.start();
  const { publish } = await sender(all);
  await publish('t', { v: 1 });
  await until('the first is acknowledged', () => order.length === 1);
  await publish('t', { v: 2 });
  await until('the second is acknowledged', () => order.length === 2);
  expect(order).toEqual(['acknowledged with 1 emitted', 'acknowledged with 2 emitted']);
});

test('with a session of the broker a gap is filled with what was published meanwhile', {
  timeout: 20_000,
}, async () => {
  const all = await scene({
    cleanSession: false,
    points: [{ key: 'p', topic: 't', path: '/v', time: '/ts' }],
  });
  // a message that was not acknowledged before the cut would come twice, and rightly so
  let acknowledged = 0;
  all.broker.broker.on('ack', () => {
    acknowledged += 1;
  });
  await all.start();
  const { publish } = await sender(all);
  await publish('t', { v: 0, ts: Date.now() });
  await until('the first value', () => all.values('p').length === 1 && acknowledged === 1);
  await all.proxy.cut();
  await until('stale', () => all.values('p').at(-1)?.[3] === 'stale');
  await new Promise((resolve) => setTimeout(resolve, 5));
  for (const v of [1, 2, 3]) await publish('t', { v, ts: Date.now() });
  await all.proxy.mend();
  await until('the gap is told', () => all.gaps.length === 1);
  expect(all.values('p').map(([, value]) => value)).toEqual([0, null, 1, 2, 3]);
  expect(all.gaps[0]).toMatchObject({ points: 1, filled: 3, reason: 'link-lost' });
});

test('without a session the gap stays open, and is told once', { timeout: 20_000 }, async () => {
  const all = await scene({ points: [{ key: 'p', topic: 't', path: '/v' }] });
  await all.start();
  await all.proxy.cut();
  await until('lost', () => all.connector.state().state === 'disconnected');
  const beforeMs = Date.now();
  await all.proxy.mend();
  await all.connected();
  const [gap] = await until('the gap is told', () => all.gaps.length > 0 && all.gaps);
  expect(gap).toMatchObject({ filled: null, points: 1 });
  expect(gap?.fromMs).toBeLessThanOrEqual(beforeMs);
  expect(gap?.toMs).toBeGreaterThanOrEqual(beforeMs);
});

test('a refused subscription makes its points bad and leaves the others alone', {
  timeout: 20_000,
}, async () => {
  const all = await scene(
    {
      points: [
        { key: 'mine', topic: 'mine', path: '/v' },
        { key: 'yours', topic: 'yours', path: '/v' },
      ],
    },
    { mayRead: (filter) => filter === 'mine' },
  );
  await all.start();
  const { publish } = await sender(all);
  await publish('mine', { v: 1 });
  await until('the value', () => all.values('mine').some(([, value]) => value === 1));
  expect(all.values('yours').map((sample) => sample.slice(1))).toEqual([
    [null, 'bad', 'subscription-refused'],
  ]);
  expect(all.connector.state()).toMatchObject({ points: 2, pointsFailed: 1 });
});

test('a thousand topics are subscribed to', { timeout: 20_000 }, async () => {
  const points = Array.from({ length: 1_210 }, (_, at) => ({
    key: `p${at}`,
    topic: `t/${at}`,
    format: 'plain',
  }));
  const all = await scene({ points });
  await all.start();
  const { publish } = await sender(all);
  for (const at of [0, 49, 50, 499, 500, 1_209]) await publish(`t/${at}`, String(at));
  await until('the last', () => all.values('p1209').length === 1);
  expect(all.readings.map(({ point, sample }) => [point.key, sample[1]])).toEqual(
    [0, 49, 50, 499, 500, 1_209].map((at) => [`p${at}`, at]),
  );
});

test('topics are discovered, and a retained message is marked', { timeout: 20_000 }, async () => {
  const all = await scene({
    discover: [{ topic: 'plant/+/state', key: '{topic[1]}.{field}', equipment: '{topic[1]}', time: '/ts' }],
  });
  const { publish } = await sender(all);
  const ts = Date.now() - 60_000;
  await publish('plant/press-1/state', { ts, temperature: 20.5, motor: { on: true } }, true);
  await all.start();
  await until('the retained values', () => all.readings.length === 2);
  await publish('plant/press-1/state', { ts: ts + 1, temperature: 21 });
  await until('the next value', () => all.readings.length === 3);
  expect(all.readings.map(({ point, sample }) => [point.key, point.equipment, ...sample])).toEqual([
    ['press-1.temperature', 'press-1', ts, 20.5, 'good', 'retained'],
    ['press-1.motor.on', 'press-1', ts, true, 'good', 'retained'],
    ['press-1.temperature', 'press-1', ts + 1, 21, 'good'],
  ]);
});

test('a message over the limit is a bad sample and does not end the connection', {
  timeout: 20_000,
}, async () => {
  const all = await scene({ payloadBytesMax: 100, points: [{ key: 'p', topic: 't', path: '/v' }] });
  await all.start();
  const { publish } = await sender(all);
  await publish('t', { v: 1, filler: 'x'.repeat(200_000) });
  await publish('t', { v: 2 });
  await until('both', () => all.values('p').length === 2);
  expect(all.values('p').map((sample) => sample.slice(1))).toEqual([
    [null, 'bad', 'payload-too-large'],
    [2, 'good'],
  ]);
  expect(all.connector.state()).toMatchObject({ state: 'connected', recoveries: 0 });
});

test('another client with the same id does not make a storm of connections', {
  timeout: 20_000,
}, async () => {
  const all = await scene({ clientId: 'twin', points: [{ key: 'p', topic: 't' }] });
  let connections = 0;
  all.broker.broker.on('client', () => {
    connections += 1;
  });
  await all.start();
  const twin = mqtt.connect(`mqtt://127.0.0.1:${all.broker.port}`, { clientId: 'twin', reconnectPeriod: 50 });
  twin.on('error', () => undefined);
  undo.push(() => twin.endAsync(true));
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  // Each of our connections throws the twin out, who is back at once: ours wait longer each time.
  expect(connections).toBeGreaterThan(3);
  expect(connections).toBeLessThan(16);
});

test('a refusal is told without the password, and the id of the client is made once', {
  timeout: 20_000,
}, async () => {
  const all = await scene({ username: 'u', password: 'verysecret', points: [{ key: 'p', topic: 't' }] });
  all.broker.broker.authenticate = (_client, user, password, done) =>
    done(null, user === 'u' && String(password) === 'other');
  await all.connector.start();
  await until('the refusal', () => all.connector.state().lastError?.includes('Connection refused'));
  expect(JSON.stringify(all.connector.state())).not.toContain('verysecret');
  const id = await readFile(join(all.folder, 'client-id'), 'utf8');
  expect(id).toMatch(/^ronghe[0-9a-f]{16}$/);
  all.broker.broker.authenticate = (client, _user, _password, done) => done(null, client.id === id);
  await all.connected();
});

const pem = (folder: string, name: string) => join(folder, name);

/** A certificate authority, a broker called broker.plant, and a client, made by OpenSSL; null where it is missing. */
async function makeCertificates(): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-mqtt-tls-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const run = (line: string) => execFileSync('openssl', line.split(' '), { cwd: folder, stdio: 'ignore' });
  const key = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';
  try {
    run(`req -x509 ${key} -days 2 -subj /CN=ca -keyout ca.key -out ca.pem`);
    await writeFile(pem(folder, 'broker.ext'), 'subjectAltName=DNS:broker.plant\n');
    await writeFile(pem(folder, 'client.ext'), 'extendedKeyUsage=clientAuth\n');
    for (const name of ['broker', 'client']) {
      run(`req ${key} -subj /CN=${name} -keyout ${name}.key -out ${name}.csr`);
      run(
        `x509 -req -in ${name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ${name}.ext -out ${name}.pem`,
      );
    }
  } catch {
    return null;
  }
  return folder;
}

test('TLS asks for the authority, the name and our certificate, and says what is wrong', {
  timeout: 30_000,
}, async (context) => {
  const folder = await makeCertificates();
  if (folder === null)
    return context.skip('openssl is not installed, so there are no certificates to test with');
  const read = (name: string) => readFile(pem(folder, name));
  const tls = {
    ca: await read('ca.pem'),
    cert: await read('broker.pem'),
    key: await read('broker.key'),
    requestCert: true,
    rejectUnauthorized: true,
  };
  const whole = {
    caFile: pem(folder, 'ca.pem'),
    certificateFile: pem(folder, 'client.pem'),
    keyFile: pem(folder, 'client.key'),
    serverName: 'broker.plant',
  };
  const points = [{ key: 'p', topic: 't', path: '' }];
  const failing = async (config: object, message: RegExp) => {
    const all = await scene({ points, tls: config }, { tls });
    await all.connector.start();
    await until(`told: ${message}`, () => message.test(all.connector.state().lastError ?? ''));
    expect(all.connector.state().state).not.toBe('connected');
    await all.connector.stop();
  };
  await failing({ ...whole, caFile: undefined }, /self.signed|unable to verify|unable to get/i);
  await failing({ ...whole, serverName: 'other.plant' }, /does not match certificate/);
  await failing({ ...whole, keyFile: pem(folder, 'gone.key') }, /gone\.key cannot be read: ENOENT/);
  await failing({ caFile: whole.caFile, serverName: whole.serverName }, /certificate required/);
  const all = await scene({ points, tls: whole }, { tls });
  await all.start();
  all.broker.broker.publish(
    { cmd: 'publish', topic: 't', payload: Buffer.from('7'), qos: 1, retain: false, dup: false },
    () => undefined,
  );
  await until('the value', () => all.values('p').some(([, value]) => value === 7));
});

const wrong: [string, object, RegExp][] = [
  ['a # in the middle', { points: [{ key: 'p', topic: 'a/#/b' }] }, /# must stand alone in the last level/],
  ['a # in a point', { points: [{ key: 'p', topic: 'a/#' }] }, /a point needs its topic/],
  ['half a +', { points: [{ key: 'p', topic: 'a/b+' }] }, /\+ must stand alone/],
  ['a path that is no pointer', { points: [{ key: 'p', topic: 't', path: 'a.b' }] }, /JSON Pointer/],
  ['an unknown part', { discover: [{ topic: '#', key: '{device}' }] }, /\{device\} is not known/],
  ['a lonely brace', { discover: [{ topic: '#', key: '{topic' }] }, /a brace has no partner/],
  ['nothing to read', {}, /at least one point/],
  ['half a certificate', { points: [{ key: 'p', topic: 't' }], tls: { keyFile: '/k' } }, /go together/],
  ['TLS without TLS', { points: [{ key: 'p', topic: 't' }], tls: {} }, /needs an endpoint with mqtts/],
  ['a scaled text', { points: [{ key: 'p', topic: 't', type: 'text', scale: 2 }] }, /cannot be scaled/],
  [
    'fields of a plain payload',
    { points: [{ key: 'p', topic: 't', format: 'plain', path: '/a' }] },
    /no fields/,
  ],
  [
    'credentials in the address',
    { endpoint: 'mqtt://u:p@h:1', points: [{ key: 'p', topic: 't' }] },
    /like mqtt:/,
  ],
];
for (const [title, rest, message] of wrong)
  test(`the configuration refuses ${title}`, () => {
    const parsed = MqttConfig.safeParse({ name: 'a', protocol: 'mqtt', endpoint: 'mqtt://h:1', ...rest });
    expect(JSON.stringify(parsed.error?.issues.map((issue) => issue.message))).toMatch(message);
  });
