import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createRawServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../clock.ts';
import type { Gap, Reading } from '../../connector.ts';
import { silentLog } from '../../log.ts';
import { createTestCertificate } from '../../testing/certificate.ts';
import { type SeenRequest, startHttpPeer } from '../../testing/http-peer.ts';
import { freePort } from '../../testing/tcp-proxy.ts';
import { until } from '../../testing/wait.ts';
import { retryAfterOf } from './http.ask.ts';
import { HttpConfig } from './http.config.ts';
import { createHttp } from './http.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

async function scene(options: { folder?: string; endpoint?: string; clock?: Clock } = {}) {
  const peer = await startHttpPeer();
  undo.push(() => peer.stop());
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'ronghe-http-')));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const readings: Reading[] = [];
  const gaps: Gap[] = [];
  const create = (rest: object) => {
    const connector = createHttp({
      config: HttpConfig.parse({
        name: 'mes',
        protocol: 'http',
        mode: 'poll',
        endpoint: `${peer.url}/value`,
        intervalMs: 100,
        points: [{ key: 'p', path: '/v' }],
        ...rest,
      }),
      emit: (some) => readings.push(...some),
      gap: (gap) => gaps.push(gap),
      log: silentLog(),
      clock: options.clock ?? systemClock,
      folder,
    });
    undo.push(() => connector.stop());
    return connector;
  };
  const start = async (rest: object = {}) => {
    const connector = create(rest);
    await connector.start();
    return connector;
  };
  return {
    peer,
    folder,
    readings,
    gaps,
    create,
    start,
    values: (key: string) => readings.filter(({ point }) => point.key === key),
    samples: (key: string) => readings.filter(({ point }) => point.key === key).map(({ sample }) => sample),
    asked: (count: number) => until(`${count} requests`, () => peer.seen.length >= count),
  };
}

test('one answer gives many points, text and numbers are kept apart, and one bad item stops no other', async () => {
  const { peer, start, values, readings } = await scene();
  const at = '2026-03-01 08:00:00';
  peer.answer = () => ({
    body: {
      data: [
        { device: '反应釜1', tag: 'temp', v: 71.5, u: 'Cel', at },
        { device: '反应釜1', tag: 'batch', v: '007', at },
        { device: '反应釜1', tag: 'level', v: '12.5', at },
        { device: '反应釜2', tag: 'temp', v: null, at },
        { tag: 'temp', v: 1, at },
        { device: '反应釜3', tag: 'temp', v: 3, at: 'yesterday' },
      ],
    },
  });
  const list = {
    items: '/data',
    key: '{/device}.{/tag}',
    name: '{/tag}',
    unit: '{/u}',
    equipment: '{/device}',
    path: '/v',
    time: '/at',
    skipOtherTypes: true,
  };
  const connector = await start({
    points: [],
    timeFormat: 'local',
    timeZone: 'Asia/Shanghai',
    lists: [list, { ...list, type: 'text' }],
  });
  const { point, sample } = await until('a value', () => values('反应釜1.temp')[0]);
  expect(point).toEqual({
    key: '反应釜1.temp',
    type: 'number',
    connection: 'mes',
    name: 'temp',
    unit: 'Cel',
    equipment: '反应釜1',
  });
  expect(sample).toEqual([Date.UTC(2026, 2, 1, 0), 71.5, 'good']);
  await until('connected', () => connector.state().state === 'connected');
  expect(values('反应釜1.batch')[0]?.sample).toEqual([Date.UTC(2026, 2, 1, 0), '007', 'good']);
  expect(values('反应釜1.level')[0]).toMatchObject({ point: { type: 'text' }, sample: [{}, '12.5', 'good'] });
  // Null may be either, until a value shows which.
  expect(values('反应釜2.temp')).toEqual([]);
  expect(values('反应釜3.temp')[0]?.sample.slice(1)).toEqual([null, 'bad', 'time-not-read']);
  expect(connector.state()).toMatchObject({ points: 4, pointsFailed: 1 });
  expect(connector.state().lastError).toContain('item 4 gives no valid key');
  expect(new Set(readings.map((each) => each.point.key)).size).toBe(4);
});

