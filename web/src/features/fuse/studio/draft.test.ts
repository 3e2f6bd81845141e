import { describe, expect, it } from 'vitest';
import { MAPPINGS, PROFILE, SUGGESTION, suggest } from '../../../testing/intake-fixture.ts';
import { columnTarget, transformOf } from '../use-targets.ts';
import { diffOf } from './diff.ts';
import {
  acceptAll,
  conflictsOf,
  type Draft,
  firstDraft,
  gapsOf,
  keyVerdict,
  linesOf,
  mappingOf,
  mergeTarget,
  openSuggestions,
  renameColumn,
} from './draft.ts';

const draft = (more: Partial<Draft> = {}): Draft => ({
  rowKey: ['统一社会信用代码'],
  periodField: null,
  mappings: [],
  tests: [],
  ...more,
});
const to = (column: string, target: string) =>
  mappingOf({ column, to: target, transform: 'text', unit: null });
const targets = ({ mappings }: Draft) => mappings.map((mapping) => `${mapping.from}>${mapping.to}`);

describe('lines of the studio', () => {
  it('are the columns with each of their mappings; what the source lacks comes first', () => {
    const lines = linesOf(
      ['a', 'b', 'c'],
      [to('b', 'name'), to('gone', 'code'), to('b', 'shortName'), to('x|c', 'phone')],
    );
    expect(lines).toEqual([
      { column: 'gone', index: 1, missing: true },
      { column: 'a', index: null, missing: false },
      { column: 'b', index: 0, missing: false },
      { column: 'b', index: 2, missing: false },
      { column: 'c', index: 3, missing: false },
    ]);
  });
});

describe('taking suggestions', () => {
  it('takes the sure ones only, in the order of the columns, and none twice', () => {
    const taken = acceptAll(draft({ mappings: [to('规模', 'size')] }), SUGGESTION);
    expect(targets(taken)).toEqual([
      '企业名称>name',
      '统一社会信用代码>code',
      '所属区县>division',
      '主营业务收入（千元）>revenue',
      '规模>size',
    ]);
    expect(openSuggestions(taken, SUGGESTION)).toEqual([]);
    expect(acceptAll(taken, SUGGESTION)).toEqual(taken);
  });

  it('gives a target to the surest column and leaves what a person mapped alone', () => {
    const suggestion = {
      ...SUGGESTION,
      columns: [
        suggest('甲', 'name', { confidence: 0.85 }),
        suggest('乙', 'name', { confidence: 0.97 }),
        suggest('丙', 'code', { confidence: 0.9 }),
      ],
    };
    expect(targets(acceptAll(draft(), suggestion))).toEqual(['乙>name', '丙>code']);
    expect(targets(acceptAll(draft({ mappings: [to('丙', 'phone')] }), suggestion))).toEqual([
      '乙>name',
      '丙>phone',
    ]);
  });

  it('keeps columns proposed as they are, however unsure, in the order of the columns', () => {
    const suggestion = {
      ...SUGGESTION,
      columns: [suggest('利润', 'column:利润', { confidence: 0.5 }), ...SUGGESTION.columns],
    };
    const kept = targets(firstDraft(suggestion, PROFILE.keys));
    expect(kept.slice(0, 2)).toEqual(['利润>column:利润', '企业名称>name']);
    expect(kept.some((target) => target.startsWith('联系人'))).toBe(false);
  });

  it('keeps every column of a dataset', () => {
    const first = firstDraft({ ...SUGGESTION, target: 'dataset', rowKey: [] }, PROFILE.keys);
    expect(first.rowKey).toEqual(['统一社会信用代码']);
    expect(targets(first)).toContain('备注>column:备注');
    expect(first.mappings).toHaveLength(SUGGESTION.columns.length);
    expect(first.mappings.map(({ from }) => from)).toEqual(SUGGESTION.columns.map(({ column }) => column));
  });
});

describe('a column kept under its own name', () => {
  it.each([
    ['产值（万元）', 'column:产值(万元)'],
    ['a|b', 'column:a/b'],
    ['  *备注*: "x" ', 'column:备注 x'],
    ['***', 'column:column'],
  ])('%s becomes %s', (name, target) => {
    expect(columnTarget(name)).toBe(target);
  });

  it('stays as it is; other targets take the transform that is theirs', () => {
    const targets = ['column:a', 'code', 'indicator:REVENUE', 'established', 'size'];
    expect(targets.map(transformOf)).toEqual(['text', 'code', 'number', 'date', 'text']);
  });
});

