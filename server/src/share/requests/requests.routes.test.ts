import {
  ACCESS_REQUESTS_OPEN_MAX,
  type AccessRequest,
  type AccessRequestProposal,
  type AskableColumn,
  type Page,
  type Policy,
  type PolicyTrialAnswer,
} from '@ronghe/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ShareTest, startShare } from '../share.fixture.ts';

const PATH = '/api/share/access-requests';
const NOBODY = '00000000-0000-4000-8000-000000000000';
let share: ShareTest;
/** officers, who ask, and keys that may write policies, who answer */
const tokens = { nanchang: '', ganzhou: '', owner: '', reader: '' };
beforeAll(async () => {
  share = await startShare();
  const officer = (organisation: string) =>
    share.platform.signIn({ organisation, role: 'officer', kind: 'city' });
  tokens.nanchang = await officer('jx.nanchang');
  tokens.ganzhou = await officer('jx.ganzhou');
  await share.invent([
    { name: '甲铜业', organisation: 'jx.nanchang', revenue: 100, phone: '079188123456' },
    { name: '丙纺织', organisation: 'jx.ganzhou', revenue: null, phone: '13900000002' },
    { name: '丁稀土', organisation: 'jx.ganzhou', revenue: 9_000, phone: '13900000003' },
  ]);
  const answering = ['share:policy:read', 'share:policy:write', 'share:dataset:read'] as const;
  tokens.owner = (await share.key('jx.ganzhou', answering, 'owner')).token;
  tokens.reader = (await share.key('jx.ganzhou', ['share:policy:read'], 'reader')).token;
  await grade('revenue', 2);
  await grade('employees', 3);
}, 120_000);
afterAll(() => share?.stop());
beforeEach(async () => {
  for (const token of [tokens.nanchang, tokens.ganzhou])
    for (const { id } of (await mine(token, '?state=open&limit=500')).items) await withdraw(id, token);
  const { body } = await share.call<Page<Policy>>('GET', '/api/share/policies?limit=500&state=active');
  for (const { id } of body.items)
    await share.call('POST', `/api/share/policies/${id}/revoke`, { payload: { reason: '测试' } });
});

async function grade(column: string, to: number) {
  const columns = [{ column, grade: to, level: 'general', personal: false, reason: '测试' }];
  const put = await share.call('PUT', '/api/share/datasets/enterprises/grades', { payload: { columns } });
  expect(put.status, put.text).toBe(204);
}
const wish = (more: object = {}) => ({
  ...{ dataset: 'enterprises', organisation: 'jx.ganzhou', columns: ['id', 'name', 'revenue', 'phone'] },
  ...{ purpose: '产业链统计', reason: '省市联合监测', ...more },
});
const ask = (payload: object = wish(), token = tokens.nanchang) =>
  share.call<AccessRequest>('POST', PATH, { payload, token });
const mine = async (token: string, query = '') =>
  (await share.call<Page<AccessRequest>>('GET', `${PATH}/mine${query}`, { token })).body;
const withdraw = (id: string, token = tokens.nanchang) =>
  share.call<AccessRequest>('POST', `${PATH}/${id}/withdraw`, { token });
const seenBy = (token: string, query = '') =>
  share.call<Page<AccessRequest>>('GET', `${PATH}${query}`, { token });
const proposal = async (id: string, token = tokens.owner) =>
  (await share.call<AccessRequestProposal>('GET', `${PATH}/${id}`, { token })).body;
const grant = (id: string, payload: object, token = tokens.owner) =>
  share.call<{ request: AccessRequest; policy: Policy }>('POST', `${PATH}/${id}/grant`, { payload, token });
const refuse = (id: string, answer: string, token = tokens.owner) =>
  share.call<AccessRequest>('POST', `${PATH}/${id}/refuse`, { payload: { answer }, token });
const tryIt = (id: string, policy: object | null, token = tokens.owner) =>
  share.call<PolicyTrialAnswer>('POST', `${PATH}/${id}/try`, { payload: { policy }, token });
const columnsFor = (token: string, dataset = 'enterprises') =>
  share.call<{ items: AskableColumn[] }>('GET', `${PATH}/columns?dataset=${dataset}`, { token });

