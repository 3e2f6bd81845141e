import type { AddressInfo } from 'node:net';
import type { ApiKey, Me } from '@ronghe/contracts';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCESS_TOKEN_MS, TOKEN_FAILURES_PER_MINUTE_MAX } from '#platform/auth/access-token.service.ts';
import { TOKENS_PER_KEY_MAX } from '#platform/auth/access-token.store.ts';
import type { AuthTables } from '#platform/auth/auth.tables.ts';
import { type AuthBench, type ErrorAnswer, MINUTE_MS, startAuthBench } from '#platform/auth/auth.testing.ts';
import { KEY_CACHE_MS } from '#platform/auth/key-memory.ts';

const DAY_MS = 86_400_000;
const permissions = ['ingest:observation:write', 'platform:organisation:read'];
type Terms = Partial<Pick<ApiKey, 'allowedAddresses' | 'expiresAt'>>;
type Answer = { access_token: string; expires_in: number; scope: string; error: string };

let bench: AuthBench;
let admin: string;
let issuer: URL;
beforeAll(async () => {
  bench = await startAuthBench();
  await bench.auth.bootstrap();
  await bench.addOrganisation('jx.copper');
  admin = await bench.tokenOf('admin');
  await bench.http.listen({ port: 0, host: '127.0.0.1' });
  issuer = new URL(`http://127.0.0.1:${(bench.http.server.address() as AddressInfo).port}`);
});
afterAll(() => bench.stop());

const make = async (terms: Terms = {}) =>
  (await bench.addKey(admin, { organisation: 'jx.copper', permissions, ...terms })).body;
const me = (token: string, from = '10.0.0.1') =>
  bench.call<Me & ErrorAnswer>({ url: '/api/auth/me', token, from });
const change = (method: 'PATCH' | 'POST' | 'DELETE', path: string, body?: unknown) =>
  bench.call<{ key: string }>({ method, url: `/api/auth/keys/${path}`, token: admin, body });

type Asking = { form?: string; headers?: Record<string, string>; from?: string };
const ask = async (
  client: { id: string; secret: string } | null,
  { form = '', headers = {}, from }: Asking = {},
) => {
  const own = client ? `&client_id=${client.id}&client_secret=${client.secret}` : '';
  const answer = await bench.http.inject({
    ...{ method: 'POST', url: '/api/auth/token', remoteAddress: from ?? '10.0.0.1' },
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: `grant_type=client_credentials${own}${form}`,
  });
  return { status: answer.statusCode, body: answer.json<Answer>(), headers: answer.headers };
};
const of = ({ apiKey, key }: { apiKey: ApiKey; key: string }) => ({ id: apiKey.id, secret: key });

describe('a client of OAuth', () => {
  it('finds the door by the metadata and gets a token with either way of showing its secret', async () => {
    const insecure = { [oauth.allowInsecureRequests]: true };
    const discovery = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
    const server = await oauth.processDiscoveryResponse(issuer, discovery);
    const made = await make();
    const client = { client_id: made.apiKey.id };
    for (const auth of [oauth.ClientSecretBasic(made.key), oauth.ClientSecretPost(made.key)]) {
      const parameters = { scope: 'platform:organisation:read' };
      const answer = await oauth.clientCredentialsGrantRequest(server, client, auth, parameters, insecure);
      const token = await oauth.processClientCredentialsResponse(server, client, answer);
      expect(token).toMatchObject({ token_type: 'bearer', expires_in: 900, ...parameters });
      const url = new URL('/api/auth/me', issuer);
      const asked = await oauth.protectedResourceRequest(
        ...([token.access_token, 'GET', url, undefined, undefined, insecure] as const),
      );
      expect(await asked.json()).toMatchObject({
        ...{ kind: 'key', id: made.apiKey.id, organisation: 'jx.copper' },
        permissions: ['platform:organisation:read'],
      });
    }
    const wrong = oauth.ClientSecretBasic(`${made.key.slice(0, -3)}AAA`);
    const refused = await oauth.clientCredentialsGrantRequest(server, client, wrong, {}, insecure);
    expect(refused.headers.get('www-authenticate')).toContain('Basic');
    await expect(oauth.processClientCredentialsResponse(server, client, refused)).rejects.toMatchObject({
      code: oauth.WWW_AUTHENTICATE_CHALLENGE,
    });
  });

  it('is told errors in the words of RFC 6749', async () => {
    const made = await make();
    const other = await make();
    const cases: [Awaited<ReturnType<typeof ask>>, number, string][] = [
      [await ask({ id: other.apiKey.id, secret: made.key }), 401, 'invalid_client'],
      [await ask({ id: made.apiKey.id, secret: 'x' }), 401, 'invalid_client'],
      [await ask({ id: made.apiKey.id, secret: admin }), 401, 'invalid_client'],
      [await ask(null), 401, 'invalid_client'],
      [await ask(of(made), { form: '&scope=platform:audit:read' }), 400, 'invalid_scope'],
      [await ask(of(made), { form: '&grant_type=client_credentials' }), 400, 'invalid_request'],
      [await ask(of(made), { form: `&scope=${'x'.repeat(20_000)}` }), 413, 'invalid_request'],
      [await ask(of(made), { headers: { 'content-type': 'application/json' } }), 415, 'invalid_request'],
      [await ask(of(made), { headers: { authorization: `Bearer ${made.key}` } }), 401, 'invalid_client'],
    ];
    for (const [{ status, body }, ...expected] of cases) expect([status, body.error]).toEqual(expected);
    const { headers } = await ask(of(made));
    expect(headers['cache-control']).toBe('no-store');
  });

  it('is slowed down when it guesses', async () => {
    const from = '10.7.7.7';
    const made = await make();
    for (let n = 0; n < TOKEN_FAILURES_PER_MINUTE_MAX; n += 1)
      await ask({ id: made.apiKey.id, secret: 'guess' }, { from });
    const { status, body } = await ask(of(made), { from });
    expect([status, body.error]).toEqual([429, 'temporarily_unavailable']);
    expect((await ask(of(made))).status).toBe(200);
  });
});

