import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { request as secureRequest } from 'node:https';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import type { Gap, Reading } from '../../connector.ts';
import { silentLog } from '../../log.ts';
import { createTestCertificate } from '../../testing/certificate.ts';
import { post } from '../../testing/http-peer.ts';
import { freePort } from '../../testing/tcp-proxy.ts';
import { until } from '../../testing/wait.ts';
import { HttpConfig } from './http.config.ts';
import { createBucket } from './http.server.ts';
import { createHttp } from './http.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

async function scene(rest: object = {}, options: { port?: number; scheme?: string; folder?: string } = {}) {
  const port = options.port ?? (await freePort());
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'ronghe-http-')));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const readings: Reading[] = [];
  const gaps: Gap[] = [];
  const url = `${options.scheme ?? 'http'}://127.0.0.1:${port}/in`;
  const connector = createHttp({
    config: HttpConfig.parse({
      name: 'gate',
      protocol: 'http',
      mode: 'push',
      listen: url,
      points: [{ key: 'p', path: '/v' }],
      ...rest,
    }),
    emit: (some) => readings.push(...some),
    gap: (gap) => gaps.push(gap),
    log: silentLog(),
    clock: systemClock,
    folder,
  });
  undo.push(() => connector.stop());
  await connector.start();
  const isOpen = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
  if (options.port === undefined) await until('the port is open', isOpen);
  return {
    connector,
    readings,
    gaps,
    url,
    port,
    samples: (key: string) => readings.filter(({ point }) => point.key === key).map(({ sample }) => sample),
  };
}

/** A connection on which a test writes what it likes. */
function rawSocket(port: number) {
  const socket: Socket = connect(port, '127.0.0.1');
  undo.push(() => socket.destroy());
  let text = '';
  let isClosed = false;
  socket.on('error', () => undefined);
  socket.on('data', (data) => {
    text += data.toString('latin1');
  });
  socket.on('close', () => {
    isClosed = true;
  });
  return { socket, text: () => text, isClosed: () => isClosed };
}

