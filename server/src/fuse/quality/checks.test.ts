import type { RuleCheck } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BreachLine, createAuditStore } from './audit.store.ts';
import { type Audited, countRows, rowBreaches } from './compile.ts';
import { compileOther, compileUnique } from './compile-joins.ts';
import { countSeries, seriesBreaches } from './compile-series.ts';
import { type QualityTest, startQuality, type TestRow } from './quality.fixture.ts';
import { type AuditRule, isJoinRule, isRowRule, isSeriesRule } from './rules.ts';
import { SHIPPED_RULES } from './shipped.data.ts';

let quality: QualityTest;
let store: ReturnType<typeof createAuditStore>;
beforeAll(async () => {
  quality = await startQuality();
  store = createAuditStore(quality.platform.analytics);
}, 120_000);
afterAll(() => quality.stop());

const ruleOf = (check: RuleCheck, id = 'r0'): AuditRule => ({
  id,
  key: id,
  version: 1,
  name: { zh: id, en: id },
  remedy: { zh: '', en: '' },
  dimension: 'accuracy',
  severity: 'warn',
  tolerance: 0,
  weight: 1,
  check,
});

let sources = 0;
/** Puts the rows into a source of their own and holds one check against them. */
async function hold(check: RuleCheck, rows: readonly TestRow[], numbers: readonly number[] = [1]) {
  sources += 1;
  const source = `source ${sources}`;
  await quality.rows(source, rows);
  const base = await store.base(quality.scope, { source, numbers });
  const audited: Audited = { source, numbers, base };
  const rule = ruleOf(check);
  const { count, breaches } = statements(audited, rule);
  const { counts } = await store.count(quality.scope, count, 1);
  const lines = await store.examples(quality.scope, breaches);
  return { ...counts[0], lines };
}
function statements(audited: Audited, rule: AuditRule) {
  if (isRowRule(rule)) return { count: countRows(audited, [rule]), breaches: rowBreaches(audited, [rule]) };
  if (isSeriesRule(rule))
    return { count: countSeries(audited, [rule]), breaches: seriesBreaches(audited, [rule]) };
  if (isJoinRule(rule) && rule.check.kind === 'unique') {
    const pass = compileUnique(audited, { ...rule, check: rule.check });
    return { count: pass.count, breaches: pass.breaches() };
  }
  throw new Error('not here');
}
const brief = (lines: readonly BreachLine[]) =>
  lines.map(({ row_key, field, value, expected }) => [row_key, field, value, expected].join(' / '));

const oneEach = (target: string, values: readonly (string | number)[]): TestRow[] =>
  values.map((value, at) => ({ entity: `E${at}`, values: value === '' ? {} : { [target]: value } }));

