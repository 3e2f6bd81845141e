import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { startModbusPeer } from '../testing/modbus-peer.ts';
import { startOpcuaPeer } from '../testing/opcua-peer.ts';
import { freePort } from '../testing/tcp-proxy.ts';
import { until } from '../testing/wait.ts';
import { modbusOf, opcuaOf, openFleet, type Scene } from './fleet.fixture.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

async function modbus() {
  const peer = await startModbusPeer();
  undo.push(() => peer.stop());
  return peer;
}
const points = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({ key: `${prefix}-${index}`, address: `holding:${index}` }));

async function send(scene: Scene, version: number, connections: unknown): Promise<void> {
  scene.fleet.configuration = { version, connections };
  scene.fleet.wake();
  await until(`version ${version} holds`, () => scene.collector.report().configuration?.version === version);
}

test('a new version changes what has changed: the others lose nothing, the gaps are told and the ledger agrees', {
  timeout: 90_000,
}, async () => {
  const [press, kiln, opcua] = [
    await modbus(),
    await modbus(),
    await startOpcuaPeer({ history: new Map(), everyChange: true }),
  ];
  undo.push(() => opcua.stop());
  opcua.set('Counter', 0);
  const scene = await openFleet(undo);
  const steady = {
    ...opcuaOf('steady', opcua.port, [{ key: 'counter', address: 'ns=1;s=Counter' }]),
    samplingIntervalMs: 0,
    queueSize: 1_000,
  };
  const changed = (count: number) => modbusOf('press', press.port, points('press', count));
  const line = (keys: string[]) =>
    opcuaOf(
      'line',
      opcua.port,
      keys.map((key) => ({ key: `line-${key}`, address: `ns=1;s=${key}` })),
      { samplingIntervalMs: 0, queueSize: 1_000 },
    );
  opcua.set('A', 0);
  opcua.set('B', 0);
  await send(scene, 1, [steady, changed(1), modbusOf('kiln', kiln.port, points('kiln', 1)), line(['A'])]);
  for (const key of ['counter', 'press-0', 'kiln-0', 'line-A'])
    await until(key, () => scene.values(key).length > 0);

  let counter = 0;
  const count = (): void => {
    counter += 1;
    opcua.set('Counter', counter);
    opcua.set('A', counter);
  };
  const timer = setInterval(count, 60);
  const before = scene.collector.report().samplesRead;
  const kilnPolls = kiln.reads.length;
  await send(scene, 2, [
    steady,
    changed(2),
    modbusOf('kiln', kiln.port, points('kiln', 1)),
    line(['A', 'B']),
  ]);
  for (const key of ['press-1', 'line-B']) await until(key, () => scene.values(key).length > 0, 20_000);
  await until('both gaps are told', () => scene.collector.report().recentGaps?.length === 2, 20_000);
  clearInterval(timer);
  await until('the last value comes', () => scene.values('counter').includes(counter));
  // The history of the server fills what the changed one missed, behind what comes now.
  const all = Array.from({ length: counter + 1 }, (_, index) => index);
  await until('every value of the changed one comes', () => {
    const values = new Set(scene.values('line-A'));
    return all.every((value) => values.has(value));
  });

  const report = scene.collector.report();
  expect(report.samplesRead).toBeGreaterThan(before);
  expect(report.recentGaps?.map(({ connection, reason }) => [connection, reason]).sort()).toEqual([
    ['line', 'collector-stopped'],
    ['press', 'reconfigured'],
  ]);
  const gap = report.recentGaps?.find(({ connection }) => connection === 'press');
  expect(gap).toMatchObject({ points: 2, filled: null });
  expect(Date.parse(gap?.to ?? '')).toBeGreaterThanOrEqual(Date.parse(gap?.from ?? ''));
  expect(scene.state('press')).toMatchObject({ gaps: { count: 1 }, points: 2 });
  // What was not touched has seen every value, and polled on over the same connection.
  const seen = [...new Set(scene.values('counter'))];
  expect(seen.slice(seen.indexOf(1))).toEqual(Array.from({ length: counter }, (_, index) => index + 1));
  expect(new Set(scene.values('line-A'))).toEqual(new Set(all));
  expect(kiln.reads.length).toBeGreaterThan(kilnPolls);
  expect(scene.state('kiln')).toMatchObject({ recoveries: 0, gaps: { count: 0 } });

  await scene.collector.stop();
  const { samplesRead, samplesSent, samplesDropped } = scene.collector.report();
  let sent = 0;
  for (const key of ['counter', 'press-0', 'press-1', 'kiln-0', 'line-A', 'line-B']) {
    const ledger = scene.ledger(key);
    expect(ledger.read, key).toBe(ledger.sent + ledger.filtered);
    // What history tells once more of the moment of the change replaces what was sent.
    const samples = scene.platform.deliveries.flatMap(({ batch }) =>
      batch.points.filter((point) => point.key === key).flatMap((point) => point.samples),
    );
    expect(ledger.sent, key).toBe(new Set(samples.map(([timeMs]) => timeMs)).size);
    sent += samples.length;
  }
  expect(samplesDropped).toBe(0);
  expect(sent).toBeGreaterThanOrEqual(samplesSent);
  expect(samplesRead).toBeGreaterThanOrEqual(sent);
});

