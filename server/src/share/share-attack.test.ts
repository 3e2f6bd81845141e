import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ShareTest, startShare } from './share.fixture.ts';

const MARK = '绝密标记';
const HOSTILE = `x'; drop table fuse.enterprise_row; --`;
const NOBODY = '00000000-0000-4000-8000-000000000000';
const ids: Record<string, string> = { dataset: 'enterprises' };
let share: ShareTest;
let attacker: string;
let powerless: string;
beforeAll(async () => {
  share = await startShare();
  await share.platform.signIn({ organisation: 'jx.nanchang', role: 'officer', kind: 'city' });
  await share.platform.signIn({ organisation: 'jx.ganzhou', role: 'officer', kind: 'city' });
  await share.invent([
    { name: `${MARK}有限公司`, organisation: 'jx.nanchang', phone: '13812345678' },
    { name: '自己的公司', organisation: 'jx.ganzhou' },
  ]);
  const all = [
    'share:dataset:read',
    'share:dataset:export',
    'share:policy:read',
    'share:policy:write',
    'share:usage:read',
    'share:grade:write',
    'platform:key:read',
    'platform:user:read',
    'platform:organisation:read',
  ] as const;
  attacker = (await share.key('jx.ganzhou', all)).token;
  powerless = (await share.key('jx.ganzhou', ['collect:point:read'])).token;
  const victim = await share.key('jx.nanchang', all, MARK);
  ids.key = victim.id;
  const policy = await share.call<{ id: string }>('POST', '/api/share/policies', {
    payload: policyOf('jx.nanchang'),
    token: victim.token,
  });
  ids.policy = policy.body.id;
  const started = await share.call<{ id: string }>('POST', '/api/share/datasets/enterprises/export', {
    payload: { format: 'csv' },
    token: victim.token,
  });
  ids.export = started.body.id;
  const asked = await share.call<{ id: string }>('POST', '/api/share/access-requests', {
    payload: { ...requestFor('jx.nanchang'), reason: MARK },
    token: victim.token,
  });
  ids.accessRequest = asked.body.id;
}, 120_000);
afterAll(() => share?.stop());

const policyOf = (organisation: string) => ({
  ...{ name: MARK, effect: 'grant', dataset: 'enterprises', organisation },
  subject: { kind: 'organisation', organisation },
});
const requestFor = (organisation: string) => ({
  ...{ dataset: 'enterprises', organisation, columns: ['name'], purpose: '统计' },
});
const fill = (text: string) => text.replace(/\{(\w+)\}/g, (_all, name: string) => ids[name] ?? NOBODY);

type Attack = [method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, payload?: () => object];
/** Every route of the room, as somebody of another city would call it with what belongs to the victim. */
const ATTACKS: Attack[] = [
  ['GET', '/api/share/datasets'],
  ['GET', '/api/share/datasets/{dataset}'],
  ['GET', '/api/share/datasets/{dataset}/contract'],
  ['POST', '/api/share/datasets/{dataset}/query', () => ({ limit: 1_000 })],
  ['POST', '/api/share/datasets/{dataset}/explain', () => ({})],
  ['POST', '/api/share/datasets/{dataset}/export', () => ({ format: 'csv' })],
  [
    'PUT',
    '/api/share/datasets/{dataset}/grades',
    () => ({ columns: [{ column: 'phone', grade: 1, level: 'general', personal: false, reason: 'x' }] }),
  ],
  ['GET', '/api/share/exports/{export}'],
  ['GET', '/api/share/exports/{export}/file'],
  ['GET', '/api/share/policies?state=active'],
  ['POST', '/api/share/policies', () => policyOf('jx.nanchang')],
  ['POST', '/api/share/policies/try', () => ({ dataset: 'enterprises', as: { kind: 'key', id: ids.key } })],
  ['GET', '/api/share/policies/{policy}'],
  ['GET', '/api/share/policies/{policy}/versions'],
  ['PUT', '/api/share/policies/{policy}', () => ({ ...policyOf('jx.ganzhou'), basedOn: 1 })],
  ['POST', '/api/share/policies/{policy}/revoke', () => ({ reason: 'x' })],
  ['GET', '/api/share/openapi.json'],
  ['GET', '/api/share/access-requests'],
  ['GET', '/api/share/access-requests/mine'],
  ['GET', '/api/share/access-requests/columns?dataset=enterprises'],
  ['POST', '/api/share/access-requests', () => requestFor('jx.ganzhou')],
  ['GET', '/api/share/access-requests/{accessRequest}'],
  ['POST', '/api/share/access-requests/{accessRequest}/withdraw'],
  ['POST', '/api/share/access-requests/{accessRequest}/try', () => ({ policy: null })],
  ['POST', '/api/share/access-requests/{accessRequest}/grant', () => ({ policy: policyOf('jx.nanchang') })],
  ['POST', '/api/share/access-requests/{accessRequest}/refuse', () => ({ answer: 'x' })],
  ['GET', '/api/share/usage?side=owner&by=key'],
  ['GET', '/api/share/doors'],
];

