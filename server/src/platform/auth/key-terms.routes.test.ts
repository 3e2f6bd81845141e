import type { ApiKey, AuditEntry, Me, Page, User } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type AuthBench,
  type ErrorAnswer,
  MINUTE_MS,
  PASSWORD,
  startAuthBench,
} from '#platform/auth/auth.testing.ts';
import { KEY_CACHE_MS, REFUSAL_EVERY_MS } from '#platform/auth/key-memory.ts';

const DAY_MS = 86_400_000;
const permissions = ['ingest:observation:write', 'platform:organisation:read'];
type WithKey = { apiKey: ApiKey; key: string } & ErrorAnswer;
type Terms = Partial<Pick<ApiKey, 'description' | 'application' | 'allowedAddresses' | 'expiresAt' | 'name'>>;

let bench: AuthBench;
let admin: string;
beforeAll(async () => {
  bench = await startAuthBench();
  await bench.auth.bootstrap();
  for (const path of ['jx.copper', 'jx.steel']) await bench.addOrganisation(path);
  admin = await bench.tokenOf('admin');
});
afterAll(() => bench.stop());

const make = async (terms: Terms & { permissions?: string[] } = {}) =>
  (await bench.addKey(admin, { organisation: 'jx.copper', permissions, ...terms })).body;
const me = (key: string, from = '10.0.0.1') =>
  bench.call<Me & ErrorAnswer>({ url: '/api/auth/me', token: key, from });
const patch = (id: string, body: unknown, token = admin) =>
  bench.call<ApiKey & ErrorAnswer>({ method: 'PATCH', url: `/api/auth/keys/${id}`, token, body });
const rotate = (id: string, body: unknown = {}, token = admin) =>
  bench.call<WithKey>({ method: 'POST', url: `/api/auth/keys/${id}/rotate`, token, body });
const listed = async (id: string) =>
  (await bench.call<{ items: ApiKey[] }>({ url: '/api/auth/keys', token: admin })).body.items.find(
    (key) => key.id === id,
  );
const entries = async (action: string, prefix: string) =>
  (
    await bench.call<Page<AuditEntry>>({ url: '/api/audit/entries?limit=500', token: admin })
  ).body.items.filter((entry) => entry.action === action && entry.target === `key:${prefix}`);
/** Lets time pass in which the administrator's session ends. */
const pass = async (ms: number) => {
  bench.pass(ms);
  admin = await bench.tokenOf('admin');
};
const codeOf = ({ status, body }: { status: number; body: ErrorAnswer }) => [status, body.error?.code];