test('a reading that is answered again is told once, a corrected one again', async () => {
  const { peer, start, samples, asked } = await scene();
  const body = { v: 5, at: 1_700_000_000.25 };
  peer.answer = () => ({ body });
  await start({ time: '/at', timeFormat: 's' });
  await asked(4);
  expect(samples('p')).toEqual([[1_700_000_000_250, 5, 'good']]);
  body.v = 6;
  await until('the correction', () => samples('p').length === 2);
  expect(samples('p')[1]).toEqual([1_700_000_000_250, 6, 'good']);
});

test('after a loss a reading that has not changed since is good again, and the gap is told', async () => {
  const { peer, start, samples, gaps, asked } = await scene();
  let isUp = true;
  const at = Date.now() - 60_000;
  peer.answer = () => (isUp ? { body: { v: 5, at } } : { status: 500 });
  const connector = await start({ time: '/at', timeFormat: 'ms' });
  await until('the value', () => samples('p').length === 1);
  isUp = false;
  await until('stale', () => samples('p').length === 2);
  expect(samples('p')[1]?.slice(1)).toEqual([null, 'bad', 'stale']);
  expect(connector.state()).toMatchObject({
    state: 'disconnected',
    lastError: 'the peer answers status 500',
  });
  isUp = true;
  await until('good again', () => samples('p').length === 3);
  expect(samples('p')[2]?.slice(1)).toEqual([5, 'good']);
  expect(samples('p')[2]?.[0]).toBeGreaterThan(samples('p')[1]?.[0] ?? Number.POSITIVE_INFINITY);
  await asked(peer.seen.length + 2);
  expect(samples('p').length).toBe(3);
  expect(gaps).toEqual([
    { fromMs: expect.any(Number), toMs: expect.any(Number), points: 1, filled: null, reason: 'link-lost' },
  ]);
  // It begins with the last good answer, before the first bad one.
  expect(gaps[0]?.fromMs).toBeLessThan(samples('p')[1]?.[0] ?? 0);
  expect(gaps[0]?.fromMs).toBeGreaterThan(at);
  expect(connector.state().recoveries).toBe(1);
});

const proofs: [string, object, Record<string, string>][] = [
  [
    'basic',
    { kind: 'basic', username: 'reader', password: '密码:x' },
    { authorization: `Basic ${Buffer.from('reader:密码:x').toString('base64')}` },
  ],
  ['bearer', { kind: 'bearer', token: 'tok-1' }, { authorization: 'Bearer tok-1' }],
  ['a header of its own', { kind: 'bearer', token: 'tok-2', header: 'x-api-key' }, { 'x-api-key': 'tok-2' }],
];
for (const [title, authentication, headers] of proofs)
  test(`credentials travel as ${title}, and state holds none`, async () => {
    const { peer, start } = await scene();
    peer.answer = () => ({ body: { v: 1 } });
    const connector = await start({
      endpoint: `${peer.url}/value?key=tok-3`,
      authentication,
      headers: { 'x-line': '7' },
    });
    const seen = await until('a request', () => peer.seen[0]);
    expect(seen.headers).toMatchObject({ ...headers, 'x-line': '7', accept: 'application/json' });
    expect(seen.query.get('key')).toBe('tok-3');
    await until('connected', () => connector.state().state === 'connected');
    expect(JSON.stringify(connector.state())).not.toMatch(/tok-|密码/);
    expect(connector.state().endpoint).toBe(`${peer.url}/value`);
  });

const login = (url: string, rest: object = {}) => ({
  kind: 'login',
  login: { url: `${url}/login`, body: '{"user":"u","password":"geheim"}', tokenPath: '/data/token', ...rest },
});
const loginsOf = (seen: SeenRequest[]) => seen.filter(({ path }) => path === '/login');

