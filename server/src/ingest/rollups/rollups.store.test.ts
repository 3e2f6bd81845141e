import type { Aggregate, BucketRow, PointReading, ReadQuery, RollupProgress } from '@ronghe/contracts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Analytics } from '#platform/db/analytics.ts';
import { createMetrics } from '#platform/http/metrics.ts';
import { call, PLANT, startTestIngest, type TestIngest } from '../ingest.fixture.ts';
import * as fixture from './rollups.fixture.ts';
import { instant, type TestSample } from './rollups.fixture.ts';
import { createRollups } from './rollups.service.ts';
import { createUnscopedRollupStore } from './rollups.store.ts';

let server: TestIngest;
beforeAll(async () => {
  server = await startTestIngest({ ingestRollupSeconds: 3600 });
});
afterAll(() => server.stop());

const scope = () => server.platform.scope({ organisation: PLANT });
const DAY_US = 86_400_000_000;
/** A Thursday, so that nothing is even. */
const BASE_US = Date.UTC(2024, 1, 29, 3, 7, 11) * 1000;
const ALL: Aggregate[] = ['count', 'bad', 'min', 'max', 'mean', 'sum', 'first', 'last', 'range'];

type Sample = TestSample;
const newPoint = async () => (await fixture.newPoint(server)).id;
const put = (point: number, samples: readonly Sample[]) => fixture.put(server, point, samples);
const rollAll = (rollups = server.ingest.rollups) => fixture.rollAll(server, rollups);
const storeOn = (analytics: Analytics) =>
  createUnscopedRollupStore({ relational: server.platform.relational, analytics, cluster: undefined });

async function read(point: number, more: Partial<ReadQuery> = {}): Promise<BucketRow[]> {
  const query: ReadQuery = {
    point: String(point),
    from: instant(BASE_US - DAY_US),
    to: instant(BASE_US + 8 * DAY_US),
    aggregate: ALL.join(),
    fill: 'none',
    limit: 10_000,
    order: 'ascending',
    ...more,
  };
  const answer = await server.ingest.observations.read(scope(), query);
  return (answer as PointReading).items as BucketRow[];
}

/** What the buckets must be, from the samples as a table of the newest by time. */
function expected(
  samples: ReadonlyMap<number, Sample>,
  range: { fromUs: number; toUs: number; widthUs: number },
): BucketRow[] {
  const { fromUs, toUs, widthUs } = range;
  const buckets = new Map<number, Sample[]>();
  const inside = [...samples.values()].filter(({ timeUs }) => timeUs >= fromUs && timeUs < toUs);
  for (const sample of inside.sort((a, b) => a.timeUs - b.timeUs)) {
    const start = Math.floor(sample.timeUs / widthUs) * widthUs;
    const all = buckets.get(start) ?? [];
    all.push(sample);
    buckets.set(start, all);
  }
  return [...buckets].map(([start, all]) => {
    const good = all.filter(({ quality }) => quality === 0).map(({ value }) => value);
    const counts = { time: instant(start), count: good.length, bad: all.length - good.length };
    const none = { min: null, max: null, mean: null, sum: null, first: null, last: null, range: null };
    if (good.length === 0) return { ...counts, ...none };
    const sum = good.reduce((total, value) => total + value, 0);
    const [min, max] = [Math.min(...good), Math.max(...good)];
    return {
      ...counts,
      min,
      max,
      sum,
      mean: sum / good.length,
      first: good[0],
      last: good.at(-1),
      range: max - min,
    };
  });
}

