import type { FieldMapping, MappingPreview } from '@ronghe/contracts';
import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { fakeApi, realBorder, type Sent } from '../../../testing/fake-api.ts';
import {
  column,
  DICTIONARIES,
  MAPPINGS,
  me,
  PREVIEW,
  PROFILE,
  SOURCE_ID,
  SUGGESTION,
} from '../../../testing/intake-fixture.ts';
import { button, PATIENCE, press, write } from '../../../testing/press.ts';
import { show } from '../../../testing/render.tsx';
import type { Shown } from './column-view.ts';
import type { Draft } from './draft.ts';
import { Studio } from './studio.tsx';

afterEach(() => {
  cleanup();
  realBorder();
});

type Options = {
  draft?: Partial<Draft>;
  readOnly?: boolean;
  columns?: string[];
  preview?: (sent: Sent) => MappingPreview;
};
async function open({ draft = {}, readOnly = false, columns, preview = () => PREVIEW }: Options = {}) {
  const sent = fakeApi({
    'POST /api/fuse/mappings/preview': preview,
    'GET /api/fuse/reference/units/entries': { items: [], next: null, total: 0 },
  });
  const held: { current: Draft } = {
    current: { rowKey: ['统一社会信用代码'], periodField: null, mappings: MAPPINGS, tests: [], ...draft },
  };
  const profile = columns ? { ...PROFILE, columns: columns.map((name) => column(name)) } : PROFILE;
  function Held() {
    const [value, setValue] = useState(held.current);
    const [filter, setFilter] = useState<{ search: string; show: Shown }>({ search: '', show: 'all' });
    held.current = value;
    return (
      <Studio
        draft={value}
        onChange={setValue}
        columns={profile.columns.map(({ name }) => name)}
        profile={profile}
        suggestion={SUGGESTION}
        from={{ kind: 'source', source: SOURCE_ID }}
        target="enterprise"
        view={{ ...filter, set: (change) => setFilter((known) => ({ ...known, ...change })) }}
        readOnly={readOnly}
      />
    );
  }
  await show(<Held />, 'zh-CN', { me: me(), dictionaries: DICTIONARIES });
  return { held, sent };
}
const lines = () =>
  within(screen.getByRole('table', { name: '来源列' }))
    .getAllByRole('row')
    .slice(1);
const mapped = (mappings: readonly FieldMapping[]) => mappings.map(({ from, to }) => `${from}>${to}`);

describe('the studio', { timeout: 60_000 }, () => {
  it('takes a proposal by one click, and all sure ones by another', async () => {
    const { held } = await open({ draft: { mappings: [] } });
    await press('采用建议：企业规模（74%）');
    expect(mapped(held.current.mappings)).toEqual(['规模>size']);
    await press('采用全部可靠建议（4）');
    expect(held.current.mappings).toHaveLength(5);
    expect(held.current.mappings[3]).toMatchObject({ to: 'revenue', transform: 'thousand-to-wan' });
    expect(button('采用全部可靠建议（0）').hasAttribute('disabled')).toBe(true);
  });

  it('says why it proposes something when its confidence gets the focus', async () => {
    await open();
    fireEvent.focus(button(/主营业务收入（千元）”的建议有 86% 的把握/));
    expect(await screen.findByText('列名含“收入”，单位为千元')).toBeTruthy();
    expect(screen.getByText(/营业收入 \(万元\) 61%/)).toBeTruthy();
  });

  it('marks a target that is filled twice and makes it one', async () => {
    const { held } = await open({
      draft: { mappings: [...MAPPINGS, { ...MAPPINGS[0], from: '备注' } as FieldMapping] },
    });
    expect(screen.getAllByText('重复的目标')).toHaveLength(2);
    expect(screen.getByText(/有目标被填写两次/)).toBeTruthy();
    await press('合并为先后取值');
    expect(mapped(held.current.mappings)).toContain('企业名称|备注>name');
    await waitFor(() => expect(screen.queryByText('重复的目标')).toBeNull());
  });

  it('draws a thousand columns a page at a time and finds each', async () => {
    await open({ draft: { mappings: [] }, columns: Array.from({ length: 1_000 }, (_, at) => `列${at}`) });
    expect(lines()).toHaveLength(25);
    expect(screen.getByText('第 1–25 项，共 1000 项来源列')).toBeTruthy();
    write('搜索列名或目标', '列987');
    await waitFor(() => expect(lines()).toHaveLength(1));
  });

  it('says whether the key is unique, and offers those that are', async () => {
    const { held } = await open({ draft: { rowKey: ['所属区县'] } });
    expect(screen.getByText(/不唯一/)).toBeTruthy();
    await press('统一社会信用代码');
    expect(held.current.rowKey).toEqual(['统一社会信用代码']);
    expect(screen.getByText('唯一')).toBeTruthy();
  });

  it('shows real rows beside what comes of them, with what is wrong at its cell, and asks anew after a change', async () => {
    const { sent } = await open();
    const table = await screen.findByLabelText('预览', { selector: 'table' }, PATIENCE);
    const [, second] = table.querySelectorAll<HTMLElement>('tbody tr');
    const cell = within(second as HTMLElement)
      .getByText('校验码不符')
      .closest('td');
    expect(cell?.textContent).toContain('91360100158263740G');
    expect(within(second as HTMLElement).getByText('约9000')).toBeTruthy();
    expect(sent.filter(({ path }) => path.endsWith('/preview'))).toHaveLength(1);
    await press('采用建议：企业规模（74%）');
    await waitFor(() => expect(sent.filter(({ path }) => path.endsWith('/preview'))).toHaveLength(2));
    expect(sent.at(-1)?.body).toMatchObject({ from: { kind: 'source', source: SOURCE_ID }, limit: 20 });
    expect((sent.at(-1)?.body as Draft | undefined)?.mappings).toHaveLength(5);
  });

  it('makes a test of a row, and tells its difference when it fails', async () => {
    const { held } = await open({
      preview: ({ body }) => ({
        ...PREVIEW,
        tests: (body as Draft).tests.map(({ name }) => ({
          name,
          passed: false,
          differences: [{ to: 'revenue', expected: '18234', found: '182340' }],
        })),
      }),
    });
    await press('把 91360100MA35L2EX0W 这一行存为测试');
    expect(held.current.tests[0]).toMatchObject({
      name: '91360100MA35L2EX0W',
      expected: { name: '豫章铜业有限公司', division: '360111', revenue: '18234' },
    });
    await press('测试用例 1');
    expect(await screen.findByText('不通过')).toBeTruthy();
    expect(screen.getByText('182340').tagName).toBe('INS');
    expect(screen.getByText('通过 0 / 1')).toBeTruthy();
  });

  it('says in the server’s words why a mapping cannot be saved', async () => {
    await open({
      preview: () => ({ ...PREVIEW, faults: [{ path: 'mappings[0].unit', message: '没有这个单位' }] }),
    });
    expect(await screen.findByText(/没有这个单位/)).toBeTruthy();
  });

  it('lets who may only look change nothing', async () => {
    await open({ readOnly: true, draft: { mappings: [] } });
    await screen.findByLabelText('预览', { selector: 'table' }, PATIENCE);
    expect(() => button(/采用|存为测试/)).toThrow();
  });
});
