import {
  AGGREGATES,
  type BucketRow,
  type Observation,
  type Page,
  type Point,
  type PointReading,
  READ_POINTS_MAX,
  ReadAnswer,
  type Series,
} from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, OTHER_PLANT, PLANT, startTestIngest, type TestIngest } from '../ingest.fixture.ts';
import { newPoint, put, rollAll, type TestSample } from '../rollups/rollups.fixture.ts';

const T = Date.UTC(2025, 9, 26, 0, 0, 0);
const at = (seconds: number) => new Date(T + seconds * 1000).toISOString();
/** One sample every ten seconds, none in the third minute, a bad one in the fifth. */
const SAMPLES: TestSample[] = Array.from({ length: 60 }, (_, index) => ({
  timeUs: (T + index * 10_000) * 1000,
  value: index,
  quality: index === 25 ? 2 : 0,
})).filter((_, index) => index < 12 || index >= 18);

let server: TestIngest;
let token: string;
let point: { id: number; key: string };
let tagged: { id: number; key: string };
beforeAll(async () => {
  server = await startTestIngest({ ingestRollupSeconds: 3600 });
  token = await server.platform.signIn({ organisation: PLANT, role: 'plant-engineer' });
  point = await newPoint(server, 'furnace.temperature');
  tagged = await newPoint(server, 'cpu,host=a,region=north.usage');
  await put(server, point.id, SAMPLES);
  await put(server, tagged.id, [{ timeUs: T * 1000, value: 7, quality: 0 }]);
});
afterAll(() => server.stop());

const get = (query: Record<string, string>, key = token) =>
  call(server, `/api/ingest/observations?${new URLSearchParams({ from: at(0), to: at(600), ...query })}`, {
    key,
  });
const reading = async (query: Record<string, string>) => {
  const answer = await get({ point: point.key, ...query });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  expect(ReadAnswer.parse(answer.body)).toEqual(answer.body);
  return answer.body as PointReading;
};
const buckets = async (query: Record<string, string>) => (await reading(query)).items as BucketRow[];

