import { gzipSync } from 'node:zlib';
import type {
  Batch,
  BatchAnswer,
  LatestList,
  ObservationList,
  Page,
  Reject,
  Sample,
  Series,
} from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  call,
  drained,
  OTHER_PLANT,
  PLANT,
  startSecond,
  startTestIngest,
  type TestIngest,
} from '../ingest.fixture.ts';

let server: TestIngest;
beforeAll(async () => {
  server = await startTestIngest();
});
afterAll(() => server.stop());

const NOW_MS = Date.now();
let epochs = 0;
const epoch = () => `epoch-${++epochs}`;
const point = (key: string, samples: Sample[], more: object = {}) => ({
  key,
  type: 'number',
  samples,
  ...more,
});
const send = async (batch: object, key = server.keys.copper) => {
  const answer = await call(server, '/api/ingest/batches', { key, body: batch });
  await drained(server);
  return answer;
};
const admin = () => server.platform.scope();
const read = async (key: string): Promise<ObservationList> =>
  server.ingest.observations.list(server.platform.scope({ organisation: PLANT }), {
    point: key,
    from: new Date(0).toISOString(),
    limit: 10_000,
    order: 'ascending',
  });
const rejectsOf = async (search: string) => {
  const answer = await call(server, `/api/ingest/rejects?search=${encodeURIComponent(search)}`, {
    key: await administratorKey(),
  });
  return (answer.body as Page<Reject>).items;
};
let administrator: string | undefined;
const administratorKey = async () => {
  administrator ??= await server.platform.signIn({ organisation: 'jx', role: 'administrator' });
  return administrator;
};

