import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unitJumps } from '../indicators/jumps.ts';
import { RowJson } from './landing/row-json.ts';
import { type Row, type RowRules, standardiseRow } from './rows.ts';

const map = (from: string, to: string, transform: string, unit: string | null = null) => ({
  from,
  to,
  transform,
  unit,
  values: {},
});
const RULES: RowRules = {
  rowKey: ['id'],
  periodField: null,
  mappings: [map('name', 'name', 'name'), map('code', 'code', 'code'), map('people', 'employees', 'number')],
};
const MONTHLY: RowRules = {
  rowKey: ['code|name', 'month'],
  periodField: 'month',
  mappings: [...RULES.mappings, map('sales', 'indicator:REVENUE', 'number', 'thousand-yuan')],
};
const rules = (row: Row, from = RULES) => standardiseRow(from, row).findings.map(({ rule }) => rule);

describe('a row', () => {
  test.each([
    [{ name: '甲公司' }, 'row-key-missing'],
    [{ id: '—', name: '甲公司' }, 'row-key-missing'],
    [{ id: 1 }, 'identity-missing'],
  ])('%j is rejected: %s', (row, rule) => {
    expect(standardiseRow(RULES, row)).toMatchObject({ rejected: true, findings: [{ rule }] });
  });

  test('with a negative number of people loses that value and says so', () => {
    const row = standardiseRow(RULES, { id: 1, name: '甲公司', code: '91360000625912173B', people: -5 });
    expect(row.values.map(({ to }) => to)).toEqual(['name', 'code']);
    expect(row).toMatchObject({
      rejected: false,
      findings: [{ rule: 'number-negative', field: 'people', value: '-5' }],
    });
  });

  test('of a month is named by enterprise and month; the enterprise by itself is the entity', () => {
    const row = standardiseRow(MONTHLY, { name: ' 甲公司 ', month: '2026年2月', sales: '1,000' });
    expect(row).toMatchObject({
      rowKey: '甲公司|2026-02',
      entityKey: '甲公司',
      period: '2026-02',
      values: [
        { to: 'name', value: '甲公司' },
        { to: 'indicator:REVENUE', value: '100', raw: '1,000', field: 'sales', valid: true },
      ],
    });
    expect(standardiseRow(MONTHLY, { code: 'A|B', name: '甲', month: '2026-02' }).entityKey).toBe('A\\|B');
    expect(rules({ name: '甲公司', month: '某月' }, MONTHLY)).toContain('period-invalid');
  });

  test('a value list says what single values mean, before the transform', () => {
    const size = { ...map('scale', 'size', 'text'), values: { '1': '大型', 中: '中型' } };
    const of = (scale: unknown) =>
      standardiseRow({ ...RULES, mappings: [...RULES.mappings, size] }, { id: 1, name: '甲公司', scale })
        .values;
    expect(of(1).at(-1)).toMatchObject({ to: 'size', value: '大型', raw: '1' });
    expect(of('中').at(-1)).toMatchObject({ value: '中型' });
    expect(of('小型').at(-1)).toMatchObject({ value: '小型' });
  });

  test('of a dataset needs no enterprise', () => {
    const mappings = [map('x', 'column:x', 'text')];
    expect(standardiseRow({ ...RULES, mappings }, { id: 1, x: ' a ' })).toMatchObject({
      rejected: false,
      values: [{ to: 'column:x', value: 'a' }],
    });
  });

  test('of anything at all is standardised without throwing, and equal content has equal JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (row) => {
        const write = (of: Row) =>
          Buffer.from(new RowJson(Object.keys(of)).write(Object.values(of))).toString();
        const turned = Object.fromEntries(Object.entries(row).reverse());
        expect(write(turned)).toBe(write(row));
        expect(JSON.parse(write(row))).toEqual(JSON.parse(JSON.stringify(row)));
        const first = standardiseRow(MONTHLY, row);
        expect(first.rejected || first.findings.every(({ rule }) => rule !== 'identity-missing')).toBe(true);
      }),
      { seed: 5 },
    );
  });
});

describe('unit jumps', () => {
  const months = (...values: number[]) =>
    values.map((value, index) => ({
      rowKey: String(index),
      indicators: { REVENUE: { value, raw: String(value), field: 'sales' } },
    }));
  const jumps = (...values: number[]) =>
    [...unitJumps(months(...values))].filter(([, found]) => found.length > 0).map(([key]) => key);
  test.each([
    [[100, 200, 300, 400_000], ['3']],
    [[100_000, 200_000, 300_000, 400], ['3']],
    [[100, 200, 300, 1200], []],
    [[100, 200, 100_000], []],
    [[0, 0, 0, 500], []],
    [[-100, 120, 130, -150_000], ['3']],
  ])('%j has its jump at %j', (values, rows) => expect(jumps(...values)).toEqual(rows));
});
