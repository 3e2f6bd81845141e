// biome-ignore-all lint/correctness/noUndeclaredDependencies: only tests import this file
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Analytics } from '#platform/db/analytics.ts';
import {
  GUEST_FORMATS,
  type GuestAnswer,
  type GuestFormat,
  type GuestQuestion,
} from '#platform/db/guests.ts';
import { ATTACKS } from '#platform/db/guests-attacks.fixture.ts';

const LIMITS = {
  timeMs: 20_000,
  memoryBytes: 500_000_000,
  resultRows: 1_000_000,
  resultBytes: 200_000_000,
  readRows: 1e15,
  threads: 1,
};
/** Rows of two owners; those of `b` hold texts that are no numbers. */
const ROWS = 300_000;

/** What guests of every ClickHouse behind `Analytics` must do; `open` answers with an engine without the database `guesting`. */
export function guestsContract(
  title: string,
  open: () => Promise<{ analytics: Analytics; stop(): Promise<void> }>,
): void {
  describe(title, () => {
    let opened: Awaited<ReturnType<typeof open>>;
    const door: Door = {
      engine: () => opened.analytics,
      ask: (sql, more = {}) => opened.analytics.guests.ask(questionOf(sql, more)),
      text: async (sql, more = {}) => (await bytesOf(await door.ask(sql, more))).toString(),
    };
    beforeAll(async () => {
      opened = await open();
      await opened.analytics.command('create database if not exists guesting');
      await opened.analytics.command(
        'create table guesting.reading (id UInt32, owner LowCardinality(String), secret String, name String) engine = MergeTree order by id',
      );
      await opened.analytics.command(
        `insert into guesting.reading select number, if(number % 2 = 0, 'a', 'b'), if(number % 2 = 0, toString(number), 'kept secret'),
         concat('铜 ', toString(number)) from numbers(${ROWS})`,
      );
      await opened.analytics.command(
        'create table guesting.other (id UInt32) engine = MergeTree order by id',
      );
    });
    afterAll(() => opened.stop());

    answers(door);
    refuses(door);
    filters(door);
    limits(door);
    shares(door);
  });
}

type More = Partial<Omit<GuestQuestion, 'sql'>>;
type Door = {
  engine: () => Analytics;
  ask: (sql: string, more?: More) => Promise<GuestAnswer>;
  text: (sql: string, more?: More) => Promise<string>;
};

const questionOf = (sql: string, more: More): GuestQuestion => ({
  sql,
  format: 'TabSeparated',
  tables: ['guesting.reading'],
  filters: { 'guesting.reading': "owner = 'a'" },
  limits: LIMITS,
  actor: 'somebody',
  ...more,
});

