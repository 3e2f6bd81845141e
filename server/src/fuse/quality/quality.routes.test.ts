import type { EventMap, QualityIssue, QualityRule } from '@ronghe/contracts';
import excel from 'exceljs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Http } from '#platform/http/http.ts';
import { createAudit } from './audit.service.ts';
import { issueRoutes } from './issues.routes.ts';
import { createIssues } from './issues.service.ts';
import { type QualityTest, startQuality } from './quality.fixture.ts';
import { qualityRoutes } from './quality.routes.ts';
import { createQuality } from './quality.service.ts';
import { ruleRoutes } from './rules.routes.ts';
import { createRules } from './rules.service.ts';
import { SHIPPED_RULES } from './shipped.data.ts';
import { createIssueWorkbook } from './workbook.service.ts';

let quality: QualityTest;
let http: Http;
let room: ReturnType<typeof roomOf>;
let [admin, nanchang, yingtan, viewer] = ['', '', '', ''];
const heard: EventMap['fuse.issue.changed'][] = [];

function roomOf({ platform }: QualityTest) {
  const audit = createAudit({ platform });
  const [rules, issues] = [createRules({ platform, audit }), createIssues(platform)];
  const [reading, workbook] = [createQuality({ platform, audit }), createIssueWorkbook(platform)];
  return { audit, rules, issues, reading, workbook };
}

beforeAll(async () => {
  quality = await startQuality();
  room = roomOf(quality);
  await room.rules.ship(quality.scope);
  http = await quality.platform.serve([
    {
      name: 'fuse',
      routes: async (app) => {
        await app.register(ruleRoutes(room.rules));
        await app.register(issueRoutes(room));
        await app.register(qualityRoutes(room.reading));
      },
    },
  ]);
  quality.platform.events.listen('fuse.issue.changed', (event) => void heard.push(event));
  const signIn = (organisation: string, role: 'data-engineer' | 'officer') =>
    quality.platform.signIn({ organisation, role, kind: 'city' });
  nanchang = await signIn('jx.nanchang', 'data-engineer');
  yingtan = await signIn('jx.yingtan', 'data-engineer');
  viewer = await signIn('jx.nanchang', 'officer');
  const answer = await http.inject({
    method: 'POST',
    url: '/api/auth/login',
    payload: { username: 'admin', password: 'correct-horse-battery' },
  });
  admin = answer.json<{ token: string }>().token;
}, 120_000);
afterAll(() => quality.stop());

// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes are looked into
type Answer = { status: number; body: any };
type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
async function ask(
  method: Method,
  path: string,
  options: { body?: object; as?: string } = {},
): Promise<Answer> {
  const answer = await http.inject({
    method,
    url: `/api/fuse${path}`,
    headers: { authorization: `Bearer ${options.as ?? admin}` },
    ...(options.body ? { payload: options.body } : {}),
  });
  return { status: answer.statusCode, body: answer.body === '' ? null : answer.json() };
}

const TARGETS = ['name', 'code', 'indicator:PROFIT', 'indicator:REVENUE'];
const counts = (rows: number, rejected = 0) => ({
  rowsIn: rows + rejected,
  rowsLanded: rows,
  rowsRejected: rejected,
});
const firm = (at: number, profit: number, rest: object = {}) => ({
  entity: `E${at}`,
  values: { name: `某某公司${at}`, code: `C${at}`, 'indicator:PROFIT': profit, 'indicator:REVENUE': 100 },
  ...rest,
});
/** Lands rows in a new run of the source and audits it; nothing is published yet. */
async function auditRun(
  source: string,
  rows: (number: number) => object[],
  started: object = {},
  rejected = 0,
) {
  const { run, number } = await quality.run(source, started);
  const list = rows(number).map((row) => ({ ...row, number }));
  if (list.length > 0) await quality.rows(source, list);
  const request = { run, targets: TARGETS, monthly: false, counts: counts(list.length, rejected) };
  return { run, number, request, answer: await room.audit.audit(quality.scope, request) };
}
const resultOf = (answer: { results: { key: string }[] }, key: string) =>
  answer.results.find((one) => one.key === key);
