import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Page, Reject } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, OTHER_PLANT, PLANT, startTestIngest, type TestIngest, until } from '../ingest.fixture.ts';

let server: TestIngest;
let key: string;
beforeAll(async () => {
  server = await startTestIngest({ ingestBodyBytesMax: 200_000 });
  const { auth, scope } = server.platform;
  const request = {
    name: 'telegraf',
    organisation: PLANT,
    permissions: ['ingest:observation:write'] as const,
    expiresAt: null,
  };
  ({ key } = await auth.addKey(scope(), { ...request, permissions: [...request.permissions] }));
});
afterAll(() => server.stop());

const write = (text: string | Uint8Array, query = 'org=o&bucket=b', headers: Record<string, string> = {}) =>
  call(server, `/api/v2/write?${query}`, {
    method: 'POST',
    body: text,
    headers: { authorization: `Token ${key}`, 'content-type': 'text/plain; charset=utf-8', ...headers },
  });
const scope = () => server.platform.scope({ organisation: PLANT });
const values = async (point: string) => {
  const query = { point, from: new Date(0).toISOString(), limit: 10_000, order: 'ascending' as const };
  return (await server.ingest.observations.list(scope(), query)).items.map(({ value }) => value);
};
const rejects = async (search: string): Promise<Reject[]> => {
  const token = await server.platform.signIn({ organisation: PLANT, role: 'plant-engineer' });
  const answer = await call(server, `/api/ingest/rejects?search=${encodeURIComponent(search)}`, {
    key: token,
  });
  return (answer.body as Page<Reject>).items;
};

