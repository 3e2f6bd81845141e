import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '#platform/errors/errors.ts';
import { silentLog } from '#platform/log/log.ts';
import type { DeliveryRequest } from '../delivery.ts';
import {
  createDatabaseDeliverer,
  type DatabaseConnection,
  type DatabaseParts,
  describeDatabase,
} from './database.deliverer.ts';
import { type EngineScene, openEngineScene, openSpool, PASSWORD, requestOf } from './engines.fixture.ts';

let scene: EngineScene;
beforeAll(async () => {
  scene = await openEngineScene();
  await scene.admin('grant create on schema public to plant');
}, 60_000);
afterAll(() => scene?.stop());

const context = { source: 'erp', log: silentLog() };
const allowed = () => Promise.resolve({ address: '127.0.0.1' });
type Change = Partial<DatabaseConnection> &
  Partial<Pick<DatabaseParts, 'password' | 'watermarkField' | 'demand'>>;

function partsOf(
  table: string,
  { password = PASSWORD, watermarkField = null, demand = allowed, ...rest }: Change = {},
) {
  const connection: DatabaseConnection = {
    kind: 'database',
    engine: 'postgresql',
    host: 'erp.plant.example',
    port: scene.port,
    database: 'postgres',
    table,
    username: 'plant',
    fields: [],
    ...rest,
  };
  return { analytics: scene.analytics, demand, connection, password, watermarkField };
}

async function deliver(table: string, change: Change = {}, request: Partial<DeliveryRequest> = {}) {
  const spool = openSpool(scene.folder);
  const delivered = await createDatabaseDeliverer(partsOf(table, change), context).deliver(
    spool,
    requestOf(request),
  );
  return { ...delivered, rows: spool.rows(), spool };
}

async function failureOf(
  table: string,
  change: Change = {},
  request: Partial<DeliveryRequest> = {},
): Promise<AppError> {
  const spool = openSpool(scene.folder);
  const error = await createDatabaseDeliverer(partsOf(table, change), context)
    .deliver(spool, requestOf(request))
    .catch((thrown: unknown) => thrown);
  expect(readdirSync(spool.folder)).toEqual([]);
  return error as AppError;
}

const until = async (what: () => Promise<boolean>) =>
  expect.poll(what, { timeout: 10_000, interval: 50 }).toBe(true);