describe('an access token', () => {
  it('lasts a quarter of an hour and is kept as a hash only', async () => {
    const made = await make();
    const { body } = await ask(of(made));
    expect(body).toMatchObject({ expires_in: ACCESS_TOKEN_MS / 1000, scope: permissions.join(' ') });
    const rows = await bench.relational
      .as<AuthTables>()
      .selectFrom('platform.access_token')
      .selectAll()
      .execute();
    expect(JSON.stringify(rows)).not.toContain(body.access_token.slice(3));
    expect((await me(body.access_token)).status).toBe(200);
    bench.pass(ACCESS_TOKEN_MS - 1);
    expect((await me(body.access_token)).status).toBe(200);
    bench.pass(1);
    expect((await me(body.access_token)).status).toBe(401);
  });

  it('gives no other token, and opens doors outside HTTP as its key does', async () => {
    const made = await make();
    const { body } = await ask(of(made));
    expect((await ask({ id: made.apiKey.id, secret: body.access_token })).body.error).toBe('invalid_client');
    expect(await bench.auth.scopeOfKey(body.access_token, '10.0.0.2')).toMatchObject({
      actor: { kind: 'key', id: made.apiKey.id },
    });
    const credentials = { user: made.apiKey.id, password: body.access_token };
    const context = { from: '10.0.0.2', locale: 'en', requestId: 'a' } as const;
    expect((await bench.auth.scopeOfCredentials(credentials, context)).actor.id).toBe(made.apiKey.id);
  });

  it('ends with its key at once, and within five seconds in another process', async () => {
    const made = await make();
    const { access_token: token } = (await ask(of(made))).body;
    const another = bench.anotherAuth();
    expect(await another.scopeOfKey(token, '10.0.0.2')).not.toBeNull();
    expect((await me(token)).status).toBe(200);
    await change('DELETE', made.apiKey.id);
    expect((await me(token)).status).toBe(401);
    bench.pass(KEY_CACHE_MS);
    expect(await another.scopeOfKey(token, '10.0.0.2')).toBeNull();
    expect((await ask(of(made))).body.error).toBe('invalid_client');
  });

  it('loses what its key loses, and is bound to the addresses of the key', async () => {
    const made = await make();
    const { access_token: token } = (await ask(of(made))).body;
    await change('PATCH', made.apiKey.id, { permissions: [permissions[0]], allowedAddresses: ['10.0.0.1'] });
    expect((await me(token)).body.permissions).toEqual([permissions[0]]);
    expect((await me(token, '10.0.0.2')).status).toBe(401);
    expect((await ask(of(made), { from: '10.0.0.2' })).body.error).toBe('invalid_client');
  });

  it('ends when the secret it was given for was thrown away', async () => {
    const made = await make();
    const { access_token: token } = (await ask(of(made))).body;
    await change('POST', `${made.apiKey.id}/rotate`, { graceDays: 0 });
    expect((await me(token)).status).toBe(401);
    expect((await ask(of(made))).body.error).toBe('invalid_client');
  });

  it('does not outlive its key, nor the old secret it was given for', async () => {
    const soon = await make({ expiresAt: new Date(bench.now().getTime() + 5 * MINUTE_MS).toISOString() });
    expect((await ask(of(soon))).body.expires_in).toBe(300);
    const made = await make();
    await change('POST', `${made.apiKey.id}/rotate`, { graceDays: 1 });
    bench.pass(DAY_MS - 2 * MINUTE_MS);
    expect((await ask(of(made))).body.expires_in).toBe(120);
    admin = await bench.tokenOf('admin');
  });

  it('is one of at most a thousand of its key', async () => {
    const made = await make();
    const first = (await ask(of(made))).body.access_token;
    const db = bench.relational.as<AuthTables>();
    const [created_at, expires_at] = [bench.now(), new Date(bench.now().getTime() + MINUTE_MS)];
    await db
      .insertInto('platform.access_token')
      .values(
        Array.from({ length: TOKENS_PER_KEY_MAX - 1 }, (_, n) => ({
          ...{ token_hash: `${made.apiKey.id}-${n}`, api_key: made.apiKey.id },
          ...{ permissions, created_at: new Date(created_at.getTime() + 1 + n), expires_at },
        })),
      )
      .execute();
    bench.pass(2_000);
    await ask(of(made));
    bench.pass(KEY_CACHE_MS);
    expect((await me(first)).status).toBe(401);
    const { count } = await db
      .selectFrom('platform.access_token')
      .where('api_key', '=', made.apiKey.id)
      .select(({ fn }) => fn.countAll<string>().as('count'))
      .executeTakeFirstOrThrow();
    expect(Number(count)).toBe(TOKENS_PER_KEY_MAX);
  });
});
