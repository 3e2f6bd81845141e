import type { IngestCounters, IngestStats } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, OTHER_PLANT, PLANT, startTestIngest, type TestIngest } from '../ingest.fixture.ts';
import { addVolume, type VolumeTables } from './statistics.store.ts';

let server: TestIngest;
beforeAll(async () => {
  server = await startTestIngest();
});
afterAll(() => server.stop());

const add = (organisation: string, counted: Omit<Parameters<typeof addVolume>[1], 'organisation' | 'now'>) =>
  server.platform.relational
    .as<VolumeTables>()
    .transaction()
    .execute((transaction) => addVolume(transaction, { organisation, now: new Date(), ...counted }));
const stats = async (key: string) => {
  const answer = await call(server, '/api/ingest/stats', { key });
  expect(answer.status).toBe(200);
  return answer.body as IngestStats;
};
const expectBalance = ({ received, stored, duplicate, rejected }: IngestCounters) =>
  expect(received).toBe(stored + duplicate + rejected);

describe('GET /api/ingest/stats', () => {
  it('counts what became of samples, in all and since the start, and balances', async () => {
    const token = await server.platform.signIn({ organisation: PLANT, role: 'plant-engineer' });
    await add(PLANT, { stored: 10, rejected: 2, duplicate: 3, late: 4 });
    await add(PLANT, { stored: 1, rejected: 0 });
    await add(PLANT, { stored: 0, rejected: 0, duplicate: 5 });
    const first = await stats(token);
    expect(first).toMatchObject({ received: 21, stored: 11, duplicate: 8, rejected: 2, late: 4 });
    expect(first.sinceStart).toEqual({ received: 21, stored: 11, duplicate: 8, rejected: 2, late: 4 });

    await server.ingest.statistics.start();
    await add(PLANT, { stored: 2, rejected: 1, late: 1 });
    const second = await stats(token);
    expect(second).toMatchObject({ received: 24, stored: 13, duplicate: 8, rejected: 3, late: 5 });
    expect(second.sinceStart).toEqual({ received: 3, stored: 2, duplicate: 0, rejected: 1, late: 1 });
    expect(Date.parse(second.startedAt)).toBeGreaterThan(Date.parse(first.startedAt));
    for (const counters of [first, second, second.sinceStart]) expectBalance(counters);
  });

  it('counts only what the caller may see', async () => {
    await add(OTHER_PLANT, { stored: 100, rejected: 50, duplicate: 25, late: 10 });
    const other = await server.platform.signIn({ organisation: OTHER_PLANT, role: 'plant-engineer' });
    const province = await server.platform.signIn({ organisation: 'jx', role: 'administrator' });
    const plant = await server.platform.signIn({ organisation: PLANT, role: 'plant-engineer' });
    expect(await stats(other)).toMatchObject({ received: 175, stored: 100, sinceStart: { stored: 100 } });
    expect((await stats(plant)).stored).toBeLessThan(100);
    expect((await stats(province)).stored).toBe((await stats(plant)).stored + 100);
    expect(await call(server, '/api/ingest/stats', { key: server.keys.copper })).toMatchObject({
      status: 403,
    });
  });

  it('loses no count when many count at once', async () => {
    const token = await server.platform.signIn({ organisation: OTHER_PLANT, role: 'plant-engineer' });
    const before = await stats(token);
    await Promise.all(
      Array.from({ length: 40 }, () => add(OTHER_PLANT, { stored: 1, rejected: 1, duplicate: 1 })),
    );
    const after = await stats(token);
    expect(after.received - before.received).toBe(120);
    expectBalance(after);
  });
});
