import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type EdgeProcess, startEdge } from './testing/edge-process.ts';
import { startModbusPeer } from './testing/modbus-peer.ts';
import { startOpcuaPeer } from './testing/opcua-peer.ts';
import { type PlatformDouble, startPlatformDouble } from './testing/platform-double.ts';
import { until } from './testing/wait.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-edge-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const configOf = (url: string, opcuaPort: number, modbusPort: number) => ({
  collector: 'yuzhang-copper',
  server: { url, key: 'rk_test' },
  buffer: { folder: './buffer', flushMs: 20 },
  connections: [
    {
      name: 'furnace',
      protocol: 'opcua',
      endpoint: `opc.tcp://127.0.0.1:${opcuaPort}`,
      publishingIntervalMs: 50,
      points: [
        {
          key: 'furnace-1.temperature',
          name: '炉膛温度',
          address: 'ns=1;s=Temperature',
          unit: 'Cel',
          equipment: '1号反射炉',
        },
      ],
    },
    {
      name: 'press',
      protocol: 'modbus',
      endpoint: `tcp://127.0.0.1:${modbusPort}`,
      intervalMs: 50,
      points: [{ key: 'press-1.pressure', address: 'holding:100', encoding: 'float32', unit: 'MPa' }],
    },
  ],
});

async function running(folder: string, config: unknown): Promise<EdgeProcess> {
  const edge = await startEdge(folder, config);
  undo.push(() => edge.kill());
  await until(
    'the collector is ready',
    () => {
      if (edge.child.exitCode !== null) throw new Error(edge.output().stderr);
      return edge.output().stdout.includes('\n');
    },
    90_000,
  );
  return edge;
}

