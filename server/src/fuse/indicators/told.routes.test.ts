import type { IndicatorFigures, IndicatorTrend } from '@ronghe/contracts';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FuseTables } from '../fuse.tables.ts';
import { type IntakeTest, startIntake } from '../testing/intake-platform.ts';
import { type MonthValues, type Reports, reportOf, reportTo, type Works } from './indicators.fixture.ts';

// Who may read sums but not enterprises, over HTTP: a province with small cells, a newcomer and one large plant.
const PASSWORD = 'correct-horse-battery';
const PLACES: Readonly<Record<string, number>> = {
  '360102': 4, // Nanchang
  '360103': 1,
  '360111': 5,
  '360202': 3, // Jingdezhen
  '360203': 4,
  '360302': 2, // Pingxiang
  '360402': 6, // Jiujiang
  '360403': 3,
  '360602': 4, // Yingtan, one plant of 90 % in March
};
const WORKS: Works[] = Object.entries(PLACES).flatMap(([division, count]) =>
  Array.from({ length: count }, (_, index) => ({
    name: `${division}第${index}示例有限公司`,
    division,
    industry: index % 2 === 0 ? '3211' : '1711',
  })),
);
const NEWCOMER = '360402第0示例有限公司';
const LARGE = '360602第0示例有限公司';
const REPORTS: Reports = Object.fromEntries(
  WORKS.map(({ name, division }, index): [string, Record<string, MonthValues>] => {
    const own = division === '360602' ? 10 + index / 10 : 100 + 7 * index;
    const march = name === LARGE ? 1_000 : own * 1.6;
    const months: Record<string, MonthValues> = {
      '2025-02': { REVENUE: own * 0.9 },
      '2025-03': { REVENUE: own * 1.4 },
      '2026-02': { REVENUE: own },
      '2026-03': { REVENUE: march, PROFIT: march / 10 },
      '2026-04': { REVENUE: name === LARGE ? 1_020 : own * 2.2 },
    };
    if (name !== NEWCOMER) return [name, months];
    return [name, { '2026-03': { REVENUE: own * 1.6 }, '2026-04': { REVENUE: own * 2.2 } }];
  }),
);

let intake: IntakeTest;
let token: string;
beforeAll(async () => {
  intake = await startIntake();
  await sql`update fuse.quality_rule set severity = 'warn' where severity = 'hold'`.execute(
    intake.platform.relational.as<FuseTables>(),
  );
  await reportTo(intake, 'report', reportOf(WORKS, REPORTS));
  const role = await intake.call('POST', '/api/auth/roles', {
    payload: { key: 'sums', name: { zh: '汇总查看', en: 'Sums' }, permissions: ['fuse:indicator:read'] },
  });
  expect(role.status, role.text).toBe(201);
  const user = await intake.call('POST', '/api/auth/users', {
    payload: { username: 'reader', title: '读者', password: PASSWORD, organisation: 'jx', roles: ['sums'] },
  });
  expect(user.status, user.text).toBe(201);
  const login = await intake.call<{ token: string }>('POST', '/api/auth/login', {
    payload: { username: 'reader', password: PASSWORD },
  });
  token = login.body.token;
}, 180_000);
afterAll(() => intake?.stop());

const told = (query: string, code = 'REVENUE') =>
  intake.get<IndicatorFigures>(`/api/fuse/indicators/${code}/figures?${query}`, token);
const openly = (query: string, code = 'REVENUE') =>
  intake.get<IndicatorFigures>(`/api/fuse/indicators/${code}/figures?${query}`);
const shown = ({ rows }: IndicatorFigures) => rows.filter(({ suppressed }) => suppressed === null);

