import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NewSource } from '@ronghe/contracts';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { createProvince } from '../province/province.ts';
import { OPERATION_HEADERS } from '../systems/operation-rows.ts';
import { parkRecords } from '../systems/park-records.ts';
import { REGISTER_HEADERS } from '../systems/register-rows.ts';
import { plantEdgeConfig } from './edge-config.ts';
import { readOptions } from './options.ts';
import { playScenario, SCENARIOS } from './scenarios.ts';
import { demoSources } from './sources.ts';
import { openState } from './state.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ronghe-state-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
const { plants, enterprises } = createProvince();

it('keeps ports from start to start, and takes another when one was taken meanwhile', async () => {
  const first = await openState(folder).port('yuzhang-copper');
  expect(await openState(folder).port('yuzhang-copper')).toBe(first);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(first, '127.0.0.1', resolve));
  try {
    const moved = await openState(folder).port('yuzhang-copper');
    expect(moved).not.toBe(first);
    expect(await openState(folder).port('yuzhang-copper')).toBe(moved);
  } finally {
    await new Promise((resolve) => other.close(resolve));
  }
});

it.skipIf(process.platform === 'win32')('keeps its secrets for its owner only', async () => {
  openState(folder).save();
  expect((await stat(join(folder, 'demo/state.json'))).mode & 0o777).toBe(0o600);
});

it('describes sources the platform takes, with the field names the systems have', () => {
  const [park, months, register] = demoSources({ url: 'http://127.0.0.1:1', password: 'x' });
  for (const source of [park, months, register]) expect(() => NewSource.parse(source)).not.toThrow();
  const record = parkRecords(enterprises)[0] ?? {};
  const fields = (source: typeof park) => [
    ...(source?.mappings.map(({ from }) => from) ?? []),
    ...(source?.rowKey ?? []),
  ];
  for (const field of fields(park)) expect(Object.keys(record)).toContain(field);
  for (const field of fields(months)) expect(OPERATION_HEADERS).toContain(field);
  for (const field of fields(register)) expect(REGISTER_HEADERS).toContain(field);
});

it.each(plants.map((plant) => [plant.key, plant] as const))(
  'configures a collector for every point of %s',
  (_, plant) => {
    const text = plantEdgeConfig(plant, 5020, {
      collector: plant.key,
      serverUrl: 'http://127.0.0.1:8080',
      key: 'rk_x',
      folder,
    });
    const config = parse(text) as {
      collector: string;
      connections: [{ protocol: string; points: { key: string; address: string }[] }];
    };
    const [connection] = config.connections;
    expect(config.collector).toBe(plant.key);
    expect(connection.protocol).toBe(plant.protocol);
    expect(connection.points.map(({ key }) => key)).toEqual(plant.points.map(({ key }) => key));
    expect(new Set(connection.points.map(({ address }) => address)).size).toBe(plant.points.length);
  },
);

it.each([
  [['--scenario', 'flood'], /flood/],
  [['--port', 'eighty'], /eighty/],
  [['--replay', 'x.csv', '--speed', '0'], /speed/],
  [['--unknown'], /unknown/],
])('refuses %j with a reason', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});

it('lists the scenarios when asked', () => {
  const asked = readOptions(['--scenario', 'list']);
  for (const name of Object.keys(SCENARIOS)) expect('print' in asked && asked.print).toContain(name);
});

it('plays the outage on its seconds and stops when told', () => {
  vi.useFakeTimers();
  try {
    const commands: string[] = [];
    const play = () =>
      playScenario('outage', {
        command: (plant, command) => commands.push(`${plant} ${command}`),
        say: () => {},
      });
    play();
    vi.advanceTimersByTime(30_000);
    expect(commands).toEqual(['yuzhang-copper cut']);
    vi.advanceTimersByTime(60_000);
    expect(commands).toEqual(['yuzhang-copper cut', 'yuzhang-copper restore']);
    const stop = play();
    stop();
    vi.advanceTimersByTime(100_000);
    expect(commands).toHaveLength(2);
  } finally {
    vi.useRealTimers();
  }
});
