import type {
  IndicatorComparison,
  IndicatorFigures,
  IndicatorList,
  IndicatorSeries,
  IndicatorTrend,
  Revision,
} from '@ronghe/contracts';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createUnscopedAliasStore } from '../enterprises/aliases.store.ts';
import type { FuseTables } from '../fuse.tables.ts';
import { type IntakeTest, startIntake } from '../testing/intake-platform.ts';
import { type Reports, reportOf, reportTo, type Works } from './indicators.fixture.ts';

const WORKS: Works[] = [
  { name: '青山铜业有限公司', division: '360111', industry: '3211' },
  { name: '青山电子有限公司', division: '360111', industry: '3911' },
  { name: '东湖纺织有限公司', division: '360102', industry: '1711' },
  { name: '贵溪冶炼有限公司', division: '360681', industry: '3211' },
];
const REPORTS: Reports = {
  青山铜业有限公司: {
    '2025-02': { REVENUE: 200, PROFIT: 10, ASSETS: 100, LIABILITIES: 50 },
    '2025-03': { REVENUE: 300, PROFIT: -10, ASSETS: 100, LIABILITIES: 50 },
    '2026-02': { REVENUE: 220, PROFIT: 12, ASSETS: 110, LIABILITIES: 66 },
    '2026-03': { REVENUE: 350, PROFIT: 20, ASSETS: 120, LIABILITIES: 66 },
  },
  青山电子有限公司: {
    '2025-03': { REVENUE: 100, PROFIT: 5, ASSETS: 50, LIABILITIES: 10 },
    '2026-02': { REVENUE: 80, PROFIT: 4 },
    '2026-03': { REVENUE: 90, PROFIT: 6, ASSETS: 80, LIABILITIES: 20 },
  },
  // new this year: never part of growth
  东湖纺织有限公司: { '2026-02': { REVENUE: 500 }, '2026-03': { REVENUE: 800, ELECTRICITY: 7 } },
  贵溪冶炼有限公司: {
    '2025-03': { REVENUE: 1000, PROFIT: 50 },
    '2026-01': { ELECTRICITY: 3 },
    '2026-02': { REVENUE: 700, ELECTRICITY: 4 },
    '2026-03': { REVENUE: 1100, PROFIT: 40, ELECTRICITY: 5 },
  },
};

let intake: IntakeTest;
let source: string;
const ids = new Map<string, string>();
beforeAll(async () => {
  intake = await startIntake();
  await sql`update fuse.quality_rule set severity = 'warn' where severity = 'hold'`.execute(
    intake.platform.relational.as<FuseTables>(),
  );
  await intake.platform.auth.addOrganisation(intake.platform.scope(), {
    ...{ path: 'jx.nanchang', kind: 'city', name: '南昌市' },
    ...{ division: '360100', code: null },
  });
  source = await reportTo(intake, 'report', reportOf(WORKS, REPORTS));
  const found = await intake.get<{ items: { id: string; name: string }[] }>('/api/fuse/enterprises?limit=10');
  for (const { id, name } of found.items) ids.set(name, id);
}, 120_000);
afterAll(() => intake?.stop());

const figures = (code: string, query: string, token?: string) =>
  intake.get<IndicatorFigures>(`/api/fuse/indicators/${code}/figures?${query}`, token);
const partsOf = ({ rows }: IndicatorFigures) =>
  Object.fromEntries(rows.map(({ key, value }) => [key, value]));

