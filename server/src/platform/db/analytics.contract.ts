// biome-ignore-all lint/correctness/noUndeclaredDependencies: only tests import this file
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Analytics, Column } from '#platform/db/analytics.ts';

const HOSTILE = [
  '',
  '\n\nDROP TABLE contract.victim;\n',
  "';\n;drop table contract.victim; --",
  '\\',
  "\\'",
  '\0',
  '\t\r\n\b\f',
  '{name:String}',
  '𠮷𠮷 江西 🏭',
  'NULL',
  '\\N',
];

/** What every ClickHouse behind `Analytics` must do; `open` answers with an engine without the database `contract`. */
export function analyticsContract(
  title: string,
  open: () => Promise<{ analytics: Analytics; stop(): Promise<void> }>,
): void {
  describe(title, () => {
    let opened: Awaited<ReturnType<typeof open>>;
    const door: Door = { engine: () => opened.analytics, table: makeTable };
    async function makeTable(name: string, columns: string, settings = '') {
      await opened.analytics.command(`drop table if exists contract.${name} sync`);
      await opened.analytics.command(
        `create table contract.${name} (${columns}) engine = MergeTree order by tuple() ${settings}`,
      );
    }
    beforeAll(async () => {
      opened = await open();
      await opened.analytics.command('create database if not exists contract');
      await makeTable('victim', 'id UInt8');
    });
    afterAll(() => opened.stop());

    keepsValues(door);
    keepsParameters(door);
    keepsInserts(door);
    keepsLimits(door);
    tellsErrors(door);

    it('tells its health, and after stopping that it is not ready', async () => {
      expect(await opened.analytics.health()).toEqual({
        ready: true,
        version: expect.stringMatching(/^\d+\.\d+/),
        bytes: expect.any(Number),
      });
      await opened.analytics.stop();
      expect(await opened.analytics.health()).toMatchObject({ ready: false });
    });
  });
}

type Door = {
  engine: () => Analytics;
  table: (name: string, columns: string, settings?: string) => Promise<void>;
};

function keepsValues({ engine, table }: Door): void {
  it('keeps every column type it takes, at both ends of its range', async () => {
    await table(
      'types',
      `row UInt8, a UInt8, b UInt16, c UInt32, d UInt64, e Int32, f Int64, g Float64, h DateTime64(3, 'UTC'),
         i DateTime64(6, 'UTC'), j Date, k String, l LowCardinality(String), m Nullable(Float64)`,
    );
    await engine().insert('contract.types', TYPES);
    expect(await engine().query('select * except row from contract.types order by row')).toEqual([
      {
        a: 0,
        b: 0,
        c: 0,
        d: '0',
        e: -2147483648,
        f: '-9223372036854775808',
        g: -1.5,
        h: '1970-01-01 00:00:00.000',
        i: '1970-01-01 00:00:00.000000',
        j: '1970-01-01',
        k: '',
        l: '',
        m: 0,
      },
      {
        a: 255,
        b: 65535,
        c: 4294967295,
        d: '18446744073709551615',
        e: 2147483647,
        f: '9223372036854775807',
        g: 1e300,
        h: '2024-05-06 07:08:09.123',
        i: '2024-05-06 07:08:09.123456',
        j: '2149-06-06',
        k: '铜',
        l: '𠮷',
        m: 2.5,
      },
    ]);
  });

  it('brings any text back unchanged through insert, and never runs it', async () => {
    await table('text', 'position UInt32, text String');
    const texts = fc.array(
      fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 40 })),
      {
        minLength: 1,
        maxLength: 50,
      },
    );
    await fc.assert(
      fc.asyncProperty(texts, async (values) => {
        await engine().command('truncate table contract.text');
        await engine().insert('contract.text', [
          { name: 'position', type: 'UInt32', values: values.map((_text, position) => position) },
          { name: 'text', type: 'String', values },
        ]);
        const rows = await engine().query<{ text: string }>(
          'select text from contract.text order by position',
        );
        expect(rows.map(({ text }) => text)).toEqual(values);
      }),
      { numRuns: 40 },
    );
    expect(await engine().query('exists table contract.victim')).toEqual([{ result: 1 }]);
  }, 60_000);
}

