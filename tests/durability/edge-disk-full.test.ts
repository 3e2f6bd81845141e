import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CollectorReport } from '@ronghe/contracts';
import { afterAll, afterEach, expect, it } from 'vitest';
import { type EdgeProcess, startEdge } from '../../edge/src/testing/edge-process.ts';
import { post } from '../../edge/src/testing/http-peer.ts';
import { ledgerFaults, ledgerOf, samplesOf } from '../../edge/src/testing/ledger.ts';
import { type Delivered, startPlatformDouble } from '../../edge/src/testing/platform-double.ts';
import { freePort } from '../../edge/src/testing/tcp-proxy.ts';
import { until } from '../../edge/src/testing/wait.ts';
import { mountSmallDisk, skippedFor } from '../ingest/small-disk.ts';

const DISK_MEGABYTES = 8;
/** A number and texts of random letters, which fill a disk however they are packed. */
const TEXTS = 10;
const TEXT_BYTES = 3_000;
const POINTS = TEXTS + 1;

const disk = mountSmallDisk(DISK_MEGABYTES);
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});
afterAll(() => disk.remove());

/** Sends one body after the other, each again until it is told to be on disk; the number of a body is its time too. */
function startDevice(url: string) {
  const firstMs = Date.now();
  let kept = 0;
  let refused = 0;
  let isOver = false;
  const body = (number: number) => ({
    ts: firstMs + number,
    number,
    ...Object.fromEntries(
      Array.from({ length: TEXTS }, (_, at) => [`text${at}`, randomBytes(TEXT_BYTES / 2).toString('hex')]),
    ),
  });
  const run = async (): Promise<void> => {
    while (!isOver) {
      const next = body(kept);
      while (!isOver) {
        const { status } = await post(url, next, { timeoutMs: 20_000 }).catch(() => ({ status: 0 }));
        if (status === 200 || status === 204) {
          kept += 1;
          break;
        }
        refused += 1;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };
  const running = run();
  return {
    kept: () => kept,
    refused: () => refused,
    async stop() {
      isOver = true;
      await running;
    },
  };
}

async function startPlant(bytesMax: number) {
  const home = await mkdtemp(join(tmpdir(), 'ronghe-edge-full-'));
  undo.push(() => rm(home, { recursive: true, force: true }));
  const platform = await startPlatformDouble();
  let current = platform;
  undo.push(() => current.stop());
  const listen = `http://127.0.0.1:${await freePort()}/values`;
  const folder = join(disk.folder, `buffer-${bytesMax}`);
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const texts = Array.from({ length: TEXTS }, (_, at) => ({
    key: `device.text${at}`,
    path: `/text${at}`,
    type: 'text',
  }));
  const edge: EdgeProcess = await startEdge(home, {
    collector: 'plant',
    server: { url: platform.url, key: 'rk_test' },
    buffer: { folder, bytesMax, flushMs: 20 },
    connections: [
      {
        name: 'device',
        protocol: 'http',
        mode: 'push',
        listen,
        requestsPerSecondMax: 10_000,
        time: '/ts',
        timeFormat: 'ms',
        points: [{ key: 'device.number', path: '/number' }, ...texts],
      },
    ],
  });
  undo.push(() => edge.kill());
  await until('the collector is ready', () => edge.output().stdout.includes('edge ready'), 30_000);
  const device = startDevice(listen);
  undo.push(() => device.stop());
  return {
    edge,
    device,
    platform,
    /** Lets the first numbers arrive, then answers nothing any more. */
    async fallSilent(): Promise<Delivered[]> {
      await until('the first numbers arrive', () => platform.deliveries.length > 3, 20_000);
      platform.deaf = true;
      return [...platform.deliveries];
    },
    report: (): CollectorReport | undefined => current.reports.at(-1),
    /** Ends the old platform with everything it owes, and starts one that answers. */
    async answer() {
      const port = Number(new URL(platform.url).port);
      await platform.stop();
      current = await startPlatformDouble(port);
      return current;
    },
  };
}

const dropped = (report: CollectorReport | undefined): number => report?.samplesDropped ?? 0;

it.skipIf(disk.problem !== null).each([
  { name: 'a full disk', bytesMax: 24_000_000, why: 'the disk is full', withBallast: true },
  { name: 'a full buffer', bytesMax: 3_000_000, why: 'the buffer is full', withBallast: false },
])(
  `with $name a collector gives up the oldest, tells so, and goes on${skippedFor(disk)}`,
  async ({ bytesMax, why, withBallast }) => {
    const { edge, device, fallSilent, report, answer } = await startPlant(bytesMax);
    const before = await fallSilent();
    await until('samples are given up and reported', () => dropped(report()) > 0, 60_000);
    expect(edge.output().stderr).toContain(why);

    if (withBallast) {
      // Somebody else takes the rest: what comes now is taken for as long as something older can be given up for it.
      const ballast = join(disk.folder, 'ballast');
      disk.fill(ballast);
      undo.push(() => rm(ballast, { force: true }));
      const lost = dropped(report());
      await until('more is given up', () => dropped(report()) > lost, 60_000);
      await rm(ballast);
    }
    const stuck = device.kept();
    await until('values are taken on', () => device.kept() > stuck + 50, 60_000);
    expect(edge.child.exitCode, 'the process runs on').toBeNull();

    const platform = await answer();
    const reached = device.kept();
    await until('values are taken on', () => device.kept() > reached + 50, 60_000);
    await device.stop();
    await until(
      'everything has arrived',
      () => samplesOf(platform.deliveries, 'device.number').some(([, value]) => value === device.kept() - 1),
      60_000,
    );
    await until('nothing waits any more', () => report()?.bufferBytes === 0, 60_000);

    const all = [...before, ...platform.deliveries];
    expect(ledgerFaults(all)).toEqual([]);
    const lost = [...ledgerOf(all).told.values()].reduce((sum, each) => sum + each.lost, 0);
    expect(lost).toBeGreaterThan(0);
    expect(lost).toBe(dropped(report()));
    for (const key of ['device.number', 'device.text0']) {
      const read = [...ledgerOf(all).told]
        .filter(([id]) => id.startsWith(`${key} `))
        .reduce((sum, [, each]) => sum + each.read, 0);
      expect(read, key).toBeGreaterThanOrEqual(device.kept());
    }
    // What is missing is what was told as lost, behind what was delivered before. It may have a hole: the batch that was
    // on its way to the platform that answers again while the next ones were given up.
    const came = new Set(samplesOf(all, 'device.number').map(([, value]) => Number(value)));
    const missing = Array.from({ length: device.kept() }, (_, number) => number).filter(
      (number) => !came.has(number),
    );
    expect(missing.length * POINTS).toBe(lost);
    const [first] = missing;
    const delivered = Math.max(...samplesOf(before, 'device.number').map(([, value]) => Number(value)));
    expect(first).toBe(delivered + 1);
  },
  240_000,
);

it.skipIf(disk.problem !== null)(
  `with a disk that others have filled and nothing to give up a collector refuses for the time being, and goes on${skippedFor(disk)}`,
  async () => {
    const { edge, device, platform, report } = await startPlant(24_000_000);
    await until('the first numbers arrive', () => platform.deliveries.length > 3, 20_000);
    const ballast = join(disk.folder, 'ballast');
    await mkdir(ballast);
    undo.push(() => rm(ballast, { recursive: true, force: true }));
    let files = 0;
    // What the collector gives up is taken by others too, until it has nothing.
    const takeAll = (): boolean => {
      files += 1;
      disk.fill(join(ballast, String(files)));
      return device.refused() > 0;
    };
    await until('the device is told to send again', takeAll, 60_000);
    expect(edge.child.exitCode, 'the process runs on').toBeNull();
    await rm(ballast, { recursive: true });
    const stuck = device.kept();
    await until('values are taken on', () => device.kept() > stuck + 50, 60_000);
    await device.stop();
    const { deliveries } = platform;
    const came = () => new Set(samplesOf(deliveries, 'device.number').map(([, value]) => Number(value)));
    await until('the last has arrived', () => came().has(device.kept() - 1), 60_000);
    await until('nothing waits any more', () => report()?.bufferBytes === 0, 60_000);
    expect(ledgerFaults(deliveries)).toEqual([]);
    const lost = [...ledgerOf(deliveries).told.values()].reduce((sum, each) => sum + each.lost, 0);
    expect(lost).toBe(dropped(report()));
    const missing = Array.from({ length: device.kept() }, (_, at) => at).filter((at) => !came().has(at));
    expect(missing.length * POINTS).toBeLessThanOrEqual(lost);
  },
  240_000,
);
