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
});
