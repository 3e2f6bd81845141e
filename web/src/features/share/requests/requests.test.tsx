import type {
  AccessRequest,
  AccessRequestProposal,
  AskableColumn,
  NewPolicy,
  PolicyTrialAnswer,
} from '@ronghe/contracts';
import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { fakeApi, pageOf, Refused, realBorder, type Sent } from '../../../testing/fake-api.ts';
import { idOf, me } from '../../../testing/intake-fixture.ts';
import { press } from '../../../testing/press.ts';
import { show } from '../../../testing/render.tsx';
import { ANSWER, DATASET } from '../../../testing/share-fixture.ts';
import { DatasetPage } from '../dataset.page.tsx';
import { RequestsPage } from './requests.page.tsx';

afterEach(() => {
  cleanup();
  realBorder();
});

const askable = (name: string, zh: string, more: Partial<AskableColumn>): AskableColumn => ({
  ...{ name, title: { zh, en: name }, description: { zh: '', en: '' }, type: 'text', unit: null },
  ...{ grade: 1, level: 'general', personal: false, sight: 'plain', key: false },
  ...more,
});
const COLUMNS = [
  askable('name', '企业名称', { key: true }),
  askable('revenue', '营业收入', { type: 'number', unit: '万元', grade: 2, sight: 'hidden' }),
];
const REQUEST: AccessRequest = {
  ...{ id: idOf(70), state: 'open', dataset: 'enterprises', datasetTitle: DATASET.title },
  ...{ subject: { kind: 'user', id: idOf(60) }, organisation: 'jx.ganzhou', filter: null },
  columns: COLUMNS.map(({ name, title }) => ({ name, title })),
  ...{ purpose: '产业链统计', reason: '联合监测', until: null, madeAt: '2026-11-30T00:00:00.000Z' },
  by: { kind: 'user', name: 'nc', organisation: 'jx.nanchang', organisationName: '南昌市' },
  ...{ answer: '', decidedAt: null, decidedBy: null, grant: null, policy: null },
};
const POLICY: NewPolicy = {
  ...{ name: '企业库 · 南昌市 nc', effect: 'grant', subject: REQUEST.subject, dataset: 'enterprises' },
  ...{ organisation: 'jx.ganzhou', columns: ['name', 'revenue'], masks: {}, purposes: ['产业链统计'] },
  rows: { organisations: null, own: false, filter: null },
  ...{ from: null, until: null, quota: {}, reason: '联合监测' },
};
const API = {
  'GET /api/share/datasets': { items: [] },
  'GET /api/share/datasets/enterprises': DATASET,
  'GET /api/share/access-requests/columns': { items: COLUMNS },
  'GET /api/share/access-requests/mine': pageOf([]),
  'GET /api/auth/users': { items: [] },
  'GET /api/auth/keys': { items: [] },
  'GET /api/auth/roles': { items: [] },
  'GET /api/auth/organisations': { items: [] },
};

it('asks for columns that one does not see, and says what is missing before', async () => {
  const sent = fakeApi({ ...API, 'POST /api/share/access-requests': REQUEST });
  await show(<DatasetPage />, 'zh-CN', {
    ...{ me: { ...me(), organisation: 'jx.nanchang' }, pattern: '/share/datasets/$id' },
    address: '/share/datasets/enterprises',
  });
  fireEvent.click(await screen.findByRole('button', { name: /申请访问/ }));
  expect(await screen.findByText('还不能提交： 请填写用途')).toBeTruthy();
  fireEvent.mouseDown(screen.getByRole('combobox', { name: '需要的列' }));
  fireEvent.click(await screen.findByText('不可见'));
  expect(await screen.findByText(/已选 2 列：1 列现在看不到，0 列是个人信息/)).toBeTruthy();
  fireEvent.change(screen.getByLabelText('用途'), { target: { value: '产业链统计' } });
  await press('提交申请');
  await waitFor(() => expect(sent.some(({ method }) => method === 'POST')).toBe(true));
  expect(sent.find(({ method }) => method === 'POST')?.body).toEqual({
    ...{ dataset: 'enterprises', for: { kind: 'self' }, organisation: 'jx', columns: ['name', 'revenue'] },
    ...{ filter: null, purpose: '产业链统计', reason: '', until: null },
  });
});

