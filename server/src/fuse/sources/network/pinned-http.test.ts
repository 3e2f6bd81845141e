import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TargetGuard } from '#platform/network/target-guard.ts';
import { json, startServer, type TestServer } from './network.fixture.ts';
import { createTargetGuard } from './targets.service.ts';

let server: TestServer;
let other: TestServer;
let guard: TargetGuard;
beforeAll(async () => {
  other = await startServer((_request, response) => json(response, 'never'));
  server = await startServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    if (pathname === '/echo')
      return json(response, { host: request.headers.host, method: request.method, body: request.body });
    if (pathname === '/redirect')
      return response.writeHead(302, { location: searchParams.get('to') ?? '' }).end();
    if (pathname === '/loop') return response.writeHead(307, { location: '/loop' }).end();
    if (pathname === '/gzip')
      return response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('a'.repeat(100_000)));
    if (pathname === '/odd') return response.writeHead(200, { 'content-encoding': 'zip' }).end('x');
    if (pathname === '/slow') return response.writeHead(200).write('a');
    if (pathname === '/torn') {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      return setImmediate(() => response.destroy());
    }
    return response.writeHead(204).end();
  });
  guard = createTargetGuard({ allowedHosts: [server.host] });
});
afterAll(async () => {
  guard.close();
  await server.stop();
  await other.stop();
});

test('a request keeps the name in Host and connects to the address that was checked', async () => {
  const listed = createTargetGuard({
    allowedHosts: [`data.example:${server.port}`, `127.0.0.1:${server.port}`],
    lookup: async () => [{ address: '127.0.0.1', family: 4 }],
  });
  const answer = await listed.post(`http://data.example:${server.port}/echo`, 'hallo');
  expect(JSON.parse(answer.body.toString())).toEqual({
    host: `data.example:${server.port}`,
    method: 'POST',
    body: 'hallo',
  });
  listed.close();
});

test('a name that changes its mind leads to the first answer or nowhere, never elsewhere', async () => {
  const answers = ['127.0.0.1', '127.0.0.9'];
  let count = 0;
  const rebinding = createTargetGuard({
    allowedHosts: [`fickle.example:${server.port}`, server.host],
    lookup: async () => [{ address: answers[Math.min(count++, 1)] ?? '', family: 4 }],
  });
  const url = `http://fickle.example:${server.port}/echo`;
  expect((await rebinding.get(url)).status).toBe(200);
  expect(count).toBe(1);
  await expect(rebinding.get(url)).rejects.toMatchObject({
    code: 'SOURCE_TARGET_REFUSED',
    values: { target: `fickle.example:${server.port}` },
  });
  rebinding.close();
});

test('over TLS the name is told to the server (SNI), though the connection goes to the checked address', async () => {
  const hellos: string[] = [];
  const tls = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (hello) => {
      hellos.push(hello.toString('latin1'));
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
  const { port } = tls.address() as { port: number };
  const listed = createTargetGuard({
    allowedHosts: [`data.example:${port}`, `127.0.0.1:${port}`],
    lookup: async () => [{ address: '127.0.0.1', family: 4 }],
  });
  await expect(listed.get(`https://data.example:${port}/`)).rejects.toMatchObject({ again: true });
  expect(hellos).toEqual([expect.stringContaining('data.example')]);
  await new Promise((resolve) => tls.close(resolve));
});

test('localhost is found by the real name service', async () => {
  const listed = createTargetGuard({ allowedHosts: [`LocalHost:${server.port}`] });
  expect((await listed.get(`http://localhost:${server.port}/echo`)).status).toBe(200);
  listed.close();
});

describe('redirects', () => {
  const redirect = (to: string) => `${server.url}/redirect?to=${encodeURIComponent(to)}`;

  test('to another origin are refused by its name and never followed', async () => {
    for (const to of [other.url, `//${other.host}/x`, `http://169.254.169.254/latest`, 'file:///etc/passwd'])
      await expect(guard.get(redirect(to), { redirectsMax: 5 })).rejects.toMatchObject({
        code: 'SOURCE_TARGET_REFUSED',
      });
    expect(other.asked).toEqual([]);
  });

  test('within the origin are followed only when asked, a bounded number, and never for POST', async () => {
    await expect(guard.get(redirect('/echo'))).rejects.toThrow(/final address/);
    expect((await guard.get(redirect('/echo'), { redirectsMax: 1 })).status).toBe(200);
    await expect(guard.get(`${server.url}/loop`, { redirectsMax: 3 })).rejects.toThrow(/redirect/);
    await expect(guard.post(redirect('/echo'), 'x', { redirectsMax: 1 })).rejects.toThrow(/redirect/);
  });
});

describe('limits', () => {
  test('size counts after decompression', async () => {
    expect((await guard.get(`${server.url}/gzip`)).body.byteLength).toBe(100_000);
    await expect(guard.get(`${server.url}/gzip`, { bytesMax: 99_999 })).rejects.toMatchObject({
      message: expect.stringContaining('99999 bytes'),
      again: false,
    });
    await expect(guard.get(`${server.url}/odd`)).rejects.toThrow(/packed as zip/);
  });

  test('time covers the whole answer, and the caller may give up', async () => {
    await expect(guard.get(`${server.url}/slow`, { timeoutMs: 50 })).rejects.toMatchObject({
      message: 'no answer within 0.05 s',
      again: true,
    });
    const controller = new AbortController();
    const pending = guard.get(`${server.url}/slow`, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
  });

  test('an answer that breaks off, and a system that is away, are failures worth another attempt', async () => {
    await expect(guard.get(`${server.url}/torn`)).rejects.toMatchObject({ again: true });
    const away = await startServer(() => {});
    await away.stop();
    const toAway = createTargetGuard({ allowedHosts: [away.host] });
    await expect(toAway.get(away.url)).rejects.toMatchObject({ message: 'ECONNREFUSED', again: true });
  });

  test('what may not be sent is not', async () => {
    await expect(guard.get(`${server.url}/echo`, { headers: { a: 'b\r\nc: d' } })).rejects.toMatchObject({
      again: false,
    });
    await expect(guard.get(other.url)).rejects.toMatchObject({ code: 'SOURCE_TARGET_REFUSED' });
    await expect(guard.get(`http://u:p@${server.host}/`)).rejects.toMatchObject({
      code: 'SOURCE_TARGET_REFUSED',
    });
  });
});
