import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf, pointsOf, rejectsOf, storedOf } from '../doors/doors.fixture.ts';
import { call, OTHER_PLANT, startTestIngest, type TestIngest } from '../ingest.fixture.ts';
import { compress, encode1, encode2, type SentSample } from './remote-write.fixture.ts';

let server: TestIngest;
let key: string;
beforeAll(async () => {
  server = await startTestIngest({ ingestBodyBytesMax: 200_000 });
  key = await keyOf(server);
});
afterAll(() => server.stop());

const NOW_MS = Date.now();
const basic = (password: string) => `Basic ${Buffer.from(`prometheus:${password}`).toString('base64')}`;
/** As Prometheus 2.42 sends it. */
const HEADERS_1 = {
  'content-encoding': 'snappy',
  'content-type': 'application/x-protobuf',
  'user-agent': 'Prometheus/2.42.0',
  'x-prometheus-remote-write-version': '0.1.0',
};
const HEADERS_2 = {
  ...HEADERS_1,
  'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
  'x-prometheus-remote-write-version': '2.0.0',
};
const send = (body: Uint8Array, headers: Record<string, string> = {}, path = '/api/v1/write') =>
  call(server, path, {
    method: 'POST',
    body,
    headers: { ...HEADERS_1, authorization: basic(key), ...headers },
  });
const one = (name: string, samples: SentSample[] = [[1, NOW_MS]]) => ({
  labels: { __name__: name },
  samples,
});
const written = ({ headers }: { headers: Headers }) =>
  ['samples', 'histograms', 'exemplars'].map((kind) =>
    headers.get(`x-prometheus-remote-write-${kind}-written`),
  );

describe('remote write', () => {
  it('takes 500 series of a scrape and gives each value back', async () => {
    const series = Array.from({ length: 500 }, (_, index) => ({
      labels: {
        __name__: 'node_cpu_seconds_total',
        cpu: String(index),
        instance: '10.0.0.7:9100',
        mode: 'idle',
      },
      samples: [[index / 3, NOW_MS]] as SentSample[],
    }));
    const answer = await send(compress(encode1(series)));
    expect([answer.status, answer.body]).toEqual([204, '']);
    expect(
      await storedOf(server, 'node_cpu_seconds_total,cpu=7,instance=10.0.0.7:9100,mode=idle.value'),
    ).toEqual([[7 / 3, 'good', null]]);
  });

  it.each(['/api/v1/write', '/api/v1/push', '/api/v1/prom/write'])('stands at %s', async (path) => {
    const name = `at${path.replaceAll('/', '_')}`;
    expect((await send(compress(encode1([one(name)])), {}, path)).status).toBe(204);
    expect(await storedOf(server, `${name}.value`)).toEqual([[1, 'good', null]]);
  });

  it('keeps the end of a series as a stale sample', async () => {
    const samples: SentSample[] = [
      [4, NOW_MS],
      ['stale', NOW_MS + 1],
    ];
    await send(compress(encode1([one('ended', samples)])));
    expect(await storedOf(server, 'ended.value')).toEqual([
      [4, 'good', null],
      [null, 'bad', 'stale'],
    ]);
  });

  it('counts what it wrote for senders of 2.0, and only for them', async () => {
    const two = await send(compress(encode2([one('second'), one('third')])), HEADERS_2);
    expect([two.status, ...written(two)]).toEqual([204, '2', '0', '0']);
    const first = await send(compress(encode1([one('first')])));
    expect([first.status, ...written(first)]).toEqual([204, null, null, null]);
  });

  it('stores the good samples of a request and says no to the rest, which can be looked at', async () => {
    const series = [
      { labels: { job: 'nameless' }, samples: [[1, 1]] as SentSample[] },
      { ...one('good_part'), histograms: 2 },
    ];
    const answer = await send(compress(encode2(series)), HEADERS_2);
    expect([answer.status, ...written(answer)]).toEqual([400, '1', '0', '0']);
    expect(answer.body).toMatch(/1 stored, 3 rejected: .*__name__.*histograms/);
    expect(await storedOf(server, 'good_part.value')).toHaveLength(1);
    const rejects = await rejectsOf(server, 'good_part');
    expect(rejects).toMatchObject([{ code: 'SAMPLE_INVALID', door: 'remote-write', count: 2 }]);
  });

  it('tells a time that cannot be', async () => {
    const answer = await send(compress(encode1([one('future', [[1, NOW_MS + 90_000_000]])])));
    expect([answer.status, answer.body]).toEqual([400, expect.stringContaining('TIME_OUT_OF_RANGE')]);
  });

  it('sent again is stored once', async () => {
    const body = compress(encode1([one('again', [[1, NOW_MS]])]));
    expect([(await send(body)).status, (await send(body)).status]).toEqual([204, 204]);
    expect(await storedOf(server, 'again.value')).toHaveLength(1);
  });

  it.each([
    ['an unknown content type', { 'content-type': 'application/json' }, () => encode1([]), 415],
    [
      'a message it does not know',
      { 'content-type': 'application/x-protobuf;proto=some.other.Request' },
      () => compress(encode1([])),
      415,
    ],
    ['gzip', { 'content-encoding': 'gzip' }, () => gzipSync(encode1([one('m')])), 415],
    ['zstd', { 'content-encoding': 'zstd' }, () => encode1([one('m')]), 415],
    ['what is not Snappy', {}, () => Buffer.from('not snappy at all'), 400],
    ['Snappy of something else', {}, () => compress(Buffer.from('something else')), 400],
    // Prometheus never splits a request, so that 413 would tell it nothing.
    ['what is too large inflated', {}, () => compress(Buffer.alloc(200_001)), 400],
    ['what is too large as it is', {}, () => Buffer.alloc(200_001), 400],
    ['a wrong key', { authorization: basic('wrong') }, () => compress(encode1([one('m')])), 401],
  ])('refuses %s', async (_name, headers, body, status) => {
    const answer = await send(body(), headers);
    expect([answer.status, typeof answer.body]).toEqual([status, 'string']);
    expect(answer.body).not.toBe('');
  });

  it('keeps what could not be read at all where a person sees it', async () => {
    await send(compress(Buffer.from('unreadable-marker')));
    const rejects = await rejectsOf(server, 'unreadable-marker');
    expect(rejects).toMatchObject([{ code: 'REQUEST_INVALID', door: 'remote-write', count: 1 }]);
  });

  it('needs the right to write, and writes into the organisation of the key alone', async () => {
    const reader = await keyOf(server, { permissions: ['ingest:observation:read'] });
    const body = compress(encode1([one('tenant')]));
    expect((await send(body, { authorization: basic(reader) })).status).toBe(403);
    const other = await keyOf(server, { organisation: OTHER_PLANT });
    expect((await send(body, { authorization: basic(other) })).status).toBe(204);
    expect(await pointsOf(server, OTHER_PLANT)).toEqual(['tenant.value']);
    await expect(storedOf(server, 'tenant.value')).rejects.toMatchObject({ code: 'POINT_UNKNOWN' });
  });
});