describe('a column under another name', () => {
  it('stands in for the one that is gone, in mapping, key and month; kept tests still find the old one', () => {
    const before = draft({
      rowKey: ['代码|名称'],
      periodField: '月份',
      mappings: [to('代码', 'code'), to('名称', 'name'), to('月份', 'column:月份')],
    });
    const after = renameColumn(before, 0, '信用编码');
    expect(targets(after)).toEqual(['信用编码|代码>code', '名称>name', '月份>column:月份']);
    expect(after.rowKey).toEqual(['信用编码|代码|名称']);
    expect(renameColumn(before, 2, '报告期').periodField).toBe('报告期');
    expect(renameColumn(before, 9, '没有')).toBe(before);
  });
});

describe('conflicts', () => {
  it('are targets filled twice, and end when they are made one that takes the first filled', () => {
    const twice = draft({
      mappings: [to('a', 'name'), to('b', 'code'), { ...to('c', 'name'), values: { x: 'y' } }],
    });
    expect([...conflictsOf(twice.mappings)]).toEqual(['name']);
    expect(gapsOf(twice)).toEqual(['conflict']);
    const merged = mergeTarget(twice, 'name');
    expect(targets(merged)).toEqual(['a|c>name', 'b>code']);
    expect(merged.mappings[0]?.values).toEqual({ x: 'y' });
    expect(gapsOf(merged)).toEqual([]);
  });

  it('are told beside what else is missing', () => {
    expect(gapsOf(draft({ rowKey: [] }))).toEqual(['no-key', 'no-mapping']);
  });
});

describe('whether a key tells rows apart', () => {
  it.each([
    [['统一社会信用代码'], 'unique'],
    [['所属区县', '企业名称'], 'unique'],
    [['所属区县', '企业名称', '备注'], 'unique'],
    [['所属区县'], 'not-unique'],
    [['所属区县', '规模'], 'unknown'],
    [['没有'], 'missing'],
    [['企业名称|简称'], 'unknown'],
    [['统一社会信用代码|所属区县'], 'unknown'],
    [['没有|也没有'], 'missing'],
  ] as const)('%j is %s', (key, verdict) => {
    expect(keyVerdict(key, PROFILE)).toBe(verdict);
  });

  it.each([
    [1_200, 'unique'],
    [1_199, 'gaps'],
  ] as const)('the first filled of two unique columns, %i names filled, is %s', (filled, verdict) => {
    const columns = PROFILE.columns.map((one) =>
      one.name === '企业名称'
        ? { ...one, unique: true, filled }
        : one.name === '统一社会信用代码'
          ? { ...one, filled: 1_190 }
          : one,
    );
    expect(keyVerdict(['统一社会信用代码|企业名称'], { ...PROFILE, columns })).toBe(verdict);
  });

  it('a unique column with gaps is not enough', () => {
    const [first] = PROFILE.columns;
    if (!first) throw new Error('the profile has no columns');
    const gaps = {
      rows: 10,
      keys: [],
      columns: [{ ...first, name: 'k', unique: true, rows: 10, filled: 9 }],
    };
    expect(keyVerdict(['k'], gaps)).toBe('gaps');
    expect(keyVerdict(['k'], null)).toBe('unknown');
  });
});

describe('what is different between two mappings', () => {
  it('is told by target; another order is no difference', () => {
    const before = draft({ mappings: MAPPINGS });
    expect(diffOf(before, draft({ mappings: [...MAPPINGS].reverse() }))).toEqual([]);
    const [name, ...rest] = MAPPINGS;
    if (!name) throw new Error('no mappings');
    const after = draft({
      rowKey: ['企业名称'],
      mappings: [{ ...name, from: '企业名称|简称' }, ...rest.slice(1), to('备注', 'column:备注')],
    });
    expect(diffOf(before, after).map(({ kind, what }) => `${kind} ${what}`)).toEqual([
      'changed rowKey',
      'changed name',
      'removed code',
      'added column:备注',
    ]);
  });
});
