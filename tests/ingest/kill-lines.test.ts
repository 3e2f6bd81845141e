import { setTimeout as delay } from 'node:timers/promises';
import type { IngestStats } from '@ronghe/contracts';
import { afterAll, expect, it } from 'vitest';
import { startLineWriter } from './line-writer.ts';
import { type Platform, startPlatform, takeNumber } from './platform.ts';

/** 200 in the long run: RONGHE_KILL_ROUNDS=200. */
const ROUNDS = takeNumber('RONGHE_KILL_ROUNDS', 3);
const WRITERS = 4;
const LINES_PER_BODY = 50;
const ROUND_MS_MAX = 20_000;

let platform: Platform | undefined;
afterAll(() => platform?.stop());

it(
  `keeps every acknowledged line, once, through ${ROUNDS} kills under load`,
  async () => {
    platform = await startPlatform();
    const { url, key } = platform;
    const writers = Array.from({ length: WRITERS }, (_, index) =>
      startLineWriter({ url, key, series: `kill,writer=w${index}`, linesPerBody: LINES_PER_BODY }),
    );
    const total = () => writers.reduce((sum, writer) => sum + writer.acknowledged(), 0);
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = total();
      // Something new must be acknowledged between two kills, or the loop would prove nothing.
      await expect.poll(total, { timeout: ROUND_MS_MAX }).toBeGreaterThan(before);
      // Random on purpose: the moment must not be one that the code was written for.
      await delay(Math.random() * 500);
      await platform.restart('SIGKILL');
    }
    await Promise.all(writers.map((writer) => writer.stop()));

    for (const writer of writers) {
      expect(writer.refusals).toEqual([]);
      const [point, ...others] = await platform.points(`${writer.series}.value`);
      expect(others).toEqual([]);
      const rows = await platform.observations(Number(point?.id));
      const values = rows.map(({ value }) => value);
      const first = values.findIndex((value, index) => value !== index);
      expect(first, `${writer.series}: the first row that is missing, doubled or wrong`).toBe(-1);
      expect(values.length).toBe(writer.acknowledged());
    }
    // What was sent again after a kill is stored over itself, so that more may have been stored than acknowledged.
    const balance = await platform.admin.get<IngestStats>('/api/ingest/stats');
    expect(balance.received).toBe(balance.stored + balance.duplicate + balance.rejected);
    expect(balance.rejected).toBe(0);
    expect(balance.stored).toBeGreaterThanOrEqual(total());
    const retries = writers.map(({ retries }) => JSON.stringify(Object.fromEntries(retries)));
    console.log(`${ROUNDS} kills; ${total()} lines acknowledged; sent again: ${retries.join(' ')}`);
  },
  120_000 + ROUNDS * ROUND_MS_MAX,
);
