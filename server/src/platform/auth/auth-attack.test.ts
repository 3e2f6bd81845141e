import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuthBench, PASSWORD, startAuthBench } from '#platform/auth/auth.testing.ts';

const MARK = '绝密标记';
let bench: AuthBench;
let root: string;
/** administrator of jx.steel, who attacks jx.copper */
let attacker: string;
/** a key with every right but those of keys, users and organisations */
let weak: string;
const ids: Record<string, string> = {};

beforeAll(async () => {
  bench = await startAuthBench();
  await bench.auth.bootstrap();
  for (const path of ['jx.copper', 'jx.steel']) await bench.addOrganisation(path);
  root = await bench.tokenOf('admin');
  ids.user = (await bench.addUser('victim', 'jx.copper', ['officer'])).id;
  await bench.addUser('attacker', 'jx.steel', ['administrator']);
  attacker = await bench.tokenOf('attacker');
  const key = await bench.addKey(root, {
    ...{ organisation: 'jx.copper', permissions: ['ingest:observation:write'], name: MARK },
    ...{ application: MARK, description: MARK, allowedAddresses: ['10.66.0.1'] },
  });
  ids.key = key.body.apiKey.id;
  weak = (await bench.addKey(root, { organisation: 'jx', permissions: ['ingest:observation:write'] })).body
    .key;
});
afterAll(() => bench.stop());

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
const newUser = (organisation: string, roles: string[]) => ({
  ...{ username: 'spy', title: 'spy', password: PASSWORD, organisation, roles },
});
/** Every route that names something of an organisation, with what a foreigner sends. */
const ROUTES: readonly [method: Method, path: string, body?: () => unknown][] = [
  [
    'POST',
    '/api/auth/organisations',
    () => ({ path: 'jx.copper.x', kind: 'enterprise', name: 'x', division: null, code: null }),
  ],
  ['POST', '/api/auth/users', () => newUser('jx.copper', ['officer'])],
  ['PATCH', '/api/auth/users/{user}', () => ({ password: 'a-password-of-mine' })],
  ['PATCH', '/api/auth/users/{user}', () => ({ disabled: true })],
  [
    'POST',
    '/api/auth/keys',
    () => ({ name: 'x', organisation: 'jx.copper', permissions: ['ingest:observation:read'] }),
  ],
  ['PATCH', '/api/auth/keys/{key}', () => ({ allowedAddresses: [] })],
  [
    'PATCH',
    '/api/auth/keys/{key}',
    () => ({ name: 'mine', expiresAt: null, permissions: ['ingest:observation:write'] }),
  ],
  ['POST', '/api/auth/keys/{key}/rotate', () => ({ graceDays: 0 })],
  ['DELETE', '/api/auth/keys/{key}'],
];
const LISTS = ['/api/auth/organisations', '/api/auth/users', '/api/auth/keys', '/api/audit/entries'];
/** Of the installation, not of one organisation: asked for the root (tenancy.routes.test.ts). */
const INSTALLATION = ['GET /api/auth/roles', 'POST /api/auth/roles', 'GET /api/audit/verify'];
/** Of the caller alone. */
const OWN = ['POST /api/auth/logout', 'GET /api/auth/me', 'POST /api/auth/password'];
/** Open to everybody, each with what stands in its own tests. */
const OPEN = [
  'POST /api/auth/login',
  'POST /api/auth/token',
  'GET /api/auth/oidc',
  'GET /api/auth/oidc/start',
  'GET /api/auth/oidc/callback',
];

const fill = (path: string) => path.replace(/\{(\w+)\}/g, (_all, name: string) => ids[name] ?? '');
async function state(): Promise<unknown> {
  const db = bench.relational.as<Record<string, Record<string, unknown>>>();
  const tables = ['organisation', 'user', 'user_role', 'role', 'api_key', 'access_token', 'user_identity'];
  return Promise.all(
    tables.map(
      async (table) =>
        (await sql`select * from ${sql.table(`platform.${table}`)} t order by t::text`.execute(db)).rows,
    ),
  );
}
const described = async (): Promise<
  [string, string, { 'x-permission'?: string; security?: unknown[] }][]
> => {
  const { paths } = (await bench.http.inject({ url: '/openapi.json' })).json<{
    paths: Record<string, Record<string, { 'x-permission'?: string; security?: unknown[] }>>;
  }>();
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, route]) => [method.toUpperCase(), path, route] as [string, string, typeof route],
    ),
  );
};

describe('somebody with every right in another organisation', () => {
  it.each(ROUTES)('%s %s changes and learns nothing', async (method, path, body) => {
    const before = await state();
    const sent = body?.();
    const answer = await bench.call({ method, url: fill(path), token: attacker, body: sent });
    expect([answer.status, answer.body.error.code]).toEqual([404, 'NOT_FOUND']);
    expect(JSON.stringify(answer.body)).not.toContain(MARK);
    expect(await state()).toEqual(before);
  });

  it.each(LISTS)('%s holds nothing of others', async (url) => {
    const { status, body } = await bench.call({ url, token: attacker });
    expect(status).toBe(200);
    for (const secret of [MARK, ids.user, ids.key, 'jx.copper'])
      expect(JSON.stringify(body)).not.toContain(secret);
  });
});

describe('every route of sign-in', () => {
  const shape = (path: string) => path.replace(/\{\w+\}/g, '*');
  const isOurs = (path: string) => path.startsWith('/api/auth/') || path.startsWith('/api/audit/');

  it('stands in a list above', async () => {
    const known = new Set([
      ...ROUTES.map(([method, path]) => `${method} ${shape(path)}`),
      ...LISTS.map((path) => `GET ${path}`),
      ...[...INSTALLATION, ...OWN, ...OPEN],
    ]);
    const routes = (await described()).filter(([, path]) => isOurs(path));
    expect(routes.length).toBeGreaterThan(15);
    expect(
      routes.map(([method, path]) => `${method} ${shape(path)}`).filter((one) => !known.has(one)),
    ).toEqual([]);
  });

  it('is closed to nobody and to a key without the right, but for those open to everybody', async () => {
    const nobody = `rk_00000000_${'A'.repeat(43)}`;
    for (const [method, path, { 'x-permission': permission, security }] of await described()) {
      if (!isOurs(path)) continue;
      const route = `${method} ${path}`;
      expect(security?.length === 0, route).toBe(OPEN.includes(route));
      if (OPEN.includes(route)) continue;
      const url = path.replace(/\{\w+\}/g, ids.key ?? '');
      const ask = async (token?: string) =>
        (await bench.call({ method: method as Method, url, body: {}, ...(token ? { token } : {}) })).status;
      expect([await ask(), await ask(nobody), await ask(`rt_${'A'.repeat(43)}`)], route).toEqual([
        401, 401, 401,
      ]);
      if (permission) expect(await ask(weak), route).toBe(403);
    }
  });
});
