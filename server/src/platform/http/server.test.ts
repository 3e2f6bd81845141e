import { gzipSync } from 'node:zlib';
import { ERRORS, ErrorBody } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPlatform, TEST_ADMIN_PASSWORD, type TestPlatform } from '#platform/testing/platform.ts';
import type { Http } from './http.ts';

let platform: TestPlatform;
let http: Http;
let token: string;

beforeAll(async () => {
  platform = await startTestPlatform({
    domains: [],
    config: { bodyBytesMax: 20_000, requestsPerMinuteMax: 60 },
  });
  http = await platform.serve();
  token = (
    await http.inject({
      method: 'POST',
      url: '/api/auth/login',
      payload: { username: 'admin', password: TEST_ADMIN_PASSWORD },
    })
  ).json().token;
});
afterAll(() => platform.stop());

const json = { 'content-type': 'application/json' };
const signedIn = () => ({ authorization: `Bearer ${token}` });

describe('every fault has the one error shape', () => {
  it.each([
    ['an unknown address', { method: 'GET', url: '/api/nowhere' }, 'ROUTE_NOT_FOUND'],
    ['no sign-in', { method: 'GET', url: '/api/auth/me' }, 'LOGIN_REQUIRED'],
    [
      'broken JSON',
      { method: 'POST', url: '/api/auth/login', headers: json, payload: '{"a":' },
      'REQUEST_INVALID',
    ],
    [
      'an empty body',
      { method: 'POST', url: '/api/auth/login', headers: json, payload: '' },
      'REQUEST_INVALID',
    ],
    [
      'a wrong type',
      { method: 'POST', url: '/api/auth/login', headers: json, payload: '{"username":1,"password":"x"}' },
      'REQUEST_INVALID',
    ],
    [
      'an unknown content type',
      {
        method: 'POST',
        url: '/api/auth/login',
        headers: { 'content-type': 'application/x-other' },
        payload: 'x',
      },
      'REQUEST_NOT_UNDERSTOOD',
    ],
    [
      'a body over the limit',
      {
        method: 'POST',
        url: '/api/auth/login',
        headers: json,
        payload: JSON.stringify({ username: 'a'.repeat(30_000) }),
      },
      'REQUEST_TOO_LARGE',
    ],
    [
      'an unknown encoding',
      {
        method: 'POST',
        url: '/api/auth/login',
        headers: { ...json, 'content-encoding': 'zstd' },
        payload: 'x',
      },
      'REQUEST_NOT_UNDERSTOOD',
    ],
    [
      'gzip that is none',
      {
        method: 'POST',
        url: '/api/auth/login',
        headers: { ...json, 'content-encoding': 'gzip' },
        payload: 'not gzip',
      },
      'REQUEST_INVALID',
    ],
    [
      'a bomb of gzip',
      {
        method: 'POST',
        url: '/api/auth/login',
        headers: { ...json, 'content-encoding': 'gzip' },
        payload: gzipSync(Buffer.alloc(5_000_000)),
      },
      'REQUEST_TOO_LARGE',
    ],
  ] as const)('%s', async (_name, request, code) => {
    const answer = await http.inject(request);
    const body = ErrorBody.parse(answer.json());
    expect(body.error.code).toBe(code);
    expect(answer.statusCode).toBe(ERRORS[code].status);
    expect(answer.headers['x-request-id']).toBe(body.error.requestId);
    expect(answer.body).not.toMatch(/node_modules|at async|\.ts:/);
  });

  it('speaks Chinese unless the caller prefers English', async () => {
    const chinese = await http.inject({ url: '/api/nowhere' });
    const english = await http.inject({
      url: '/api/nowhere',
      headers: { 'accept-language': 'en-GB,en;q=0.9' },
    });
    expect(chinese.json().error.message).toBe(ERRORS.ROUTE_NOT_FOUND.message.zh);
    expect(english.json().error.message).toBe(ERRORS.ROUTE_NOT_FOUND.message.en);
  });

  it('names the field that is wrong', async () => {
    const answer = await http.inject({
      method: 'POST',
      url: '/api/auth/login',
      payload: { username: 'admin' },
    });
    expect(answer.json().error.details).toEqual([expect.objectContaining({ path: 'body/password' })]);
  });
});

describe('the door', () => {
  it('takes a gzip body', async () => {
    const payload = gzipSync(JSON.stringify({ username: 'admin', password: TEST_ADMIN_PASSWORD }));
    const answer = await http.inject({
      method: 'POST',
      url: '/api/auth/login',
      headers: { ...json, 'content-encoding': 'gzip' },
      payload,
    });
    expect(answer.statusCode).toBe(200);
  });

  it('sends security headers that also work without TLS', async () => {
    const { headers } = await http.inject({ url: '/api/nowhere' });
    expect(headers['content-security-policy']).toContain("script-src 'self'");
    expect(headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
    expect(headers['strict-transport-security']).toBeUndefined();
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-frame-options']).toBe('SAMEORIGIN');
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('describes itself in OpenAPI 3.1, with the permission of each route', async () => {
    const description = (await http.inject({ url: '/openapi.json' })).json();
    expect(description.openapi).toBe('3.1.0');
    expect(description.paths['/api/auth/users'].get['x-permission']).toBe('platform:user:read');
  });

  it('shows the API page without anything from outside', async () => {
    const page = await http.inject({ url: '/docs/' });
    expect(page.statusCode).toBe(200);
    expect(page.body).not.toMatch(/(src|href)="https?:/);
  });

  it('asks a caller to slow down', async () => {
    const answers = await Promise.all(
      Array.from({ length: 70 }, () =>
        http.inject({ url: '/api/auth/me', headers: { ...signedIn(), 'x-other': '1' } }),
      ),
    );
    const refused = answers.filter(({ statusCode }) => statusCode === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.json().error.code).toBe('RATE_LIMITED');
    expect(refused[0]?.headers['retry-after']).toBeDefined();
  });
});
