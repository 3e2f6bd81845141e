import type { IssueChange, QualityIssue, Run } from '@ronghe/contracts';
import excel from 'exceljs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inventCode } from './testing/fuse-platform.ts';
import { csvOfRows, type IntakeTest, type Row, startIntake } from './testing/intake-platform.ts';

const map = (from: string, to: string, transform: string, unit: string | null = null) => ({
  ...{ from, to, transform, unit },
  values: {},
});

let intake: IntakeTest;
beforeAll(async () => {
  intake = await startIntake();
}, 120_000);
afterAll(() => intake?.stop());

const issuesOf = async (source: string, rule: string) =>
  (
    await intake.get<{ items: QualityIssue[] }>(`/api/fuse/quality/issues?source=${source}&limit=100`)
  ).items.filter((issue) => issue.rule === rule);

const state = async (source: string, rule: string) => (await issuesOf(source, rule)).map((one) => one.state);

/** Cells of the workbook of an issue, below its header. */
async function workbookOf(issue: string): Promise<unknown[][]> {
  const answer = await intake.http.inject({
    method: 'GET',
    url: `/api/fuse/quality/issues/${issue}/workbook`,
    headers: { authorization: `Bearer ${intake.admin}` },
  });
  expect(answer.statusCode).toBe(200);
  const workbook = new excel.Workbook();
  await workbook.xlsx.load(answer.rawPayload as unknown as ArrayBuffer);
  const lines: unknown[][] = [];
  workbook.worksheets[0]?.eachRow((row, at) => {
    if (at > 1) lines.push((row.values as unknown[]).slice(1));
  });
  return lines;
}

describe('a run that is held tells the owner of the data', () => {
  const rowsOf = (broken: number): string =>
    csvOfRows(
      Array.from({ length: 10 }, (_, at) => ({
        id: String(at),
        name: `n${broken}`,
        month: at < broken ? '某月' : '2026-03',
      })),
    );
  const SHAPE = { rowKey: ['id'], periodField: 'month', mappings: [map('name', 'column:name', 'text')] };
  let source: string;
  let issue: QualityIssue;
  let held: Run;

  test('with an issue that names why, of which the workbook has the rows', async () => {
    const first = await intake.table('held', 'held.csv', rowsOf(0), SHAPE);
    expect(first.run.state).toBe('succeeded');
    source = first.source;
    expect(await issuesOf(source, 'run:held')).toEqual([]);
    held = await intake.renew(source, rowsOf(4), 'held-2.csv');
    expect(held.state).toBe('held');
    const open = await issuesOf(source, 'run:held');
    expect(open).toMatchObject([
      { state: 'open', severity: 'hold', rows: 10, firstRun: held.id, lastRun: held.id, owner: '测试单位' },
    ]);
    [issue] = open as [QualityIssue];
    expect(issue.name.zh).toBe(`运行被拦截：${held.heldFor.map(({ zh }) => zh).join('；')}`);
    expect(issue.name.en).toBe(`Run held: ${held.heldFor.map(({ en }) => en).join('; ')}`);
    const lines = await workbookOf(issue.id);
    expect(lines).toHaveLength(4);
    expect(lines[0]).toEqual(expect.arrayContaining(['held-2.csv', '某月', '报告期有误']));
  });

  test('a newer run that is held takes it over, also when somebody had accepted it', async () => {
    const accepted: IssueChange = { state: 'accepted', text: '知道了' };
    await intake.call('POST', `/api/fuse/quality/issues/${issue.id}`, { payload: accepted });
    const newer = await intake.renew(source, rowsOf(5), 'held-3.csv');
    expect(newer.state).toBe('held');
    expect((await intake.get<Run>(`/api/fuse/runs/${held.id}`)).state).toBe('discarded');
    expect(await issuesOf(source, 'run:held')).toMatchObject([
      { id: issue.id, state: 'open', firstRun: held.id, lastRun: newer.id },
    ]);
    expect(await workbookOf(issue.id)).toHaveLength(5);
    held = newer;
  });

  test('published, it is resolved; what was wrong has issues of its own', async () => {
    await intake.decide(held.id, 'publish');
    expect((await intake.settled(held.id)).state).toBe('succeeded');
    expect(await issuesOf(source, 'run:held')).toMatchObject([{ id: issue.id, state: 'resolved', rows: 0 }]);
    expect((await issuesOf(source, 'run:held'))[0]?.notes.at(-1)?.text).toContain('已有运行发布');
    const all = await intake.get<{ items: QualityIssue[] }>(`/api/fuse/quality/issues?source=${source}`);
    expect(all.items.filter(({ state }) => state === 'open').length).toBeGreaterThan(0);
  });

  test('discarded, it is resolved with the reason; replaced by a good run as well; removed with its source too', async () => {
    const bad = await intake.renew(source, rowsOf(6));
    await intake.decide(bad.id, 'discard');
    const [one] = await issuesOf(source, 'run:held');
    expect(one).toMatchObject({ state: 'resolved', lastRun: bad.id });
    expect(one?.notes.at(-1)).toMatchObject({ by: 'admin', text: expect.stringContaining('核对过') });
    await intake.renew(source, rowsOf(7));
    expect((await issuesOf(source, 'run:held'))[0]).toMatchObject({ state: 'open' });
    expect((await intake.renew(source, rowsOf(0))).state).toBe('succeeded');
    expect((await issuesOf(source, 'run:held'))[0]).toMatchObject({ state: 'resolved' });
    await intake.renew(source, rowsOf(8));
    const [last] = await issuesOf(source, 'run:held');
    expect(last).toMatchObject({ state: 'open' });
    expect((await intake.call('DELETE', `/api/fuse/sources/${source}`)).status).toBe(204);
    const after = await intake.get<QualityIssue>(`/api/fuse/quality/issues/${last?.id}`);
    expect(after.state).toBe('resolved');
  });
});