describe('what may be asked for', () => {
  test('names of grade 二级 are told, seen or not; those of grade 三级 and level 核心 are as if they did not exist', async () => {
    const { body } = await columnsFor(tokens.nanchang);
    const by = new Map(body.items.map((column) => [column.name, column]));
    expect(by.get('revenue')).toMatchObject({ sight: 'hidden', grade: 2, key: false });
    expect(by.get('phone')).toMatchObject({ sight: 'masked', personal: true });
    expect(by.get('id')).toMatchObject({ sight: 'plain', key: true });
    expect(by.has('employees')).toBe(false);
    const closed = await ask(wish({ columns: ['employees'] }));
    const unknown = await ask(wish({ columns: ['employeez'] }));
    const said = (text: string) => JSON.parse(text).error.message.replace(/employee[sz]/g, '…');
    expect(closed.status).toBe(422);
    expect(said(closed.text)).toBe(said(unknown.text));
    // also in a condition, which would tell by its answer
    const filter = { column: 'employees', op: 'gt', value: 1 };
    expect((await ask(wish({ filter }))).status).toBe(422);
    // who sees everything sees them all
    expect((await columnsFor(share.admin)).body.items.map(({ name }) => name)).toContain('employees');
  });

  test('a dataset of which nothing is seen is none', async () => {
    const shut = await share.key('jx.nanchang', ['share:dataset:read']);
    for (const dataset of ['indicators', 'nothing']) {
      const columns = await columnsFor(shut.token, dataset);
      expect(columns.status).toBe(404);
      expect(columns.text.replace(dataset, '…')).toContain('…');
      expect((await ask(wish({ dataset, columns: ['value'] }), shut.token)).status).toBe(404);
    }
  });

  test('an organisation that nobody has is answered as one that is there, so that asking tells nothing', async () => {
    const there = await ask(wish());
    const nowhere = await ask(wish({ organisation: 'jx.nowhere' }));
    expect([there.status, nowhere.status]).toEqual([201, 201]);
    expect({ ...nowhere.body, id: '', madeAt: '', organisation: '' }).toEqual({
      ...there.body,
      ...{ id: '', madeAt: '', organisation: '' },
    });
    // and only who stands above such a place gets it
    expect((await seenBy(tokens.owner, '?state=open')).body.items.map(({ id }) => id)).toEqual([
      there.body.id,
    ]);
  });

  test('a purpose is told, the end lies ahead, values fit', async () => {
    expect((await ask({ ...wish(), purpose: ' ' })).status).toBe(400);
    expect((await ask(wish({ columns: [] }))).status).toBe(400);
    expect((await ask(wish({ until: '2020-01-01T00:00:00Z' }))).status).toBe(422);
    expect((await ask(wish({ filter: { column: 'revenue', op: 'gt', value: '1) or (1=1' } }))).status).toBe(
      422,
    );
  });

  test('for a key: one that may be looked up, and no other', async () => {
    const foreign = await share.key('jx.ganzhou', ['share:dataset:read']);
    const owner = await share.key('jx.nanchang', ['share:dataset:read', 'platform:key:read'], 'keeper');
    const app = await share.key('jx.nanchang', ['share:dataset:read'], '统计程序');
    const whom = (id: string) => wish({ for: { kind: 'key', id } });
    expect((await ask(whom(foreign.id), owner.token)).status).toBe(404);
    expect((await ask(whom(app.id), tokens.nanchang)).status).toBe(403);
    const asked = await ask(whom(app.id), owner.token);
    expect(asked.body.subject).toEqual({ kind: 'key', id: app.id });
    const { policy } = await proposal(asked.body.id);
    expect((await grant(asked.body.id, { policy: { ...policy, purposes: null } })).status).toBe(200);
    const rows = await share.ask({ select: ['name', 'revenue'], filter: over(5_000) }, app.token);
    expect(rows.body.rows).toEqual([{ name: '丁稀土', revenue: 9_000 }]);
  });
});

const over = (value: number) => ({ column: 'revenue', op: 'gt', value });

