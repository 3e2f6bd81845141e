import { cleanup, screen, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { useState } from 'react';
import { afterEach, expect, test, vi } from 'vitest';
import { show } from '../../../testing/render.tsx';
import { FormContext } from '../form/form-context.ts';
import type { Dict, JsonSchema } from '../form/json-schema.ts';
import { issuesByPath } from '../form/value-path.ts';
import { PointTable } from './point-table.tsx';

afterEach(cleanup);

const SCHEMA: JsonSchema = {
  type: 'array',
  items: {
    type: 'object',
    required: ['key', 'address'],
    properties: {
      key: { type: 'string', minLength: 1 },
      name: { type: 'string' },
      unit: { type: 'string' },
      equipment: { type: 'string' },
      address: { type: 'string', pattern: '^holding:\\d+$' },
      scale: { type: 'number', default: 1 },
    },
  },
};
type Held = { current: readonly unknown[] };
type TableProps = {
  points: readonly Dict[];
  held: Held;
  readOnly?: boolean;
  issues?: { path: string; message: string }[];
};
function Table({ points, held, readOnly = false, issues = [] }: TableProps) {
  const [value, setValue] = useState<readonly unknown[]>(points);
  held.current = value;
  return (
    <FormContext.Provider
      value={{ protocol: 'modbus', readOnly, issues: issuesByPath(issues), PointRows: null }}
    >
      <PointTable schema={SCHEMA} path="points" value={value} onChange={setValue} />
    </FormContext.Provider>
  );
}
const many = (count: number): Dict[] =>
  Array.from({ length: count }, (_, at) => ({ key: `kiln.t${at}`, address: `holding:${at}` }));

async function open(points: readonly Dict[], more: Partial<TableProps> = {}) {
  const held: Held = { current: points };
  await show(<Table points={points} held={held} {...more} />);
  return held;
}
const rows = () => document.querySelectorAll('tbody tr').length;

test('five thousand points are drawn a page at a time, and every one can be found', async () => {
  await open(many(5_000));
  expect(rows()).toBe(50);
  expect(screen.getByText('1 / 100 页')).toBeTruthy();
  await userEvent.type(screen.getByRole('textbox', { name: '搜索键、名称、地址' }), 'holding:4999');
  await vi.waitFor(() => expect(rows()).toBe(1));
  expect(screen.getByText('kiln.t4999')).toBeTruthy();
});

test('a point is added and written in the drawer, which tells what is wrong with it', async () => {
  const held = await open([]);
  expect(screen.getByText('还没有点位')).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: /添加点位/ }));
  const drawer = within(await screen.findByRole('dialog'));
  await userEvent.type(drawer.getByLabelText(/^点位键/), 'a');
  await userEvent.type(drawer.getByLabelText(/^寄存器地址/), 'holding:1');
  expect(held.current).toEqual([{ key: 'a', address: 'holding:1' }]);
});

test('many are selected and changed together; a ticked empty field is taken out', async () => {
  const held = await open([
    { key: 'a', address: 'holding:0', unit: 'K', equipment: 'x' },
    { key: 'b', address: 'holding:1', unit: 'K' },
    { key: 'c', address: 'holding:2', unit: 'K' },
  ]);
  await userEvent.click(screen.getByRole('checkbox', { name: '选择 a' }));
  await userEvent.click(screen.getByRole('checkbox', { name: '选择 c' }));
  await userEvent.click(screen.getByRole('button', { name: '批量修改' }));
  const dialog = within(await screen.findByRole('dialog'));
  await userEvent.click(dialog.getByRole('checkbox', { name: '单位' }));
  await userEvent.type(dialog.getByRole('textbox', { name: '单位' }), 'Cel');
  await userEvent.click(dialog.getByRole('checkbox', { name: '所属设备' }));
  await userEvent.click(dialog.getByRole('button', { name: '修改 2 个点位' }));
  expect(held.current).toEqual([
    { key: 'a', address: 'holding:0', unit: 'Cel' },
    { key: 'b', address: 'holding:1', unit: 'K' },
    { key: 'c', address: 'holding:2', unit: 'Cel' },
  ]);
});

test('selected points are deleted after asking; one is duplicated', async () => {
  const held = await open(many(3));
  await userEvent.click(screen.getByRole('button', { name: '复制 kiln.t1' }));
  expect(held.current.map((point) => (point as Dict).key)).toEqual([
    'kiln.t0',
    'kiln.t1',
    'kiln.t1-2',
    'kiln.t2',
  ]);
  await userEvent.click(screen.getByRole('button', { name: '完成' }));
  await userEvent.click(screen.getByRole('checkbox', { name: '选择 kiln.t0' }));
  await userEvent.click(screen.getByRole('button', { name: '选择全部 4 个' }));
  await userEvent.click(screen.getByRole('button', { name: /^delete 删除$|^删除$/ }));
  expect(held.current).toHaveLength(4);
  await userEvent.click(within(await screen.findByRole('tooltip')).getByRole('button', { name: '删除' }));
  expect(held.current).toEqual([]);
});

test('rows of a spreadsheet are shown as understood, with what is wrong, then merged by key', async () => {
  const held = await open([{ key: 'a', address: 'holding:0', unit: 'K' }]);
  await userEvent.click(screen.getByRole('button', { name: '从表格粘贴' }));
  const dialog = within(await screen.findByRole('dialog'));
  await userEvent.click(dialog.getByRole('textbox'));
  await userEvent.paste('点位键\t寄存器地址\t备用\na\tholding:9\tx\nb\tD100\ty\n');
  expect(dialog.getByText(/不认识的列，已略过：备用/)).toBeTruthy();
  expect(dialog.getByText('1 行有问题，可以先放入再改')).toBeTruthy();
  await userEvent.click(dialog.getByRole('button', { name: '放入 2 行' }));
  expect(held.current).toEqual([
    { key: 'a', address: 'holding:9', unit: 'K' },
    { key: 'b', address: 'D100' },
  ]);
});

test('problems are marked at their rows and can be looked at alone', async () => {
  await open(many(200), { issues: [{ path: 'points[137].address', message: '超出范围' }] });
  await userEvent.click(screen.getByRole('checkbox', { name: '只看有问题的（1）' }));
  expect(rows()).toBe(1);
  expect(screen.getByRole('img', { name: '超出范围' })).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: 'kiln.t137' }));
  expect(within(await screen.findByRole('dialog')).getByText('超出范围')).toBeTruthy();
});

test('who may only look sees no way to change', async () => {
  await open(many(2), { readOnly: true });
  expect(screen.queryAllByRole('checkbox')).toEqual([]);
  expect(screen.queryByRole('button', { name: /添加|粘贴|删除|复制/ })).toBeNull();
});
