import type { ApiKey, Me } from '@ronghe/contracts';
import type { KyselyPlugin } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuthTables } from '#platform/auth/auth.tables.ts';
import { type AuthBench, type ErrorAnswer, MINUTE_MS, startAuthBench } from '#platform/auth/auth.testing.ts';
import { KEY_CACHE_MS } from '#platform/auth/key-memory.ts';
import type { Relational } from '#platform/db/relational.ts';
import { signal } from '#platform/jobs/jobs.testing.ts';

let bench: AuthBench;
let admin: string;
const permissions = ['ingest:observation:write', 'platform:organisation:read'];

beforeAll(async () => {
  bench = await startAuthBench();
  await bench.auth.bootstrap();
  await bench.addOrganisation('jx.copper');
  admin = await bench.tokenOf('admin');
});
afterAll(() => bench.stop());

const make = async (more: { expiresAt?: string } = {}) =>
  (await bench.addKey(admin, { organisation: 'jx.copper', permissions, ...more })).body;
const me = (authorization: string) =>
  bench.call<Me & ErrorAnswer>({ url: '/api/auth/me', headers: { authorization } });
const listed = async (id: string) =>
  (await bench.call<{ items: ApiKey[] }>({ url: '/api/auth/keys', token: admin })).body.items.find(
    (key) => key.id === id,
  );
const revoke = (id: string) => bench.call({ method: 'DELETE', url: `/api/auth/keys/${id}`, token: admin });