describe('the InfluxDB 2 door', () => {
  it('takes what Telegraf sends: gzip, nanoseconds, a Token header, and answers 204 with nothing', async () => {
    const text = [
      'cpu,cpu=cpu0,host=线切割 usage_idle=97.5,usage_user=1i 1700000000000000000',
      'cpu,cpu=cpu0,host=线切割 usage_idle=96.5,usage_user=2i 1700000010000000000',
      'state,host=线切割 running=true,text="加工 \\"A\\"" 1700000000000000000',
    ].join('\n');
    const answer = await write(gzipSync(`${text}\n`), 'bucket=telegraf&org=plant', {
      'content-encoding': 'gzip',
      'user-agent': 'Telegraf/1.38.0 Go/1.26',
    });
    expect([answer.status, answer.body]).toEqual([204, '']);
    expect(await values('cpu,cpu=cpu0,host=线切割.usage_idle')).toEqual([97.5, 96.5]);
    expect(await values('cpu,cpu=cpu0,host=线切割.usage_user')).toEqual([1, 2]);
    expect(await values('state,host=线切割.running')).toEqual([true]);
    expect(await values('state,host=线切割.text')).toEqual(['加工 "A"']);
  });

  it.each([
    ['an empty body', ''],
    ['blank lines', '\n\n'],
    ['comments', '# nothing\n'],
  ])('answers 204 to %s', async (_name, text) => {
    expect(await write(text)).toMatchObject({ status: 204 });
  });

  it.each([
    ['ns', '1700000001000000000'],
    ['us', '1700000001000000'],
    ['ms', '1700000001000'],
    ['s', '1700000001'],
  ])('knows times in %s', async (precision, time) => {
    expect(await write(`precise_${precision} v=1 ${time}`, `bucket=b&precision=${precision}`)).toMatchObject({
      status: 204,
    });
    const query = {
      point: `precise_${precision}.v`,
      from: '2023-01-01T00:00:00Z',
      limit: 10,
      order: 'ascending' as const,
    };
    expect((await server.ingest.observations.list(scope(), query)).items[0]?.time).toBe(
      '2023-11-14T22:13:21.000Z',
    );
  });

  it('stores the good lines of a partly bad request, tells the bad ones and keeps them', async () => {
    const answer = await write('partial v=1 1000000\npartial bad\npartial v=2 2000000\npartial,a= v=3');
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      code: 'invalid',
      message:
        "partial write: unable to parse 'partial bad': invalid field format\nunable to parse 'partial,a= v=3': missing tag value dropped=0",
    });
    expect(await values('partial.v')).toEqual([1, 2]);
    expect(await rejects('partial')).toMatchObject([
      { code: 'LINE_INVALID', door: 'line-protocol', sample: 'partial,a= v=3', organisation: PLANT },
      { code: 'LINE_INVALID', door: 'line-protocol', sample: 'partial bad' },
    ]);
  });

  it('says only what is wrong when nothing could be read', async () => {
    expect(await write('m v=abc')).toMatchObject({
      status: 400,
      body: { code: 'invalid', message: "unable to parse 'm v=abc': invalid boolean" },
    });
  });

  it('drops a value of another type than the point has, and counts it', async () => {
    await write('typed v=1 1000000');
    const answer = await write('typed v="text" 2000000\ntyped v=2 3000000');
    expect(answer.status).toBe(400);
    expect((answer.body as { message: string }).message).toMatch(
      /^partial write: field type conflict: .* dropped=1$/,
    );
    expect(await values('typed.v')).toEqual([1, 2]);
  });

  it('keeps values whose time is out of range apart', async () => {
    expect(await write(`late v=1 ${(BigInt(Date.now()) + 90_000_000n) * 1_000_000n}`)).toMatchObject({
      status: 400,
      body: { code: 'invalid' },
    });
    expect(await rejects('late')).toMatchObject([{ code: 'TIME_OUT_OF_RANGE', point: 'late.v' }]);
  });

  it('stores a request that comes again once', async () => {
    await write('again v=1 1000000');
    await write('again v=1 1000000');
    expect(await values('again.v')).toEqual([1]);
  });

  it('gives lines without a time the time of the server, and takes the same text later as new values', async () => {
    await write('untimed v=1');
    await new Promise((resolve) => setTimeout(resolve, 10));
    await write('untimed v=1');
    expect(await values('untimed.v')).toEqual([1, 1]);
  });

  it('keeps the time of the server when a request comes again because its answer was lost', async () => {
    const text = 'lost v=1';
    const outgoing = request(`${server.url}/api/v2/write?bucket=b`, {
      method: 'POST',
      headers: { authorization: `Token ${key}`, 'content-type': 'text/plain' },
    });
    outgoing.on('error', () => undefined);
    outgoing.end(text, () => outgoing.destroy());
    await until(
      () => values('lost.v').catch(() => []),
      (stored) => stored.length === 1,
    );
    expect(await write(text)).toMatchObject({ status: 204 });
    expect(await values('lost.v')).toEqual([1]);
  });

  it('answers as InfluxDB does to what it does not take', async () => {
    const cases = [
      [await write('m v=1', 'bucket=b&precision=h'), 400, 'invalid'],
      [await write('m v=1', 'bucket=b', { authorization: 'Token wrong' }), 401, 'unauthorized'],
      [await write('m v=1', 'bucket=b', { authorization: `Token ${await readerKey()}` }), 403, 'forbidden'],
      [await write('not gzip', 'bucket=b', { 'content-encoding': 'gzip' }), 400, 'invalid'],
      [await write('m v=1', 'bucket=b', { 'content-encoding': 'br' }), 415, 'invalid'],
      [await write('x'.repeat(200_001)), 413, 'request too large'],
      [
        await write(gzipSync('x'.repeat(200_001)), 'bucket=b', { 'content-encoding': 'gzip' }),
        413,
        'request too large',
      ],
    ] as const;
    for (const [answer, status, code] of cases) {
      expect(answer.status).toBe(status);
      expect(answer.body).toEqual({ code, message: expect.any(String) });
    }
  });

  const readerKey = async () => {
    const { auth, scope } = server.platform;
    const request = {
      name: 'reader',
      organisation: PLANT,
      permissions: ['ingest:observation:read' as const],
      expiresAt: null,
    };
    return (await auth.addKey(scope(), request)).key;
  };

  it('writes into the organisation of the key and into no other', async () => {
    await write('mine v=1 1000000', `org=${OTHER_PLANT}&bucket=b`);
    const other = await server.collect.points.list(server.platform.scope({ organisation: OTHER_PLANT }), {
      limit: 10,
    });
    expect(other.items).toEqual([]);
    expect(await values('mine.v')).toEqual([1]);
  });

  it('answers /ping without a key', async () => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await call(server, '/ping', { method });
      expect([answer.status, answer.headers.get('x-influxdb-version')]).toEqual([204, 'v2.7.0']);
    }
  });
});