test('a restart without the platform works by the version that was kept, and its secrets only this user can read', {
  timeout: 60_000,
}, async () => {
  const press = await modbus();
  const scene = await openFleet(undo);
  const connections = [modbusOf('press', press.port, points('press', 1))];
  await send(scene, 7, connections);
  await until('it polls', () => scene.state('press')?.state === 'connected');
  const reads = press.reads.length;
  await scene.restart(`http://127.0.0.1:${await freePort()}`);
  await until('it polls again', () => press.reads.length > reads + 2);
  expect(scene.collector.report().configuration).toEqual({ managed: true, version: 7, refused: null });
  const file = join(scene.buffer, 'configuration.json');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ version: 7, connections, refused: null });
});

test('a version with faults is refused with all of them, and asked for again after a restart only', {
  timeout: 60_000,
}, async () => {
  const press = await modbus();
  const scene = await openFleet(undo);
  const good = modbusOf('press', press.port, points('press', 1));
  await send(scene, 1, [good]);
  scene.fleet.configuration = {
    version: 2,
    connections: [
      {
        ...good,
        points: [
          { key: 'a', address: 'holding:70000' },
          { key: 'a', address: 'holding:1' },
        ],
      },
      { name: 'press', protocol: 'modbus', endpoint: 'tcp://h:1', points: [] },
      { name: '../up', protocol: 'modbus', endpoint: 'tcp://h:1', points: [] },
      { name: 'odd', protocol: 'fieldbus' },
    ],
  };
  scene.fleet.wake();
  const refused = await until('it is refused', () => scene.collector.report().configuration?.refused);
  expect(refused.version).toBe(2);
  expect(refused.issues.map(({ path }) => path)).toEqual([
    'connections[0].points[0].address',
    'connections[0].points[1].key',
    'connections[2].name',
    'connections[3].protocol',
  ]);
  expect(scene.collector.report().configuration?.version).toBe(1);
  const reads = press.reads.length;
  await until('the old one goes on', () => press.reads.length > reads + 2);
  await until('it has seen it', () => scene.fleet.works.at(-1)?.configuration === 2);
  const asked = scene.fleet.works.length;
  await scene.restart();
  await until('it is refused again', () => scene.fleet.works.slice(asked).at(-1)?.configuration === 2);
  expect(scene.fleet.works.slice(asked)[0]?.configuration).toBe(1);
  await send(scene, 3, [good]);
  expect(scene.collector.report().configuration).toEqual({ managed: true, version: 3, refused: null });
});

