import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Analytics } from '#platform/db/analytics.ts';
import { keyOf } from '../doors/doors.fixture.ts';
import { call, drained, PLANT, startTestIngest, type TestIngest } from '../ingest.fixture.ts';
import { newPoint, put, rollAll } from '../rollups/rollups.fixture.ts';
import { createUnscopedRollupStore } from '../rollups/rollups.store.ts';
import { createObservationStore } from './observations.store.ts';

const HOUR_US = 3_600_000_000;
/** Three years ago, shortly before midnight: hours, days and months change within the samples. */
const START_US = Math.floor((Date.now() - 1_095 * 86_400_000) / 86_400_000) * 86_400_000_000 - 2 * HOUR_US;

let server: TestIngest;
let queries = 0;
beforeAll(async () => {
  server = await startTestIngest({ ingestRollupSeconds: 3600 });
});
afterAll(() => server.stop());

/** What the table says, past all memory. */
async function latest(ids: readonly number[]) {
  const { relational, analytics } = server.platform;
  const counting: Analytics = {
    ...analytics,
    query: (sql, options) => {
      queries += 1;
      return analytics.query(sql, options);
    },
  };
  const { state } = createUnscopedRollupStore({ relational, analytics, cluster: undefined });
  const scope = server.platform.scope({ organisation: PLANT });
  const points = await server.collect.points.visible(scope, ids);
  queries = 0;
  const rows = await createObservationStore({ analytics: counting, state }).latest(scope, points, Date.now());
  return new Map(rows.map(({ point, timeUs, value, quality }) => [point, { timeUs, value, quality }]));
}

const sample = fc.record({
  timeUs: fc
    .integer({ min: 0, max: 60 * 24 * 35 })
    .map((minutes) => START_US + minutes * 60_000_000 + (minutes % 7)),
  value: fc.integer({ min: -5, max: 5 }),
  quality: fc.constantFrom(0, 0, 2),
});
/** Deliveries of two points, and after which of them everything is rolled up. */
const history = fc.array(
  fc.tuple(fc.nat(1), fc.array(sample, { minLength: 1, maxLength: 4 }), fc.boolean()),
  {
    minLength: 1,
    maxLength: 6,
  },
);

it('is the newest row by source time, the last received of two, rolled up or not', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (deliveries) => {
      const points = [await newPoint(server), await newPoint(server)];
      const expected = new Map<number, { timeUs: number; value: number; quality: number }>();
      for (const [which, samples, rolled] of deliveries) {
        const { id } = points[which] as (typeof points)[number];
        const unique = [...new Map(samples.map((one) => [one.timeUs, one])).values()];
        await put(server, id, unique);
        for (const one of unique) if (one.timeUs >= (expected.get(id)?.timeUs ?? 0)) expected.set(id, one);
        if (rolled) await server.ingest.rollups.roll();
        const found = await latest(points.map((point) => point.id));
        expect(found.size).toBe(expected.size);
        for (const [point, { timeUs, value, quality }] of expected)
          expect(found.get(point)).toEqual({ timeUs, value, quality: quality === 0 ? 'good' : 'bad' });
      }
    }),
    { numRuns: 15 },
  );
}, 120_000);

it('of an old point is found by its last hour, without its history', async () => {
  const old = await newPoint(server);
  const living = await newPoint(server);
  await put(server, old.id, [{ timeUs: START_US, value: 1, quality: 0 }]);
  await put(server, living.id, [{ timeUs: Date.now() * 1000 - HOUR_US, value: 2, quality: 0 }]);
  await rollAll(server);
  expect((await latest([living.id])).get(living.id)).toMatchObject({ value: 2 });
  expect(queries).toBe(1);
  expect((await latest([old.id, living.id])).size).toBe(2);
  expect(queries).toBe(2);
  await put(server, old.id, [{ timeUs: START_US + 40 * 24 * HOUR_US, value: 3, quality: 2 }]);
  expect((await latest([old.id])).get(old.id)).toMatchObject({ value: 3, quality: 'bad' });
  expect(queries).toBe(2);
});

it('is found also when no rollup knows the point', async () => {
  const { id } = await newPoint(server);
  await put(server, id, [{ timeUs: START_US, value: 4, quality: 0 }]);
  await rollAll(server);
  for (const table of ['rollup_1h', 'rollup_1d'])
    await server.platform.analytics.command(`alter table ingest.${table} delete where series = ${id}`, {
      timeoutMs: 20_000,
    });
  const isGone = () =>
    server.platform.analytics.query(`select 1 from ingest.rollup_1d where series = ${id} limit 1`);
  await expect.poll(isGone, { timeout: 10_000 }).toEqual([]);
  expect((await latest([id])).get(id)).toMatchObject({ value: 4 });
});

it('is the later of two that came at one time in one request', async () => {
  const key = await keyOf(server);
  const lines = [
    'twin v=1 1700000000000000000',
    'twin v=2 1700000000000000000',
    'twin v=0 1600000000000000000',
  ];
  const headers = { 'content-type': 'text/plain' };
  expect(await call(server, '/api/v2/write', { key, headers, body: lines.join('\n') })).toMatchObject({
    status: 204,
  });
  await drained(server);
  const { id } = await server.collect.points.find(server.platform.scope({ organisation: PLANT }), 'twin.v');
  expect((await latest([id])).get(id)).toMatchObject({ value: 2 });
});
