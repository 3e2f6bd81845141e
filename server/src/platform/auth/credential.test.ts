import { describe, expect, it } from 'vitest';
import {
  demandOwnOrigin,
  demandSameSite,
  readCredential,
  requestLocale,
  sessionCookie,
} from '#platform/auth/credential.ts';
import { newApiKey, newSessionToken } from '#platform/auth/token.ts';

const session = newSessionToken();
const { key } = newApiKey();
const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

describe('a credential', () => {
  it.each([
    ['a session as Bearer', { authorization: `Bearer ${session}` }, ['session', session, false]],
    ['a key as Bearer', { authorization: `bearer ${key}` }, ['key', key, false]],
    ['a key as Token, as InfluxDB clients send', { authorization: `Token ${key}` }, ['key', key, false]],
    ['a key as password of Basic', { authorization: basic('anyone', key) }, ['key', key, false]],
    ['a cookie among others', { cookie: `a=b; ronghe_session=${session}; c=d` }, ['session', session, true]],
    ['nothing', {}, null],
    ['a session as Token', { authorization: `Token ${session}` }, ['session', session, false]],
    ['a password as Basic', { authorization: basic('admin', 'correct-horse-battery') }, null],
    [
      'a wrong header beside a good cookie',
      { authorization: 'Bearer x', cookie: `ronghe_session=${session}` },
      null,
    ],
    [
      'an empty header beside a good cookie',
      { authorization: '', cookie: `ronghe_session=${session}` },
      null,
    ],
    ['a cookie of another shape', { cookie: "ronghe_session=' or 1=1" }, null],
    ['a cookie whose name only ends like ours', { cookie: `x_ronghe_session=${session}` }, null],
  ])('is read from %s', (_what, headers, expected) => {
    const credential = readCredential({ headers });
    expect(credential && [credential.kind, credential.secret, credential.fromCookie]).toEqual(expected);
  });
});

describe('a key where clients know no other place', () => {
  const shown = (request: Parameters<typeof readCredential>[0]) => readCredential(request)?.secret ?? null;
  const query = { u: 'anyone', p: key };
  it.each([
    ['p of the query at InfluxDB’s addresses', { keyIn: 'influxdb' as const, headers: {}, query }, key],
    ['p of the query nowhere else', { keyIn: undefined, headers: {}, query }, null],
    [
      'p of the query given twice',
      { keyIn: 'influxdb' as const, headers: {}, query: { p: [key, key] } },
      null,
    ],
    ['p that is no key', { keyIn: 'influxdb' as const, headers: {}, query: { p: 'password' } }, null],
    [
      'p that is no key, beside a cookie',
      { keyIn: 'influxdb' as const, headers: { cookie: `ronghe_session=${session}` }, query: { p: 'x' } },
      null,
    ],
    [
      'a wrong header beside a good query',
      { keyIn: 'influxdb' as const, headers: { authorization: 'Basic x' }, query },
      null,
    ],
    [
      'Token with a user at InfluxDB’s addresses',
      { keyIn: 'influxdb' as const, headers: { authorization: `Token me:${key}` } },
      key,
    ],
    [
      'Token with a user nowhere else',
      { keyIn: undefined, headers: { authorization: `Token me:${key}` } },
      null,
    ],
    ['the address', { keyIn: 'path' as const, headers: {}, params: { token: key } }, key],
    ['an address with a session', { keyIn: 'path' as const, headers: {}, params: { token: session } }, null],
    [
      'an address that is wrong beside a good header',
      { keyIn: 'path' as const, headers: { authorization: `Bearer ${key}` }, params: { token: 'x' } },
      null,
    ],
    ['an address nowhere else', { keyIn: undefined, headers: {}, params: { token: key } }, null],
  ])('%s', (_what, request, expected) => {
    expect(shown(request)).toBe(expected);
  });
});

describe('a change by cookie', () => {
  const mark = { 'x-ronghe-csrf': '1' };
  it.each([
    ['reading needs nothing', 'GET', {}, true],
    ['without our header', 'POST', {}, false],
    ['with our header', 'POST', mark, true],
    ['with another value', 'POST', { 'x-ronghe-csrf': 'yes' }, false],
    ['from our own page', 'DELETE', { ...mark, origin: 'http://ronghe.example:8080' }, true],
    ['from another port', 'DELETE', { ...mark, origin: 'http://ronghe.example:9090' }, false],
    ['from another site', 'PATCH', { ...mark, origin: 'https://evil.example' }, false],
    ['from a page without an origin', 'POST', { ...mark, origin: 'null' }, false],
    ['from the public address behind a proxy', 'POST', { ...mark, origin: 'https://public.example' }, true],
    ['our page but not our header', 'POST', { origin: 'http://ronghe.example:8080' }, false],
  ])('%s', (_what, method, headers, allowed) => {
    const request = { method, headers, host: 'ronghe.example:8080' };
    const change = () => demandSameSite(request, 'public.example');
    if (allowed) expect(change).not.toThrow();
    else expect(change).toThrow(expect.objectContaining({ code: 'CSRF_REFUSED' }));
  });

  it('is refused at sign-in too when it comes from another site', () => {
    const request = { headers: { origin: 'https://evil.example' }, host: 'ronghe.example' };
    expect(() => demandOwnOrigin(request, null)).toThrow(expect.objectContaining({ code: 'CSRF_REFUSED' }));
  });
});

describe('the session cookie', () => {
  it('is out of reach of scripts and other sites', () => {
    expect(sessionCookie('t', { maxAgeSeconds: 60, secure: false })).toBe(
      'ronghe_session=t; Path=/; HttpOnly; SameSite=Strict; Max-Age=60',
    );
  });
  it('is sent over https only when people come by https', () => {
    expect(sessionCookie('t', { maxAgeSeconds: 60, secure: true })).toMatch(/; Secure$/);
  });
});

it.each([
  [undefined, 'zh-CN'],
  ['en-GB,en;q=0.9', 'en'],
  ['zh-CN,en;q=0.8', 'zh-CN'],
  ['fr', 'zh-CN'],
])('the language of %s is %s', (header, locale) => {
  expect(requestLocale({ headers: header === undefined ? {} : { 'accept-language': header } })).toBe(locale);
});
