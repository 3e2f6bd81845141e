import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { fakeApi, pageOf, realBorder } from '../testing/fake-api.ts';
import { me, SOURCE_ID, source } from '../testing/intake-fixture.ts';
import { write } from '../testing/press.ts';
import { show } from '../testing/render.tsx';
import { DATASET } from '../testing/share-fixture.ts';
import { Palette } from './palette.tsx';

afterEach(() => {
  cleanup();
  realBorder();
});

it('finds a dataset by its name or a column and opens it', async () => {
  fakeApi({
    'GET /api/fuse/sources': {
      items: [source(), source({ id: 'x', name: '别的', key: 'other', mappings: [] })],
    },
    'GET /api/fuse/enterprises': pageOf([]),
  });
  const { router } = await show(<Palette open onClose={() => {}} />, 'zh-CN', { me: me() });
  write('输入页面、数据集、列名、企业名称或信用代码', '主营业务收入');
  expect(await screen.findByText('规上企业名单')).toBeTruthy();
  expect(screen.queryByText('别的')).toBeNull();
  fireEvent.click(screen.getByText('规上企业名单'));
  await waitFor(() => expect(router.state.location.pathname).toBe(`/fuse/sources/${SOURCE_ID}`));
});

it('finds a shared dataset by its title, in either language, and opens it', async () => {
  const dataset = { ...DATASET, columns: DATASET.columns.length };
  fakeApi({
    'GET /api/share/datasets': { items: [dataset] },
    'GET /api/fuse/sources': { items: [] },
    'GET /api/fuse/enterprises': pageOf([]),
  });
  const { router } = await show(<Palette open onClose={() => {}} />, 'zh-CN', { me: me() });
  write('输入页面、数据集、列名、企业名称或信用代码', 'one row');
  fireEvent.click(await screen.findByText('share.enterprises'));
  await waitFor(() => expect(router.state.location.pathname).toBe('/share/datasets/enterprises'));
});
