import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import type { Gap, Reading } from '../../connector.ts';
import { silentLog } from '../../log.ts';
import { connectorContract } from '../../testing/connector-contract.ts';
import { startModbusPeer } from '../../testing/modbus-peer.ts';
import { startModbusRtuPeer } from '../../testing/modbus-rtu-peer.ts';
import { startTcpProxy } from '../../testing/tcp-proxy.ts';
import { until } from '../../testing/wait.ts';
import { ModbusConfig } from './modbus.config.ts';
import { createModbus } from './modbus.ts';

describe.each([
  ['tcp', startModbusPeer],
  ['rtu', startModbusRtuPeer],
] as const)('modbus (%s) keeps the contract of connectors:', (framing, startPeer) => {
  const contract = connectorContract({
    async startPeer(port) {
      const peer = await startPeer({ refused: [110], ...(port === undefined ? {} : { port }) });
      return { port: peer.port, set: (value) => peer.setFloat(100, value), stop: peer.stop };
    },
    create: (port, context, host) =>
      createModbus({
        ...context,
        config: ModbusConfig.parse({
          name: 'press',
          protocol: 'modbus',
          framing,
          endpoint: `tcp://${host}:${port}`,
          intervalMs: 50,
          timeoutMs: 1_500,
          points: [
            { key: 'contract.value', address: 'holding:100', encoding: 'float32', unit: 'Cel' },
            { key: 'contract.missing', address: 'holding:110' },
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

async function read(points: object[], options: { refused?: number[]; onChange?: boolean } = {}) {
  const peer = await startModbusPeer(options);
  undo.push(() => peer.stop());
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-modbus-'));
  undo.push(() => rm(folder, { recursive: true }));
  const readings: Reading[] = [];
  const connector = createModbus({
    config: ModbusConfig.parse({
      name: 'press',
      protocol: 'modbus',
      endpoint: `tcp://127.0.0.1:${peer.port}`,
      intervalMs: 50,
      onChange: options.onChange ?? false,
      points,
    }),
    emit: (some) => readings.push(...some),
    gap: () => undefined,
    log: silentLog(),
    clock: systemClock,
    folder,
  });
  undo.push(() => connector.stop());
  return {
    peer,
    connector,
    readings,
    values: (key: string) => readings.filter((each) => each.point.key === key),
  };
}

test('all four tables and every encoding are read from a real server', { timeout: 20_000 }, async () => {
  const { peer, connector, values } = await read([
    { key: 'h', address: 'holding:0', encoding: 'int16' },
    { key: 'i', address: 'input:0' },
    { key: 'c', address: 'coil:3' },
    { key: 'd', address: 'discrete:4' },
    { key: 'b', address: 'holding:0.15' },
    { key: 's', address: 'holding:0', encoding: 'int16', scale: 0.1, offset: 50 },
  ]);
  peer.registers[0] = 0x10000 - 3;
  peer.coils[3] = true;
  await connector.start();
  const value = async (key: string) => (await until(key, () => values(key)[0])).sample[1];
  expect(await value('h')).toBe(-3);
  expect(await value('i')).toBe(65_533);
  expect(await value('c')).toBe(true);
  expect(await value('d')).toBe(false);
  expect(await value('b')).toBe(true);
  expect(await value('s')).toBe(49.7);
});

test('a refused address between others is found by halving, and its neighbours stay good', {
  timeout: 20_000,
}, async () => {
  const points = Array.from({ length: 30 }, (_, address) => ({
    key: `p${address}`,
    address: `holding:${address}`,
  }));
  const { peer, connector, values } = await read(points, { refused: [17] });
  peer.registers.fill(7);
  await connector.start();
  for (const { key } of points.filter((point) => point.key !== 'p17'))
    expect((await until(key, () => values(key)[0])).sample.slice(1)).toEqual([7, 'good']);
  expect((await until('p17', () => values('p17')[0])).sample.slice(1)).toEqual([
    null,
    'bad',
    'illegal-data-address',
  ]);
  await until('it is counted', () => connector.state().pointsFailed === 1);
  const before = peer.reads.length;
  await until('two more polls', () => peer.reads.length > before + 8);
  expect(peer.reads.slice(before).filter((each) => each === '17+1')).toEqual([]);
});

test('neighbouring points share a request and no request is larger than 120 registers', {
  timeout: 20_000,
}, async () => {
  const points = Array.from({ length: 130 }, (_, address) => ({
    key: `p${address}`,
    address: `holding:${address}`,
  }));
  const { peer, connector, values } = await read(points);
  await connector.start();
  await until('the last point', () => values('p129')[0]);
  expect(peer.reads.slice(0, 2)).toEqual(['0+120', '120+10']);
});

test('a gap begins with the last answer, not when the silence was noticed', { timeout: 30_000 }, async () => {
  const peer = await startModbusPeer();
  undo.push(() => peer.stop());
  const proxy = await startTcpProxy(peer.port);
  undo.push(() => proxy.close());
  const gaps: Gap[] = [];
  const readings: Reading[] = [];
  const connector = createModbus({
    config: ModbusConfig.parse({
      name: 'press',
      protocol: 'modbus',
      endpoint: `tcp://127.0.0.1:${proxy.port}`,
      intervalMs: 50,
      timeoutMs: 300,
      points: [{ key: 'p', address: 'holding:0' }],
    }),
    emit: (some) => readings.push(...some),
    gap: (gap) => gaps.push(gap),
    log: silentLog(),
    clock: systemClock,
    folder: tmpdir(),
  });
  undo.push(() => connector.stop());
  await connector.start();
  await until('a value', () => readings.length > 0);
  proxy.freeze();
  const lost = await until('the loss', () => readings.find(({ sample }) => sample[3] === 'stale'));
  proxy.thaw();
  const gap = await until('the gap', () => gaps[0]);
  const lastGood = Math.max(
    ...readings
      .filter(({ sample }) => sample[2] === 'good' && sample[0] < lost.sample[0])
      .map(({ sample }) => sample[0]),
  );
  expect(gap.fromMs).toBe(lastGood);
  expect(lost.sample[0] - gap.fromMs).toBeGreaterThanOrEqual(600);
});

test('with onChange an unchanged value is told once', { timeout: 20_000 }, async () => {
  const { peer, connector, values } = await read([{ key: 'p', address: 'holding:0' }], { onChange: true });
  await connector.start();
  await until('the first value', () => values('p').length === 1);
  const polls = peer.reads.length;
  await until('five more polls', () => peer.reads.length >= polls + 5);
  expect(values('p').length).toBe(1);
  peer.registers[0] = 9;
  await until('the change', () => values('p').at(-1)?.sample[1] === 9);
});
