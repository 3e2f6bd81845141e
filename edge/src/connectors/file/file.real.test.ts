import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import type { Reading } from '../../connector.ts';
import { silentLog } from '../../log.ts';
import { until } from '../../testing/wait.ts';
import { FileConfig } from './file.config.ts';
import { createFile } from './file.ts';

/** Real measurements, kept outside of the repository for their licences; `RONGHE_DATA` may name another place. */
const DATA =
  process.env.RONGHE_DATA ??
  ['../shared/data/collect', '../../shared/data/collect'].find((path) => existsSync(path)) ??
  '../shared/data/collect';
const present = existsSync(DATA);
if (!present) process.stderr.write(`file.real.test.ts is skipped: ${DATA} is not there\n`);

const homes: string[] = [];
afterAll(() => Promise.all(homes.map((home) => rm(home, { recursive: true, force: true }))));

/** Reads one file through the whole connector; the samples by key, in order. */
async function readFile(path: string, part: object): Promise<Map<string, Reading['sample'][]>> {
  const home = await mkdtemp(join(tmpdir(), 'ronghe-real-'));
  homes.push(home);
  await mkdir(join(home, 'in'));
  await mkdir(join(home, 'own'));
  await copyFile(join(DATA, path), join(home, 'in', basename(path)));
  const samples = new Map<string, Reading['sample'][]>();
  const connector = createFile({
    config: FileConfig.parse({
      name: 'real',
      protocol: 'file',
      endpoint: pathToFileURL(join(home, 'in')).href,
      intervalMs: 100,
      settleMs: 0,
      after: 'move',
      ...part,
    }),
    emit(readings) {
      for (const { point, sample } of readings) {
        const known = samples.get(point.key);
        if (known === undefined) samples.set(point.key, [sample]);
        else known.push(sample);
      }
    },
    gap: () => undefined,
    log: silentLog(),
    clock: systemClock,
    folder: join(home, 'own'),
  });
  await connector.start();
  await until('the file is moved', () => existsSync(join(home, 'in/done', basename(path))), 30_000);
  await connector.stop();
  expect(connector.state().lastError).toBeNull();
  expect([...samples.values()].flat().every((sample) => sample[2] === 'good')).toBe(true);
  return samples;
}

const stepsOf = (samples: readonly Reading['sample'][]): Map<number, number> => {
  const steps = new Map<number, number>();
  samples.slice(1).forEach((sample, index) => {
    const step = sample[0] - (samples[index]?.[0] ?? 0);
    steps.set(step, (steps.get(step) ?? 0) + 1);
  });
  return steps;
};

test.skipIf(!present)('a year of a steel works: time runs forward over all 365 midnights', async () => {
  const samples = await readFile('steel/Steel_industry_data.csv', {
    time: { columns: ['date'], format: 'dd/MM/yyyy HH:mm', zone: 'Asia/Seoul', midnight: 'ends' },
    points: [
      { key: 'usage', column: 'Usage_kWh', unit: 'kW.h' },
      { key: 'load', column: 'Load_Type', type: 'text' },
    ],
  });
  const usage = samples.get('usage') ?? [];
  expect(usage.length).toBe(35_040);
  expect([...stepsOf(usage)]).toEqual([[900_000, 35_039]]);
  expect(new Date(usage.at(-1)?.[0] ?? 0).toISOString()).toBe('2018-12-31T15:00:00.000Z');
  expect((samples.get('load') ?? []).filter((sample) => sample[1] === 'Light_Load').length).toBe(18_072);
});

test.skipIf(!present)('Tennessee Eastman: the transposed matrix and the upright one', async () => {
  const points = Array.from({ length: 52 }, (_, index) => ({ key: `v${index + 1}`, column: index + 1 }));
  const common = { header: false, time: { start: '2024-01-01 00:00', stepMs: 180_000 }, points };
  const turned = await readFile('tep/d00.dat', { ...common, csv: { transposed: true } });
  expect(turned.size).toBe(52);
  expect([...turned.values()].every((samples) => samples.length === 500)).toBe(true);
  expect(turned.get('v1')?.[1]).toEqual([Date.UTC(2023, 11, 31, 16, 3), 0.25118, 'good']);
  const upright = await readFile('tep/d01_te.dat', common);
  expect([...upright.values()].every((samples) => samples.length === 960)).toBe(true);
  expect([...stepsOf(upright.get('v52') ?? [])]).toEqual([[180_000, 959]]);
});

test.skipIf(!present)('a pump test bench: its holes stay holes', async () => {
  const samples = await readFile('skab/anomaly-free.csv', {
    time: { columns: ['datetime'], zone: 'Europe/Moscow' },
    points: [{ key: 'flow', column: 'Volume Flow RateRMS', unit: 'L/min' }, { key: 'Pressure' }],
  });
  expect(samples.get('flow')?.length).toBe(9_405);
  expect(stepsOf(samples.get('Pressure') ?? []).get(2_000)).toBe(556);
});

test.skipIf(!present)('two years of a transformer', async () => {
  const samples = await readFile('ett/ETTh1.csv', {
    time: { columns: ['date'] },
    points: [{ key: 'OT', unit: 'Cel' }, { key: 'HUFL' }],
  });
  expect([...stepsOf(samples.get('OT') ?? [])]).toEqual([[3_600_000, 17_419]]);
  expect(samples.get('OT')?.[0]).toEqual([Date.UTC(2016, 5, 30, 16), 30.5310001373291, 'good']);
});