describe('reading observations', () => {
  it('gives the samples as they are, in pages of either order', async () => {
    for (const order of ['ascending', 'descending']) {
      const all: Observation[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page: PointReading = await reading({ limit: '7', order, ...(cursor ? { cursor } : {}) });
        expect(page.items.length).toBeLessThanOrEqual(7);
        expect(page).toMatchObject({
          point: point.id,
          key: point.key,
          bucketMs: null,
          truncated: page.next !== null,
        });
        all.push(...(page.items as Observation[]));
        cursor = page.next;
      }
      const values = SAMPLES.map(({ value }) => value);
      expect(all.map(({ value }) => value)).toEqual(order === 'ascending' ? values : values.reverse());
      expect(all.filter(({ quality }) => quality === 'bad')).toHaveLength(1);
    }
  });

  it('gives time buckets with what was asked for and nothing else', async () => {
    const { bucketMs, items } = await reading({
      bucket: 'PT1M',
      aggregate: 'count,bad,min,max,mean,sum,first,last,range,stddev',
    });
    expect(bucketMs).toBe(60_000);
    expect(items).toHaveLength(9);
    expect(items[0]).toEqual({
      time: at(0),
      count: 6,
      bad: 0,
      min: 0,
      max: 5,
      mean: 2.5,
      sum: 15,
      first: 0,
      last: 5,
      range: 5,
      stddev: expect.closeTo(1.707825, 5),
    });
    expect((items as BucketRow[])[3]).toMatchObject({ time: at(240), count: 5, bad: 1, last: 29 });
    expect(await buckets({ bucket: '5m', aggregate: 'max' })).toEqual([
      { time: at(0), max: 29 },
      { time: at(300), max: 59 },
    ]);
    expect(Object.keys((await buckets({ bucket: '1m' }))[0] ?? {})).toEqual([
      'time',
      'count',
      'min',
      'max',
      'mean',
    ]);
  });

  it('begins buckets at whole multiples since 1970, and cuts the first and the last to the range', async () => {
    const rows = await buckets({ bucket: '1m', aggregate: 'count', from: at(30), to: at(90) });
    expect(rows).toEqual([
      { time: at(0), count: 3 },
      { time: at(60), count: 3 },
    ]);
  });

  it('takes the whole range as one bucket when only an aggregate is given', async () => {
    expect(await buckets({ aggregate: 'count,max', from: at(5) })).toEqual([
      { time: at(5), count: 52, max: 59 },
    ]);
    expect(await buckets({ aggregate: 'count', from: at(-86_400), to: at(-3_600) })).toEqual([]);
  });

  it.each([
    ['null', [0, 6, null, 18, 24]],
    ['previous', [0, 6, 6, 18, 24]],
    ['linear', [0, 6, 12, 18, 24]],
  ])('fills a gap with %s', async (fill, firsts) => {
    const rows = await buckets({ bucket: '1m', aggregate: 'first,count', fill, to: at(300) });
    expect(rows.map(({ first }) => first)).toEqual(firsts);
    expect(rows[2]?.count).toBe(0);
  });

  it.each(['none', 'null', 'previous', 'linear'])(
    'gives the same buckets in pages as at once, filled with %s',
    async (fill) => {
      for (const order of ['ascending', 'descending']) {
        const query = { bucket: '1m', aggregate: 'mean', fill, order };
        const whole = await buckets(query);
        for (const limit of ['1', '2', '3', '20']) {
          const all: BucketRow[] = [];
          let cursor: string | null = '';
          while (cursor !== null) {
            const page: PointReading = await reading({ ...query, limit, ...(cursor ? { cursor } : {}) });
            all.push(...(page.items as BucketRow[]));
            cursor = page.next;
          }
          expect(all).toEqual(whole);
        }
      }
    },
  );

  it('gives several points in the order asked, by number or key', async () => {
    const answer = await get({ point: `${tagged.id},${point.key}`, limit: '2' });
    expect(answer.body).toMatchObject({
      points: [
        { point: tagged.id, key: tagged.key, items: [{ value: 7 }], truncated: false, next: null },
        { point: point.id, items: [{ value: 0 }, { value: 1 }], truncated: true, next: expect.any(String) },
      ],
    });
    const query = new URLSearchParams({ from: at(0), to: at(600), aggregate: 'max' });
    query.append('point', tagged.key);
    query.append('point', point.key);
    const repeated = await call(server, `/api/ingest/observations?${query}`, { key: token });
    expect(repeated.body).toMatchObject({ points: [{ items: [{ max: 7 }] }, { items: [{ max: 59 }] }] });
  });

  it('takes a key with commas as one key', async () => {
    expect((await get({ point: tagged.key })).body).toMatchObject({
      point: tagged.id,
      items: [{ value: 7 }],
    });
  });

  it('thins a line out and keeps its ends', async () => {
    const { items } = await reading({ downsample: 'lttb', limit: '10' });
    expect(items).toHaveLength(10);
    expect(items[0]).toEqual({ time: at(0), value: 0 });
    expect(items.at(-1)).toEqual({ time: at(590), value: 59 });
  });

  it('gives nothing for an empty range, not an error', async () => {
    const range = { from: at(-7200), to: at(-3600) };
    expect(await reading(range)).toMatchObject({ items: [], truncated: false, next: null });
    expect(await reading({ ...range, bucket: '1m' })).toMatchObject({ items: [], next: null });
    expect(await reading({ ...range, downsample: 'lttb' })).toMatchObject({ items: [] });
    expect(await buckets({ ...range, bucket: '30m', fill: 'previous' })).toHaveLength(2);
  });

  it('gives the same from rollups, days being days of UTC also when clocks elsewhere change', async () => {
    const query = { bucket: '1d', from: at(-86_400 * 3), to: at(86_400 * 3), aggregate: 'count,max' };
    const before = await buckets(query);
    await rollAll(server);
    expect(await buckets(query)).toEqual(before);
    expect(before).toEqual([{ time: at(0), count: 53, max: 59 }]);
  });

  it.each(AGGREGATES)(
    'gives %s alone as together with all others, from rows, rollups and both',
    async (name) => {
      const fresh = await newPoint(server);
      await put(server, fresh.id, SAMPLES);
      // a standard deviation makes everything come from the rows
      const all = AGGREGATES.filter((other) => other !== 'stddev' || name === 'stddev').join(',');
      const compare = async (range: Record<string, string>) => {
        const query = { point: fresh.key, from: at(-86_400), to: at(86_400), ...range };
        const together = await buckets({ ...query, aggregate: all });
        expect(together.length).toBeGreaterThan(0);
        const alone = await buckets({ ...query, aggregate: name });
        expect(alone).toEqual(together.map((row) => ({ time: row.time, [name]: row[name] })));
      };
      const ranges = [{ from: at(0), to: at(600), bucket: '1m' }, { bucket: '1m' }, { from: at(-86_370) }];
      for (const range of ranges) await compare(range);
      await rollAll(server);
      for (const range of ranges) await compare(range);
      await put(server, fresh.id, [{ timeUs: (T + 100_000) * 1000, value: 3, quality: 0 }]);
      for (const range of ranges) await compare(range);
    },
  );
});

