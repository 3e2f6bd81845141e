import type { Page, Reject } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, PLANT, startTestIngest, type TestIngest } from '../ingest.fixture.ts';
import { createRejects } from './rejects.service.ts';
import { createRejectStore } from './rejects.store.ts';

let server: TestIngest;
let token: string;
beforeAll(async () => {
  server = await startTestIngest();
  token = await server.platform.signIn({ organisation: PLANT, role: 'plant-engineer' });
});
afterAll(() => server.stop());

let sequence = 0;
const sendBad = async (keys: string[]) => {
  sequence += 1;
  const points = keys.map((key) => ({ key, type: 'number', samples: [[-1, 1, 'good']] }));
  const body = { source: 'copper', epoch: 'bad', sequence, points };
  expect(await call(server, '/api/ingest/batches', { key: server.keys.copper, body })).toMatchObject({
    status: 200,
  });
};
const list = async (query = '') =>
  (await call(server, `/api/ingest/rejects?limit=2${query}`, { key: token })).body as Page<Reject>;

describe('the list of rejects', () => {
  it('shows the newest first, page by page, by code and by search', async () => {
    for (const key of ['r.1', 'r.2', 'r.3']) await sendBad([key]);
    const first = await list();
    expect(first.items.map(({ point }) => point)).toEqual(['r.3', 'r.2']);
    expect(first.total).toBe(3);
    const second = await list(`&cursor=${first.next}`);
    expect([second.items.map(({ point }) => point), second.next]).toEqual([['r.1'], null]);
    expect((await list('&code=TIME_OUT_OF_RANGE')).total).toBe(3);
    expect((await list('&code=LINE_INVALID')).total).toBe(0);
    expect((await list('&search=r.2')).items).toMatchObject([{ point: 'r.2', count: 1 }]);
    expect(await call(server, '/api/ingest/rejects?cursor=x', { key: token })).toMatchObject({ status: 400 });
  });

  it('counts what was rejected in the statistics of the organisation', async () => {
    const statistics = await call(server, '/api/ingest/statistics', { key: token });
    expect(statistics.body).toMatchObject({ observations: 0, points: 3, rejectedDay: 3 });
    const other = await server.platform.signIn({ organisation: 'jx.ganzhou.magnet', role: 'plant-engineer' });
    expect((await call(server, '/api/ingest/statistics', { key: other })).body).toMatchObject({
      points: 0,
      rejectedDay: 0,
    });
  });

  it('keeps one row when the same request comes again after a lost answer', async () => {
    const { platform, collect } = server;
    const { createDeliveryStore } = await import('../observations/deliveries.store.ts');
    const { draftRejects } = await import('./rejects.ts');
    const store = createDeliveryStore({ relational: platform.relational });
    const refused = [
      { code: 'VALUE_NOT_FINITE' as const, values: { point: 'twice' }, point: 'twice', sample: 1, count: 1 },
    ];
    const { organisation } = await collect.collectors.deliverer(platform.scope(), 'copper');
    const context = {
      request: 'copper/lost/1',
      organisation,
      door: 'batch' as const,
      source: 'copper',
      nextId: () => platform.ids.next(),
    };
    for (const _ of [1, 2])
      await store.refuse(platform.scope(), {
        organisation,
        rejected: 1,
        rejects: draftRejects(refused, context),
        now: new Date(),
      });
    expect((await list('&search=twice')).total).toBe(1);
  });

  it('gives up the oldest rows when it is full, and counts them', async () => {
    const { relational, metrics, log } = server.platform;
    const { total } = await list();
    const store = createRejectStore({ relational });
    const small = createRejects({ store, metrics, log, rowsMax: 2 });
    await small.added(2);
    expect((await list()).total).toBe(2);
    expect(metrics.render()).toContain(`ronghe_ingest_rejects_pruned_total ${total - 2}`);
    await small.added(2);
    expect((await list()).total).toBe(2);
  });
});
