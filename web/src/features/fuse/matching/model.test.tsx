import type { Enterprise, Job } from '@ronghe/contracts';
import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { fakeApi, pageOf, Refused, realBorder, type Sent } from '../../../testing/fake-api.ts';
import { DICTIONARIES, idOf, JOB_ID, me, SOURCE_ID } from '../../../testing/intake-fixture.ts';
import {
  EXPLANATION,
  FIGURES,
  MODELS,
  model,
  OTHER_SOURCE_ID,
  SEARCH_RESULT,
} from '../../../testing/matching-fixture.ts';
import { PATIENCE, press, write } from '../../../testing/press.ts';
import { show } from '../../../testing/render.tsx';
import { RowsTab } from '../rows-tab.tsx';
import { ExplainPage } from './explain.page.tsx';
import { LookupPage } from './lookup.page.tsx';
import { ModelPage } from './model.page.tsx';

afterEach(() => {
  cleanup();
  realBorder();
});
const as = { me: me(), dictionaries: DICTIONARIES };
const KNOWN = {
  'GET /api/fuse/matching/models': MODELS,
  'GET /api/fuse/matching/figures': FIGURES,
  'GET /api/fuse/sources': { items: [] },
};
const posted = (sent: readonly Sent[]) => sent.filter(({ method }) => method === 'POST');

it('the model is shown with its weights, figures, rules and the pairs it gets wrong, which lead to explanations', async () => {
  fakeApi(KNOWN);
  await show(<ModelPage />, 'zh-CN', as);
  const weights = await screen.findByRole('table', { name: '版本 3 的权重' }, PATIENCE);
  const same = within(weights).getByRole('row', { name: /^全称相同/ });
  expect(same.textContent).toBe('全称相同m 52% · u 0.002%+14.752%0.002%');
  expect((await screen.findAllByText('99.62%', {}, PATIENCE)).length).toBeGreaterThan(0);
  const rules = screen.getByRole('table', { name: '查找规则' });
  expect(rules.textContent).toContain('2,911,034');
  const link = screen.getByRole('link', { name: '说明 90:3 与 gd-90:3' });
  const to = new URL(link.getAttribute('href') ?? '', 'http://x');
  expect(to.searchParams.get('a')).toBe(`${SOURCE_ID}:90:3`);
});

it('edited thresholds tell what they would do, may not cross, and are saved as a new version with a note', async () => {
  const sent = fakeApi({ ...KNOWN, 'POST /api/fuse/matching/models': model(4) });
  await show(<ModelPage />, 'zh-CN', as);
  await screen.findByRole('table', { name: '查找规则' }, PATIENCE);
  const field = screen.getByLabelText('自动合并，权重不低于');
  fireEvent.change(field, { target: { value: '13' } });
  fireEvent.blur(field);
  expect(await screen.findByText('误合并：1 对 → 0 对')).toBeTruthy();
  const review = screen.getByLabelText('请人核对，权重不低于');
  fireEvent.change(review, { target: { value: '20' } });
  fireEvent.blur(review);
  expect(await screen.findByText('核对界限不能高于合并界限')).toBeTruthy();
  fireEvent.change(review, { target: { value: '-3' } });
  fireEvent.blur(review);
  await screen.findByText('漏合并：1 对 → 0 对');
  await press('保存为新版本');
  write('理由', '少误合并');
  const dialog = await screen.findByRole('dialog');
  fireEvent.click(within(dialog).getByRole('button', { name: '保存为新版本' }));
  await waitFor(() =>
    expect(posted(sent).map(({ body }) => body)).toEqual([
      { base: 3, match: 13, review: -3, note: '少误合并' },
    ]),
  );
});