describe('sums', () => {
  test('the catalogue has the 22 of the reference, and says which have values', async () => {
    const { items, sources } = await intake.get<IndicatorList>('/api/fuse/indicators');
    const reference = items.filter(
      ({ code }) => !/EXPENSE$|^INVENTORY$|^RECEIVABLES$/.test(code) || code === 'RD_EXPENSE',
    );
    expect(reference).toHaveLength(22);
    expect(items.find(({ code }) => code === 'REVENUE')).toMatchObject({
      first: '2025-02',
      last: '2026-03',
      enterprises: 4,
    });
    expect(items.find(({ code }) => code === 'COST')).toMatchObject({ first: null, enterprises: 0 });
    expect(sources).toMatchObject([{ source }]);
  });

  test('growth is of the enterprises that have both years, and says how many they are', async () => {
    const { total, rows } = await figures('REVENUE', 'period=2026-03&by=city');
    expect(total).toMatchObject({ value: 2340, enterprises: 4 });
    expect(total.growth).toMatchObject({ kind: 'rate', current: 1540, base: 1400, comparable: 3, value: 10 });
    expect(total.growth?.share).toBeCloseTo(1540 / 2340, 9);
    expect(rows.map(({ key, value }) => [key, value])).toEqual([
      ['360100', 1240],
      ['360600', 1100],
    ]);
    expect(rows[1]).toMatchObject({
      contribution: expect.closeTo(100 / 14, 9),
      share: expect.closeTo(1100 / 2340, 9),
    });
  });

  test('of the month: the difference, where the month before came', async () => {
    const { total } = await figures('REVENUE', 'period=2026-03&measure=month&by=city');
    expect(total).toMatchObject({ value: 130 + 10 + 300 + 400, enterprises: 4 });
    // a year before only one enterprise has February and March
    expect(total.growth).toMatchObject({
      current: 130,
      base: 100,
      comparable: 1,
      value: expect.closeTo(30, 9),
    });
  });

  test('from the province down to the enterprise', async () => {
    expect(partsOf(await figures('REVENUE', 'period=2026-03&by=county&region=360100'))).toEqual({
      '360111': 440,
      '360102': 800,
    });
    const last = await figures('REVENUE', 'period=2026-03&by=enterprise&region=360111');
    expect(last.rows.map(({ key, name, value }) => [key, name.zh, value])).toEqual([
      [ids.get('青山铜业有限公司'), '青山铜业有限公司', 350],
      [ids.get('青山电子有限公司'), '青山电子有限公司', 90],
    ]);
    expect(last.path.map(({ name }) => name.zh)).toEqual(['全部', '南昌市', '青山湖区']);
  });

  test.each([
    ['section', '', { C: 2340 }],
    ['sector', '', { '32': 1450, '39': 90, '17': 800 }],
    ['sector', '&region=360600', { '32': 1100 }],
    ['keyIndustry', '', { nonferrous: 1450, electronics: 90, textile: 800 }],
    ['city', '&sector=32', { '360100': 350, '360600': 1100 }],
    ['city', '&sector=C', { '360100': 1240, '360600': 1100 }],
    ['city', '&keyIndustry=textile', { '360100': 800 }],
  ])('by %s%s', async (by, filter, expected) => {
    expect(partsOf(await figures('REVENUE', `period=2026-03&by=${by}${filter}`))).toEqual(expected);
  });

  test('ratios are sums over sums, and differ by points', async () => {
    const { total } = await figures('DEBT_RATIO', 'period=2026-03&by=city');
    expect(total).toMatchObject({ value: 43, enterprises: 2 });
    expect(total.growth).toMatchObject({ kind: 'points', value: expect.closeTo(43 - 40, 9), comparable: 2 });
    const margin = await figures('PROFIT_MARGIN', 'period=2026-03&by=city');
    expect(margin.total.value).toBeCloseTo((66 / 1540) * 100, 9);
  });

  test('a profit after a loss is told in words', async () => {
    const { rows } = await figures('PROFIT', 'period=2026-03&by=enterprise');
    const copper = rows.find(({ name }) => name.zh === '青山铜业有限公司');
    expect(copper?.growth).toMatchObject({ value: null, turn: 'loss-to-profit', base: -10 });
  });

  test('what moved the sum comes first when asked', async () => {
    const { rows } = await figures('REVENUE', 'period=2026-03&by=enterprise&order=change');
    expect(rows.map(({ name, contribution }) => [name.zh, Math.round(contribution ?? 0)])).toEqual([
      ['贵溪冶炼有限公司', 7],
      ['青山铜业有限公司', 4],
      ['青山电子有限公司', -1],
      ['东湖纺织有限公司', 0],
    ]);
  });

  test('electricity has a January, and is told of the month first', async () => {
    const { total, measure } = await figures('ELECTRICITY', 'period=2026-01&by=city');
    expect([measure, total.value]).toEqual(['month', 3]);
    const march = await figures('ELECTRICITY', 'period=2026-03&measure=cumulative&by=city');
    expect(march.total).toMatchObject({ value: 12, enterprises: 1 });
  });

  test('month by month', async () => {
    const trend = await intake.get<IndicatorTrend>(
      '/api/fuse/indicators/REVENUE/trend?from=2025-01&to=2026-03',
    );
    expect(trend.items.map(({ period, value }) => [period, value])).toEqual([
      ['2025-02', 200],
      ['2025-03', 1400],
      ['2026-02', 1500],
      ['2026-03', 2340],
    ]);
    expect(trend.items[2]?.growth).toMatchObject({ comparable: 1, value: expect.closeTo(10, 9) });
  });

  test('side by side', async () => {
    const items = ['region:360100', 'sector:32', `enterprise:${ids.get('贵溪冶炼有限公司')}`].join(',');
    const answer = await intake.get<IndicatorComparison>(
      `/api/fuse/indicators/REVENUE/comparison?to=2026-03&items=${items}`,
    );
    expect(answer.items.map(({ name, items }) => [name.zh, items.at(-1)?.value])).toEqual([
      ['南昌市', 1240],
      ['有色金属冶炼和压延加工业', 1450],
      ['贵溪冶炼有限公司', 1100],
    ]);
    expect((await intake.call('GET', '/api/fuse/indicators/REVENUE/comparison?items=region:1')).status).toBe(
      400,
    );
  });

  test('what cannot be summed is refused, what has no values is empty', async () => {
    expect((await intake.call('GET', '/api/fuse/indicators/IND_VA_YOY/figures')).status).toBe(404);
    expect((await intake.call('GET', '/api/fuse/indicators/REVENUE/figures?measure=level')).status).toBe(404);
    expect((await intake.call('GET', '/api/fuse/indicators/COST/figures')).status).toBe(404);
    expect((await figures('REVENUE', 'period=2019-03')).total).toMatchObject({
      value: null,
      enterprises: 0,
      growth: null,
    });
  });
});

