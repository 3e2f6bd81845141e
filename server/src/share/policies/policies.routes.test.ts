import type { NewPolicy, Policy, PolicyTrialAnswer } from '@ronghe/contracts';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ShareTest, startShare } from '../share.fixture.ts';

let share: ShareTest;
const tokens = { nanchang: '', ganzhou: '', park: '' };
beforeAll(async () => {
  share = await startShare();
  tokens.nanchang = await share.platform.signIn({
    organisation: 'jx.nanchang',
    role: 'officer',
    kind: 'city',
  });
  tokens.ganzhou = await share.platform.signIn({ organisation: 'jx.ganzhou', role: 'officer', kind: 'city' });
  tokens.park = await share.platform.signIn({ organisation: 'jx.nanchang.park', role: 'officer' });
  await share.invent([
    { name: '甲铜业', organisation: 'jx.nanchang', revenue: 100, phone: '079188123456' },
    { name: '乙电子', organisation: 'jx.nanchang.park', revenue: 2_600, phone: '13800000001' },
    { name: '丙纺织', organisation: 'jx.ganzhou', revenue: null, phone: '13900000002' },
    { name: '丁稀土', organisation: 'jx.ganzhou', revenue: 9_000, phone: '13900000003' },
  ]);
}, 120_000);
afterAll(() => share?.stop());
beforeEach(async () => {
  const { body } = await share.call<{ items: Policy[] }>('GET', '/api/share/policies?limit=500&state=active');
  for (const { id } of body.items)
    await share.call('POST', `/api/share/policies/${id}/revoke`, { payload: { reason: '不再需要' } });
});

const policy = (more: Partial<Record<keyof NewPolicy, unknown>> = {}) => ({
  name: '共享给南昌',
  effect: 'grant',
  subject: { kind: 'organisation', organisation: 'jx.nanchang' },
  dataset: 'enterprises',
  organisation: 'jx.ganzhou',
  ...more,
});
async function write(content: object, token?: string) {
  const made = await share.call<Policy>('POST', '/api/share/policies', {
    payload: content,
    ...(token ? { token } : {}),
  });
  expect(made.status, made.text).toBe(201);
  return made.body;
}
const names = async (token: string, more: object = {}) => {
  const answer = await share.ask({ select: ['name'], sort: [{ by: 'number' }], ...more }, token);
  return answer.status === 200 ? answer.body.rows.map(({ name }) => name) : answer.status;
};

describe('rows', () => {
  test('without a policy one sees the own organisation and those below, never a sibling or the parent', async () => {
    expect(await names(tokens.nanchang)).toEqual(['甲铜业', '乙电子']);
    expect(await names(tokens.park)).toEqual(['乙电子']);
    expect(await names(tokens.ganzhou)).toEqual(['丙纺织', '丁稀土']);
  });

  test('a grant adds rows at once, for the subject only, and a revoked one takes them away at once', async () => {
    const { id } = await write(policy({ rows: { filter: { column: 'revenue', op: 'gt', value: 1000 } } }));
    expect(await names(tokens.nanchang)).toEqual(['甲铜业', '乙电子', '丁稀土']);
    expect(await names(tokens.park)).toEqual(['乙电子', '丁稀土']);
    expect(await names(tokens.ganzhou)).toEqual(['丙纺织', '丁稀土']);
    expect(
      (await share.call('POST', `/api/share/policies/${id}/revoke`, { payload: { reason: '不再需要' } }))
        .status,
    ).toBe(200);
    expect(await names(tokens.nanchang)).toEqual(['甲铜业', '乙电子']);
  });

  test('an expired policy, and one that has not begun, grant nothing', async () => {
    await write(policy({ until: '2020-01-01T00:00:00Z' }));
    await write(policy({ from: '2199-01-01T00:00:00Z' }));
    expect(await names(tokens.nanchang)).toEqual(['甲铜业', '乙电子']);
  });

  test('what is unknown is not granted, also behind a not', async () => {
    await write(policy({ rows: { filter: { not: { column: 'revenue', op: 'gt', value: 1000 } } } }));
    expect(await names(tokens.nanchang)).toEqual(['甲铜业', '乙电子']);
  });

  test('own rows only', async () => {
    await write(policy({ organisation: 'jx', rows: { own: true }, masks: { name: { kind: 'hash' } } }));
    const found = await names(tokens.park);
    expect(found).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
  });
});