describe('the addresses of a key', () => {
  it('are asked at every door, and elsewhere the answer is that to a wrong key', async () => {
    const { key } = await make({ allowedAddresses: ['10.0.0.0/24', '2001:DB8::1'] });
    for (const from of ['10.0.0.7', '::ffff:10.0.0.7', '2001:db8::1']) {
      expect((await me(key, from)).status).toBe(200);
      expect(await bench.auth.scopeOfKey(key, from)).not.toBeNull();
    }
    const wrong = await me(`${key.slice(0, -4)}AAAA`, '10.0.1.7');
    for (const from of ['10.0.1.7', '2001:db8::2', 'unknown']) {
      const { status, body } = await me(key, from);
      const { requestId: _one, ...error } = body.error as Record<string, unknown>;
      const { requestId: _other, ...wrongError } = wrong.body.error as Record<string, unknown>;
      expect([status, error]).toEqual([wrong.status, wrongError]);
      expect(await bench.auth.scopeOfKey(key, from)).toBeNull();
    }
  });

  it('are asked of who comes with name and password by another protocol, with the answer to a wrong key', async () => {
    const { apiKey, key } = await make({ allowedAddresses: ['10.0.0.7'] });
    const ask = (password: string, from: string) =>
      bench.auth.scopeOfCredentials({ user: apiKey.id, password }, { from, locale: 'en', requestId: 'a' });
    expect((await ask(key, '10.0.0.7')).actor.id).toBe(apiKey.id);
    const wrong = `${key.slice(0, -4)}AAAA`;
    for (const [password, from] of [
      [key, '10.0.0.8'],
      [wrong, '10.0.0.7'],
    ] as const)
      await expect(ask(password, from)).rejects.toMatchObject({ code: 'LOGIN_FAILED' });
  });

  it('leave a trace when they are not kept to, once a minute and not more', async () => {
    const { apiKey, key } = await make({ allowedAddresses: ['10.0.0.9'] });
    for (const from of ['10.6.6.6', '10.6.6.7', '10.6.6.6']) await me(key, from);
    const told = () => entries('platform:key:refuse', apiKey.prefix);
    const first = await vi.waitUntil(async () => ((await told()).length > 0 ? told() : null));
    expect(first).toMatchObject([
      { organisation: 'jx.copper', from: '10.6.6.6', after: { reason: 'address', from: '10.6.6.6' } },
    ]);
    bench.pass(REFUSAL_EVERY_MS);
    await me(key, '10.6.6.8');
    await vi.waitUntil(async () => (await told()).length === 2);
    expect((await listed(apiKey.id))?.lastUsedAt).toBeNull();
  });

  it('must be addresses', async () => {
    for (const entry of ['10.0.0.0/33', 'example.com', '10.0.0', '', '10.0.0.1/', 'fe80::1%eth0', '::/129']) {
      const answer = await bench.addKey(admin, {
        ...{ organisation: 'jx.copper', permissions },
        allowedAddresses: [entry],
      });
      expect(codeOf(answer), entry).toEqual([400, 'REQUEST_INVALID']);
    }
  });

  it('are those a trusted proxy tells, and nothing that stands before them', async () => {
    const { key } = await make({ allowedAddresses: ['203.0.113.5'] });
    for (const trustProxy of [true, ['10.0.0.0/8']]) {
      const http = await bench.frontOf({ trustProxy });
      const asked = async (forwarded: string, remoteAddress = '10.0.0.1') => {
        const headers = { authorization: `Bearer ${key}`, 'x-forwarded-for': forwarded };
        return (await http.inject({ url: '/api/auth/me', remoteAddress, headers })).statusCode;
      };
      expect(await asked('203.0.113.5')).toBe(200);
      expect(await asked('198.51.100.1, 203.0.113.5')).toBe(200);
      expect(await asked('203.0.113.5, 198.51.100.1')).toBe(401);
      if (trustProxy !== true) {
        expect(await asked('203.0.113.5', '192.0.2.1')).toBe(401);
        expect(await asked('203.0.113.5, 10.0.0.2')).toBe(200);
      }
      await http.close();
    }
  });

  it('are those of the socket when no proxy is trusted', async () => {
    const { key } = await make({ allowedAddresses: ['203.0.113.5'] });
    const headers = { 'x-forwarded-for': '203.0.113.5', forwarded: 'for=203.0.113.5' };
    expect((await bench.call({ url: '/api/auth/me', token: key, headers })).status).toBe(401);
  });
});

