import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf, pointsOf, rejectsOf, storedOf } from '../doors/doors.fixture.ts';
import {
  type Answer,
  call,
  OTHER_PLANT,
  PLANT,
  startTestIngest,
  type TestIngest,
} from '../ingest.fixture.ts';

let server: TestIngest;
let key: string;
let reader: string;
beforeAll(async () => {
  server = await startTestIngest({ ingestBodyBytesMax: 200_000 });
  key = await keyOf(server);
  reader = await keyOf(server, { permissions: ['ingest:observation:read'] });
});
afterAll(() => server.stop());

const basic = (password: string, user = 'telegraf') =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const write = (
  body: string | Uint8Array,
  query = 'db=telegraf',
  headers: Record<string, string> = { authorization: basic(key) },
) =>
  call(server, `/write?${query}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
  });
const values = async (point: string) => (await storedOf(server, point)).map(([value]) => value);
const told = ({ status, body }: Answer) => [status, body];

describe('Telegraf, outputs.influxdb', () => {
  it('creates its database, then writes with gzip, and everything is there', async () => {
    const agent = { 'user-agent': 'Telegraf/1.38.0 Go/1.26', authorization: basic(key) };
    const created = await call(server, '/query', {
      method: 'POST',
      body: 'q=CREATE+DATABASE+%22telegraf%22',
      headers: { ...agent, 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(told(created)).toEqual([200, { results: [{ statement_id: 0 }] }]);
    const body = gzipSync(
      'cpu,cpu=cpu-total,host=edge1 usage_idle=98.1,usage_user=1.2 1700000000000000000\n',
    );
    const written = await write(body, 'db=telegraf', { ...agent, 'content-encoding': 'gzip' });
    expect(told(written)).toEqual([204, '']);
    expect(await values('cpu,cpu=cpu-total,host=edge1.usage_idle')).toEqual([98.1]);
  });
});

describe('TSBS, tsbs_load_influx', () => {
  const ask = (method: string, query: string) =>
    call(server, `/query?${query}`, { method, headers: { authorization: `Token ${key}` } });

  it('asks, drops, creates and writes in its own order', async () => {
    const databases = await ask('GET', 'q=show%20databases');
    // The loader reads results[0].series[0].values without looking whether they are there.
    const listed = databases.body as { results: [{ series: [{ values: string[][] }] }] };
    expect(listed.results[0].series[0].values).toEqual([[PLANT]]);
    expect(await ask('POST', 'q=drop+database+benchmark')).toMatchObject({ status: 200 });
    const create = 'consistency=all&q=CREATE%20DATABASE%20benchmark%20WITH%20REPLICATION%201';
    expect(await ask('GET', create)).toMatchObject({ status: 200 });
    const line = 'cpu,hostname=host_0,region=eu usage_user=58i,usage_system=2i 1451606400000000000\n';
    const written = await write(gzipSync(line), 'consistency=all&db=benchmark', {
      authorization: `Token ${key}`,
      'content-encoding': 'gzip',
    });
    expect(told(written)).toEqual([204, '']);
    expect(await values('cpu,hostname=host_0,region=eu.usage_user')).toEqual([58]);
  });

  it('and tsbs_load_victoriametrics writes without a database', async () => {
    expect(await write('without v=1 1000000', '')).toMatchObject({ status: 204 });
  });
});

describe('who writes', () => {
  it.each([
    ['user and password in the query', () => [`db=d&u=telegraf&p=${key}`, {}] as const],
    ['Basic', () => ['db=d', { authorization: basic(key) }] as const],
    ['Token', () => ['db=d', { authorization: `Token ${key}` }] as const],
    ['Token with user and password', () => ['db=d', { authorization: `Token me:${key}` }] as const],
    ['Bearer', () => ['db=d', { authorization: `Bearer ${key}` }] as const],
  ])('may show the key as %s', async (_name, shown) => {
    const [query, headers] = shown();
    expect(await write('m v=1 1000000', query, headers)).toMatchObject({ status: 204 });
  });

  it.each([
    ['nothing', () => ['db=d', {}] as const],
    ['a wrong password', () => ['db=d&u=a&p=wrong', {}] as const],
    ['two passwords', () => [`db=d&u=a&p=${key}&p=${key}`, {}] as const],
    [
      'a wrong header beside the right query',
      () => [`db=d&p=${key}`, { authorization: 'Token no' }] as const,
    ],
    ['Basic with a wrong password', () => ['db=d', { authorization: basic('wrong') }] as const],
    ['a key of nobody', () => [`db=d&p=rk_00000000_${'a'.repeat(43)}`, {}] as const],
  ])('is asked to sign in with %s', async (_name, shown) => {
    const [query, headers] = shown();
    const answer = await write('stranger v=1', query, headers);
    expect(told(answer)).toEqual([401, { error: expect.any(String) }]);
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="InfluxDB"');
    expect(answer.headers.get('x-influxdb-error')).not.toBe(null);
  });

  it('needs the right to write, also to ask', async () => {
    expect(await write('m v=1', `db=d&p=${reader}`, {})).toMatchObject({ status: 403 });
    expect(await call(server, `/query?q=show+databases&p=${reader}`)).toMatchObject({ status: 403 });
    expect(await call(server, '/query?q=show+databases')).toMatchObject({ status: 401 });
  });

  it('cannot show a key in the query anywhere else', async () => {
    expect(await call(server, `/api/auth/me?u=a&p=${key}`)).toMatchObject({ status: 401 });
    expect(
      await call(server, '/api/auth/me', { headers: { authorization: `Token me:${key}` } }),
    ).toMatchObject({ status: 401 });
    const v2 = await call(server, `/api/v2/write?p=${key}`, { method: 'POST', body: 'm v=1' });
    expect(v2.status).toBe(401);
  });

  it('writes into the organisation of the key, whatever database it names', async () => {
    const other = await keyOf(server, { organisation: OTHER_PLANT });
    expect(await write('theirs v=1 1000000', `db=${PLANT}&p=${other}`, {})).toMatchObject({ status: 204 });
    expect(await pointsOf(server, OTHER_PLANT)).toEqual(['theirs.v']);
    expect(await pointsOf(server, PLANT)).not.toContain('theirs.v');
    const databases = await call(server, `/query?q=show+databases&p=${other}`);
    expect(JSON.stringify(databases.body)).toContain(OTHER_PLANT);
    expect(JSON.stringify(databases.body)).not.toContain(PLANT);
  });
});

describe('answers as InfluxDB 1 gives them', () => {
  it.each([
    ['a good line', 'g v=1 1000000', 204, ''],
    ['nothing', '', 204, ''],
    ['comments', '# only\n', 204, ''],
    ['a value that is none', 'm v=abc', 400, "unable to parse 'm v=abc': invalid boolean"],
    [
      'good, bad, good',
      'p v=1 1000000\nm bad\np v=2 2000000',
      400,
      "partial write: unable to parse 'm bad': invalid field format dropped=0",
    ],
    ['no tag key', 'm, v=1', 400, "unable to parse 'm, v=1': missing tag key"],
    ['no tag value', 'm,a= v=1', 400, "unable to parse 'm,a= v=1': missing tag value"],
    ['a tag twice', 'm,a=1,a=2 v=1', 400, "unable to parse 'm,a=1,a=2 v=1': duplicate tags"],
    ['an open quote', 'm v="x', 400, `unable to parse 'm v="x': unbalanced quotes`],
    ['a bad time', 'm v=1 abc', 400, "unable to parse 'm v=1 abc': bad timestamp"],
    ['not a number', 'm v=NaN', 400, "unable to parse 'm v=NaN': invalid number"],
  ])('%s', async (_name, body, status, error) => {
    const answer = await write(body);
    expect(told(answer)).toEqual([status, error === '' ? '' : { error }]);
    expect(answer.headers.get('x-influxdb-error')).toBe(error === '' ? null : error);
  });

  it('stores the good lines of a partly bad request and keeps the bad one', async () => {
    await write('half v=1 1000000\nhalf bad\nhalf v=2 2000000');
    expect(await values('half.v')).toEqual([1, 2]);
    expect(await rejectsOf(server, 'half bad')).toMatchObject([
      { code: 'LINE_INVALID', door: 'line-protocol' },
    ]);
  });

  it('stores a line with a zero in a name, which Telegraf would otherwise send for ever', async () => {
    expect(await write('zero,host=a\0b v=1 1000000')).toMatchObject({ status: 204 });
    expect(await values('zero,host=a%00b.v')).toEqual([1]);
  });

  it('says in a header what is wrong, also when it is not English', async () => {
    const answer = await write('温度 v=1 1000000\n温度 bad');
    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-influxdb-error')).toContain("unable to parse '?? bad'");
  });

  it.each([
    ['n', '1700000001000000000'],
    ['ns', '1700000001000000000'],
    ['u', '1700000001000000'],
    ['%C2%B5', '1700000001000000'],
    ['us', '1700000001000000'],
    ['ms', '1700000001000'],
    ['s', '1700000001'],
    ['m', '28333333'],
    ['h', '472222'],
  ])('knows times in %s', async (precision, time) => {
    const name = `precise_${precision.replace(/%/g, '')}`;
    expect(await write(`${name} v=1 ${time}`, `db=d&precision=${precision}`)).toMatchObject({ status: 204 });
    const scope = server.platform.scope({ organisation: PLANT });
    const query = { point: `${name}.v`, from: '2023-01-01T00:00:00Z', limit: 1, order: 'ascending' as const };
    const { items } = await server.ingest.observations.list(scope, query);
    const ms = { m: 60_000, h: 3_600_000 }[precision];
    expect(Date.parse(items[0]?.time ?? '')).toBe(ms ? Number(time) * ms : 1_700_000_001_000);
  });

  it.each([
    ['a precision it does not know', 'db=d&precision=days', {}, 'm v=1', 400],
    ['a consistency it does not know', 'db=d&consistency=zz', {}, 'm v=1', 400],
    ['gzip that is none', 'db=d', { 'content-encoding': 'gzip' }, 'm v=1', 400],
    ['gzip that is cut off', 'db=d', { 'content-encoding': 'gzip' }, gzipSync('m v=1').subarray(0, 15), 400],
    ['an encoding it does not know', 'db=d', { 'content-encoding': 'zstd' }, 'm v=1', 415],
    ['a body over the limit', 'db=d', {}, 'x'.repeat(200_001), 413],
    ['a bomb', 'db=d', { 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(50_000_000)), 413],
  ])('refuses %s', async (_name, query, headers, body, status) => {
    const answer = await write(body, query, { authorization: basic(key), ...headers });
    expect(told(answer)).toEqual([status, { error: expect.any(String) }]);
  });

  it('takes a gzip body of nothing, and a body of JSON type that is lines all the same', async () => {
    const empty = await write('', 'db=d', { authorization: basic(key), 'content-encoding': 'gzip' });
    expect(empty.status).toBe(204);
    const typed = await write(gzipSync('typed v=1 1000000'), 'db=d', {
      authorization: basic(key),
      'content-type': 'application/json',
      'content-encoding': 'gzip',
    });
    expect(typed.status).toBe(204);
    expect(await values('typed.v')).toEqual([1]);
  });

  it('answers /ping and /health without a key', async () => {
    expect(await call(server, '/ping')).toMatchObject({ status: 204, body: '' });
    expect(await call(server, '/ping', { method: 'HEAD' })).toMatchObject({ status: 204 });
    const verbose = await call(server, '/ping?verbose=true');
    expect(told(verbose)).toEqual([200, { version: 'v2.7.0' }]);
    expect(verbose.headers.get('x-influxdb-version')).toBe('v2.7.0');
  });

  it('answers a question it does not know in the shape of InfluxDB', async () => {
    const answer = await call(server, `/query?q=${encodeURIComponent('SELECT * FROM 温度')}&p=${key}`);
    expect(told(answer)).toEqual([400, { error: expect.stringContaining('error parsing query') }]);
    expect(await call(server, `/query?p=${key}`)).toMatchObject({
      status: 400,
      body: { error: 'missing required parameter "q"' },
    });
  });
});
