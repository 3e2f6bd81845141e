import type { SavedQuery, SavedQueryTrialAnswer } from '@ronghe/contracts';
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { fakeApi, Refused, realBorder } from '../../../testing/fake-api.ts';
import { me } from '../../../testing/intake-fixture.ts';
import { press, write } from '../../../testing/press.ts';
import { show } from '../../../testing/render.tsx';
import { QueriesPanel } from './queries-panel.tsx';

afterEach(() => {
  cleanup();
  realBorder();
});

const QUERY: SavedQuery = {
  ...{ name: 'large', dataset: 'query_large', organisation: 'jx', version: 3, state: 'active' },
  title: { zh: '大企业', en: 'Large ones' },
  description: { zh: '收入两千万以上', en: 'From 20 million' },
  ...{
    sql: 'select name from share.enterprises',
    columns: [],
    key: [],
    reads: ['enterprises'],
    broken: null,
  },
  ...{ madeBy: 'admin', madeAt: '2026-12-01T00:00:00.000Z' },
};
const BROKEN: SavedQuery = {
  ...QUERY,
  ...{ name: 'old', dataset: 'query_old', title: { zh: '旧查询', en: 'Old' }, reads: [] },
  broken: { zh: '没有这个表：share.source_x', en: 'there is no such table' },
};
const TRIED: SavedQueryTrialAnswer = {
  reads: ['enterprises'],
  columns: [
    {
      ...{ name: 'total', type: 'number', title: { zh: 'total', en: 'total' }, unit: null },
      description: { zh: 'total', en: 'total' },
      ...{ grade: 2, level: 'general', personal: false },
    },
  ],
};
const API = { 'GET /api/share/queries': { items: [QUERY, BROKEN] } };

it('lists saved queries, says which cannot be asked and why, and deletes after a question', async () => {
  const sent = fakeApi({ ...API, 'DELETE /api/share/queries/large': '' });
  await show(<QueriesPanel />, 'zh-CN', { me: me() });
  expect(await screen.findByText('大企业')).toBeTruthy();
  expect(screen.getByText('没有这个表：share.source_x')).toBeTruthy();
  await press('删除 query_large');
  expect(await screen.findByText('删除 query_large？')).toBeTruthy();
  const buttons = screen.getAllByRole('button', { name: /删\s?除$/, hidden: true });
  fireEvent.click(buttons.at(-1) as HTMLElement);
  await waitFor(() => expect(sent.some(({ method }) => method === 'DELETE')).toBe(true));
});

it('checks a query first, takes meanings of its columns, and saves it', async () => {
  const sent = fakeApi({
    'GET /api/share/queries': { items: [] },
    'POST /api/share/queries/try': TRIED,
    'POST /api/share/queries': QUERY,
  });
  await show(<QueriesPanel />, 'zh-CN', { me: me() });
  expect(await screen.findByText('还没有保存的查询')).toBeTruthy();
  await press('保存查询');
  write('名称', 'totals');
  for (const label of ['中文名', '英文名', '中文说明', '英文说明']) write(label, label);
  write('SQL', 'select sum(revenue) as total from share.enterprises');
  write('唯一键', 'total');
  await press(/检\s?查/);
  expect(await screen.findByText('读取 enterprises')).toBeTruthy();
  write('total 的中文含义', '收入合计');
  write('total 的单位', '万元');
  await press(/^保\s?存$/);
  const posts = () => sent.filter(({ method, path }) => method === 'POST' && path === '/api/share/queries');
  await waitFor(() => expect(posts()).toHaveLength(1));
  expect(posts()[0]?.body).toMatchObject({
    ...{ name: 'totals', organisation: me().organisation, key: ['total'] },
    columns: [{ name: 'total', title: { zh: '收入合计', en: 'total' }, unit: '万元' }],
  });
});

it('shows why a query is refused, and changes one under its version', async () => {
  const refused = new Refused(422, {
    code: 'SAVED_QUERY_INVALID',
    message: '不能保存这个查询：name every column',
  });
  const sent = fakeApi({
    ...API,
    'POST /api/share/queries/try': refused,
    'PUT /api/share/queries/large': QUERY,
  });
  await show(<QueriesPanel />, 'zh-CN', { me: me() });
  await press('修改 query_large');
  await press(/检\s?查/);
  expect(await screen.findByText(/name every column/)).toBeTruthy();
  await press(/^保\s?存$/);
  await waitFor(() => expect(sent.some(({ method }) => method === 'PUT')).toBe(true));
  expect(sent.find(({ method }) => method === 'PUT')?.body).toMatchObject({ basedOn: 3, sql: QUERY.sql });
});
