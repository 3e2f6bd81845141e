import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CollectorAnswer, CollectorQuestion } from '@ronghe/contracts';
import mqtt from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import { startModbusPeer } from '../testing/modbus-peer.ts';
import { startBroker } from '../testing/mqtt-peer.ts';
import { startOpcuaPeer } from '../testing/opcua-peer.ts';
import { startEdgeNode } from '../testing/sparkplug-peer.ts';
import { freePort } from '../testing/tcp-proxy.ts';
import { until } from '../testing/wait.ts';
import { modbusOf, opcuaOf, openFleet, type Scene } from './fleet.fixture.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

type Kind = CollectorQuestion['kind'];
async function ask<K extends Kind>(
  scene: Scene,
  question: { kind: K } & Record<string, unknown>,
): Promise<Extract<CollectorAnswer, { kind: K }>> {
  const outcome = await scene.fleet.ask(question);
  if (!outcome.ok) throw new Error(outcome.message);
  return outcome.answer as Extract<CollectorAnswer, { kind: K }>;
}

async function modbus() {
  const peer = await startModbusPeer();
  undo.push(() => peer.stop());
  return peer;
}
async function opcua() {
  const peer = await startOpcuaPeer();
  undo.push(() => peer.stop());
  return peer;
}
const trials = (scene: Scene): Promise<string[]> => readdir(join(scene.buffer, 'trials')).catch(() => []);

test('a trial tells the first value of each point, stores nothing and leaves nothing', {
  timeout: 60_000,
}, async () => {
  const [peer, scene] = [await modbus(), await openFleet(undo)];
  peer.setFloat(100, 12.5);
  const connection = modbusOf('press', peer.port, [
    { key: 'pressure', address: 'holding:100', encoding: 'float32' },
    { key: 'on', address: 'coil:3' },
  ]);
  const tried = await ask(scene, { kind: 'try', connection });
  expect(tried).toMatchObject({ connected: true, error: null, certificate: null });
  expect(tried.latencyMs).toBeGreaterThanOrEqual(0);
  expect(tried.readings.map(({ key, value, quality }) => [key, value, quality]).sort()).toEqual([
    ['on', false, 'good'],
    ['pressure', 12.5, 'good'],
  ]);
  expect(await trials(scene)).toEqual([]);
  expect(scene.collector.report()).toMatchObject({ samplesRead: 0, connections: [] });
});

test('a trial of what does not answer says why, and of a wrong connection what is wrong, without secrets', {
  timeout: 60_000,
}, async () => {
  const scene = await openFleet(undo);
  const port = await freePort();
  const points = [{ key: 'a', address: 'holding:0' }];
  const tried = await ask(scene, { kind: 'try', connection: modbusOf('press', port, points) });
  expect(tried).toMatchObject({ connected: false, latencyMs: null, readings: [] });
  expect(tried.error).toContain('ECONNREFUSED');
  const connection = {
    name: 'broker',
    protocol: 'mqtt',
    endpoint: `mqtt://reader:s3cret-word@127.0.0.1:${port}`,
    password: 'an0ther-word',
    points: [{ key: 'a', topic: 'a/#' }],
  };
  const outcome = await scene.fleet.ask({ kind: 'try', connection });
  if (outcome.ok) throw new Error('it was taken');
  expect(outcome.message).toContain('endpoint: ');
  expect(outcome.message).toContain('points[0].topic: ');
  expect(outcome.message).not.toMatch(/s3cret-word|an0ther-word/);
});

test('a device that takes one connection turns a trial away, which is told, and goes on being read', {
  timeout: 60_000,
}, async () => {
  const [peer, scene] = [await modbus(), await openFleet(undo)];
  let taken = 0;
  const device = createServer((socket) => {
    socket.on('error', () => undefined);
    taken += 1;
    if (taken > 1) return void setTimeout(() => socket.destroy(), 300);
    const inside = connect(peer.port, '127.0.0.1').on('error', () => undefined);
    socket.pipe(inside).pipe(socket);
    socket.on('close', () => inside.destroy());
  });
  await new Promise<void>((resolve) => device.listen(0, '127.0.0.1', resolve));
  undo.push(async () => device.close());
  const { port } = device.address() as AddressInfo;
  const connection = modbusOf('press', port, [{ key: 'a', address: 'holding:0' }]);
  await scene.collector.apply(1, [connection]);
  await until('it is read', () => scene.values('a').length > 0);
  const tried = await ask(scene, { kind: 'try', connection });
  expect(tried).toMatchObject({ connected: false, readings: [] });
  expect(tried.error).toMatch(/closed|ECONNRESET/);
  const before = scene.values('a').length;
  await until('it is read on', () => scene.values('a').length > before);
  expect(scene.state('press')).toMatchObject({ recoveries: 0, lastError: null });
});

