import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, call, startTestIngest, type TestIngest, until } from '../ingest.fixture.ts';
import { compress, encode1, encode2 } from '../remote-write/remote-write.fixture.ts';
import { keyOf, rejectsOf, storedOf } from './doors.fixture.ts';

const ROWS_MAX = 12;
const POINTS_MAX = 60;
const BODY_BYTES_MAX = 20_000;
let server: TestIngest;
let key: string;
beforeAll(async () => {
  server = await startTestIngest({
    ingestQueueSamplesMax: ROWS_MAX,
    ingestPointsMax: POINTS_MAX,
    ingestBodyBytesMax: BODY_BYTES_MAX,
    bodyBytesMax: BODY_BYTES_MAX,
  });
  key = await keyOf(server);
});
afterAll(() => server.stop());

const lines = (name: string, values: number[]) =>
  values.map((value) => `${name} value=${value} ${value}000000`);
const series = (name: string, values: number[]) => ({
  labels: { __name__: name },
  samples: values.map((value) => [value, value] as [number, number]),
});
const otlp = (name: string, values: number[]) => {
  const dataPoints = values.map((value) => ({ asDouble: value, timeUnixNano: `${value}000000` }));
  return JSON.stringify({
    resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name, gauge: { dataPoints } }] }] }],
  });
};
const V2 = 'application/x-protobuf;proto=io.prometheus.write.v2.Request';
const protobuf = { 'content-encoding': 'snappy', 'content-type': 'application/x-protobuf' };

type Door = {
  path: string;
  headers: Record<string, string>;
  body: (name: string, values: number[]) => string | Uint8Array;
  /** answers to: stored, overloaded, more points than allowed */
  stored: number;
  overloaded: number;
  limited: number;
};
const text = { 'content-type': 'text/plain' };
const json = { 'content-type': 'application/json' };
const DOORS: Record<string, Door> = {
  'InfluxDB 1': {
    path: '/write?db=d&precision=ms',
    headers: text,
    body: (name, values) => lines(name, values).join('\n').replaceAll('000000', ''),
    stored: 204,
    overloaded: 500,
    limited: 400,
  },
  'InfluxDB 2': {
    path: '/api/v2/write?bucket=b',
    headers: text,
    body: (name, values) => lines(name, values).join('\n'),
    stored: 204,
    overloaded: 503,
    limited: 400,
  },
  'remote write 1.0': {
    path: '/api/v1/write',
    headers: protobuf,
    body: (name, values) => compress(encode1([series(name, values)])),
    stored: 204,
    overloaded: 503,
    limited: 400,
  },
  'remote write 2.0': {
    path: '/api/v1/write',
    headers: { ...protobuf, 'content-type': V2 },
    body: (name, values) => compress(encode2([series(name, values)])),
    stored: 204,
    overloaded: 503,
    limited: 400,
  },
  OTLP: { path: '/v1/metrics', headers: json, body: otlp, stored: 200, overloaded: 503, limited: 200 },
  JSON: {
    path: '/api/ingest/json',
    headers: json,
    body: (name, values) =>
      JSON.stringify(values.map((value) => ({ point: `${name}.value`, time: value, value }))),
    stored: 200,
    overloaded: 503,
    limited: 422,
  },
};
const names = Object.keys(DOORS);
const doorOf = (name: string): Door => DOORS[name] as Door;
const send = ({ path, headers }: Door, body: string | Uint8Array) =>
  call(server, path, { key, method: 'POST', body, headers });
const pointOf = (name: string) => `p${names.indexOf(name)}`;

