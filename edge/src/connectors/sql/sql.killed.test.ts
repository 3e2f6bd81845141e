import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { startEdge } from '../../testing/edge-process.ts';
import { startPlatformDouble } from '../../testing/platform-double.ts';
import { createPostgresCluster, postgresMissing } from '../../testing/postgres-peer.ts';
import { until } from '../../testing/wait.ts';

const missing = postgresMissing();
const KILLS = 3;

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

test.skipIf(missing !== null)(
  missing ?? 'killed while it reads, the collector loses no row, and what comes again is the same',
  { timeout: 120_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ronghe-sql-killed-'));
    undo.push(() => rm(folder, { recursive: true, force: true }));
    const cluster = await createPostgresCluster();
    undo.push(() => cluster.remove());
    const peer = await cluster.start();
    undo.push(() => peer.stop());
    const platform = await startPlatformDouble();
    undo.push(() => platform.stop());
    await peer.query('create table history (at timestamptz(3), value float8)');
    const config = {
      collector: 'yuzhang-copper',
      server: { url: platform.url, key: 'rk_test' },
      // Long in memory, so that a watermark that is kept too early would lose much.
      buffer: { folder: './buffer', flushMs: 1_000 },
      connections: [
        {
          name: 'mes',
          protocol: 'sql',
          endpoint: `postgres://127.0.0.1:${peer.port}/postgres`,
          username: 'reader',
          password: 'secret',
          queries: [
            {
              name: 'history',
              sql: 'select at, value from history where at >= :watermark order by at',
              intervalMs: 50,
              watermark: { column: 'at', type: 'time', start: '2026-01-01T00:00:00Z', overlapSeconds: 1 },
              time: { column: 'at' },
              points: [{ key: 'history.value', column: 'value' }],
            },
          ],
        },
      ],
    };
    let written = 0;
    let writing = true;
    const writer = (async () => {
      while (writing) {
        // Seven rows of one moment each time.
        await peer.query('insert into history select now(), generate_series($1::int, $1::int + 6)', [
          written,
        ]);
        written += 7;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    /** A batch that comes again under its number is taken once, as the platform does it. */
    const batches = () => [
      ...new Map(
        platform.deliveries.map(({ batch }) => [`${batch.epoch} ${batch.sequence}`, batch] as const),
      ).values(),
    ];
    const samples = () =>
      batches().flatMap((batch) =>
        batch.points
          .filter(({ key }) => key === 'history.value')
          .flatMap((point) => point.samples.filter(([, value]) => value !== null)),
      );
    for (let kill = 0; kill < KILLS; kill += 1) {
      const edge = await startEdge(folder, config);
      undo.push(() => edge.kill());
      const before = samples().length;
      await until('it delivers', () => samples().length > before + 20, 60_000);
      await new Promise((resolve) => setTimeout(resolve, 100 + 300 * Math.random()));
      await edge.kill();
    }
    writing = false;
    await writer;
    const edge = await startEdge(folder, config);
    undo.push(() => edge.kill());
    await until('every row', () => new Set(samples().map(([, value]) => value)).size === written, 60_000);
    const times = new Map<unknown, Set<number>>();
    for (const [time, value, quality] of samples()) {
      expect(quality).not.toBe('bad');
      // After a loss the last value is stated again at a moment of ours, and says so.
      if (quality === 'good') times.set(value, (times.get(value) ?? new Set()).add(time));
    }
    expect([...times.values()].filter((each) => each.size !== 1)).toEqual([]);
    expect(times.size).toBe(written);
    // Read again is only what was read last before a kill and not yet marked as read.
    expect(samples().filter(([, , quality]) => quality === 'good').length).toBeLessThan(written * 1.5);
  },
);