test('a name twice is refused, and so is a path outside what the local file allows', {
  timeout: 60_000,
}, async () => {
  const scene = await openFleet(undo);
  const watch = {
    name: 'drop',
    protocol: 'file',
    endpoint: 'file:///etc',
    time: { columns: ['time'] },
    points: [{ key: 'a' }],
  };
  const configuration = await scene.collector.apply(1, [watch, watch]);
  expect(configuration.refused?.issues.map(({ path }) => path)).toEqual([
    'connections[0].endpoint',
    'connections[1].endpoint',
  ]);
  expect(configuration.refused?.issues[0]?.message).toContain('add the folder to allow.folders');
  const twice = modbusOf('press', 1, []);
  const next = await scene.collector.apply(2, [twice, twice]);
  expect(next.refused?.issues).toEqual([
    { path: 'connections[1].name', message: 'is used by connections[0] already; names must differ' },
  ]);
});

test('connections of the local file are told, and taken over without a break when they come back as version 1', {
  timeout: 60_000,
}, async () => {
  const press = await modbus();
  const connections = [modbusOf('press', press.port, points('press', 1))];
  const scene = await openFleet(undo, { connections });
  await until('it polls', () => scene.state('press')?.state === 'connected');
  const hello = await until('the hello', () => scene.fleet.hellos[0]);
  expect(hello).toMatchObject({ collector: 'plant', managed: true, connections });
  expect(hello.browsable).toContain('modbus');
  expect(Object.keys(hello.protocols)).toHaveLength(11);
  const since = scene.state('press')?.since;
  await send(scene, 1, connections);
  expect(scene.state('press')).toMatchObject({ since, gaps: { count: 0 } });
  await scene.restart();
  await until('the next hello', () => scene.fleet.hellos[1]);
  expect(scene.fleet.hellos[1]?.connections).toBeUndefined();
});

test('a removed connection is gone without a gap, and a stop in the middle of a change is clean', {
  timeout: 60_000,
}, async () => {
  const [press, kiln] = [await modbus(), await modbus()];
  const scene = await openFleet(undo);
  const one = modbusOf('press', press.port, points('press', 1));
  await send(scene, 1, [one, modbusOf('kiln', kiln.port, points('kiln', 1))]);
  await until('both are there', () => scene.state('kiln')?.state === 'connected');
  await send(scene, 2, [one]);
  const reads = kiln.reads.length;
  await until('the other polls on', () => press.reads.length > reads + 5);
  expect(kiln.reads.length).toBe(reads);
  expect(scene.collector.report().recentGaps).toEqual([]);
  const applying = scene.collector.apply(3, [modbusOf('press', press.port, points('press', 2))]);
  await scene.collector.stop();
  await applying;
  await scene.restart();
  await until('the version that was kept', () => scene.state('press')?.points === 2);
});

test('a collector that is not managed is asked, and takes no configuration', {
  timeout: 60_000,
}, async () => {
  const press = await modbus();
  const connections = [modbusOf('press', press.port, points('press', 1))];
  const scene = await openFleet(undo, { managed: false, connections });
  const hello = await until('the hello', () => scene.fleet.hellos[0]);
  expect(hello.managed).toBe(false);
  expect(hello.connections).toBeUndefined();
  scene.fleet.configuration = { version: 5, connections: [] };
  await scene.fleet.ask({ kind: 'check', connections: [] });
  // What came with the first question has been dealt with when the second is asked for.
  const outcome = await scene.fleet.ask({ kind: 'check', connections: [{ name: 'a', protocol: 'x' }] });
  expect(outcome).toMatchObject({ ok: true, answer: { issues: [{ path: 'connections[0].protocol' }] } });
  expect(scene.collector.report().configuration).toEqual({ managed: false, version: null, refused: null });
  expect(scene.collector.report().connections).toHaveLength(1);
});