it('one’s own requests tell what became of them, a grant that ended since too; an open one is taken back', async () => {
  const granted = { ...REQUEST, id: idOf(71), state: 'granted' as const, decidedAt: REQUEST.madeAt };
  const sent = fakeApi({
    ...API,
    'GET /api/share/access-requests/mine': pageOf([
      REQUEST,
      { ...granted, grant: { state: 'revoked', until: null } },
      { ...granted, id: idOf(72), state: 'refused', answer: '请改用汇总指标' },
    ]),
    'POST /api/share/access-requests/*/withdraw': { ...REQUEST, state: 'withdrawn' },
  });
  await show(<RequestsPage />, 'zh-CN', { me: me(['share:policy:read', 'share:policy:write']) });
  const table = within(await screen.findByRole('table', { name: '我的申请' }));
  expect(table.getByText('授权已撤销')).toBeTruthy();
  expect(table.getByText('答复：请改用汇总指标')).toBeTruthy();
  expect(screen.queryByRole('tab')).toBeNull();
  fireEvent.click(table.getByRole('button', { name: '撤回对 企业库 的申请' }));
  fireEvent.click(await screen.findByRole('button', { name: /^撤\s?回$/ }));
  await waitFor(() => expect(sent.some(({ path }) => path.endsWith('/withdraw'))).toBe(true));
});

const sight = (columns: typeof DATASET.columns): PolicyTrialAnswer => ({
  ...{ allowed: true, why: [], columns, columnsTotal: 5, hidden: 0, rowsOf: ['jx.ganzhou'], policies: [] },
  limits: { rowsMax: 1, timeMs: 1, bytesMax: 1 },
  sees: { name: 'nc', organisation: 'jx.nanchang' },
  sample: columns.length > 0 ? { columns: ANSWER.columns, rows: ANSWER.rows } : null,
});
const OWNER = {
  ...API,
  'GET /api/share/access-requests': pageOf([REQUEST]),
  'GET /api/share/access-requests/*': {
    request: REQUEST,
    policy: POLICY,
  } satisfies AccessRequestProposal,
};

it('the owner looks as the asker, changes what is given, and grants it', async () => {
  const sent = fakeApi({
    ...OWNER,
    'POST /api/share/access-requests/*/try': ({ body }: Sent) =>
      sight((body as { policy: unknown }).policy === null ? [] : DATASET.columns),
    'POST /api/share/access-requests/*/grant': { request: REQUEST, policy: {} },
  });
  await show(<RequestsPage />, 'zh-CN', { me: me() });
  fireEvent.click(await screen.findByRole('button', { name: '处理 nc 的申请' }));
  const name = await screen.findByLabelText('名称');
  expect(screen.getByText('nc · 南昌市')).toBeTruthy();
  // for whom and of which dataset are settled
  expect(screen.queryByText('对象类别')).toBeNull();
  fireEvent.change(name, { target: { value: '给南昌' } });
  for (let step = 0; step < 4; step++) await press('下一步');
  await press('查看授权前后');
  expect(await screen.findByText('138******21')).toBeTruthy();
  fireEvent.change(screen.getByLabelText('给申请方的话'), { target: { value: '只作统计' } });
  await press(/^授\s?权$/);
  await waitFor(() => expect(sent.some(({ path }) => path.endsWith('/grant'))).toBe(true));
  const { body } = sent.find(({ path }) => path.endsWith('/grant')) ?? {};
  expect(body).toEqual({ policy: { ...POLICY, name: '给南昌' }, answer: '只作统计' });
});

it('a refusal needs a reason, and what somebody else answered meanwhile is told', async () => {
  const sent = fakeApi({
    ...OWNER,
    'POST /api/share/access-requests/*/refuse': () =>
      new Refused(409, { code: 'ACCESS_REQUEST_CLOSED', message: '申请已处理，当前状态：granted' }),
  });
  await show(<RequestsPage />, 'zh-CN', { me: me() });
  fireEvent.click(await screen.findByRole('button', { name: '处理 nc 的申请' }));
  fireEvent.click(await screen.findByRole('button', { name: '拒绝…' }));
  fireEvent.click(await screen.findByRole('button', { name: '拒绝申请' }));
  expect(await screen.findByText('请写明理由')).toBeTruthy();
  expect(sent.some(({ path }) => path.endsWith('/refuse'))).toBe(false);
  fireEvent.change(screen.getByLabelText('理由'), { target: { value: '改用汇总' } });
  await press('拒绝申请');
  expect(await screen.findByText('申请已处理，当前状态：granted')).toBeTruthy();
});

it('without requests it says so, and a failure can be tried again', async () => {
  fakeApi({ ...API, 'GET /api/share/access-requests': pageOf([]) });
  await show(<RequestsPage />, 'en', { me: me() });
  expect(await screen.findByText('No requests')).toBeTruthy();
  fireEvent.click(screen.getByRole('tab', { name: 'My requests' }));
  expect(await screen.findByText('No requests yet')).toBeTruthy();
});
