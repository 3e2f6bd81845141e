import type { RowFilter } from '@ronghe/contracts';
import { RowFilter as RowFilterSchema } from '@ronghe/contracts';
import { cleanup, fireEvent, screen, within } from '@testing-library/react';
import fc from 'fast-check';
import { useState } from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { show } from '../../../testing/render.tsx';
import { FilterBuilder } from './filter-builder.tsx';
import { emptyGroup, filterOf, filterValueOf, type Group, treeOf } from './filter-tree.ts';

afterEach(cleanup);

const COLUMNS = [
  { name: 'name', type: 'text', title: { zh: '名称', en: 'Name' } },
  { name: 'employees', type: 'integer', title: { zh: '从业人员', en: 'Employees' } },
  { name: 'at', type: 'time', title: { zh: '时刻', en: 'Moment' } },
  { name: 'listed', type: 'boolean', title: { zh: '上市', en: 'Listed' } },
] as const;

describe('a filter being written', () => {
  it('comes back the same from its tree, whatever it is', () => {
    const leaf = fc.oneof(
      fc.record({
        column: fc.constant('name'),
        op: fc.constantFrom('eq' as const, 'contains' as const),
        value: fc.string({ minLength: 1 }),
      }),
      fc.record({
        column: fc.constant('employees'),
        op: fc.constantFrom('in' as const, 'notIn' as const),
        values: fc.array(fc.integer(), { minLength: 1, maxLength: 3 }),
      }),
      fc.constant({ column: 'listed', op: 'eq' as const, value: false }),
      fc.constant({ column: 'at', op: 'isNull' as const }),
    );
    const { tree } = fc.letrec<{ tree: RowFilter }>((tie) => {
      const parts = fc.array(tie('tree'), { minLength: 2, maxLength: 3 });
      return {
        tree: fc.oneof(
          { maxDepth: 3 },
          leaf as fc.Arbitrary<RowFilter>,
          parts.map((and) => ({ and })),
          parts.map((or) => ({ or })),
          leaf.map((not) => ({ not }) as RowFilter),
        ),
      };
    });
    fc.assert(
      fc.property(tree, (filter) => {
        expect(filterOf(treeOf(filter, COLUMNS), COLUMNS)).toEqual({ filter, incomplete: 0 });
        expect(RowFilterSchema.safeParse(filter).success).toBe(true);
      }),
      { seed: 20261130 },
    );
  });

  it('reads fields by the type of the column; times are those of Shanghai', () => {
    expect(filterValueOf('2026-11-01T08:30', 'time')).toBe('2026-11-01T08:30:00+08:00');
    expect(filterValueOf('12.5', 'number')).toBe(12.5);
    expect(filterValueOf('12.5', 'integer')).toBeNull();
    expect(filterValueOf('', 'number')).toBeNull();
    expect(filterValueOf('yes', 'boolean')).toBeNull();
    expect(filterValueOf('0012', 'text')).toBe('0012');
    const saved: RowFilter = { column: 'at', op: 'gte', value: '2026-11-01T00:30:00Z' };
    expect(filterOf(treeOf(saved, COLUMNS), COLUMNS).filter).toEqual({
      ...saved,
      value: '2026-11-01T08:30:00+08:00',
    });
  });

  it('leaves out what is not filled in and says so', () => {
    const group: Group = {
      ...emptyGroup(),
      parts: [
        { kind: 'condition', id: 901, column: 'name', op: 'eq', texts: ['甲'] },
        { kind: 'condition', id: 902, column: 'employees', op: 'gt', texts: ['many'] },
      ],
    };
    expect(filterOf(group, COLUMNS)).toEqual({
      filter: { column: 'name', op: 'eq', value: '甲' },
      incomplete: 1,
    });
  });
});

function Harness({ onTree }: { onTree: (tree: Group) => void }) {
  const [tree, setTree] = useState(emptyGroup);
  const change = (next: Group) => {
    setTree(next);
    onTree(next);
  };
  return <FilterBuilder tree={tree} columns={COLUMNS} onChange={change} none="没有条件" />;
}

it('conditions and groups are added, filled and removed by their names', async () => {
  let tree = emptyGroup();
  await show(
    <Harness
      onTree={(next) => {
        tree = next;
      }}
    />,
  );
  expect(screen.getByText('没有条件')).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: /添加条件/ }));
  fireEvent.change(screen.getByLabelText('条件 1 值'), { target: { value: '铜业' } });
  fireEvent.click(screen.getByRole('button', { name: /添加一组/ }));
  fireEvent.change(screen.getByLabelText('条件 2 值'), { target: { value: '电子' } });
  expect(filterOf(tree, COLUMNS).filter).toEqual({
    and: [
      { column: 'name', op: 'eq', value: '铜业' },
      { column: 'name', op: 'eq', value: '电子' },
    ],
  });
  const group = within(screen.getByRole('group', { name: '第 1 组条件' }));
  fireEvent.click(group.getByRole('checkbox', { name: '取反' }));
  fireEvent.click(screen.getByRole('button', { name: '移除条件 1' }));
  expect(filterOf(tree, COLUMNS).filter).toEqual({ not: { column: 'name', op: 'eq', value: '电子' } });
});
