import type { Dataset, DatasetSummary, Policy, SavedQuery, SavedQueryTrialAnswer } from '@ronghe/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sourcesOf } from '../datasets/sources.fixture.ts';
import { type ShareTest, startShare } from '../share.fixture.ts';

const RIGHTS = ['share:dataset:read', 'share:dataset:export', 'share:sql:use'] as const;
const WRITER = [...RIGHTS, 'share:query:write'] as const;
const WORDS = { title: { zh: '标题', en: 'Title' }, description: { zh: '说明', en: 'Words' } };
let share: ShareTest;
const keys: Record<string, string> = {};
beforeAll(async () => {
  share = await startShare();
  for (const city of ['nanchang', 'ganzhou']) {
    await share.platform.signIn({ organisation: `jx.${city}`, role: 'officer', kind: 'city' });
    keys[city] = (await share.key(`jx.${city}`, RIGHTS, 'reader')).token;
    keys[`${city}-writer`] = (await share.key(`jx.${city}`, WRITER, 'writer')).token;
  }
  await share.invent([
    { name: '甲铜业', organisation: 'jx.nanchang', revenue: 100, phone: '13800000001' },
    { name: '乙电子', organisation: 'jx.nanchang', revenue: 200, phone: '13800000002' },
    { name: '丙纺织', organisation: 'jx.ganzhou', revenue: 300, phone: '13800000003' },
  ]);
}, 120_000);
afterAll(() => share?.stop());

const create = (name: string, sql: string, more: object = {}, token?: string) =>
  share.call<SavedQuery>('POST', '/api/share/queries', {
    payload: { name, organisation: 'jx', ...WORDS, sql, ...more },
    ...(token ? { token } : {}),
  });