describe('what only fusing shows', () => {
  const SHAPE = {
    target: 'enterprise' as const,
    rowKey: ['id', 'month'],
    periodField: 'month',
    mappings: [
      map('name', 'name', 'name'),
      map('code', 'code', 'code'),
      map('division', 'division', 'division'),
      map('revenue', 'indicator:ASSETS', 'number', 'wan-yuan'),
    ],
  };
  const firm = (id: string, name: string, code: string | null, assets = 100) =>
    ['2026-03', '2026-04', '2026-05', '2026-06'].map((month) => ({
      id,
      name,
      code,
      division: '360111',
      month,
      revenue: assets,
    }));
  const twins = ['71000001', '71000002'].flatMap((body, at) =>
    firm(`twin${at}`, '双生股份有限公司', inventCode(body)),
  );

  test('opens issues with the rows and where they stand, and resolves them when it is put right', async () => {
    await intake.platform.auth.addOrganisation(intake.platform.scope(), {
      ...{ path: 'jx.nanchang-x', kind: 'city', name: '南昌', division: '360100', code: null },
    });
    const jumping: Row[] = firm('jump', '跳变制造有限公司', inventCode('71000003'));
    const wrong = [
      ...twins,
      ...firm('zz', '双生股份有限公司', ''),
      ...jumping.map((row, at) => (at === 3 ? { ...row, revenue: 100_000 } : row)),
    ];
    const { source, run } = await intake.table('fused', 'fused.csv', csvOfRows(wrong), SHAPE);
    if (run.state === 'held') await intake.decide(run.id, 'publish');
    expect((await intake.settled(run.id)).state).toBe('succeeded');
    const [ambiguous] = await issuesOf(source, 'name-ambiguous');
    const [jump] = await issuesOf(source, 'unit-jump');
    expect(ambiguous).toMatchObject({ state: 'open', severity: 'warn', rows: 1 });
    expect(jump).toMatchObject({ state: 'open', severity: 'warn', rows: 1 });
    expect(await workbookOf(jump?.id ?? '')).toEqual([
      expect.arrayContaining([
        'jump|2026-06',
        'fused.csv',
        wrong.length + 1,
        'revenue',
        '100000',
        '疑似单位错误',
      ]),
    ]);
    expect(await workbookOf(ambiguous?.id ?? '')).toEqual([
      expect.arrayContaining(['zz|2026-06', 'fused.csv', 'name', '双生股份有限公司', '名称对应多家企业']),
    ]);

    const right = [...twins, ...firm('zz', '双生股份有限公司', inventCode('71000001')), ...jumping];
    const good = await intake.renew(source, csvOfRows(right), 'right.csv');
    if (good.state === 'held') await intake.decide(good.id, 'publish');
    expect((await intake.settled(good.id)).state).toBe('succeeded');
    expect(await issuesOf(source, 'unit-jump')).toMatchObject([{ state: 'resolved', rows: 0 }]);
    expect(await issuesOf(source, 'name-ambiguous')).toMatchObject([{ state: 'resolved', rows: 0 }]);
  });
});