const breachLines = (source: string, number: number) =>
  quality.platform.analytics.query<{ n: string }>(
    'select count() as n from fuse.breach final where source = {source:String} and number = {number:UInt64}',
    { params: { source, number } },
  );

describe('the audit of a run', () => {
  test('sees what was published and its own rows, keeps what it finds, and says the same again', async () => {
    const source = await quality.source({ key: 'audited', targets: TARGETS });
    const first = await auditRun(source, () => [firm(1, 50), firm(2, 500), firm(3, 10)]);
    expect(resultOf(first.answer, 'profit-within-revenue')).toMatchObject({
      checked: 3,
      failed: 1,
      held: false,
      skipped: null,
    });
    expect(resultOf(first.answer, 'employees-range')).toMatchObject({
      skipped: expect.stringContaining('employees'),
    });
    expect(first.answer.results).toHaveLength(SHIPPED_RULES.length);
    await quality.publish(first.run);
    await auditRun(source, () => [firm(1, 999)], { state: 'failed' });
    const second = await auditRun(source, () => [
      firm(2, 50),
      firm(4, 400),
      firm(5, 400),
      firm(3, 10, { gone: true }),
    ]);
    expect(resultOf(second.answer, 'profit-within-revenue')).toMatchObject({ checked: 4, failed: 2 });
    expect(await breachLines(source, second.number)).toEqual([{ n: '2' }]);
    const again = await room.audit.audit(quality.scope, second.request);
    expect(again).toEqual(second.answer);
    expect(await breachLines(source, second.number)).toEqual([{ n: '2' }]);
    const rows = await quality.db
      .selectFrom('fuse.quality_result')
      .selectAll()
      .where('run', '=', second.run)
      .execute();
    expect(rows).toHaveLength(SHIPPED_RULES.length);
  });

  test('holds a run that lost most of its rows, with the reason', async () => {
    const source = await quality.source({ key: 'shrinking', targets: TARGETS });
    await quality.run(source, { published: true, rowsLanded: 10 });
    const { answer, run } = await auditRun(source, () => [firm(1, 1)], { state: 'held' }, 1);
    expect(answer.heldFor.map(({ zh }) => zh)).toEqual([
      '被拒收的行不多：2 项中 1 项不符',
      '行数没有骤降：10 项中 9 项不符',
    ]);
    const board = await ask('GET', '/quality/board');
    expect(board.body.items).toContainEqual(expect.objectContaining({ source, held: true, at: null }));
    const seen = await ask('GET', `/runs/${run}/quality`);
    expect(seen.body.results.filter(({ held }: { held: boolean }) => held)).toHaveLength(2);
  });

  test('tells that the newest month is late, whatever month a slip of the pen names', async () => {
    const source = await quality.source({ key: 'late', targets: TARGETS, monthly: true });
    const { run, number } = await quality.run(source, { startedAt: new Date('2026-06-20T00:00:00Z') });
    const rows = ['2026-03', '2026-04', '2062-05'].map((period) => ({ ...firm(1, 1), period, number }));
    await quality.rows(source, rows);
    const request = { run, targets: TARGETS, monthly: true, counts: counts(3) };
    expect(resultOf(await room.audit.audit(quality.scope, request), 'late')).toMatchObject({
      checked: 1,
      failed: 1,
    });
  });

  test('keeps so many rows of a rule and counts them all', async () => {
    const source = await quality.source({ key: 'large', targets: TARGETS });
    const { run, number } = await quality.run(source);
    await quality.platform.analytics.command(
      `insert into fuse.record (source, number, row_key, entity_key, value_to, value_text)
       select {source:String}, {number:UInt64}, toString(number), toString(number), ['name', 'code'], ['', 'x'] from numbers(12000)`,
      { params: { source, number } },
    );
    const request = { run, targets: TARGETS, monthly: false, counts: counts(12_000) };
    const answer = await room.audit.audit(quality.scope, request);
    expect(resultOf(answer, 'name-required')).toMatchObject({ checked: 12_000, failed: 12_000 });
    await room.audit.audit(quality.scope, request);
    await quality.publish(run);
    const page = await ask('GET', `/sources/${source}/breaches?rule=name-required&limit=500`);
    expect(page.body).toMatchObject({ total: 10_000, items: { length: 500 } });
    const next = await ask(
      'GET',
      `/sources/${source}/breaches?rule=name-required&limit=1&cursor=${page.body.next}`,
    );
    expect(next.body.items[0].rowKey > page.body.items.at(-1).rowKey).toBe(true);
  });
});