describe('a change of a key', () => {
  it('is what is asked for and nothing else, and counts at once', async () => {
    const { apiKey, key } = await make({ description: '原说明', application: 'MES' });
    expect((await me(key, '10.9.9.9')).status).toBe(200);
    const expiresAt = new Date(bench.now().getTime() + DAY_MS).toISOString();
    const { status, body } = await patch(apiKey.id, {
      ...{ name: '新名', allowedAddresses: ['10.0.0.1'], expiresAt },
    });
    expect(status).toBe(200);
    const {
      lastUsedAt: _at,
      lastUsedFrom: _from,
      ...expected
    } = {
      ...{ ...apiKey, name: '新名', allowedAddresses: ['10.0.0.1'], expiresAt },
    };
    expect(body).toMatchObject(expected);
    expect(await listed(apiKey.id)).toMatchObject({ ...expected, lastUsedFrom: '10.9.9.9' });
    expect([(await me(key, '10.9.9.9')).status, (await me(key)).status]).toEqual([401, 200]);
    expect(await entries('platform:key:change', apiKey.prefix)).toMatchObject([
      { before: { name: 'a key', application: 'MES' }, after: { name: '新名', application: 'MES' } },
    ]);
    expect(
      (await patch(apiKey.id, { application: null, description: '', expiresAt: null })).body,
    ).toMatchObject({
      ...{ application: null, description: '', expiresAt: null },
    });
  });

  it('may take permissions away and never gives one', async () => {
    const { apiKey, key } = await make();
    expect((await me(key)).body.permissions).toEqual(permissions);
    const more = await patch(apiKey.id, { permissions: [...permissions, 'platform:audit:read'] });
    expect(codeOf(more)).toEqual([403, 'KEY_TERMS_WIDER']);
    expect((await patch(apiKey.id, { permissions: [permissions[0]] })).status).toBe(200);
    expect((await me(key)).body.permissions).toEqual([permissions[0]]);
    expect(codeOf(await patch(apiKey.id, { permissions }))).toEqual([403, 'KEY_TERMS_WIDER']);
  });

  it('refuses fields that are not for changing', async () => {
    const { apiKey } = await make();
    for (const body of [
      { organisation: 'jx' },
      { prefix: 'rk_00000000' },
      { createdBy: 'x' },
      { revokedAt: null },
      { expiresAt: bench.now().toISOString() },
      { permissions: [] },
      { application: ' ' },
    ])
      expect(codeOf(await patch(apiKey.id, body)), JSON.stringify(body)).toEqual([400, 'REQUEST_INVALID']);
  });

  it('is not made to a key of others, nor to one that was revoked', async () => {
    const { apiKey } = await make();
    await bench.addUser('steel-keys', 'jx.steel', ['administrator']);
    const steel = await bench.tokenOf('steel-keys');
    for (const answer of [await patch(apiKey.id, { name: 'x' }, steel), await rotate(apiKey.id, {}, steel)])
      expect(codeOf(answer)).toEqual([404, 'NOT_FOUND']);
    await bench.call({ method: 'DELETE', url: `/api/auth/keys/${apiKey.id}`, token: admin });
    for (const answer of [await patch(apiKey.id, { name: 'x' }), await rotate(apiKey.id)])
      expect(codeOf(answer)).toEqual([409, 'KEY_REVOKED']);
  });

  it('needs all rights of the key, and so does renewing it', async () => {
    const role = {
      ...{ key: 'key-clerk', name: { zh: '密钥员', en: 'Key clerk' } },
      permissions: ['platform:key:read', 'platform:key:write', 'platform:organisation:read'],
    };
    await bench.call({ method: 'POST', url: '/api/auth/roles', token: admin, body: role });
    await bench.call<User>({
      ...{ method: 'POST', url: '/api/auth/users', token: admin },
      body: {
        ...{ username: 'clerk', title: 'clerk', password: PASSWORD },
        ...{ organisation: 'jx.copper', roles: ['key-clerk'] },
      },
    });
    const clerk = await bench.tokenOf('clerk');
    const { apiKey } = await make();
    for (const answer of [await patch(apiKey.id, { name: 'x' }, clerk), await rotate(apiKey.id, {}, clerk)])
      expect(codeOf(answer)).toEqual([403, 'ROLE_TOO_STRONG']);
    const weak = await make({ permissions: ['platform:organisation:read'] });
    expect((await rotate(weak.apiKey.id, {}, clerk)).status).toBe(200);
  });
});

describe('a key that makes keys', () => {
  it('stays within its own addresses and its own end', async () => {
    const expiresAt = new Date(bench.now().getTime() + DAY_MS).toISOString();
    const rights = ['platform:key:read', 'platform:key:write'];
    const maker = await make({ permissions: rights, allowedAddresses: ['10.0.0.0/24'], expiresAt });
    const tried = async (terms: Terms) =>
      codeOf(await bench.addKey(maker.key, { organisation: 'jx.copper', permissions: rights, ...terms }));
    const wider = [403, 'KEY_TERMS_WIDER'];
    expect(await tried({})).toEqual(wider);
    expect(await tried({ expiresAt })).toEqual(wider);
    expect(await tried({ allowedAddresses: ['10.0.0.0/24'] })).toEqual(wider);
    expect(await tried({ allowedAddresses: ['10.0.0.0/8'], expiresAt })).toEqual(wider);
    expect(await tried({ allowedAddresses: ['10.0.1.1'], expiresAt })).toEqual(wider);
    expect(await tried({ allowedAddresses: ['10.0.0.9'], expiresAt })).toEqual([201, undefined]);
    expect(codeOf(await patch(maker.apiKey.id, { allowedAddresses: [] }, maker.key))).toEqual(wider);
    const open = await make({ permissions: rights });
    expect(codeOf(await rotate(open.apiKey.id, {}, maker.key))).toEqual(wider);
    expect((await rotate(maker.apiKey.id, {}, maker.key)).status).toBe(200);
  });
});