test('of a connection that is called only the address is tried, and a port in use is told', {
  timeout: 60_000,
}, async () => {
  const scene = await openFleet(undo);
  const port = await freePort();
  const connection = {
    name: 'push',
    protocol: 'http',
    mode: 'push',
    listen: `http://127.0.0.1:${port}/in`,
    points: [{ key: 'a', path: '/a' }],
  };
  expect(await ask(scene, { kind: 'try', connection })).toMatchObject({ connected: true, readings: [] });
  await scene.collector.apply(1, [connection]);
  await until('it listens', async () => {
    const tried = await ask(scene, { kind: 'try', connection });
    return !tried.connected && tried.error?.includes('is in use already');
  });
});

test('a trial takes nothing away: files stay, and a broker keeps its session', {
  timeout: 60_000,
}, async () => {
  const scene = await openFleet(undo, { allow: { folders: ['/tmp'] } });
  const folder = join(scene.home, 'in');
  await mkdir(folder);
  await writeFile(join(folder, 'a.csv'), 'time,value\n2026-11-01T00:00:00Z,4.5\n');
  const file = {
    name: 'drop',
    protocol: 'file',
    endpoint: pathToFileURL(folder).href,
    intervalMs: 100,
    settleMs: 0,
    after: 'delete',
    time: { columns: ['time'] },
    points: [{ key: 'value' }],
  };
  const tried = await ask(scene, { kind: 'try', connection: file });
  expect(tried.readings).toMatchObject([{ key: 'value', value: 4.5, time: '2026-11-01T00:00:00.000Z' }]);
  expect(await readdir(folder)).toEqual(['a.csv']);

  const broker = await startBroker();
  undo.push(() => broker.stop());
  const topic = {
    name: 'broker',
    protocol: 'mqtt',
    endpoint: `mqtt://127.0.0.1:${broker.port}`,
    clientId: 'line-1',
    cleanSession: false,
    points: [{ key: 'a', topic: 'a', format: 'plain' }],
  };
  await scene.collector.apply(1, [topic]);
  await until('it is connected', () => scene.state('broker')?.state === 'connected');
  const device = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, { reconnectPeriod: 0 });
  undo.push(() => device.endAsync(true));
  await device.publishAsync('a', '1', { qos: 1, retain: true });
  expect((await ask(scene, { kind: 'try', connection: topic })).readings).toMatchObject([
    { key: 'a', value: 1 },
  ]);
  expect(scene.state('broker')).toMatchObject({ state: 'connected', recoveries: 0 });
});

test('an unknown certificate is told by a trial, trusted before the connection is saved, and counts for both', {
  timeout: 90_000,
}, async () => {
  const [peer, scene] = [await opcua(), await openFleet(undo)];
  peer.set('A', 3);
  const connection = opcuaOf('line', peer.port, [{ key: 'a', address: 'ns=1;s=A' }], {
    security: { mode: 'SignAndEncrypt', policy: 'Basic256Sha256' },
  });
  const tried = await ask(scene, { kind: 'try', connection });
  expect(tried.connected).toBe(false);
  const thumbprint = tried.certificate?.thumbprint ?? '';
  expect(thumbprint).toMatch(/^[0-9a-f]{40}$/);
  const browse = { kind: 'browse', connection, node: null, limit: 10 } as const;
  const outcome = await scene.fleet.ask(browse);
  expect(outcome).toMatchObject({ ok: false, message: expect.stringContaining(`trust ${thumbprint} first`) });
  const { certificates } = await ask(scene, { kind: 'certificates', connection: 'line' });
  expect(certificates.map((each) => each.thumbprint)).toEqual([thumbprint]);
  const trusted = await ask(scene, { kind: 'trust', connection: 'line', thumbprint });
  expect(trusted.certificate).not.toHaveProperty('file');
  expect(await ask(scene, { kind: 'certificates', connection: 'line' })).toMatchObject({ certificates: [] });
  const again = await ask(scene, { kind: 'try', connection });
  expect(again).toMatchObject({ connected: true, certificate: null, readings: [{ key: 'a', value: 3 }] });
  await scene.collector.apply(1, [connection]);
  await until('the saved one is connected', () => scene.state('line')?.state === 'connected', 20_000);
  expect(await trials(scene)).toEqual([]);
  const wrong = await scene.fleet.ask({ kind: 'trust', connection: 'line', thumbprint: 'ff' });
  expect(wrong).toMatchObject({ ok: false, message: expect.stringContaining('no unknown certificate') });
});