function keepsParameters({ engine }: Door): void {
  it('brings any text back unchanged through a parameter, alone and in a list, and never runs it', async () => {
    const text = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 40 }));
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const [row] = await engine().query(
          'select {one:String} as one, {many:Array(String)} as many, {one:String} in {many:Array(String)} as found',
          { params: { one: value, many: [value, 'x'] } },
        );
        expect(row).toEqual({ one: value, many: [value, 'x'], found: 1 });
      }),
      { numRuns: 60 },
    );
    expect(await engine().query('exists table contract.victim')).toEqual([{ result: 1 }]);
  }, 60_000);

  it('takes numbers, truth, nothing, times and names as parameters', async () => {
    const rows = await engine().query(
      `select {integer:Int64} as integer, {ratio:Float64} as ratio, {yes:Bool} as yes, {none:Nullable(String)} as none,
           {at:DateTime64(3, 'UTC')} as at, count() as rows
         from (select number from numbers(10) limit {most:UInt64}) where number in {some:Array(UInt64)}`,
      {
        params: {
          integer: -(2n ** 62n),
          ratio: 0.1,
          yes: true,
          none: null,
          at: '2024-05-06 07:08:09.123',
          most: 5,
          some: [1, 2n, 9],
        },
      },
    );
    expect(rows).toEqual([
      {
        integer: '-4611686018427387904',
        ratio: 0.1,
        yes: true,
        none: null,
        at: '2024-05-06 07:08:09.123',
        rows: '2',
      },
    ]);
    expect(
      await engine().query('select count() as n from {table:Identifier}.victim', {
        params: { table: 'contract' },
      }),
    ).toEqual([{ n: '0' }]);
  });
}

