import type { QualityRule } from '@ronghe/contracts';
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { fakeApi, pageOf, realBorder } from '../../../testing/fake-api.ts';
import { DICTIONARIES, me, SOURCE_ID, source } from '../../../testing/intake-fixture.ts';
import { press, write } from '../../../testing/press.ts';
import { BOARD, issue, OWN_RULE, rule } from '../../../testing/quality-fixture.ts';
import { show } from '../../../testing/render.tsx';
import { QualityBoardPage } from './board.page.tsx';
import { beginCheck, CHECK_KINDS, checkOf, formOf } from './checks.ts';
import { QualityIssuesPage } from './issues.page.tsx';
import { RuleForm } from './rule-form.tsx';

afterEach(() => {
  cleanup();
  realBorder();
});

async function open(piece: ReactNode, address = '/', without: string[] = []) {
  const sent = fakeApi({
    'GET /api/fuse/quality/board': BOARD,
    'GET /api/fuse/quality/issues': pageOf([issue()]),
    'POST /api/fuse/quality/issues/*': issue({ state: 'sent' }),
    'GET /api/fuse/sources': { items: [source()] },
    'GET /api/fuse/sources/*/breaches': pageOf([]),
    'GET /api/auth/organisations': { items: [] },
    'POST /api/fuse/quality/rules/try': {
      checked: 1_180,
      failed: 37,
      broken: true,
      skipped: null,
      examples: [{ rowKey: 'K-9', period: null, field: 'employees', value: '0', expected: '1 … 100000' }],
    },
    'PATCH /api/fuse/quality/rules/*': OWN_RULE,
  });
  const page = await show(piece, 'zh-CN', { me: me(without), dictionaries: DICTIONARIES, address });
  return { sent, ...page };
}
const form = (edited: QualityRule | null) => (
  <RuleForm open rule={edited} sources={[source()]} onClose={() => {}} />
);

describe('the board', () => {
  it('has what is held and worst on top, with its movement, and leads to what is open', async () => {
    await open(<QualityBoardPage />);
    const first = (await screen.findByText('规上企业名单')).closest('tr') as HTMLElement;
    expect(first.parentElement?.firstElementChild).toBe(first);
    expect(first.textContent).toContain('92.3');
    expect(first.textContent).toContain('下降2.5');
    expect(screen.getByLabelText('规上企业名单：3 个未解决问题').getAttribute('href')).toBe(
      `/fuse/quality/issues?source=${SOURCE_ID}`,
    );
  });

  it('is filtered by its address', async () => {
    await open(<QualityBoardPage />, '/?show=held');
    expect(await screen.findByText('规上企业名单')).toBeTruthy();
    expect(screen.queryByText('园区用电月报')).toBeNull();
  });
});

describe('a rule', () => {
  it.each(CHECK_KINDS)('of the kind %s comes out of its form as it went in', (kind) => {
    const check = beginCheck(kind);
    expect(checkOf(formOf(check))).toMatchObject(check);
  });

  it('has open ends sent as null, lines as a list, and a number in a field’s place as a number', () => {
    expect(checkOf({ kind: 'range', field: 'employees', least: 1, stray: true })).toEqual({
      kind: 'range',
      field: 'employees',
      least: 1,
      most: null,
    });
    expect(checkOf({ kind: 'one-of', field: 'size', values: '大型\n\n 小型 ' })).toMatchObject({
      values: ['大型', '小型'],
    });
    expect(checkOf({ kind: 'compare', left: 'a', right: '12.5' })).toMatchObject({ right: 12.5 });
    expect(checkOf({ kind: 'compare', left: 'a', right: 'revenue' })).toMatchObject({ right: 'revenue' });
  });

  it('is tried on a source before it is saved, then saved as the next of the version that was edited', async () => {
    const { sent } = await open(form(OWN_RULE));
    write('最小', '2');
    fireEvent.mouseDown(screen.getByLabelText('选择数据源'));
    fireEvent.click(await screen.findByText('规上企业名单', { selector: '.ant-select-item-option-content' }));
    await press('试运行');
    expect(await screen.findByText('检查 1,180，不通过 37')).toBeTruthy();
    expect(screen.getByText('K-9')).toBeTruthy();
    expect(sent.at(-1)?.body).toEqual({
      source: SOURCE_ID,
      check: { kind: 'range', field: 'employees', least: 2, most: 100_000 },
      tolerance: 0.02,
    });
    await press('保存');
    await waitFor(() => expect(sent.some(({ method }) => method === 'PATCH')).toBe(true));
    const body = sent.find(({ method }) => method === 'PATCH')?.body;
    expect(body).toMatchObject({ base: 1, severity: 'log', check: { least: 2 } });
    expect(body).not.toHaveProperty('key');
  });

  it('that came with the platform is changed only in how strict it is', async () => {
    const { sent } = await open(form(rule()));
    expect(screen.getByLabelText<HTMLInputElement>('名称（中文）').disabled).toBe(true);
    await press('保存');
    await waitFor(() => expect(sent.some(({ method }) => method === 'PATCH')).toBe(true));
    expect(sent.find(({ method }) => method === 'PATCH')?.body).toEqual({
      base: 4,
      severity: 'warn',
      tolerance: 0.02,
      weight: 2,
      active: true,
    });
  });
});

describe('an issue', () => {
  it('changes its state with a note and a day it is due', async () => {
    const { sent } = await open(<QualityIssuesPage />);
    fireEvent.click(await screen.findByText('信用代码与区划不一致'));
    await screen.findByLabelText('说明');
    await press('提交');
    expect(await screen.findByText('请填写此项')).toBeTruthy();
    write('说明', '已发给区里核对');
    write('期限', '2026-12-15');
    await press('提交');
    await waitFor(() => expect(sent.some(({ method }) => method === 'POST')).toBe(true));
    expect(sent.find(({ method }) => method === 'POST')?.body).toEqual({
      state: 'sent',
      text: '已发给区里核对',
      dueAt: '2026-12-15T15:59:59.000Z',
    });
  });

  it('is only looked at by who may not change it', async () => {
    await open(<QualityIssuesPage />, '/', ['fuse:quality:write']);
    fireEvent.click(await screen.findByText('信用代码与区划不一致'));
    expect(await screen.findByText('处理经过')).toBeTruthy();
    expect(screen.queryByText('提交')).toBeNull();
  });
});