describe('issues', () => {
  const listOf = async (source: string): Promise<QualityIssue[]> =>
    (await ask('GET', `/quality/issues?source=${source}`)).body.items;
  const brief = (issues: readonly QualityIssue[]) =>
    issues.map(({ rule, state, rows }) => `${rule} ${state} ${rows}`).sort();

  test('open, are told, worked on, accepted and resolved', async () => {
    const source = await quality.source({ key: 'issues', targets: TARGETS, organisation: 'jx.nanchang' });
    const next = async (rows: object[]) => {
      const { run } = await auditRun(source, () => rows);
      await quality.publish(run);
      heard.length = 0;
      await room.issues.settle(quality.scope, run);
      await room.issues.settle(quality.scope, run);
      return heard.map(({ rule, state, rows }) => `${rule} ${state} ${rows}`).sort();
    };
    const finding = { findings: [{ rule: 'text-too-long', field: '备注', value: '=1+1' }] };
    expect(
      await next([
        firm(1, 500, finding),
        { ...firm(2, 5), values: { code: 'x', 'indicator:PROFIT': 1, 'indicator:REVENUE': 2 } },
      ]),
    ).toEqual(['name-required open 1', 'profit-within-revenue open 1', 'text-too-long open 1']);
    const issues = await listOf(source);
    const of = (rule: string) => issues.find((issue) => issue.rule === rule)?.id ?? '';
    const change = (rule: string, body: object, as = nanchang) =>
      ask('POST', `/quality/issues/${of(rule)}`, { body, as });
    const sent = await change('profit-within-revenue', {
      state: 'sent',
      text: '请核实',
      dueAt: '2026-12-31T00:00:00.000Z',
    });
    expect(sent).toMatchObject({
      status: 200,
      body: { state: 'sent', dueAt: '2026-12-31T00:00:00.000Z', notes: [{ state: 'sent', text: '请核实' }] },
    });
    expect((await change('text-too-long', { state: 'accepted', text: '历史数据' })).status).toBe(200);
    expect((await change('name-required', { state: 'sent', text: 'x' }, viewer)).status).toBe(403);
    for (const method of ['GET', 'POST'] as const)
      expect(
        (
          await ask(method, `/quality/issues/${of('name-required')}`, {
            as: yingtan,
            ...(method === 'POST' ? { body: { state: 'accepted', text: 'x' } } : {}),
          })
        ).status,
      ).toBe(404);

    // one grew, an accepted one stays quiet, one is clean now
    expect(await next([firm(1, 500, finding), firm(2, 500), firm(3, 1, finding)])).toEqual([
      'name-required resolved 0',
      'profit-within-revenue sent 2',
    ]);
    expect(brief(await listOf(source))).toEqual([
      'name-required resolved 0',
      'profit-within-revenue sent 2',
      'text-too-long accepted 2',
    ]);
    const resolved = (await listOf(source)).find(({ rule }) => rule === 'name-required');
    expect(resolved?.notes.at(-1)?.text).toContain('自动解决');
    const audits = await quality.platform.audit.list(quality.scope, { limit: 50 });
    expect(audits.items.map(({ action }) => action)).toContain('fuse:quality-issue:update');
  });

  test('the workbook says where, what and how to put it right; nothing in it is a formula', async () => {
    const source = await quality.source({ key: 'workbook', targets: TARGETS, organisation: 'jx.nanchang' });
    const evil = '=HYPERLINK("http://x","y")';
    const { run, number } = await auditRun(source, () => [
      {
        entity: evil,
        values: { name: '@SUM(1)', code: '+1', 'indicator:PROFIT': 500, 'indicator:REVENUE': 100 },
      },
    ]);
    await quality.platform.analytics.command(
      `insert into fuse.landing (source, run, row_key, row_hash, change, row, number, file, place)
       values ({source:String}, '', {key:String}, '', 'new', '', {number:UInt64}, '三月.xlsx', 17)`,
      { params: { source, number, key: evil } },
    );
    await quality.publish(run);
    await room.issues.settle(quality.scope, run);
    const [issue] = await listOf(source);
    const answer = await http.inject({
      method: 'GET',
      url: `/api/fuse/quality/issues/${issue?.id}/workbook`,
      headers: { authorization: `Bearer ${nanchang}` },
    });
    expect(answer.headers['content-disposition']).toContain('.xlsx');
    const workbook = new excel.Workbook();
    await workbook.xlsx.load(answer.rawPayload as unknown as ArrayBuffer);
    const row = workbook.worksheets[0]?.getRow(2);
    expect(((row?.values ?? []) as unknown[]).slice(1)).toEqual([
      ...[
        evil,
        undefined,
        '三月.xlsx',
        17,
        '列 indicator:PROFIT',
        '500',
        '<= 100',
        '未满足：利润总额不大于营业收入',
      ],
      expect.stringContaining('核对两项的单位'),
    ]);
    expect(row?.getCell(1).type).toBe(excel.ValueType.String);
    expect((await ask('GET', `/quality/issues/${issue?.id}/workbook`, { as: yingtan })).status).toBe(404);
  });
});