test('a token is fetched by a login and renewed when the peer no longer takes it', async () => {
  const { peer, start, samples } = await scene();
  let valid = '';
  let says: 'status' | 'code' = 'status';
  peer.answer = ({ path, headers }) => {
    if (path === '/login') {
      valid = `t${loginsOf(peer.seen).length}`;
      return { body: { data: { token: valid } } };
    }
    if (headers.authorization === `Bearer ${valid}`) return { body: { code: 0, v: 1 } };
    return says === 'status' ? { status: 401 } : { body: { code: 40_101, message: 'token expired' } };
  };
  const connector = await start({
    authentication: login(peer.url),
    success: { path: '/code', values: [0], renew: [40_101] },
  });
  await until('a value', () => samples('p').length > 0);
  expect(loginsOf(peer.seen)).toMatchObject([
    {
      method: 'POST',
      body: '{"user":"u","password":"geheim"}',
      headers: { 'content-type': 'application/json' },
    },
  ]);
  for (const way of ['status', 'code'] as const) {
    says = way;
    const before = loginsOf(peer.seen).length;
    const values = samples('p').length;
    valid = 'none';
    await until(`renewed by ${way}`, () => samples('p').length > values + 1);
    expect(loginsOf(peer.seen).length).toBe(before + 1);
  }
  expect(samples('p').every((sample) => sample[2] === 'good')).toBe(true);
  expect(connector.state().lastError).toBeNull();
});

test('a token is renewed before its end', async () => {
  let aheadMs = 0;
  const { peer, start, asked } = await scene({
    clock: { ...systemClock, elapsedMs: () => performance.now() + aheadMs },
  });
  peer.answer = ({ path }) =>
    path === '/login' ? { body: { data: { token: 't', expires: 3_600 } } } : { body: { v: 1 } };
  await start({ authentication: login(peer.url, { expiresPath: '/data/expires' }) });
  await asked(4);
  expect(loginsOf(peer.seen).length).toBe(1);
  aheadMs = 3_530_000;
  await asked(peer.seen.length + 2);
  expect(loginsOf(peer.seen).length).toBe(1);
  aheadMs = 3_545_000;
  await until('a second login', () => loginsOf(peer.seen).length === 2);
});

const refusals: [string, number, RegExp][] = [
  ['401', 401, /refuses the credentials \(401\); correct `authentication`/],
  ['403', 403, /may not read this address \(403\)/],
];
for (const [title, status, words] of refusals)
  test(`${title} is told clearly, makes points stale, and is not repeated until an account is locked`, async () => {
    const { peer, start, samples } = await scene();
    peer.answer = () => ({ status });
    const connector = await start({ authentication: { kind: 'basic', username: 'u', password: 'geheim' } });
    await until('stale', () => samples('p').length === 1);
    expect(connector.state().lastError).toMatch(words);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(peer.seen.length).toBe(1);
  });

test('a refused login tells neither password nor token', async () => {
  const { peer, start } = await scene();
  peer.answer = () => ({ body: { message: 'geheim is wrong', data: {} } });
  const connector = await start({ authentication: login(peer.url) });
  await until('told', () => connector.state().lastError !== null);
  expect(connector.state().lastError).toBe('the login’s answer has no token at /data/token');
});

test('Retry-After is respected in both forms', async () => {
  const { peer, start, samples } = await scene();
  peer.answer = () => ({ status: 429, headers: { 'retry-after': '2' } });
  const connector = await start();
  const first = await until('a request', () => peer.seen.length === 1 && Date.now());
  peer.answer = () => ({ body: { v: 1 } });
  await until('a value', () => samples('p').length > 0);
  expect(Date.now() - first).toBeGreaterThan(1_900);
  expect(samples('p')[0]?.[2]).toBe('good');
  expect(connector.state().lastError).toBe('the peer asks for a pause (429)');
  const nowMs = Date.UTC(2026, 0, 1, 12);
  expect(retryAfterOf('Thu, 01 Jan 2026 12:00:30 GMT', nowMs)).toBe(30_000);
  expect(retryAfterOf('Thu, 01 Jan 2026 11:00:00 GMT', nowMs)).toBe(0);
  expect(retryAfterOf('999999', nowMs)).toBe(3_600_000);
  expect(retryAfterOf('soon', nowMs)).toBe(0);
});

