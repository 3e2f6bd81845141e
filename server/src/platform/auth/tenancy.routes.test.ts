import type { ApiKey, AuditEntry, Organisation, Page, Role, User } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuthBench, type ErrorAnswer, PASSWORD, startAuthBench } from '#platform/auth/auth.testing.ts';

let bench: AuthBench;
let root: string;
/** administrator of jx.copper */
let copper: string;
let copperAdmin: User;
let steelUser: User;
let steelKey: string;
const NOBODY = '00000000-0000-4000-8000-00000000dead';

beforeAll(async () => {
  bench = await startAuthBench();
  await bench.auth.bootstrap();
  // `jx.copper-east` begins with the same letters as `jx.copper` and is another organisation all the same.
  for (const path of ['jx.copper', 'jx.copper.smelter', 'jx.copper-east', 'jx.steel'])
    await bench.addOrganisation(path);
  copperAdmin = await bench.addUser('copper-admin', 'jx.copper', ['administrator']);
  steelUser = await bench.addUser('steel-admin', 'jx.steel', ['administrator']);
  await bench.addUser('east-admin', 'jx.copper-east', ['administrator']);
  root = await bench.tokenOf('admin');
  copper = await bench.tokenOf('copper-admin');
  const key = await bench.addKey(root, {
    organisation: 'jx.steel',
    permissions: ['ingest:observation:write'],
  });
  steelKey = key.body.apiKey.id;
});
afterAll(() => bench.stop());

const codeOf = ({ status, body }: { status: number; body: unknown }) => [
  status,
  (body as ErrorAnswer).error?.code,
];
const post = (url: string, token: string, body: object) =>
  bench.call<ErrorAnswer>({ method: 'POST', url: `/api/auth/${url}`, token, body });
const patchUser = (id: string, token: string, body: object) =>
  bench.call<User & ErrorAnswer>({ method: 'PATCH', url: `/api/auth/users/${id}`, token, body });
const newUser = (username: string, organisation: string, roles: string[]) => ({
  username,
  title: username,
  password: PASSWORD,
  organisation,
  roles,
});
const newOrganisation = (path: string) => ({
  path,
  kind: 'enterprise',
  name: path,
  division: null,
  code: null,
});

describe('an administrator of one organisation', () => {
  it('sees their own tree and nothing beside or above it', async () => {
    const paths = await bench.call<{ items: Organisation[] }>({
      url: '/api/auth/organisations',
      token: copper,
    });
    expect(paths.body.items.map(({ path }) => path)).toEqual(['jx.copper', 'jx.copper.smelter']);
    const users = await bench.call<{ items: User[] }>({ url: '/api/auth/users', token: copper });
    expect(users.body.items.map(({ username }) => username)).toEqual(['copper-admin']);
    const keys = await bench.call<{ items: ApiKey[] }>({ url: '/api/auth/keys', token: copper });
    expect(keys.body.items).toEqual([]);
    const log = await bench.call<Page<AuditEntry>>({ url: '/api/audit/entries?limit=500', token: copper });
    expect(new Set(log.body.items.map(({ organisation }) => organisation))).toEqual(
      new Set(['jx.copper', 'jx.copper.smelter']),
    );
    expect(log.body.total).toBe(log.body.items.length);
  });

  it('gets the same answer for what belongs to others as for what does not exist', async () => {
    const url = (id: string) => `/api/auth/keys/${id}`;
    for (const id of [steelUser.id, NOBODY])
      expect(codeOf(await patchUser(id, copper, { title: 'x' }))).toEqual([404, 'NOT_FOUND']);
    for (const id of [steelKey, NOBODY])
      expect(codeOf(await bench.call({ method: 'DELETE', url: url(id), token: copper }))).toEqual([
        404,
        'NOT_FOUND',
      ]);
    for (const path of ['jx.steel', 'jx.copper-east', 'jx', 'jx.none', 'other']) {
      const user = await post('users', copper, newUser('spy', path, ['officer']));
      const key = await post('keys', copper, {
        name: 'spy',
        organisation: path,
        permissions: ['ingest:observation:read'],
      });
      const organisation = await post('organisations', copper, newOrganisation(`${path}.new`));
      expect([user, key, organisation].map(codeOf)).toEqual(Array(3).fill([404, 'NOT_FOUND']));
    }
    expect(
      (await bench.call<{ items: ApiKey[] }>({ url: '/api/auth/keys', token: root })).body.items[0]
        ?.revokedAt,
    ).toBeNull();
  });

  it('cannot make a second root', async () => {
    for (const path of ['copper', 'jx'])
      expect(codeOf(await post('organisations', root, newOrganisation(path)))).toEqual([404, 'NOT_FOUND']);
  });

  it('adds an organisation, a user and a key below their own', async () => {
    expect((await post('organisations', copper, newOrganisation('jx.copper.mine'))).status).toBe(201);
    expect(codeOf(await post('organisations', copper, newOrganisation('jx.copper.mine')))).toEqual([
      409,
      'CONFLICT',
    ]);
    expect((await post('users', copper, newUser('miner', 'jx.copper.mine', ['plant-engineer']))).status).toBe(
      201,
    );
    expect(codeOf(await post('users', copper, newUser('miner', 'jx.copper', ['officer'])))).toEqual([
      409,
      'CONFLICT',
    ]);
    const key = { organisation: 'jx.copper.mine', permissions: ['ingest:observation:write'] };
    expect((await bench.addKey(copper, key)).status).toBe(201);
  });

  it('does not verify the log of the whole installation', async () => {
    const answer = await bench.call({ url: '/api/audit/verify', token: copper });
    expect(codeOf(answer)).toEqual([403, 'ROOT_REQUIRED']);
  });
});