async function saved(name: string, sql: string, more: object = {}, token?: string): Promise<SavedQuery> {
  const answer = await create(name, sql, more, token);
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}
async function sql(text: string, organisation = 'jx'): Promise<unknown[][]> {
  const scope = share.platform.scope({ organisation, permissions: [...RIGHTS] });
  const requestId = share.platform.ids.next();
  const answer = await share.sharing.gateway.ask(scope, {
    ...{ sql: text, format: 'JSONCompactEachRow', door: 'sql', requestId },
  });
  const parts: Uint8Array[] = [];
  for await (const chunk of answer.chunks) parts.push(chunk);
  const lines = Buffer.concat(parts).toString('utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as unknown[]);
}
const code = (work: Promise<unknown>) =>
  work.then(
    () => 'answered',
    (error: { code?: string }) => error.code,
  );

describe('a saved query', () => {
  beforeAll(async () => {
    await saved(
      'large',
      'select id as enterprise, name, revenue, upper(phone) as contact from share.enterprises where revenue >= 200',
      { key: ['enterprise'], columns: [{ name: 'revenue', ...WORDS, unit: '万元' }] },
    );
  });

  test('is a dataset that everybody asks with their own rights', async () => {
    const rest = async (token?: string) =>
      (await share.ask({ select: ['name', 'revenue', 'contact'] }, token, 'query_large')).body.rows;
    expect(await rest()).toEqual(
      expect.arrayContaining([
        { name: '乙电子', revenue: 200, contact: '13800000002' },
        { name: '丙纺织', revenue: 300, contact: '13800000003' },
      ]),
    );
    expect(await rest(keys.nanchang)).toEqual([{ name: '乙电子', revenue: 200, contact: '1***' }]);
    expect(await rest(keys.ganzhou)).toEqual([{ name: '丙纺织', revenue: 300, contact: '1***' }]);
    expect(await sql('select name from share.query_large', 'jx.nanchang')).toEqual([['乙电子']]);
    expect(await sql('select count() from query_large')).toEqual([[2]]);
  });

  test('is described with types, grades and masks of what it is made of', async () => {
    const { body } = await share.call<Dataset>('GET', '/api/share/datasets/query_large', {
      ...(keys.nanchang ? { token: keys.nanchang } : {}),
    });
    expect(body).toMatchObject({ kind: 'query', version: '1.0', owner: 'jx', key: ['enterprise'] });
    const columns = new Map(body.columns.map((column) => [column.name, column]));
    expect(columns.get('contact')).toMatchObject({
      type: 'text',
      personal: true,
      masks: [{ kind: 'partial' }],
    });
    expect(columns.get('revenue')).toMatchObject({ type: 'number', unit: '万元', title: WORDS.title });
    expect(columns.get('enterprise')).toMatchObject({
      title: { zh: '企业编号' },
      personal: false,
      masks: [],
    });
    expect(body.why[0]?.zh).toContain('share.enterprises');
    const contract = await share.call<{ version: string }>(
      'GET',
      '/api/share/datasets/query_large/contract?format=json',
    );
    expect(contract.body.version).toMatch(/^1\.0\.\d+$/);
    expect(contract.text).not.toContain('revenue >=');
    expect(
      await sql("select name, type from system.columns where table = 'query_large' order by position"),
    ).toHaveLength(4);
    expect(await sql('describe share.query_large')).toHaveLength(4);
  });

  test('filters, groups, pages, joins, counts in IN, and exports', async () => {
    const grouped = await share.ask(
      { aggregates: [{ fn: 'sum', column: 'revenue', as: 'n' }] },
      undefined,
      'query_large',
    );
    expect(grouped.body.rows).toEqual([{ n: 500 }]);
    const one = await share.ask(
      { select: ['name'], filter: { column: 'revenue', op: 'gt', value: 250 } },
      undefined,
      'query_large',
    );
    expect(one.body.rows).toEqual([{ name: '丙纺织' }]);
    const page = await share.ask({ select: ['name'], limit: 1 }, undefined, 'query_large');
    const next = await share.ask(
      { select: ['name'], limit: 1, cursor: page.body.next },
      undefined,
      'query_large',
    );
    expect(new Set([page.body.rows[0]?.name, next.body.rows[0]?.name])).toEqual(
      new Set(['乙电子', '丙纺织']),
    );
    expect(next.body.next).toBeNull();
    expect(
      await sql(
        'select e.name, q.revenue from share.enterprises e join share.query_large q on q.enterprise = e.id where share.query_large.revenue > 250',
      ).catch((error: { message?: string }) => error.message),
    ).toEqual([['丙纺织', 300]]);
    expect(await sql('select query_large.name from query_large where query_large.revenue > 250')).toEqual([
      ['丙纺织'],
    ]);
    const started = await share.call<{ id: string; file: string }>(
      'POST',
      '/api/share/datasets/query_large/export',
      {
        payload: { format: 'csv', select: ['name', 'contact'] },
        ...(keys.nanchang ? { token: keys.nanchang } : {}),
      },
    );
    const token = keys.nanchang ?? '';
    await expect
      .poll(
        async () => (await share.call('GET', `/api/share/exports/${started.body.id}`, { token })).body.state,
        { timeout: 20_000 },
      )
      .toBe('ready');
    expect((await share.call('GET', started.body.file, { token })).text).toContain('乙电子,1***');
  });

  test.each([
    ["with 'x' as name, 1 as revenue, 'y' as phone select count() from share.query_large", [[2]]],
    ['with 1000 as revenue select count() from share.query_large where query_large.revenue < 1000', [[2]]],
    ['with enterprises as (select 1 as revenue) select count() from share.query_large', [[2]]],
    ['with query_large as (select 7 as n) select n from query_large', [[7]]],
    [
      "select name as revenue, 'z' as phone, upper('a') as contact from share.query_large where name = '丙纺织'",
      [['丙纺织', 'z', 'A']],
    ],
    ['select arrayMap(revenue -> revenue + 1, [1]) as a, max(revenue) from share.query_large', [[[2], 300]]],
    ['select count() from share.query_large as enterprises', [[2]]],
    ['select count() from (select revenue as id from share.query_large) as phone', [[2]]],
  ])('no name of a caller reaches inside: %s', async (text, expected) => {
    expect(await sql(text)).toEqual(expected);
  });

  test('is noted as itself and as what it reads', async () => {
    await share.call('GET', '/api/share/usage');
    const rows = await share.platform.analytics.query<{ dataset: string }>(
      "select distinct dataset from share.access where request in (select request from share.access where dataset = 'query_large')",
    );
    expect(rows.map(({ dataset }) => dataset).sort()).toEqual(['enterprises', 'query_large']);
  });
});

describe('what cannot be saved', () => {
  test.each([
    ['select * from share.enterprises', /\* and COLUMNS/],
    ['select count() from share.enterprises', /column 1 needs a name/],
    ['select name as `名称` from share.enterprises', /needs a name of a-z/],
    ['select name, upper(name) as name from share.enterprises', /two columns/],
    ['select [name] as names from share.enterprises', /names is Array/],
    ['select name from share.enterprises format CSV', /without FORMAT/],
    ['select name from share.enterprises settings max_threads = 1', /without FORMAT/],
    ['show tables', /one SELECT/],
  ])('%s', async (text, reason) => {
    const answer = await create('refused', text);
    expect(answer.status, answer.text).toBe(422);
    expect(answer.text).toMatch(reason);
  });

  test.each([
    ['a table that is not there', 'select a from share.nothing'],
    ['a table behind', 'select id from fuse.enterprise_row'],
    ['a parameter', 'select name from share.enterprises where revenue > {least:Float64}'],
    ['two statements', 'select name from share.enterprises; select 1'],
    ['a bracket that closes another', 'select name from share.enterprises) union all (select 1 as name'],
    ['a comment at the end that eats', 'select name from share.enterprises where ( -- '],
    ['a column that is not there', 'select nobody from share.enterprises'],
    ['a function that is none', "select file('/etc/passwd') as a"],
  ])('%s', async (_name, text) => {
    const answer = await create('refused', text);
    expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
    expect(answer.status, answer.text).toBeLessThan(500);
    expect(answer.text).not.toContain('enterprise_row as');
  });

  test('a key that is none, and words about columns that are not there', async () => {
    const text = 'select name, revenue from share.enterprises';
    expect((await create('refused', text, { key: ['nothing'] })).text).toContain('no column nothing');
    expect((await create('refused', text, { columns: [{ name: 'x', ...WORDS }] })).text).toContain(
      'no column x',
    );
    expect(
      (await create('refused', 'select 1 as n, name from share.enterprises', { key: ['n'] })).text,
    ).toContain('not unique');
  });

  test('what its writer may not see', async () => {
    const token = keys['nanchang-writer'];
    const hidden = await create(
      'refused',
      'select total from share.indicators',
      { organisation: 'jx.nanchang' },
      token,
    );
    const nowhere = await create(
      'refused',
      'select total from share.nowhere',
      { organisation: 'jx.nanchang' },
      token,
    );
    expect(hidden.text.replaceAll('indicators', 'X').replace(/"requestId":"[^"]+"|"position":\d+/g, '')).toBe(
      nowhere.text.replaceAll('nowhere', 'X').replace(/"requestId":"[^"]+"|"position":\d+/g, ''),
    );
    expect(hidden.status).toBe(400);
    expect((await create('refused', 'select 1 as a', { organisation: 'jx' }, token)).status).toBe(404);
    expect((await create('refused', 'select 1 as a', {}, keys.nanchang)).status).toBe(403);
  });
});

describe('views of views', () => {
  test('go to a depth, and never in a circle', async () => {
    await saved('level_1', 'select name, revenue from share.enterprises');
    for (let level = 2; level <= 5; level += 1)
      await saved(`level_${level}`, `select name, revenue from share.query_level_${level - 1}`);
    expect(await sql('select count() from share.query_level_5')).toEqual([[3]]);
    expect((await create('level_6', 'select name from share.query_level_5')).text).toContain('SQL_REFUSED');
    const circle = await share.call('PUT', '/api/share/queries/level_1', {
      payload: { ...WORDS, sql: 'select name, revenue from share.query_level_3', basedOn: 1 },
    });
    expect(circle.text).toContain('it would need itself');
    const itself = await share.call('PUT', '/api/share/queries/level_1', {
      payload: { ...WORDS, sql: 'select name, revenue from share.query_level_1', basedOn: 1 },
    });
    expect(itself.text).toContain('it would need itself');
    const many = `select count() from ${Array.from({ length: 9 }, (_value, at) => `share.query_level_4 as t${at}`).join(', ')}`;
    expect(await code(sql(many))).toBe('SQL_REFUSED');
  });

  test('take the strictest grade of what they are computed of', async () => {
    const { body } = await share.call<SavedQueryTrialAnswer>('POST', '/api/share/queries/try', {
      payload: {
        sql: `select e.name as name, i.indicator as indicator, i.total * 2 as twice, concat(e.name, toString(i.total)) as mixed,
          n + 1 as counted from share.enterprises e join share.indicators i on i.enterprise = e.id
          join (select enterprise, count() as n from share.indicators group by enterprise) c on c.enterprise = e.id`,
      },
    });
    const grades = Object.fromEntries(body.columns.map(({ name, grade }) => [name, grade]));
    expect(grades).toEqual({ name: 1, indicator: 1, twice: 2, mixed: 2, counted: 1 });
    const union = await share.call<SavedQueryTrialAnswer>('POST', '/api/share/queries/try', {
      payload: {
        sql: `select a as b from (select name as a from share.enterprises union all select toString(total) as x from share.indicators)`,
      },
    });
    expect(union.body.columns, union.text).toMatchObject([{ name: 'b', grade: 2, personal: false }]);
    expect(body.reads.sort()).toEqual(['enterprises', 'indicators']);
  });

  test('say clearly when what they rest on is gone or not seen', async () => {
    const sources = sourcesOf(share);
    const source = await sources.register('view-base', 'jx.nanchang');
    await sources.push(source, [{ 户号: 'h1', 企业: '甲铜业', 电量: 12_000, 联系人: '' }]);
    expect((await sources.share(source)).status).toBe(200);
    await saved('meters', 'select name, findings from share.source_view_base');
    expect(await sql('select name from share.query_meters', 'jx.nanchang')).toEqual([['甲铜业']]);
    // known at the top's other cities, and not to be asked there
    expect(await code(sql('select name from share.query_meters', 'jx.ganzhou'))).toBe('SAVED_QUERY_UNUSABLE');
    expect((await share.ask({}, keys.ganzhou, 'query_meters')).text).toContain('SAVED_QUERY_UNUSABLE');
    const list = async (token?: string) =>
      (
        await share.call<{ items: DatasetSummary[] }>('GET', '/api/share/datasets', {
          ...(token ? { token } : {}),
        })
      ).body.items.map(({ id }) => id);
    expect(await list(keys.ganzhou)).not.toContain('query_meters');
    expect(await list(keys.nanchang)).toContain('query_meters');
    await share.call('DELETE', `/api/fuse/sources/${source}/dataset`);
    expect(await code(sql('select name from share.query_meters'))).toBe('SAVED_QUERY_UNUSABLE');
    const { body } = await share.call<SavedQuery>('GET', '/api/share/queries/meters');
    expect(body.broken?.zh).toContain('source_view_base');
    expect((await share.ask({}, undefined, 'query_meters')).text).not.toContain('source_view_base');
  });

  test('a grant below opens the view, a limit below closes it', async () => {
    const limit = await share.call<Policy>('POST', '/api/share/policies', {
      payload: {
        ...{ name: '隐藏电话', effect: 'limit', dataset: 'enterprises', organisation: 'jx' },
        subject: { kind: 'organisation', organisation: 'jx.ganzhou' },
        masks: { phone: { kind: 'null' } },
      },
    });
    expect(limit.status, limit.text).toBe(201);
    expect((await share.ask({}, keys.ganzhou, 'query_large')).text).toContain('SAVED_QUERY_UNUSABLE');
    expect((await share.ask({ select: ['name'] }, keys.nanchang, 'query_large')).status).toBe(200);
    await share.call('POST', `/api/share/policies/${limit.body.id}/revoke`, { payload: { reason: 'x' } });
    expect((await share.ask({ select: ['name'] }, keys.ganzhou, 'query_large')).status).toBe(200);
  });
});

describe('who knows a saved query', () => {
  test('its home, those above and below; others find nothing', async () => {
    const token = keys['nanchang-writer'];
    await saved('ours', 'select name from share.enterprises', { organisation: 'jx.nanchang' }, token);
    expect((await share.ask({}, undefined, 'query_ours')).body.rows).toHaveLength(3);
    expect((await share.ask({}, keys.nanchang, 'query_ours')).body.rows).toHaveLength(2);
    expect((await share.ask({}, keys.ganzhou, 'query_ours')).status).toBe(404);
    expect(await code(sql('select 1 from share.query_ours', 'jx.ganzhou'))).toBe('SQL_REFUSED');
    const other = keys['ganzhou-writer'] ?? '';
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/versions'],
      ['DELETE', ''],
    ] as const)
      expect((await share.call(method, `/api/share/queries/ours${path}`, { token: other })).status).toBe(404);
    const change = { payload: { ...WORDS, sql: 'select 1 as a', basedOn: 1 }, token: other };
    expect((await share.call('PUT', '/api/share/queries/ours', change)).status).toBe(404);
    const listed = await share.call<{ items: SavedQuery[] }>('GET', '/api/share/queries', { token: other });
    expect(listed.body.items).toEqual([]);
    expect((await create('ours', 'select 1 as a', { organisation: 'jx.ganzhou' }, other)).status).toBe(409);
  });

  test('versions, a change in between, and the end of one', async () => {
    const change = (basedOn: number, text: string) =>
      share.call<SavedQuery>('PUT', '/api/share/queries/ours', { payload: { ...WORDS, sql: text, basedOn } });
    const second = await change(1, 'select name, revenue from share.enterprises');
    expect(second.body).toMatchObject({ version: 2, reads: ['enterprises'], broken: null });
    expect((await change(1, 'select name from share.enterprises')).text).toContain('SAVED_QUERY_CHANGED');
    expect((await share.call<Dataset>('GET', '/api/share/datasets/query_ours')).body.version).toBe('2.0');
    const versions = await share.call<{ items: SavedQuery[] }>('GET', '/api/share/queries/ours/versions');
    expect(versions.body.items.map(({ version }) => version)).toEqual([2, 1]);
    expect((await share.call('DELETE', '/api/share/queries/ours')).status).toBe(204);
    expect((await share.ask({}, undefined, 'query_ours')).status).toBe(404);
    expect((await share.call('DELETE', '/api/share/queries/ours')).status).toBe(404);
    expect((await create('ours', 'select name from share.enterprises')).status).toBe(409);
    const { body } = await share.call<{ items: { action: string }[] }>(
      'GET',
      '/api/audit/entries?search=share:query&limit=50',
    );
    for (const verb of ['create', 'change', 'delete'])
      expect(body.items.map(({ action }) => action)).toContain(`share:query:${verb}`);
  });
});
