import type { AccessHint } from '@ronghe/contracts';
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { fakeApi, Refused, realBorder } from '../../../testing/fake-api.ts';
import { me } from '../../../testing/intake-fixture.ts';
import { show } from '../../../testing/render.tsx';
import { HintsPanel } from './hints-panel.tsx';

afterEach(() => {
  cleanup();
  realBorder();
});

const HINT: AccessHint = {
  ...{
    id: 'h1',
    kind: 'walking',
    organisation: 'jx.ganzhou',
    dataset: 'enterprises',
    state: 'open',
    times: 2,
  },
  actor: { kind: 'key', id: 'k1', name: '同步程序' },
  figures: { questions: 40, rows: 1_200, total: 1_200, share: 1 },
  why: { zh: '24 小时内用 40 次同样的请求翻取 1200 行', en: '40 questions of one shape took 1200 rows' },
  ...{ firstAt: '2026-12-01T01:00:00.000Z', lastAt: '2026-12-01T02:00:00.000Z' },
  ...{ decidedBy: null, decidedAt: null, reason: '' },
};

it('tells what was unusual with figures, and takes a decision with its reason', async () => {
  const sent = fakeApi({
    'GET /api/share/hints': { items: [HINT], seenUntil: '2026-12-01T02:00:00.000Z' },
    'PUT /api/share/hints/h1': HINT,
  });
  await show(<HintsPanel side="owner" />, 'zh-CN', { me: me() });
  expect(await screen.findByText(/翻取 1200 行/)).toBeTruthy();
  expect(screen.getByText('整集翻取')).toBeTruthy();
  expect(screen.getByText('出现 2 次')).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: '处理 整集翻取：同步程序' }));
  fireEvent.click(await screen.findByRole('radio', { name: '属于正常使用' }));
  fireEvent.change(screen.getByLabelText('理由'), { target: { value: '新上线' } });
  fireEvent.click(screen.getByRole('button', { name: /保\s?存/ }));
  await waitFor(() => expect(sent.some(({ method }) => method === 'PUT')).toBe(true));
  expect(sent.find(({ method }) => method === 'PUT')?.body).toEqual({ state: 'explained', reason: '新上线' });
});

it('says when there is nothing, when it was not looked yet, and when the server refuses', async () => {
  fakeApi({ 'GET /api/share/hints': { items: [], seenUntil: null } });
  await show(<HintsPanel side="user" />, 'zh-CN', { me: me() });
  expect(await screen.findByText('没有异常访问')).toBeTruthy();
  expect(screen.getByText(/还没有检查过/)).toBeTruthy();
  cleanup();
  fakeApi({ 'GET /api/share/hints': new Refused(403, { code: 'PERMISSION_MISSING', message: '缺少权限' }) });
  await show(<HintsPanel side="user" />, 'zh-CN', { me: me() });
  expect(await screen.findByText('缺少权限')).toBeTruthy();
  cleanup();
  fakeApi({ 'GET /api/share/hints': { items: [HINT], seenUntil: null } });
  const reader = { ...me(), permissions: me().permissions.filter((name) => name !== 'share:hint:write') };
  await show(<HintsPanel side="user" />, 'en', { me: reader });
  expect(await screen.findByText(/40 questions/)).toBeTruthy();
  expect(screen.queryByRole('button', { name: /^Decide/ })).toBeNull();
});