describe('nobody gives more than they have', () => {
  /** May manage users and keys, and little else. */
  let clerk: string;
  let clerkId: string;

  beforeAll(async () => {
    const role = {
      key: 'clerk',
      name: { zh: '文员', en: 'Clerk' },
      permissions: [
        'platform:user:read',
        'platform:user:write',
        'platform:key:write',
        'platform:organisation:read',
      ],
    };
    expect(
      (await bench.call<Role>({ method: 'POST', url: '/api/auth/roles', token: root, body: role })).body,
    ).toEqual({
      ...role,
      builtIn: false,
    });
    const made = await bench.call<User>({
      method: 'POST',
      url: '/api/auth/users',
      token: root,
      body: newUser('clerk', 'jx.copper', ['clerk']),
    });
    clerkId = made.body.id;
    clerk = await bench.tokenOf('clerk');
  });

  it('by a new user with a stronger role', async () => {
    const answer = await post('users', clerk, newUser('puppet', 'jx.copper', ['administrator']));
    expect(codeOf(answer)).toEqual([403, 'ROLE_TOO_STRONG']);
  });

  it('by giving themselves a stronger role', async () => {
    const answer = await patchUser(clerkId, clerk, { roles: ['clerk', 'administrator'] });
    expect(codeOf(answer)).toEqual([403, 'ROLE_TOO_STRONG']);
  });

  it('by taking over a stronger user through a new password', async () => {
    for (const body of [
      { password: 'clerk-knows-this-one' },
      { unlock: true },
      { disabled: true },
      { roles: ['clerk'] },
    ])
      expect(codeOf(await patchUser(copperAdmin.id, clerk, body))).toEqual([403, 'ROLE_TOO_STRONG']);
    expect((await bench.login('copper-admin')).status).toBe(200);
  });

  it('by a key with stronger rights', async () => {
    const key = { organisation: 'jx.copper', permissions: ['platform:user:read', 'platform:audit:read'] };
    expect(codeOf(await bench.addKey(clerk, key))).toEqual([403, 'ROLE_TOO_STRONG']);
    expect((await bench.addKey(clerk, { ...key, permissions: ['platform:user:read'] })).status).toBe(201);
  });

  it('by a role of their own', async () => {
    const role = { key: 'mine', name: { zh: '我', en: 'Mine' }, permissions: ['platform:audit:read'] };
    expect(codeOf(await post('roles', clerk, role))).toEqual([403, 'ROOT_REQUIRED']);
    expect(codeOf(await post('roles', root, { ...role, key: 'administrator' }))).toEqual([409, 'CONFLICT']);
  });

  it('by a role that does not exist', async () => {
    for (const role of ['none', 'constructor', '__proto__'])
      expect(codeOf(await post('users', root, newUser('ghost', 'jx.copper', [role])))).toEqual([
        404,
        'NOT_FOUND',
      ]);
  });

  it('and who may give a role gives it', async () => {
    expect((await post('users', clerk, newUser('junior', 'jx.copper', ['clerk']))).status).toBe(201);
  });

  it('without the right to manage users none of it', async () => {
    await bench.addUser('officer-one', 'jx.copper', ['officer']);
    const officer = await bench.tokenOf('officer-one');
    for (const url of ['users', 'roles', 'keys'])
      expect(codeOf(await bench.call({ url: `/api/auth/${url}`, token: officer }))).toEqual([
        403,
        'PERMISSION_MISSING',
      ]);
    const answer = await post('users', officer, newUser('friend', 'jx.copper', ['officer']));
    expect(codeOf(answer)).toEqual([403, 'PERMISSION_MISSING']);
  });
});

