import type { BucketRow, PointReading, RetentionList } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, PLANT, startTestIngest, type TestIngest } from '../ingest.fixture.ts';
import { instant, newPoint, put, rollAll } from '../rollups/rollups.fixture.ts';
import { deletableBefore, monthOf } from './retention.ts';

const DAY_US = 86_400_000_000;

describe('deletableBefore', () => {
  it.each([
    ['2026-03-31T12:00:00Z', 1, '2026-03-01T00:00:00.000Z'],
    ['2026-03-31T12:00:00Z', 31, '2026-02-01T00:00:00.000Z'],
    ['2026-01-15T00:00:00Z', 15, '2025-12-01T00:00:00.000Z'],
    ['2026-01-15T00:00:00Z', 14, '2026-01-01T00:00:00.000Z'],
  ])('at %s with %i days is %s: what is kept begins with a whole month', (now, days, before) => {
    expect(deletableBefore(Date.parse(now), days)?.toISOString()).toBe(before);
  });

  it('is nothing when everything is kept', () => {
    expect(deletableBefore(Date.now(), 0)).toBeNull();
    expect(monthOf('202412').toISOString()).toBe('2024-12-01T00:00:00.000Z');
  });
});

describe('deleting expired observations', () => {
  let server: TestIngest;
  beforeAll(async () => {
    server = await startTestIngest({ ingestRollupSeconds: 3600, ingestRawDays: 30, ingestMinuteDays: 90 });
    await server.platform.jobs.start();
  });
  afterAll(() => server.stop());

  const nowUs = Math.floor(Date.now() / 60_000) * 60_000_000;
  const startUs = Math.floor((nowUs - 200 * DAY_US) / DAY_US) * DAY_US;
  const bucketsOf = async (key: string, more: object): Promise<BucketRow[]> => {
    const answer = await server.ingest.observations.read(server.platform.scope({ organisation: PLANT }), {
      point: key,
      from: instant(startUs),
      to: instant(nowUs + DAY_US),
      fill: 'none',
      limit: 10_000,
      order: 'ascending',
      ...more,
    });
    return (answer as PointReading).items as BucketRow[];
  };
  const run = async () => {
    const scope = server.platform.scope();
    const id = await server.platform.jobs.startByHand(scope, 'ingest.delete-expired');
    return server.platform.jobs.wait(scope, id);
  };
  const retention = async (key: string) => call(server, '/api/ingest/retention', { key });

  it('keeps what was made of them, tells how many, and leaves a trace; late samples spoil nothing', async () => {
    const { id, key } = await newPoint(server);
    const samples = Array.from({ length: 200 }, (_, day) =>
      [1, 2, 3].map((hour) => ({
        timeUs: startUs + day * DAY_US + hour * 3_600_000_000,
        value: day + hour / 4,
        quality: 0,
      })),
    ).flat();
    await put(server, id, samples);
    const before = {
      day: await bucketsOf(key, { bucket: '1d' }),
      hour: await bucketsOf(key, { bucket: '1h' }),
    };
    expect(before.day).toHaveLength(200);
    const job = await run();
    expect(job).toMatchObject({ state: 'succeeded', result: { hour: 0, day: 0 } });
    const boundaryUs = (deletableBefore(Date.now(), 30)?.getTime() ?? 0) * 1000;
    const expired = samples.filter(({ timeUs }) => timeUs < boundaryUs).length;
    expect(job.result).toMatchObject({ raw: expired });
    expect(expired).toBeGreaterThan(300);
    const rows = await server.platform.analytics.query(
      'select count() as n, min(time) as first from ingest.observations where series = {id:UInt32}',
      { params: { id } },
    );
    expect(rows).toMatchObject([{ n: String(600 - expired) }]);
    expect(await bucketsOf(key, { bucket: '1d' })).toEqual(before.day);
    expect(await bucketsOf(key, { bucket: '1h' })).toEqual(before.hour);
    const minutes = await bucketsOf(key, { bucket: '1m' });
    expect(minutes.length).toBeLessThan(600);
    expect(minutes.length).toBeGreaterThan(600 - expired);

    await put(server, id, [{ timeUs: startUs + 3_600_000_000 + 1, value: 999, quality: 0 }]);
    expect(await bucketsOf(key, { bucket: '1d' })).toEqual(before.day);
    await rollAll(server);
    expect(await bucketsOf(key, { bucket: '1d' })).toEqual(before.day);
    expect((await run()).result).toMatchObject({ raw: 1, minute: 0 });
    expect((await run()).result).toMatchObject({ raw: 0 });

    const { items } = await server.platform.audit.list(server.platform.scope(), {
      limit: 10,
      search: 'retention',
    });
    expect(items.map(({ action, target }) => [action, target])).toContainEqual([
      'ingest:retention:delete',
      'class raw',
    ]);
    const administrator = await server.platform.signIn({ organisation: 'jx', role: 'administrator' });
    const list = (await retention(administrator)).body as RetentionList;
    expect(list.items[0]).toMatchObject({
      class: 'raw',
      days: 30,
      rows: 600 - expired,
      deletedRows: expired + 1,
      deletedBefore: instant(boundaryUs),
    });
    expect(list.items[3]).toMatchObject({ class: 'day', days: 0, deletedRows: 0, deletedBefore: null });
  }, 60_000);

  it('is the business of the whole installation only', async () => {
    const own = await server.platform.signIn({ organisation: PLANT, role: 'administrator' });
    expect(await retention(own)).toMatchObject({ status: 403, body: { error: { code: 'ROOT_REQUIRED' } } });
    const officer = await server.platform.signIn({ organisation: 'jx', role: 'officer' });
    expect(await retention(officer)).toMatchObject({ status: 403 });
    const scope = server.platform.scope({ organisation: PLANT });
    const id = await server.platform.jobs.startByHand(scope, 'ingest.delete-expired');
    expect(await server.platform.jobs.wait(scope, id)).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('ROOT_REQUIRED'),
    });
  });
});