test('a connection that waits for its certificate to be trusted does not wait any longer', {
  timeout: 90_000,
}, async () => {
  const [peer, scene] = [await opcua(), await openFleet(undo)];
  peer.set('A', 3);
  const security = { mode: 'SignAndEncrypt', policy: 'Basic256Sha256' };
  const connection = opcuaOf('line', peer.port, [{ key: 'a', address: 'ns=1;s=A' }], { security });
  await scene.collector.apply(1, [connection]);
  // By then it waits for seconds from one try to the next.
  const tries = () => scene.state('line')?.steps?.channel ?? 0;
  await until('it has tried four times', () => tries() === 4, 60_000);
  const { certificates } = await ask(scene, { kind: 'certificates', connection: 'line' });
  await ask(scene, { kind: 'trust', connection: 'line', thumbprint: certificates[0]?.thumbprint ?? '' });
  await until('it is connected', () => scene.state('line')?.state === 'connected', 20_000);
  expect(tries()).toBe(4);
});

test('a draft without points is looked through over one connection, which ends by itself', {
  timeout: 90_000,
}, async () => {
  const [peer, scene] = [await opcua(), await openFleet(undo)];
  peer.set('A', 3);
  const connection = opcuaOf('line', peer.port, []);
  const browse = (node: string | null) => ask(scene, { kind: 'browse', connection, node, limit: 100 });
  const top = await browse(null);
  const machine = top.items.find(({ name }) => name === 'Machine');
  expect(machine?.kind).toBe('folder');
  const { items } = await browse(machine?.id ?? '');
  expect(items).toMatchObject([
    { name: 'A', kind: 'point', type: 'number', config: { address: items[0]?.id, type: 'number' } },
  ]);
  expect(peer.sessions()).toBe(1);
  await until('it ends', () => peer.sessions() === 0);
  await until('its folder is gone', async () => (await trials(scene)).length === 0);
});

test('what runs is looked through over its own connection, also as a draft with other points', {
  timeout: 60_000,
}, async () => {
  const [peer, scene] = [await modbus(), await openFleet(undo)];
  await scene.collector.apply(1, [modbusOf('press', peer.port, [{ key: 'a', address: 'holding:0' }])]);
  await until('it is connected', () => scene.state('press')?.state === 'connected');
  const asked = ['press', modbusOf('press', peer.port, [])];
  for (const connection of asked) {
    const { items } = await ask(scene, { kind: 'browse', connection, node: 'holding:0-4', limit: 3 });
    expect(items.map(({ id }) => id)).toEqual(['holding:0', 'holding:1', 'holding:2']);
    expect(await trials(scene)).toEqual([]);
  }
});

