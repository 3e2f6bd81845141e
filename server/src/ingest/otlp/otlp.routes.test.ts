import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf, pointsOf, rejectsOf, storedOf } from '../doors/doors.fixture.ts';
import { call, OTHER_PLANT, startTestIngest, type TestIngest } from '../ingest.fixture.ts';
import { decodeAnswer, forms, request } from './otlp.fixture.ts';

let server: TestIngest;
let key: string;
beforeAll(async () => {
  server = await startTestIngest({ ingestBodyBytesMax: 200_000, bodyBytesMax: 100_000 });
  key = await keyOf(server);
});
afterAll(() => server.stop());

const TIME = `${BigInt(Date.now()) * 1_000_000n}`;
const TYPES = { protobuf: 'application/x-protobuf', json: 'application/json' };
type Form = keyof typeof TYPES;
/** The answer with its bytes: `call` reads answers as text. */
async function send(form: Form, body: Uint8Array, headers: Record<string, string> = {}) {
  const answer = await fetch(`${server.url}/v1/metrics`, {
    method: 'POST',
    body: body as unknown as string,
    headers: { authorization: `Bearer ${key}`, 'content-type': TYPES[form], ...headers },
  });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const read = (type: 'Response' | 'Status') =>
    form === 'json' ? JSON.parse(Buffer.from(bytes).toString()) : decodeAnswer(type, bytes);
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    headers: answer.headers,
    bytes,
    read,
  };
}
const gauge = (name: string, ...values: (number | null)[]) => ({
  name,
  gauge: {
    dataPoints: values.map((value) => ({
      timeUnixNano: TIME,
      ...(value === null ? {} : { asDouble: value }),
    })),
  },
});

describe.each(['protobuf', 'json'] as const)('OTLP over HTTP in %s', (form) => {
  const body = (...metrics: object[]) => forms(request(metrics, {}))[form];

  it('stores what it takes and answers in the form of the request', async () => {
    const answer = await send(form, body(gauge(`${form}_plain`, 20.5)));
    expect([answer.status, answer.type, answer.read('Response')]).toEqual([200, TYPES[form], {}]);
    expect(await storedOf(server, `${form}_plain.value`)).toEqual([[20.5, 'good', null]]);
  });

  it('takes gzip', async () => {
    const headers = { 'content-encoding': 'gzip', 'user-agent': 'OTel-OTLP-Exporter-Python/1.27.0' };
    expect(await send(form, gzipSync(body(gauge(`${form}_packed`, 1))), headers)).toMatchObject({
      status: 200,
    });
    expect(await storedOf(server, `${form}_packed.value`)).toHaveLength(1);
  });

  it('tells how many data points it could not store, with 200, because nobody may send them again', async () => {
    const answer = await send(form, body(gauge(`${form}_half`, 1, null, null), gauge('', 3)));
    expect(answer.status).toBe(200);
    expect(answer.read('Response')).toMatchObject({
      partialSuccess: {
        rejectedDataPoints: '3',
        errorMessage: expect.stringContaining('1 stored, 3 rejected'),
      },
    });
    expect(await storedOf(server, `${form}_half.value`)).toEqual([[1, 'good', null]]);
    expect(await rejectsOf(server, `${form}_half`)).toMatchObject([{ door: 'otlp', count: 2 }]);
  });

  it('counts a histogram as one data point, however many fields it has', async () => {
    const dataPoints = [{ timeUnixNano: '9999999999999999999', count: '1', sum: 1, min: 1, max: 1 }];
    const answer = await send(form, body({ name: `${form}_late`, histogram: { dataPoints } }));
    expect(answer.read('Response')).toMatchObject({ partialSuccess: { rejectedDataPoints: '1' } });
  });

  it.each([
    ['what it cannot read', {}, () => Buffer.from('{]'), 400, 3],
    ['gzip that is none', { 'content-encoding': 'gzip' }, () => Buffer.from('no gzip'), 400, 3],
    ['an unknown encoding', { 'content-encoding': 'zstd' }, () => Buffer.from('x'), 415, 3],
    ['a body over the limit', {}, () => Buffer.alloc(200_001, 32), 413, 3],
    ['a bomb', { 'content-encoding': 'gzip' }, () => gzipSync(Buffer.alloc(20_000_000)), 413, 3],
    ['a wrong key', { authorization: 'Bearer wrong' }, () => Buffer.alloc(0), 401, 16],
  ])('refuses %s with a status in its own form', async (_name, headers, bytes, status, code) => {
    const answer = await send(form, bytes(), headers);
    expect([answer.status, answer.type]).toEqual([status, TYPES[form]]);
    expect(answer.read('Status')).toEqual({ code, message: expect.any(String) });
  });

  it('needs the right to write, and writes into the organisation of the key alone', async () => {
    const reader = await keyOf(server, { permissions: ['ingest:observation:read'] });
    const bytes = body(gauge(`${form}_tenant`, 1));
    expect(await send(form, bytes, { authorization: `Bearer ${reader}` })).toMatchObject({ status: 403 });
    const other = await keyOf(server, { organisation: OTHER_PLANT });
    expect(await send(form, bytes, { authorization: `Bearer ${other}` })).toMatchObject({ status: 200 });
    expect(await pointsOf(server, OTHER_PLANT)).toContain(`${form}_tenant.value`);
    await expect(storedOf(server, `${form}_tenant.value`)).rejects.toMatchObject({ code: 'POINT_UNKNOWN' });
  });
});

it('takes an empty body as a request about nothing, as protobuf does', async () => {
  expect(await send('protobuf', Buffer.alloc(0))).toMatchObject({ status: 200 });
});

it('does not know other content types', async () => {
  const answer = await call(server, '/v1/metrics', {
    key,
    body: 'x',
    headers: { 'content-type': 'text/plain' },
  });
  expect(answer.status).toBe(415);
});

it('takes less of JSON than of protobuf, because it grows in memory', async () => {
  const long = { description: 'x'.repeat(150_000), ...gauge('described', 1) };
  const { json, protobuf } = forms(request([long], {}));
  expect([(await send('json', json)).status, (await send('protobuf', protobuf)).status]).toEqual([413, 200]);
});