describe('a batch over HTTP', () => {
  it('is acknowledged and can be read back with value, quality, reason and microseconds', async () => {
    const samples: Sample[] = [
      [NOW_MS - 3000, 1.25, 'good'],
      [NOW_MS - 2000 + 0.125, null, 'bad', 'BadCommunicationError'],
      [NOW_MS - 1000, 2.5, 'uncertain', 'UncertainLastUsableValue'],
    ];
    const answer = await send({
      source: 'copper',
      epoch: epoch(),
      sequence: 1,
      points: [
        point('furnace.temperature', samples, { name: '炉膛温度', unit: 'Cel', equipment: '1号炉' }),
        { key: 'furnace.running', type: 'boolean', samples: [[NOW_MS - 1000, true, 'good']] },
        { key: 'furnace.state', type: 'text', samples: [[NOW_MS - 1000, '熔化\n"中"\0;', 'good']] },
      ],
    });
    expect(answer).toMatchObject({
      status: 200,
      body: { acknowledged: 1, duplicate: false, stored: 5, rejected: 0 },
    });
    const numbers = await read('furnace.temperature');
    expect(numbers.items.map(({ value, quality, reason }) => [value, quality, reason])).toEqual([
      [1.25, 'good', null],
      [null, 'bad', 'BadCommunicationError'],
      [2.5, 'uncertain', 'UncertainLastUsableValue'],
    ]);
    expect(numbers.items[1]?.time).toBe(new Date(NOW_MS - 2000).toISOString().replace('Z', '125Z'));
    expect((await read('furnace.running')).items[0]?.value).toBe(true);
    expect((await read('furnace.state')).items[0]?.value).toBe('熔化\n"中"\0;');
    const points = await server.collect.points.list(admin(), { search: '炉膛', limit: 10 });
    expect(points.items).toMatchObject([
      {
        key: 'furnace.temperature',
        organisation: PLANT,
        collector: 'copper',
        unit: 'Cel',
        equipment: '1号炉',
      },
    ]);
  });

  it('keeps the time of the device’s own server where it is told', async () => {
    const serverMs = NOW_MS - 500_000;
    const { body } = await send({
      source: 'copper',
      epoch: epoch(),
      sequence: 1,
      points: [
        point('late.number', [
          [NOW_MS - 2000, 1, 'good', '', serverMs],
          [NOW_MS - 1000, 2, 'uncertain', 'clock', serverMs + 1],
          [NOW_MS, 3, 'good'],
        ]),
        { key: 'late.text', type: 'text', samples: [[NOW_MS, 'x', 'good', '', serverMs]] },
        point('late.wrong', [[NOW_MS, 1, 'good', '', 'yesterday' as never]]),
      ],
    });
    expect(body).toMatchObject({ stored: 4, rejected: 1 });
    const { items } = await read('late.number');
    expect(items.map(({ value, reason, serverTime }) => [value, reason, serverTime])).toEqual([
      [1, null, new Date(serverMs).toISOString()],
      [2, 'clock', new Date(serverMs + 1).toISOString()],
      [3, null, undefined],
    ]);
    expect((await read('late.text')).items[0]?.serverTime).toBe(new Date(serverMs).toISOString());
  });

  it('sent again after a lost answer is stored once', async () => {
    const batch = {
      source: 'copper',
      epoch: epoch(),
      sequence: 4,
      points: [point('once', [[NOW_MS, 1, 'good']])],
    };
    const before = await server.ingest.statistics.read(admin());
    expect((await send(batch)).body).toMatchObject({ duplicate: false, stored: 1 });
    expect((await send(batch)).body).toEqual({ acknowledged: 4, duplicate: true, stored: 0, rejected: 0 });
    expect((await read('once')).items).toHaveLength(1);
    expect((await server.ingest.statistics.read(admin())).observations).toBe(before.observations + 1);
  });

  it('sent by many at the same moment is stored once', async () => {
    const batch = {
      source: 'copper',
      epoch: epoch(),
      sequence: 1,
      points: [point('raced', [[NOW_MS, 1, 'good']])],
    };
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(batch)));
    const bodies = answers.map(({ body }) => body as BatchAnswer);
    expect(bodies.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    const rows = await server.platform.analytics.query<{ n: string }>(
      'select count() as n from ingest.observations where series = {series:UInt32}',
      { params: { series: (await read('raced')).point } },
    );
    expect(Number(rows[0]?.n)).toBe(1);
  });

  it('with an old sequence and other content is a conflict that is kept', async () => {
    const batch = {
      source: 'copper',
      epoch: epoch(),
      sequence: 9,
      points: [point('conflict', [[NOW_MS, 1, 'good']])],
    };
    await send(batch);
    const other = { ...batch, points: [point('conflict', [[NOW_MS, 2, 'good']])] };
    expect(await send(other)).toMatchObject({
      status: 409,
      body: { error: { code: 'BATCH_SEQUENCE_CONFLICT' } },
    });
    expect((await read('conflict')).items).toMatchObject([{ value: 1 }]);
    expect(await rejectsOf('conflict')).toMatchObject([
      { code: 'BATCH_SEQUENCE_CONFLICT', source: 'copper' },
    ]);
  });

  it('compressed with gzip is read', async () => {
    const batch = {
      source: 'copper',
      epoch: epoch(),
      sequence: 1,
      points: [point('packed', [[NOW_MS, 7, 'good']])],
    };
    const answer = await call(server, '/api/ingest/batches', {
      key: server.keys.copper,
      body: gzipSync(JSON.stringify(batch)),
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    });
    expect(answer).toMatchObject({ status: 200, body: { stored: 1 } });
  });

  it('gives each wrong value its own error, keeps it where it can be seen, and stores the rest', async () => {
    await send({
      source: 'copper',
      epoch: epoch(),
      sequence: 1,
      points: [{ key: 'w.b', type: 'boolean', samples: [[NOW_MS, true, 'good']] }],
    });
    const wrong: [string, string, Sample | unknown[], string][] = [
      ['w.type', 'number', [NOW_MS, 'eins', 'good'], 'VALUE_TYPE_WRONG'],
      ['w.null', 'number', [NOW_MS, null, 'good'], 'VALUE_NOT_FINITE'],
      ['w.past', 'number', [-5, 1, 'good'], 'TIME_OUT_OF_RANGE'],
      ['w.future', 'number', [NOW_MS + 25 * 3_600_000, 1, 'good'], 'TIME_OUT_OF_RANGE'],
      ['w.text', 'text', [NOW_MS, 'x'.repeat(5000), 'good'], 'TEXT_TOO_LONG'],
      ['w.shape', 'number', [NOW_MS, 1], 'SAMPLE_INVALID'],
      // A point keeps the type it was made with, whatever a later batch says.
      ['w.b', 'number', [NOW_MS, 5, 'good'], 'VALUE_TYPE_WRONG'],
    ];
    const answer = await send({
      source: 'copper',
      epoch: epoch(),
      sequence: 1,
      points: [
        ...wrong.map(([key, type, sample]) => ({ key, type, samples: [sample, sample] })),
        point('w.good', [[NOW_MS, 1, 'good']]),
      ],
    });
    expect(answer).toMatchObject({ status: 200, body: { stored: 1, rejected: 14 } });
    expect((await read('w.good')).items).toHaveLength(1);
    const kept = await rejectsOf('w.');
    for (const [key, , , code] of wrong)
      expect(kept, key).toContainEqual(
        expect.objectContaining({
          point: key,
          code,
          count: 2,
          door: 'batch',
          source: 'copper',
          organisation: PLANT,
        }),
      );
  });

  it('with infinity written as 1e999 loses that value only', async () => {
    const batch = {
      source: 'copper',
      epoch: epoch(),
      sequence: 1,
      points: [point('inf', [[NOW_MS, 424242, 'good']]), point('inf.good', [[NOW_MS, 1, 'good']])],
    };
    const answer = await call(server, '/api/ingest/batches', {
      key: server.keys.copper,
      body: JSON.stringify(batch).replace('424242', '1e999'),
      headers: { 'content-type': 'application/json' },
    });
    expect(answer).toMatchObject({ status: 200, body: { stored: 1, rejected: 1 } });
    expect(await rejectsOf('inf')).toMatchObject([{ code: 'VALUE_NOT_FINITE', point: 'inf' }]);
  });

  it('that makes no sense is refused, says what is wrong, and is kept', async () => {
    const answer = await send({ source: 'copper', epoch: 'nonsense', sequence: -1, points: [] });
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { code: 'REQUEST_INVALID', details: [{ path: 'sequence' }] } },
    });
    expect(await rejectsOf('nonsense')).toMatchObject([{ code: 'REQUEST_INVALID', source: 'copper' }]);
  });

  it('over more than a hundred months is stored', async () => {
    const samples: Sample[] = Array.from({ length: 240 }, (_, month) => [
      Date.UTC(2000, month, 15),
      month,
      'good',
    ]);
    expect(
      await send({ source: 'copper', epoch: epoch(), sequence: 1, points: [point('months', samples)] }),
    ).toMatchObject({
      status: 200,
      body: { stored: 240 },
    });
    expect((await read('months')).items).toHaveLength(240);
  });

  it('keeps the newest when the same time comes again', async () => {
    const deliver = (value: number) =>
      send({
        source: 'copper',
        epoch: epoch(),
        sequence: 1,
        points: [point('corrected', [[NOW_MS, value, 'good']])],
      });
    await deliver(1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await deliver(2);
    expect((await read('corrected')).items).toMatchObject([{ value: 2 }]);
  });
});