describe('a table of PostgreSQL', () => {
  it('writes days and times the same whatever style the server is set to', async () => {
    await scene.admin(`create table styles (d date, ts timestamp, tsz timestamptz);
      insert into styles values ('2026-03-01', '2026-03-01 08:00:10', '2026-03-01 08:00:00.5+00'), ('0099-12-31', '10000-01-01 00:00:00.000001', null),
        ('infinity', '-infinity', 'infinity'); alter table styles owner to plant`);
    const written = [
      { d: '2026-03-01', ts: '2026-03-01 08:00:10', tsz: '2026-03-01 16:00:00.5' },
      { d: '0099-12-31', ts: '10000-01-01 00:00:00.000001', tsz: null },
      { d: 'infinity', ts: '-infinity', tsz: 'infinity' },
    ];
    expect((await deliver('styles')).rows).toEqual(written);
    await scene.admin("alter role plant set datestyle = 'SQL, DMY'");
    try {
      expect((await deliver('styles')).rows).toEqual(written);
    } finally {
      await scene.admin('alter role plant reset datestyle');
    }
  });

  it('keeps every value: wide numbers, decimals, times, arrays, JSON, enums, bytes and nothing at all', async () => {
    await scene.admin(`create type mood as enum ('ok', '坏'); create domain code as varchar(18);
      create table kinds (id int primary key, big bigint, small_big bigint, n numeric(30,10), nn numeric, nbig numeric(90,2), f4 real, f8 float8,
        b bool, t text, v code, c char(5), d date, ts timestamp, tsz timestamptz, tm time, u uuid, j json, jb jsonb, e mood, raw bytea,
        ai int[], at text[], ip inet, m money, forever timestamp, "c1" text, "列 ""引号""" text);
      comment on column kinds.t is '企业名称';
      insert into kinds values (1, 9007199254740993, 9007199254740991, 12345678901234567890.0123456789, 12345678901234567890.123456789012345,
        1e80, 0.1, 0.1, true, E'江西𠮷\\n"\\\\', '91360000', 'ab', '1850-01-02', '2026-03-01 08:00:00.120', '2026-03-01 08:00:00+00', '08:00:01',
        'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a": 1}', '[1,2]', '坏', '\\x00ff80', '{1,null,3}', '{a,"b c",null}', '10.0.0.1', 12.5,
        'infinity', 'one', '列');
      insert into kinds (id, f8) values (2, 'NaN'); alter table kinds owner to plant`);
    const { rows, mode, bookmark, spool } = await deliver('kinds');
    expect({ mode, bookmark, options: spool.files[0]?.options }).toEqual({
      mode: 'full',
      bookmark: null,
      options: { format: 'compact' },
    });
    expect(rows[0]).toEqual({
      id: 1,
      big: '9007199254740993',
      small_big: 9007199254740991,
      n: '12345678901234567890.0123456789',
      nn: '12345678901234567890.123456789012345',
      nbig: `1${'0'.repeat(80)}.00`,
      f4: 0.1,
      f8: 0.1,
      b: true,
      t: '江西𠮷\n"\\',
      v: '91360000',
      c: 'ab',
      d: '1850-01-02',
      ts: '2026-03-01 08:00:00.12',
      tsz: '2026-03-01 16:00:00',
      tm: '08:00:01',
      u: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      j: '{"a": 1}',
      jb: '[1, 2]',
      e: '坏',
      raw: '\\x00ff80',
      ai: '[1,null,3]',
      at: '["a","b c",null]',
      ip: '10.0.0.1/32',
      m: '12.50',
      forever: 'infinity',
      c1: 'one',
      '列 "引号"': '列',
    });
    const { id, f8, ...rest } = rows[1] ?? {};
    expect([id, f8, new Set(Object.values(rest))]).toEqual([2, 'nan', new Set([null])]);
  });

  it('tells its columns with types, keys and comments', async () => {
    const columns = await describeDatabase(partsOf('kinds'), {
      source: 'erp',
      signal: new AbortController().signal,
    });
    expect(columns).toHaveLength(28);
    expect(columns.filter(({ name }) => ['id', 'n', 't', 'at'].includes(name))).toEqual([
      { name: 'id', type: 'integer', kind: 'number', nullable: false, key: true, comment: '' },
      { name: 'n', type: 'numeric(30,10)', kind: 'decimal', nullable: true, key: false, comment: '' },
      { name: 't', type: 'text', kind: 'text', nullable: true, key: false, comment: '企业名称' },
      { name: 'at', type: 'text[]', kind: 'json', nullable: true, key: false, comment: '' },
    ]);
  });

  it('reads views, materialized views and other schemas, and a database in a Chinese encoding', async () => {
    await scene.admin(`create schema "厂 1"; create materialized view "厂 1"."视图" as select 1 as id, '南昌' as "地";
      grant usage on schema "厂 1" to plant; grant select on "厂 1"."视图" to plant`);
    expect((await deliver('视图', { schema: '厂 1' })).rows).toEqual([{ id: 1, 地: '南昌' }]);
    await scene.admin("create database cn encoding 'EUC_CN' locale 'C' template template0");
    await scene.admin(
      `create table "企业" (id int, "名称" text, at date); insert into "企业" values (1, '江西铜业', '2026-03-01');
      grant select on "企业" to plant`,
      'cn',
    );
    const { rows } = await deliver('企业', { database: 'cn', watermarkField: '名称' });
    expect(rows).toEqual([{ id: 1, 名称: '江西铜业', at: '2026-03-01' }]);
  });

  it('takes any name and any text for what it is', async () => {
    const name = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 12 })
      .filter((text) => !text.includes('\0') && Buffer.byteLength(text) <= 63);
    const given = fc.asyncProperty(name, name, name, async (table, column, text) => {
      const at = pg.escapeIdentifier(table);
      await scene.admin(`drop table if exists ${at}; create table ${at} (n int, ${pg.escapeIdentifier(`${column}x`)} text);
        insert into ${at} values (1, ${pg.escapeLiteral(text)}), (2, ${pg.escapeLiteral(`${text}z`)}); grant select on ${at} to plant`);
      const watermarkField = `${column}x`;
      const full = await deliver(table, { watermarkField });
      expect(full.rows).toEqual([
        { n: 1, [watermarkField]: text },
        { n: 2, [watermarkField]: `${text}z` },
      ]);
      const bookmark = { column: watermarkField, value: text };
      expect((await deliver(table, { watermarkField }, { bookmark })).rows.map(({ n }) => n)).toEqual([2]);
      await scene.admin(`drop table ${at}`);
    });
    const hostile: [string, string, string][] = [
      ["a'b", "c'); drop table kinds; --", "'; drop table kinds; --"],
      ['a"b`c\\', 'd\\', "\\'"],
      ['{x,y}|z', '{a:String}', '\n\t\r\u0001'],
    ];
    await fc.assert(given, { seed: 20_261_130, numRuns: 6, endOnFailure: true, examples: hostile });
  }, 60_000);
});