it('another version is put to use with a note, and a training is followed until it ends', async () => {
  const job = (state: Job['state']) => ({ id: JOB_ID, state, progress: 1, message: null, error: null });
  const sent = fakeApi({
    ...KNOWN,
    'POST /api/fuse/matching/models/2/use': model(2),
    'POST /api/fuse/matching/models/train': { job: JOB_ID },
    [`GET /api/jobs/${JOB_ID}`]: job('succeeded'),
  });
  await show(<ModelPage />, 'en', as);
  await press('Use version 2');
  write('Reason', 'the new one merges too much');
  fireEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Use' }));
  await screen.findByText('Version 2 is in use', {}, PATIENCE);
  await press('Train a new version');
  const dialog = await screen.findByRole('dialog', { name: /Train the matching model/ }, PATIENCE);
  fireEvent.change(within(dialog).getByLabelText('Reason'), { target: { value: 'monthly' } });
  fireEvent.click(within(dialog).getByRole('button', { name: 'Train a new version' }));
  await screen.findByText('Trained; the new version is in the list below', {}, PATIENCE);
  expect(posted(sent).map(({ body }) => body)).toEqual([
    { note: 'the new one merges too much' },
    { note: 'monthly' },
  ]);
});

it('who may not change the model sees it all and no buttons that would be refused', async () => {
  fakeApi(KNOWN);
  await show(<ModelPage />, 'zh-CN', { ...as, me: me(['fuse:model:write']) });
  await screen.findByRole('table', { name: '查找规则' }, PATIENCE);
  for (const name of [/^训练/, /^启用版本/]) expect(screen.queryByRole('button', { name })).toBeNull();
  expect((screen.getByLabelText('自动合并，权重不低于') as HTMLInputElement).disabled).toBe(true);
});

it('with nothing decided the figures say why there are none', async () => {
  const labelled = {
    pairs: 0,
    same: 0,
    different: 0,
    precision: null,
    recall: null,
    reviewRate: null,
    wrong: [],
  };
  fakeApi({ ...KNOWN, 'GET /api/fuse/matching/figures': { ...FIGURES, labelled, matchedBy: [], rules: [] } });
  await show(<ModelPage />, 'zh-CN', as);
  expect(await screen.findByText(/还没有人工判断，无法衡量/, {}, PATIENCE)).toBeTruthy();
  expect(screen.getByText('还没有归入企业的记录')).toBeTruthy();
});

it('two chosen records are explained from the enterprise; the address holds them', async () => {
  fakeApi({ 'GET /api/fuse/review': { items: [], next: null, total: 3 } });
  const record = (key: string): Enterprise['records'][number] => ({
    ...{ source: SOURCE_ID, sourceName: '税务', entityKey: key, rowKey: key, run: idOf(3), row: { id: key } },
    ...{ matchedBy: 'code', matchedByText: { zh: '代码相同', en: 'Same code' } },
  });
  const enterprise = { id: idOf(7), records: [record('1:a'), record('2')] } as unknown as Enterprise;
  const { router } = await show(<RowsTab enterprise={enterprise} />, 'zh-CN', {
    ...as,
    me: me(['fuse:decision:write']),
  });
  expect(await screen.findByRole('link', { name: '3 对待核对' }, PATIENCE)).toBeTruthy();
  expect(screen.queryByRole('button', { name: '与……合并' })).toBeNull();
  fireEvent.click(screen.getByRole('checkbox', { name: '选择 税务 1:a' }));
  fireEvent.click(screen.getByRole('checkbox', { name: '选择 税务 2' }));
  await press('为什么是同一家');
  await waitFor(() =>
    expect(router.state.location).toMatchObject({
      pathname: '/fuse/explain',
      search: { a: `${SOURCE_ID}:1:a`, b: `${SOURCE_ID}:2` },
    }),
  );
});