describe('someone of another organisation', () => {
  const mine = { epoch: 'attack', sequence: 1, points: [point('secret', [[NOW_MS, 1, 'good']])] };

  it('cannot deliver under a collector that is not theirs, and is not told that it exists', async () => {
    expect(await send({ ...mine, source: 'copper' }, server.keys.magnet)).toMatchObject({
      status: 404,
      body: { error: { code: 'COLLECTOR_UNKNOWN' } },
    });
    expect(await send({ ...mine, source: 'nobody' }, server.keys.magnet)).toMatchObject({ status: 404 });
  });

  it('gets a point of their own for the same key', async () => {
    await send({ ...mine, source: 'copper' });
    await send(
      { ...mine, source: 'magnet', points: [point('secret', [[NOW_MS, 99, 'good']])] },
      server.keys.magnet,
    );
    expect((await read('secret')).items).toMatchObject([{ value: 1 }]);
  });

  it('cannot read points, values or rejects by number or key', async () => {
    await send({
      source: 'copper',
      epoch: 'attack-2',
      sequence: 1,
      points: [
        point('only.copper', [
          [NOW_MS, 1, 'good'],
          [-1, 1, 'good'],
        ]),
      ],
    });
    const { point: id } = await read('only.copper');
    const token = await server.platform.signIn({ organisation: OTHER_PLANT, role: 'plant-engineer' });
    for (const path of [
      `/api/collect/points/${id}`,
      '/api/collect/points/only.copper',
      `/api/ingest/observations?point=${id}`,
      '/api/ingest/observations?point=only.copper',
      `/api/ingest/series?point=${id}`,
      `/api/ingest/live?points=${id}`,
    ])
      expect(await call(server, path, { key: token }), path).toMatchObject({
        status: 404,
        body: { error: { code: 'POINT_UNKNOWN' } },
      });
    expect((await call(server, `/api/ingest/latest?points=${id}`, { key: token })).body).toEqual({
      items: [],
    });
    expect((await call(server, `/api/ingest/latest?organisation=${PLANT}`, { key: token })).body).toEqual({
      items: [],
    });
    expect((await call(server, '/api/ingest/rejects', { key: token })).body).toMatchObject({
      items: [],
      total: 0,
    });
    expect(
      (await call(server, `/api/collect/points?organisation=${PLANT}`, { key: token })).body,
    ).toMatchObject({ items: [], total: 0 });
  });

  it('without a key gets nothing', async () => {
    for (const path of [
      '/api/ingest/latest?points=1',
      '/api/ingest/rejects',
      '/api/ingest/live?points=1',
      '/api/ingest/statistics',
    ])
      expect(await call(server, path), path).toMatchObject({ status: 401 });
    expect(await send({ ...mine, source: 'copper' }, 'rk_wrong')).toMatchObject({ status: 401 });
  });

  it('with the key of a collector cannot read at all', async () => {
    expect(
      await call(server, '/api/ingest/observations?point=secret', { key: server.keys.copper }),
    ).toMatchObject({
      status: 403,
      body: { error: { code: 'PERMISSION_MISSING' } },
    });
  });

  it('with the key of one collector cannot deliver for a second one of the same plant', async () => {
    const { collectors } = server.collect;
    await collectors.register(admin(), { name: 'copper-2', title: 'second', organisation: PLANT });
    expect(await send({ ...mine, source: 'copper-2' })).toMatchObject({
      status: 404,
      body: { error: { code: 'COLLECTOR_UNKNOWN' } },
    });
  });
});

