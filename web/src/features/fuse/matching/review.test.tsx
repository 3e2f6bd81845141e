import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { setPreferences } from '../../../lib/preferences.ts';
import { type Answers, fakeApi, pageOf, Refused, realBorder, type Sent } from '../../../testing/fake-api.ts';
import { AT, DICTIONARIES, idOf, me } from '../../../testing/intake-fixture.ts';
import { detail, pair } from '../../../testing/matching-fixture.ts';
import { PATIENCE, press } from '../../../testing/press.ts';
import { show } from '../../../testing/render.tsx';
import { ReviewPage } from './review.page.tsx';
import { WorkPage } from './work.page.tsx';

afterEach(() => {
  cleanup();
  realBorder();
  setPreferences({ shortcuts: 'on' });
});

const FIRST = pair(61);
const SECOND = pair(62, { a: { ...FIRST.a, name: '赣江电子厂' } });
const answers = (more: Answers = {}): Answers => ({
  'GET /api/fuse/review': pageOf([FIRST, SECOND]),
  [`GET /api/fuse/review/${FIRST.id}`]: detail(FIRST, SECOND.id),
  [`GET /api/fuse/review/${SECOND.id}`]: detail(SECOND, null),
  'POST /api/fuse/review/*/answer': ({ path, body }: Sent) => {
    const { act } = body as { act: string };
    const later = act === 'later';
    return {
      pair: path.includes(FIRST.id) ? FIRST : SECOND,
      decision: later ? null : idOf(71),
      waits: act === 'same',
      next: path.includes(FIRST.id) ? SECOND.id : null,
    };
  },
  'POST /api/fuse/decisions/*/undo': { state: 'withdrawn', undo: { restored: [], left: [] } },
  ...more,
});
let user = 100;
/** Each test is somebody else, so that no session goes on. */
const work = (locale: 'zh-CN' | 'en' = 'zh-CN', without: readonly string[] = []) => {
  user += 1;
  return show(<WorkPage />, locale, {
    ...{ me: { ...me(without), id: idOf(user) }, dictionaries: DICTIONARIES },
    ...{ address: `/fuse/review/${FIRST.id}`, pattern: '/fuse/review/$id' },
  });
};
const key = (name: string, more: KeyboardEventInit = {}, target: Element | Window = document.body) =>
  fireEvent.keyDown(target, { key: name, ...more });
const heading = (text: RegExp) => screen.findByRole('heading', { level: 2, name: text }, PATIENCE);
const answered = (sent: readonly Sent[]) => sent.filter(({ path }) => path.endsWith('/answer'));

it('a pair is answered with one key, the next opens with the focus on it, and one more key takes the answer back', async () => {
  const sent = fakeApi(answers());
  await work();
  await heading(/^豫章铜业有限公司 与/);
  key('s');
  const next = await heading(/赣江电子厂 与/);
  expect(document.activeElement).toBe(next);
  expect(answered(sent)).toMatchObject([
    { path: `/api/fuse/review/${FIRST.id}/answer`, body: { act: 'same', reason: '' } },
  ]);
  expect(screen.getByText('本次已判 1 对')).toBeTruthy();
  expect(screen.getByText('等待另一人复核后生效')).toBeTruthy();
  key('u');
  await heading(/^豫章铜业有限公司 与/);
  expect(sent.find(({ path }) => path.endsWith('/undo'))).toMatchObject({
    path: `/api/fuse/decisions/${idOf(71)}/undo`,
    body: { reason: '核对时判错，立即撤销' },
  });
  expect(screen.getByText('本次已判 0 对')).toBeTruthy();
});

it('keys go to the next pair and back, put one aside, and open the enterprise', async () => {
  const sent = fakeApi(answers());
  const { router } = await work();
  await heading(/^豫章铜业有限公司 与/);
  key('j');
  await heading(/赣江电子厂/);
  key('ArrowLeft');
  await heading(/^豫章铜业有限公司 与/);
  key('3');
  await heading(/赣江电子厂/);
  expect(answered(sent)).toMatchObject([{ body: { act: 'later' } }]);
  expect(screen.getByRole('button', { name: /回到那一对/ })).toBeTruthy();
  key('E', { shiftKey: true });
  await waitFor(() =>
    expect(router.state.location.pathname).toBe(`/fuse/enterprises/${SECOND.b.enterprise}`),
  );
});

it('a reason is written and sent; in its field, held down, with Ctrl and under a dialog keys are only keys', async () => {
  const sent = fakeApi(answers());
  await work();
  await heading(/豫章/);
  key('r');
  const field = screen.getByLabelText(/理由/);
  expect(document.activeElement).toBe(field);
  fireEvent.change(field, { target: { value: '分公司' } });
  key('d', {}, field);
  key('d', { ctrlKey: true });
  key('d', { repeat: true });
  expect(answered(sent)).toEqual([]);
  key('Escape', {}, field);
  expect((document.activeElement as HTMLElement).tagName).toBe('H2');
  key('2');
  await heading(/赣江电子厂/);
  key('?');
  expect((await screen.findByRole('dialog', {}, PATIENCE)).textContent).toContain('撤销上一个判断');
  key('s');
  expect(answered(sent)).toMatchObject([{ body: { act: 'different', reason: '分公司' } }]);
});