it('an explanation asks for what its address names, says which way it is, and lets who may decide', async () => {
  const sent = fakeApi({
    'POST /api/fuse/matching/explain': EXPLANATION,
    'POST /api/fuse/decisions': { state: 'proposed', undo: null },
  });
  await show(<ExplainPage />, 'zh-CN', {
    ...as,
    address: `/?a=${SOURCE_ID}:7781&b=${OTHER_SOURCE_ID}:gd-20017`,
  });
  expect(await screen.findByRole('heading', { level: 1, name: '为什么不是同一家' }, PATIENCE)).toBeTruthy();
  expect(screen.getByText('法定代表人不同，减 3.1')).toBeTruthy();
  await press('判为同一家');
  write('理由', '改过名');
  fireEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: '判为同一家' }));
  const a = { source: SOURCE_ID, entityKey: '7781' };
  const b = { source: OTHER_SOURCE_ID, entityKey: 'gd-20017' };
  await waitFor(() =>
    expect(posted(sent).find(({ path }) => path === '/api/fuse/decisions')?.body).toEqual({
      ...{ act: 'same', a, b, reason: '改过名' },
    }),
  );
  expect(posted(sent)[0]?.body).toEqual({ a, b });
});

it('the record to compare with is found by its enterprise; the same one twice is said, not asked', async () => {
  const records = [
    { source: OTHER_SOURCE_ID, sourceName: '供电用户', entityKey: 'gd-20017', rowKey: 'gd-20017', row: {} },
  ];
  const sent = fakeApi({
    'GET /api/fuse/enterprises': pageOf([{ id: idOf(8), name: '豫章铜业有限责任公司', code: null }]),
    [`GET /api/fuse/enterprises/${idOf(8)}`]: { id: idOf(8), records },
    'POST /api/fuse/matching/explain': EXPLANATION,
  });
  const own = `${SOURCE_ID}:7781`;
  await show(<ExplainPage />, 'zh-CN', { ...as, address: `/?a=${own}&b=${own}` });
  expect(await screen.findByText('两边选了同一条记录，请换一条。')).toBeTruthy();
  expect(posted(sent)).toEqual([]);
  fireEvent.change(screen.getByLabelText('搜索企业名称或信用代码'), { target: { value: '豫章' } });
  await press('选择企业 豫章铜业有限责任公司');
  await press('选择 供电用户 gd-20017');
  await waitFor(() => expect(posted(sent)).toHaveLength(1), PATIENCE);
});

it('a record that is no longer there is told in plain words', async () => {
  fakeApi({
    'POST /api/fuse/matching/explain': new Refused(404, {
      code: 'RECORD_NOT_FOUND',
      message: '没有这条记录',
    }),
  });
  await show(<ExplainPage />, 'zh-CN', { ...as, address: `/?a=${SOURCE_ID}:1&b=${SOURCE_ID}:2` });
  expect(await screen.findByText('没有这条记录', {}, PATIENCE)).toBeTruthy();
});

it('a pasted row fills the form, the search sends what is filled in, and each candidate shows its weights', async () => {
  const sent = fakeApi({ ...KNOWN, 'POST /api/fuse/enterprises/search': SEARCH_RESULT });
  await show(<LookupPage />, 'zh-CN', as);
  await press('查找');
  expect(await screen.findByText('名称、信用代码、电话、简称、曾用名至少填一项')).toBeTruthy();
  fireEvent.paste(screen.getByLabelText('粘贴表格中的一行'), {
    clipboardData: { getData: () => '豫章铜业有限公司\t李建国\t13800000000' },
  });
  expect(await screen.findByText('已分到 3 项，请核对')).toBeTruthy();
  await press('查找');
  expect(await screen.findByText('库里已有这家企业，不必新建', {}, PATIENCE)).toBeTruthy();
  expect(posted(sent)[0]?.body).toEqual({
    record: { name: '豫章铜业有限公司', legalPerson: '李建国', phone: '13800000000' },
    limit: 10,
  });
  await press('看权重：豫章铜业有限责任公司');
  expect(screen.getByRole('table', { name: /每项比较的权重: 豫章铜业有限责任公司/ })).toBeTruthy();
});

it('nothing similar says by which keys it was looked for', async () => {
  fakeApi({ ...KNOWN, 'POST /api/fuse/enterprises/search': { ...SEARCH_RESULT, items: [] } });
  await show(<LookupPage />, 'en', as);
  write('Name', 'x');
  await press('Search');
  expect(await screen.findAllByText('No similar enterprise was found', {}, PATIENCE)).toHaveLength(2);
  expect(screen.getByText('Not filled in')).toBeTruthy();
});
