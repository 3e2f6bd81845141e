import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Batch, BatchPoint } from '@ronghe/contracts';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { silentLog } from '../log.ts';
import { type BufferedBatch, type DiskBuffer, openBuffer } from './buffer.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-buffer-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const open = (folder: string, bytesMax = 1e9, source = 'plant') =>
  openBuffer({ folder, source, bytesMax, log: silentLog() });
const points = (value: number, textBytes = 0): BatchPoint[] => [
  textBytes === 0
    ? { key: 'p', type: 'number', samples: [[value, value, 'good']] }
    : { key: 'p', type: 'text', samples: [[value, randomText(textBytes), 'good']] },
];
// Text that gzip cannot shrink much, so that sizes on disk are known roughly.
const randomText = (length: number): string =>
  Array.from({ length }, () => String.fromCharCode(33 + Math.floor(Math.random() * 90))).join('');
const batchOf = (record: BufferedBatch): Batch =>
  JSON.parse((record.gzipped ? gunzipSync(record.body) : record.body).toString('utf8')) as Batch;

/** Takes out everything, acknowledging it. */
async function drain(buffer: DiskBuffer): Promise<Batch[]> {
  const batches: Batch[] = [];
  for (let next = await buffer.peek('live'); next !== null; next = await buffer.peek('live')) {
    batches.push(batchOf(next));
    await buffer.acknowledge(next);
  }
  return batches;
}
const valuesOf = (batches: Batch[]) => batches.map((batch) => batch.points[0]?.samples[0]?.[0]);

test('batches come out in order, numbered from 1, and the same bytes at every look', async () => {
  const buffer = await open(await newFolder());
  undo.push(() => buffer.close());
  await buffer.append([points(1), points(2)]);
  await buffer.append([points(3, 5_000)]);
  const first = await buffer.peek('live');
  expect((await buffer.peek('live'))?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
  const batches = await drain(buffer);
  expect(batches.map((batch) => [batch.source, batch.sequence])).toEqual([
    ['plant', 1],
    ['plant', 2],
    ['plant', 3],
  ]);
  expect(valuesOf(batches)).toEqual([1, 2, 3]);
  expect(buffer.status()).toMatchObject({ sequence: 3, acknowledged: 3, bytes: 0, samplesDropped: 0 });
});

test('after closing and opening, delivery goes on where it was acknowledged, in the same epoch', async () => {
  const folder = await newFolder();
  const before = await open(folder);
  await before.append([points(1), points(2), points(3)]);
  const first = await before.peek('live');
  if (first !== null) await before.acknowledge(first);
  const { epoch } = before.status();
  await before.close();
  const after = await open(folder);
  undo.push(() => after.close());
  await after.append([points(4)]);
  const batches = await drain(after);
  expect(batches.map((batch) => batch.sequence)).toEqual([2, 3, 4]);
  expect(new Set(batches.map((batch) => batch.epoch))).toEqual(new Set([epoch]));
});

test('the sequence goes on after everything was acknowledged and removed', async () => {
  const folder = await newFolder();
  for (let round = 1; round <= 3; round += 1) {
    const buffer = await open(folder);
    await buffer.append([points(round)]);
    expect((await drain(buffer)).map((batch) => batch.sequence)).toEqual([round]);
    await buffer.close();
  }
});

test('a torn tail is cut at the last good record, and new batches get a new epoch', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.nat(), async (count, cut) => {
      const folder = await mkdtemp(join(tmpdir(), 'ronghe-buffer-'));
      try {
        const before = await open(folder);
        const ends: number[] = [];
        const [path] = [join(folder, 'segments')];
        for (let value = 1; value <= count; value += 1) {
          await before.append([points(value, value % 2 === 0 ? 2_000 : 0)]);
          const [name = ''] = await readdir(path);
          ends.push((await stat(join(path, name))).size);
        }
        const { epoch } = before.status();
        await before.close();
        const [name = ''] = await readdir(path);
        const length = cut % (ends.at(-1) ?? 1);
        await truncate(join(path, name), length);
        const whole = ends.filter((end) => end <= length).length;

        const after = await open(folder);
        await after.append([points(99)]);
        const batches = await drain(after);
        const clean = length === 0 || ends.includes(length);
        expect(valuesOf(batches)).toEqual([...Array.from({ length: whole }, (_, index) => index + 1), 99]);
        expect(batches.slice(0, whole).every((batch) => batch.epoch === epoch)).toBe(true);
        if (!clean) {
          expect(batches.at(-1)?.epoch).not.toBe(epoch);
          expect(batches.at(-1)?.sequence).toBe(1);
        }
        await after.close();
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }),
    { numRuns: 25 },
  );
}, 60_000);