async function bytesOf(answer: GuestAnswer): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.chunks) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function answers({ engine, ask, text }: Door): void {
  it('answers one select and tells what it took', async () => {
    const answer = await ask('select id, name from guesting.reading order by id limit 2');
    expect((await bytesOf(answer)).toString()).toBe('0\t铜 0\n2\t铜 2\n');
    expect(answer.summary()).toMatchObject({ resultRows: 2, resultBytes: 16, elapsedNs: expect.any(Number) });
  });

  it.each(GUEST_FORMATS)('gives %s as one whole answer, the same as the engine alone', async (format) => {
    const sql = "select toUInt32(number) as n, concat('铜', toString(number)) as t from numbers(200000)";
    const settings = { output_format_write_statistics: 0 };
    const answer = await ask(sql, { format, formatSettings: settings });
    const bytes = await bytesOf(answer);
    if (format === 'Null') return expect(bytes).toHaveLength(0);
    expect(answer.summary()).toMatchObject({ resultRows: 200_000, resultBytes: bytes.length });
    await checkWhole(engine(), bytes, format);
  });

  it('answers one row of a long question', async () => {
    const sql = `select ${Array.from({ length: 300 }, (_sum, at) => `${at} + 1`).join(', ')}`;
    const one = { limits: { ...LIMITS, resultRows: 1, resultBytes: 10_000 } };
    expect((await text(sql, one)).trim().split('\t')).toHaveLength(300);
  });

  it('gives the first rows of a longer answer, of each branch of a union, within the limit of all', async () => {
    const first = { limits: { ...LIMITS, firstRows: 3 } };
    const rows = async (sql: string, more: More = first) => (await text(sql, more)).trim().split('\n');
    expect(await rows('select id from guesting.reading order by id desc')).toHaveLength(3);
    expect(
      await rows('select number from numbers(100000) union all select number from numbers(100000)'),
    ).toHaveLength(6);
    expect(await rows('select number from numbers(2)')).toHaveLength(2);
    expect(await rows('select number from numbers(100) limit 2')).toHaveLength(2);
    // a limit inside is not touched
    expect(await rows('select count() from (select number from numbers(100) limit 50)')).toEqual(['50']);
  });

  it('takes settings of formats, and keeps none of them for the next', async () => {
    const sql = 'select toUInt64(7) as n';
    const quoted = { output_format_json_quote_64bit_integers: 1 };
    expect(await text(sql, { format: 'JSONEachRow', formatSettings: quoted })).toBe('{"n":"7"}\n');
    expect(await text(sql, { format: 'JSONEachRow' })).toBe('{"n":7}\n');
    await expect(ask(sql, { formatSettings: { max_threads: 8 } })).rejects.toMatchObject({
      code: 'GUEST_REFUSED',
    });
    const hostile = { format_csv_delimiter: "' , readonly = '0" };
    await expect(ask(sql, { formatSettings: hostile })).rejects.toMatchObject({ code: 'GUEST_REFUSED' });
  });

  it('keeps the numbers, names and types of an error, and nothing of our side', async () => {
    const wrong = ask('select nothing from guesting.reading where secret > 0');
    const error = await wrong.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'SQL_FAILED', values: { number: 47, name: 'UNKNOWN_IDENTIFIER' } });
    expect(String((error as { values: { reason: string } }).values.reason)).toMatch(/`nothing`$/);
    await expect(ask("select toUInt8('a secret text')")).rejects.toMatchObject({
      values: { number: 6, reason: 'CANNOT_PARSE_TEXT' },
    });
  });
}