describe('checks of one row', () => {
  const cases: [string, RuleCheck, TestRow[], { checked: number; failed: number; lines: string[] }][] = [
    [
      'required: each row must have the field',
      { kind: 'required', fields: ['name', 'code'] },
      [{ values: { name: 'a', code: 'b' } }, { values: { name: 'a' } }, { values: {} }],
      { checked: 3, failed: 2, lines: ['E1 / code /  / ', 'E2 / name /  / '] },
    ],
    [
      'pattern: the whole value must fit, and an empty one is not asked',
      { kind: 'pattern', field: 'column:编号', pattern: String.raw`A\d{2}|B` },
      oneEach('column:编号', ['A12', 'B', 'A123', 'xB', '']),
      {
        checked: 4,
        failed: 2,
        lines: [String.raw`E2 / column:编号 / A123 / A\d{2}|B`, String.raw`E3 / column:编号 / xB / A\d{2}|B`],
      },
    ],
    [
      'one-of',
      { kind: 'one-of', field: 'column:状态', values: ["在'业", '停产'] },
      oneEach('column:状态', ["在'业", '停产', '其他']),
      { checked: 3, failed: 1, lines: ["E2 / column:状态 / 其他 / 在'业 | 停产"] },
    ],
    [
      'range: ends belong to it; what is no number fails',
      { kind: 'range', field: 'indicator:CAPACITY_UTIL', least: 0, most: 150 },
      oneEach('indicator:CAPACITY_UTIL', [0, 150, 150.1, -1, 'nan', '多', '']),
      {
        checked: 6,
        failed: 4,
        lines: ['150.1', '-1', 'nan', '多'].map(
          (value, at) => `E${at + 2} / indicator:CAPACITY_UTIL / ${value} / 0 … 150`,
        ),
      },
    ],
    [
      'length counts characters',
      { kind: 'length', field: 'name', least: 4, most: 5 },
      oneEach('name', ['江西铜业', '铜业', '江西某某公司']),
      { checked: 3, failed: 2, lines: ['E1 / name / 铜业 / 4 … 5', 'E2 / name / 江西某某公司 / 4 … 5'] },
    ],
    [
      'finding: says field and value of the source',
      { kind: 'finding', rule: 'code-check-digit' },
      [
        {},
        {
          findings: [{ rule: 'code-format' }, { rule: 'code-check-digit', field: '信用代码', value: '9136' }],
        },
      ],
      { checked: 2, failed: 1, lines: ['E1 / 信用代码 / 9136 / '] },
    ],
    [
      'compare: profit within revenue',
      {
        kind: 'compare',
        left: 'indicator:PROFIT',
        operator: '<=',
        right: 'indicator:REVENUE',
        factor: 1,
        tolerance: 0,
      },
      [
        { values: { 'indicator:PROFIT': 10, 'indicator:REVENUE': 100 } },
        { values: { 'indicator:PROFIT': 100, 'indicator:REVENUE': 100 } },
        { values: { 'indicator:PROFIT': 100.5, 'indicator:REVENUE': 100 } },
        { values: { 'indicator:PROFIT': -5, 'indicator:REVENUE': 0 } },
        { values: { 'indicator:PROFIT': 5 } },
      ],
      { checked: 4, failed: 1, lines: ['E2 / indicator:PROFIT / 100.5 / <= 100'] },
    ],
    [
      'compare: equal within ten per cent of ten thousand times',
      { kind: 'compare', left: 'revenue', operator: '=', right: 'column:元', factor: 0.0001, tolerance: 0.1 },
      [
        { values: { revenue: 110, 'column:元': 1_000_000 } },
        { values: { revenue: 111, 'column:元': 1_000_000 } },
      ],
      { checked: 2, failed: 1, lines: ['E1 / revenue / 111 / = 100'] },
    ],
    [
      'compare: days in their order',
      { kind: 'compare', left: 'established', operator: '<', right: 'column:投产', factor: 1, tolerance: 0 },
      [
        { values: { established: '2010-03-05', 'column:投产': '2011-01-01' } },
        { values: { established: '2012-03-05', 'column:投产': '2011-01-01' } },
      ],
      { checked: 2, failed: 1, lines: ['E1 / established / 2012-03-05 / < 2011-01-01'] },
    ],
    [
      'code-division: the city, also from an old prefecture; not of national or wrong codes',
      { kind: 'code-division', code: 'code', division: 'division' },
      [
        { values: { code: '91360100M000100Y43', division: '360111' } },
        { values: { code: '91360100M000100Y43', division: '360700' } },
        { values: { code: '91362200M000100Y43', division: '360902' } },
        { values: { code: '91100000M000100Y43', division: '360902' } },
        { values: { code: '91440300M000100Y43', division: '360902' } },
        { values: { code: '91440300M000100Y43', division: '360902' }, invalid: ['code'] },
      ],
      {
        checked: 4,
        failed: 2,
        lines: ['E1 / division / 360700 / 360100', 'E4 / division / 360902 / 440300'],
      },
    ],
    [
      'size: both limits, one class down until both hold (1200 persons, 15 million are small)',
      { kind: 'size', size: 'size', employees: 'employees', revenue: 'revenue' },
      [
        { values: { size: '大型', employees: 1200, revenue: 1500 } },
        { values: { size: '小', employees: 1200, revenue: 1500 } },
        { values: { size: 'Micro', employees: 19, revenue: 90_000 } },
        { values: { size: '大型企业', employees: 1000, revenue: 40_000 } },
        { values: { size: '不详', employees: 1000, revenue: 40_000 } },
        { values: { size: '中型', revenue: 40_000 } },
      ],
      { checked: 4, failed: 1, lines: ['E0 / size / 大型 / small'] },
    ],
    [
      'unique: within one month',
      { kind: 'unique', fields: ['code'] },
      [
        { entity: 'A', period: '2026-03', values: { code: 'x' } },
        { entity: 'B', period: '2026-03', values: { code: 'x' } },
        { entity: 'A', period: '2026-04', values: { code: 'x' } },
        { entity: 'C', period: '2026-04', values: {} },
      ],
      { checked: 3, failed: 2, lines: ['A|2026-03 / code / x / ', 'B|2026-03 / code / x / '] },
    ],
  ];
  test.each(cases)('%s', async (_name, check, rows, { lines, ...counts }) => {
    const found = await hold(check, rows);
    expect({ ...found, lines: brief(found.lines) }).toEqual({ ...counts, lines });
  });

  test('only what counts now is looked at: the newest visible version, and not what went away', async () => {
    const row = (number: number, name: string, rest: Partial<TestRow> = {}) => ({
      number,
      entity: 'A',
      values: { name },
      ...rest,
    });
    const rows = [
      row(1, '旧'),
      row(2, '未发布'),
      row(3, '新'),
      row(1, '走了', { entity: 'B' }),
      row(3, '', { entity: 'B', gone: true }),
    ];
    const check: RuleCheck = { kind: 'one-of', field: 'name', values: ['无'] };
    expect(brief((await hold(check, rows, [1, 3])).lines)).toEqual(['A / name / 新 / 无']);
    expect(brief((await hold(check, rows, [1])).lines)).toEqual([
      'A / name / 旧 / 无',
      'B / name / 走了 / 无',
    ]);
  });

  test('nothing from outside becomes SQL: fields, values and patterns are text', async () => {
    const nasty = "column:x'] , 1) or 1=1 --{a:String}";
    const found = await hold({ kind: 'one-of', field: nasty, values: ["'; drop table fuse.record --"] }, [
      { values: { [nasty.replace('{a:String}', '')]: 'x' } },
      { values: { name: 'y' } },
    ]);
    expect(found).toEqual({ checked: 0, failed: 0, lines: [] });
    expect(await quality.platform.analytics.query('select count() > 0 as there from fuse.record')).toEqual([
      { there: 1 },
    ]);
  });

  test('a pattern that makes other engines run for ever is answered at once, and none that is no pattern is taken', async () => {
    const started = performance.now();
    const found = await hold({ kind: 'pattern', field: 'name', pattern: '(a+)+b' }, [
      { values: { name: 'a'.repeat(400) } },
    ]);
    expect(found.failed).toBe(1);
    expect(performance.now() - started).toBeLessThan(5_000);
    for (const [pattern, fits] of [
      ['a(', false],
      ['(?=a)b', false],
      [String.raw`\d{18}`, true],
      ['a)|(b', false],
    ] as const)
      expect([pattern, await store.isPattern(quality.scope, pattern)]).toEqual([pattern, fits]);
  });
});