describe('who may not see single enterprises', () => {
  test.each([
    'figures?period=2026-03&by=enterprise',
    'figures?period=2026-03&by=size',
    'figures?period=2026-03&by=keyIndustry',
    'figures?period=2026-03&by=city&keyIndustry=textile',
    'figures?period=2026-03&by=city&sector=3211',
    'trend?size=large',
    'comparison?items=region:360100,enterprise:00000000-0000-4000-8000-000000000000',
    'export?period=2026-03&by=enterprise',
  ])('is refused %s', async (query) => {
    expect((await intake.call('GET', `/api/fuse/indicators/REVENUE/${query}`, { token })).status).toBe(403);
  });

  test('and the enterprises themselves', async () => {
    const { items } = await intake.get<{ items: { id: string }[] }>('/api/fuse/enterprises?limit=1');
    for (const rest of ['', '/indicators', '/indicators/REVENUE/revisions?period=2026-03'])
      expect(
        (await intake.call('GET', `/api/fuse/enterprises/${items[0]?.id}${rest}`, { token })).status,
      ).toBe(403);
  });

  test('sees sums, but none of fewer than three enterprises or of one large one', async () => {
    const { total, rows } = await told('period=2026-03&by=city');
    expect(total).toMatchObject({ enterprises: WORKS.length, suppressed: null });
    expect(total.value).toBeCloseTo((await openly('period=2026-03&by=city')).total.value ?? 0, 6);
    const why = new Map(rows.map(({ key, suppressed }) => [key, suppressed]));
    expect(why.get('360300')).toBe('few');
    expect(why.get('360600')).toBe('dominated');
    for (const row of rows)
      if (row.suppressed) expect(row).toMatchObject({ value: null, enterprises: null, growth: null });
  });

  test('what a total leaves over is never a small cell: at least two are hidden, of three enterprises and more', async () => {
    for (const query of [
      'by=city',
      'by=county&region=360100',
      'by=sector',
      'by=sector&region=360200',
      'by=city&sector=32',
    ]) {
      for (const period of ['2026-02', '2026-03', '2026-04']) {
        const mine = await told(`period=${period}&${query}`);
        const all = await openly(`period=${period}&${query}`);
        if (mine.total.suppressed) continue;
        const hidden = mine.rows.filter(({ suppressed }) => suppressed !== null).map(({ key }) => key);
        if (hidden.length === 0) continue;
        const left = all.rows.filter(({ key }) => hidden.includes(key));
        expect(hidden.length, `${query} ${period}`).toBeGreaterThan(1);
        expect(
          left.reduce((sum, row) => sum + (row.enterprises ?? 0), 0),
          `${query} ${period}`,
        ).toBeGreaterThan(2);
      }
    }
  });

  test('neighbouring months hide the same cells, cumulative and of the month', async () => {
    const hidden = async (query: string) =>
      (await told(query)).rows
        .filter(({ suppressed }) => suppressed !== null)
        .map(({ key }) => key)
        .sort();
    const march = await hidden('period=2026-03&by=city');
    expect(march).toContain('360600');
    expect(await hidden('period=2026-02&by=city')).toEqual(march);
    expect(await hidden('period=2026-04&by=city')).toEqual(march);
    const month = await hidden('period=2026-04&by=city&measure=month');
    for (const key of march) expect(month).toContain(key);
  });

  test('a newcomer is not told by the growth of its cell, nor by a month it has no figure of', async () => {
    const { rows } = await told('period=2026-03&by=city');
    const cell = rows.find(({ key }) => key === '360400');
    expect(cell?.growth ?? null).toBeNull();
    const month = await told('period=2026-03&by=city&measure=month');
    expect(month.rows.find(({ key }) => key === '360400')?.value ?? null).toBeNull();
    const fair = await openly('period=2026-03&by=city');
    expect(fair.rows.find(({ key }) => key === '360400')?.growth).toMatchObject({ comparable: 8 });
  });

  test('is told growth as a rate, without the amounts it comes from', async () => {
    const { rows } = await told('period=2026-03&by=city');
    const grown = shown({ rows } as IndicatorFigures).filter(({ growth }) => growth !== null);
    expect(grown.length).toBeGreaterThan(0);
    for (const { growth, contribution } of grown) {
      expect(growth).toMatchObject({ current: null, base: null, share: null });
      expect(contribution).toBeNull();
    }
  });

  test('a trend hides what the figures hide', async () => {
    const { items } = await intake.get<IndicatorTrend>(
      '/api/fuse/indicators/REVENUE/trend?to=2026-04&region=360600',
      token,
    );
    expect(items.filter(({ period }) => period.startsWith('2026')).map(({ value }) => value)).toEqual([
      null,
      null,
      null,
    ]);
  });

  test('a ratio is hidden where one of its parts is', async () => {
    const hidden = shown(await told('period=2026-03&by=city', 'PROFIT_MARGIN')).map(({ key }) => key);
    expect(hidden).not.toContain('360600');
    expect(hidden).not.toContain('360300');
  });

  test('a file holds no more than the page', async () => {
    const file = await intake.call(
      'GET',
      '/api/fuse/indicators/REVENUE/export?period=2026-03&by=city&format=csv',
      { token },
    );
    const line = file.text.split('\r\n').find((each) => each.includes('360300'));
    expect(line).toBe('萍乡市,360300,,,,,,,企业过少，不予公布');
  });
});
