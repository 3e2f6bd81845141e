import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tableOf, type ValueName } from '../profile/profile.fixture.ts';
import { createProfiler, pageOfRows } from '../profile/profile.ts';
import { assign } from './assign.ts';
import { LABELLED, type LabelledTable } from './headers.fixture.ts';
import { readHeader } from './headers.ts';
import { HELD_OUT } from './headers-held-out.fixture.ts';
import { suggestMapping } from './suggest.ts';

const suggest = (columns: Readonly<Record<string, ValueName>>, rows = 60) => {
  const profiler = createProfiler();
  profiler.add(pageOfRows(tableOf(columns, rows)));
  return suggestMapping(profiler.result(), { templates: [] });
};

const withoutSomeCodes = (row: Record<string, unknown>, at: number) =>
  at % 20 === 3 ? { ...row, 统一社会信用代码: null } : row;

type Judged = { giver: string; header: string; label: string; found: string; confidence: number };
/** Every labelled column with what is proposed for it. */
function judge(
  table: LabelledTable,
  rename: (header: string, at: number) => string = (header) => header,
): Judged[] {
  const named = table.columns.map(([header, values, label], at) => ({
    header: rename(header, at),
    values,
    label,
  }));
  const result = suggest(Object.fromEntries(named.map(({ header, values }) => [header, values])));
  return named.map(({ header, label }) => {
    const one = result.columns.find(({ column }) => column === header);
    const to = header === result.periodField ? 'period' : (one?.to ?? 'none');
    const found = to.startsWith('column:') ? 'column' : to;
    return { giver: table.giver, header, label, found, confidence: one?.confidence ?? 0 };
  });
}
const right = ({ label, found }: Judged) => label === found;
const share = (judged: readonly Judged[]) => judged.filter(right).length / judged.length;

describe('on labelled headers of real givers', () => {
  const judged = LABELLED.flatMap((table) => judge(table));
  test('there are enough of them, of all kinds', () => {
    expect(judged.length).toBeGreaterThanOrEqual(160);
    expect(judged.filter(({ label }) => label === 'column').length).toBeGreaterThanOrEqual(60);
    expect(new Set(judged.map(({ label }) => label)).size).toBeGreaterThanOrEqual(27);
  });
  test('what is proposed first is right for at least 98 %', () => {
    expect(judged.filter((one) => !right(one))).toEqual([]);
    expect(share(judged)).toBeGreaterThanOrEqual(0.98);
  });
  test('a confidence from 0.8 on may be taken without looking', () => {
    const sure = judged.filter(({ confidence }) => confidence >= 0.8);
    expect(sure.length / judged.length).toBeGreaterThan(0.85);
    expect(share(sure)).toBeGreaterThanOrEqual(0.98);
  });
  test('with headers that say nothing, the values alone tell most of what values can tell', () => {
    const blind = LABELLED.flatMap((table) => judge(table, (_header, at) => `col${at + 1}`));
    const telling = [
      'name',
      'code',
      'division',
      'industry',
      'address',
      'phone',
      'period',
      'size',
      'park',
      'legalPerson',
      'established',
    ];
    const can = blind.filter(({ label }) => telling.includes(label));
    expect(share(can)).toBeGreaterThan(0.8);
  });
});

describe('on headers that were not looked at while the dictionary was made', () => {
  const judged = HELD_OUT.flatMap((table) => judge(table));
  test('what is proposed first is right for at least 96 %', () => {
    expect(judged.length).toBeGreaterThanOrEqual(75);
    // 0.949 when they were first looked at; 0.962 since initials that may be either are read by whether rows have months
    expect(share(judged)).toBeGreaterThanOrEqual(0.96);
    const sure = judged.filter(({ confidence }) => confidence >= 0.8);
    expect(sure.filter((one) => !right(one)).map(({ header }) => header)).toEqual([]);
    expect(sure.length / judged.length).toBeGreaterThan(0.8);
  });
});