/** Months of one enterprise from a first one on; null leaves a month out. */
function months(target: string, from: string, values: readonly (number | null)[], entity = 'A'): TestRow[] {
  const start = Number(from.slice(0, 4)) * 12 + Number(from.slice(5)) - 1;
  return values.flatMap((value, at) => {
    if (value === null) return [];
    const month = start + at;
    const period = `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`;
    return [{ entity, period, values: { [target]: value } }];
  });
}
const REVENUE = 'indicator:REVENUE';
const POWER = 'indicator:ELECTRICITY';
const OUTPUT = 'indicator:GROSS_OUTPUT';
/** Cumulative figures of years of these monthly amounts: none in January, both months in February. */
const cumulated = (monthly: readonly number[]): (number | null)[] => {
  let sum = 0;
  return monthly.map((value, at) => {
    sum = at % 12 === 0 ? value : sum + value;
    return at % 12 === 0 ? null : Math.round(sum * 1e6) / 1e6;
  });
};

describe('checks of months', () => {
  test('cumulative: never falls within a year, begins again in the next', async () => {
    const rows = months(REVENUE, '2025-02', [
      200,
      300,
      290,
      400,
      500,
      600,
      700,
      800,
      900,
      1000,
      1100,
      null,
      180,
      260,
    ]);
    const found = await hold({ kind: 'cumulative', field: REVENUE }, rows);
    expect(found).toMatchObject({ checked: 11, failed: 1 });
    expect(brief(found.lines)).toEqual(['A|2025-04 / indicator:REVENUE / 290 / >= 300 (2025-03)']);
  });
  test('cumulative: held against the last month that came, across a gap', async () => {
    const found = await hold(
      { kind: 'cumulative', field: REVENUE },
      months(REVENUE, '2025-03', [300, null, 290]),
    );
    expect(found).toMatchObject({ checked: 1, failed: 1 });
  });
  test.each([
    [10, 1_000],
    [1_000, 100_000],
    [1 / 10_000, 0.01],
  ])('jump: a month %d times the usual', async (_times, odd) => {
    const values = [98, 103, 100, 97, odd, 105, 99, 101];
    const found = await hold(
      { kind: 'jump', field: POWER, factors: [10, 1_000, 10_000] },
      months(POWER, '2025-01', values),
    );
    expect(found).toMatchObject({ checked: 8, failed: 1 });
    expect(brief(found.lines)).toEqual([`A|2025-05 / indicator:ELECTRICITY / ${odd} / ~ 100`]);
  });
  test('jump: a cumulative series grows twelvefold and is in its unit', async () => {
    const clean = cumulated(Array.from({ length: 24 }, () => 100));
    const check: RuleCheck = { kind: 'jump', field: REVENUE, factors: [10, 1_000, 10_000] };
    expect(await hold(check, months(REVENUE, '2024-01', clean))).toMatchObject({ checked: 22, failed: 0 });
    const wrong = clean.map((value, at) => (at === 14 && value !== null ? value * 10 : value));
    const found = await hold(check, months(REVENUE, '2024-01', wrong));
    expect(brief(found.lines)).toEqual(['A|2025-03 / indicator:REVENUE / 3000 / ~ 300']);
  });
  test('jump: growth is none, nor are too few months or a series that always leaps', async () => {
    const check: RuleCheck = { kind: 'jump', field: POWER, factors: [10] };
    const growing = Array.from({ length: 60 }, (_value, at) => 10 * 1.07 ** at);
    const wild = Array.from({ length: 24 }, (_value, at) => [1, 30, 5, 100, 12, 60][at % 6] ?? 1);
    for (const values of [growing, [100, 100, 1_000], wild])
      expect(await hold(check, months(POWER, '2020-01', values))).toMatchObject({ failed: 0 });
  });
  test('outlier: robust z-score by hand', async () => {
    // median 100.5; distances 0.5 0.5 1.5 1.5 2.5 2.5 3.5 3.5 4.5 49.5, the median of them 2.5
    const values = [100, 99, 101, 98, 102, 97, 103, 96, 104, 150];
    const z = 49.5 / (1.4826 * 2.5);
    expect(z).toBeCloseTo(13.355, 3);
    const ask = (deviations: number) =>
      hold({ kind: 'outlier', field: POWER, deviations }, months(POWER, '2025-01', values));
    expect(brief((await ask(13)).lines)).toEqual([
      'A|2025-10 / indicator:ELECTRICITY / 150 / 52.3155 … 148.6845',
    ]);
    expect(await ask(13.5)).toMatchObject({ checked: 10, failed: 0 });
  });
  test('outlier: a December that is high every year is none in three years, and none in two', async () => {
    const year = [100, 101, 99, 100, 102, 98, 100, 101, 99, 100, 101, 400];
    const check: RuleCheck = { kind: 'outlier', field: POWER, deviations: 8 };
    for (const years of [2, 3, 5])
      expect(
        await hold(check, months(POWER, '2020-01', Array.from({ length: years }, () => year).flat())),
      ).toMatchObject({ failed: 0 });
    const missing = [...year, ...year, ...year.slice(0, 11), 100];
    const found = await hold(check, months(POWER, '2020-01', missing));
    expect(brief(found.lines).map((line) => line.slice(0, 40))).toEqual([
      'A|2022-12 / indicator:ELECTRICITY / 100 ',
    ]);
  });
  test('outlier: cumulative figures are judged by their months, February against Februaries only', async () => {
    const monthly = Array.from({ length: 36 }, (_value, at) => 100 + ((at * 7) % 5));
    const check: RuleCheck = { kind: 'outlier', field: REVENUE, deviations: 8 };
    expect(await hold(check, months(REVENUE, '2022-01', cumulated(monthly)))).toMatchObject({
      checked: 33,
      failed: 0,
    });
    expect(await hold(check, months(REVENUE, '2022-01', cumulated(monthly.slice(0, 24))))).toMatchObject({
      checked: 20,
      failed: 0,
    });
    const found = await hold(
      check,
      months(REVENUE, '2022-01', cumulated(monthly.map((value, at) => (at === 19 ? 900 : value)))),
    );
    expect(brief(found.lines).map((line) => line.split(' / ').slice(0, 3).join(' '))).toEqual([
      'A|2023-08 indicator:REVENUE 900',
    ]);
  });
  test('months-missing: January is never missed, others are named', async () => {
    const found = await hold(
      { kind: 'months-missing' },
      months(POWER, '2025-11', [1, 1, null, 1, 1, null, null, 1]),
    );
    expect(found).toMatchObject({ checked: 4, failed: 1 });
    expect(brief(found.lines)).toEqual(['A|2026-06 /  / 2026-06 / 2026-04, 2026-05']);
  });
  test('diverging: electricity against output, from April on and in months that follow each other', async () => {
    const output = cumulated([100, 100, 100, 100, 100, 100, 500, 100]);
    const rows = months(POWER, '2025-01', [10, 10, 90, 10, 10, 10, 10, 10]).map((row, at) => ({
      ...row,
      values: { ...row.values, ...(output[at] == null ? {} : { [OUTPUT]: output[at] }) },
    }));
    const check: RuleCheck = { kind: 'diverging', field: POWER, other: OUTPUT, factor: 4 };
    const found = await hold(check, rows);
    // April to August are comparable. March's power falls to a ninth in April, output leaps fivefold in July and back in August.
    expect(found).toMatchObject({ checked: 5, failed: 3 });
    expect(brief(found.lines)).toEqual([
      'A|2025-04 / indicator:ELECTRICITY / × 0.111 / ~ × 1',
      'A|2025-07 / indicator:ELECTRICITY / × 1 / ~ × 5',
      'A|2025-08 / indicator:ELECTRICITY / × 1 / ~ × 0.2',
    ]);
  });
});