/** Counts and sums the rows of an answer by reading it back with the engine, as a client would. */
async function checkWhole(engine: Analytics, bytes: Buffer, format: GuestFormat): Promise<void> {
  const text = bytes.toString();
  if (
    /^JSON(Strings|Compact|CompactStrings|Columns|ColumnsWithMetadata|CompactColumns|ObjectEachRow)?$/.test(
      format,
    )
  )
    return void JSON.parse(text);
  if (/^(Arrow|Parquet|Native|RowBinary)/.test(format)) return readBack(engine, bytes, format);
  if (format === 'XML') return expect(text).toMatch(/^<\?xml[\s\S]*<\/result>\n$/);
  const heads = text.split('\n').filter((line) => /^"?n"?[\t,]|^\| n|^\["n"/.test(line)).length;
  const named = /Names|Markdown/.test(format);
  expect([heads, text.includes('199999')]).toEqual([named ? 1 : 0, true]);
}

async function readBack(engine: Analytics, bytes: Buffer, format: GuestFormat): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ronghe-guest-'));
  const file = join(folder, 'answer');
  try {
    writeFileSync(file, bytes);
    const columns = /^RowBinary(WithNames)?$/.test(format) ? ", 'n UInt32, t String'" : '';
    const sums = await engine.query(
      `select sum(n) as total, count() as rows, uniqExact(t) as texts from file('${file}', ${format}${columns})`,
    );
    expect(sums).toEqual([{ total: '19999900000', rows: '200000', texts: '200000' }]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function refuses({ engine, ask }: Door): void {
  it.each(ATTACKS)('refuses %s', async (sql) => {
    const error = await ask(sql).then(
      async (answer) => `answered ${(await bytesOf(answer)).toString().slice(0, 200)}`,
      (caught: { code?: string }) => caught.code ?? String(caught),
    );
    expect(error).toBe('GUEST_REFUSED');
  });

  it('has changed nothing by all that', async () => {
    expect(await engine().query('select count() as n from guesting.reading')).toEqual([{ n: `${ROWS}` }]);
    expect(await engine().query('exists table guesting.other')).toEqual([{ result: 1 }]);
  });
}

function filters({ ask, text }: Door): void {
  it.each([
    ['a count', 'select count() from guesting.reading', '150000'],
    ['an alias', 'select count() from guesting.reading as x', '150000'],
    ['a subquery', 'select count() from (select * from guesting.reading)', '150000'],
    ['a WITH', 'with x as (select id from guesting.reading) select count() from x', '150000'],
    [
      'both sides of a join',
      'select count() from guesting.reading a join guesting.reading b on a.id = b.id',
      '150000',
    ],
    ['an IN', 'select count() from numbers(10) where number in (select id from guesting.reading)', '5'],
    ['a scalar', "select (select max(id) from guesting.reading where owner = 'b')", '0'],
    [
      'a union',
      'select id from guesting.reading where id = 1 union all select id from guesting.reading where id = 2',
      '2',
    ],
    ['a limit by the key', 'select id from guesting.reading where id in (1, 3, 4)', '4'],
    ['an extreme', 'select max(id) from guesting.reading', `${ROWS - 2}`],
    ['values of a column', 'select groupUniqArray(owner) from guesting.reading', "['a']"],
    ['a lambda', 'select arraySum(x -> x, groupArray(1)) from guesting.reading', '150000'],
    ['an exists', "select exists (select 1 from guesting.reading where owner = 'b')", '0'],
    [
      'a sample of a window',
      'select max(n) from (select row_number() over (order by id) as n from guesting.reading)',
      '150000',
    ],
  ])('shows only rows of the filter, whatever the way: %s', async (_way, sql, expected) => {
    expect((await text(sql)).trim()).toBe(expected);
  });

  it('never runs a condition of the question over rows that are not shown', async () => {
    expect(await text('select count() from guesting.reading where toUInt32(secret) < 10')).toBe('5\n');
    expect(await text('select max(name) from guesting.reading where toUInt32(secret) = 4 and id > 1')).toBe(
      '铜 4\n',
    );
    await expect(
      ask('select count() from guesting.reading where toUInt32(secret) < 10', { filters: {} }),
    ).rejects.toMatchObject({ code: 'SQL_FAILED', values: { number: 6 } });
  });

  it('keeps texts of a filter as they are', async () => {
    const condition = "name in ('铜 2', 'it\\'s', 'a\\\\b', '{x:String}', '\"')";
    expect(
      await text('select id from guesting.reading', { filters: { 'guesting.reading': condition } }),
    ).toBe('2\n');
  });
}

function limits({ engine, ask, text }: Door): void {
  const endless = 'select count() from numbers(1000000000000) where sipHash64(number) = 1';
  it.each([
    ['time', endless, { timeMs: 300 }, { code: 'QUERY_TIMEOUT' }],
    [
      'rows of the answer',
      'select number from numbers(100)',
      { resultRows: 10 },
      { code: 'RESULT_TOO_LARGE' },
    ],
    [
      'bytes of the answer',
      'select number from numbers(100000)',
      { resultBytes: 1000 },
      { code: 'RESULT_TOO_LARGE' },
    ],
    [
      'memory',
      'select uniqExact(number) from numbers(30000000)',
      { memoryBytes: 20_000_000 },
      { code: 'QUERY_TOO_HEAVY' },
    ],
    [
      'rows read',
      'select max(name) from guesting.reading',
      { readRows: 1000 },
      { code: 'SQL_FAILED', values: { number: 158 } },
    ],
  ])('keeps a question to its %s', async (_limit, sql, limit, expected) => {
    const asked = ask(sql, { limits: { ...LIMITS, ...limit } }).then(bytesOf);
    await expect(asked).rejects.toMatchObject(expected);
    expect(await text('select 1')).toBe('1\n');
  });

  it('stops a question when its asker goes away, and the engine with it', async () => {
    const going = new AbortController();
    const asked = ask(endless, { signal: going.signal });
    const running = () =>
      engine().query(
        `select 1 from system.processes where query like '%sipHash64%' and query not like '%processes%'`,
      );
    await expect.poll(running).toHaveLength(1);
    going.abort(new Error('gone'));
    await expect(asked).rejects.toThrow('gone');
    await expect.poll(running, { timeout: 5_000 }).toEqual([]);
  });

  it('ends whatever is given up, at any moment, and whatever fails', async () => {
    const rounds = Array.from({ length: 60 }, async (_round, at) => {
      const actor = `leaver ${at % 20}`;
      const signal = AbortSignal.timeout(1 + ((at * 7) % 40));
      await ask('select number, sipHash64(number) from numbers(100000000)', { actor, signal })
        .then(bytesOf, () => {})
        .catch(() => {});
      await ask('select nothing', { actor }).catch(() => {});
      await ask("select toUInt8('x')", { actor }).catch(() => {});
      return text('select 1', { actor });
    });
    expect(new Set(await Promise.all(rounds))).toEqual(new Set(['1\n']));
  }, 60_000);

  it('makes the engine wait for who does not take, in little memory, and goes on after who stops taking', async () => {
    const large = { limits: { ...LIMITS, resultRows: 1e9, resultBytes: 1e12 }, format: 'RowBinary' as const };
    const answer = await ask("select repeat('x', 1000) from numbers(300000)", large);
    const before = process.memoryUsage().rss;
    let bytes = 0;
    for await (const chunk of answer.chunks) {
      bytes += chunk.length;
      if (bytes > 100_000 && bytes < 200_000) await wait(300);
    }
    expect(bytes).toBe(300_000 * 1002);
    expect(process.memoryUsage().rss - before).toBeLessThan(engine().kind === 'embedded' ? 200e6 : 1e9);
    for (let round = 0; round < 8; round++) {
      const left = await ask("select repeat('x', 1000) from numbers(300000)", large);
      for await (const _chunk of left.chunks) break;
    }
    expect(await text('select 1')).toBe('1\n');
  });
}

function shares({ ask, text }: Door): void {
  it('gives everybody their own answer, however many ask at once and however slowly they take', async () => {
    const one = async (number: number) => {
      const answer = await ask(`select ${number} as n from numbers(3)`, { actor: `actor ${number % 60}` });
      if (number % 3 === 0) await wait(number % 7);
      return (await bytesOf(answer)).toString();
    };
    const numbers = Array.from({ length: 300 }, (_number, at) => at);
    const answers = await Promise.all(numbers.map(one));
    expect(answers).toEqual(numbers.map((number) => `${number}\n`.repeat(3)));
  }, 60_000);

  it('lets nobody wait behind all the questions of another', async () => {
    const order: string[] = [];
    const heavy = 'select count() from numbers(6000000) where sipHash64(number) = 1';
    const many = Array.from({ length: 30 }, async () => {
      await text(heavy, { actor: 'many' });
      order.push('many');
    });
    await wait(1);
    await text('select 1', { actor: 'one' });
    order.push('one');
    await Promise.all(many);
    expect(order.indexOf('one')).toBeLessThan(10);
  }, 60_000);

  it('refuses when too many of one actor wait', async () => {
    const all = await Promise.allSettled(
      Array.from({ length: 400 }, () => ask('select 1', { actor: 'crowd' }).then(bytesOf)),
    );
    const refused = all.filter((one) => one.status === 'rejected');
    expect(refused.length).toBeGreaterThan(100);
    expect(refused[0]).toMatchObject({ reason: { code: 'RATE_LIMITED' } });
    expect(all.filter((one) => one.status === 'fulfilled').length).toBeGreaterThanOrEqual(200);
  });
}
