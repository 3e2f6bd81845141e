import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ShareTest, startShare } from '../share.fixture.ts';

let share: ShareTest;
let key: { token: string; id: string };
const url = () => `http://127.0.0.1:${share.sharing.sqlPort()}`;
const opened: ReturnType<typeof createClient>[] = [];
const quiet = { log: { level: ClickHouseLogLevel.OFF } };
function client(username: string, password: string, more: Parameters<typeof createClient>[0] = {}) {
  const made = createClient({ url: url(), username, password, ...quiet, ...more });
  opened.push(made);
  return made;
}

beforeAll(async () => {
  share = await startShare();
  await share.platform.signIn({ organisation: 'jx.nanchang', role: 'officer', kind: 'city' });
  await share.invent([
    { name: '甲铜业', organisation: 'jx.nanchang', revenue: 100, phone: '13800000001' },
    { name: '乙电子', organisation: 'jx.nanchang', revenue: 200 },
    { name: '丙纺织', organisation: 'jx.ganzhou', revenue: 300 },
  ]);
  key = await share.key('jx.nanchang', ['share:dataset:read', 'share:sql:use']);
}, 120_000);
afterAll(async () => {
  await Promise.all(opened.map((each) => each.close()));
  await share?.stop();
});

describe('@clickhouse/client', () => {
  it('pings, asks and sees its own rows, by a key and by a person', async () => {
    const ours = client(key.id, key.token);
    expect(await ours.ping({ select: true })).toMatchObject({ success: true });
    const names = async (each: ReturnType<typeof createClient>) => {
      const answer = await each.query({
        query: 'select name from share.enterprises order by name',
        format: 'JSONEachRow',
      });
      return (await answer.json<{ name: string }>()).map(({ name }) => name);
    };
    expect(await names(ours)).toEqual(['乙电子', '甲铜业']);
    expect(await names(client('jx-nanchang-officer', 'correct-horse-battery'))).toEqual(['乙电子', '甲铜业']);
    expect(await names(client('admin', 'correct-horse-battery'))).toHaveLength(3);
  });

  it('binds parameters, takes settings, and reads the summary', async () => {
    const ours = client(key.id, key.token, {
      database: 'share',
      compression: { response: true, request: true },
    });
    const answer = await ours.query({
      query:
        'select name, revenue from enterprises where revenue > {least: Float64} and name in {names: Array(String)}',
      query_params: { least: 150, names: ['乙电子', "it's", '甲铜业'] },
      clickhouse_settings: { max_execution_time: 5, output_format_json_quote_64bit_integers: 1 },
      format: 'JSON',
    });
    expect(answer.query_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await answer.json()).toMatchObject({
      meta: [{ name: 'name' }, { name: 'revenue' }],
      data: [{ name: '乙电子', revenue: 200 }],
      rows: 1,
    });
  });

  it('streams many rows', async () => {
    const answer = await client(key.id, key.token).query({
      query: 'select number, toString(number) as text from numbers(200000)',
      format: 'JSONCompactEachRow',
    });
    let rows = 0;
    for await (const batch of answer.stream()) rows += batch.length;
    expect(rows).toBe(200_000);
  });

  it('gives errors with the numbers and names of ClickHouse', async () => {
    const failing = (query: string, each = client(key.id, key.token)) =>
      each.query({ query, format: 'JSONEachRow' }).then((answer) => answer.text());
    await expect(failing('select * from share.nothing')).rejects.toMatchObject({
      code: '60',
      type: 'UNKNOWN_TABLE',
    });
    await expect(failing('select (1')).rejects.toMatchObject({ code: '62', type: 'SYNTAX_ERROR' });
    await expect(failing('select nothing from share.enterprises')).rejects.toMatchObject({ code: '47' });
    await expect(failing('select 1', client(key.id, 'wrong'))).rejects.toMatchObject({
      code: '516',
      type: 'AUTHENTICATION_FAILED',
    });
    await expect(
      failing("select toUInt8(toString(number) || if(number = 150000, 'x', '')) % 2 from numbers(200000)"),
    ).rejects.toThrow();
  });

  it('tells of an error in the middle of an answer', async () => {
    const answer = await client(key.id, key.token).query({
      query:
        "select toUInt32(if(number = 800000, 'x', toString(number))) as n, repeat('y', 20) as y from numbers(900000)",
      format: 'CSV',
      clickhouse_settings: { max_result_rows: '0' },
    });
    const read = async () => {
      for await (const _rows of answer.stream());
    };
    await expect(read()).rejects.toMatchObject({ code: '6' });
  });

  it('finds its datasets in the catalog, and those of nobody else', async () => {
    const rows = async (query: string) =>
      (await client(key.id, key.token).query({ query, format: 'JSONCompactEachRow' })).json<unknown[]>();
    expect(await rows('select version(), timezone(), currentDatabase()')).toEqual([
      [expect.stringMatching(/^\d+\.\d+/), 'UTC', 'share'],
    ]);
    expect(await rows('show databases')).toEqual([['share'], ['system']]);
    expect(await rows("show tables from share like 'enterpr%'")).toEqual([['enterprises']]);
    expect(await rows('exists table share.enterprises')).toEqual([[1]]);
    expect(await rows('exists table share.nothing')).toEqual([[0]]);
    expect(
      await rows("select name, engine from system.tables where database = 'share' and name = 'enterprises'"),
    ).toEqual([['enterprises', 'View']]);
    const columns = await rows(
      "select name, type from system.columns where table = 'enterprises' order by position",
    );
    expect(columns).toContainEqual(['name', 'Nullable(String)']);
    expect(await rows('describe table share.enterprises')).toHaveLength(columns.length);
    expect((await rows('select count() from system.functions'))[0]).toEqual([expect.any(Number)]);
    expect(await rows('select name from system.dictionaries')).toEqual([]);
    expect(await rows("select value from system.settings where name = 'max_threads'")).toEqual([['']]);
    await expect(rows('select * from system.query_log')).rejects.toMatchObject({ code: '60' });
    await expect(rows('select * from system.processes')).rejects.toMatchObject({ code: '60' });
  });

  it('describes queries by what the engine says of them, within what the caller sees', async () => {
    const described = async (query: string) =>
      (
        await (
          await client(key.id, key.token).query({ query, format: 'JSONCompactEachRow' })
        ).json<string[]>()
      ).map(([name, type]) => [name, type]);
    const expected = [
      ['name', 'String'],
      ['n', 'UInt64'],
    ];
    const query = 'select name, count() as n from share.enterprises group by name';
    for (const text of [`describe (${query})`, `describe table (${query})`, `desc ${query}`])
      expect(await described(text)).toEqual(expected);
    await expect(described('describe (select * from fuse.enterprise_row)')).rejects.toMatchObject({
      code: '60',
    });
    await expect(described('describe (select nothing from share.enterprises)')).rejects.toMatchObject({
      code: '47',
    });
    await expect(described("describe (select * from file('x'))")).rejects.toMatchObject({ code: '46' });
  });

  it('answers what tools ask of information_schema, in small and in capital letters', async () => {
    const rows = async (query: string) =>
      (await client(key.id, key.token).query({ query, format: 'JSONCompactEachRow' })).json<unknown[]>();
    expect(
      await rows(
        "select table_schema, table_type from information_schema.tables where table_name = 'enterprises'",
      ),
    ).toEqual([['share', 'VIEW']]);
    expect(
      await rows(
        "select COLUMN_NAME, DATA_TYPE, IS_NULLABLE from INFORMATION_SCHEMA.COLUMNS where TABLE_NAME = 'enterprises' and ORDINAL_POSITION = 1",
      ),
    ).toEqual([['id', 'Nullable(String)', 'YES']]);
    expect(await rows('select schema_name from information_schema.schemata')).toEqual([['share']]);
    for (const name of ['key_column_usage', 'referential_constraints', 'statistics'])
      expect(await rows(`select * from information_schema.${name}`)).toEqual([]);
    expect(await rows('select count() from information_schema.views')).toEqual(
      await rows('select count() from information_schema.tables'),
    );
    await expect(rows('select * from information_schema.user_privileges')).rejects.toMatchObject({
      code: '60',
    });
  });

  it.each([
    ["show functions like 'quantil%'", (rows: unknown[]) => rows.length > 3],
    ["show settings like 'max_%'", (rows: unknown[]) => rows.length > 3],
    ['show engines', (rows: unknown[]) => rows.length === 1],
    ['show dictionaries', (rows: unknown[]) => rows.length === 0],
    ['show clusters', (rows: unknown[]) => rows.length === 0],
    ['show current roles', (rows: unknown[]) => rows.length === 0],
    ['show indexes from enterprises from share', (rows: unknown[]) => rows.length === 0],
    ['show create database share', (rows: unknown[]) => rows.length === 1],
    ['show tables from information_schema', (rows: unknown[]) => rows.length === 14],
    ['describe table system.tables', (rows: unknown[]) => rows.length > 20],
    [
      "select table, sum(bytes) from system.parts where active and database = 'share' group by table",
      (rows: unknown[]) => rows.length === 0,
    ],
    ["select c1, c2 from values((1, 'a'), (2, 'b'))", (rows: unknown[]) => rows.length === 2],
  ])('answers %s', async (query, fits) => {
    const answer = await client(key.id, key.token).query({ query, format: 'JSONCompactEachRow' });
    expect(await answer.json<unknown[]>()).toSatisfy(fits);
  });

  it('takes USE and SET of what may be set, answers nothing, and refuses the rest', async () => {
    const ours = client(key.id, key.token);
    await ours.command({ query: 'use share' });
    await ours.command({ query: 'set max_threads = 1, max_execution_time = 5' });
    const said = await ours.exec({ query: 'use default' });
    expect(await new Response(said.stream as never).text().catch(() => '')).toBe('');
    await expect(ours.command({ query: 'use fuse' })).rejects.toMatchObject({ code: '81' });
    await expect(ours.command({ query: 'set readonly = 0' })).rejects.toMatchObject({ code: '452' });
    await expect(ours.command({ query: "set additional_table_filters = '{}'" })).rejects.toMatchObject({
      code: '452',
    });
  });

  it('looks names up in the database of the connection', async () => {
    const system = client(key.id, key.token, { database: 'system' });
    const answer = await system.query({
      query: "select count() from tables where name = 'enterprises'",
      format: 'TabSeparated',
    });
    expect(await answer.text()).toBe('1\n');
  });

  it('gives the first rows where a client says that more shall be cut', async () => {
    const clickhouse_settings = { max_result_rows: '200', result_overflow_mode: 'break' } as const;
    const ours = client(key.id, key.token);
    const query = 'select number from numbers(100000) order by number';
    const cut = await ours.query({ query, format: 'JSONCompactEachRow', clickhouse_settings });
    expect(await cut.json()).toHaveLength(200);
    await expect(
      ours
        .query({ query, format: 'JSONCompactEachRow', clickhouse_settings: { max_result_rows: '200' } })
        .then((answer) => answer.text()),
    ).rejects.toThrow();
  });
});
