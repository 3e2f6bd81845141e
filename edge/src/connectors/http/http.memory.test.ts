import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { silentLog } from '../../log.ts';
import { until } from '../../testing/wait.ts';
import { createWatermark } from './http.memory.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

async function scene(kept = () => Promise.resolve()) {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-http-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'watermark.json');
  const told: [string, string][] = [['900 a', '1']];
  const restored: unknown[] = [];
  const open = () =>
    createWatermark({
      path,
      overlapMs: 0,
      points: { toldSince: () => told, restore: (some) => restored.push(...some) },
      log: silentLog(),
      kept,
      saveAfterMs: 200,
    });
  return {
    path,
    told,
    restored,
    open,
    saved: async () => JSON.parse(await readFile(path, 'utf8')).watermarkMs,
  };
}

test('a state is written when what was read up to it is on disk, and not before', async () => {
  const waiting: { resolve(): void; reject(error: Error): void }[] = [];
  const { open, saved } = await scene(
    () => new Promise((resolve, reject) => waiting.push({ resolve, reject })),
  );
  const watermark = open();
  undo.push(() => watermark.save());
  await watermark.load(1_000);
  expect(await saved()).toBe(1_000);
  watermark.advance(2_000);
  watermark.advance(3_000);
  watermark.advance(2_500);
  expect(watermark.current()).toBe(3_000);
  await until('the disk is asked', () => waiting.length === 1);
  watermark.advance(4_000);
  await until('the disk is asked again', () => waiting.length === 2);
  expect(await saved()).toBe(1_000);
  waiting[0]?.resolve();
  await until('the first', async () => (await saved()) === 3_000);
  waiting[1]?.reject(new Error('not kept'));
  watermark.advance(5_000);
  await until('asked once more', () => waiting.length === 3);
  expect(await saved(), 'what was not kept is not behind us').toBe(3_000);
  waiting[2]?.resolve();
  await until('the last', async () => (await saved()) === 5_000);
});

test('a file is taken up again, and a damaged one is not believed', async () => {
  const { open, path, restored } = await scene();
  const first = open();
  await first.load(1_000);
  first.advance(2_000);
  await first.save();
  const second = open();
  await second.load(9_000);
  expect(second.current()).toBe(2_000);
  expect(restored).toEqual([['900 a', '1']]);
  for (const damaged of ['', '{', '{"watermarkMs":"x","told":[]}', '[]', '{"watermarkMs":1}']) {
    await writeFile(path, damaged);
    const third = open();
    await third.load(9_000);
    expect(third.current()).toBe(9_000);
  }
});