test('bytes appended by a power failure are cut, and nothing good is lost', async () => {
  const folder = await newFolder();
  const before = await open(folder);
  await before.append([points(1), points(2)]);
  await before.close();
  const [name = ''] = await readdir(join(folder, 'segments'));
  await appendFile(join(folder, 'segments', name), Buffer.alloc(300));
  const after = await open(folder);
  undo.push(() => after.close());
  expect(valuesOf(await drain(after))).toEqual([1, 2]);
});

test('a lost cursor sends again under the old numbers and begins a new epoch for new batches', async () => {
  const folder = await newFolder();
  const before = await open(folder);
  await before.append([points(1), points(2)]);
  const { epoch } = before.status();
  await before.close();
  await writeFile(join(folder, 'cursor.json'), '{"half');
  const after = await open(folder);
  undo.push(() => after.close());
  await after.append([points(3)]);
  const batches = await drain(after);
  expect(batches.map((batch) => batch.sequence)).toEqual([1, 2, 1]);
  expect(batches.map((batch) => batch.epoch === epoch)).toEqual([true, true, false]);
});

test('when it is full the oldest are given up and counted, and the newest stay', async () => {
  const folder = await newFolder();
  const buffer = await open(folder, 200_000);
  undo.push(() => buffer.close());
  for (let value = 1; value <= 300; value += 1) await buffer.append([points(value, 2_000)]);
  const { samplesDropped, bytes } = buffer.status();
  expect(bytes).toBeLessThanOrEqual(200_000);
  const values = valuesOf(await drain(buffer));
  expect(values.at(-1)).toBe(300);
  expect(values).toEqual(Array.from({ length: values.length }, (_, index) => 301 - values.length + index));
  expect(samplesDropped).toBe(300 - values.length);
  expect(samplesDropped).toBeGreaterThan(0);
});

test.each([
  { how: 'arrives', lostMore: 0 },
  { how: 'does not arrive', lostMore: 1 },
])(
  'a batch that is on its way while its segment is given up, and $how, is counted once',
  async ({ how, lostMore }) => {
    const folder = await newFolder();
    const told: number[] = [];
    const onGiveUp = (all: readonly BatchPoint[]) =>
      told.push(...all.flatMap(({ samples }) => samples.map(([at]) => at)));
    const buffer = await openBuffer({
      folder,
      source: 'plant',
      bytesMax: 200_000,
      log: silentLog(),
      onGiveUp,
    });
    undo.push(() => buffer.close());
    await buffer.append([points(1, 2_000)]);
    const batch = await buffer.peek('live');
    expect(buffer.sending(batch)).toBe(true);
    for (let value = 2; value <= 300; value += 1) await buffer.append([points(value, 2_000)]);
    const lost = buffer.status().samplesDropped;
    expect(lost).toBeGreaterThan(0);
    expect(told).not.toContain(1);
    if (batch && how === 'arrives') await buffer.acknowledge(batch);
    buffer.sending(null);
    expect(buffer.sending(batch), 'what was given up is not sent again').toBe(false);
    const values = valuesOf(await drain(buffer));
    expect(buffer.status().samplesDropped).toBe(lost + lostMore);
    expect(lost + lostMore + values.length + (how === 'arrives' ? 1 : 0)).toBe(300);
    expect(told.includes(1)).toBe(how !== 'arrives');
  },
);

test('acknowledged segments leave the disk', async () => {
  const folder = await newFolder();
  const buffer = await open(folder, 200_000);
  undo.push(() => buffer.close());
  for (let value = 1; value <= 100; value += 1) {
    await buffer.append([points(value, 2_000)]);
    await drain(buffer);
  }
  expect((await readdir(join(folder, 'segments'))).length).toBeLessThanOrEqual(2);
  expect(buffer.status().samplesDropped).toBe(0);
});

test('a batch damaged on disk is given up and counted, and the others go on', async () => {
  const folder = await newFolder();
  const buffer = await open(folder, 100_000);
  undo.push(() => buffer.close());
  for (let value = 1; value <= 20; value += 1) await buffer.append([points(value, 2_000)]);
  const [name = ''] = (await readdir(join(folder, 'segments'))).sort();
  const path = join(folder, 'segments', name);
  const bytes = await readFile(path);
  bytes.fill(0, 30, 60);
  await writeFile(path, bytes);
  const values = valuesOf(await drain(buffer));
  expect(values.at(-1)).toBe(20);
  expect(values.length + buffer.status().samplesDropped).toBe(20);
});

test('two processes cannot share a folder, nor two collectors a buffer', async () => {
  const folder = await newFolder();
  const buffer = await open(folder);
  await expect(open(folder)).rejects.toThrow(/in use by process/);
  await buffer.close();
  await expect(open(folder, 1e9, 'other')).rejects.toThrow(/holds batches of collector plant/);
  await (await open(folder)).close();
});

test('a lock of a dead process, or of another with the same id, is taken over', async () => {
  const folder = await newFolder();
  await writeFile(join(folder, 'lock'), `${process.pid} 1\n`);
  await (await open(folder)).close();
  await writeFile(join(folder, 'lock'), '4194304 5\n');
  await (await open(folder)).close();
});