describe('another source that knows better', () => {
  test('by valid code, in the same month where both are monthly; told only where readers may see it', async () => {
    await quality.rows('tax', [
      { entity: 'T1', period: '2026-03', values: { code: 'X', [REVENUE]: 100 } },
      { entity: 'T1', period: '2026-04', values: { code: 'X', [REVENUE]: 200 } },
      { entity: 'T2', values: { code: 'Z', [REVENUE]: 1 }, invalid: ['code'] },
    ]);
    await quality.rows('park', [
      { entity: 'P1', period: '2026-03', values: { code: 'X', [REVENUE]: 104 } },
      { entity: 'P1', period: '2026-04', values: { code: 'X', [REVENUE]: 150 } },
      { entity: 'P2', period: '2026-04', values: { code: 'Y', [REVENUE]: 150 } },
      { entity: 'P3', period: '2026-04', values: { code: 'Z', [REVENUE]: 150 } },
    ]);
    const rule = {
      ...ruleOf({ kind: 'required', fields: ['code'] }),
      check: { kind: 'other-source', field: REVENUE, source: 'tax', tolerance: 0.05 } as const,
    };
    const parts = (mayTell: boolean, monthly = true) => ({
      audited: { source: 'park', numbers: [1] },
      other: { source: 'tax', numbers: [1], monthly, mayTell },
    });
    const pass = compileOther(parts(true), rule, true);
    expect((await store.count(quality.scope, pass.count, 1)).counts).toEqual([{ checked: 2, failed: 1 }]);
    expect(brief(await store.examples(quality.scope, pass.breaches()))).toEqual([
      'P1|2026-04 / indicator:REVENUE / 150 / 200',
    ]);
    const silent = compileOther(parts(false), rule, true);
    expect(brief(await store.examples(quality.scope, silent.breaches()))).toEqual([
      'P1|2026-04 / indicator:REVENUE / 150 / ',
    ]);
    const newest = compileOther(parts(true), rule, false);
    expect((await store.count(quality.scope, newest.count, 1)).counts).toEqual([{ checked: 2, failed: 2 }]);
  });
});

test('all rules shipped run together, and each finds nothing in no rows', async () => {
  const rules = SHIPPED_RULES.map((rule, at) => ruleOf(rule.check, `r${at}`));
  const audited = { source: 'nothing', numbers: [1] };
  const [rows, series] = [rules.filter(isRowRule), rules.filter(isSeriesRule)];
  for (const [statement, size] of [
    [countRows(audited, rows), rows.length],
    [countSeries(audited, series), series.length],
  ] as const) {
    const { counts } = await store.count(quality.scope, statement, size);
    expect(counts).toHaveLength(size);
    for (const count of counts) expect(count).toEqual({ checked: 0, failed: 0 });
  }
  expect(await store.examples(quality.scope, rowBreaches(audited, rows))).toEqual([]);
  expect(await store.examples(quality.scope, seriesBreaches(audited, series))).toEqual([]);
});