test('a request is answered 204 once its readings are handed on, over a kept connection', async () => {
  const { url, samples, connector } = await scene({
    time: '/t',
    timeFormat: 'ms',
    lists: [{ items: '/values', key: 'n1.{#}', path: '' }],
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  undo.push(() => agent.destroy());
  for (const at of [1, 2, 3]) {
    const got = await post(url, { t: at, v: at, values: { temp: at * 10, on: 'yes' } }, { agent });
    expect(got).toMatchObject({ status: 204, body: '' });
    expect(samples('p').at(-1)).toEqual([at, at, 'good']);
    expect(samples('n1.temp').at(-1)).toEqual([at, at * 10, 'good']);
  }
  expect(samples('n1.on')).toEqual([1, 2, 3].map((at) => [at, null, 'bad', 'type-mismatch']));
  expect(Object.values(agent.freeSockets).flat().length).toBe(1);
  expect(connector.state()).toMatchObject({ state: 'connected', points: 3, pointsFailed: 1 });
});

test('a device that did not see its answer and sends again is told once', async () => {
  const { url, samples } = await scene({ time: '/t', timeFormat: 'ms' });
  for (const _ of [1, 2]) expect((await post(url, { t: 5, v: 1 })).status).toBe(204);
  expect(samples('p')).toEqual([[5, 1, 'good']]);
});

test('a request about other points says nothing of those it does not hold', async () => {
  const { url, samples, connector } = await scene({
    points: [
      { key: 'p', path: '/v' },
      { key: 'q', path: '/w' },
    ],
  });
  expect((await post(url, { v: 1 })).status).toBe(204);
  expect(connector.state()).toMatchObject({ points: 2, pointsFailed: 1 });
  expect((await post(url, { w: null })).status).toBe(204);
  expect(samples('p').length).toBe(1);
  expect(samples('q').map((sample) => sample.slice(1))).toEqual([[null, 'bad', 'no-value']]);
});

const wrong: [
  string,
  { body: unknown; method?: string; path?: string; headers?: Record<string, string> },
  object,
][] = [
  ['no JSON', { body: '{"v":' }, { status: 400, detail: 'the body is not JSON' }],
  ['empty', { body: '' }, { status: 400, detail: 'the body is empty' }],
  [
    'about something else',
    { body: { w: 1 } },
    { status: 400, detail: 'nothing in the body is looked for', faults: ['points[0]: p: path-not-found'] },
  ],
  [
    'without a value of the right type',
    { body: { v: '12.5' } },
    { status: 400, detail: 'no value can be read', faults: ['points[0]: p: type-mismatch'] },
  ],
  ['at another path', { body: { v: 1 }, path: '/in/x' }, { status: 404 }],
  ['a DELETE', { body: { v: 1 }, method: 'DELETE' }, { status: 405 }],
  [
    'a form',
    { body: 'v=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    { status: 415 },
  ],
  ['packed unknown', { body: { v: 1 }, headers: { 'content-encoding': 'br' } }, { status: 415 }],
  [
    'no gzip',
    { body: { v: 1 }, headers: { 'content-encoding': 'gzip' } },
    { status: 415, detail: 'the body is not gzip' },
  ],
  [
    'from a page in a browser',
    { body: { v: 1 }, headers: { origin: 'http://evil.example' } },
    { status: 403 },
  ],
  ['too large', { body: { v: 1, x: 'x'.repeat(3_000) } }, { status: 413 }],
  [
    'too large and does not say so',
    { body: { v: 1, x: 'x'.repeat(3_000) }, headers: { 'transfer-encoding': 'chunked' } },
    { status: 413, detail: 'a body has at most 2000 bytes' },
  ],
  [
    'too large when unpacked',
    {
      body: gzipSync(JSON.stringify({ v: 1, x: 'x'.repeat(3_000) })),
      headers: { 'content-encoding': 'gzip' },
    },
    { status: 413 },
  ],
];
test('what cannot be taken is answered with what was wrong, and nothing of it is believed', async () => {
  const { url, readings, connector, samples } = await scene({ bodyBytesMax: 2_000 });
  for (const [title, { body, path, method = 'POST', headers = {} }, problem] of wrong) {
    const { 'transfer-encoding': chunked, ...others } = headers;
    const got = await post(path === undefined ? url : url.replace('/in', path), body, {
      method,
      headers: others,
      isChunked: chunked !== undefined,
    });
    expect(got.headers['content-type'], title).toBe('application/problem+json');
    expect({ title, ...JSON.parse(got.body) }).toMatchObject({ ...problem, title: expect.any(String) });
    expect(got.status, title).toBe(JSON.parse(got.body).status);
  }
  expect(readings).toEqual([]);
  expect(connector.state()).toMatchObject({ state: 'connecting' });
  expect(connector.state().lastError).toContain('(413)');
  const packed = await post(url, gzipSync('{"v":4}'), { headers: { 'content-encoding': 'gzip' } });
  expect(packed.status).toBe(204);
  expect(samples('p')[0]?.slice(1)).toEqual([4, 'good']);
});

const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
const proofs: [string, object, Record<string, string>, Record<string, string>[]][] = [
  [
    'basic',
    { kind: 'basic', username: 'u', password: '密码:x' },
    basic('u:密码:x'),
    [{}, basic('u:密码:y'), basic('u'), { authorization: 'Basic' }],
  ],
  [
    'bearer',
    { kind: 'bearer', token: 'tok 1' },
    { authorization: 'bearer tok 1' },
    [{}, { authorization: 'Bearer tok 12' }, { authorization: 'tok 1' }, basic('tok 1')],
  ],
  [
    'header',
    { kind: 'bearer', token: 'tok', header: 'x-api-key' },
    { 'x-api-key': 'tok' },
    [{}, { 'x-api-key': 'to' }, { authorization: 'Bearer tok' }],
  ],
];
for (const [title, authentication, right, wrongs] of proofs)
  test(`a request must prove itself: ${title}`, async () => {
    const { url, readings } = await scene({ authentication });
    for (const headers of wrongs) {
      const got = await post(url, { v: 1 }, { headers });
      expect(got.status).toBe(401);
      expect(got.headers['www-authenticate']).toBeDefined();
    }
    expect(readings).toEqual([]);
    expect((await post(url, { v: 1 }, { headers: right })).status).toBe(204);
    expect(readings.length).toBe(1);
  });

test('more requests than allowed are answered 429, also when they are sent at once', async () => {
  const { url, readings } = await scene({ requestsPerSecondMax: 5 });
  const got = await Promise.all(Array.from({ length: 12 }, () => post(url, { v: 1 })));
  const refused = got.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThanOrEqual(5);
  expect(refused[0]?.headers['retry-after']).toBe('1');
  expect(readings.length).toBe(12 - refused.length);
});

test('the bucket of requests fills with time and never over its brim', () => {
  let nowMs = 0;
  const bucket = createBucket(10, () => nowMs);
  const taken = () => Array.from({ length: 20 }, () => bucket.take()).filter(Boolean).length;
  expect(taken()).toBe(10);
  nowMs = 250;
  expect(taken()).toBe(2);
  nowMs = 100_000;
  expect(taken()).toBe(10);
});

test('slow and silent connections are closed in time, and others are served meanwhile', async () => {
  const { url, port } = await scene({ timeoutMs: 500 });
  const silent = rawSocket(port);
  const slowHead = rawSocket(port);
  slowHead.socket.write('POST /in HTTP/1.1\r\nhost: h\r\n');
  const slowBody = rawSocket(port);
  slowBody.socket.write('POST /in HTTP/1.1\r\nhost: h\r\ncontent-length: 100\r\n\r\n{');
  const dribble = setInterval(() => {
    slowHead.socket.write('x-a: b\r\n');
    slowBody.socket.write(' ');
  }, 100);
  undo.push(() => clearInterval(dribble));
  expect((await post(url, { v: 1 })).status).toBe(204);
  await until('closed', () => silent.isClosed() && slowHead.isClosed() && slowBody.isClosed(), 5_000);
  expect(slowBody.text()).toMatch(/^HTTP\/1\.1 408/);
});

test('connections are bounded', async () => {
  const { url, port } = await scene({ connectionsMax: 2 });
  const held = [rawSocket(port), rawSocket(port)];
  await until('both are open', () => held.every(({ socket }) => socket.readyState === 'open'));
  await until('a third is closed', () =>
    post(url, { v: 1 }).then(
      () => false,
      () => true,
    ),
  );
  held[0]?.socket.destroy();
  await until('and served when one has gone', () =>
    post(url, { v: 1 }).then(
      ({ status }) => status === 204,
      () => false,
    ),
  );
});

test('a peer that goes away in the middle of its request, or speaks no HTTP, does no harm', async () => {
  const { url, port, readings } = await scene();
  const half = rawSocket(port);
  half.socket.write('POST /in HTTP/1.1\r\nhost: h\r\ncontent-length: 100\r\n\r\n{"v":1}');
  await new Promise((resolve) => half.socket.once('connect', resolve));
  half.socket.resetAndDestroy();
  const noise = rawSocket(port);
  noise.socket.write(Buffer.from([0x16, 0x03, 0x01, 0x00, 0xff, 0x00]));
  await until('closed', noise.isClosed);
  expect(noise.text()).toMatch(/^HTTP\/1\.1 400/);
  expect((await post(url, { v: 2 })).status).toBe(204);
  expect(readings.length).toBe(1);
});

test('a device that is still sending when it is refused sees why', async () => {
  const { url, port, connector } = await scene({
    bodyBytesMax: 2_000,
    authentication: { kind: 'bearer', token: 't' },
  });
  const large = Buffer.alloc(8_000_000, ' ');
  expect((await post(url, large)).status).toBe(401);
  expect((await post(url, large, { headers: { authorization: 'Bearer t' } })).status).toBe(413);
  const chunked = await post(url, large, { headers: { authorization: 'Bearer t' }, isChunked: true });
  expect(chunked.status).toBe(413);
  const slow = rawSocket(port);
  slow.socket.write('POST /in HTTP/1.1\r\nhost: h\r\ncontent-length: 300000\r\n\r\n');
  for (let sent = 0; sent < 200_000; sent += 5_000) {
    slow.socket.write(Buffer.alloc(5_000, ' '));
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  expect(slow.text()).toMatch(/^HTTP\/1\.1 401/);
  expect(slow.isClosed()).toBe(false);
  slow.socket.destroy();
  // Who never ends its body holds up no stop.
  const { socket, text } = rawSocket(port);
  socket.write('POST /in HTTP/1.1\r\nhost: h\r\ncontent-length: 5000\r\n\r\n ');
  await until('refused', () => text().startsWith('HTTP/1.1 401'));
  const before = performance.now();
  await connector.stop();
  expect(performance.now() - before).toBeLessThan(1_000);
});

test('a client that asks before it sends a large body is answered first', async () => {
  const { port } = await scene({ bodyBytesMax: 2_000 });
  const head = (length: number) =>
    `POST /in HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: ${length}\r\n\r\n`;
  const large = rawSocket(port);
  large.socket.write(head(5_000));
  await until('refused', () => large.text().startsWith('HTTP/1.1 413'));
  const small = rawSocket(port);
  small.socket.write(head(7));
  await until('let in', () => small.text() === 'HTTP/1.1 100 Continue\r\n\r\n');
  small.socket.write('{"v":1}');
  await until('taken', () => small.text().includes('HTTP/1.1 204'));
});

test('silence makes points stale, and the next request tells the gap', async () => {
  const { url, samples, gaps, connector } = await scene({ silentMs: 600, time: '/t', timeFormat: 'ms' });
  const at = Date.now();
  await post(url, { v: 1, t: at });
  await until('stale', () => samples('p').length === 2);
  expect(samples('p')[1]?.slice(1)).toEqual([null, 'bad', 'stale']);
  expect(connector.state()).toMatchObject({ state: 'disconnected', lastError: 'no request for 600 ms' });
  await post(url, { v: 1, t: at });
  expect(samples('p')[2]?.slice(1)).toEqual([1, 'good']);
  expect(samples('p')[2]?.[0]).toBeGreaterThan(at);
  expect(gaps).toMatchObject([{ points: 1, filled: null, reason: 'silence' }]);
  expect((gaps[0]?.toMs ?? 0) - (gaps[0]?.fromMs ?? 0)).toBeGreaterThanOrEqual(590);
  expect(connector.state()).toMatchObject({ state: 'connected', recoveries: 1 });
});

test('points that lists gave are remembered, and stale when nobody sends after a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-http-'));
  const rest = {
    points: [],
    lists: [{ items: '/rows', key: '{/k}', path: '/v', unit: '{/u}' }],
    silentMs: 500,
  };
  const first = await scene(rest, { folder });
  await post(first.url, {
    rows: [
      { k: 'a', v: 1, u: 'bar' },
      { k: 'b', v: 'x' },
    ],
  });
  expect(first.connector.state()).toMatchObject({ points: 2, pointsFailed: 1 });
  await first.connector.stop();
  const second = await scene(rest, { folder });
  await until('stale', () => second.readings.length === 2);
  expect(second.readings.map(({ point, sample }) => [point.key, point.unit, ...sample.slice(1)])).toEqual([
    ['a', 'bar', null, 'bad', 'stale'],
    ['b', undefined, null, 'bad', 'stale'],
  ]);
  await second.connector.stop();
  const other = await scene({ ...rest, lists: [{ items: '/rows', key: 'x.{/k}', path: '/v' }] }, { folder });
  await until('silent', () => other.connector.state().state === 'disconnected');
  expect(other.readings).toEqual([]);
});

test('more points than lists may give are refused and told, and the others are taken', async () => {
  const { url, readings, connector } = await scene({
    points: [],
    lists: [{ items: '', key: 'p{#}', path: '' }],
    pointsMax: 3,
  });
  expect((await post(url, [1, 2, 3, 4, 5])).status).toBe(204);
  expect(readings.map(({ point }) => point.key)).toEqual(['p0', 'p1', 'p2']);
  expect(connector.state().lastError).toBe('lists give more points than pointsMax; raise it');
});

test('a port that another holds is told and taken when it is free', async () => {
  const port = await freePort();
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
  undo.push(() => holder.close());
  const { connector, url } = await scene({}, { port });
  await until('told', () => connector.state().lastError?.includes('EADDRINUSE'));
  await new Promise((resolve) => holder.close(resolve));
  await until('taken', () =>
    post(url, { v: 1 }).then(
      ({ status }) => status === 204,
      () => false,
    ),
  );
});

test('https takes requests with the given certificate', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-http-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const { certificate, key } = createTestCertificate();
  const [certFile, keyFile] = [join(folder, 'own.pem'), join(folder, 'key.pem')];
  await writeFile(certFile, certificate);
  await writeFile(keyFile, key);
  const { url, samples } = await scene({ tls: { certFile, keyFile } }, { scheme: 'https' });
  const status = await new Promise((resolve, reject) => {
    const request = secureRequest(url, { method: 'POST', ca: certificate, agent: false });
    request.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
    request.end('{"v":3}');
  });
  expect(status).toBe(204);
  expect(samples('p')[0]?.[1]).toBe(3);
});