it('keys can be switched off, which buttons then do not show; the buttons still work', async () => {
  const sent = fakeApi(answers());
  setPreferences({ shortcuts: 'off' });
  await work('en');
  await heading(/豫章/);
  key('s');
  expect(screen.getByRole('button', { name: 'One' }).getAttribute('aria-keyshortcuts')).toBeNull();
  expect(answered(sent)).toEqual([]);
  await press('One');
  await heading(/赣江电子厂/);
  expect(answered(sent)).toHaveLength(1);
});

it('two strokes at once answer one pair only, and a refusal is said beside it', async () => {
  const sent = fakeApi(
    answers({
      'POST /api/fuse/review/*/answer': new Refused(409, {
        code: 'DECISION_CONTRADICTS',
        message: '与已有决定矛盾',
      }),
    }),
  );
  await work();
  await heading(/豫章/);
  key('s');
  key('s');
  expect(await screen.findByText('与已有决定矛盾', {}, PATIENCE)).toBeTruthy();
  expect(answered(sent)).toHaveLength(1);
});

it('after the last pair it says so, and the last answer can still be taken back', async () => {
  fakeApi(answers());
  await work();
  await heading(/^豫章铜业有限公司 与/);
  key('1');
  await heading(/赣江电子厂/);
  key('2');
  expect(await screen.findByText('全部核对完了', {}, PATIENCE)).toBeTruthy();
  key('u');
  await heading(/赣江电子厂/);
});

it('who may only look sees why, and has no answers', async () => {
  const sent = fakeApi(answers());
  await work('zh-CN', ['fuse:decision:write']);
  await heading(/豫章/);
  expect(screen.getByText(/判断需要权限/)).toBeTruthy();
  expect(screen.queryByRole('button', { name: '同一家' })).toBeNull();
  key('s');
  expect(answered(sent)).toEqual([]);
});

it('a pair that somebody answered and a second person must confirm is not answered again', async () => {
  const waiting = { ...FIRST, decision: idOf(71), decidedBy: 'li', decidedAt: AT };
  const sent = fakeApi(answers({ [`GET /api/fuse/review/${FIRST.id}`]: detail(waiting, SECOND.id) }));
  await work();
  await heading(/豫章/);
  expect(screen.getByText('已有人判断，等待另一人复核')).toBeTruthy();
  expect(screen.getByText(/^li 于 2026-11-30/)).toBeTruthy();
  key('s');
  expect(answered(sent)).toEqual([]);
});

it('shows the two records, what differs inside them, the waterfall and the keys in words', async () => {
  fakeApi(answers());
  await work();
  await heading(/豫章/);
  const sides = screen.getByRole('table', { name: '两条记录对照' });
  const name = within(sides).getByRole('row', { name: /^企业名称/ });
  expect(name.textContent).toContain('不同');
  expect([...name.querySelectorAll('mark')].map(({ textContent }) => textContent)).toEqual(['责任']);
  expect(within(sides).getByRole('row', { name: /^统一社会信用代码/ }).textContent).toContain('仅左边有');
  const waterfall = screen.getByRole('table', { name: /每项比较的权重/ });
  const weights = within(waterfall)
    .getAllByRole('row')
    .slice(1)
    .map((row) => row.lastElementChild?.textContent);
  expect(weights).toEqual(['−12.4', '+10.5', '0', '−3.1', '+7.1', '+2.1']);
  expect(screen.getByText(/概率 81.1%/, { selector: 'figcaption p' })).toBeTruthy();
  expect(screen.getByText('太多记录共有，不用')).toBeTruthy();
});

it('lists open pairs with a way in, and done ones by state, and gathers all pages into a file', async () => {
  const sent = fakeApi({
    'GET /api/fuse/review': ({ query }: Sent) => {
      if (query.state !== 'different') return pageOf([FIRST, SECOND]);
      const done = pair(query.cursor ? 65 : 64, { state: 'different', decidedBy: 'li', decidedAt: AT });
      return { items: [done], next: query.cursor ? null : 'c2', total: 2 };
    },
    'GET /api/fuse/sources': { items: [] },
  });
  const files: Blob[] = [];
  URL.createObjectURL = (blob) => {
    files.push(blob as Blob);
    return 'blob:x';
  };
  await show(<ReviewPage />, 'zh-CN', {
    ...{ me: me(), dictionaries: DICTIONARIES },
    address: '/?tab=done&state=different',
  });
  expect(await screen.findByText('li', {}, PATIENCE)).toBeTruthy();
  expect(screen.getByRole('link', { name: '开始核对' }).getAttribute('href')).toBe(
    `/fuse/review/${FIRST.id}`,
  );
  await press('导出 CSV');
  await screen.findByText('已导出 2 对', {}, PATIENCE);
  const lines = (await files[0]?.text())?.trim().split('\r\n') ?? [];
  expect(lines).toHaveLength(3);
  expect(lines[1]).toContain('判为不同,规上企业名单,7781,豫章铜业有限公司,供电用户');
  expect(sent.filter(({ query }) => query.limit === '500').map(({ query }) => query.cursor)).toEqual([
    undefined,
    'c2',
  ]);
});

it('an empty queue says what it is', async () => {
  fakeApi({ 'GET /api/fuse/review': pageOf([]), 'GET /api/fuse/sources': { items: [] } });
  await show(<ReviewPage />, 'en', { me: me(), dictionaries: DICTIONARIES });
  expect(await screen.findByText('Nothing to review', {}, PATIENCE)).toBeTruthy();
  expect(screen.queryByRole('link', { name: 'Start reviewing' })).toBeNull();
});
