import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { fakeApi, Refused, realBorder } from '../../testing/fake-api.ts';
import { me } from '../../testing/intake-fixture.ts';
import { show } from '../../testing/render.tsx';
import { ANSWER, DATASET } from '../../testing/share-fixture.ts';
import { DatasetPage } from './dataset.page.tsx';
import { DatasetsPage } from './datasets.page.tsx';

afterEach(() => {
  cleanup();
  realBorder();
});

const at = (tab: string, who = me()) => ({
  ...{ me: who, pattern: '/share/datasets/$id', address: `/share/datasets/enterprises?tab=${tab}` },
});
const root = () => ({ ...me(), organisation: 'jx' });
const API = {
  'GET /api/share/datasets/enterprises': DATASET,
  'GET /api/share/doors': { httpUrl: 'https://data.example', sqlPort: null, localOnly: true },
};

it('lists what one sees, and finds it by words in either language', async () => {
  const { columns, columnsTotal: _t, key: _k, rowsOf: _r, why: _w, contract: _c, ...summary } = DATASET;
  fakeApi({ 'GET /api/share/datasets': { items: [{ ...summary, columns: columns.length }] } });
  await show(<DatasetsPage />, 'zh-CN', { me: me(), address: '/?search=one+row' });
  expect(await screen.findByText('share.enterprises')).toBeTruthy();
  cleanup();
  await show(<DatasetsPage />, 'zh-CN', { me: me(), address: '/?search=zzz' });
  expect(await screen.findByText('没有符合条件的记录')).toBeTruthy();
});

it('says why, what is masked and what is a person’s; grades are set at the root only, with a reason', async () => {
  const sent = fakeApi({ ...API, 'PUT /api/share/datasets/enterprises/grades': {} });
  await show(<DatasetPage />, 'zh-CN', at('describe', root()));
  expect(await screen.findByText('5 列中可见 3 列，因为 2 列未授权')).toBeTruthy();
  const phone = within(screen.getByRole('row', { name: /联系电话/ }));
  expect(phone.getByText('保留前 3 后 2 位')).toBeTruthy();
  expect(phone.getByText('部分行')).toBeTruthy();
  expect(phone.getByText('个人信息')).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: '调整 联系电话 的分级' }));
  const save = () => screen.getByRole('button', { name: '保存分级' });
  expect((save() as HTMLButtonElement).disabled).toBe(true);
  fireEvent.click(screen.getByRole('radio', { name: '三级' }));
  fireEvent.click(save());
  expect(screen.getByText('请写明理由')).toBeTruthy();
  fireEvent.change(screen.getByLabelText('理由'), { target: { value: '含号码' } });
  fireEvent.click(save());
  await waitFor(() => expect(sent.some(({ method }) => method === 'PUT')).toBe(true));
  expect(sent.find(({ method }) => method === 'PUT')?.body).toEqual({
    columns: [{ column: 'phone', grade: 3, level: 'general', personal: true, reason: '含号码' }],
  });
  cleanup();
  await show(<DatasetPage />, 'zh-CN', at('describe'));
  expect(await screen.findByText('联系电话')).toBeTruthy();
  expect(screen.queryByRole('button', { name: /的分级$/ })).toBeNull();
});

it('shows an answer with units, masks and gaps, turns its pages with the same question, and says it as JSON', async () => {
  const pages = [ANSWER, { ...ANSWER, rows: [{ name: '末页' }], next: null }];
  const sent = fakeApi({
    ...API,
    'POST /api/share/datasets/enterprises/query': ({ body }: { body: unknown }) =>
      pages[(body as { cursor?: string }).cursor === 'c2' ? 1 : 0],
  });
  await show(<DatasetPage />, 'zh-CN', at('query'));
  fireEvent.change(await screen.findByLabelText('用途'), { target: { value: '统计' } });
  fireEvent.click(screen.getByRole('button', { name: /^查\s?询$/ }));
  expect(await screen.findByText('138******21')).toBeTruthy();
  const table = within(screen.getByRole('table', { name: '结果' }));
  expect(table.getByText(/营业收入 \(万元\)/)).toBeTruthy();
  expect(table.getByText('脱敏：保留前 3 后 2 位')).toBeTruthy();
  expect(table.getByText('12,345.5')).toBeTruthy();
  expect(table.getAllByText('—')).toHaveLength(2);
  fireEvent.click(screen.getByRole('button', { name: '下一页' }));
  expect(await screen.findByText('末页')).toBeTruthy();
  const asked = sent.filter(({ path }) => path.endsWith('/query')).map(({ body }) => body);
  expect(asked).toEqual([
    { limit: 100, purpose: '统计' },
    { limit: 100, purpose: '统计', cursor: 'c2' },
  ]);
  expect(screen.getByRole('region', { name: 'JSON' }).textContent).toBe(JSON.stringify(asked[0], null, 2));
  fireEvent.change(screen.getByLabelText('用途'), { target: { value: '' } });
  expect(screen.getByText(/下面仍是上次的结果/)).toBeTruthy();
});

it('a refusal stands where the answer would, in the words of the server', async () => {
  const error = { code: 'SHARE_PURPOSE_NEEDED', message: '查询 enterprises 须声明约定用途' };
  fakeApi({ ...API, 'POST /api/share/datasets/enterprises/query': () => new Refused(403, error) });
  await show(<DatasetPage />, 'zh-CN', at('query', me(['share:dataset:export'])));
  fireEvent.click(await screen.findByRole('button', { name: /^查\s?询$/ }));
  expect(await screen.findByText('查询 enterprises 须声明约定用途')).toBeTruthy();
  expect(screen.queryByRole('button', { name: /导出…/ })).toBeNull();
});

it('an export is followed until its file is there', async () => {
  let state = 'waiting';
  const id = '00000000-0000-4000-8000-000000000077';
  const sent = fakeApi({
    ...API,
    'POST /api/share/datasets/enterprises/export': { id, job: id, file: `/api/share/exports/${id}/file` },
    'GET /api/share/exports/*': () => ({
      ...{ id, dataset: 'enterprises', format: 'csv', state, rows: 95, bytes: 2_048 },
      madeAt: '2026-11-30T00:00:00.000Z',
    }),
    'GET /api/jobs/*': { progress: 0.5, message: '已写 40 行' },
  });
  await show(<DatasetPage />, 'zh-CN', at('query'));
  fireEvent.click(await screen.findByRole('button', { name: /导出…/ }));
  fireEvent.click(screen.getByRole('button', { name: '开始导出' }));
  expect(await screen.findByText('已写 40 行')).toBeTruthy();
  state = 'ready';
  expect(await screen.findByText('导出完成：95 行，2 KB', {}, { timeout: 5_000 })).toBeTruthy();
  expect(screen.getByRole('button', { name: /下载 enterprises.csv/ })).toBeTruthy();
  expect(sent.find(({ path }) => path.endsWith('/export'))?.body).toEqual({ format: 'csv' });
});

it('guides say that the SQL port is closed, with the public address of the platform', async () => {
  fakeApi(API);
  await show(<DatasetPage />, 'en', at('connect'));
  expect(await screen.findByText('The SQL port of this platform is closed')).toBeTruthy();
  expect(screen.getByText('The platform listens on its own machine only')).toBeTruthy();
  expect(screen.getByRole('region', { name: 'curl (REST)' }).textContent).toContain(
    'https://data.example/api/share/datasets/enterprises/query',
  );
});