describe('a text that cannot be decoded', () => {
  const broken = (): Buffer => {
    const bytes = Buffer.from(`id,name\n1,铜业\n2,纺织\n3,${'江西省南昌市'.repeat(5)}\n`);
    bytes[bytes.indexOf('纺') + 1] = 0x20;
    return bytes;
  };
  const whole = 'id,name\n1,铜业\n2,纺织\n3,南昌\n';

  test('keeps the run back, and its owner is told the places', async () => {
    const { source, run } = await intake.table('undecoded', 'broken.csv', broken());
    expect(run, JSON.stringify(run)).toMatchObject({ state: 'held', rowsLanded: 3 });
    expect(run.heldFor).toEqual([
      { zh: '文字没有损坏：3 项中 1 项不符', en: 'No text is broken: 1 of 3 fail' },
    ]);
    expect((await intake.rows(source)).size).toBe(0);
    const [held] = await issuesOf(source, 'run:held');
    expect(await workbookOf(held?.id ?? '')).toEqual([
      expect.arrayContaining(['broken.csv', 3, 'name', expect.stringContaining('\uFFFD'), '文字没有损坏']),
    ]);

    await intake.decide(run.id, 'publish');
    expect((await intake.settled(run.id)).state).toBe('succeeded');
    const [open] = await issuesOf(source, 'text-whole');
    expect(open).toMatchObject({ state: 'open', severity: 'hold', rows: 1 });
    expect(await workbookOf(open?.id ?? '')).toHaveLength(1);
    expect((await intake.renew(source, whole)).state).toBe('succeeded');
    expect(await state(source, 'text-whole')).toEqual(['resolved']);
  });

  test('is no reason where a steward tolerates it', async () => {
    const rules = await intake.get<{ items: { id: string; key: string; version: number }[] }>(
      '/api/fuse/quality/rules',
    );
    const rule = rules.items.find(({ key }) => key === 'text-whole');
    const change = { base: rule?.version, tolerance: 0.5 };
    const changed = await intake.call('PATCH', `/api/fuse/quality/rules/${rule?.id}`, { payload: change });
    expect(changed.status, changed.text).toBe(200);
    expect((await intake.table('tolerated', 'broken.csv', broken())).run.state).toBe('succeeded');
  });
});

describe('a number without a unit where others of its column carry one', () => {
  const rowsOf = (amounts: readonly string[], header = '产值') =>
    csvOfRows(amounts.map((amount, at) => ({ id: `r${at}`, [header]: amount, 人数: String(at) })));
  const shape = (header: string, unit: string | null) => ({
    mappings: [map(header, 'column:产值', 'number', unit), map('人数', 'column:人数', 'number')],
  });
  const AMOUNTS = ['120万元', '1.2亿元', '350', ' １，２００ ', '', '9 万元左右'];

  test.each<[string, string | null, string]>([
    ['which nobody said', null, '万元、亿元'],
    ['taken for what the mapping says', 'thousand-yuan', '万元、亿元；按千元采用 / taken as 千元'],
  ])('is let in and told with its row, column and the units seen, %s', async (_what, unit, expected) => {
    const key = `bare-${unit ?? 'none'}`;
    const { source, run } = await intake.table(key, `${key}.csv`, rowsOf(AMOUNTS), shape('产值', unit));
    expect(run, JSON.stringify(run)).toMatchObject({ state: 'succeeded', rowsLanded: 6 });
    const [issue] = await issuesOf(source, 'unit-missing');
    expect(issue).toMatchObject({ state: 'open', severity: 'warn', rows: 2 });
    const lines = (await workbookOf(issue?.id ?? '')).map((line) => [
      line[0],
      line[2],
      line[3],
      line[4],
      line[5],
      line[6],
    ]);
    expect(lines).toEqual([
      ['r2', `${key}.csv`, 4, '产值', '350', expected],
      ['r3', `${key}.csv`, 5, '产值', expect.stringContaining('２００'), expected],
    ]);
    expect(
      (await intake.renew(source, rowsOf(AMOUNTS.map((one) => (/元/.test(one) ? one : '1万元'))))).state,
    ).toBe('succeeded');
    expect(await state(source, 'unit-missing')).toEqual(['resolved']);
  });

  test('is no finding where the header names the unit, or no cell does', async () => {
    const named = '产值（万元）';
    const told = await intake.table('told', 'told.csv', rowsOf(AMOUNTS, named), shape(named, 'wan-yuan'));
    const plain = await intake.table('plain', 'plain.csv', rowsOf(['1', '2']), shape('产值', null));
    for (const { source } of [told, plain]) expect(await issuesOf(source, 'unit-missing')).toEqual([]);
  });

  test('is told by the first look already', async () => {
    const file = await intake.upload('look.csv', rowsOf(['1万元', '2亿元', '3', '4万元']));
    const look = await intake.look({ kind: 'upload', upload: file.body.id, options: {} });
    const column = look.body.profile.columns.find(({ name }) => name === '产值');
    expect(column?.problems.map(({ text, example, place }) => [text.zh, example, place])).toContainEqual([
      '其他单元格写有单位，这里没有（万元、亿元）',
      '3',
      4,
    ]);
  });
});
