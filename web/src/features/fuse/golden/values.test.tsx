import { DEFAULT_SURVIVORSHIP, type Enterprise, type GoldenValue } from '@ronghe/contracts';
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { fakeApi, realBorder } from '../../../testing/fake-api.ts';
import { DICTIONARIES, idOf, me, SOURCE_ID } from '../../../testing/intake-fixture.ts';
import { show } from '../../../testing/render.tsx';
import { RecordTab } from '../record-tab.tsx';
import { AsOfTab } from './as-of-tab.tsx';
import { ChoosingPage } from './choosing.page.tsx';

afterEach(() => {
  cleanup();
  realBorder();
});

const PHONE: GoldenValue = {
  ...{
    attribute: 'phone',
    value: '0791-88120000',
    label: null,
    source: SOURCE_ID,
    sourceName: '税务',
    run: idOf(3),
  },
  ...{ rowKey: '1', field: '电话', raw: '88120000', rule: 'priority', others: [], pin: null, conflict: true },
  ...{ ruleText: { zh: '来源优先级高的优先', en: 'priority' }, at: '2026-11-30T00:00:00.000Z' },
};
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
  ...{ values: [PHONE], issues: [], records: [] },
} as Enterprise;
const as = { me: me(), dictionaries: DICTIONARIES };
const press = (name: string | RegExp) => fireEvent.click(screen.getByRole('button', { name }));

it('a conflict is marked; its value is explained, with its history, and a person fixes it until a day', async () => {
  const older = { ...PHONE, value: '0791-88110000', until: PHONE.at, at: '2026-11-01T00:00:00.000Z' };
  const sent = fakeApi({
    'GET /api/fuse/enterprises/*/history': {
      items: [{ ...PHONE, until: null }, older],
      next: null,
      total: 2,
    },
    'POST /api/fuse/enterprises/*/pins': { id: idOf(9) },
  });
  await show(<RecordTab enterprise={ENTERPRISE} />, 'zh-CN', as);
  expect(screen.getByText('来源不一致')).toBeTruthy();
  press(/出处/);
  expect(await screen.findByText('0791-88110000')).toBeTruthy();
  press('固定此值');
  fireEvent.change(screen.getByLabelText('值'), { target: { value: '0791-86660001' } });
  fireEvent.change(screen.getByLabelText(/有效期至/), { target: { value: '2027-01-31' } });
  fireEvent.change(screen.getByLabelText('理由'), { target: { value: '实地核实' } });
  fireEvent.click(screen.getAllByRole('button', { name: '固定此值' }).at(-1) as HTMLElement);
  await waitFor(() =>
    expect(sent.find(({ method }) => method === 'POST')?.body).toEqual({
      ...{ attribute: 'phone', value: '0791-86660001', reason: '实地核实' },
      expiresAt: '2027-01-31T15:59:59.000Z',
    }),
  );
});

it('the record of a day shows what was known at its end, and what differs now', async () => {
  const sent = fakeApi({
    'GET /api/fuse/enterprises/*/as-of': {
      ...{ id: idOf(7), at: '2026-11-01T15:59:59.999Z', name: '甲' },
      values: [{ ...PHONE, value: '0791-88110000' }],
    },
  });
  await show(<AsOfTab enterprise={ENTERPRISE} />, 'zh-CN', { ...as, address: '/?day=2026-11-01' });
  expect(await screen.findByText('0791-88110000')).toBeTruthy();
  expect(screen.getByText('现在: 0791-88120000')).toBeTruthy();
  expect(sent[0]?.query.at).toBe('2026-11-01T15:59:59.999Z');
});

it('a change of how values are chosen is tried before it can be saved with a note', async () => {
  const sent = fakeApi({
    'GET /api/fuse/survivorship/versions': { items: [] },
    'POST /api/fuse/survivorship/preview': {
      ...{ enterprises: 9000, looked: 2000, changed: 12, attributes: [{ attribute: 'phone', changed: 12 }] },
      examples: [{ enterprise: idOf(7), name: '甲有限公司', attribute: 'phone', before: '1', after: '2' }],
    },
    'POST /api/fuse/survivorship': { version: 1, job: idOf(4) },
    'GET /api/fuse/survivorship': {
      version: 0,
      content: DEFAULT_SURVIVORSHIP,
      note: '',
      madeBy: '',
      madeAt: null,
    },
    'GET /api/fuse/conflicts': { items: [], next: null, total: 0 },
    'GET /api/fuse/sources': { items: [] },
  });
  await show(<ChoosingPage />, 'zh-CN', as);
  const trusted = await screen.findByRole('spinbutton', { name: /信任度不低于/ });
  expect((screen.getByRole('button', { name: '保存为新版本' }) as HTMLButtonElement).disabled).toBe(true);
  fireEvent.change(trusted, { target: { value: '70' } });
  fireEvent.blur(trusted);
  press(/试\s?算/);
  expect(await screen.findByText(/2000 家企业（共 9000 家）中，12 家/)).toBeTruthy();
  press('保存为新版本');
  fireEvent.change(screen.getByLabelText('理由'), { target: { value: '收紧' } });
  fireEvent.click(screen.getAllByRole('button', { name: '保存为新版本' }).at(-1) as HTMLElement);
  await waitFor(() =>
    expect(
      sent.find(({ method, path }) => method === 'POST' && path === '/api/fuse/survivorship')?.body,
    ).toEqual({
      ...{ base: 0, content: { ...DEFAULT_SURVIVORSHIP, trustedFrom: 70 }, note: '收紧' },
    }),
  );
});