describe('columns', () => {
  const seen = async (token: string) => {
    const { body } = await share.ask(
      { select: ['name', 'phone', 'revenue'], sort: [{ by: 'number' }] },
      token,
    );
    return body.rows.map((row) => Object.values(row));
  };

  test('rows and columns belong together: a column granted for some rows is hidden for the others', async () => {
    await write(policy({ columns: ['id', 'number', 'name', 'phone'] }));
    expect(await seen(tokens.nanchang)).toEqual([
      ['甲铜业', '0***', 100],
      ['乙电子', '1***', 2600],
      ['丙纺织', '13900000002', null],
      ['丁稀土', '13900000003', null],
    ]);
  });

  test('a filter on what is hidden in some rows finds nothing there', async () => {
    await write(policy({ columns: ['id', 'number', 'name'] }));
    expect(await names(tokens.nanchang, { filter: { column: 'revenue', op: 'gt', value: 0 } })).toEqual([
      '甲铜业',
      '乙电子',
    ]);
    const counted = await share.ask(
      {
        aggregates: [{ fn: 'sum', column: 'revenue', as: 'total' }],
        filter: { column: 'phone', op: 'startsWith', value: '139' },
      },
      tokens.nanchang,
    );
    expect(counted.body.rows).toEqual([{ total: null }]);
  });

  test('of several masks the strictest wins, and a limit against every grant', async () => {
    const all = ['id', 'number', 'name', 'phone', 'revenue'];
    await write(policy({ columns: all, masks: { phone: { kind: 'partial', first: 3, last: 2 } } }));
    await write(policy({ columns: all }));
    expect((await seen(tokens.nanchang))[3]).toEqual(['丁稀土', '139***03', 9000]);
    await write(policy({ effect: 'limit', masks: { revenue: { kind: 'band', step: 5000 } } }));
    expect((await seen(tokens.nanchang))[3]).toEqual(['丁稀土', '139***03', 5000]);
    // rows of others are not touched by it
    expect((await seen(tokens.nanchang))[0]).toEqual(['甲铜业', '0***', 100]);
  });

  test('a hidden column is as if it did not exist', async () => {
    await write(policy({ effect: 'limit', organisation: 'jx', columns: ['id', 'number', 'name'] }));
    const hidden = await share.ask({ select: ['revenue'] }, tokens.nanchang);
    const none = await share.ask({ select: ['revenua'] }, tokens.nanchang);
    expect(hidden.status).toBe(400);
    expect(hidden.body).toMatchObject({ error: { code: 'COLUMN_UNKNOWN' } });
    expect(hidden.text.replaceAll(/"requestId":"[^"]*"/g, '').replaceAll('revenue', 'x')).toBe(
      none.text.replaceAll(/"requestId":"[^"]*"/g, '').replaceAll('revenua', 'x'),
    );
  });

  test('noise and hashes are the same for the same row, however often one asks', async () => {
    await write(
      policy({
        columns: ['id', 'number', 'name', 'revenue', 'phone'],
        masks: { revenue: { kind: 'noise', share: 0.1 }, phone: { kind: 'hash' } },
      }),
    );
    const first = await seen(tokens.nanchang);
    const [, , , last] = first;
    expect(await seen(tokens.nanchang)).toEqual(first);
    expect(last?.[2]).not.toBe(9000);
    expect(Math.abs(Number(last?.[2]) - 9000)).toBeLessThanOrEqual(900);
    expect(last?.[1]).toMatch(/^[0-9a-f]{32}$/);
  });

  test('a limit of a city does not bind the province', async () => {
    await write(
      policy({
        effect: 'limit',
        subject: { kind: 'organisation', organisation: 'jx' },
        columns: ['id', 'number'],
      }),
    );
    expect(await names(share.admin)).toContain('丁稀土');
    expect(await names(tokens.ganzhou)).toEqual(400);
  });
});