test('a redirect is followed on the same host, and never to another', async () => {
  const other = await startHttpPeer();
  undo.push(() => other.stop());
  const { peer, start, samples } = await scene();
  let to = `/moved`;
  peer.answer = ({ path }) =>
    path === '/moved' ? { body: { v: 1 } } : { status: 302, headers: { location: to } };
  const connector = await start({ authentication: { kind: 'bearer', token: 't' } });
  await until('a value', () => samples('p').length > 0);
  to = `${other.url}/value`;
  await until('told', () => connector.state().lastError !== null);
  expect(connector.state().lastError).toBe(
    `status 302 leads to ${other.url}, which is not followed; write that address`,
  );
  to = '/value';
  await until('a circle', () => connector.state().lastError?.includes('more than 3 times'));
  expect(other.seen).toEqual([]);
});

const tooMuch: [string, { body: unknown; headers?: Record<string, string> }, string][] = [
  ['large', { body: `{"v":"${'x'.repeat(3_000)}"}` }, 'the answer is larger than 2000 bytes'],
  [
    'large when unpacked',
    { body: gzipSync(`{"v":"${'x'.repeat(3_000)}"}`), headers: { 'content-encoding': 'gzip' } },
    'the body is larger than 2000 bytes, unpacked',
  ],
  ['no JSON', { body: '<html>geheim</html>' }, 'the body is not JSON'],
  ['no text', { body: Buffer.from([0x7b, 0xff, 0x7d]) }, 'the body is not utf-8 text'],
  [
    'about something else',
    { body: { error: 'geheim' } },
    'nothing in the answer matches: points[0]: p: path-not-found',
  ],
  [
    'packed unknown',
    { body: 'x', headers: { 'content-encoding': 'br' } },
    'content coding br is not understood',
  ],
];
for (const [title, answer, words] of tooMuch)
  test(`an answer that is ${title} is refused with the reason`, async () => {
    const { peer, start } = await scene();
    peer.answer = () => answer;
    const connector = await start({ bodyBytesMax: 2_000 });
    await until('told', () => connector.state().lastError !== null);
    expect(connector.state().lastError).toBe(words);
  });

test('gzip and the charset of the answer are undone', async () => {
  const { peer, start, samples } = await scene();
  // 铜 in GB 18030.
  const bytes = Buffer.concat([Buffer.from('{"v":"'), Buffer.from([0xcd, 0xad]), Buffer.from('"}')]);
  const headers = { 'content-encoding': 'gzip', 'content-type': 'application/json; charset=GB18030' };
  peer.answer = () => ({ body: gzipSync(bytes), headers });
  await start({ points: [{ key: 'p', path: '/v', type: 'text' }] });
  await until('a value', () => samples('p').length > 0);
  expect(samples('p')[0]?.slice(1)).toEqual(['铜', 'good']);
});