describe('with a watermark', () => {
  it.each([
    [
      'at',
      'timestamp',
      ['2026-01-01 00:00:00.5', '2026-01-02', '2026-01-03 00:00:00.000001'],
      '2026-01-03 00:00:00.000001',
    ],
    [
      'atz',
      'timestamptz',
      ['2026-01-01 00:00:00+00', '2026-01-02 00:00:00+00', '2026-01-03 00:00:00+00'],
      '2026-01-03 08:00:00',
    ],
    ['day', 'date', ['2026-01-01', '2026-01-02', '2026-01-03'], '2026-01-03'],
    ['version', 'bigint', ['8', '9', '9007199254740993'], '9007199254740993'],
    ['amount', 'numeric', ['8', '9.5', '10.000000000000000001'], '10.000000000000000001'],
    ['name', 'text', ['a', 'b', '江西'], '江西'],
  ])(
    'reads what lies above the highest value of %s (%s), and rows without one in full runs only',
    async (column, type, values, last) => {
      const table = `marked_${type}`;
      const insert = (id: number, value: string | null) =>
        scene.admin(`insert into ${table} values (${id}, ${value === null ? 'null' : `'${value}'`})`);
      await scene.admin(
        `create table ${table} (id int, ${column} ${type}); alter table ${table} owner to plant`,
      );
      await insert(1, values[0] ?? '');
      await insert(2, null);
      const full = await deliver(table, { watermarkField: column });
      expect([full.mode, full.rows.map(({ id }) => id)]).toEqual(['full', [1, 2]]);
      await insert(3, values[1] ?? '');
      await insert(4, values[2] ?? '');
      await insert(5, null);
      const more = await deliver(table, { watermarkField: column }, { bookmark: full.bookmark });
      expect([more.mode, more.rows.map(({ id }) => id), more.bookmark]).toEqual([
        'incremental',
        [3, 4],
        { column, value: last },
      ]);
      const none = await deliver(table, { watermarkField: column }, { bookmark: more.bookmark });
      expect([none.mode, none.rows, none.bookmark]).toEqual(['incremental', [], more.bookmark]);
      const other = await deliver(table, { watermarkField: 'id' }, { bookmark: more.bookmark });
      expect([other.mode, other.rows.length]).toEqual(['full', 5]);
    },
  );

  it('never takes infinity for the highest, and refuses a column without an order of changes', async () => {
    await scene.admin(`create table endless (id int, at date, doc jsonb); alter table endless owner to plant;
      insert into endless values (1, '2026-01-01'), (2, 'infinity')`);
    expect((await deliver('endless', { watermarkField: 'at' })).bookmark).toEqual({
      column: 'at',
      value: '2026-01-01',
    });
    expect((await failureOf('endless', { watermarkField: 'doc' })).values.reason).toMatch(/doc is jsonb/);
    expect((await failureOf('endless', { watermarkField: 'none' })).values.reason).toBe(
      'there is no column none',
    );
    const bookmark = { column: 'at', value: "2026'; drop" };
    expect((await failureOf('endless', { watermarkField: 'at' }, { bookmark })).values.reason).toMatch(
      /does not fit/,
    );
  });
});

