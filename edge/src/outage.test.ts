import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BatchPoint, HOUR_MS, type Sample } from '@ronghe/contracts';
import { afterEach, expect, test } from 'vitest';
import { openBuffer } from './buffer/buffer.ts';
import { createTally } from './conditioning/tally.ts';
import { silentLog } from './log.ts';
import { startEdge } from './testing/edge-process.ts';
import { startModbusPeer } from './testing/modbus-peer.ts';
import { type Delivered, startPlatformDouble } from './testing/platform-double.ts';
import { until } from './testing/wait.ts';

const HOURS = 24;
const BATCHES_PER_HOUR = 20;
const POINTS = 50;
const SAMPLES = 4;
const OLD = HOURS * BATCHES_PER_HOUR * POINTS * SAMPLES;

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

/** A buffer as a day without the platform leaves it. */
async function fill(folder: string, startMs: number): Promise<void> {
  const tally = createTally();
  const buffer = await openBuffer({ folder, source: 'yuzhang-copper', bytesMax: 1e9, log: silentLog() });
  for (let at = 0; at < HOURS * BATCHES_PER_HOUR; at += 1) {
    const points = Array.from({ length: POINTS }, (_, number): BatchPoint => {
      const samples = Array.from({ length: SAMPLES }, (_sample, step): Sample => {
        const timeMs = startMs + ((at * SAMPLES + step) * HOUR_MS) / (BATCHES_PER_HOUR * SAMPLES);
        return [Math.round(timeMs), at * SAMPLES + step, 'good'];
      });
      for (const [timeMs] of samples) tally.read(`old.p${number}`, timeMs);
      return { key: `old.p${number}`, type: 'number', samples };
    });
    tally.attach(points);
    await buffer.append([points]);
  }
  await buffer.close();
}

const isOf = (kind: 'old' | 'live') => (delivered: Delivered) =>
  delivered.batch.points.some(({ key }) => key.startsWith(kind));
const samplesOf = (deliveries: readonly Delivered[], key: string): Sample[] =>
  deliveries.flatMap(({ batch }) =>
    batch.points.filter((point) => point.key === key).flatMap(({ samples }) => samples),
  );

test(`after ${HOURS} hours without the platform what comes now arrives first, and the day behind it, whole and in order`, {
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-outage-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const startMs = Math.floor(Date.now() / HOUR_MS - HOURS) * HOUR_MS;
  await fill(join(folder, 'buffer'), startMs);
  const platform = await startPlatformDouble();
  undo.push(() => platform.stop());
  const modbus = await startModbusPeer();
  undo.push(() => modbus.stop());
  const edge = await startEdge(folder, {
    collector: 'yuzhang-copper',
    server: { url: platform.url, key: 'rk_test' },
    buffer: { folder: './buffer', flushMs: 50, replaySamplesPerSecond: 20_000 },
    connections: [
      {
        name: 'press',
        protocol: 'modbus',
        endpoint: `tcp://127.0.0.1:${modbus.port}`,
        intervalMs: 50,
        points: [{ key: 'live.pressure', address: 'holding:0' }],
      },
    ],
  });
  undo.push(() => edge.kill());
  const old = () => platform.deliveries.filter(isOf('old'));
  await until('the day has arrived', () => old().length === HOURS * BATCHES_PER_HOUR, 90_000);

  const live = platform.deliveries.findIndex(isOf('live'));
  expect(live).toBeGreaterThanOrEqual(0);
  // Until the first live value is read the line belongs to what waited.
  const behind = platform.deliveries.slice(live).filter(isOf('old'));
  expect(behind.length).toBeGreaterThan(old().length / 2);
  const liveAmong = platform.deliveries.slice(live, platform.deliveries.findLastIndex(isOf('old')));
  expect(liveAmong.filter(isOf('live')).length).toBeGreaterThan(10);

  const values = samplesOf(platform.deliveries, 'old.p7').map(([, value]) => value);
  expect(values).toEqual(Array.from({ length: HOURS * BATCHES_PER_HOUR * SAMPLES }, (_, at) => at));
  const epochs = new Set(platform.deliveries.map(({ batch }) => `${batch.epoch}/${batch.sequence}`));
  expect(epochs.size).toBe(platform.deliveries.length);
  const counts = platform.deliveries
    .flatMap(({ batch }) => batch.points)
    .flatMap((point) => point.counts ?? []);
  const sum = (place: 1 | 2 | 3 | 4) => counts.reduce((total, count) => total + count[place], 0);
  expect(sum(1)).toBe(sum(2) + sum(3) + sum(4));
  expect(sum(3)).toBeGreaterThan(OLD);
});
