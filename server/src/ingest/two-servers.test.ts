import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { collect } from '#collect';
import { ingest } from './index.ts';
import { call, PLANT, startTestIngest, type TestIngest, until } from './ingest.fixture.ts';

/** Two server processes share PostgreSQL and ClickHouse; each has its own memory, data folder and journal. */
let first: TestIngest;
let second: { url: string; stop(): Promise<void> };
beforeAll(async () => {
  first = await startTestIngest();
  const { platform } = first;
  const own = { ...platform.config, data: join(platform.config.data, 'second'), mqttPort: 0 };
  // The clock of jobs is the first one's; here it would be defined twice in one process.
  const jobs = { ...platform.jobs, define: () => undefined };
  const other = { ...platform, jobs, config: own };
  const collecting = collect(other);
  const ingesting = ingest(other, { collect: collecting, latestRefreshMs: 100 });
  await ingesting.start?.();
  const http = await platform.serve([collecting, ingesting]);
  const url = await http.listen({ port: 0, host: '127.0.0.1' });
  second = {
    url,
    async stop() {
      await ingesting.stop?.();
      await collecting.stop?.();
    },
  };
});
afterAll(async () => {
  await second.stop();
  await first.stop();
});

const servers = () => [first, second];
const values = async (key: string): Promise<unknown[]> => {
  const { items } = await first.ingest.observations.list(first.platform.scope({ organisation: PLANT }), {
    point: key,
    from: new Date(0).toISOString(),
    limit: 10_000,
    order: 'ascending',
  });
  return items.map(({ value }) => value);
};

const counted = () => first.ingest.statistics.stats(first.platform.scope({ organisation: PLANT }));

it('stores lines once that a sender puts to both at the same time, over and over', async () => {
  const lines = Array.from(
    { length: 200 },
    (_, row) => `shared,host=a v=${row} ${1_000_000_000 + row * 1_000_000}`,
  );
  const write = (server: { url: string }) =>
    call(server, '/api/v2/write', {
      key: first.keys.copper,
      body: lines.join('\n'),
      headers: { 'content-type': 'text/plain' },
    });
  const answers = await Promise.all([...servers(), ...servers(), ...servers()].map(write));
  expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(204));
  const stored = await until(
    () => values('shared,host=a.v'),
    (found) => found.length >= 200,
  );
  expect(stored).toEqual(Array.from({ length: 200 }, (_, row) => row));
});

it('makes one point of a series that both see for the first time at the same moment', async () => {
  const write = (server: { url: string }, index: number) =>
    call(server, '/api/v2/write', {
      key: first.keys.copper,
      body: `newborn,host=b v=${index} ${2_000_000_000 + index * 1_000_000}`,
      headers: { 'content-type': 'text/plain' },
    });
  await Promise.all([...servers(), ...servers(), ...servers()].map(write));
  expect(
    await until(
      () => values('newborn,host=b.v'),
      (found) => found.length === 6,
    ),
  ).toEqual([0, 1, 2, 3, 4, 5]);
});

it('takes a numbered batch once, whichever of the two it is sent to, also at the same time', async () => {
  const batch = (sequence: number) => ({
    source: 'copper',
    epoch: 'shared',
    sequence,
    points: [
      { key: 'numbered', type: 'number', samples: [[Date.now() - 10_000 + sequence, sequence, 'good']] },
    ],
  });
  const send = (server: { url: string }, sequence: number) =>
    call(server, '/api/ingest/batches', { key: first.keys.copper, body: batch(sequence) });
  const before = await counted();
  for (const sequence of [1, 2, 3]) {
    const one = { ...batch(sequence) };
    const both = await Promise.all(
      servers().map((server) => call(server, '/api/ingest/batches', { key: first.keys.copper, body: one })),
    );
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
  }
  const again = await send(second, 2);
  expect(again).toMatchObject({ status: 200, body: { duplicate: true } });
  const stored = await until(
    () => values('numbered'),
    (found) => found.length >= 3,
  );
  expect(stored).toEqual([1, 2, 3]);
  // Whoever recorded a batch second counted it as duplicate, if it was stored twice at all.
  const after = await until(counted, ({ received }) => received >= before.received + 3);
  expect(after.stored - before.stored).toBe(3);
  expect(after.received - before.received).toBe(3 + after.duplicate - before.duplicate);
});

it('stores the first write after every clean stop and start, and does not take it for one of before', async () => {
  const { platform } = first;
  const data = join(platform.config.data, 'third');
  const jobs = { ...platform.jobs, define: () => undefined };
  const other = { ...platform, jobs, config: { ...platform.config, data, mqttPort: 0 } };
  for (const run of [0, 1, 2]) {
    const collecting = collect(other);
    const ingesting = ingest(other, { collect: collecting });
    await ingesting.start?.();
    const http = await platform.serve([collecting, ingesting]);
    const url = await http.listen({ port: 0, host: '127.0.0.1' });
    const body = `restarted,host=c v=${run} ${3_000_000_000 + run * 1_000_000}`;
    const headers = { 'content-type': 'text/plain' };
    expect(await call({ url }, '/api/v2/write', { key: first.keys.copper, body, headers })).toMatchObject({
      status: 204,
    });
    await ingesting.stop?.();
    await collecting.stop?.();
  }
  expect(await values('restarted,host=c.v')).toEqual([0, 1, 2]);
});