describe('rules', () => {
  const rule = (key: string, source: string | null, rest: object = {}) => ({
    key,
    source,
    name: { zh: '规则', en: 'Rule' },
    remedy: { zh: '修正', en: 'Correct it' },
    dimension: 'accuracy',
    severity: 'warn',
    tolerance: 0,
    weight: 1,
    check: { kind: 'pattern', field: 'name', pattern: '.*公司.*' },
    ...rest,
  });
  const add = (body: object, as = admin) => ask('POST', '/quality/rules', { body, as });
  const list = async (as = admin): Promise<QualityRule[]> =>
    (await ask('GET', '/quality/rules', { as })).body.items;

  test('shipping again ships nothing, and of a shipped rule only what weighs may change', async () => {
    await room.rules.ship(quality.scope);
    const shipped = (await list()).filter((one) => one.shipped);
    expect(shipped).toHaveLength(SHIPPED_RULES.length);
    expect(new Set(shipped.map(({ version }) => version))).toEqual(new Set([1]));
    const late = shipped.find(({ key }) => key === 'late')?.id ?? '';
    const change = (body: object, as = admin) =>
      ask('PATCH', `/quality/rules/${late}`, { body: { base: 1, ...body }, as });
    expect((await change({ check: { kind: 'late', days: 3 } })).body.error.code).toBe('QUALITY_RULE_WRONG');
    expect((await change({ active: false }, nanchang)).body.error.code).toBe('ROOT_REQUIRED');
    expect((await change({ active: false, weight: 7 })).body).toMatchObject({
      version: 2,
      active: false,
      weight: 7,
      shipped: true,
    });
    expect((await change({ active: true })).body.error.code).toBe('CONFIGURATION_CHANGED');
    expect((await ask('DELETE', `/quality/rules/${late}`)).body.error.code).toBe('QUALITY_RULE_WRONG');
    await room.rules.ship(quality.scope);
    expect((await list()).find(({ key }) => key === 'late')).toMatchObject({ version: 2, active: false });
  });

  test('one of a source is its own people’s', async () => {
    const source = await quality.source({ key: 'nanchang', organisation: 'jx.nanchang', targets: TARGETS });
    const made = await add(rule('mine', source), nanchang);
    expect(made).toMatchObject({
      status: 201,
      body: { key: 'mine', version: 1, active: true, shipped: false },
    });
    expect((await add(rule('mine', source), nanchang)).body.error.code).toBe('CONFLICT');
    expect((await add(rule('theirs', source), yingtan)).status).toBe(404);
    expect((await add(rule('all', null), nanchang)).body.error.code).toBe('ROOT_REQUIRED');
    expect((await add(rule('mine-2', source), viewer)).status).toBe(403);
    expect((await list(yingtan)).some(({ key }) => key === 'mine')).toBe(false);
    const at = `/quality/rules/${made.body.id}`;
    expect((await ask('PATCH', at, { body: { base: 1, weight: 2 }, as: yingtan })).status).toBe(404);
    expect((await ask('PATCH', at, { body: { base: 1, weight: 2 }, as: nanchang })).body).toMatchObject({
      version: 2,
      weight: 2,
      active: true,
    });
    expect((await ask('DELETE', at, { as: yingtan })).status).toBe(404);
    expect((await ask('DELETE', at, { as: nanchang })).status).toBe(204);
    expect((await list(nanchang)).some(({ key }) => key === 'mine')).toBe(false);
    expect((await add(rule('mine', source), nanchang)).status).toBe(201);
    const audits = await quality.platform.audit.list(quality.scope, { limit: 100 });
    expect(audits.items.map(({ action }) => action)).toEqual(
      expect.arrayContaining([
        'fuse:quality-rule:create',
        'fuse:quality-rule:update',
        'fuse:quality-rule:delete',
      ]),
    );
  });

  test('what is no rule is refused with the reason', async () => {
    const source = await quality.source({
      key: 'secret-of-yingtan',
      organisation: 'jx.yingtan',
      targets: TARGETS,
    });
    const mine = await quality.source({ key: 'nanchang-2', organisation: 'jx.nanchang', targets: TARGETS });
    for (const check of [
      { kind: 'pattern', field: 'name', pattern: 'a)|(b' },
      { kind: 'pattern', field: 'name', pattern: '(?=x)' },
      { kind: 'required', fields: ['nothing'] },
      { kind: 'other-source', field: 'indicator:REVENUE', source: 'secret-of-yingtan' },
    ])
      expect((await add(rule('wrong', mine, { check }), nanchang)).body.error?.code).toBe(
        'QUALITY_RULE_WRONG',
      );
    expect(source).not.toBe(mine);
  });

  test('is tried before it is saved, on a source one may see', async () => {
    const source = await quality.source({ key: 'trial', organisation: 'jx.nanchang', targets: TARGETS });
    const { number } = await quality.run(source, { published: true });
    await quality.rows(source, [
      { ...firm(1, 1), number },
      { ...firm(2, 1), number, values: { name: '某某厂' } },
    ]);
    const body = { source, check: { kind: 'pattern', field: 'name', pattern: '.*公司.*' } };
    const tried = await ask('POST', '/quality/rules/try', { body, as: nanchang });
    expect(tried.body).toEqual({
      ...{ checked: 2, failed: 1, broken: true, skipped: null },
      examples: [{ rowKey: 'E2', period: null, field: 'name', value: '某某厂', expected: '.*公司.*' }],
    });
    expect((await ask('POST', '/quality/rules/try', { body, as: yingtan })).status).toBe(404);
    const months = { source, check: { kind: 'months-missing' } };
    expect((await ask('POST', '/quality/rules/try', { body: months, as: nanchang })).body.skipped).toContain(
      'monthly',
    );
  });

  test('of a source stands in the place of the one of every source', async () => {
    const source = await quality.source({ key: 'own-rule', targets: TARGETS });
    await add(rule('name-required', source, { severity: 'hold' }));
    const { answer } = await auditRun(source, () => [{ entity: 'A', values: { name: '某某厂' } }]);
    expect(answer.results.filter(({ key }) => key === 'name-required')).toMatchObject([
      { held: true, failed: 1 },
    ]);
    expect(answer.heldFor).toHaveLength(1);
  });
});