const samplesArbitrary = fc.array(
  fc.record({
    // few moments, so that some are written again and again; some at the very border of minutes, hours and days
    timeUs: fc.oneof(
      fc.integer({ min: 0, max: 400 }).map((step) => BASE_US + step * 977_000_001),
      fc
        .integer({ min: 0, max: 100 })
        .map((hour) => Math.floor(BASE_US / DAY_US) * DAY_US + hour * 3_600_000_000),
      fc
        .integer({ min: 1, max: 100 })
        .map((hour) => Math.floor(BASE_US / DAY_US) * DAY_US + hour * 3_600_000_000 - 1),
    ),
    // quarters add up exactly in whatever order
    value: fc.integer({ min: -4000, max: 4000 }).map((quarters) => quarters / 4),
    quality: fc.constantFrom(0, 0, 0, 1, 2),
  }),
  { minLength: 1, maxLength: 120 },
);
const rangeArbitrary = fc.record({
  width: fc.constantFrom('1m', '5m', '1h', 'PT6H', '1d', '2d', '90s'),
  offsetUs: fc.integer({ min: -DAY_US, max: 3 * DAY_US }),
  lengthUs: fc.oneof(fc.integer({ min: 1, max: 6 * DAY_US }), fc.constantFrom(DAY_US, 3 * DAY_US)),
});
const WIDTHS_US: Readonly<Record<string, number>> = {
  '1m': 60_000_000,
  '5m': 300_000_000,
  '1h': 3_600_000_000,
  PT6H: 21_600_000_000,
  '1d': DAY_US,
  '2d': 2 * DAY_US,
  '90s': 90_000_000,
};

describe('buckets from rollups and rows together', () => {
  it('are what the rows say, with late, repeated, overwritten and bad samples, rolled up or not yet', async () => {
    const rounds = fc.array(samplesArbitrary, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        rounds,
        samplesArbitrary,
        fc.array(rangeArbitrary, { minLength: 4, maxLength: 8 }),
        async (rolled, unrolled, ranges) => {
          const point = await newPoint();
          const newest = new Map<number, Sample>();
          const add = async (samples: Sample[]) => {
            await put(point, samples);
            for (const sample of samples) newest.set(sample.timeUs, sample);
          };
          for (const samples of rolled) {
            await add(samples);
            await rollAll();
          }
          const check = async () => {
            for (const { width, offsetUs, lengthUs } of ranges) {
              const fromUs = BASE_US + offsetUs;
              const range = { fromUs, toUs: fromUs + lengthUs, widthUs: WIDTHS_US[width] ?? 0 };
              const found = await read(point, {
                bucket: width,
                from: instant(fromUs),
                to: instant(range.toUs),
              });
              expect(found).toEqual(expected(newest, range));
            }
          };
          await check();
          await add(unrolled);
          await check();
        },
      ),
      // Each builds tables of its own and takes two seconds; the long run asks for more.
      { numRuns: Math.min(200, Number(process.env.RONGHE_FUZZ_RUNS ?? 4)) },
    );
  }, 120_000);

  it('of days are right at ends that are no whole day, no whole hour and no whole minute', async () => {
    const point = await newPoint();
    const samples = Array.from({ length: 700 }, (_, index) => ({
      timeUs: BASE_US + index * 411_000_001,
      value: (index * 37) % 101,
      quality: index % 11 === 0 ? 1 : 0,
    }));
    const newest = new Map(samples.map((sample) => [sample.timeUs, sample]));
    await put(point, samples);
    await rollAll();
    const check = async () => {
      for (let step = 1; step < 24; step += 3) {
        const fromUs = BASE_US + step * 1_234_567_891;
        const toUs = fromUs + 2 * DAY_US + step * 765_432_109;
        const asked = { from: instant(fromUs), to: instant(toUs) };
        for (const [width, widthUs] of [
          ['1d', DAY_US],
          ['2d', 2 * DAY_US],
          ['1h', DAY_US / 24],
        ] as const)
          expect(await read(point, { ...asked, bucket: width })).toEqual(
            expected(newest, { fromUs, toUs, widthUs }),
          );
      }
    };
    await check();
    const late = [3, 250, 460, 699].map((index) => ({ ...(samples[index] as Sample), value: 1000 + index }));
    await put(point, late);
    for (const sample of late) newest.set(sample.timeUs, sample);
    await check();
  });

  it('tell one bucket of a whole range whatever its ends', async () => {
    const point = await newPoint();
    const samples = Array.from({ length: 200 }, (_, index) => ({
      timeUs: BASE_US + index * 3_333_000_001,
      value: index,
      quality: index % 10 === 0 ? 2 : 0,
    }));
    await put(point, samples);
    await rollAll();
    const range = { from: instant(BASE_US + 1), to: instant(BASE_US + 190 * 3_333_000_001) };
    const [bucket, ...more] = await read(point, range);
    expect(more).toEqual([]);
    expect(bucket).toMatchObject({
      time: range.from,
      count: 171,
      bad: 18,
      min: 1,
      max: 189,
      first: 1,
      last: 189,
    });
    const [deviating] = await read(point, { ...range, aggregate: 'stddev,mean' });
    const good = samples.slice(1, 190).filter(({ quality }) => quality === 0);
    const mean = good.reduce((sum, { value }) => sum + value, 0) / good.length;
    const variance = good.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / good.length;
    expect(deviating?.mean).toBeCloseTo(mean, 9);
    expect(deviating?.stddev).toBeCloseTo(Math.sqrt(variance), 9);
  });

  it('come from the rollup and not from the rows where it is whole', async () => {
    const { analytics } = server.platform;
    const point = await newPoint();
    const dayUs = Math.floor(BASE_US / DAY_US) * DAY_US;
    await put(point, [{ timeUs: dayUs + 1, value: 5, quality: 0 }]);
    await rollAll();
    await analytics.command(
      `insert into ingest.rollup_1d select * replace (777 as max, version + 1 as version) from ingest.rollup_1d final
       where series = {point:UInt32}`,
      { params: { point } },
    );
    const range = { from: instant(dayUs), to: instant(dayUs + 2 * DAY_US), bucket: '1d' };
    expect(await read(point, range)).toMatchObject([{ max: 777 }]);
    await put(point, [{ timeUs: dayUs + 2, value: 6, quality: 0 }]);
    expect(await read(point, range)).toMatchObject([{ max: 6, count: 2 }]);
  });
});

