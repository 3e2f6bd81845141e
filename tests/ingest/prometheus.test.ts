import { afterEach, expect, it } from 'vitest';
import { holdUploads, SMALL_DOORS } from './held-uploads.ts';
import { find, type Platform, skipReason, startPlatform } from './platform.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';

const absent = find('prometheus') === null;
const note = absent ? ` — ${skipReason('prometheus')}` : '';
/** Series of Prometheus about itself: one that grows all the time, one that is always 1, one that goes up and down. */
const METRICS = ['process_cpu_seconds_total', 'up', 'go_memstats_alloc_bytes'];

let platform: Platform | undefined;
let prometheus: Prometheus | undefined;
afterEach(async () => {
  await prometheus?.stop();
  await platform?.stop();
});

const timesAndValues = async (metric: string): Promise<(readonly [number, unknown])[]> => {
  const found = (await platform?.points(metric)) ?? [];
  const point = found.find(({ key }) => key.startsWith(`${metric},`));
  if (!platform || !point) return [];
  return (await platform.observations(point.id)).map(({ time, value }) => [Date.parse(time), value] as const);
};

/** Everything Prometheus has of its series, up to the newest the platform has, must be here with the same value. */
async function expectSame(metric: string): Promise<number> {
  const ours = await timesAndValues(metric);
  const newestMs = ours.at(-1)?.[0] ?? 0;
  const theirs = (await prometheus?.samples(metric)) ?? [];
  const expected = theirs.filter(([timeMs]) => timeMs <= newestMs);
  expect(ours, metric).toEqual(expected);
  return expected.length;
}

it.skipIf(absent)(
  `takes what a real Prometheus writes, through a kill: nothing missing, nothing twice${note}`,
  async () => {
    platform = await startPlatform();
    prometheus = await startPrometheus({ writeUrl: `${platform.url}/api/v1/write`, key: platform.key });
    const peer = prometheus;
    await expect
      .poll(async () => (await timesAndValues('up')).length, { timeout: 30_000 })
      .toBeGreaterThan(2);

    await platform.kill('SIGKILL');
    const retried = 'prometheus_remote_storage_samples_retried_total';
    await expect.poll(() => peer.own(retried), { timeout: 30_000 }).toBeGreaterThan(0);
    await platform.start();
    const restartedMs = Date.now();
    await expect
      .poll(async () => (await timesAndValues('up')).at(-1)?.[0] ?? 0, { timeout: 60_000 })
      .toBeGreaterThan(restartedMs);

    for (const metric of METRICS) {
      // Some of its series begin later than `up`.
      await expect
        .poll(async () => (await timesAndValues(metric)).length, { timeout: 60_000 })
        .toBeGreaterThan(3);
      await expectSame(metric);
    }
    expect(await peer.own('prometheus_remote_storage_samples_failed_total')).toBe(0);
  },
  120_000,
);

it.skipIf(absent)(
  `makes a real Prometheus come back when it is overloaded, and loses nothing${note}`,
  async () => {
    platform = await startPlatform({ environment: SMALL_DOORS });
    prometheus = await startPrometheus({ writeUrl: `${platform.url}/api/v1/write`, key: platform.key });
    const peer = prometheus;
    await expect
      .poll(async () => (await timesAndValues('up')).length, { timeout: 30_000 })
      .toBeGreaterThan(0);
    const endUploads = await holdUploads(platform);
    try {
      await expect
        .poll(() => peer.own('prometheus_remote_storage_samples_retried_total'), { timeout: 30_000 })
        .toBeGreaterThan(0);
    } finally {
      endUploads();
    }
    const calmMs = Date.now();
    await expect
      .poll(async () => (await timesAndValues('up')).at(-1)?.[0] ?? 0, { timeout: 60_000 })
      .toBeGreaterThan(calmMs);

    for (const metric of METRICS) await expectSame(metric);
    // A status that Prometheus takes as final, such as 429, would count here.
    expect(await peer.own('prometheus_remote_storage_samples_failed_total')).toBe(0);
  },
  180_000,
);