describe('a proposal', () => {
  const result = suggest({
    企业名称: 'name',
    统一社会信用代码: 'code',
    报告期: 'period',
    '营业收入（千元）': 'thousands',
    '用电量（千瓦时）': 'thousands',
    法人手机: 'mobile',
    '应交增值税（元）': 'money',
  });
  const of = (column: string) => result.columns.find((one) => one.column === column);
  test('names unit, transform and reasons', () => {
    expect(of('营业收入（千元）')).toMatchObject({
      to: 'indicator:REVENUE',
      transform: 'number',
      unit: 'thousand-yuan',
    });
    expect(of('用电量（千瓦时）')).toMatchObject({ to: 'indicator:ELECTRICITY', unit: 'kilowatt-hour' });
    expect(of('统一社会信用代码')?.reasons).toEqual([
      {
        zh: '表头是“统一社会信用代码”的写法',
        en: 'The header is a way to write “Unified social credit code”',
      },
      { zh: '100% 的值是统一社会信用代码', en: '100 % of the values: unified social credit code' },
    ]);
    expect(of('法人手机')).toMatchObject({
      to: 'column:法人手机',
      reasons: [{ en: 'The header means the phone of a person; kept as a column of its own' }],
    });
    expect(of('应交增值税（元）')).toMatchObject({
      to: 'column:应交增值税(元)',
      transform: 'number',
      unit: null,
    });
  });
  test('names the month and the row', () => {
    expect(result).toMatchObject({ periodField: '报告期', target: 'enterprise', template: null });
    expect(of('报告期')?.to).toBeNull();
    expect(result.rowKey).toEqual(['统一社会信用代码']);
    const noKey = suggest({ 企业名称: 'shortName', 年月: 'period', '用电量（千瓦时）': 'thousands' }, 400);
    expect(noKey.rowKey).toEqual(['企业名称', '年月']);
  });
  test('an enterprise is named by its code or name, not by the number of its line', () => {
    const gaps = tableOf({ 序号: 'serial', 企业名称: 'name', 统一社会信用代码: 'code' }, 60);
    const profiler = createProfiler();
    profiler.add(pageOfRows([...gaps.map(withoutSomeCodes), { 序号: '合计' }]));
    const list = suggestMapping(profiler.result(), { templates: [] });
    expect(list.rowKey).toEqual(['统一社会信用代码|企业名称']);
    expect(suggest({ 序号: 'serial', 产品名称: 'product' }).rowKey).toEqual(['序号']);
  });
  test('a table that names no enterprise is a dataset', () => {
    const dataset = suggest({ 产品名称: 'product', 计量单位: 'unitName', 年月: 'period', 产量: 'integer' });
    expect(dataset).toMatchObject({ target: 'dataset', periodField: '年月' });
    expect(dataset.columns.map(({ to }) => to)).toEqual([
      'column:产品名称',
      'column:计量单位',
      null,
      'column:产量',
    ]);
  });
  test('initials that may be either are capital in a register, and assets beside months', () => {
    const register = suggest({ qymc: 'name', shxydm: 'code', zczj: 'money' });
    const monthly = suggest({ qymc: 'name', bgq: 'period', zczj: 'thousands', fzhj: 'thousands' });
    const of = ({ columns }: typeof register) => columns.find(({ column }) => column === 'zczj')?.to;
    expect([of(register), of(monthly)]).toEqual(['registeredCapital', 'indicator:ASSETS']);
    const named = suggest({ 企业名称: 'name', 报告期: 'period', 注册资本: 'money' });
    expect(named.columns.at(-1)?.to).toBe('registeredCapital');
  });
  test('two columns that fit alike are not taken without looking', () => {
    const two = suggest({ 联系电话: 'landLine', 单位电话: 'landLine', 企业名称: 'name' });
    expect(two.columns.filter(({ to }) => to === 'phone')).toHaveLength(1);
    expect(two.columns.find(({ to }) => to === 'phone')?.confidence).toBeLessThan(0.8);
  });
  test('nothing is proposed twice and nothing throws, whatever the headers are', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ maxLength: 30 }), { minLength: 1, maxLength: 12 }),
        (headers) => {
          const { columns } = suggest(
            Object.fromEntries(headers.map((header) => [header, 'money' as const])),
            5,
          );
          const targets = columns.flatMap(({ to }) => to ?? []);
          expect(new Set(targets).size).toBe(targets.length);
        },
      ),
      { seed: 20260701, numRuns: 100 },
    );
  });
});

test('the assignment is the best of all', () => {
  const gain = fc.array(fc.array(fc.integer({ min: -3, max: 9 }), { minLength: 4, maxLength: 4 }), {
    minLength: 1,
    maxLength: 4,
  });
  const best = (rows: readonly number[][], used: ReadonlySet<number>): number => {
    const [first, ...rest] = rows;
    if (!first) return 0;
    const taken = first.flatMap((value, at) =>
      used.has(at) || value <= 0 ? [] : [value + best(rest, new Set([...used, at]))],
    );
    return Math.max(best(rest, used), ...taken);
  };
  fc.assert(
    fc.property(gain, (rows) => {
      const columns = assign(rows);
      const used = columns.filter((column) => column !== null);
      expect(new Set(used).size).toBe(used.length);
      const sum = columns.reduce(
        (total: number, column, row) => total + (column === null ? 0 : (rows[row]?.[column] ?? 0)),
        0,
      );
      expect(sum).toBe(best(rows, new Set()));
    }),
    { seed: 20260701, numRuns: 300 },
  );
});

test('a header of a hundred thousand characters is read like its beginning', () => {
  expect(readHeader(`企业名称${' '.repeat(200)}${'x'.repeat(100_000)}`).scores.get('name')).toBe(1);
});