describe('a chart', () => {
  it('has a bucket for every interval, empty ones too, and statistics of good samples', async () => {
    const from = Date.UTC(2026, 0, 1);
    const samples: Sample[] = [
      [from, 1, 'good'],
      [from + 500, 3, 'good'],
      [from + 600, null, 'bad'],
      [from + 2500, 10, 'good'],
    ];
    await send({ source: 'copper', epoch: epoch(), sequence: 1, points: [point('chart', samples)] });
    const token = await server.platform.signIn({ organisation: PLANT, role: 'plant-engineer' });
    const range = `from=${new Date(from).toISOString()}&to=${new Date(from + 4000).toISOString()}`;
    const answer = await call(server, `/api/ingest/series?point=chart&${range}&buckets=4`, { key: token });
    const { bucketMs, items } = answer.body as Series;
    expect(bucketMs).toBe(1000);
    expect(items.map(({ count, bad, min, max, mean }) => [count, bad, min, max, mean])).toEqual([
      [2, 1, 1, 3, 2],
      [0, 0, null, null, null],
      [1, 0, 10, 10, 10],
      [0, 0, null, null, null],
    ]);
    expect(items[2]?.time).toBe(new Date(from + 2000).toISOString());
  });

  it('says when a range holds more than was asked for', async () => {
    const token = await server.platform.signIn({ organisation: PLANT, role: 'plant-engineer' });
    const path = '/api/ingest/observations?point=chart&from=2026-01-01T00:00:00Z&limit=2&order=descending';
    const { items, truncated } = (await call(server, path, { key: token })).body as ObservationList;
    expect(truncated).toBe(true);
    expect(items.map(({ value }) => value)).toEqual([10, null]);
  });
});

