import { tmpdir } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import type { BrowseItem } from '../../connector.ts';
import { silentLog } from '../../log.ts';
import { startModbusPeer } from '../../testing/modbus-peer.ts';
import { until } from '../../testing/wait.ts';
import { ModbusConfig } from './modbus.config.ts';
import { createModbus } from './modbus.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

/** A device with these registers, and a connection without points. */
async function look(has: (address: number) => boolean, points: object[] = []) {
  const peer = await startModbusPeer({ has });
  undo.push(() => peer.stop());
  const values: unknown[] = [];
  const connector = createModbus({
    config: ModbusConfig.parse({
      name: 'press',
      protocol: 'modbus',
      endpoint: `tcp://127.0.0.1:${peer.port}`,
      intervalMs: 50,
      points,
    }),
    emit: (some) => values.push(...some.map(({ sample }) => sample[1])),
    gap: () => undefined,
    log: silentLog(),
    clock: systemClock,
    folder: tmpdir(),
  });
  undo.push(() => connector.stop());
  await connector.start();
  await until('it is connected', () => connector.state().state === 'connected');
  const browse = async (node: string | null, limit = 500): Promise<BrowseItem[]> => {
    if (connector.browse === undefined) throw new Error('it cannot browse');
    return connector.browse({ node, limit });
  };
  return { peer, browse, values };
}

test('at the top are the tables that a device has', async () => {
  const { browse } = await look(() => true);
  expect((await browse(null)).map(({ id, kind }) => [id, kind])).toEqual([
    ['holding', 'folder'],
    ['input', 'folder'],
    ['coil', 'folder'],
    ['discrete', 'folder'],
  ]);
});

test('ranges that answer are found in a device with few registers, and their values shown', async () => {
  const { peer, browse } = await look((address) => address < 10 || (address >= 1_000 && address < 1_020));
  peer.setFloat(1_000, 50.25);
  peer.registers[1_019] = 0xfffd;
  const table = await browse('holding');
  const answering = table.filter(({ description }) => description === 'these addresses answer');
  expect(answering.map(({ id }) => id)).toEqual(['holding:0-9', 'holding:1000-1019']);
  expect(table.at(-1)?.id).toBe('holding:60000-65535');
  expect(peer.reads.length).toBeLessThanOrEqual(251);
  const registers = await browse('holding:1000-1019');
  expect(registers).toHaveLength(20);
  expect(registers[0]).toMatchObject({
    id: 'holding:1000',
    kind: 'point',
    type: 'number',
    value: 0x4249,
    config: { address: 'holding:1000', encoding: 'uint16' },
  });
  expect(registers[0]?.description).toContain('float32 50.25');
  expect(registers[19]?.description).toBe('uint16 65533, int16 -3');
});

test('what lies inside a range that was refused as a whole is found when it is opened', async () => {
  const { browse } = await look((address) => address >= 2_341 && address <= 2_349);
  const table = await browse('holding');
  expect(table.filter(({ description }) => description === 'these addresses answer')).toEqual([]);
  const thousand = await browse('holding:2000-2999');
  expect(thousand.map(({ id }) => id)).toContain('holding:2300-2399');
  expect(table.map(({ id }) => id)).toContain('holding:2000-2999');
  const hundred = await browse('holding:2300-2399');
  expect(hundred.map(({ id }) => id)).toEqual(
    Array.from({ length: 9 }, (_, index) => `holding:${2_341 + index}`),
  );
});

test('coils are browsed as booleans, the limit holds, and a wrong node is told', async () => {
  const { peer, browse } = await look(() => true);
  peer.coils[3] = true;
  const coils = await browse('coil:0-9', 5);
  expect(coils).toHaveLength(5);
  expect(coils[3]).toMatchObject({
    id: 'coil:3',
    type: 'boolean',
    value: true,
    config: { address: 'coil:3' },
  });
  for (const node of ['holding:9-0', 'holding:0-70000', 'flash', 'coil:1'])
    await expect(browse(node)).rejects.toThrow('there is no such node');
});

test('the polls go on while somebody looks, and nothing is written', async () => {
  const { peer, browse, values } = await look(() => true, [{ key: 'p', address: 'holding:5' }]);
  peer.registers[5] = 7;
  await until('a value', () => values.includes(7));
  const before = values.length;
  await browse('holding');
  expect(values.length - before).toBeGreaterThan(3);
  expect(new Set(values.slice(before))).toEqual(new Set([7]));
  expect(peer.registers.filter((word) => word !== 0)).toEqual(new Uint16Array([7]));
});