describe('a chart of a long time', () => {
  it('has whole minutes as buckets, as many as wanted at most, and what the rows say', async () => {
    const query = new URLSearchParams({
      point: point.key,
      from: at(-86_400.5),
      to: at(86_400),
      buckets: '100',
    });
    const answer = await call(server, `/api/ingest/series?${query}`, { key: token });
    const { bucketMs, items } = answer.body as Series;
    expect(bucketMs % 60_000).toBe(0);
    expect(items.length).toBeLessThanOrEqual(100);
    expect(items.length).toBeGreaterThan(90);
    expect(Date.parse(items[0]?.time ?? '') % 60_000).toBe(0);
    const filled = items.filter(({ count }) => count > 0);
    expect(filled.reduce((sum, { count }) => sum + count, 0)).toBe(53);
    expect(filled.reduce((sum, { bad }) => sum + bad, 0)).toBe(1);
    expect(Math.max(...filled.map(({ max }) => max ?? 0))).toBe(59);
  });
});

describe('a wrong question', () => {
  it.each([
    [{ bucket: '1M' }, 'bucket'],
    [{ bucket: '1m', aggregate: 'median' }, 'aggregate'],
    [{ fill: 'null' }, 'fill'],
    [{ fill: 'wild' }, 'fill'],
    [{ limit: '10001' }, 'limit'],
    [{ limit: '0' }, 'limit'],
    [{ cursor: 'x' }, 'cursor'],
    [{ cursor: Buffer.from('["1"]').toString('base64url') }, 'cursor'],
    [{ downsample: 'lttb', bucket: '1m' }, 'downsample'],
    [{ downsample: 'wild' }, 'downsample'],
    [{ from: at(600) }, 'from'],
    [{ point: ',' }, 'point'],
  ])('%j is refused and says where', async (query, path) => {
    const answer = await get({ point: point.key, ...query });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'REQUEST_INVALID' } } });
    expect(JSON.stringify(answer.body)).toMatch(new RegExp(`"path":"(querystring/)?${path}"`));
  });

  it('asks for too many points or rows, and is told the limit', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => index + 1).join();
    const tooMany = { status: 400, body: { error: { code: 'REQUEST_INVALID' } } };
    expect(await get({ point: many(READ_POINTS_MAX + 1), limit: '1' })).toMatchObject(tooMany);
    expect((await get({ point: many(READ_POINTS_MAX), limit: '1' })).status).toBe(404);
    const two = await get({ point: `${point.id},${tagged.id}`, limit: '10000' });
    expect(two.status).toBe(200);
    const eleven = Array.from({ length: 11 }, (_, index) => newPoint(server, `limit.${index}`));
    const ids = (await Promise.all(eleven)).map(({ id }) => id).join();
    expect(await get({ point: ids, limit: '10000' })).toMatchObject({
      status: 400,
      body: { error: { code: 'REQUEST_INVALID' } },
    });
    expect(await get({ point: `${point.id},${tagged.id}`, cursor: 'WzFd' })).toMatchObject({ status: 400 });
  });
});

describe('another plant', () => {
  it('reads nothing of it, alone or hidden among its own, and lists only its own points', async () => {
    const other = await server.platform.signIn({ organisation: OTHER_PLANT, role: 'plant-engineer' });
    const scope = server.platform.scope({ organisation: OTHER_PLANT });
    const own = (
      await server.collect.points.resolve(scope, OTHER_PLANT, [{ key: 'own', type: 'number' }])
    ).get('own')?.id;
    for (const wanted of [point.key, String(point.id), `${own},${point.id}`, `own,${point.key}`])
      for (const query of [{}, { bucket: '1m' }, { aggregate: 'max' }, { downsample: 'lttb' }])
        expect(await get({ point: wanted, ...query }, other)).toMatchObject({
          status: 404,
          body: { error: { code: 'POINT_UNKNOWN' } },
        });
    const list = (await call(server, '/api/ingest/points?search=', { key: other })).body as Page<Point>;
    expect(list.items.map(({ key }) => key)).toEqual(['own']);
  });

  it('needs the right to read', async () => {
    expect(await get({ point: point.key }, server.keys.copper)).toMatchObject({ status: 403 });
    expect(await call(server, '/api/ingest/points', { key: server.keys.copper })).toMatchObject({
      status: 403,
    });
  });

  it('finds its own points by a part of the key, in pages', async () => {
    const found = (await call(server, '/api/ingest/points?search=host%3Da', { key: token }))
      .body as Page<Point>;
    expect(found).toMatchObject({ items: [{ id: tagged.id, key: tagged.key }], next: null, total: 1 });
    const first = (await call(server, '/api/ingest/points?limit=1', { key: token })).body as Page<Point>;
    expect(first.next).not.toBeNull();
  });
});