describe('as a file', () => {
  test('CSV has the rows of the answer, the total first', async () => {
    const answer = await intake.call(
      'GET',
      '/api/fuse/indicators/REVENUE/export?period=2026-03&by=city&format=csv',
    );
    const lines = answer.text.replace('\uFEFF', '').trim().split('\r\n');
    expect(lines[0]).toContain('设区市,代码,营业收入（万元）,企业数');
    expect(lines.map((line) => line.split(',').slice(0, 4).join(','))).toEqual([
      '设区市,代码,营业收入（万元）,企业数',
      '合计,,2340,4',
      '南昌市,360100,1240,3',
      '鹰潭市,360600,1100,1',
    ]);
  });
  test('a workbook, in English when asked', async () => {
    const answer = await intake.http.inject({
      method: 'GET',
      url: '/api/fuse/indicators/REVENUE/export?period=2026-03&by=enterprise',
      headers: { authorization: `Bearer ${intake.admin}`, 'accept-language': 'en' },
    });
    const { default: excel } = await import('exceljs');
    const workbook = new excel.Workbook();
    await workbook.xlsx.load(answer.rawPayload as never);
    const sheet = workbook.worksheets[0];
    expect(sheet?.getCell('A2').value).toBe('Enterprise');
    expect(sheet?.getCell('C4').value).toBe(1100);
    const { items } = await intake.get<{ items: { action: string }[] }>('/api/audit/entries?limit=5');
    expect(items.map(({ action }) => action)).toContain('fuse:indicator:export');
  });
});

describe('one enterprise', () => {
  const series = async (name: string, query = '') => {
    const { items } = await intake.get<{ items: IndicatorSeries[] }>(
      `/api/fuse/enterprises/${ids.get(name)}/indicators${query}`,
    );
    return new Map(items.map((each) => [each.code, each.items]));
  };

  test('cumulative, month, growth, and where it came from', async () => {
    const own = await series('青山铜业有限公司');
    expect(own.get('REVENUE')?.at(-1)).toMatchObject({
      ...{ period: '2026-03', value: 350, cumulative: 350, month: 130, source, monthOnMonth: null },
      yearOnYear: { value: expect.closeTo(50 / 3, 9), comparable: 1 },
    });
    expect(own.get('DEBT_RATIO')?.at(-1)).toMatchObject({
      value: 55,
      source: null,
      yearOnYear: { kind: 'points', value: 5 },
    });
  });

  test('every value that was published is kept; what was known before is told as it was', async () => {
    const before = new Date().toISOString();
    const changed = structuredClone(REPORTS);
    const own = changed.青山铜业有限公司;
    if (own) own['2026-03'] = { REVENUE: 360, PROFIT: 20, ASSETS: 120, LIABILITIES: 66 };
    expect(await intake.renew(source, reportOf(WORKS, changed))).toMatchObject({
      state: 'succeeded',
      rowsChanged: 1,
    });
    expect((await series('青山铜业有限公司')).get('REVENUE')?.at(-1)?.value).toBe(360);
    expect((await series('青山铜业有限公司', `?at=${before}`)).get('REVENUE')?.at(-1)?.value).toBe(350);
    expect((await series('青山铜业有限公司', '?at=2020-01-01T00:00:00Z')).size).toBe(0);
    expect((await figures('REVENUE', 'period=2026-03')).total.value).toBe(2350);
    const { items } = await intake.get<{ items: Revision[] }>(
      `/api/fuse/enterprises/${ids.get('青山铜业有限公司')}/indicators/REVENUE/revisions?period=2026-03`,
    );
    expect(items.map(({ value, counts }) => [value, counts])).toEqual([
      [360, true],
      [350, false],
    ]);
    expect(Date.parse(items[0]?.at ?? '')).toBeGreaterThan(Date.parse(before));
  });

  test('the source with the higher priority counts, in sums too; a new priority is noticed', async () => {
    const other = await reportTo(
      intake,
      'second',
      reportOf(WORKS, { 青山电子有限公司: { '2026-03': { REVENUE: 95 } } }),
      40,
    );
    expect((await figures('REVENUE', 'period=2026-03')).total.value).toBe(2350);
    await intake.call('PATCH', `/api/fuse/sources/${other}`, { payload: { priority: 60 } });
    await expect
      .poll(async () => (await figures('REVENUE', 'period=2026-03')).total.value, { timeout: 15_000 })
      .toBe(2355);
    expect((await series('青山电子有限公司')).get('REVENUE')?.at(-1)).toMatchObject({
      value: 95,
      source: other,
    });
  });

  test('what a source takes back is gone from sums, and stays in the history', async () => {
    const { 贵溪冶炼有限公司: gone, ...rest } = REPORTS;
    await intake.renew(
      source,
      reportOf(WORKS, { ...rest, 贵溪冶炼有限公司: { '2026-02': gone?.['2026-02'] ?? {} } }),
    );
    expect(partsOf(await figures('REVENUE', 'period=2026-03&by=city'))).not.toHaveProperty('360600');
    const { items } = await intake.get<{ items: Revision[] }>(
      `/api/fuse/enterprises/${ids.get('贵溪冶炼有限公司')}/indicators/REVENUE/revisions?period=2026-03`,
    );
    expect(items.map(({ value }) => value)).toEqual([null, 1100]);
  });
});