describe('the last administrator', () => {
  it('cannot be disabled or lose the role, and one of two can', async () => {
    const admin = (await bench.auth.users(bench.scope)).find(({ username }) => username === 'admin');
    const id = admin?.id ?? '';
    for (const body of [{ disabled: true }, { roles: ['officer'] }])
      expect(codeOf(await patchUser(id, root, body))).toEqual([409, 'LAST_ADMINISTRATOR']);
    const second = await bench.addUser('second-admin', 'jx', ['administrator']);
    expect((await patchUser(second.id, root, { disabled: true })).status).toBe(200);
    expect(codeOf(await patchUser(id, root, { disabled: true }))).toEqual([409, 'LAST_ADMINISTRATOR']);
  });

  it('is left over when several are disabled at once', async () => {
    const ids = [];
    for (const n of [1, 2, 3]) ids.push((await bench.addUser(`race-admin-${n}`, 'jx', ['administrator'])).id);
    const admin = (await bench.auth.users(bench.scope)).find(({ username }) => username === 'admin');
    const answers = await Promise.allSettled(
      [...ids, admin?.id ?? ''].map((id) => bench.auth.changeUser(bench.scope, id, { disabled: true })),
    );
    expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    const left = (await bench.auth.users(bench.scope)).filter(
      ({ organisation, roles, disabled }) =>
        organisation === 'jx' && roles.includes('administrator') && !disabled,
    );
    expect(left).toHaveLength(1);
  });
});

it('a change and its trace stand or fall together', async () => {
  const before = await bench.audit.list(bench.scope, { limit: 1 });
  await expect(bench.addUser('copper-admin', 'jx.copper', ['officer'])).rejects.toMatchObject({
    code: 'CONFLICT',
  });
  expect((await bench.audit.list(bench.scope, { limit: 1 })).total).toBe(before.total);
  const user = await bench.addUser('traced', 'jx.copper', ['officer']);
  await bench.auth.changeUser(bench.scope, user.id, { title: '新名', password: 'brand-new-battery' });
  const { items } = await bench.audit.list(bench.scope, { limit: 2 });
  expect(items.map(({ action, target, organisation }) => [action, target, organisation])).toEqual([
    ['platform:user:change', 'user:traced', 'jx.copper'],
    ['platform:user:create', 'user:traced', 'jx.copper'],
  ]);
  expect(items[0]).toMatchObject({
    before: { title: 'traced' },
    after: { title: '新名', changed: ['password', 'title'] },
  });
  expect(JSON.stringify(items)).not.toContain('brand-new-battery');
  expect(await bench.audit.verify(bench.scope)).toMatchObject({ intact: true });
});
