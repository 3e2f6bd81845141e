import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TablePage } from '../sources/delivery.ts';
import { createSketch, createWatch } from './distinct.ts';
import { headerUnit, withoutUnit } from './header-units.ts';
import { maskInside, maskValue } from './masking.ts';
import { tableOf, VALUES, type ValueName } from './profile.fixture.ts';
import { createProfiler, pageOfRows, quickLook } from './profile.ts';

const profileOf = (rows: readonly Record<string, unknown>[], options = {}) => {
  const profiler = createProfiler(options);
  profiler.add(pageOfRows(rows));
  return profiler.result();
};
const column = (values: readonly unknown[], header = 'x') => {
  const [one] = profileOf(values.map((value) => ({ [header]: value }))).columns;
  if (!one) throw new Error('no column');
  return one;
};
const valuesOf = (name: ValueName, count = 60) => Array.from({ length: count }, (_, n) => VALUES[name](n));

describe('the kind of a column is told from its values alone', () => {
  test.each<[ValueName, string]>([
    ['name', 'name'],
    ['code', 'code'],
    ['registration', 'old-code'],
    ['division', 'division'],
    ['divisionName', 'division'],
    ['industry', 'industry'],
    ['industryName', 'industry'],
    ['person', 'person'],
    ['mobile', 'phone'],
    ['landLine', 'phone'],
    ['address', 'address'],
    ['date', 'date'],
    ['period', 'period'],
    ['compactPeriod', 'period'],
    ['email', 'email'],
    ['identity', 'identity'],
    ['money', 'decimal'],
    ['integer', 'integer'],
    ['size', 'list'],
    ['state', 'list'],
    ['text', 'text'],
    ['empty', 'empty'],
  ])('%s is %s', (values, kind) => {
    expect(column(valuesOf(values)).kind).toBe(kind);
  });

  test('amounts with decimals are no phones, though their digits are as many', () => {
    expect(column(['148200000.00', '13870012345', '139000000.10']).kind).not.toBe('phone');
    expect(column(['148200000.00', '152300000.50', '139000000.10'], '营业收入(元)').kind).toBe('money');
  });
  test('days and times with the year at the end are told, also where they do not say which number is the month', () => {
    expect(column(['25/12/2026 08:30', '05/12/2026 09:00', '01/02/2026 23:59:59'], 'when').kind).toBe('time');
    expect(column(['25/12/2026', '5/6/2026', '12/25/2026'], 'when').kind).toBe('date');
    expect(column(['1/2/3', '31/31/2026', '10/20/300'], 'when').kind).not.toBe('date');
  });
  test('the header decides where values are open', () => {
    expect(column([44_197, 44_562, 44_927], '成立日期')).toMatchObject({ kind: 'date', least: '2021-01-01' });
    expect(column([44_197, 44_562, 44_927], '金额')).toMatchObject({ kind: 'integer' });
    expect(column([44_197, 44_562, 44_927], '金额（万元）')).toMatchObject({ kind: 'money', unit: '万元' });
    expect(column(['39', '26', '17'], '行业大类').kind).toBe('industry');
    expect(column(['39', '26', '17'], '人数').kind).toBe('integer');
    expect(column(['0', '1', '1'], '是否规上').kind).toBe('boolean');
  });
});

describe('what does not fit is told with an example and its place', () => {
  const problems = (values: readonly unknown[], header?: string) =>
    column(values, header).problems.map(({ text, count, example, place }) => [
      text.zh,
      count,
      example,
      place,
    ]);
  test('dates in several ways and serial numbers among them', () => {
    const dates = ['2010-03-05', '2011-04-06', '2012-05-07', '2013/6/8', 41_000];
    expect(problems(dates, '成立日期')).toEqual([
      ['日期写法不一致', 1, '2013/6/8', 4],
      ['Excel 序列号代替日期', 1, '41000', 5],
    ]);
  });
  test('text, separators and other units among numbers', () => {
    const money = [12.5, 13, '1,234.5', '未报', '1.2亿元', 15, 16, 17, 18, 19, 20];
    const one = column(money, '营业收入（万元）');
    expect(one).toMatchObject({ kind: 'money', unit: '万元', least: '12.5', most: '1234.5' });
    expect(one.problems.map(({ text, example }) => [text.en, example])).toEqual([
      ['Numbers with separators, kept as text', '1,234.5'],
      ['Text in a column of numbers', '未报'],
      ['Units in the cells differ', '1.2亿元'],
    ]);
  });
  test('the unit of the cells when the header has none', () => {
    expect(column(['100万元', '200万元', '350.5 万元'], '注册资本')).toMatchObject({
      kind: 'money',
      unit: '万元',
    });
  });
  test('codes whose check fails, placeholders, blanks', () => {
    const codes = [...valuesOf('code', 5), '91360100MAX00009X1', '无', ' 91360100MAX00001XX'];
    const found = column(codes, '信用代码');
    expect(found).toMatchObject({ kind: 'code', rows: 8, filled: 7 });
    expect(found.problems.map(({ text }) => text.zh)).toEqual(
      expect.arrayContaining(['占位符代替空值', '首尾有空格', '统一社会信用代码校验位不符']),
    );
  });
});