describe('a city', () => {
  test('sees its own enterprises only, in every answer', async () => {
    const token = await intake.city('nanchang');
    const mine = await figures('REVENUE', 'period=2026-03&by=enterprise', token);
    expect(mine.rows.map(({ name }) => name.zh).sort()).toEqual([
      '东湖纺织有限公司',
      '青山电子有限公司',
      '青山铜业有限公司',
    ]);
    expect(partsOf(await figures('REVENUE', 'period=2026-02&by=city', token))).toEqual({ '360100': 800 });
    const { items } = await intake.get<IndicatorTrend>('/api/fuse/indicators/REVENUE/trend', token);
    expect(items.map(({ period, value }) => [period, value])).toContainEqual(['2025-03', 400]);
    const list = await intake.get<IndicatorList>('/api/fuse/indicators', token);
    expect(list).toMatchObject({ sources: [] });
    expect(list.items.find(({ code }) => code === 'ELECTRICITY')).toMatchObject({
      first: '2026-03',
      enterprises: 1,
    });
    const comparison = await intake.get<IndicatorComparison>(
      `/api/fuse/indicators/REVENUE/comparison?items=region:360600,enterprise:${ids.get('贵溪冶炼有限公司')}`,
      token,
    );
    expect(comparison.items.map(({ items, name }) => [items.length, name.zh])).toEqual([
      [0, '鹰潭市'],
      [0, ids.get('贵溪冶炼有限公司')],
    ]);
  });
});

test('figures made anew are the same figures; only the root organisation has them made', async () => {
  const before = await figures('REVENUE', 'period=2026-03&by=enterprise');
  const city = await intake.call('POST', '/api/fuse/indicators/rebuild', {
    token: await intake.city('nanchang'),
  });
  expect(city.status).toBe(403);
  const { status, body } = await intake.call('POST', '/api/fuse/indicators/rebuild');
  expect([status, body]).toEqual([202, { enterprises: 4 }]);
  const waiting = async () => (await intake.get<IndicatorList>('/api/fuse/indicators')).updating;
  await expect.poll(waiting, { timeout: 20_000 }).toBe(0);
  expect(await figures('REVENUE', 'period=2026-03&by=enterprise')).toEqual(before);
});

test('a merge moves no value wrongly: one enterprise is left, with the value that counts of both', async () => {
  const [from, into] = [ids.get('东湖纺织有限公司') ?? '', ids.get('青山铜业有限公司') ?? ''];
  const before = await figures('REVENUE', 'period=2026-03&by=enterprise');
  expect(before.total).toMatchObject({ value: 350 + 95 + 800, enterprises: 3 });
  await createUnscopedAliasStore(intake.platform.relational.as<FuseTables>()).merge({
    from,
    into,
    at: new Date(),
  });
  const total = async () => (await figures('REVENUE', 'period=2026-03&by=enterprise')).total;
  // the report of the copper works came in a later run than that of the mill
  await expect.poll(total, { timeout: 20_000 }).toMatchObject({ value: 350 + 95, enterprises: 2 });
  const { rows } = await figures('REVENUE', 'period=2026-03&by=enterprise');
  expect(rows.map(({ key }) => key)).not.toContain(from);
  // what only the one had is the other's now, and its old id still leads there
  const { items } = await intake.get<{ items: IndicatorSeries[] }>(
    `/api/fuse/enterprises/${from}/indicators`,
  );
  expect(items.find(({ code }) => code === 'ELECTRICITY')?.items).toMatchObject([
    { period: '2026-03', value: 7 },
  ]);
});
