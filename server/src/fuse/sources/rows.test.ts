import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unitJumps } from '../indicators/jumps.ts';
import { canonicalJson, type RowRules, standardiseRow } from './rows.ts';

const RULES: RowRules = {
  rowKey: ['id'],
  periodField: null,
  mappings: [
    { from: 'name', to: 'name', transform: 'name' },
    { from: 'code', to: 'code', transform: 'code' },
    { from: 'people', to: 'employees', transform: 'number' },
  ],
};
const MONTHLY: RowRules = {
  rowKey: ['code|name', 'month'],
  periodField: 'month',
  mappings: [...RULES.mappings, { from: 'sales', to: 'indicator:REVENUE', transform: 'thousand-to-wan' }],
};
const rules = (row: unknown, from = RULES) => standardiseRow(from, row).findings.map(({ rule }) => rule);

describe('a row', () => {
  test.each([
    ['a text', 'row-not-object'],
    [null, 'row-not-object'],
    [[1], 'row-not-object'],
    [{ name: '甲公司' }, 'row-key-missing'],
    [{ id: '—', name: '甲公司' }, 'row-key-missing'],
    [{ id: 1 }, 'identity-missing'],
    [{ id: 1, name: 'x'.repeat(70_000) }, 'row-too-large'],
  ])('%j is rejected: %s', (row, rule) => {
    expect(standardiseRow(RULES, row)).toMatchObject({ rejected: true, findings: [{ rule }] });
  });

  test('with a negative number of people loses that value and says so', () => {
    const row = standardiseRow(RULES, { id: 1, name: '甲公司', code: '91360000625912173B', people: -5 });
    expect(row.values.employees).toBeUndefined();
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
      indicators: { REVENUE: { value: 100, raw: '1,000', field: 'sales' } },
    });
    expect(standardiseRow(MONTHLY, { code: 'A|B', name: '甲', month: '2026-02' }).entityKey).toBe('A\\|B');
    expect(rules({ name: '甲公司', month: '某月' }, MONTHLY)).toContain('period-invalid');
  });

  test('NUL characters, which PostgreSQL cannot keep, are left out', () => {
    expect(standardiseRow(RULES, { id: 1, name: '甲\u0000公司', x: '\\u0000' }).row).toEqual({
      id: 1,
      name: '甲公司',
      x: '\\u0000',
    });
  });

  test('anything at all is standardised without throwing, and equal content has an equal hash', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const first = standardiseRow(MONTHLY, value);
        const again = standardiseRow(MONTHLY, JSON.parse(canonicalJson(value)));
        expect(again.hash).toBe(first.hash);
        expect(first.rejected || first.findings.every(({ rule }) => rule !== 'identity-missing')).toBe(true);
      }),
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