describe('what goes wrong', () => {
  it.each<[string, Change, string, string]>([
    [
      'a wrong password',
      { password: 'falsch-und-lang' },
      'kinds',
      'the user name or the password was refused',
    ],
    ['a wrong user', { username: 'nobody' }, 'kinds', 'the user name or the password was refused'],
    ['a wrong database', { database: 'nix' }, 'kinds', 'there is no such database'],
    ['a wrong table', {}, 'nix', 'there is no such table, or this user may not read it'],
    ['a table of others', {}, 'secret', 'there is no such table, or this user may not read it'],
    ['a port nobody listens on', { port: 1 }, 'kinds', 'no server takes connections there'],
  ])('%s has a reason of its own, without address and password', async (_title, change, table, reason) => {
    await scene.admin('create table if not exists secret (id int)');
    const error = await failureOf(table, change);
    expect(error).toMatchObject({ code: 'SOURCE_UNREACHABLE', values: { source: 'erp', reason } });
    const whole =
      JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error.stack) + String(error.cause);
    for (const secret of [change.password ?? PASSWORD, '127.0.0.1']) expect(whole).not.toContain(secret);
  });

  it('asks the guard before anything is connected', async () => {
    const demand = () =>
      Promise.reject(new AppError('SOURCE_TARGET_REFUSED', { target: 'erp.plant.example:1' }));
    expect(await failureOf('kinds', { demand })).toMatchObject({ code: 'SOURCE_TARGET_REFUSED' });
  });

  it('holds the limits of rows, bytes and time', async () => {
    await scene.admin(`create view endless_rows as select generate_series(1, 100000000) g, repeat('x', 200) t;
      create view slow as select pg_sleep(60)::text t; grant select on endless_rows, slow to plant`);
    const limits = { rowsMax: 1_000_000_000, bytesMax: 2_000_000, timeMsMax: 20_000 };
    expect(await failureOf('endless_rows', {}, { limits: { ...limits, rowsMax: 100 } })).toMatchObject({
      code: 'SOURCE_TOO_LARGE',
      values: { reason: 'more than 100 rows' },
    });
    expect(await failureOf('endless_rows', {}, { limits })).toMatchObject({
      code: 'SOURCE_TOO_LARGE',
      values: { reason: 'more than 2000000 bytes' },
    });
    expect(await failureOf('slow', {}, { limits: { ...limits, timeMsMax: 700 } })).toMatchObject({
      code: 'SOURCE_TOO_LARGE',
      values: { reason: expect.stringMatching(/longer than/) },
    });
  });
});

describe('cancelling', () => {
  const backends = async () =>
    (
      await scene.admin(
        "select pid from pg_stat_activity where usename = 'plant' and state = 'active' and query like '%endless%'",
      )
    ).length;

  it('ends a read that streams, at the source too; nobody could see the password meanwhile', async () => {
    const cancel = new AbortController();
    const limits = { rowsMax: 1e9, bytesMax: 1e9, timeMsMax: 60_000 };
    const failed = failureOf('endless_rows', {}, { limits, signal: cancel.signal });
    await until(async () => (await backends()) === 1);
    const seen = await scene.analytics.query<{ query: string }>('select query from system.processes');
    expect(
      seen.filter(({ query }) => query.includes('endless_rows') || query.includes('postgresql(')),
    ).not.toEqual([]);
    expect(JSON.stringify(seen)).not.toContain('geh');
    cancel.abort(new Error('given up'));
    expect(await failed).toMatchObject({ message: 'given up' });
    await until(async () => (await backends()) === 0);
    expect(
      await scene.analytics.query('select query, elapsed from system.processes where query like {q:String}', {
        params: { q: 'INSERT%postgresql(%' },
      }),
    ).toEqual([]);
  });

  it('ends a read that hangs in a lock at once, and the next one works', async () => {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: scene.port,
      user: 'plant',
      password: PASSWORD,
      database: 'postgres',
    });
    await client.connect();
    await client.query('begin; lock table kinds in access exclusive mode');
    const cancel = new AbortController();
    const failed = failureOf('kinds', {}, { signal: cancel.signal });
    await until(async () => (await scene.admin('select 1 from pg_locks where not granted')).length > 0);
    const at = performance.now();
    cancel.abort(new Error('given up'));
    expect(await failed).toMatchObject({ message: 'given up' });
    expect(performance.now() - at).toBeLessThan(3_000);
    await client.query('rollback');
    await client.end();
    expect((await deliver('kinds')).rows).toHaveLength(2);
  });
});