describe('subjects', () => {
  test('a key, an application and a role', async () => {
    const key = await share.key('jx.nanchang', ['share:dataset:read'], 'statistics');
    await write(policy({ subject: { kind: 'key', id: key.id }, columns: ['id', 'number', 'name'] }));
    expect(await names(key.token)).toHaveLength(4);
    expect(await names(tokens.nanchang)).toHaveLength(2);
    await share.call('POST', `/api/auth/keys/${key.id}/revoke`);
    const other = await share.key('jx.nanchang', ['share:dataset:read'], 'plan');
    const elsewhere = await share.key('jx.nanchang.park', ['share:dataset:read'], 'plan');
    await write(policy({ subject: { kind: 'application', name: 'plan', organisation: 'jx.nanchang' } }));
    expect(await names(other.token)).toHaveLength(4);
    expect(await names(elsewhere.token)).toHaveLength(1);
    await write(policy({ subject: { kind: 'role', role: 'officer', organisation: 'jx.nanchang.park' } }));
    expect(await names(tokens.park)).toHaveLength(3);
    expect(await names(tokens.nanchang)).toHaveLength(2);
  });

  test('a grant for a purpose counts only when the purpose is told', async () => {
    await write(policy({ purposes: ['统计分析'] }));
    expect(await names(tokens.nanchang)).toHaveLength(2);
    expect(await names(tokens.nanchang, { purpose: '广告' })).toHaveLength(2);
    expect(await names(tokens.nanchang, { purpose: '统计分析' })).toHaveLength(4);
  });
});

describe('quotas', () => {
  test('requests at the same moment cannot pass the quota, whatever the key', async () => {
    await write(policy({ quota: { requests: 5 } }));
    const keys = await Promise.all(
      [1, 2].map((index) => share.key('jx.nanchang', ['share:dataset:read'], `k${index}`)),
    );
    const asked = Array.from({ length: 20 }, (_value, index) => names(keys[index % 2]?.token ?? ''));
    const answers = await Promise.all(asked);
    expect(
      answers.filter((answer) => Array.isArray(answer)),
      JSON.stringify(answers),
    ).toHaveLength(5);
    expect(answers.filter((answer) => answer === 429)).toHaveLength(15);
  });

  test('rows are set aside before they are read and counted after', async () => {
    const { id } = await write(policy({ quota: { rows: 9 } }));
    for (const left of [5, 1]) {
      expect(await names(tokens.nanchang)).toHaveLength(4);
      const { rows } = await sql<{
        rows: string;
      }>`select rows from share.quota_use where counter like ${`${id}|%`}`.execute(share.db);
      expect(9 - Number(rows[0]?.rows)).toBe(left);
    }
  });
});