describe.each(names)('%s', (name) => {
  const door = doorOf(name);

  it('under more load than it can take says so, and whoever comes again loses nothing', async () => {
    const values = Array.from({ length: 40 }, (_, index) => [1 + index * 3, 2 + index * 3, 3 + index * 3]);
    let overloads = 0;
    // Each sender comes again until it is told that its values are stored, as the real ones do.
    const deliver = async (part: number[]) => {
      const body = door.body(pointOf(name), part);
      await until(
        async () => {
          const answer = await send(door, body);
          if (answer.status !== door.stored) checkOverload(answer, door);
          if (answer.status !== door.stored) overloads += 1;
          return answer.status;
        },
        (status) => status === door.stored,
        20_000,
      );
    };
    await Promise.all(values.map(deliver));
    expect(overloads).toBeGreaterThan(0);
    const stored = await until(
      () => storedOf(server, `${pointOf(name)}.value`),
      (rows) => rows.length === values.flat().length,
    );
    expect(stored.map(([value]) => value)).toEqual(values.flat());
  });

  it('says when a request alone is more than it can ever take', async () => {
    const answer = await send(
      door,
      door.body(
        'large',
        Array.from({ length: ROWS_MAX + 1 }, (_, at) => at + 1),
      ),
    );
    expect(answer.status).toBe(name.startsWith('remote') ? 400 : 413);
  });
});

function checkOverload({ status, headers, body }: Answer, door: Door): void {
  expect(status).toBe(door.overloaded);
  if (status === 503) expect(headers.get('retry-after')).toBe('2');
  else expect(body).toEqual({ error: expect.stringMatching(/^timeout: /) });
}

it('the bodies of all requests together are bounded: who waits with half a body is in nobody’s way for ever', async () => {
  const { port } = new URL(server.url);
  const head = (length: number) =>
    `POST /write?db=d HTTP/1.1\r\nhost: x\r\nauthorization: Token ${key}\r\ncontent-type: text/plain\r\ncontent-length: ${length}\r\n\r\n`;
  const sockets = Array.from({ length: 5 }, () => {
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(head(BODY_BYTES_MAX));
    socket.write('#'.repeat(BODY_BYTES_MAX - 10));
    return socket;
  });
  const large = `#${'x'.repeat(BODY_BYTES_MAX - 2)}\n`;
  try {
    const answer = await until(
      () => send(doorOf('InfluxDB 1'), large),
      ({ status }) => status !== 204,
    );
    checkOverload(answer, doorOf('InfluxDB 1'));
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  await until(
    () => send(doorOf('InfluxDB 1'), large),
    ({ status }) => status === 204,
  );
});

it('more points than allowed are refused by every door, and the points that exist go on', async () => {
  const json = doorOf('JSON');
  await until(
    () =>
      send(
        json,
        JSON.stringify(Object.fromEntries(Array.from({ length: 9 }, () => [crypto.randomUUID(), 1]))),
      ),
    ({ body }) => JSON.stringify(body).includes('POINT_LIMIT'),
  );
  for (const name of names) {
    const door = doorOf(name);
    const answer = await send(door, door.body(`new${names.indexOf(name)}`, [1]));
    expect([name, answer.status]).toEqual([name, door.limited]);
    expect(await rejectsOf(server, `new${names.indexOf(name)}`)).toMatchObject([
      { code: 'POINT_LIMIT', count: 1 },
    ]);
    expect(await send(door, door.body(pointOf(name), [1_000]))).toMatchObject({ status: door.stored });
  }
});

it('a server that stops sends everybody away in words that let them come again', async () => {
  await server.ingest.stop?.();
  for (const name of names) {
    const door = doorOf(name);
    checkOverload(await send(door, door.body(pointOf(name), [2_000])), door);
  }
});

it('wrong keys are slowed down at the doors too, and senders with overload words come again', async () => {
  const wrong = (path: string) =>
    call(server, path, { key: 'wrong', method: 'POST', body: 'm v=1', headers: text });
  expect(await wrong('/write?db=d')).toMatchObject({ status: 401 });
  const limited = await until(
    async () => (await Promise.all(Array.from({ length: 50 }, () => wrong('/write?db=d')))).at(-1) as Answer,
    ({ status }) => status !== 401,
    30_000,
  );
  expect(limited).toMatchObject({ status: 500, body: { error: expect.stringMatching(/^timeout: /) } });
  expect(await wrong('/v1/metrics')).toMatchObject({ status: 503 });
});
