import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { createCollector } from '../../collector.ts';
import { parseEdgeConfig } from '../../config.ts';
import { silentLog } from '../../log.ts';
import { type EdgeProcess, startEdge } from '../../testing/edge-process.ts';
import { type PlatformDouble, startPlatformDouble } from '../../testing/platform-double.ts';
import { freePort } from '../../testing/tcp-proxy.ts';
import { until } from '../../testing/wait.ts';

const ROWS = 160_000;
const FIRST_MS = Date.UTC(2024, 0, 1);

test('kill -9 in the middle of a large file loses no row, and repeats only what was not yet saved', async () => {
  const home = await mkdtemp(join(tmpdir(), 'ronghe-kill-'));
  const platform = await startPlatformDouble();
  let edge: EdgeProcess | null = null;
  const journal = join(home, 'buffer/connections/drop/files.jsonl');
  const lastEntry = async (): Promise<{ end: string | null; place: { index: number } | null } | null> => {
    const lines = (await readFile(journal, 'utf8').catch(() => '')).trim().split('\n');
    try {
      return JSON.parse(lines.at(-1) ?? 'null');
    } catch {
      // Nothing yet, or a line that is just being written.
      return null;
    }
  };
  try {
    await mkdir(join(home, 'in'));
    const rows = Array.from({ length: ROWS }, (_, index) => `${FIRST_MS + index},${index}\n`);
    await writeFile(join(home, 'in/large.csv'), `time,value\n${rows.join('')}`);
    const config = {
      collector: 'plant',
      server: { url: platform.url, key: 'rk_x' },
      buffer: { folder: join(home, 'buffer') },
      connections: [
        {
          name: 'drop',
          protocol: 'file',
          endpoint: pathToFileURL(join(home, 'in')).href,
          intervalMs: 100,
          settleMs: 0,
          time: { columns: ['time'] },
          points: [{ key: 'value' }],
        },
      ],
    };
    edge = await startEdge(home, config);
    await until('a part is saved', async () => ((await lastEntry())?.place?.index ?? 0) > 0, 30_000);
    await edge.kill();
    const entry = await lastEntry();
    const saved = entry?.place?.index ?? 0;
    expect(entry?.end, 'the file was not done yet').toBeNull();
    edge = await startEdge(home, config);
    await until('the file is done', async () => (await lastEntry())?.end === 'done', 40_000);
    const counts = new Uint8Array(ROWS);
    // After a kill a batch may be sent again, byte for byte; the platform takes it once, and so does this count.
    const batches = new Set<string>();
    let taken = 0;
    let wrong = 0;
    const count = (): number => {
      for (const { batch } of platform.deliveries.slice(taken)) {
        const id = `${batch.epoch}/${batch.sequence}`;
        if (batches.has(id)) continue;
        batches.add(id);
        for (const [timeMs, value] of batch.points.flatMap(({ samples }) => samples)) {
          const index = timeMs - FIRST_MS;
          counts[index] = (counts[index] ?? 0) + 1;
          if (value !== index) wrong += 1;
        }
      }
      taken = platform.deliveries.length;
      return counts.filter((times) => times > 0).length;
    };
    await until('every row arrives', () => count() === ROWS, 40_000);
    expect(wrong).toBe(0);
    const most = (from: number, to: number) => counts.subarray(from, to).reduce((a, b) => Math.max(a, b), 0);
    expect(most(0, saved), 'what was saved is not repeated').toBe(1);
    expect(most(saved, ROWS), 'what was not is repeated at most once').toBeLessThanOrEqual(2);
    await edge.kill();
    const before = batches.size;
    edge = await startEdge(home, config);
    await until('it looks again', () => edge?.output().stderr.includes('the folder can be read'), 20_000);
    await new Promise((resolve) => setTimeout(resolve, 500));
    count();
    expect(batches.size, 'a file that is done is not read again').toBe(before);
    expect((await lastEntry())?.end).toBe('done');
  } finally {
    await edge?.kill();
    await platform.stop();
    await rm(home, { recursive: true, force: true });
  }
});

test('a file waits while the platform is away and the buffer is full, and nothing is given up', async () => {
  const home = await mkdtemp(join(tmpdir(), 'ronghe-full-'));
  await mkdir(join(home, 'in'));
  const rows = Array.from({ length: 120_000 }, (_, index) => `${FIRST_MS + index},${Math.sin(index)}\n`);
  await writeFile(join(home, 'in/large.csv'), `time,value\n${rows.join('')}`);
  const port = await freePort();
  const config = parseEdgeConfig({
    collector: 'plant',
    server: { url: `http://127.0.0.1:${port}`, key: 'rk_x' },
    buffer: { folder: join(home, 'buffer'), bytesMax: 1_000_000 },
    connections: [
      {
        name: 'drop',
        protocol: 'file',
        endpoint: pathToFileURL(join(home, 'in')).href,
        intervalMs: 100,
        settleMs: 0,
        time: { columns: ['time'] },
        points: [{ key: 'value' }],
      },
    ],
  });
  const collector = await createCollector({ config, log: silentLog(), clock: systemClock });
  let platform: PlatformDouble | null = null;
  try {
    await collector.start();
    await until(
      'the buffer is as full as a file may make it',
      () => collector.report().bufferBytes > 700_000,
      20_000,
    );
    // What was on its way when the buffer became full still comes.
    let read = 0;
    await until(
      'reading waits',
      async () => {
        read = collector.report().samplesRead;
        await new Promise((resolve) => setTimeout(resolve, 700));
        return collector.report().samplesRead === read;
      },
      20_000,
    );
    expect(read).toBeLessThan(rows.length);
    platform = await startPlatformDouble(port);
    await until('all arrives', () => collector.report().samplesSent === rows.length, 50_000);
    expect(collector.report()).toMatchObject({ samplesRead: rows.length, samplesDropped: 0 });
  } finally {
    await collector.stop();
    await platform?.stop();
    await rm(home, { recursive: true, force: true });
  }
});