test('TLS trusts the given authority and no other', async () => {
  const { certificate, key } = createTestCertificate();
  const server = createServer({ cert: certificate, key }, (_request, response) => response.end('{"v":7}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  const { folder, start, samples } = await scene();
  const caFile = join(folder, 'authority.pem');
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const distrustful = await start({ endpoint });
  await until('told', () => distrustful.state().lastError !== null);
  expect(distrustful.state().lastError).toContain('self-signed certificate');
  expect(samples('p').filter((sample) => sample[2] === 'good')).toEqual([]);
  // The file may come later than the collector.
  const connector = await start({ endpoint, tls: { caFile } });
  await until('told', () => connector.state().lastError?.includes('ENOENT'));
  await writeFile(caFile, certificate);
  await until('a value', () => samples('p').some((sample) => sample[1] === 7));
});

test('a handshake that never ends, ends at the time for connecting', async () => {
  const sockets: { destroy(): unknown }[] = [];
  const server = createRawServer((socket) => sockets.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { start } = await scene();
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const connector = await start({ endpoint, connectTimeoutMs: 300 });
  await until('told', () => connector.state().lastError !== null);
  expect(connector.state().lastError).toBe('no connection within 300 ms');
});

test('an answer that dribbles ends at its time', async () => {
  const server = createRawServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{');
    const timer = setInterval(() => socket.write(' '), 50);
    socket.on('close', () => clearInterval(timer));
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  undo.push(() => new Promise((resolve) => server.close(resolve)));
  const { start } = await scene();
  const connector = await start({ endpoint: `http://127.0.0.1:${port}/`, timeoutMs: 400 });
  await until('told', () => connector.state().lastError !== null);
  expect(connector.state().lastError).toBe('no whole answer within 400 ms');
});

const list = { items: '/rows', key: '{/k}', path: '/v', time: '/t' };
type Row = { k: string; v: number; t: number };

/** A peer that keeps rows and answers questions for those since a time, in pages. */
function archive(rows: Row[], options: { inclusive?: boolean; size?: number; descending?: boolean } = {}) {
  return ({ query }: SeenRequest) => {
    const since = Number(query.get('since') ?? 0);
    const page = Number(query.get('page') ?? 1);
    const size = options.size ?? 1_000;
    const wanted = rows
      .filter(({ t }) => (options.inclusive ? t >= since : t > since))
      .sort((a, b) => a.t - b.t);
    if (options.descending) wanted.reverse();
    return { body: { rows: wanted.slice((page - 1) * size, page * size) } };
  };
}

const pagings: [string, object, (seen: SeenRequest) => object][] = [
  [
    'an address',
    { kind: 'next', path: '/next' },
    ({ query }) => {
      const at = Number(query.get('from') ?? 0);
      return { rows: [{ k: `k${at}`, v: at, t: 1 }], next: at < 3 ? `/value?from=${at + 1}` : null };
    },
  ],
  [
    'a mark',
    { kind: 'cursor', path: '/mark', parameter: 'after' },
    ({ query }) => {
      const at = Number((query.get('after') ?? 'm0').slice(1));
      return { rows: [{ k: `k${at}`, v: at, t: 1 }], mark: at < 3 ? `m${at + 1}` : '' };
    },
  ],
  [
    'numbers until empty',
    { kind: 'page', parameter: 'page', first: 0 },
    ({ query }) => {
      const at = Number(query.get('page'));
      return { rows: at <= 3 ? [{ k: `k${at}`, v: at, t: 1 }] : null };
    },
  ],
  [
    'numbers until the last page comes again',
    { kind: 'page', parameter: 'page', first: 0 },
    ({ query }) => ({ rows: [{ k: `k${Math.min(3, Number(query.get('page')))}`, v: 1, t: 1 }] }),
  ],
];
for (const [title, paging, bodyOf] of pagings)
  test(`pages that follow by ${title} are all read`, async () => {
    const { peer, start, readings } = await scene();
    peer.answer = (seen) => ({ body: bodyOf(seen) });
    const connector = await start({
      points: [],
      lists: [list],
      timeFormat: 'ms',
      paging,
      intervalMs: 60_000,
    });
    await until('connected', () => connector.state().state === 'connected');
    expect(readings.map(({ point }) => point.key)).toEqual(['k0', 'k1', 'k2', 'k3']);
    expect(peer.seen.length).toBeLessThanOrEqual(5);
  });

test('paging is bounded, and leads neither in a circle nor to another host', async () => {
  const { peer, start } = await scene();
  const common = { points: [], lists: [list], timeFormat: 'ms', intervalMs: 60_000 };
  let next = '/value';
  peer.answer = () => ({ body: { rows: [], next } });
  const circle = await start({ ...common, paging: { kind: 'next', path: '/next' } });
  await until('told', () => circle.state().lastError === 'the pages lead in a circle');
  await circle.stop();
  next = 'http://example.org/value';
  const other = await start({ ...common, paging: { kind: 'next', path: '/next' } });
  await until('told', () => other.state().lastError?.includes('http://example.org, which is not followed'));
  await other.stop();
  peer.seen.length = 0;
  peer.answer = ({ query }) => ({ body: { rows: [{ k: 'a', v: 1, t: Number(query.get('page')) }] } });
  const endless = await start({ ...common, paging: { kind: 'page', parameter: 'page', pagesMax: 7 } });
  await until('told', () => endless.state().lastError?.includes('more pages than paging.pagesMax'));
  expect(peer.seen.length).toBe(7);
});

for (const inclusive of [false, true])
  test(`with since nothing is read twice or lost over a restart (${inclusive ? 'from' : 'after'} that time)`, async () => {
    const { peer, start, samples, readings } = await scene();
    const startMs = Date.now() - 3_600_000;
    const rows: Row[] = [1, 2, 3].map((at) => ({ k: 'a', v: at, t: startMs + at * 1_000 }));
    peer.answer = archive(rows, { inclusive });
    const config = {
      points: [],
      lists: [list],
      timeFormat: 'ms',
      since: { parameter: 'since', format: 'ms', start: new Date(startMs).toISOString() },
    };
    const first = await start(config);
    await until('three values', () => samples('a').length === 3);
    expect(peer.seen[0]?.query.get('since')).toBe(String(startMs));
    await until('the next question', () => peer.seen.at(-1)?.query.get('since') === String(startMs + 3_000));
    await first.stop();
    rows.push({ k: 'a', v: 4, t: startMs + 4_000 });
    const asked = peer.seen.length;
    await start(config);
    await until('the fourth', () => samples('a').length >= 4);
    await until('two more questions', () => peer.seen.length >= asked + 3);
    expect(peer.seen[asked]?.query.get('since')).toBe(String(startMs + 3_000));
    expect(samples('a').map((sample) => sample[1])).toEqual([1, 2, 3, 4]);
    expect(readings.every(({ sample }) => sample[2] === 'good')).toBe(true);
  });

test('the watermark on disk is older than what was told, so that a power failure loses nothing', async () => {
  const { peer, start, samples, folder } = await scene();
  const startMs = Date.now() - 3_600_000;
  peer.answer = archive([{ k: 'a', v: 1, t: startMs + 1_000 }]);
  const connector = await start({
    points: [],
    lists: [list],
    timeFormat: 'ms',
    since: { parameter: 'since', format: 'ms', start: new Date(startMs).toISOString() },
  });
  await until('the value', () => samples('a').length === 1);
  await until(
    'two more questions',
    () => peer.seen.filter(({ query }) => query.get('since') === String(startMs + 1_000)).length > 2,
  );
  const saved = async () => JSON.parse(await readFile(join(folder, 'watermark.json'), 'utf8')).watermarkMs;
  expect(await saved()).toBe(startMs);
  await connector.stop();
  expect(await saved()).toBe(startMs + 1_000);
});

test('a connection that is stopped before it starts forgets nothing', async () => {
  const { create, folder } = await scene();
  const kept = '{"watermarkMs":1772323200000,"told":[]}';
  await writeFile(join(folder, 'watermark.json'), kept);
  await create({ points: [], lists: [list], since: { parameter: 'since' } }).stop();
  expect(await readFile(join(folder, 'watermark.json'), 'utf8')).toBe(kept);
});

test('a clock that runs ahead does not move the watermark, and items that come late are found by the overlap', async () => {
  const { peer, start, samples } = await scene();
  const startMs = Date.now() - 3_600_000;
  const rows: Row[] = [
    { k: 'a', v: 1, t: startMs + 5_000 },
    { k: 'ahead', v: 9, t: Date.now() + 86_400_000 },
  ];
  peer.answer = archive(rows);
  await start({
    points: [],
    lists: [list],
    timeFormat: 'ms',
    since: { parameter: 'since', format: 'ms', start: new Date(startMs).toISOString(), overlapMs: 2_000 },
  });
  await until('both', () => samples('a').length === 1 && samples('ahead').length === 1);
  rows.push({ k: 'a', v: 2, t: startMs + 4_000 });
  await until('the late one', () => samples('a').length === 2);
  const asked = peer.seen.length;
  await until('more questions', () => peer.seen.length > asked + 2);
  expect(peer.seen.at(-1)?.query.get('since')).toBe(String(startMs + 3_000));
  expect(samples('a').length + samples('ahead').length).toBe(3);
});

for (const descending of [false, true])
  test(`more rows than pages may bring are ${descending ? 'told, newest first' : 'fetched by the next polls, oldest first'}`, async () => {
    const { peer, start, samples } = await scene();
    const startMs = Date.now() - 3_600_000;
    const rows = Array.from({ length: 25 }, (_, at): Row => ({ k: 'a', v: at, t: startMs + 1_000 + at }));
    peer.answer = archive(rows, { size: 5, descending });
    const connector = await start({
      points: [],
      lists: [list],
      timeFormat: 'ms',
      paging: { kind: 'page', parameter: 'page', pagesMax: 2 },
      since: { parameter: 'since', format: 'ms', start: new Date(startMs).toISOString() },
    });
    if (descending) {
      await until('told', () => connector.state().lastError?.includes('raise it'));
      const asked = peer.seen.length;
      await until('more questions', () => peer.seen.length > asked + 4);
      expect(peer.seen.every(({ query }) => query.get('since') === String(startMs))).toBe(true);
    } else {
      await until('all rows', () => samples('a').length >= 25);
      expect(samples('a').map((sample) => sample[1])).toEqual(rows.map(({ v }) => v));
      expect(connector.state().lastError).toBeNull();
    }
  });

test('what happened during a loss is read afterwards with since, and counted', async () => {
  const { peer, start, samples, gaps } = await scene();
  const startMs = Date.now() - 3_600_000;
  const rows: Row[] = [{ k: 'a', v: 1, t: startMs + 1 }];
  const answers = archive(rows);
  peer.answer = answers;
  const connector = await start({
    points: [],
    lists: [list],
    timeFormat: 'ms',
    since: { parameter: 'since', format: 'ms', start: new Date(startMs).toISOString() },
  });
  await until('the value', () => samples('a').length === 1);
  peer.answer = () => ({ status: 502 });
  await until('stale', () => connector.state().state === 'disconnected');
  rows.push(...[2, 3, 4].map((at) => ({ k: 'a', v: at, t: Date.now() + at })));
  peer.answer = answers;
  await until('the rest', () => samples('a').filter((sample) => sample[2] === 'good').length === 4);
  await until('the gap', () => gaps.length === 1);
  expect(gaps[0]).toMatchObject({ filled: 3, points: 1 });
});

test('a question may be a POST whose body holds the marks, escaped', async () => {
  const { peer, start, samples } = await scene();
  peer.answer = ({ body }) => {
    const asked = JSON.parse(body);
    return {
      body: { rows: [{ k: 'a', v: 1, t: asked.c === '' ? 1 : 2 }], c: asked.c === '' ? '"},{"' : null },
    };
  };
  await start({
    method: 'POST',
    body: '{"c":"{cursor}","type":"all"}',
    points: [],
    lists: [list],
    timeFormat: 'ms',
    paging: { kind: 'cursor', path: '/c' },
  });
  await until('two pages', () => samples('a').length === 2);
  expect(JSON.parse(peer.seen[1]?.body ?? '')).toEqual({ c: '"},{"', type: 'all' });
});
