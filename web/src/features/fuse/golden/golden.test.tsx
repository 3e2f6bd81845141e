import type { Decision, Enterprise } from '@ronghe/contracts';
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { fakeApi, Refused, realBorder } from '../../../testing/fake-api.ts';
import { DICTIONARIES, idOf, me, SOURCE_ID } from '../../../testing/intake-fixture.ts';
import { show } from '../../../testing/render.tsx';
import { RowsTab } from '../rows-tab.tsx';
import { DecisionsPage } from './decisions.page.tsx';
import { EventsTab } from './events-tab.tsx';

afterEach(() => {
  cleanup();
  realBorder();
});

const recordOf = (key: string): Enterprise['records'][number] => ({
  ...{ source: SOURCE_ID, sourceName: '税务', entityKey: key, rowKey: key, run: idOf(3), row: { id: key } },
  ...{ matchedBy: 'code', matchedByText: { zh: '代码相同', en: 'Same code' } },
});
const ENTERPRISE = {
  ...{
    id: idOf(7),
    name: '甲有限公司',
    code: null,
    codeValid: false,
    division: null,
    divisionName: null,
    city: null,
  },
  ...{ industry: null, industryName: null, keyIndustry: null, size: null, revenue: null, employees: null },
  ...{
    organisation: 'jx',
    sources: 1,
    findings: 0,
    completeness: null,
    updatedAt: '2026-11-30T00:00:00.000Z',
    state: 'active',
  },
  ...{ values: [], issues: [], records: [recordOf('1'), recordOf('2')] },
} as Enterprise;
const DECISION: Decision = {
  ...{ id: idOf(21), act: 'split', state: 'confirmed', enterprise: idOf(7), enterpriseName: '甲有限公司' },
  ...{ other: idOf(8), otherName: null, records: [], pairs: 1, reason: '不是一家', madeBy: 'admin' },
  ...{ madeAt: '2026-11-30T00:00:00.000Z', confirmedBy: null, confirmedAt: null, withdrawnBy: null },
  ...{ withdrawnAt: null, withdrawnFor: null, undo: null, isMine: false },
};
const as = { me: me(), dictionaries: DICTIONARIES };
const press = (name: string | RegExp) => fireEvent.click(screen.getByRole('button', { name }));

it('records are chosen and split off, with a reason that must not be left out; a refusal stays in the dialog', async () => {
  let refused = true;
  const posted = () => sent.filter(({ method }) => method === 'POST');
  const sent = fakeApi({
    'POST /api/fuse/enterprises/*/split': () =>
      refused ? new Refused(409, { code: 'DECISION_OUTDATED', message: '企业或记录已发生变化' }) : DECISION,
  });
  await show(<RowsTab enterprise={ENTERPRISE} />, 'zh-CN', as);
  expect((screen.getByRole('button', { name: '拆出所选记录' }) as HTMLButtonElement).disabled).toBe(true);
  fireEvent.click(screen.getByRole('checkbox', { name: '选择 税务 2' }));
  press('拆出所选记录');
  press('拆分企业');
  expect(screen.getByText('请写明理由')).toBeTruthy();
  expect(posted()).toEqual([]);
  fireEvent.change(screen.getByLabelText('理由'), { target: { value: '不是一家' } });
  press('拆分企业');
  expect(await screen.findByText('企业或记录已发生变化')).toBeTruthy();
  refused = false;
  press('拆分企业');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(posted().at(-1)?.body).toEqual({
    records: [{ source: SOURCE_ID, entityKey: '2' }],
    reason: '不是一家',
  });
});

it('the enterprise to merge with is searched, shown beside, and sent', async () => {
  const other = { ...ENTERPRISE, id: idOf(9), name: '甲有限责任公司', code: '91360100MA35X0000X' };
  const sent = fakeApi({
    'GET /api/fuse/enterprises': { items: [ENTERPRISE, other], next: null, total: 2 },
    'POST /api/fuse/enterprises/*/merge': { ...DECISION, act: 'merge', state: 'proposed' },
  });
  await show(<RowsTab enterprise={ENTERPRISE} />, 'zh-CN', as);
  press('与……合并');
  fireEvent.change(screen.getByLabelText(/搜索要合并的企业/), { target: { value: '甲' } });
  fireEvent.click(await screen.findByRole('button', { name: '选择 甲有限责任公司' }, { timeout: 10_000 }));
  expect(screen.queryByRole('button', { name: '选择 甲有限公司' })).toBeNull();
  expect(screen.getByRole('table', { name: '合并企业' }).textContent).toContain(other.code);
  fireEvent.change(screen.getByLabelText('理由'), { target: { value: '同一家' } });
  press('合并企业');
  await waitFor(() =>
    expect(sent.find(({ method }) => method === 'POST')?.body).toEqual({ other: other.id, reason: '同一家' }),
  );
  expect(await screen.findByText('已提交，等待另一人复核')).toBeTruthy();
});

it('an event in force is undone, and what could not be put back is said', async () => {
  const event = {
    ...{ number: 5, kind: 'split', at: '2026-11-30T00:00:00.000Z', actor: 'admin', reason: '不是一家' },
    ...{ enterprise: idOf(7), other: idOf(8), otherName: '乙有限公司', records: 1, run: null },
    ...{ decision: DECISION.id, decisionState: 'confirmed' },
  };
  fakeApi({
    'GET /api/fuse/enterprises/*/events': { items: [event], next: null, total: 1 },
    'POST /api/fuse/decisions/*/undo': {
      ...DECISION,
      state: 'withdrawn',
      undo: { restored: [], left: [{ zh: '两部分已经是一家', en: 'one already' }] },
    },
  });
  await show(<EventsTab enterprise={ENTERPRISE} />, 'zh-CN', as);
  expect(await screen.findByText('拆分')).toBeTruthy();
  press(/撤\s?销/);
  fireEvent.change(screen.getByLabelText('理由'), { target: { value: '弄错了' } });
  const buttons = screen.getAllByRole('button', { name: /撤\s?销/ });
  fireEvent.click(buttons.at(-1) as HTMLElement);
  expect(await screen.findByText(/未能恢复: 两部分已经是一家/)).toBeTruthy();
});

it('a proposal of somebody else can be confirmed, one of one’s own cannot', async () => {
  fakeApi({
    'GET /api/fuse/decisions': {
      items: [
        { ...DECISION, state: 'proposed', madeBy: 'li' },
        { ...DECISION, id: idOf(22), state: 'proposed', isMine: true },
      ],
      next: null,
      total: 2,
    },
  });
  await show(<DecisionsPage />, 'en', as);
  expect(await screen.findAllByRole('button', { name: 'Confirm' })).toHaveLength(1);
  expect(screen.getByText('Somebody else must confirm it')).toBeTruthy();
});
