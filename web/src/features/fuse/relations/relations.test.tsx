import type { Enterprise, Relation, RelationGraph, RelationList } from '@ronghe/contracts';
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { fakeApi, Refused, realBorder } from '../../../testing/fake-api.ts';
import { DICTIONARIES, idOf, me, SOURCE_ID } from '../../../testing/intake-fixture.ts';
import { show } from '../../../testing/render.tsx';
import { PeoplePanel } from '../things/people-panel.tsx';
import { RelationsTab } from './relations-tab.tsx';

afterEach(() => {
  cleanup();
  realBorder();
});

const ENTERPRISE = { id: idOf(7), name: '甲有限公司' } as Enterprise;
const end = (id: string | null, name: string) => ({
  ...{ id, name, city: null, divisionName: '南昌市', keyIndustry: null, size: null },
});
const relation = (more: Partial<Relation>): Relation => ({
  ...{ kind: 'branch_of', subject: end(idOf(8), '甲有限公司第二分公司'), object: end(idOf(7), '甲有限公司') },
  ...{ share: null, state: 'holds', origin: 'derived', rules: ['branch-name'], decision: null },
  since: '2026-11-30T00:00:00.000Z',
  evidence: [
    {
      ...{ source: SOURCE_ID, sourceName: '市场监管', run: idOf(3), rowKey: '1', field: 'name' },
      ...{ raw: '甲有限公司第二分公司', of: 'subject' },
    },
  ],
  ...more,
});
const GRAPH: RelationGraph = {
  ...{ centre: 'n0', truncated: false },
  nodes: [
    { ...end(idOf(7), '甲有限公司'), key: 'n0', distance: 0, hidden: 0 },
    { ...end(idOf(8), '甲有限公司第二分公司'), key: 'n1', distance: 1, hidden: 3 },
  ],
  edges: [{ kind: 'branch_of', subject: 'n1', object: 'n0', share: null, origin: 'derived' }],
};
const API = {
  'GET /api/fuse/enterprises/*/graph': GRAPH,
  'GET /api/fuse/enterprises/*/relations': { items: [relation({})], more: false } satisfies RelationList,
  'GET /api/fuse/enterprises/*/relation-decisions': { items: [], next: null, total: 0 },
};
const as = { me: me(), dictionaries: DICTIONARIES };

it('the picture is reached by the keyboard: a box opens with Enter and says how much more there is', async () => {
  fakeApi(API);
  await show(<RelationsTab enterprise={ENTERPRISE} />, 'zh-CN', as);
  const box = await screen.findByRole('button', { name: /第二分公司.*另有 3 项/ });
  expect(box.getAttribute('tabindex')).toBe('0');
  fireEvent.keyDown(box, { key: 'Enter' });
  expect(box.getAttribute('aria-pressed')).toBe('true');
  expect(screen.getByRole('button', { name: '展开另外 3 项关系' })).toBeTruthy();
});

it('the list says the same with its evidence; rejecting needs a reason, and a refusal stays in the dialog', async () => {
  let refused = true;
  const sent = fakeApi({
    ...API,
    'POST /api/fuse/enterprises/*/relations/reject': () =>
      refused ? new Refused(409, { code: 'RELATION_SETTLED', message: '关系已有处理' }) : {},
  });
  await show(<RelationsTab enterprise={ENTERPRISE} />, 'zh-CN', as);
  expect(await screen.findByText('市场监管 · name: 甲有限公司第二分公司')).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: /^否定 分支机构 甲有限公司第二分公司/ }));
  const confirm = () => fireEvent.click(screen.getByRole('button', { name: /^否\s?定$/ }));
  confirm();
  expect(screen.getByText('请写明理由')).toBeTruthy();
  fireEvent.change(screen.getByLabelText('理由'), { target: { value: '不是分公司' } });
  confirm();
  expect(await screen.findByText('关系已有处理')).toBeTruthy();
  refused = false;
  confirm();
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(sent.filter(({ body }) => body !== null).at(-1)?.body).toEqual({
    kind: 'branch_of',
    as: 'object',
    other: idOf(8),
    reason: '不是分公司',
  });
});

it('who is not in the database has no link and nothing to reject; who may not write sees no buttons', async () => {
  const unknown = relation({ subject: end(idOf(7), '甲有限公司'), object: end(null, '乙集团有限公司') });
  fakeApi({ ...API, 'GET /api/fuse/enterprises/*/relations': { items: [unknown], more: false } });
  await show(<RelationsTab enterprise={ENTERPRISE} />, 'zh-CN', as);
  expect(await screen.findByText('乙集团有限公司')).toBeTruthy();
  expect(screen.queryByRole('link', { name: '乙集团有限公司' })).toBeNull();
  expect(screen.queryByRole('button', { name: /^否定/ })).toBeNull();
  cleanup();
  await show(<RelationsTab enterprise={ENTERPRISE} />, 'zh-CN', { ...as, me: me(['fuse:relation:write']) });
  expect(await screen.findByText('乙集团有限公司')).toBeTruthy();
  expect(screen.queryByRole('button', { name: '添加关系' })).toBeNull();
});

it('people are masked until a reason is given, and masked again on request', async () => {
  const person = (name: string, masked: boolean) => ({
    masked,
    items: [
      {
        ...{ key: '1', masked },
        values: [
          {
            ...{ attribute: 'name', value: name, raw: name, source: SOURCE_ID, sourceName: '市场监管' },
            ...{ run: idOf(3), rowKey: '', field: 'fzr' },
          },
        ],
      },
    ],
  });
  let asked = 0;
  fakeApi({
    'GET /api/fuse/enterprises/*/people': () => {
      asked += 1;
      return asked === 1 ? person('涂**', true) : person('涂秋实', false);
    },
  });
  await show(<PeoplePanel enterprise={ENTERPRISE} />, 'zh-CN', as);
  expect(await screen.findByText('涂**')).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: '查看明文' }));
  fireEvent.change(screen.getByLabelText('理由'), { target: { value: '安全检查' } });
  fireEvent.click(screen.getAllByRole('button', { name: '查看明文' }).at(-1) as HTMLElement);
  expect(await screen.findByText('涂秋实')).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: '恢复遮蔽' }));
  expect(screen.queryByText('涂秋实')).toBeNull();
});
