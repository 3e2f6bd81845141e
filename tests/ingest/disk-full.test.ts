import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { startLineWriter } from './line-writer.ts';
import { type Platform, startPlatform } from './platform.ts';
import { mountSmallDisk, skippedFor } from './small-disk.ts';

const DISK_MEGABYTES = 600;
const WRITERS = 2;
const LINES_PER_BODY = 50;
/** So often each writer must have met the full disk before there is room again. */
const REFUSALS_PER_WRITER = 20;

const disk = mountSmallDisk(DISK_MEGABYTES);
let platform: Platform | undefined;
afterAll(async () => {
  await platform?.stop();
  disk.remove();
});

it.skipIf(disk.problem !== null)(
  `with a full disk refuses for the time being, loses nothing acknowledged and goes on when there is room${skippedFor(disk)}`,
  async () => {
    platform = await startPlatform({ data: disk.folder });
    const { url, key } = platform;
    const writers = Array.from({ length: WRITERS }, (_, index) =>
      startLineWriter({ url, key, series: `full,writer=w${index}`, linesPerBody: LINES_PER_BODY }),
    );
    const counts = () => writers.map((writer) => writer.acknowledged());
    await expect.poll(() => Math.min(...counts()), { timeout: 20_000 }).toBeGreaterThan(LINES_PER_BODY * 4);

    const ballast = join(disk.folder, 'ballast');
    disk.fill(ballast);
    const later = () =>
      writers.reduce((sum, { retries }) => sum + [...retries.values()].reduce((a, b) => a + b, 0), 0);
    await expect.poll(later, { timeout: 30_000 }).toBeGreaterThan(WRITERS * REFUSALS_PER_WRITER);
    rmSync(ballast);

    const stuck = counts();
    await expect
      .poll(() => counts().every((count, at) => count > (stuck[at] ?? 0) + LINES_PER_BODY), {
        timeout: 60_000,
      })
      .toBe(true);
    await Promise.all(writers.map((writer) => writer.stop()));
    for (const writer of writers) {
      expect(writer.refusals, 'a client that is refused for good drops its lines').toEqual([]);
      const [point] = await platform.points(`${writer.series}.value`);
      const values = (await platform.observations(Number(point?.id))).map(({ value }) => value);
      expect(values).toEqual(Array.from({ length: writer.acknowledged() }, (_, index) => index));
    }
    console.log(writers.map(({ retries }) => JSON.stringify(Object.fromEntries(retries))).join(' '));
  },
  180_000,
);