test.each(ATTACKS)('%s %s tells nothing of another city', async (method, path, payload) => {
  const answer = await share.call(method, fill(path), {
    token: attacker,
    ...(payload ? { payload: payload() } : {}),
  });
  expect(answer.status).toBeLessThan(500);
  expect(answer.text).not.toContain(MARK);
  // what somebody asked for may be named again, as not found
  if (answer.status !== 404) expect(answer.text).not.toContain('jx.nanchang');
  const without = await share.call(method, fill(path), {
    token: powerless,
    ...(payload ? { payload: payload() } : {}),
  });
  expect(without.status).toBe(403);
  const stranger = await share.call(method, fill(path), {
    token: 'rh_none',
    ...(payload ? { payload: payload() } : {}),
  });
  expect(stranger.status).toBe(401);
});

test('every route of the room is attacked', async () => {
  const { body } = await share.call<{ paths: Record<string, Record<string, unknown>> }>(
    'GET',
    '/openapi.json',
  );
  const shape = (path: string) => path.split('?')[0]?.replace(/\{\w+\}/g, '*') ?? '';
  const known = new Set(ATTACKS.map(([method, path]) => `${method} ${shape(path)}`));
  const routes = Object.entries(body.paths)
    .filter(([path]) => path.startsWith('/api/share/'))
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${shape(path)}`),
    );
  expect(routes.length).toBeGreaterThan(10);
  expect(routes.filter((route) => !known.has(route))).toEqual([]);
});

describe('texts that want to be something else', () => {
  const query = async (payload: object) => share.ask(payload, attacker);

  test('values of filters are values, whatever is in them', async () => {
    for (const value of [
      HOSTILE,
      '\\',
      "\\'",
      "' or 1=1 --",
      '\0',
      '{x:String}',
      '`',
      '𠮷',
      "'||(select 1)||'",
    ])
      for (const op of ['eq', 'ne', 'contains', 'startsWith'] as const) {
        const answer = await query({ select: ['name'], filter: { column: 'name', op, value } });
        expect(answer.status, answer.text).toBe(200);
        expect(answer.text).not.toContain(MARK);
      }
    const still = await query({ select: ['name'] });
    expect(still.body.rows).toEqual([{ name: '自己的公司' }]);
  });

  test.each([
    ['a column with SQL', { select: ['name` from fuse.enterprise_row --'] }],
    ['a reserved name', { select: ['rh__b'] }],
    ['an alias with SQL', { aggregates: [{ fn: 'count', as: 'n`, (select 1)' }] }],
    ['a number in a text', { filter: { column: 'name', op: 'eq', value: 1 } }],
    ['a text in a number', { filter: { column: 'revenue', op: 'gt', value: '0) or (1=1' } }],
    ['an unknown function', { aggregates: [{ fn: 'any(phone)', as: 'n' }] }],
    ['a sum of texts', { aggregates: [{ fn: 'sum', column: 'name', as: 'n' }] }],
    ['an unknown field', { select: ['name'], settings: { readonly: 0 } }],
    [
      'a prototype',
      JSON.parse('{"select":["name"],"__proto__":{"limit":1},"filter":{"column":"__proto__","op":"isNull"}}'),
    ],
    ['a column of everything', { select: ['constructor'] }],
    ['too many rows', { limit: 1e9 }],
    ['a time that is none', { filter: { column: 'updated_at', op: 'gt', value: 'now() - 1' } }],
  ])('%s is refused', async (_name, payload) => {
    const answer = await query(payload as object);
    expect(answer.status, answer.text).toBe(400);
  });

  test('a value too many and too long is refused, not carried on', async () => {
    const values = Array.from({ length: 1_001 }, (_value, index) => `v${index}`);
    expect((await query({ filter: { column: 'name', op: 'in', values } })).status).toBe(400);
    expect((await query({ filter: { column: 'name', op: 'eq', value: 'x'.repeat(2_001) } })).status).toBe(
      400,
    );
    const wide = {
      or: Array.from({ length: 100 }, () => ({
        or: Array.from({ length: 100 }, () => ({ column: 'name', op: 'isNull' })),
      })),
    };
    expect((await query({ filter: wide })).status).toBe(400);
  });
});

test('a key that was revoked, and one that has expired, is nobody at once', async () => {
  const { token, id } = await share.key('jx.ganzhou', ['share:dataset:read']);
  expect((await share.ask({ select: ['name'] }, token)).status).toBe(200);
  expect((await share.call('DELETE', `/api/auth/keys/${id}`)).status).toBeLessThan(300);
  expect((await share.ask({ select: ['name'] }, token)).status).toBe(401);
});