describe('what names a person is not shown', () => {
  test.each<[ValueName, string, RegExp]>([
    ['person', '法定代表人', /^\p{Script=Han}\*{1,2}$/u],
    ['mobile', '联系电话', /^13\d\*{4}\d{4}$/],
    ['identity', '证件号码', /^3\*{16}[\dX]$/],
    ['email', '邮箱', /^o\*{3}@example\.com$/],
  ])('%s in %s', (values, header, shape) => {
    const found = column(valuesOf(values), header);
    expect(found.sensitive).toBe(true);
    for (const text of [...found.samples, found.least, found.most, ...found.common.map(({ value }) => value)])
      expect(text).toMatch(shape);
  });
  test('a land line of an enterprise is shown, one of a person is not', () => {
    expect(column(valuesOf('landLine'), '单位电话').samples[0]).toMatch(/^0791-8\d{7}$/);
    expect(column(valuesOf('landLine'), '法人电话').samples[0]).toMatch(/^079\*+\d{4}$/);
  });
  test('numbers of persons inside other text are masked, codes of enterprises are not', () => {
    const identity = VALUES.identity(3);
    expect(maskInside(`张三（${identity}）13870012345`)).toBe(
      `张三（3${'*'.repeat(16)}${identity.at(-1)}）138****2345`,
    );
    expect(maskInside(VALUES.code(7))).toBe(VALUES.code(7));
    expect(maskValue('person', '欧阳建国')).toBe('欧***');
  });
  test('no whole value of a personal column is anywhere in a profile', () => {
    const rows = tableOf({
      姓名: 'person',
      身份证号: 'identity',
      手机: 'mobile',
      邮箱: 'email',
      名称: 'name',
    });
    const text = JSON.stringify(profileOf(rows));
    for (const row of rows)
      for (const header of ['身份证号', '手机', '邮箱'] as const) expect(text).not.toContain(row[header]);
  });
});

describe('keys', () => {
  test('a code first, then a number of the record; a row number last', () => {
    const rows = tableOf({ 序号: 'serial', 名称: 'name', 信用代码: 'code', 编号: 'id', 收入: 'money' });
    expect(profileOf(rows).keys).toEqual([['信用代码'], ['编号'], ['名称'], ['序号']]);
  });
  test('a monthly table is named by code and month', () => {
    const rows = Array.from({ length: 5_000 }, (_, n) => ({
      信用代码: VALUES.code(Math.floor(n / 5)),
      单位名称: VALUES.name(Math.floor(n / 5)),
      报告期: VALUES.period(n),
      收入: VALUES.money(n),
    }));
    expect(profileOf(rows).keys.slice(0, 2)).toEqual([
      ['信用代码', '报告期'],
      ['单位名称', '报告期'],
    ]);
    rows[4_999] = { ...rows[0], 收入: 1 } as (typeof rows)[number];
    expect(profileOf(rows).keys).toEqual([]);
  });
});