const faults: [string, object, RegExp][] = [
  ['an open door to the network', { listen: 'http://0.0.0.0:8212/in' }, /must be basic or bearer/],
  ['a port over the end', { listen: 'http://127.0.0.1:99999/in' }, /an address/],
  ['https without a certificate', { listen: 'https://127.0.0.1:8212/in' }, /needed by https/],
  [
    'basic without a password',
    { authentication: { kind: 'basic', username: 'u' } },
    /is needed by kind basic/,
  ],
  ['local times without a zone', { timeFormat: 'local' }, /needed by timeFormat local/],
  ['a zone that is none', { timeZone: 'Asia/Nanchang' }, /IANA/],
  ['nothing to read', { points: [] }, /at least one of points and lists/],
  [
    'a name that Basic cannot carry',
    { authentication: { kind: 'basic', username: 'a:b', password: '' } },
    /colon/,
  ],
  ['what belongs to polling', { intervalMs: 1_000 }, /intervalMs/],
];
test('a configuration that cannot work is refused with the reason', () => {
  for (const [title, rest, words] of faults) {
    const result = HttpConfig.safeParse({
      name: 'gate',
      protocol: 'http',
      mode: 'push',
      listen: 'http://127.0.0.1:8212/in',
      points: [{ key: 'p', path: '/v' }],
      ...rest,
    });
    expect(JSON.stringify(result.error?.issues), title).toMatch(words);
  }
});
