import type { Permission } from '@ronghe/contracts';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ShareTest, startShare } from '../share.fixture.ts';
import { parseSql } from '../sql/sql.ts';
import { narrowingOf } from './narrowing.ts';

let share: ShareTest;
const RIGHTS: Permission[] = ['share:dataset:read', 'share:sql:use'];
beforeAll(async () => {
  share = await startShare();
  await share.platform.signIn({ organisation: 'jx.nanchang', role: 'officer', kind: 'city' });
  await share.invent([
    { name: '甲铜业', organisation: 'jx.nanchang', revenue: 100, phone: '13800000001' },
    { name: '乙电子', organisation: 'jx.nanchang', revenue: 200 },
    { name: '丙纺织', organisation: 'jx.ganzhou', revenue: 300 },
  ]);
}, 120_000);
afterAll(() => share?.stop());

const scopeOf = (organisation: string, permissions = RIGHTS) =>
  share.platform.scope({ organisation, permissions });
async function ask(text: string, organisation = 'jx.nanchang', more: object = {}) {
  const answer = await share.sharing.gateway.ask(scopeOf(organisation), {
    ...{ sql: text, format: 'JSONCompactEachRow', door: 'sql', requestId: share.platform.ids.next() },
    ...more,
  });
  const parts: Uint8Array[] = [];
  for await (const chunk of answer.chunks) parts.push(chunk);
  const lines = Buffer.concat(parts).toString('utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as unknown[]);
}
const refused = (text: string, organisation?: string) =>
  ask(text, organisation).then(
    () => 'answered',
    (error: { code?: string }) => error.code,
  );

describe('SQL', () => {
  test('counts what the caller sees, by the name of the dataset alone too', async () => {
    expect(await ask('select count() from share.enterprises')).toEqual([[2]]);
    expect(await ask('select count() from enterprises', 'jx')).toEqual([[3]]);
    expect(await ask('select count() from share.enterprises', 'jx.yichun')).toEqual([[0]]);
  });

  test('whether a join leaves gaps as null is the caller’s choice', async () => {
    const text = `select a.name, b.revenue from share.enterprises a left join
      (select 'x' as name, 1 as revenue) b on a.name = b.name order by a.number limit 1`;
    expect(await ask(text)).toEqual([['甲铜业', 0]]);
    expect(await ask(`${text} settings join_use_nulls = 1`)).toEqual([['甲铜业', null]]);
  });

  test('joins, CTEs, windows and parameters', async () => {
    expect(
      await ask(
        `with big as (select id, revenue from share.enterprises where revenue > {least:Float64})
         select e.name, row_number() over (order by e.revenue desc) as place from share.enterprises e join big using (id) order by place`,
        'jx',
        { parameters: { least: '150' } },
      ),
    ).toEqual([
      ['丙纺织', 1],
      ['乙电子', 2],
    ]);
  });

  test.each([
    ['the table behind', 'select * from fuse.enterprise_row'],
    ['another database', 'select * from system.query_log'],
    ['a table function', "select * from file('/etc/passwd')"],
    ['merge over everything', "select * from merge('fuse', '.*')"],
    ['a reserved name', 'select rh__b.phone from share.enterprises'],
    ['a hidden alias', 'select rh__e.phone from share.enterprises'],
    ['a dataset that is not there', 'select * from share.nothing'],
    ['a filter that is lifted', 'select * from share.enterprises settings additional_table_filters = {}'],
    ['a change', 'insert into share.enterprises select 1'],
    ['two statements', 'select 1; select 2'],
  ])('%s is refused', async (_name, text) => {
    expect(await refused(text)).toMatch(/^SQL_|^GUEST_/);
  });

  test.each([
    "with 'jx' as organisation select count() from share.enterprises",
    "with 'jx' as rh_organisation, 1 as active select count() from share.enterprises",
    "select count() from (select * from share.enterprises where organisation = 'jx.ganzhou' or 1 = 1)",
    'select count() from share.enterprises as enterprise_row',
    'with enterprise_row as (select 1 as organisation) select count() from share.enterprises',
    "select sum(if(startsWith(organisation, 'jx'), 1, 0)) from share.enterprises",
  ])('no name of the caller reaches inside: %s', async (text) => {
    expect(await ask(text)).toEqual([[2]]);
  });

  test('system tables tell of the datasets of the caller and of nothing else', async () => {
    const tables = await ask(
      "select database, name from system.tables where database not in ('system') order by name",
    );
    expect(tables.map(([database, name]) => `${database}.${name}`)).toEqual([
      'share.enterprises',
      'share.observations',
      'share.points',
    ]);
    expect(await ask("select count() from system.columns where name = 'total'")).toEqual([[0]]);
  });

  test('needs its own right, and every question is noted', async () => {
    const scope = scopeOf('jx.nanchang', ['share:dataset:read']);
    const question = { sql: 'select 1', door: 'sql', requestId: 'no-right' } as const;
    await expect(share.sharing.gateway.ask(scope, question)).rejects.toMatchObject({
      code: 'PERMISSION_MISSING',
    });
    await ask('select phone, name from share.enterprises');
    await refused('select * from share.nothing');
    const owner = await share.key('jx', ['share:usage:read']);
    await share.call('GET', '/api/share/usage', { token: owner.token });
    const rows = await share.platform.analytics.query<{
      outcome: string;
      reason: string;
      columns: string;
      rows: string;
      dataset: string;
    }>('select outcome, reason, columns, rows, dataset from share.access order by at');
    expect(rows).toContainEqual({
      outcome: 'refused',
      reason: 'PERMISSION_MISSING',
      columns: '',
      rows: '0',
      dataset: '',
    });
    expect(rows).toContainEqual({
      outcome: 'answered',
      reason: '',
      columns: 'name,phone',
      rows: '2',
      dataset: 'enterprises',
    });
    expect(rows).toContainEqual({
      outcome: 'refused',
      reason: 'SQL_REFUSED',
      columns: '',
      rows: '0',
      dataset: '',
    });
  });

  test('an answer that nobody reads to its end is noted and gives its place back', async () => {
    const answer = await share.sharing.gateway.ask(scopeOf('jx'), {
      ...{
        sql: 'select number from numbers(1000000)',
        format: 'TabSeparated',
        door: 'sql',
        requestId: 'left',
      },
    });
    await answer.chunks[Symbol.asyncIterator]().return?.();
    const owner = await share.key('jx', ['share:usage:read']);
    await share.call('GET', '/api/share/usage', { token: owner.token });
    const [row] = await share.platform.analytics.query(
      "select outcome from share.access where request = 'left'",
    );
    expect(row).toEqual({ outcome: 'broken-off' });
  });

  test('a caller lowers its limits and never raises them', async () => {
    expect(await refused('select number from numbers(100) settings max_result_rows = 10')).toBe(
      'RESULT_TOO_LARGE',
    );
    expect(await ask('select count() from numbers(100) settings max_result_rows = 0')).toEqual([[100]]);
  });
});

describe('the second layer', () => {
  test('keeps rows of others away from SQL that the first layer never saw', async () => {
    const { guests } = share.platform.analytics;
    const offer = share.fusing.datasets.find(({ id }) => id === 'enterprises');
    const { filters } = offer?.relation({ organisations: ['jx.nanchang'] }) ?? { filters: {} };
    const answer = await guests.ask({
      ...{ sql: 'select count() from fuse.enterprise_row final where active = 1', format: 'TabSeparated' },
      ...{ tables: ['fuse.enterprise_row'], filters, actor: 'test' },
      limits: {
        timeMs: 10_000,
        memoryBytes: 1e9,
        resultRows: 10,
        resultBytes: 1e6,
        readRows: 1e6,
        threads: 1,
      },
    });
    let text = '';
    for await (const chunk of answer.chunks) text += Buffer.from(chunk).toString('utf8');
    expect(text).toBe('2\n');
  });
});

describe('narrowing', () => {
  const columns = new Map([['share.observations', ['point', 'series', 'organisation']]]);
  const of = (text: string) => {
    const statement = parseSql(text);
    if (statement.kind !== 'select') throw new Error('no select');
    // as the binder leaves it
    const bound = JSON.parse(JSON.stringify(statement.query), (_key, value) =>
      value?.kind === 'table' && value.table?.parts?.join('.') === 'share.observations'
        ? { kind: 'relation', table: 'share.observations', alias: value.alias ?? 'observations' }
        : value,
    );
    return narrowingOf(bound, columns).get('share.observations') ?? [];
  };
  const ONE = [{ column: 'point', op: 'eq', values: ['a'] }];

  test.each([
    ["select value from share.observations where point = 'a'", ONE],
    ["select value from share.observations where 'a' = point and value > 1", ONE],
    ["select value from share.observations o where o.point = 'a'", ONE],
    [
      "select value from share.observations o join (select 1 as series) s using (series) where o.point = 'a'",
      ONE,
    ],
    [
      "select value from share.observations where point in ('a', 'b')",
      [{ column: 'point', op: 'in', values: ['a', 'b'] }],
    ],
    ['select value from share.observations where series = 7', [{ column: 'series', op: 'eq', values: [7] }]],
  ])('%s', (text, expected) => {
    expect(of(text)).toEqual(expected);
  });

  test.each([
    "select value from share.observations where point = 'a' or value > 1",
    "select 'a' as point, value from share.observations where point = 'a'",
    "select value from share.observations where not (point = 'a')",
    "select value from share.observations where point != 'a'",
    "select value from (select 1 as series) s left join share.observations o using (series) where o.point = 'a'",
    "select value from share.observations o right join (select 1 as series) s using (series) where o.point = 'a'",
    "select value from share.observations o any left join (select 1 as series) s using (series) where o.point = 'a'",
    "select a.value from share.observations a join share.observations b using (series) where a.point = 'a'",
    "select value from share.observations where point in (select 'a')",
    "with 'a' as point select value from share.observations where point = 'a'",
    "select arrayMap(point -> point = 'a', [1]) from share.observations where point = 'a'",
  ])('not by %s', (text) => {
    expect(of(text)).toEqual([]);
  });
});

test('a condition on a masked column is one on the mask: the rows themselves are not asked', async () => {
  const numbers = async (condition: string) =>
    (await ask(`select number from share.enterprises where ${condition} order by number`, 'jx')).flat();
  const [, second] = await numbers('1');
  expect(await numbers(`number = ${second}`)).toEqual([second]);
  const made = await share.call<{ id: string }>('POST', '/api/share/policies', {
    payload: {
      ...{ name: '编号分档', effect: 'limit', dataset: 'enterprises', organisation: 'jx' },
      subject: { kind: 'organisation', organisation: 'jx' },
      masks: { number: { kind: 'band', step: 1000 } },
    },
  });
  expect(made.status, made.text).toBe(201);
  // narrowed by the number itself, this would tell which rows have it
  expect(await numbers(`number = ${second}`)).toEqual([]);
  expect(await numbers('number = 0')).toHaveLength(3);
  const gone = await share.call('POST', `/api/share/policies/${made.body.id}/revoke`, {
    payload: { reason: '不再需要' },
  });
  expect(gone.status).toBeLessThan(300);
});

test('the same question is answered from memory until a row changes, and noted each time', async () => {
  const text = 'select name, revenue from share.enterprises order by number';
  const before = await ask(text);
  expect(await ask(text)).toEqual(before);
  await sql`update fuse.enterprise set revenue = 101 where name = '甲铜业'`.execute(share.db);
  expect(await ask(text)).toEqual([['甲铜业', 101], ...before.slice(1)]);
  await sql`update fuse.enterprise set revenue = 100 where name = '甲铜业'`.execute(share.db);
  expect(await ask(text)).toEqual(before);
  // another organisation asks in the same words
  expect(await ask(text, 'jx.ganzhou')).toEqual([['丙纺织', 300]]);
});

test('the copy follows the enterprise: renamed, moved to another organisation, gone', async () => {
  const named = (organisation: string) =>
    ask('select name from share.enterprises order by number', organisation).then((rows) => rows.flat());
  await sql`update fuse.enterprise set name = '甲铜业（改）' where name = '甲铜业'`.execute(share.db);
  expect(await named('jx.nanchang')).toEqual(['甲铜业（改）', '乙电子']);
  await sql`update fuse.enterprise set organisation = 'jx.ganzhou' where name = '乙电子'`.execute(share.db);
  expect(await named('jx.nanchang')).toEqual(['甲铜业（改）']);
  expect(await named('jx.ganzhou')).toEqual(['乙电子', '丙纺织']);
  await sql`update fuse.enterprise set state = 'gone' where name = '丙纺织'`.execute(share.db);
  await sql`delete from fuse.enterprise where name = '乙电子'`.execute(share.db);
  expect(await named('jx.ganzhou')).toEqual([]);
});