describe('writing policies', () => {
  const refused = async (content: object, token?: string) => {
    const answer = await share.call<{ error: { code: string; message: string } }>(
      'POST',
      '/api/share/policies',
      {
        payload: content,
        ...(token ? { token } : {}),
      },
    );
    return [answer.status, answer.body.error?.code];
  };

  test('needs the right, and the organisation whose data it is', async () => {
    expect(await refused(policy(), tokens.nanchang)).toEqual([403, 'PERMISSION_MISSING']);
    const steward = await share.key('jx.nanchang', [
      'share:policy:write',
      'share:policy:read',
      'share:dataset:read',
    ]);
    expect(await refused(policy(), steward.token)).toEqual([404, 'NOT_FOUND']);
    expect(await refused(policy({ organisation: 'jx' }), steward.token)).toEqual([404, 'NOT_FOUND']);
    expect(
      await refused(
        policy({ organisation: 'jx.nanchang', rows: { organisations: ['jx.ganzhou'] } }),
        steward.token,
      ),
    ).toEqual([422, 'POLICY_INVALID']);
    const own = await write(
      policy({ organisation: 'jx.nanchang', subject: { kind: 'organisation', organisation: 'jx.ganzhou' } }),
      steward.token,
    );
    expect(await names(tokens.ganzhou)).toHaveLength(4);
    // somebody else's policy is not there for a steward of another city
    const other = await share.key('jx.ganzhou', ['share:policy:write', 'share:policy:read']);
    for (const [method, path, payload] of [
      ['GET', '', undefined],
      ['GET', '/versions', undefined],
      ['PUT', '', { ...policy(), basedOn: 1 }],
      ['DELETE', '', undefined],
    ] as const) {
      const answer = await share.call(method, `/api/share/policies/${own.id}${path}`, {
        token: other.token,
        payload,
      });
      expect(answer.status, `${method} ${path}`).toBe(404);
    }
    expect(
      (
        await share.call<{ items: Policy[] }>('GET', '/api/share/policies?state=active', {
          token: other.token,
        })
      ).body.items,
    ).toEqual([]);
    // nor can it be taken over by a change
    const taken = await share.call('PUT', `/api/share/policies/${own.id}`, {
      token: steward.token,
      payload: { ...policy({ organisation: 'jx.ganzhou' }), basedOn: 1 },
    });
    expect(taken.status).toBe(404);
  });

  test.each([
    ['an unknown dataset', { dataset: 'nothing' }, 404],
    ['an unknown column', { columns: ['revenua'] }, 422],
    ['a mask that does not fit', { masks: { revenue: { kind: 'hash' } } }, 422],
    ['a filter on an unknown column', { rows: { filter: { column: 'nix', op: 'isNull' } } }, 422],
    [
      'a filter of another type',
      { rows: { filter: { column: 'revenue', op: 'gt', value: "1' or 1" } } },
      422,
    ],
    ['an end before the beginning', { from: '2030-01-01T00:00:00Z', until: '2029-01-01T00:00:00Z' }, 422],
    ['a field of the platform', { id: '00000000-0000-4000-8000-000000000000' }, 400],
    ['a version', { version: 9 }, 400],
    ['a name with SQL', { columns: ['a` from'] }, 400],
    ['a filter deeper than allowed', { rows: { filter: deep(200) } }, 400],
    ['a filter of a shape that is none', { rows: { filter: { column: 'name', op: 'raw', sql: '1' } } }, 400],
  ])('refuses %s', async (_name, more, status) => {
    expect((await refused({ ...policy(), ...more }))[0]).toBe(status);
  });

  test('a filter deeper than the stack is refused before it is walked', async () => {
    const filter = `${'{"not":'.repeat(200_000)}{"column":"name","op":"isNull"}${'}'.repeat(200_000)}`;
    const answer = await share.http.inject({
      method: 'POST',
      url: '/api/share/datasets/enterprises/query',
      headers: { authorization: `Bearer ${share.admin}`, 'content-type': 'application/json' },
      payload: `{"filter":${filter}}`,
    });
    expect(answer.statusCode).toBe(400);
  });

  test('a version that somebody else has written meanwhile is not lost, and every version stays', async () => {
    const { id } = await write(policy());
    const change = (name: string) =>
      share.call<Policy>('PUT', `/api/share/policies/${id}`, {
        payload: { ...policy({ name }), basedOn: 1 },
      });
    const answers = await Promise.all([change('a'), change('b'), change('c')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const { body } = await share.call<{ items: Policy[] }>('GET', `/api/share/policies/${id}/versions`);
    expect(body.items.map(({ version }) => version)).toEqual([2, 1]);
    const audit = await share.call('GET', '/api/audit/entries?search=share:policy');
    expect(audit.text).toContain(`policy:${id}`);
  });
});

test('see as: what a key would see with a policy that is not saved', async () => {
  const key = await share.key('jx.nanchang', ['share:dataset:read']);
  const as = { kind: 'key', id: key.id };
  const tried = async (more: object) =>
    (
      await share.call<PolicyTrialAnswer>('POST', '/api/share/policies/try', {
        payload: { dataset: 'enterprises', as, ...more },
      })
    ).body;
  expect((await tried({})).rowsOf).toEqual(['jx.nanchang']);
  const with_ = await tried({ policy: policy({ columns: ['id', 'name'] }) });
  expect(with_).toMatchObject({
    allowed: true,
    rowsOf: ['jx.ganzhou', 'jx.nanchang'],
    sees: { organisation: 'jx.nanchang' },
  });
  expect(with_.why[0]?.zh).toContain('列中可见');
  // nothing was saved
  expect(await names(key.token)).toHaveLength(2);
  const other = await share.key('jx.ganzhou', ['share:policy:read', 'platform:key:read']);
  const foreign = await share.call('POST', '/api/share/policies/try', {
    token: other.token,
    payload: { dataset: 'enterprises', as },
  });
  expect(foreign.status).toBe(404);
});

test('words tell organisations by their names, which may be those of others when rows of them were granted', async () => {
  await share.platform.auth.addOrganisation(share.platform.scope(), {
    ...{ path: 'jx.jiujiang', kind: 'city', name: '九江市工信局', division: null, code: null },
  });
  const key = await share.key('jx.jiujiang', ['share:dataset:read']);
  const why = async () => {
    const { body } = await share.call<{ why: { zh: string; en: string }[] }>(
      'GET',
      '/api/share/datasets/enterprises',
      { token: key.token },
    );
    return body.why.map(({ zh, en }) => `${zh} ${en}`).join('\n');
  };
  // a name that is not known yet is looked for within seconds; until then the path stands for it
  await expect.poll(why, { timeout: 15_000, interval: 200 }).toContain('可见 九江市工信局 及其下级组织的行');
  expect(await why()).not.toContain('jx.jiujiang');
});

test('grades set by hand change what is seen by default, and only the root sets them', async () => {
  const patch = (grade: number, level: string) => ({
    columns: [{ column: 'revenue', grade, level, personal: false, reason: '测试' }],
  });
  const put = (payload: object, token?: string) =>
    share.call('PUT', '/api/share/datasets/enterprises/grades', { payload, ...(token ? { token } : {}) });
  const grader = await share.key('jx.nanchang', ['share:grade:write', 'share:dataset:read']);
  expect((await put(patch(2, 'important'), grader.token)).status).toBe(403);
  expect((await put(patch(2, 'important'))).status).toBe(204);
  expect((await share.ask({ select: ['revenue'] }, tokens.nanchang)).status).toBe(400);
  const owner = await share.ask({ select: ['revenue'] });
  expect(owner.headers).toMatchObject({ 'x-data-grade': '2', 'x-data-level': 'important' });
  expect((await put(patch(1, 'general'))).status).toBe(204);
  expect((await share.ask({ select: ['revenue'] }, tokens.nanchang)).status).toBe(200);
});

test('who used what: the user sees its own questions, the owner those that could see its rows, refused ones too', async () => {
  await write(
    policy({
      effect: 'limit',
      quota: { requests: 1 },
      subject: { kind: 'organisation', organisation: 'jx.nanchang.park' },
      organisation: 'jx',
    }),
  );
  expect(await names(tokens.park)).toEqual(['乙电子']);
  expect(await names(tokens.park)).toBe(429);
  const usage = async (organisation: string, side: string) => {
    const key = await share.key(organisation, ['share:usage:read']);
    const { body } = await share.call<{
      items: { key: string; requests: number; refused: number; rows: number }[];
    }>('GET', `/api/share/usage?by=organisation&side=${side}`, { token: key.token });
    return new Map(body.items.map((item) => [item.key, item]));
  };
  const own = await usage('jx.nanchang.park', 'user');
  expect([...own.keys()]).toEqual(['jx.nanchang.park']);
  expect(own.get('jx.nanchang.park')?.refused).toBeGreaterThanOrEqual(1);
  const owner = await usage('jx.ganzhou', 'owner');
  expect([...owner.keys()]).not.toContain('jx.nanchang.park.nothing');
  expect(owner.has('jx.ganzhou')).toBe(true);
});

function deep(levels: number): object {
  let filter: object = { column: 'name', op: 'isNull' };
  for (let level = 0; level < levels; level++) filter = { not: filter };
  return filter;
}
