import type { IngestCounters, IngestStats, IngestVolume } from '@ronghe/contracts';
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

describe('GET /api/ingest/volume', () => {
  const HOUR_MS = 3_600_000;
  const volume = async (key: string, query = '') => {
    const answer = await call(server, `/api/ingest/volume${query}`, { key });
    expect(answer.status).toBe(200);
    return answer.body as IngestVolume;
  };
  const sums = ({ items }: IngestVolume) =>
    items.reduce(
      (sum, { received, late }) => ({ received: sum.received + received, late: sum.late + late }),
      {
        received: 0,
        late: 0,
      },
    );

  it('tells every bucket of the hours asked, and each sample in the one in which it came', async () => {
    const organisation = `${PLANT}.volume`;
    await server.platform.auth.addOrganisation(server.platform.scope(), {
      path: organisation,
      kind: 'enterprise',
      name: organisation,
      division: null,
      code: null,
    });
    const token = await server.platform.signIn({ organisation, role: 'plant-engineer' });
    const nowMs = Date.now();
    const counted = (agoMs: number, stored: number) =>
      server.platform.relational
        .as<VolumeTables>()
        .transaction()
        .execute((transaction) =>
          addVolume(transaction, {
            organisation,
            now: new Date(nowMs - agoMs),
            stored,
            rejected: 1,
            duplicate: 2,
            late: 1,
          }),
        );
    await counted(0, 10);
    await counted(0.75 * HOUR_MS, 20);
    await counted(3 * HOUR_MS, 40);
    await counted(20 * HOUR_MS, 80);

    const hour = await volume(token, '?hours=1');
    expect(hour.bucketSeconds).toBe(60);
    // A test that passes over the end of a minute sees one bucket more.
    expect(hour.items.length).toBeGreaterThanOrEqual(61);
    expect(sums(hour)).toEqual({ received: 36, late: 2 });
    expect(sums(await volume(token))).toEqual({ received: 79, late: 3 });
    const day = await volume(token, '?hours=24');
    expect(sums(day)).toEqual({ received: 162, late: 4 });
    for (const item of [...day.items, ...day.organisations]) expectBalance(item);
    const bucketMs = day.bucketSeconds * 1000;
    const times = day.items.map(({ time }) => Date.parse(time));
    expect(times.every((time, index) => index === 0 || time - (times[index - 1] ?? 0) === bucketMs)).toBe(
      true,
    );
    const at = Math.floor((nowMs - 3 * HOUR_MS) / bucketMs) * bucketMs;
    expect(day.items[times.indexOf(at)]?.stored).toBe(40);
  });

  it('names the organisations in sight, the one that received most first, and no other', async () => {
    await add(OTHER_PLANT, { stored: 5_000, rejected: 0 });
    await add(PLANT, { stored: 3_000, rejected: 0 });
    const province = await server.platform.signIn({ organisation: 'jx', role: 'administrator' });
    const plant = await server.platform.signIn({ organisation: PLANT, role: 'plant-engineer' });
    const names = (told: IngestVolume) => told.organisations.map(({ organisation }) => organisation);
    expect(names(await volume(province)).slice(0, 2)).toEqual([OTHER_PLANT, PLANT]);
    const own = await volume(plant);
    expect(names(own).every((name) => name.startsWith(PLANT))).toBe(true);
    const told = own.organisations.reduce((sum, { received }) => sum + received, 0);
    expect(told).toBe(sums(own).received);
    expect(own.truncated).toBe(false);
  });

  it.each(['0', '25', '1.5', 'x'])('refuses %s hours', async (hours) => {
    const token = await server.platform.signIn({ organisation: PLANT, role: 'plant-engineer' });
    const answer = await call(server, `/api/ingest/volume?hours=${hours}`, { key: token });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'REQUEST_INVALID' } } });
  });

  it('is not for keys that only write', async () => {
    const answer = await call(server, '/api/ingest/volume', { key: server.keys.copper });
    expect(answer).toMatchObject({ status: 403, body: { error: { code: 'PERMISSION_MISSING' } } });
  });
});