describe('rolling up', () => {
  const metrics = createMetrics();
  const rollupsOn = (analytics: Analytics, stepRowsMax = 2_000_000) => {
    const { clock, log } = server.platform;
    return createRollups({
      store: storeOn(analytics),
      metrics,
      clock,
      log,
      everyMs: 3_600_000,
      stepRowsMax,
      partRowsMax: stepRowsMax,
    });
  };
  const failing = (allowed: number): Analytics => {
    const { analytics } = server.platform;
    let left = allowed;
    return {
      ...analytics,
      command: (sql, options) => {
        left -= 1;
        return left < 0 ? Promise.reject(new Error('cut off')) : analytics.command(sql, options);
      },
    };
  };

  it.each([0, 1, 2])('cut off after %i of its three writes is made good by the next', async (allowed) => {
    const point = await newPoint();
    const samples = Array.from({ length: 30 }, (_, index) => ({
      timeUs: BASE_US + index * 7_000_000_000,
      value: index,
      quality: 0,
    }));
    await put(point, samples);
    await expect(rollAll(rollupsOn(failing(allowed)))).rejects.toThrow('cut off');
    const newest = new Map(samples.map((sample) => [sample.timeUs, sample]));
    const range = { fromUs: BASE_US - DAY_US, toUs: BASE_US + 8 * DAY_US, widthUs: DAY_US };
    expect(await read(point, { bucket: '1d' })).toEqual(expected(newest, range));
    await rollAll();
    expect(await read(point, { bucket: '1d' })).toEqual(expected(newest, range));
    const rows = await server.platform.analytics.query(
      'select sum(count) as n from ingest.rollup_1d final where series = {point:UInt32}',
      { params: { point } },
    );
    expect(rows).toEqual([{ n: '30' }]);
  });

  it('makes whole minutes of many live rows, overwritten ones too, and touches no others', async () => {
    const [point, other] = [await newPoint(), await newPoint()];
    const samples = Array.from({ length: 30_000 }, (_, index) => ({
      timeUs: BASE_US + index * 10_000,
      value: (index % 1000) / 4,
      quality: index % 100 === 0 ? 1 : 0,
    }));
    await put(other, [{ timeUs: BASE_US + 1, value: 5, quality: 0 }]);
    await put(point, samples);
    await rollAll();
    await put(
      point,
      samples.map((sample) => ({ ...sample, value: sample.value + 1 })),
    );
    await rollAll();
    const newest = new Map(samples.map((sample) => [sample.timeUs, { ...sample, value: sample.value + 1 }]));
    for (const [bucket, widthUs] of [
      ['1m', 60_000_000],
      ['1d', DAY_US],
    ] as const) {
      const range = { fromUs: BASE_US - DAY_US, toUs: BASE_US + 8 * DAY_US, widthUs };
      expect(await read(point, { bucket })).toEqual(expected(newest, range));
      expect(await read(other, { bucket })).toMatchObject([{ count: 1, max: 5 }]);
    }
  });

  it('takes more rows than one step may meet in many steps, of a hundred and more months', async () => {
    const point = await newPoint();
    const samples = Array.from({ length: 140 }, (_, index) => ({
      timeUs: Date.UTC(2010, index, 3) * 1000,
      value: index,
      quality: 0,
    }));
    await put(point, samples.slice(0, 70));
    await put(point, samples.slice(70));
    const others = await Promise.all(Array.from({ length: 300 }, () => newPoint()));
    for (const [index, other] of others.entries())
      if (index % 60 === 0) await put(other, [{ timeUs: BASE_US, value: index, quality: 0 }]);
    await rollAll(rollupsOn(server.platform.analytics, 30));
    for (const [index, other] of others.entries())
      if (index % 60 === 0)
        expect(await read(other, { bucket: '1d' })).toMatchObject([{ count: 1, max: index }]);
    const from = new Date(0).toISOString();
    const found = await read(point, { from, to: instant(BASE_US), bucket: '1d' });
    expect(found.map(({ max }) => max)).toEqual(samples.map(({ value }) => value));
    const rows = await server.platform.analytics.query(
      'select count() as n from ingest.rollup_1d final where series = {point:UInt32}',
      { params: { point } },
    );
    expect(rows).toEqual([{ n: '140' }]);
  }, 60_000);

  it('is left alone while another process is at it, and goes back when the clock of the engine did', async () => {
    const store = storeOn(server.platform.analytics);
    await store.alone(async () => {
      expect(await server.ingest.rollups.roll()).toBeNull();
    });
    const aheadS = Math.floor(Date.now() / 1000) + 500;
    await store.move(aheadS);
    const point = await newPoint();
    await put(point, [{ timeUs: BASE_US, value: 1, quality: 0 }]);
    await server.ingest.rollups.roll();
    expect((await store.state()).watermarkS).toBeLessThan(aheadS);
    expect(await read(point, { bucket: '1d' })).toMatchObject([{ count: 1 }]);
  });
});

describe('GET /api/ingest/rollups', () => {
  it('tells a moment that never goes beyond what is rolled up, and follows it', async () => {
    const key = await server.platform.signIn({ organisation: PLANT, role: 'plant-engineer' });
    const progress = async () => {
      const answer = await call(server, '/api/ingest/rollups', { key });
      expect(answer.status).toBe(200);
      return answer.body as RollupProgress;
    };
    const { relational, analytics } = server.platform;
    const store = createUnscopedRollupStore({ relational, analytics, cluster: undefined });
    await store.move(0);
    expect(await progress()).toEqual({ upTo: null, lagSeconds: null, everySeconds: 3600 });
    await rollAll();
    const { upTo, lagSeconds } = await progress();
    expect(Date.parse(upTo ?? '') / 1000).toBe((await store.state()).watermarkS);
    expect(lagSeconds).toBeLessThan(60);
    await store.move((await store.state()).watermarkS - 600);
    expect((await progress()).lagSeconds).toBeGreaterThanOrEqual(600);
    const writer = await call(server, '/api/ingest/rollups', { key: server.keys.copper });
    expect(writer).toMatchObject({ status: 403 });
  });
});