describe('a new secret', () => {
  it('works at once; the one until now works for the days of grace, and is seen to be used', async () => {
    const { apiKey, key } = await make();
    const answer = await rotate(apiKey.id, { graceDays: 2 });
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    const next = answer.body.key;
    expect(next).not.toBe(key);
    const until = new Date(bench.now().getTime() + 2 * DAY_MS).toISOString();
    expect(answer.body.apiKey).toMatchObject({
      ...{ id: apiKey.id, rotatedAt: bench.now().toISOString(), permissions },
      previous: { prefix: apiKey.prefix, until, lastUsedAt: null },
    });
    expect(next.startsWith(`${answer.body.apiKey.prefix}_`)).toBe(true);
    bench.pass(MINUTE_MS);
    for (const secret of [key, next]) expect((await me(secret)).body.id).toBe(apiKey.id);
    expect((await listed(apiKey.id))?.previous?.lastUsedAt).toBe(bench.now().toISOString());
    await pass(2 * DAY_MS - MINUTE_MS - 1);
    expect((await me(key)).status).toBe(200);
    bench.pass(1);
    expect([(await me(key)).status, (await me(next)).status]).toEqual([401, 200]);
    const log = await entries('platform:key:rotate', apiKey.prefix);
    expect(log).toHaveLength(1);
    const shown = JSON.stringify([log, await listed(apiKey.id)]);
    for (const secret of [key, next]) expect(shown).not.toContain(secret.slice(-43));
  });

  it('without grace ends the one until now at once, and within five seconds in another process', async () => {
    const { apiKey, key } = await make();
    const another = bench.anotherAuth();
    expect(await another.scopeOfKey(key, '10.0.0.2')).not.toBeNull();
    expect((await me(key)).status).toBe(200);
    const { key: next } = (await rotate(apiKey.id, { graceDays: 0 })).body;
    expect([(await me(key)).status, (await me(next)).status]).toEqual([401, 200]);
    bench.pass(KEY_CACHE_MS);
    expect(await another.scopeOfKey(key, '10.0.0.2')).toBeNull();
    expect((await listed(apiKey.id))?.previous).toBeNull();
  });

  it('twice ends the first: two secrets work and never three', async () => {
    const { apiKey, key } = await make();
    const second = (await rotate(apiKey.id)).body.key;
    const third = (await rotate(apiKey.id)).body.key;
    const statuses = [];
    for (const secret of [key, second, third]) statuses.push((await me(secret)).status);
    expect(statuses).toEqual([401, 200, 200]);
  });

  it('does not outlive the key, and keeps its addresses', async () => {
    const expiresAt = new Date(bench.now().getTime() + DAY_MS).toISOString();
    const { apiKey, key } = await make({ expiresAt, allowedAddresses: ['10.0.0.1'] });
    const { key: next } = (await rotate(apiKey.id, { graceDays: 7 })).body;
    expect((await me(next, '10.0.0.2')).status).toBe(401);
    await pass(DAY_MS);
    expect([(await me(key)).status, (await me(next)).status]).toEqual([401, 401]);
  });

  it('has a grace of at most seven days', async () => {
    const { apiKey } = await make();
    for (const graceDays of [-1, 7.5, '1', null])
      expect(codeOf(await rotate(apiKey.id, { graceDays }))).toEqual([400, 'REQUEST_INVALID']);
  });
});