function keepsInserts({ engine, table }: Door): void {
  it('stores a batch once however often its token comes', async () => {
    await table('once', 'id UInt32', 'settings non_replicated_deduplication_window = 100');
    const batch = (ids: number[]): Column[] => [
      { name: 'id', type: 'UInt32', values: Uint32Array.from(ids) },
    ];
    const count = async () => (await engine().query('select count() as n from contract.once'))[0];
    await engine().insert('contract.once', batch([1, 2]), { token: "a'1" });
    await engine().insert('contract.once', batch([1, 2]), { token: "a'1" });
    expect(await count()).toEqual({ n: '2' });
    await engine().insert('contract.once', batch([1, 2]), { token: 'b' });
    expect(await count()).toEqual({ n: '4' });
  });

  it('brings a table out into a file and back, with computed columns left to the engine', async () => {
    const columns = `id UInt32, text String, twice UInt64 materialized id * 2, note Nullable(String), at DateTime64(6, 'UTC')`;
    await table('whole', columns);
    await table('again', columns);
    await engine().command(
      `insert into contract.whole (id, text, note, at)
       select number, concat('江\n', toString(number)), if(number % 2 = 0, null, 'x'), toDateTime64(number, 6) from numbers(50000)`,
    );
    const folder = mkdtempSync(join(tmpdir(), 'ronghe-table-'));
    try {
      await engine().exportTable('contract.whole', join(folder, 'whole.native.zst'));
      await engine().importTable('contract.again', join(folder, 'whole.native.zst'));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const [row] = await engine().query(
      `select (select count() from contract.again) as rows,
         (select sum(cityHash64(id, text, twice, note, at)) from contract.whole) =
         (select sum(cityHash64(id, text, twice, note, at)) from contract.again) as same`,
    );
    expect(row).toEqual({ rows: '50000', same: 1 });
  });

  it('writes an answer into a file: numbers in their bytes, text as it is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ronghe-rows-'));
    try {
      await engine().exportRows('select toUInt64(number) as n from numbers(3)', join(folder, 'rows'));
      const rows = readFileSync(join(folder, 'rows'));
      expect([rows.length, rows.readBigUInt64LE(16)]).toEqual([24, 2n]);
      const texts = ['{"名":"甲\\t\\n\\\\"}', "a'b\t\\N"];
      const sql = 'select arrayJoin({texts:Array(String)}) as line';
      await engine().exportRows(sql, join(folder, 'lines'), { params: { texts }, as: 'lines' });
      expect(readFileSync(join(folder, 'lines'), 'utf8')).toBe(`${texts.join('\n')}\n`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('takes a large insert and an empty one', async () => {
    await table('large', 'id UInt32, value Float64');
    const ids = Uint32Array.from({ length: 300_000 }, (_value, id) => id);
    await engine().insert('contract.large', [
      { name: 'id', type: 'UInt32', values: ids },
      { name: 'value', type: 'Float64', values: Float64Array.from(ids) },
    ]);
    await engine().insert('contract.large', [{ name: 'id', type: 'UInt32', values: [] }]);
    expect(await engine().query('select count() as n, sum(value) as total from contract.large')).toEqual([
      { n: '300000', total: (300_000 * 299_999) / 2 },
    ]);
  });
}

function keepsLimits({ engine }: Door): void {
  it('refuses more rows than asked for, and gives exactly as many', async () => {
    const few = engine().query('select number from numbers(10)', { rowsMax: 10 });
    expect(await few).toHaveLength(10);
    const many = engine().query('select number from numbers(11)', { rowsMax: 10 });
    await expect(many).rejects.toMatchObject({ code: 'RESULT_TOO_LARGE', values: { max: 10 } });
  });

  it('keeps every query to its own limits, whatever came before it', async () => {
    for (const [rows, rowsMax] of [
      [20, 20],
      [10, 5],
      [20, 20],
      [20, 15],
      [20, 30],
    ] as const) {
      const texts = await Promise.all(
        Array.from({ length: 6 }, () =>
          engine()
            .query(`select number from numbers(${rows})`, { rowsMax })
            .then(
              (found) => `${found.length}`,
              (error: { code: string }) => error.code,
            ),
        ),
      );
      expect(new Set(texts)).toEqual(new Set([rows > rowsMax ? 'RESULT_TOO_LARGE' : String(rows)]));
    }
    await expect(engine().query('select nothing', { rowsMax: 7 })).rejects.toThrow();
    expect(await engine().query('select number from numbers(7)', { rowsMax: 7 })).toHaveLength(7);
  });

  it('leaves nothing of a query that failed under way in the answer to the next', async () => {
    const half = 'select number, throwIf(number = 20000) from numbers(30000) settings max_block_size = 1000';
    for (let turn = 0; turn < 12; turn += 1) {
      await expect(engine().query(half)).rejects.toThrow();
      expect(await engine().query('select 1 as one')).toEqual([{ one: 1 }]);
    }
  });

  it('gives back texts with line breaks, and no rows as none', async () => {
    const text = 'a\nb\r\n{"c":1},\n';
    const rows = await engine().query('select {text:String} as text from numbers(3)', { params: { text } });
    expect(rows).toEqual([{ text }, { text }, { text }]);
    expect(await engine().query('select 1 as one where 0')).toEqual([]);
  });

  it('stops a query in time, and the engine with it', async () => {
    const endless = 'select count() from numbers(1000000000000) where sipHash64(number) = 1';
    const startedAt = performance.now();
    await expect(engine().query(endless, { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'QUERY_TIMEOUT',
    });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    const running = () =>
      engine().query(
        `select 1 from system.processes where query like '%sipHash64%' and query not like '%processes%'`,
      );
    await expect.poll(running, { timeout: 10_000 }).toEqual([]);
  });

  it('answers small queries while a long one runs', async () => {
    const long = engine().query('select sleepEachRow(0.1) as s from numbers(15) settings max_block_size = 1');
    const startedAt = performance.now();
    await Promise.all(
      Array.from({ length: 8 }, () => engine().query('select {x:UInt8} as x', { params: { x: 1 } })),
    );
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(await long).toHaveLength(15);
  });
}

function tellsErrors({ engine }: Door): void {
  it.each([
    ['a wrong statement', 'selec 1', 62],
    ['a table that is not there', 'select * from contract.nothing', 60],
  ])('tells ClickHouse’s own number for %s', async (_case, sql, clickhouseCode) => {
    await expect(engine().query(sql)).rejects.toMatchObject({ name: 'AnalyticsError', clickhouseCode });
  });

  it.each<[string, Column[]]>([
    [
      'columns of unequal length',
      [
        { name: 'id', type: 'UInt8', values: [1] },
        { name: 'other', type: 'UInt8', values: [1, 2] },
      ],
    ],
    ['a number beyond its type', [{ name: 'id', type: 'UInt8', values: [256] }]],
    ['a fraction in an integer column', [{ name: 'id', type: 'Int32', values: [0.5] }]],
    ['a name that is none', [{ name: 'id) select 1 --', type: 'UInt8', values: [1] }]],
  ])('refuses %s before anything is stored', async (_case, columns) => {
    await expect(engine().insert('contract.victim', columns)).rejects.toThrow(TypeError);
    expect(await engine().query('select count() as n from contract.victim')).toEqual([{ n: '0' }]);
  });
}

const AT = Date.UTC(2024, 4, 6, 7, 8, 9, 123);
const TYPES: Column[] = [
  { name: 'row', type: 'UInt8', values: [0, 1] },
  { name: 'a', type: 'UInt8', values: Uint8Array.of(0, 255) },
  { name: 'b', type: 'UInt16', values: [0, 65535] },
  { name: 'c', type: 'UInt32', values: Uint32Array.of(0, 4294967295) },
  { name: 'd', type: 'UInt64', values: [0n, 2n ** 64n - 1n] },
  { name: 'e', type: 'Int32', values: [-2147483648, 2147483647] },
  { name: 'f', type: 'Int64', values: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n) },
  { name: 'g', type: 'Float64', values: [-1.5, 1e300] },
  { name: 'h', type: 'DateTime64(3)', values: [0, AT] },
  { name: 'i', type: 'DateTime64(6)', values: BigInt64Array.of(0n, BigInt(AT) * 1000n + 456n) },
  { name: 'j', type: 'Date', values: [0, 65535] },
  { name: 'k', type: 'String', values: ['', '铜'] },
  { name: 'l', type: 'String', values: ['', '𠮷'] },
  { name: 'm', type: 'Float64', values: [0, 2.5] },
];