async function bufferedBytes(folder: string): Promise<number> {
  const segments = join(folder, 'buffer', 'segments');
  const sizes = (await readdir(segments)).map(async (name) => (await stat(join(segments, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** Time of the log line with this message. */
function loggedAt(stderr: string, message: string): number {
  const lines = stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line): { msg: string; time: string } => JSON.parse(line));
  return Date.parse(lines.find((line) => line.msg === message)?.time ?? '');
}

const valuesOf = (platform: PlatformDouble, key: string): unknown[] =>
  platform.deliveries.flatMap(({ batch }) =>
    batch.points
      .filter((point) => point.key === key)
      .flatMap((point) => point.samples.map((sample) => sample[1])),
  );

test('killed again and again, the collector delivers every value it had buffered and never changes a batch', {
  timeout: 600_000,
}, async () => {
  const platform = await startPlatformDouble();
  undo.push(() => platform.stop());
  const opcua = await startOpcuaPeer();
  undo.push(() => opcua.stop());
  const modbus = await startModbusPeer();
  undo.push(() => modbus.stop());
  opcua.set('Temperature', 0);
  const folder = await newFolder();
  const config = configOf(platform.url, opcua.port, modbus.port);

  let counter = 0;
  const expectedFurnace: number[] = [];
  const expectedPress: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const edge = await running(folder, config);
    // In every second round the server takes what comes and does not answer, so retries meet what it has seen.
    platform.deaf = round % 2 === 1;
    await until(
      `values are delivered in round ${round}`,
      async () => {
        counter += 1;
        opcua.set('Temperature', counter);
        modbus.setFloat(100, counter);
        return valuesOf(platform, 'furnace-1.temperature').length > 0 && counter % 40 === 0;
      },
      90_000,
    );
    const last = counter;
    if (!platform.deaf) {
      await until(
        'the last OPC UA value is delivered',
        () => valuesOf(platform, 'furnace-1.temperature').includes(last),
        90_000,
      );
      await until(
        'the last Modbus value is delivered',
        () => valuesOf(platform, 'press-1.pressure').includes(last),
        90_000,
      );
      expectedFurnace.push(last);
    } else {
      // The server does not answer, so what is safe can only be seen on the disk: read twice, then written three times.
      const polls = modbus.reads.length;
      await until('the last value is polled', () => modbus.reads.length >= polls + 2, 60_000);
      for (let write = 0; write < 3; write += 1) {
        const bytes = await bufferedBytes(folder);
        await until('the buffer grows', async () => (await bufferedBytes(folder)) > bytes, 30_000);
      }
    }
    expectedPress.push(last);
    await edge.kill();
  }
  platform.deaf = false;
  await running(folder, config);
  counter += 1;
  opcua.set('Temperature', counter);
  await until(
    'the last value comes through',
    () => valuesOf(platform, 'furnace-1.temperature').includes(counter),
    90_000,
  );
  // What waited follows behind what comes now.
  await until(
    'what was buffered has followed',
    () => expectedPress.every((value) => valuesOf(platform, 'press-1.pressure').includes(value)),
    90_000,
  );

  const seen = new Map<string, string>();
  let retries = 0;
  for (const { batch, text, key } of platform.deliveries) {
    expect(key).toBe('Bearer rk_test');
    expect(batch.source).toBe('yuzhang-copper');
    const id = `${batch.epoch}/${batch.sequence}`;
    if (seen.has(id)) {
      retries += 1;
      expect(text, `batch ${id} is the same at every try`).toBe(seen.get(id));
    }
    seen.set(id, text);
  }
  expect(retries, 'the test met retries').toBeGreaterThan(0);
  // A start with something left in the buffer begins a new epoch.
  for (const epoch of new Set(platform.deliveries.map(({ batch }) => batch.epoch))) {
    const sent = platform.deliveries.filter(({ batch }) => batch.epoch === epoch);
    const numbers = [...new Set(sent.map(({ batch }) => batch.sequence))].sort((a, b) => a - b);
    expect(numbers, 'no sequence is missing').toEqual(numbers.map((_, index) => index + 1));
  }
  expect(valuesOf(platform, 'furnace-1.temperature')).toEqual(expect.arrayContaining(expectedFurnace));
  expect(valuesOf(platform, 'press-1.pressure')).toEqual(expect.arrayContaining(expectedPress));
  expect(expectedPress.length).toBe(5);
  const point = platform.deliveries
    .flatMap(({ batch }) => batch.points)
    .find((each) => each.key === 'furnace-1.temperature');
  expect(point).toMatchObject({
    name: '炉膛温度',
    unit: 'Cel',
    equipment: '1号反射炉',
    connection: 'furnace',
    type: 'number',
  });
});

test('what is read while the server is away arrives when it is back, in order', {
  timeout: 180_000,
}, async () => {
  const modbus = await startModbusPeer();
  undo.push(() => modbus.stop());
  const platform = await startPlatformDouble();
  const folder = await newFolder();
  const { connections, ...rest } = configOf(platform.url, 1, modbus.port);
  const edge = await running(folder, { ...rest, connections: connections.slice(1) });
  await until('the first delivery', () => platform.deliveries.length > 0);
  const { port } = new URL(platform.url);
  await platform.stop();
  for (let value = 1; value <= 30; value += 1) {
    const polls = modbus.reads.length;
    modbus.setFloat(100, value);
    await until('the value is polled', () => modbus.reads.length >= polls + 2);
  }
  const back = await startPlatformDouble(Number(port));
  undo.push(() => back.stop());
  const values = await until(
    'the last value',
    () => {
      const all = valuesOf(back, 'press-1.pressure');
      return all.includes(30) ? all : null;
    },
    90_000,
  );
  const sorted = [...values].sort((a, b) => Number(a) - Number(b));
  expect(values).toEqual(sorted);
  for (let value = 1; value <= 30; value += 1)
    expect([...values, ...valuesOf(platform, 'press-1.pressure')]).toContain(value);
  expect(edge.child.exitCode).toBeNull();
});

test('SIGTERM ends the process cleanly, and it reports itself while it runs', {
  timeout: 180_000,
}, async () => {
  const modbus = await startModbusPeer();
  undo.push(() => modbus.stop());
  const platform = await startPlatformDouble();
  undo.push(() => platform.stop());
  const folder = await newFolder();
  const edge = await running(folder, configOf(platform.url, 1, modbus.port));
  expect(edge.output().stdout).toBe('edge ready yuzhang-copper\n');
  const report = await until(
    'a report with the connection up',
    () => platform.reports.find((each) => each.connections[1]?.state === 'connected'),
    60_000,
  );
  expect(report.connections.map(({ name }) => name)).toEqual(['furnace', 'press']);
  expect(report.connections[0]?.state).not.toBe('connected');
  expect(report.connections[0]?.link).toBeUndefined();
  expect(report.connections[1]?.link).toEqual({ family: 'IPv4', latencyMs: expect.any(Number) });
  const reached = await until('a report after the first acknowledgement', () =>
    platform.reports.find((each) => (each.delivery?.latencyMs ?? null) !== null),
  );
  expect(reached.delivery).toMatchObject({ family: 'IPv4', lagReplayedMs: 0 });
  expect(reached.delivery?.lagMs).toBeLessThan(5_000);
  edge.child.kill('SIGTERM');
  expect(await edge.exited).toBe(0);
  // By its own clock, for a busy test machine may start and end processes slowly.
  const { stderr } = edge.output();
  expect(stderr).not.toContain('stopping took too long');
  expect(loggedAt(stderr, 'the collector has stopped') - loggedAt(stderr, 'stopping')).toBeLessThan(5_000);
  expect(await readdir(join(folder, 'buffer'))).not.toContain('lock');
  expect(edge.output().stdout).toBe('edge ready yuzhang-copper\n');
  expect((await readdir(folder)).sort()).toEqual(['buffer', 'edge.yaml']);
});

test('a wrong configuration is refused with key, value and what is allowed', {
  timeout: 120_000,
}, async () => {
  const folder = await newFolder();
  const edge = await startEdge(folder, {
    ...configOf('http://127.0.0.1:1', 1, 1),
    connections: [
      {
        name: 'x',
        protocol: 'modbus',
        endpoint: 'tcp://h:1',
        points: [{ key: 'p', address: 'holding:1', wordorder: 'big' }],
      },
    ],
  });
  expect(await edge.exited).toBe(1);
  expect(edge.output().stderr).toContain(
    'connections[0].points[0].wordorder: there is no such key; allowed: key, name',
  );
  expect(edge.output().stdout).toBe('');
});
