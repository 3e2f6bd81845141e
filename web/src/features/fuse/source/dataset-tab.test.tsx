import type { SourceDataset } from '@ronghe/contracts';
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { fakeApi, Refused, realBorder } from '../../../testing/fake-api.ts';
import { me, SOURCE_ID, source } from '../../../testing/intake-fixture.ts';
import { press, write } from '../../../testing/press.ts';
import { show } from '../../../testing/render.tsx';
import { DatasetTab } from './dataset-tab.tsx';

afterEach(() => {
  cleanup();
  realBorder();
});

const PATH = '/api/fuse/sources/*/dataset';
const column = (to: string, more: Partial<SourceDataset['columns'][number]> = {}) => ({
  ...{ to, name: to, title: { zh: to, en: to }, description: { zh: to, en: to }, unit: null, standard: null },
  ...{ type: 'text' as const, grade: 1 as const, level: 'general' as const, personal: false },
  ...{ shared: false, there: true },
  ...more,
});
const TOLD: SourceDataset = {
  ...{
    state: 'private',
    dataset: 'source_meters',
    nameFixed: false,
    version: null,
    madeBy: null,
    madeAt: null,
  },
  title: { zh: '电表', en: 'Meters' },
  description: { zh: '每户一行', en: 'A row a meter' },
  columns: [
    column('rowKey', { name: 'row_key' }),
    column('column:用电量', { name: 'yong_dian_liang', type: 'number', unit: '万千瓦时', grade: 2 }),
  ],
};
const SHARED: SourceDataset = {
  ...TOLD,
  ...{ state: 'shared', nameFixed: true, version: '2.1' },
  columns: [
    column('rowKey', { name: 'row_key', shared: true }),
    column('column:旧列', { name: 'old', shared: true, there: false }),
    column('code', { standard: 'GB 32100' }),
  ],
};
const at = { me: me(), pattern: '/fuse/sources/$id', address: `/fuse/sources/${SOURCE_ID}` };

it('proposes what a source could be, and shares what is ticked under names of one’s own', async () => {
  const sent = fakeApi({ [`GET ${PATH}`]: TOLD, [`PUT ${PATH}`]: SHARED });
  await show(<DatasetTab source={source()} />, 'zh-CN', at);
  expect(await screen.findByText('尚未共享', { selector: '.tag' })).toBeTruthy();
  expect(screen.getByText(/万千瓦时/)).toBeTruthy();
  write('column:用电量 的列名', 'electricity');
  fireEvent.click(screen.getByLabelText('column:用电量 是个人信息'));
  await press('共享为数据集');
  await waitFor(() => expect(sent.some(({ method }) => method === 'PUT')).toBe(true));
  expect(sent.find(({ method }) => method === 'PUT')?.body).toMatchObject({
    name: 'meters',
    columns: [
      { to: 'rowKey', name: 'row_key' },
      { to: 'column:用电量', name: 'electricity', grade: 2, personal: true },
    ],
  });
});

it('says what the mapping lost and added, and takes back after a question', async () => {
  const sent = fakeApi({ [`GET ${PATH}`]: SHARED, [`PUT ${PATH}`]: SHARED, [`DELETE ${PATH}`]: '' });
  await show(<DatasetTab source={source()} />, 'zh-CN', at);
  expect(await screen.findByText('版本 2.1')).toBeTruthy();
  expect(screen.getByText('映射中已没有这一列，共享时会去掉')).toBeTruthy();
  expect(screen.getByText('GB 32100')).toBeTruthy();
  fireEvent.click(screen.getByLabelText('共享 code'));
  await press('保存并重新共享');
  await waitFor(() => expect(sent.some(({ method }) => method === 'PUT')).toBe(true));
  expect(sent.find(({ method }) => method === 'PUT')?.body).toMatchObject({
    columns: [{ to: 'rowKey' }, { to: 'code' }],
  });
  await press('撤回共享');
  expect(await screen.findByText('撤回 source_meters？')).toBeTruthy();
  const buttons = screen.getAllByRole('button', { name: '撤回共享', hidden: true });
  fireEvent.click(buttons.at(-1) as HTMLElement);
  await waitFor(() => expect(sent.some(({ method }) => method === 'DELETE')).toBe(true));
});

it('shows a refusal with its place, and lets nobody share without the right', async () => {
  fakeApi({
    [`GET ${PATH}`]: TOLD,
    [`PUT ${PATH}`]: new Refused(409, { code: 'CONFLICT', message: 'source_meters 已存在' }),
  });
  await show(<DatasetTab source={source()} />, 'zh-CN', at);
  await press('共享为数据集');
  expect(await screen.findByText('source_meters 已存在')).toBeTruthy();
  cleanup();
  const reader = { ...me(), permissions: me().permissions.filter((name) => name !== 'fuse:source:share') };
  await show(<DatasetTab source={source()} />, 'zh-CN', { ...at, me: reader });
  expect(await screen.findByText('尚未共享', { selector: '.tag' })).toBeTruthy();
  expect(screen.queryByText('共享为数据集')).toBeNull();
});