test('killed with kill -9 while writing, everything that was said to be on disk is there', {
  timeout: 120_000,
}, async () => {
  const folder = await newFolder();
  const script = fileURLToPath(new URL('../testing/buffer-writer.ts', import.meta.url));
  const told = new Map<string, number>();
  for (let round = 0; round < 5; round += 1) {
    const child = spawn(process.execPath, ['--import', 'tsx', script, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let lines = 0;
    const exited = once(child, 'exit');
    for await (const line of createInterface({ input: child.stdout })) {
      const [epoch, sequence, value] = line.split(' ');
      told.set(`${epoch}/${sequence}`, Number(value));
      lines += 1;
      if (lines === 100 + round * 37) child.kill('SIGKILL');
    }
    // Its output may end before it does, and until then the folder is its own.
    await exited;
  }
  const buffer = await open(folder, 1e9, 'writer');
  undo.push(() => buffer.close());
  const found = new Map<string, number>();
  for (const batch of await drain(buffer)) {
    const id = `${batch.epoch}/${batch.sequence}`;
    expect(found.has(id), `${id} names one batch`).toBe(false);
    found.set(id, batch.points[0]?.samples[0]?.[0] ?? 0);
  }
  expect(told.size).toBeGreaterThan(500);
  for (const [id, value] of told) expect(found.get(id)).toBe(value);
});

describe('after it was divided', () => {
  const firstOf = (record: BufferedBatch | null) => record && batchOf(record).points[0]?.samples[0]?.[1];
  const put = (buffer: DiskBuffer, ...values: number[]) =>
    buffer.append(values.map((value) => [{ key: 'p', type: 'number', samples: [[value, value, 'good']] }]));
  const take = async (buffer: DiskBuffer, which: 'live' | 'replay') => {
    const record = await buffer.peek(which);
    if (record) await buffer.acknowledge(record);
    return firstOf(record);
  };

  test('what comes later stands apart from what waited, each in its order, also over a restart', async () => {
    const folder = await newFolder();
    let buffer = await open(folder);
    await put(buffer, 1, 2, 3);
    await buffer.divide();
    const { epoch } = buffer.status();
    await put(buffer, 10, 11);
    expect(await take(buffer, 'live')).toBe(10);
    expect(await take(buffer, 'replay')).toBe(1);
    await buffer.close();

    buffer = await open(folder);
    undo.push(() => buffer.close());
    expect(buffer.status().epoch).toBe(epoch);
    await put(buffer, 12);
    expect(await take(buffer, 'live')).toBe(11);
    expect(await take(buffer, 'replay')).toBe(2);
    expect(buffer.status().bytesReplayed).toBeGreaterThan(0);
    expect(await take(buffer, 'replay')).toBe(3);
    expect(buffer.status().bytesReplayed).toBe(0);
    expect(await take(buffer, 'replay')).toBe(null);
    expect(await take(buffer, 'live')).toBe(12);
    expect(buffer.status()).toMatchObject({ bytes: 0, sequence: 3, acknowledged: 3 });
  });

  test('several outages replay in the order they happened, and more than are kept apart lose nothing', async () => {
    const buffer = await open(await newFolder());
    undo.push(() => buffer.close());
    for (let outage = 0; outage < 20; outage += 1) {
      await put(buffer, outage);
      await buffer.divide();
    }
    const seen = new Set<unknown>();
    const replayed: unknown[] = [];
    for (let value = await take(buffer, 'live'); value !== null; value = await take(buffer, 'live'))
      seen.add(value);
    for (let value = await take(buffer, 'replay'); value !== null; value = await take(buffer, 'replay'))
      replayed.push(value);
    for (const value of replayed) seen.add(value);
    expect(seen.size).toBe(20);
    expect(replayed).toEqual([...replayed].sort((a, b) => Number(a) - Number(b)));
    expect(buffer.status().bytes).toBe(0);
  });

  test('a batch is named by its epoch and sequence once', async () => {
    const buffer = await open(await newFolder());
    undo.push(() => buffer.close());
    await put(buffer, 1, 2);
    await buffer.divide();
    await put(buffer, 3, 4);
    const names = new Set<string>();
    for (const which of ['live', 'replay'] as const)
      for (let record = await buffer.peek(which); record !== null; record = await buffer.peek(which)) {
        const { epoch, sequence } = batchOf(record);
        names.add(`${epoch}/${sequence}`);
        await buffer.acknowledge(record);
      }
    expect(names.size).toBe(4);
  });

  test('with nothing waiting it stays whole', async () => {
    const buffer = await open(await newFolder());
    undo.push(() => buffer.close());
    const { epoch } = buffer.status();
    await buffer.divide();
    expect(buffer.status().epoch).toBe(epoch);
  });
});