describe('what people read', () => {
  test('the board, a source and its rows are seen from inside only', async () => {
    const source = await quality.source({ key: 'seen', organisation: 'jx.yingtan', targets: TARGETS });
    for (const profit of [500, 50]) {
      const { run } = await auditRun(source, () => [firm(1, profit), firm(2, 5)]);
      await quality.publish(run);
    }
    const waiting = await auditRun(source, () => [firm(1, 900)]);
    const board = await ask('GET', '/quality/board', { as: yingtan });
    const line = board.body.items.find((one: { source: string }) => one.source === source);
    expect(line.scores.dimensions.consistency).toBe(100);
    expect(line.before.dimensions.consistency).toBe(50);
    const of = await ask('GET', `/sources/${source}/quality`, { as: yingtan });
    expect(of.body.history).toMatchObject([{ rows: 2 }, { rows: 2 }]);
    expect(of.body.newest.results.length).toBe(SHIPPED_RULES.length - 1);
    const held = await ask(
      'GET',
      `/sources/${source}/breaches?rule=profit-within-revenue&run=${waiting.run}`,
      { as: yingtan },
    );
    expect(held.body.items).toEqual([
      expect.objectContaining({ rowKey: 'E1', field: 'indicator:PROFIT', value: '900', expected: '<= 100' }),
    ]);
    expect(
      (await ask('GET', `/sources/${source}/breaches?rule=profit-within-revenue`, { as: yingtan })).body
        .total,
    ).toBe(0);

    expect(
      (await ask('GET', '/quality/board', { as: nanchang })).body.items.map(
        ({ organisation }: { organisation: string }) => organisation,
      ),
    ).not.toContain('jx.yingtan');
    for (const path of [
      `/sources/${source}/quality`,
      `/runs/${waiting.run}/quality`,
      `/sources/${source}/breaches?rule=profit-within-revenue`,
    ])
      expect([path, (await ask('GET', path, { as: nanchang })).status]).toEqual([path, 404]);
    const own = await quality.source({ key: 'own', organisation: 'jx.nanchang', targets: TARGETS });
    const foreign = await ask(
      'GET',
      `/sources/${own}/breaches?rule=profit-within-revenue&run=${waiting.run}`,
      { as: nanchang },
    );
    expect(foreign.status).toBe(404);
    expect((await ask('GET', `/quality/issues?source=${source}`, { as: nanchang })).body.total).toBe(0);
  });

  test('an enterprise fares in each source that the caller may see', async () => {
    const [id, at] = [quality.platform.ids.next(), new Date()];
    await quality.db
      .insertInto('fuse.enterprise')
      .values({
        ...{
          id,
          state: 'active',
          name: '某某公司',
          code: null,
          code_valid: false,
          division: null,
          city: null,
          industry: null,
        },
        ...{
          key_industry: null,
          size: null,
          revenue: null,
          employees: null,
          organisation: 'jx.nanchang',
          home_organisation: 'jx',
        },
        ...{ sources: 2, findings: 0, search: '', created_at: at, updated_at: at },
      })
      .execute();
    const make = async (key: string, organisation: string, profit: number) => {
      const source = await quality.source({ key, organisation, targets: TARGETS });
      const { number } = await quality.run(source, { published: true });
      await quality.rows(source, [
        { ...firm(1, profit), number },
        { ...firm(2, 900), number },
      ]);
      const link = {
        source,
        entity_key: 'E1',
        enterprise: id,
        gone: false,
        row_key: 'E1',
        code: null,
        join_key: null,
      };
      await quality.db
        .insertInto('fuse.link')
        .values({ ...link, names: '[]', city: null, matched_by: 'new' })
        .execute();
      return source;
    };
    const [province, city] = [await make('of-province', 'jx', 50), await make('of-city', 'jx.nanchang', 500)];
    const all = await ask('GET', `/enterprises/${id}/quality`);
    expect(
      all.body.items
        .map(({ source, breaches }: { source: string; breaches: object[] }) => [source, breaches.length])
        .sort(),
    ).toEqual(
      [
        [province, 0],
        [city, 1],
      ].sort(),
    );
    expect(all.body.items.find((one: { source: string }) => one.source === city)).toMatchObject({
      scores: { dimensions: { consistency: 0 } },
      breaches: [{ rowKey: 'E1', field: 'indicator:PROFIT' }],
    });
    const inside = await ask('GET', `/enterprises/${id}/quality`, { as: nanchang });
    expect(inside.body.items.map(({ source }: { source: string }) => source)).toEqual([city]);
    expect((await ask('GET', `/enterprises/${id}/quality`, { as: yingtan })).status).toBe(404);
  });
});