describe('the answer', () => {
  test('a grant is a policy as asked, holds at once and for the purpose, and is seen by who asked', async () => {
    const { body: asked, status } = await ask();
    expect(status).toBe(201);
    expect(asked).toMatchObject({ state: 'open', by: { organisation: 'jx.nanchang' }, grant: null });
    const refusedBefore = await share.ask({ select: ['name', 'revenue'] }, tokens.nanchang);
    expect(refusedBefore.status).toBe(400);

    const listed = await seenBy(tokens.owner, '?state=open&dataset=enterprises');
    expect(listed.body.total).toBe(1);
    const { request, policy } = await proposal(asked.id);
    expect(request.columns.map(({ title }) => title.zh)).toContain('年营业收入（万元）');
    expect(policy).toMatchObject({
      ...{ effect: 'grant', organisation: 'jx.ganzhou', purposes: ['产业链统计'] },
      ...{ columns: ['id', 'name', 'revenue', 'phone'], reason: '省市联合监测' },
      // personal columns masked until the owner says otherwise
      masks: { phone: { kind: 'partial', first: 1, last: 0 } },
      subject: asked.subject,
    });

    const granted = await grant(asked.id, { policy, answer: '同意' });
    expect(granted.status, granted.text).toBe(200);
    expect(granted.body.request).toMatchObject({ state: 'granted', policy: granted.body.policy.id });
    const question = { select: ['name', 'revenue', 'phone'], filter: over(0) };
    const rows = await share.ask({ ...question, purpose: '产业链统计' }, tokens.nanchang);
    expect(rows.body.rows).toEqual([{ name: '丁稀土', revenue: 9_000, phone: '1***' }]);
    expect((await share.ask(question, tokens.nanchang)).status).toBe(400);

    const [own] = (await mine(tokens.nanchang)).items;
    expect(own).toMatchObject({ state: 'granted', answer: '同意', grant: { state: 'active' } });
    // who answered, and by which policy, is the owner's
    expect(own).toMatchObject({ decidedBy: null, policy: null });
    await share.call('POST', `/api/share/policies/${granted.body.policy.id}/revoke`, {
      payload: { reason: '项目结束' },
    });
    expect((await mine(tokens.nanchang)).items[0]?.grant).toEqual({ state: 'revoked', until: null });

    const trail = await share.call('GET', `/api/audit/entries?search=${asked.id}`);
    for (const verb of ['create', 'grant']) expect(trail.text).toContain(`share:access-request:${verb}`);
  });

  test('the owner may change what is given, but not to whom and of what', async () => {
    const { id } = (await ask()).body;
    const { policy } = await proposal(id);
    const other = { kind: 'organisation', organisation: 'jx.nanchang' };
    for (const more of [
      { subject: other },
      { dataset: 'points', columns: null, masks: {} },
      { effect: 'limit' },
    ])
      expect((await grant(id, { policy: { ...policy, ...more } })).status).toBe(422);
    // of data that are not one's own nothing can be given, whatever was asked for
    expect((await grant(id, { policy: { ...policy, organisation: 'jx' } })).status).toBe(404);
    expect((await seenBy(tokens.owner, '?state=open')).body.total).toBe(1);
    const less = { ...policy, columns: ['id', 'name'], masks: {}, purposes: null };
    expect((await grant(id, { policy: less })).status).toBe(200);
    expect((await share.ask({ select: ['revenue'] }, tokens.nanchang)).status).toBe(400);
  });

  test('a refusal has a reason, which who asked sees', async () => {
    const { id } = (await ask()).body;
    expect((await refuse(id, ' ')).status).toBe(400);
    expect((await refuse(id, '请改用汇总指标')).body.state).toBe('refused');
    expect((await mine(tokens.nanchang)).items[0]).toMatchObject({
      state: 'refused',
      answer: '请改用汇总指标',
    });
    expect((await share.ask({ select: ['revenue'] }, tokens.nanchang)).status).toBe(400);
  });

  test('what was answered or taken back is closed: of several at the same moment one counts, and no policy stays of the others', async () => {
    const { id } = (await ask()).body;
    const { policy } = await proposal(id);
    const answers = await Promise.all([
      grant(id, { policy }),
      grant(id, { policy }),
      refuse(id, '不同意'),
      withdraw(id),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    const { state } = (await mine(tokens.nanchang)).items[0] ?? {};
    const { total } = (await share.call<Page<Policy>>('GET', '/api/share/policies?state=active')).body;
    expect(total).toBe(state === 'granted' ? 1 : 0);
    expect((await withdraw(id)).status).toBe(409);
  });

  test('see as the asker: rows of the own data only, by policies of the own data only', async () => {
    // the province gives the asker rows of a third city, which is no matter of the owner
    await share.platform.signIn({ organisation: 'jx.jiujiang', role: 'officer', kind: 'city' });
    await share.invent([{ name: '戊石化', organisation: 'jx.jiujiang', revenue: 5 }]);
    const subject = { kind: 'organisation', organisation: 'jx.nanchang' };
    const made = await share.call('POST', '/api/share/policies', {
      payload: {
        name: '省里的授权',
        effect: 'grant',
        subject,
        dataset: 'enterprises',
        organisation: 'jx.jiujiang',
      },
    });
    expect(made.status).toBe(201);
    const { id } = (await ask()).body;
    const { policy } = await proposal(id);
    const now = await tryIt(id, null);
    expect(now.status, now.text).toBe(200);
    expect(now.body.sample).toBeNull();
    const then = await tryIt(id, policy);
    expect(then.body.sample?.rows.map(({ name }) => name).sort()).toEqual(['丁稀土', '丙纺织']);
    expect(then.body.sample?.rows.every(({ phone }) => phone === '1***')).toBe(true);
    for (const { text } of [now, then]) {
      expect(text).not.toContain('省里的授权');
      expect(text).not.toContain('jx.jiujiang');
      expect(text).not.toContain('甲铜业');
    }
    // nothing was saved
    const rows = await share.ask({ select: ['name'] }, tokens.nanchang);
    expect(rows.body.rows.map(({ name }) => name).sort()).toEqual(['戊石化', '甲铜业']);
    expect((await tryIt(id, { ...policy, organisation: 'jx.nanchang' })).status).toBe(404);
  });
});

describe('who may not', () => {
  test('another city sees nothing of it, and who may only read answers nothing', async () => {
    const { id } = (await ask()).body;
    const { policy } = await proposal(id);
    const all = ['share:policy:read', 'share:policy:write', 'share:dataset:read'] as const;
    const stranger = (await share.key('jx.nanchang', all, 'stranger')).token;
    expect((await seenBy(stranger)).body.total).toBe(0);
    for (const answer of [
      await share.call('GET', `${PATH}/${id}`, { token: stranger }),
      await tryIt(id, policy, stranger),
      await grant(id, { policy }, stranger),
      await refuse(id, 'x', stranger),
      // a colleague of the same organisation is somebody else
      await withdraw(id, stranger),
      await withdraw(NOBODY),
    ])
      expect(answer.status).toBe(404);
    expect((await mine(stranger)).total).toBe(0);
    expect((await seenBy(tokens.reader)).body.total).toBeGreaterThan(0);
    expect((await grant(id, { policy }, tokens.reader)).status).toBe(403);
    expect((await refuse(id, 'x', tokens.reader)).status).toBe(403);
    expect((await tryIt(id, policy, tokens.reader)).status).toBe(403);
    expect((await seenBy(tokens.nanchang)).status).toBe(403);
  });

  test('only so many are open at once, also when they come at the same moment', async () => {
    const token = (await share.key('jx.nanchang', ['share:dataset:read'], 'eager')).token;
    const sent = await Promise.all(
      Array.from({ length: ACCESS_REQUESTS_OPEN_MAX + 3 }, () => ask(wish(), token)),
    );
    expect(sent.filter(({ status }) => status === 201)).toHaveLength(ACCESS_REQUESTS_OPEN_MAX);
    expect(sent.filter(({ status }) => status === 429)).toHaveLength(3);
    const [first] = (await mine(token)).items;
    await withdraw(first?.id ?? '', token);
    expect((await ask(wish(), token)).status).toBe(201);
  });

  test('pages go on where the one before ended', async () => {
    for (const purpose of ['一', '二', '三']) await ask(wish({ purpose }));
    const first = await mine(tokens.nanchang, '?state=open&limit=2');
    expect([first.items.map(({ purpose }) => purpose), first.total]).toEqual([['三', '二'], 3]);
    const second = await mine(tokens.nanchang, `?state=open&limit=2&cursor=${first.next}`);
    expect([second.items.map(({ purpose }) => purpose), second.next]).toEqual([['一'], null]);
    expect((await share.call('GET', `${PATH}/mine?cursor=xx`, { token: tokens.nanchang })).status).toBe(400);
  });
});