test('topics of a broker are found beside the connection that runs, with what their messages hold', {
  timeout: 60_000,
}, async () => {
  const [broker, scene] = [await startBroker(), await openFleet(undo)];
  undo.push(() => broker.stop());
  const device = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, { reconnectPeriod: 0 });
  undo.push(() => device.endAsync(true));
  await device.publishAsync('plant/press/data', '{"data":{"t/1":7.5,"on":true},"list":[1]}', {
    retain: true,
  });
  await device.publishAsync('plant/level', '12', { retain: true });
  await scene.collector.apply(1, [
    {
      name: 'broker',
      protocol: 'mqtt',
      endpoint: `mqtt://127.0.0.1:${broker.port}`,
      points: [{ key: 'level', topic: 'plant/level', format: 'plain' }],
    },
  ]);
  await until('it is connected', () => scene.state('broker')?.state === 'connected');
  const browse = async (node: string | null) =>
    (await ask(scene, { kind: 'browse', connection: 'broker', node, limit: 100 })).items;
  expect(await browse(null)).toMatchObject([{ id: 'plant/', kind: 'folder' }]);
  expect(await browse('plant/')).toMatchObject([
    {
      id: 'plant/level',
      kind: 'point',
      value: 12,
      config: { topic: 'plant/level', format: 'plain', type: 'number' },
    },
    { id: 'plant/press/', kind: 'folder' },
  ]);
  expect(await browse('plant/press/')).toMatchObject([{ id: 'plant/press/data', kind: 'folder' }]);
  expect(await browse('plant/press/data')).toMatchObject([
    { value: 7.5, type: 'number', config: { topic: 'plant/press/data', path: '/data/t~11' } },
    { value: true, type: 'boolean', config: { path: '/data/on' } },
    { value: 1, config: { path: '/list/0' } },
  ]);
  expect(scene.state('broker')).toMatchObject({ recoveries: 0, points: 1 });
});

test('metrics of edge nodes are found by their births', { timeout: 60_000 }, async () => {
  const [broker, scene] = [await startBroker(), await openFleet(undo)];
  undo.push(() => broker.stop());
  const node = await startEdgeNode(broker.port);
  undo.push(() => node.die());
  await node.birth();
  const connection = {
    name: 'group',
    protocol: 'sparkplug',
    endpoint: `mqtt://127.0.0.1:${broker.port}`,
    group: 'gj',
    role: 'active',
  };
  const timer = setInterval(() => void node.set(1).catch(() => undefined), 100);
  undo.push(async () => clearInterval(timer));
  const browse = async (at: string | null) =>
    (await ask(scene, { kind: 'browse', connection, node: at, limit: 100 })).items;
  expect(await browse(null)).toMatchObject([{ id: 'n1/', kind: 'folder' }]);
  expect(await browse('n1/')).toMatchObject([{ id: 'n1/d1/', kind: 'folder' }]);
  expect(await browse('n1/d1/')).toMatchObject([
    { id: 'n1/d1/Value', type: 'number', unit: 'Cel', config: { address: 'n1/d1/Value' } },
  ]);
});

test('what cannot be looked through says so', { timeout: 60_000 }, async () => {
  const scene = await openFleet(undo);
  const port = await freePort();
  const hj212 = { name: 'a', protocol: 'hj212', stations: [{ mn: 'x' }], discover: true };
  const cases: [unknown, string][] = [
    ['nobody', 'no connection with the name nobody runs here'],
    [hj212, 'cannot tell what its device offers'],
    [modbusOf('press', port, []), 'the device cannot be reached'],
    [{ ...modbusOf('press', port, []), endpoint: 'x' }, 'endpoint: "x" is not allowed'],
  ];
  for (const [connection, message] of cases)
    expect(await scene.fleet.ask({ kind: 'browse', connection, node: null, limit: 5 })).toMatchObject({
      ok: false,
      message: expect.stringContaining(message),
    });
  for (const name of ['../../etc', 'press'])
    expect(await scene.fleet.ask({ kind: 'certificates', connection: name })).toMatchObject(
      name === 'press' ? { ok: true, answer: { certificates: [] } } : { ok: false },
    );
  expect(existsSync(join(scene.buffer, 'connections', 'press'))).toBe(false);
});

test('at most four drafts live at once, and a further one takes the place of the one unused for longest', {
  timeout: 60_000,
}, async () => {
  const [peer, scene] = [await modbus(), await openFleet(undo)];
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const answers = await Promise.all(
    names.map((name) =>
      scene.fleet.ask({ kind: 'browse', connection: modbusOf(name, peer.port, []), node: null, limit: 9 }),
    ),
  );
  expect(answers.filter(({ ok }) => ok).length).toBe(names.length);
  await until('all end', async () => (await trials(scene)).length === 0);
});