describe('counting', () => {
  test('many values are estimated within 5 %, and unique ones still known exactly', () => {
    const rows = Array.from({ length: 60_000 }, (_, n) => ({ id: `K${n}`, group: `G${n % 30_000}` }));
    const [id, group] = profileOf(rows, { distinctMax: 1_000 }).columns;
    expect(id).toMatchObject({ distinct: 60_000, distinctExact: true, unique: true, rows: 60_000 });
    expect(group).toMatchObject({ distinctExact: false, unique: false });
    expect(Math.abs((group?.distinct ?? 0) - 30_000)).toBeLessThan(1_500);
  });
  test('a value that comes again after a million others is seen', () => {
    const watch = createWatch({ left: 2_000_000 });
    for (let n = 0; n < 1_000_000; n += 1) watch.add(`value ${n}`);
    expect(watch.state()).toBe('unique');
    watch.add('value 17');
    expect(watch.state()).toBe('repeated');
  });
  test('a watch gives up at its budget and gives it back', () => {
    const budget = { left: 100 };
    const watch = createWatch(budget);
    for (let n = 0; n < 200; n += 1) watch.add(`${n}`);
    expect([watch.state(), budget.left]).toEqual(['lost', 100]);
  });
  test('the estimate keeps within 6 % from ten to a hundred thousand', () => {
    for (const size of [10, 100, 1_000, 10_000, 100_000]) {
      const sketch = createSketch();
      for (let n = 0; n < size; n += 1) sketch.add(`${n}#${size}`);
      expect(Math.abs(sketch.estimate() - size) / size).toBeLessThan(0.06);
    }
  });
  test('counts, length, mean and extremes are exact however rows are cut into pages', () => {
    const cell = fc.oneof(
      fc.integer({ min: -1e6, max: 1e6 }),
      fc.constant(null),
      fc.constant('无'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 200 }), fc.integer({ min: 1, max: 50 }), (cells, size) => {
        const whole = profileOf(cells.map((value) => ({ a: value })));
        const profiler = createProfiler();
        for (let at = 0; at < cells.length; at += size) {
          const page = pageOfRows(cells.slice(at, at + size).map((value) => ({ a: value })));
          profiler.add({ ...page, places: page.places.map((place) => place + at) });
        }
        expect(profiler.result()).toEqual(whole);
      }),
      { seed: 20260701, numRuns: 60 },
    );
  });
  test('rows that the source says are gone do not count, fields that come later do', () => {
    const profiler = createProfiler();
    profiler.add({ ...pageOfRows([{ a: 1 }, { a: 2 }]), deleted: new Set([0]) });
    profiler.add(pageOfRows([{ a: 3, b: 'x' }]));
    const { rows, columns } = profiler.result();
    expect([rows, columns.map(({ name, filled, rows: all }) => [name, filled, all])]).toEqual([
      2,
      [
        ['a', 2, 2],
        ['b', 1, 2],
      ],
    ]);
  });
});

test('rubbish passes: a megabyte in a cell, lone surrogates, nested values, strange headers', () => {
  const large = '企业'.repeat(500_000);
  const rows = Array.from({ length: 30 }, (_, n) => ({
    a: `${n}${large}`,
    b: '\ud800',
    c: { deep: [n, null] },
    [`${'列'.repeat(5_000)}(`]: '1'.repeat(1_000),
    __proto__x: n % 2 === 0,
    '': '\u0000',
  }));
  const before = performance.now();
  const { columns } = profileOf(rows);
  expect(columns.map(({ filled }) => filled)).toEqual([30, 30, 30, 30, 30, 0]);
  expect(JSON.stringify(columns).length).toBeLessThan(60_000);
  expect(performance.now() - before).toBeLessThan(10_000);
});

test('a profile can be kept as JSON: no NUL, no half of a character', () => {
  const cells = [`甲\0乙`, `${'x'.repeat(98)}𠮷𠮷`, `\udc00`, `${'中'.repeat(99)}𠮷`];
  const { name: _name, ...found } = column(cells);
  expect(JSON.stringify(found)).not.toMatch(/\\u0000|\\ud[89a-f]/i);
  expect(found.filled).toBe(4);
});

test('units of headers', () => {
  const cases: [string, string | null, string][] = [
    ['注册资本（万元）', 'wan-yuan', '注册资本'],
    ['营业收入(千元)', 'thousand-yuan', '营业收入'],
    ['revenue_wan', 'wan-yuan', 'revenue'],
    ['ydl_wan', 'wan-kilowatt-hour', 'ydl'],
    ['zczb_yuan', 'yuan', 'zczb'],
    ['用电量/千瓦时', 'kilowatt-hour', '用电量'],
    ['金额（单位：元）本期', 'yuan', '金额本期'],
    ['注册资本万元', 'wan-yuan', '注册资本'],
    ['产能利用率（%）', 'percent', '产能利用率'],
    ['企业名称（盖章）', null, '企业名称(盖章)'],
    ['part_t', null, 'part_t'],
    ['万元', null, '万元'],
  ];
  for (const [header, unit, rest] of cases)
    expect([header, headerUnit(header)?.unit.unit ?? null, withoutUnit(header)]).toEqual([
      header,
      unit,
      rest,
    ]);
});

test('a quick look reads what it needs and no more', async () => {
  let pages = 0;
  const table = {
    async *pages(): AsyncGenerator<TablePage> {
      for (;;) {
        pages += 1;
        yield pageOfRows(tableOf({ 名称: 'name', 信用代码: 'code' }, 500));
      }
    },
  };
  const look = await quickLook(table, { rowsMax: 1_200, rowsShown: 3, signal: new AbortController().signal });
  expect([pages, look.rows.length, look.columns, look.profile.rows, look.whole]).toEqual([
    3,
    3,
    ['名称', '信用代码'],
    1_500,
    false,
  ]);
});
