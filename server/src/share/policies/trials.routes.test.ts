import type { Policy, PolicyTrialAnswer } from '@ronghe/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ShareTest, startShare } from '../share.fixture.ts';

let share: ShareTest;
/** who is looked as: a key of Nanchang that the province gave rows of Ganzhou and a closed column */
let seen: { token: string; id: string };
const lookers = { nanchang: '', reader: '' };
beforeAll(async () => {
  share = await startShare();
  for (const organisation of ['jx.nanchang', 'jx.ganzhou'])
    await share.platform.signIn({ organisation, role: 'officer', kind: 'city' });
  await share.invent([
    { name: '甲铜业', organisation: 'jx.nanchang', revenue: 100, phone: '079188123456' },
    { name: '丁稀土', organisation: 'jx.ganzhou', revenue: 9_000, phone: '13900000003' },
  ]);
  const columns = [{ column: 'revenue', grade: 3, level: 'general', personal: false, reason: '测试' }];
  await share.call('PUT', '/api/share/datasets/enterprises/grades', { payload: { columns } });
  seen = await share.key('jx.nanchang', ['share:dataset:read'], 'seen');
  const rights = ['share:policy:read', 'platform:key:read', 'share:usage:read'] as const;
  lookers.nanchang = (await share.key('jx.nanchang', [...rights, 'share:policy:write'], '看的人')).token;
  lookers.reader = (await share.key('jx.nanchang', rights, 'reader')).token;
  await write({
    subject: { kind: 'key', id: seen.id },
    organisation: 'jx',
    columns: ['id', 'name', 'revenue'],
  });
}, 120_000);
afterAll(() => share?.stop());

async function write(more: object): Promise<Policy> {
  const made = await share.call<Policy>('POST', '/api/share/policies', {
    payload: { name: '授权', effect: 'grant', dataset: 'enterprises', organisation: 'jx.nanchang', ...more },
  });
  expect(made.status, made.text).toBe(201);
  return made.body;
}
const look = (token?: string, more: object = {}) =>
  share.call<PolicyTrialAnswer>('POST', '/api/share/policies/try', {
    payload: { dataset: 'enterprises', as: { kind: 'key', id: seen.id }, sample: true, ...more },
    ...(token ? { token } : {}),
  });

test('see as shows rows as the other would see them, masked where they are masked', async () => {
  const own = await share.ask({ select: ['name', 'revenue'], sort: [{ by: 'name' }] }, seen.token);
  expect(own.body.rows).toHaveLength(2);
  const { body } = await look();
  expect(body.sample?.columns.map(({ name }) => name)).toContain('revenue');
  const rows = body.sample?.rows ?? [];
  expect(rows.map(({ name, revenue }) => [name, revenue]).sort()).toEqual([
    ['丁稀土', 9_000],
    ['甲铜业', 100],
  ]);
  // the province would see the number; as the key it is masked in the own row, and not there in the other
  expect(rows.map(({ phone }) => phone).sort()).toEqual(['0***', null]);
  expect((await look(undefined, { sample: false })).body.sample).toBeNull();
});

test('whoever looks sees rows of the own data only, and no column that is not theirs to give', async () => {
  const { body, text } = await look(lookers.nanchang);
  expect(body.allowed).toBe(true);
  expect(body.sample?.rows.map(({ name }) => name)).toEqual(['甲铜业']);
  expect(body.sample?.columns.map(({ name }) => name)).not.toContain('revenue');
  expect(text).not.toContain('丁稀土');
  expect(text).not.toContain('9000');
});

test('without the right to write policies there are no rows, and without the right to look up nobody', async () => {
  expect((await look(lookers.reader)).status).toBe(403);
  expect((await look(lookers.reader, { sample: false })).body.sample).toBeNull();
  const foreign = await share.key('jx.ganzhou', [
    'share:policy:read',
    'share:policy:write',
    'platform:key:read',
  ]);
  expect((await look(foreign.token)).status).toBe(404);
});

test('a limit that binds whoever looks holds for the look too', async () => {
  const subject = { kind: 'application', name: '看的人', organisation: 'jx.nanchang' };
  const limit = { effect: 'limit', organisation: 'jx', subject, masks: { name: { kind: 'null' } } };
  const { id } = await write(limit);
  const rows = (await look(lookers.nanchang)).body.sample?.rows ?? [];
  expect(rows).toHaveLength(1);
  expect(rows[0]?.name ?? null).toBeNull();
  await share.call('POST', `/api/share/policies/${id}/revoke`, { payload: { reason: '测试' } });
});

test('a look is noted as one of whoever looked, with the policies it went by, and uses up nothing of the other’s', async () => {
  const quota = await write({
    subject: { kind: 'key', id: seen.id },
    effect: 'limit',
    quota: { requests: 1 },
  });
  for (let turn = 0; turn < 3; turn++)
    expect((await look(lookers.nanchang)).body.sample?.rows).toHaveLength(1);
  expect((await share.ask({ select: ['name'] }, seen.token)).status).toBe(200);
  expect((await share.ask({ select: ['name'] }, seen.token)).status).toBe(429);
  await share.call('GET', '/api/share/usage', { token: lookers.nanchang });
  const noted = await share.platform.analytics.query<{ name: string; n: string; policies: string }>(
    `select actor_name as name, count() as n, any(policies) as policies from share.access where door = 'see-as' group by name order by name`,
  );
  expect(noted.map(({ name }) => name)).toEqual(['admin', '看的人']);
  expect(Number(noted[1]?.n)).toBeGreaterThanOrEqual(3);
  expect(noted[1]?.policies).toContain(':1');
  await share.call('POST', `/api/share/policies/${quota.id}/revoke`, { payload: { reason: '测试' } });
});

test('a revocation has a reason, kept in its version and in the trail', async () => {
  const { id } = await write({ subject: { kind: 'key', id: seen.id }, reason: '联合监测' });
  const revoke = (payload: object) =>
    share.call<Policy>('POST', `/api/share/policies/${id}/revoke`, { payload });
  expect((await revoke({})).status).toBe(400);
  expect((await revoke({ reason: '  ' })).status).toBe(400);
  expect((await revoke({ reason: '项目结束' })).body).toMatchObject({
    state: 'revoked',
    revocation: '项目结束',
  });
  const versions = await share.call<{ items: Policy[] }>('GET', `/api/share/policies/${id}/versions`);
  expect(versions.body.items.map(({ revocation, reason }) => [revocation, reason])).toEqual([
    ['项目结束', '联合监测'],
    [null, '联合监测'],
  ]);
  expect((await share.call('GET', '/api/audit/entries?search=share:policy:revoke')).text).toContain(
    '项目结束',
  );
});
