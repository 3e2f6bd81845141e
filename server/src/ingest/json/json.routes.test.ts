import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf, pointsOf, rejectsOf, storedOf } from '../doors/doors.fixture.ts';
import { call, OTHER_PLANT, startTestIngest, type TestIngest, until } from '../ingest.fixture.ts';

let server: TestIngest;
let key: string;
beforeAll(async () => {
  server = await startTestIngest({ bodyBytesMax: 100_000 });
  key = await keyOf(server);
});
afterAll(() => server.stop());

const send = (body: object | string, path = '/api/ingest/json') => call(server, path, { key, body });

describe('plain JSON', () => {
  it('is stored in whatever form it comes', async () => {
    const answer = await send([{ json_a: 1 }, { ts: Date.now(), values: { json_b: true } }]);
    expect([answer.status, answer.body]).toEqual([200, { stored: 2, rejected: 0 }]);
    expect(await storedOf(server, 'json_a')).toEqual([[1, 'good', null]]);
    expect(await storedOf(server, 'json_b')).toEqual([[true, 'good', null]]);
  });

  it('is taken with gzip, with a byte order mark and under any content type', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const packed = await call(server, '/api/ingest/json', { key, body: gzipSync('{"packed":1}'), headers });
    const marked = await call(server, '/api/ingest/json', {
      key,
      body: '\uFEFF{"marked":1}',
      headers: { 'content-type': 'text/plain' },
    });
    expect([packed.body, marked.body]).toEqual([
      { stored: 1, rejected: 0 },
      { stored: 1, rejected: 0 },
    ]);
  });

  it('stores the good part and tells the bad one, which can be looked at', async () => {
    const answer = await send({ json_half: 1, json_list: [1] });
    expect(answer).toMatchObject({ status: 200, body: { stored: 1, rejected: 1 } });
    expect((answer.body as { message: string }).message).toContain('json_list');
    expect(await rejectsOf(server, 'json_list')).toMatchObject([
      { code: 'SAMPLE_INVALID', door: 'json', count: 1 },
    ]);
  });

  it.each([
    ['nothing of it can be stored', { only: [1] }, 422],
    ['it is no JSON', '{"a":', 400],
    ['it is too long', JSON.stringify({ a: 'x'.repeat(100_000) }), 413],
  ])('is refused when %s', async (_name, body, status) => {
    expect(await send(body)).toMatchObject({ status });
  });

  it('keeps what is no JSON where a person sees it', async () => {
    await send('{"broken-json-marker":');
    expect(await rejectsOf(server, 'broken-json-marker')).toMatchObject([
      { code: 'REQUEST_INVALID', door: 'json' },
    ]);
  });

  it('takes names and texts with control characters, and refuses nothing for ever', async () => {
    const told = { unit: '\0C', name: '\0', equipment: '\0', reason: '\0', quality: 'uncertain' };
    const body = [
      { 'k\0': 'v\0', '\ud800': 1, bad: [1] },
      { point: 'p\0', value: 1, ...told },
      { '\0': [2] },
    ];
    const answer = await send(body);
    expect(answer).toMatchObject({ status: 200, body: { stored: 3, rejected: 2 } });
    expect(await storedOf(server, 'k%00')).toEqual([['v\0', 'good', null]]);
  });

  it('believes a value that is reported twice without a time', async () => {
    await send({ twice: 5 });
    const before = Date.now();
    await until(
      () => Date.now(),
      (now) => now > before,
    );
    await send({ twice: 5 });
    expect(await storedOf(server, 'twice')).toHaveLength(2);
  });

  it('needs the right to write and goes into the organisation of the key alone', async () => {
    const reader = await keyOf(server, { permissions: ['ingest:observation:read'] });
    const other = await keyOf(server, { organisation: OTHER_PLANT });
    const as = (token?: string) =>
      call(server, '/api/ingest/json', { ...(token ? { key: token } : {}), body: { tenant: 1 } });
    expect([(await as()).status, (await as(reader)).status, (await as(other)).status]).toEqual([
      401, 403, 200,
    ]);
    expect(await pointsOf(server, OTHER_PLANT)).toEqual(['tenant']);
    await expect(storedOf(server, 'tenant')).rejects.toMatchObject({ code: 'POINT_UNKNOWN' });
  });
});

describe('devices made for ThingsBoard', () => {
  const post = (token: string, body: object, what = 'telemetry', headers: Record<string, string> = {}) =>
    call(server, `/api/v1/${token}/${what}`, { body, headers });

  it('deliver under their token', async () => {
    expect(await post(key, { board: 1 })).toMatchObject({ status: 200 });
    expect(await post(key, [{ ts: Date.now(), values: { board: 2 } }])).toMatchObject({ status: 200 });
    expect(await post(key, { firmware: '1.2' }, 'attributes')).toMatchObject({ status: 200 });
    expect(await storedOf(server, 'door.board')).toHaveLength(2);
    expect(await storedOf(server, 'door.firmware')).toEqual([['1.2', 'good', null]]);
  });

  it('are known by the address and by nothing else', async () => {
    const unknown = `rk_00000000_${'a'.repeat(43)}`;
    expect(await post(unknown, { board: 1 })).toMatchObject({ status: 401 });
    expect(await post('short', { board: 1 })).toMatchObject({ status: 401 });
    const session = await server.platform.signIn({ organisation: 'jx', role: 'administrator' });
    expect(await post(session, { board: 1 })).toMatchObject({ status: 401 });
    const headers = { authorization: `Bearer ${key}`, cookie: `ronghe_session=${session}` };
    expect(await post(unknown, { board: 1 }, 'telemetry', headers)).toMatchObject({ status: 401 });
  });
});
