import type { Run } from '@ronghe/contracts';
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { type Answers, fakeApi, pageOf, realBorder } from '../../../testing/fake-api.ts';
import { DICTIONARIES, HELD, JOB_ID, me, ROWS_OF_RUN, RUN_ID, run } from '../../../testing/intake-fixture.ts';
import { press, write } from '../../../testing/press.ts';
import { QUALITY } from '../../../testing/quality-fixture.ts';
import { show } from '../../../testing/render.tsx';
import { RunPage } from '../run.page.tsx';
import { rowDiff } from './row-diff.ts';
import { stageStates } from './stage-bar.tsx';

afterEach(() => {
  cleanup();
  realBorder();
});

async function open(shown: Run, { search = '', without = [] as string[], answers = {} as Answers } = {}) {
  const sent = fakeApi({
    'GET /api/fuse/runs/*': shown,
    'GET /api/fuse/runs/*/rows': pageOf(ROWS_OF_RUN),
    'GET /api/fuse/runs/*/changes': pageOf([]),
    'GET /api/fuse/runs/*/quality': QUALITY,
    'GET /api/fuse/sources/*/breaches': pageOf([
      { rule: 'r', rowKey: 'K-1', period: null, field: 'division', value: '360111', expected: '3601' },
    ]),
    'POST /api/fuse/runs/*/decision': shown,
    'POST /api/jobs/*/cancel': {},
    ...answers,
  });
  const address = `/fuse/runs/${RUN_ID}${search}`;
  const page = await show(<RunPage />, 'zh-CN', {
    me: me(without),
    dictionaries: DICTIONARIES,
    address,
    pattern: '/fuse/runs/$id',
  });
  await screen.findByLabelText('运行台账');
  return { sent, ...page };
}

describe('the page of a run', () => {
  it('tells the account, each part leading to its rows', async () => {
    await open(run());
    expect(screen.getByText('读取 1,200 = 落地 1,180 + 拒收 20')).toBeTruthy();
    const hrefs = ['拒收', '新增', '变化', '消失'].map((word) =>
      screen
        .getAllByText(
          (_, element) => element?.tagName === 'A' && (element.textContent ?? '').startsWith(word),
        )[0]
        ?.getAttribute('href'),
    );
    expect(hrefs).toEqual(
      ['rejected', 'new', 'changed', 'gone'].map(
        (change) => `/fuse/runs/${RUN_ID}?tab=rows&change=${change}`,
      ),
    );
  });

  it('says loudly when the account does not add up', async () => {
    await open(run({ rowsLanded: 1_179 }));
    expect(screen.getByText('读取、落地与拒收不相等，请告知运维人员')).toBeTruthy();
  });

  it('shows changed rows as they were and are, and why others were kept out', async () => {
    const { sent } = await open(run(), { search: '?tab=rows&change=changed' });
    expect((await screen.findByText('171200')).tagName).toBe('DEL');
    expect(screen.getByText('企业.xlsx · 第 4 行')).toBeTruthy();
    expect(sent.find(({ path }) => path.endsWith('/rows'))?.query).toMatchObject({ change: 'changed' });
  });

  it('leads from a rule to the rows that break it', async () => {
    const { sent } = await open(run(), { search: '?tab=audit' });
    await screen.findByText('信用代码与区划一致');
    await press('信用代码与区划一致：查看 37 行');
    expect(await screen.findByText('K-1')).toBeTruthy();
    expect(sent.find(({ path }) => path.endsWith('/breaches'))?.query).toMatchObject({ run: RUN_ID });
  });

  it('can be stopped by its job', async () => {
    const { sent } = await open(run({ state: 'running', stage: 'land', job: JOB_ID }));
    await press('取消任务');
    await press(/^确 ?定$/);
    await waitFor(() => expect(sent.some(({ path }) => path === `/api/jobs/${JOB_ID}/cancel`)).toBe(true));
  });
});

describe('a held run', () => {
  it('says why, and is decided with grounds only', async () => {
    const { sent } = await open(HELD);
    expect(screen.getByText('行数只有上次的 48%')).toBeTruthy();
    expect(screen.getByText('字段映射要用到它')).toBeTruthy();
    fireEvent.click(screen.getByText('仍然发布'));
    expect(screen.getByText('请写明理由，它会记入审计日志。')).toBeTruthy();
    expect(sent.some(({ method }) => method === 'POST')).toBe(false);
    write('决定的理由', '停产企业较多，已与区里核实');
    fireEvent.click(screen.getByText('仍然发布'));
    await waitFor(() =>
      expect(sent.find(({ method }) => method === 'POST')?.body).toEqual({
        action: 'publish',
        note: '停产企业较多，已与区里核实',
      }),
    );
  });

  it('offers no decision to who may not take it', async () => {
    await open(HELD, { without: ['fuse:run:decide'] });
    expect(screen.getByText(/需要权限/)).toBeTruthy();
    expect(screen.queryByText('仍然发布')).toBeNull();
  });
});

describe('what a run’s pictures are made of', () => {
  it.each([
    ['running', 'land', ['done', 'now', 'ahead', 'ahead', 'ahead']],
    ['held', 'audit', ['done', 'done', 'held', 'ahead', 'ahead']],
    ['failed', 'deliver', ['failed', 'ahead', 'ahead', 'ahead', 'ahead']],
    ['succeeded', 'done', ['done', 'done', 'done', 'done', 'done']],
    ['succeeded', 'publish', ['done', 'done', 'done', 'done', 'done']],
  ] as const)('stages of one that is %s at %s', (state, stage, expected) => {
    expect(stageStates({ state, stage }).map((item) => item.state)).toEqual(expected);
  });

  it('fields that differ, those that fell away last; empty and missing are the same', () => {
    expect(rowDiff({ row: { a: 1, b: '', c: 'x' }, before: { a: '1', b: null, c: 'y', d: 'gone' } })).toEqual(
      [
        { field: 'c', before: 'y', after: 'x' },
        { field: 'd', before: 'gone', after: null },
      ],
    );
  });
});

describe('a run that ends while it is looked at', () => {
  it('has its rows asked anew', async () => {
    let state: Run['state'] = 'running';
    const { sent } = await open(run(), {
      search: '?tab=rows',
      answers: { 'GET /api/fuse/runs/*': () => run({ state, stage: state === 'running' ? 'land' : 'done' }) },
    });
    const asked = () => sent.filter(({ path }) => path.endsWith('/rows')).length;
    await waitFor(() => expect(asked()).toBe(1));
    state = 'succeeded';
    await waitFor(() => expect(asked()).toBe(2));
    expect(await screen.findByText('成功')).toBeTruthy();
  });
});
