import type { Drift } from '@ronghe/contracts';
import { describe, expect, test } from 'vitest';
import { driftOf } from './drift.ts';
import { tableOf, VALUES } from './profile.fixture.ts';
import { createProfiler, pageOfRows } from './profile.ts';

const profileOf = (rows: readonly Record<string, unknown>[]) => {
  const profiler = createProfiler();
  profiler.add(pageOfRows(rows));
  return profiler.result();
};
const BASE = tableOf({
  编号: 'id',
  单位名称: 'name',
  信用代码: 'code',
  '营业收入（千元）': 'thousands',
  联系电话: 'landLine',
  规模: 'size',
  报告期: 'period',
});
const NEEDED = ['编号', '单位名称', '信用代码', '营业收入（千元）', '报告期'];
type Row = (typeof BASE)[number];
const drift = (change: (row: Row, n: number) => Row | null, needed = NEEDED): Drift[] => {
  const rows = BASE.flatMap((row, n) => {
    const changed = change({ ...row }, n);
    return changed ? [changed] : [];
  });
  return driftOf(profileOf(BASE), profileOf(rows), needed);
};
const renamed = (from: string, to: string) => (row: Row) =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name === from ? to : name, value]));

describe('what moved between two deliveries', () => {
  test('nothing when the same table comes again, in any order of rows and columns', () => {
    expect(drift((row) => row)).toEqual([]);
    const turned = [...BASE].reverse().map((row) => Object.fromEntries(Object.entries(row).reverse()));
    expect(driftOf(profileOf(BASE), profileOf(turned), NEEDED)).toEqual([]);
  });
  test('a new month of the same enterprises with other amounts is no drift', () => {
    const next = (row: Row, n: number) => ({
      ...row,
      报告期: '2026-07',
      '营业收入（千元）': VALUES.thousands(n + 17) * 1.3,
    });
    expect(drift(next)).toEqual([]);
  });
  test('a column that is gone breaks what needs it, another does not', () => {
    expect(drift(({ 单位名称: _name, 规模: _size, ...row }) => row)).toEqual([
      { kind: 'column-removed', column: '单位名称', before: '单位名称', after: null, breaks: true },
      { kind: 'column-removed', column: '规模', before: '规模', after: null, breaks: false },
    ]);
  });
  test('a renamed column is recognised by what stands in it', () => {
    expect(drift(renamed('单位名称', '企业全称'))).toEqual([
      { kind: 'column-renamed', column: '单位名称', before: '单位名称', after: '企业全称', breaks: true },
    ]);
  });
  test('and by its name when the values are others', () => {
    const found = drift((row, n) => ({
      ...renamed('信用代码', '统一社会信用代码')(row),
      统一社会信用代码: VALUES.code(n + 500),
    }));
    expect(found).toEqual([
      {
        kind: 'column-renamed',
        column: '信用代码',
        before: '信用代码',
        after: '统一社会信用代码',
        breaks: true,
      },
    ]);
  });
  test('a number column that took another’s place is no rename', () => {
    const found = drift(({ '营业收入（千元）': _revenue, ...row }, n) => ({
      ...row,
      用工人数: VALUES.integer(n),
    }));
    expect(found.map(({ kind }) => kind)).toEqual(['column-removed', 'column-added']);
  });
  test('`a|b` breaks only when both are gone', () => {
    const needed = ['信用代码|单位名称'];
    expect(drift(({ 信用代码: _code, ...row }) => row, needed)[0]).toMatchObject({ breaks: false });
    expect(
      drift(({ 信用代码: _code, 单位名称: _name, ...row }) => row, needed).map(({ breaks }) => breaks),
    ).toEqual([true, true]);
  });
  test('units, kinds, filling, values and rows', () => {
    const money = (factor: number) => (row: Row) => ({
      ...row,
      '营业收入（千元）': Number(row['营业收入（千元）']) * factor,
    });
    expect(drift(money(0.001))).toMatchObject([{ kind: 'values-shifted', breaks: true }]);
    expect(drift(renamed('营业收入（千元）', '营业收入（万元）'))).toMatchObject([
      { kind: 'column-renamed', after: '营业收入（万元）', breaks: true },
    ]);
    expect(drift((row, n) => ({ ...row, 信用代码: VALUES.landLine(n) }))).toMatchObject([
      { kind: 'kind-changed', column: '信用代码', before: 'code', after: 'phone', breaks: true },
    ]);
    expect(drift((row, n) => ({ ...row, 联系电话: n % 5 === 0 ? VALUES.landLine(n) : null }))).toMatchObject([
      { kind: 'fill-dropped', before: '100%', after: '20%', breaks: false },
    ]);
    expect(drift((row, n) => ({ ...row, 规模: `${n % 3} 类` }))).toMatchObject([
      { kind: 'values-shifted', column: '规模', breaks: false },
    ]);
    expect(drift((row, n) => (n < 30 ? row : null))).toMatchObject([
      { kind: 'rows-dropped', column: null, before: '60', after: '30', breaks: false },
    ]);
  });
  test('a unit in the cells that changes is seen though the header stays', () => {
    const withUnit = (unit: string) => BASE.map((_row, n) => ({ 资本: `${VALUES.money(n)}${unit}` }));
    expect(driftOf(profileOf(withUnit('万元')), profileOf(withUnit('元')), ['资本'])).toMatchObject([
      { kind: 'unit-changed', before: '万元', after: '元', breaks: true },
    ]);
  });
});
