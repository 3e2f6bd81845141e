import { MappingContent, MappingPreview } from '@ronghe/contracts';
import { describe, expect, test } from 'vitest';
import { checkMapping, neededOf, previewMapping, runTests } from './mapping.ts';
import { standardise } from './standardise.fixture.ts';

const content = (change: object = {}) =>
  MappingContent.parse({
    rowKey: ['信用代码|名称', '月份'],
    periodField: '月份',
    mappings: [
      { from: '名称', to: 'name', transform: 'name' },
      { from: '信用代码|税号', to: 'code', transform: 'code' },
      { from: '收入', to: 'indicator:REVENUE', transform: 'number', unit: 'thousand-yuan' },
      { from: '规模', to: 'size', values: { 大: 'large' } },
      { from: '应纳税额', to: 'column:应纳税额(元)', transform: 'number' },
    ],
    tests: [
      {
        name: '千元换算',
        row: {
          名称: '南昌澄昱铜业有限公司',
          税号: '91360000625912173b',
          月份: '2026年2月',
          收入: '12,345',
          规模: '大',
        },
        expected: {
          code: '91360000625912173B',
          'indicator:REVENUE': '1234.5',
          size: 'large',
          'column:应纳税额(元)': null,
        },
      },
    ],
    ...change,
  });
const mapping = (change: object) => content({ mappings: [...content().mappings, change], tests: [] });
const paths = (faults: readonly { path: string }[]) => faults.map(({ path }) => path);

describe('a mapping is held against', () => {
  test('nothing when all is well', () => {
    expect(checkMapping(content(), 'enterprise')).toEqual([]);
  });
  test.each<[string, object, string]>([
    ['an unknown attribute', { from: 'x', to: 'nmae' }, 'mappings.5.to'],
    ['an unknown indicator', { from: 'x', to: 'indicator:toString', transform: 'number' }, 'mappings.5.to'],
    ['a column without a name', { from: 'x', to: 'column:' }, 'mappings.5.to'],
    ['a column whose name means something', { from: 'x', to: 'column:a|b' }, 'mappings.5.to'],
    [
      'a transform that does not exist',
      { from: 'x', to: 'park', transform: 'magic' },
      'mappings.5.transform',
    ],
    ['a date as a phone', { from: 'x', to: 'phone', transform: 'date' }, 'mappings.5.transform'],
    ['text as an indicator', { from: 'x', to: 'indicator:COST', transform: 'text' }, 'mappings.5.transform'],
    ['an unknown unit', { from: 'x', to: 'revenue', transform: 'number', unit: 'bushel' }, 'mappings.5.unit'],
    [
      'a unit of something else',
      { from: 'x', to: 'revenue', transform: 'number', unit: 'kilowatt-hour' },
      'mappings.5.unit',
    ],
    ['a unit of a text', { from: 'x', to: 'park', unit: 'yuan' }, 'mappings.5.unit'],
    [
      'a unit beside the old transform',
      { from: 'x', to: 'revenue', transform: 'thousand-to-wan', unit: 'yuan' },
      'mappings.5.unit',
    ],
    ['an empty alternative', { from: 'a||b', to: 'park' }, 'mappings.5.from'],
    ['an alternative twice', { from: 'a|a', to: 'park' }, 'mappings.5.from'],
    ['a target twice', { from: 'x', to: 'name', transform: 'name' }, 'mappings.5.to'],
  ])('%s', (_what, change, path) => {
    expect(paths(checkMapping(mapping(change), 'enterprise'))).toEqual([path]);
  });
  test('what a whole mapping lacks', () => {
    const noName = content({ mappings: [{ from: 'x', to: 'park' }], tests: [] });
    expect(paths(checkMapping(noName, 'enterprise'))).toEqual(['mappings']);
    expect(checkMapping(noName, 'dataset')).toEqual([]);
    expect(paths(checkMapping(content({ periodField: null, tests: [] }), 'enterprise'))).toEqual([
      'mappings.2.to',
    ]);
    expect(paths(checkMapping(content({ rowKey: ['a', 'a'] }), 'enterprise'))).toEqual(['rowKey']);
    expect(paths(checkMapping(content({ periodField: '月份|期' }), 'enterprise'))).toEqual(['periodField']);
    const test = { name: 'x', row: {}, expected: { phone: null } };
    expect(paths(checkMapping(content({ tests: [test] }), 'enterprise'))).toEqual(['tests.0.expected.phone']);
  });
});

test('the fields it needs are those of key, month and mappings', () => {
  expect(neededOf(content())).toEqual([
    '信用代码|名称',
    '月份',
    '名称',
    '信用代码|税号',
    '收入',
    '规模',
    '应纳税额',
  ]);
});

describe('tests of a mapping', () => {
  test('pass when each expected value comes out', () => {
    expect(runTests(content(), standardise)).toEqual([{ name: '千元换算', passed: true, differences: [] }]);
  });
  test('name what came out instead', () => {
    const wrong = content();
    for (const one of wrong.mappings) if (one.to === 'indicator:REVENUE') one.unit = null;
    expect(runTests(wrong, standardise)).toEqual([
      {
        name: '千元换算',
        passed: false,
        differences: [{ to: 'indicator:REVENUE', expected: '1234.5', found: '12345' }],
      },
    ]);
  });
});

describe('a preview', () => {
  const rows = [
    { 名称: '南昌澄昱铜业有限公司', 信用代码: '91360000625912173B', 月份: '2026-02', 收入: 100 },
    { 名称: '南昌泓峤电子有限公司', 信用代码: '91360000625912173C', 月份: '上月', 收入: '未报' },
  ];
  test('shows each row with its values and what is wrong with it, as the contract has it', () => {
    const preview = previewMapping(content(), rows, { standardise, target: 'enterprise' });
    expect(MappingPreview.parse(preview)).toEqual(preview);
    expect(preview.rows[0]).toMatchObject({ period: '2026-02', rejected: false, findings: [] });
    expect(preview.rows[0]?.values).toContainEqual({
      to: 'indicator:REVENUE',
      value: '10',
      raw: '100',
      field: '收入',
      valid: true,
    });
    expect(preview.rows[1]).toMatchObject({ rejected: true });
    expect(preview.rows[1]?.findings.map(({ rule, severity }) => [rule, severity])).toEqual([
      ['code-check-digit', 'warn'],
      ['number-invalid', 'warn'],
      ['period-invalid', 'block'],
    ]);
  });
  test('shows what it can of a mapping that has faults', () => {
    const preview = previewMapping(mapping({ from: 'x', to: 'park', transform: 'magic' }), rows, {
      standardise,
      target: 'enterprise',
    });
    expect(paths(preview.faults)).toEqual(['mappings.5.transform']);
    expect(preview.rows[0]?.values.length).toBe(3);
  });
});