describe('an API key', () => {
  it('is shown once and kept as SHA-256 only', async () => {
    const { apiKey, key } = await make();
    expect(key).toMatch(/^rk_[0-9a-f]{8}_[A-Za-z0-9_-]{43}$/);
    expect(key.startsWith(`${apiKey.prefix}_`)).toBe(true);
    const secret = key.slice(-43);
    const rows = await bench.relational.as<AuthTables>().selectFrom('platform.api_key').selectAll().execute();
    const log = await bench.audit.list(bench.scope, { limit: 100 });
    expect(JSON.stringify([rows, log, await listed(apiKey.id)])).not.toContain(secret);
    expect(log.items[0]).toMatchObject({ action: 'platform:key:create', target: `key:${apiKey.prefix}` });
  });

  it('opens the door as Bearer, Token and Basic, for its organisation and its rights only', async () => {
    const { apiKey, key } = await make();
    const basic = Buffer.from(`telegraf:${key}`).toString('base64');
    for (const authorization of [`Bearer ${key}`, `Token ${key}`, `Basic ${basic}`]) {
      const { status, body } = await me(authorization);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        kind: 'key',
        id: apiKey.id,
        organisation: 'jx.copper',
        roles: [],
        permissions,
      });
    }
    const users = await bench.call({ url: '/api/auth/users', headers: { authorization: `Bearer ${key}` } });
    expect([users.status, users.body.error.code]).toEqual([403, 'PERMISSION_MISSING']);
  });

  it('needs no mark against other sites, because no browser sends it by itself', async () => {
    const answer = await bench.call({
      method: 'POST',
      url: '/api/auth/logout',
      headers: { authorization: `Bearer ${(await make()).key}`, origin: 'https://evil.example' },
    });
    expect(answer.status).toBe(204);
  });

  it('with one character changed opens nothing', async () => {
    const { key } = await make();
    const last = key.endsWith('A') ? 'B' : 'A';
    expect((await me(`Bearer ${key.slice(0, -1)}${last}`)).body.error.code).toBe('LOGIN_REQUIRED');
  });

  it('does not change a password', async () => {
    const answer = await bench.call({
      method: 'POST',
      url: '/api/auth/password',
      headers: { authorization: `Bearer ${(await make()).key}` },
      body: { current: 'x', next: 'another-horse-battery' },
    });
    expect([answer.status, answer.body.error.code]).toEqual([401, 'LOGIN_REQUIRED']);
  });

  it('ends at its time, also while it is remembered', async () => {
    const expiresAt = new Date(bench.now().getTime() + 2_000).toISOString();
    const { key } = await make({ expiresAt });
    expect((await me(`Bearer ${key}`)).status).toBe(200);
    bench.pass(2_000);
    expect((await me(`Bearer ${key}`)).status).toBe(401);
  });

  it('cannot be made to end in the past', async () => {
    const { status, body } = await bench.addKey(admin, {
      organisation: 'jx.copper',
      permissions,
      expiresAt: bench.now().toISOString(),
    });
    expect([status, body.error.code]).toEqual([400, 'REQUEST_INVALID']);
  });

  it('ends at once when it is revoked, and within five seconds in another process', async () => {
    const { apiKey, key } = await make();
    const another = bench.anotherAuth();
    expect(await another.scopeOfKey(key, '10.0.0.2')).toMatchObject({ organisation: 'jx.copper' });
    expect((await me(`Bearer ${key}`)).status).toBe(200);
    expect((await revoke(apiKey.id)).status).toBe(204);
    expect((await me(`Bearer ${key}`)).status).toBe(401);
    expect(KEY_CACHE_MS).toBeLessThanOrEqual(5_000);
    bench.pass(KEY_CACHE_MS);
    expect(await another.scopeOfKey(key, '10.0.0.2')).toBeNull();
    expect((await listed(apiKey.id))?.revokedAt).not.toBeNull();
    expect((await revoke(apiKey.id)).status).toBe(204);
  });

  it('whose row is still on its way when it is revoked is not remembered', async () => {
    const { apiKey, key } = await make();
    const [read, go] = [signal(), signal()];
    const auth = bench.anotherAuth(slowed(bench.relational, { read, go }));
    const early = auth.scopeOfKey(key, '10.0.0.2');
    await read.heard;
    await auth.revokeKey(bench.scope, apiKey.id);
    go.give();
    await early;
    expect(await auth.scopeOfKey(key, '10.0.0.2')).toBeNull();
  });

  it('costs no query while it is remembered', async () => {
    const { apiKey, key } = await make();
    const auth = bench.anotherAuth();
    expect(await auth.scopeOfKey(key, '10.0.0.2')).not.toBeNull();
    const db = bench.relational.as<AuthTables>();
    await db.deleteFrom('platform.api_key').where('id', '=', apiKey.id).execute();
    bench.pass(KEY_CACHE_MS - 1);
    expect(await auth.scopeOfKey(key, '10.0.0.2')).not.toBeNull();
    bench.pass(1);
    expect(await auth.scopeOfKey(key, '10.0.0.2')).toBeNull();
  });

  it('notes its use at most once a minute', async () => {
    const { apiKey, key } = await make();
    await me(`Bearer ${key}`);
    const first = (await listed(apiKey.id))?.lastUsedAt;
    expect(first).toBe(bench.now().toISOString());
    bench.pass(MINUTE_MS - 1);
    await me(`Bearer ${key}`);
    expect((await listed(apiKey.id))?.lastUsedAt).toBe(first);
    bench.pass(1);
    await me(`Bearer ${key}`);
    expect((await listed(apiKey.id))?.lastUsedAt).toBe(bench.now().toISOString());
  });

  it('outside HTTP is null when it has no shape of a key', async () => {
    for (const text of ['', 'rk_', "rk_' or 1=1 --", admin])
      expect(await bench.auth.scopeOfKey(text, 'mqtt')).toBeNull();
  });
});

type Signal = ReturnType<typeof signal>;

/** The same database behind a slow line: rows found by their secret arrive only when `go` is given. */
function slowed(relational: Relational, { read, go }: { read: Signal; go: Signal }): Relational {
  const bySecret = new WeakSet<object>();
  const line: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      if (node.kind === 'SelectQueryNode' && JSON.stringify(node.where ?? '').includes('secret_hash'))
        bySecret.add(queryId);
      return node;
    },
    async transformResult({ result, queryId }) {
      if (bySecret.has(queryId)) {
        read.give();
        await go.heard;
      }
      return result;
    },
  };
  return { ...relational, as: <Tables>() => relational.as<Tables>().withPlugin(line) };
}