describe('the newest value', () => {
  const latest = async (ingest = server.ingest) => {
    const { point: id } = await read('newest');
    const list: LatestList = await ingest.latest.list(admin(), { points: String(id) });
    return list.items[0]?.value;
  };
  const deliver = (timeMs: number, value: number) =>
    send({
      source: 'copper',
      epoch: epoch(),
      sequence: 1,
      points: [point('newest', [[timeMs, value, 'good']])],
    });

  it('follows the source time, not the order of arrival', async () => {
    await deliver(NOW_MS - 1000, 1);
    expect(await latest()).toBe(1);
    await deliver(NOW_MS, 2);
    await deliver(NOW_MS - 500, 3);
    expect(await latest()).toBe(2);
  });

  it('is found again after a restart, also when it is years old', async () => {
    await send({
      source: 'copper',
      epoch: epoch(),
      sequence: 1,
      points: [point('old', [[Date.UTC(2001, 0), 5, 'good']])],
    });
    const { collect, platform } = server;
    const { ingest } = await import('../index.ts');
    const restarted = ingest(platform, { collect });
    expect(await latest(restarted)).toBe(2);
    const { point: id } = await read('old');
    expect((await restarted.latest.list(admin(), { points: String(id) })).items).toMatchObject([
      { value: 5 },
    ]);
  });

  it('is right when another process writes', async () => {
    const { collect, platform } = server;
    const { ingest } = await import('../index.ts');
    const other = ingest(platform, { collect, latestRefreshMs: 0 });
    expect(await latest(other)).toBe(2);
    await deliver(NOW_MS + 1, 4);
    expect(await latest(other)).toBe(4);
  });
});

describe('overload', () => {
  it('is told with 503 and Retry-After, and the same batch is stored later', async () => {
    const { platform } = server;
    const small = await startSecond(server, { folder: 'small', config: { ingestQueueSamplesMax: 3 } });
    const http = await platform.serve([small]);
    const url = await http.listen({ port: 0, host: '127.0.0.1' });
    const batch = (sequence: number): Batch =>
      ({
        source: 'copper',
        epoch: 'overload',
        sequence,
        points: [
          point('o', [
            [NOW_MS, 1, 'good'],
            [NOW_MS + 1, 2, 'good'],
          ]),
        ],
      }) as Batch;
    const key = server.keys.copper;
    const answers = await Promise.all(
      [1, 2, 3, 4].map((sequence) => call({ url }, '/api/ingest/batches', { key, body: batch(sequence) })),
    );
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) {
      expect(answer.body).toMatchObject({ error: { code: 'INGEST_OVERLOADED' } });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    expect(await call({ url }, '/api/ingest/batches', { key, body: batch(5) })).toMatchObject({
      status: 200,
    });
    await small.stop?.();
  });

  it('refuses new work while stopping and keeps what was taken', async () => {
    const { platform } = server;
    const stopping = await startSecond(server, { folder: 'stopping' });
    const scope = platform.scope({ organisation: PLANT });
    const body = (sequence: number) => ({
      source: 'copper',
      epoch: 'stop',
      sequence,
      points: [point('stop', [[NOW_MS + sequence, 1, 'good']])],
    });
    await stopping.observations.write(scope, body(1), { door: 'batch' });
    // The collector is remembered now, so that the next one is inside the queue before any engine is asked.
    const inFlight = stopping.observations.write(scope, body(2), { door: 'batch' });
    await new Promise((resolve) => setImmediate(resolve));
    const [taken] = await Promise.all([inFlight, stopping.stop?.()]);
    expect(taken.stored).toBe(1);
    await expect(stopping.observations.write(scope, body(3), { door: 'batch' })).rejects.toMatchObject({
      code: 'SHUTTING_DOWN',
    });
  });
});
