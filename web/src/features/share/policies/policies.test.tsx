import type { Policy, PolicyTrial, PolicyTrialAnswer } from '@ronghe/contracts';
import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { fakeApi, pageOf, Refused, realBorder, type Sent } from '../../../testing/fake-api.ts';
import { idOf, me } from '../../../testing/intake-fixture.ts';
import { show } from '../../../testing/render.tsx';
import { DATASET } from '../../../testing/share-fixture.ts';
import { PoliciesPage } from './policies.page.tsx';

afterEach(() => {
  cleanup();
  realBorder();
});

const POLICY: Policy = {
  ...{ id: idOf(50), version: 3, state: 'active', name: '给财政', effect: 'grant', dataset: 'enterprises' },
  ...{ subject: { kind: 'user', id: idOf(60) }, organisation: 'jx', columns: ['name'], masks: {} },
  rows: { organisations: null, own: false, filter: { column: 'revenue', op: 'gt', value: 2000 } },
  ...{ purposes: ['统计'], from: null, until: null, quota: {}, reason: '协议' },
  ...{ revocation: null, madeBy: 'admin', madeAt: '2026-11-30T00:00:00.000Z' },
};
const USER = {
  ...{ id: idOf(60), username: 'caizheng', title: '财政', organisation: 'jx.nanchang', roles: [] },
  ...{ disabled: false, lockedUntil: null, lastLoginAt: null, createdAt: '2026-11-30T00:00:00.000Z' },
};
const [NAME] = DATASET.columns;
const sight = (columns: typeof DATASET.columns): PolicyTrialAnswer => ({
  ...{ allowed: columns.length > 0, why: [], columns, columnsTotal: 5, hidden: 5 - columns.length },
  ...{
    rowsOf: columns.length > 0 ? ['jx'] : [],
    policies: [],
    limits: { rowsMax: 1, timeMs: 1, bytesMax: 1 },
  },
  sees: { name: 'caizheng', organisation: 'jx.nanchang' },
  sample: null,
});
const API = {
  'GET /api/share/policies': pageOf([POLICY]),
  'GET /api/share/datasets': { items: [] },
  'GET /api/share/datasets/enterprises': DATASET,
  'GET /api/auth/users': { items: [USER] },
  'GET /api/auth/keys': { items: [] },
  'GET /api/auth/roles': { items: [] },
  'GET /api/auth/organisations': { items: [] },
};

it('a policy is changed on the version that was read, after a look as somebody with the difference', async () => {
  const sent = fakeApi({
    ...API,
    'POST /api/share/policies/try': ({ body }: Sent) =>
      sight((body as PolicyTrial).policy === null ? [] : NAME ? [NAME] : []),
    'PUT /api/share/policies/*': POLICY,
  });
  await show(<PoliciesPage />, 'zh-CN', { me: me() });
  fireEvent.click(await screen.findByRole('button', { name: '修改 给财政' }));
  const name = await screen.findByLabelText('名称');
  fireEvent.change(name, { target: { value: '给财政二' } });
  for (let step = 0; step < 4; step++) fireEvent.click(screen.getByRole('button', { name: '下一步' }));
  fireEvent.mouseDown(screen.getByRole('combobox', { name: '身份' }));
  fireEvent.click(await screen.findByTitle(/财政 · caizheng/));
  const table = within(await screen.findByRole('table', { name: '有变化的列' }));
  expect(table.getByText('新增')).toBeTruthy();
  const tried = sent.filter(({ path }) => path.endsWith('/try')).map(({ body }) => body as PolicyTrial);
  expect(tried.map(({ replaces }) => replaces)).toEqual([null, POLICY.id]);
  expect(tried[1]?.policy?.rows.filter).toEqual(POLICY.rows.filter);
  fireEvent.click(screen.getByRole('button', { name: '保存策略' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  const saved = sent.find(({ method }) => method === 'PUT');
  expect(saved?.path).toBe(`/api/share/policies/${POLICY.id}`);
  expect(saved?.body).toMatchObject({ name: '给财政二', basedOn: 3, purposes: ['统计'], columns: ['name'] });
});

it('what somebody else changed meanwhile is refused in the drawer, and nothing that was written is lost', async () => {
  fakeApi({
    ...API,
    'PUT /api/share/policies/*': () =>
      new Refused(409, { code: 'POLICY_CHANGED', message: '策略已被他人修改' }),
  });
  await show(<PoliciesPage />, 'zh-CN', { me: me() });
  fireEvent.click(await screen.findByRole('button', { name: '修改 给财政' }));
  fireEvent.change(await screen.findByLabelText('名称'), { target: { value: '我的改动' } });
  fireEvent.click(screen.getByRole('button', { name: '保存策略' }));
  expect(await screen.findByText('策略已被他人修改')).toBeTruthy();
  expect((screen.getByLabelText('名称') as HTMLInputElement).value).toBe('我的改动');
});

it('who may only read sees versions and no way to change anything', async () => {
  fakeApi({
    ...API,
    'GET /api/share/policies/*/versions': {
      items: [POLICY, { ...POLICY, version: 2, until: POLICY.madeAt }],
    },
  });
  await show(<PoliciesPage />, 'zh-CN', { me: me(['share:policy:write']) });
  fireEvent.click(await screen.findByRole('button', { name: '给财政 第 3 版' }));
  expect(await screen.findByText('第 2 版')).toBeTruthy();
  expect(screen.getByText('有效期', { selector: '.tag' })).toBeTruthy();
  expect(screen.queryByRole('button', { name: '新建策略' })).toBeNull();
  expect(screen.queryByRole('button', { name: /^撤销/ })).toBeNull();
});
