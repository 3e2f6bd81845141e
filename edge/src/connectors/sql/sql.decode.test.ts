import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Sample } from '@ronghe/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { openZone } from '../../zone.ts';
import { SqlConfig, type SqlQuery } from './sql.config.ts';
import { type ColumnKind, decodeTime, decodeValue, hashOf, judge, type Raw, sampleOf } from './sql.decode.ts';
import { createPoints } from './sql.points.ts';
import { checkFrames, FrameError } from './sql.postgres-frames.ts';
import { createRowReader } from './sql.rows.ts';
import { bindText, type Dialect, SqlTextError } from './sql.text.ts';
import { instantOf, parseTime, toPosition, writePosition, writeTime } from './sql.time.ts';

const configOf = (query: object, more: object = {}) => ({
  name: 'mes',
  protocol: 'sql',
  endpoint: 'postgres://h/db',
  username: 'reader',
  ...more,
  queries: [query],
});
function queryOf(query: object): SqlQuery {
  const [first] = SqlConfig.parse(configOf(query)).queries;
  if (first === undefined) throw new Error('no query');
  return first;
}

// Each folder: config.yaml (a query), input.json (columns with their kinds, rows), expected.jsonl (key and sample).
const cases = new URL('./testcases/', import.meta.url);
for (const name of readdirSync(cases)) {
  test(`golden: ${name}`, async () => {
    const folder = new URL(`${name}/`, cases);
    const query = queryOf(parse(await readFile(new URL('config.yaml', folder), 'utf8')));
    const input: { columns: [string, ColumnKind][]; rows: Raw[][] } = JSON.parse(
      await readFile(new URL('input.json', folder), 'utf8'),
    );
    const zone = openZone(query.time?.zone ?? 'Asia/Shanghai');
    const reader = createRowReader({ query, zone, points: createPoints('mes') });
    reader.begin(
      input.columns.map(([column, kind]) => ({ name: column, kind })),
      0,
    );
    const lines = input.rows.flatMap((row) =>
      reader.read(row, 0).map(({ point, sample }) => JSON.stringify({ key: point.key, sample })),
    );
    lines.push(JSON.stringify({ skipped: reader.skipped }));
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(new URL('expected.jsonl', folder).pathname);
  });
}

const KINDS: ColumnKind[] = [
  'integer',
  'decimal',
  'float32',
  'float64',
  'boolean',
  'bits',
  'bytes',
  'wall-time',
  'instant',
  'text',
];
const anyRaw = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom(...'0123456789.eE+-') }),
  fc.double(),
  fc.bigInt(),
  fc.boolean(),
  fc.constant(null),
  fc.uint8Array({ maxLength: 20 }),
);

test('whatever comes becomes a sample that the platform takes', () => {
  fc.assert(
    fc.property(
      anyRaw,
      fc.constantFrom(...KINDS),
      fc.constantFrom('number', 'boolean', 'text'),
      fc.boolean(),
      anyRaw,
      (raw, kind, type, fromText, code) => {
        const decoded = decodeValue(raw, kind, { type, fromText });
        const rule = { column: 'q', good: ['192'], uncertain: ['64'], otherwise: 'bad' as const };
        const sample = sampleOf({ ms: 1, clear: true }, decoded, judge(code, rule));
        expect(() => Sample.parse(sample)).not.toThrow();
        if (sample[1] !== null) expect(typeof sample[1] === 'string' ? 'text' : typeof sample[1]).toBe(type);
        else expect(sample[2]).toBe('bad');
      },
    ),
    { numRuns: 2_000 },
  );
});

test('a good number is the number that was written', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 25 });
  fc.assert(
    fc.property(fc.boolean(), digits, digits, (negative, whole, fraction) => {
      const text = `${negative ? '-' : ''}${whole}.${fraction}`;
      const { value, quality } = decodeValue(text, 'decimal', { type: 'number', fromText: false });
      const plain = (written: string) => toPosition(`${written}`);
      // Within nine decimals both can be compared without any loss.
      if (quality === 'good' && fraction.replace(/0+$/, '').length <= 9 && whole.length < 20)
        expect(plain(String(value))).toBe(plain(text));
      expect(quality === 'bad').toBe(false);
    }),
    { numRuns: 2_000 },
  );
});

test('any double comes back from its own text', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const decoded = decodeValue(String(value), 'decimal', { type: 'number', fromText: false });
      expect([decoded.value === value, decoded.quality]).toEqual([true, 'good']);
    }),
  );
});

test('a very long number is no burden', () => {
  const beginMs = performance.now();
  decodeValue(`1${'0'.repeat(1_000_000)}1`, 'text', { type: 'number', fromText: true });
  decodeValue(`0.${'0'.repeat(1_000_000)}1`, 'decimal', { type: 'number', fromText: false });
  decodeValue('9'.repeat(1_000_000), 'decimal', { type: 'number', fromText: false });
  expect(performance.now() - beginMs).toBeLessThan(1_000);
});

const someMs = fc.integer({ min: -60_000_000_000_000, max: 250_000_000_000_000 });

test('an instant comes back from any wall clock, except where it showed the same twice', () => {
  const zones = ['Asia/Shanghai', 'UTC', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'].map(
    openZone,
  );
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 4_000_000_000_000 }), (zone, ms) => {
      const wallUs = (ms + zone.offsetMs(ms)) * 1_000;
      const back = instantOf(zone, wallUs);
      if (back.clear) expect(back.us).toBe(ms * 1_000);
      else expect(Math.abs(back.us / 1_000 - ms)).toBeLessThanOrEqual(3_600_000);
    }),
    { numRuns: 2_000 },
  );
});

test('the zone of the process plays no part', () => {
  const before = process.env.TZ;
  try {
    const times = ['America/New_York', 'Asia/Tokyo'].map((name) => {
      process.env.TZ = name;
      return decodeTime('2026-03-08 02:30:00', 'timestamp', openZone('Asia/Shanghai'))?.ms;
    });
    expect(times).toEqual([Date.parse('2026-03-08T02:30:00+08:00'), Date.parse('2026-03-08T02:30:00+08:00')]);
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
});

test('times and numbers are read as they were written, and anything may be tried', () => {
  fc.assert(
    fc.property(someMs, fc.nat({ max: 999 }), (ms, us) => {
      const wallUs = ms * 1_000 + us;
      expect(parseTime(writeTime(wallUs))).toEqual({ wallUs, offsetSeconds: null });
      expect(parseTime(`${writeTime(wallUs)}-03:30`)).toEqual({ wallUs, offsetSeconds: -12_600 });
    }),
  );
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), (position) => {
      expect(toPosition(writePosition(position))).toBe(position);
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      parseTime(text);
      toPosition(text);
      decodeTime(text, 'seconds', openZone('UTC'));
    }),
  );
});

test('rows have the same name only when they are the same', () => {
  fc.assert(
    fc.property(fc.array(anyRaw, { maxLength: 4 }), fc.array(anyRaw, { maxLength: 4 }), (one, other) => {
      const same =
        one.length === other.length &&
        one.every((value, index) => {
          const against = other[index] ?? null;
          if (value instanceof Uint8Array || against instanceof Uint8Array)
            return (
              value instanceof Uint8Array &&
              against instanceof Uint8Array &&
              Buffer.compare(value, against) === 0
            );
          return typeof value === typeof against && String(value) === String(against);
        });
      expect(hashOf(one) === hashOf(other)).toBe(same);
    }),
  );
  expect(hashOf(['ab', 'c'])).not.toBe(hashOf(['a', 'bc']));
  expect(hashOf([null])).not.toBe(hashOf(['']));
});

const taken: [Dialect, string, string][] = [
  ['postgres', 'select a from t where a >= :watermark', 'select a from t where a >= $1'],
  [
    'postgres',
    "select ':watermark', a::time from t where a >= :watermark::timestamptz",
    "select ':watermark', a::time from t where a >= $1::timestamptz",
  ],
  [
    'postgres',
    'select $tag$ ; :watermark $tag$, "a;b" from t',
    'select $tag$ ; :watermark $tag$, "a;b" from t',
  ],
  ['postgres', "select E'\\';', '\\' from t -- ; insert", "select E'\\';', '\\' from t -- ; insert"],
  ['postgres', '/* a /* nested ; */ b */ select 1', '/* a /* nested ; */ b */ select 1'],
  [
    'postgres',
    'with q as (select 1) select * from q where :watermark <= x and y ? z',
    'with q as (select 1) select * from q where $1 <= x and y ? z',
  ],
  [
    'mysql',
    "select `a;b`, 'it\\'s; ?' from t where a >= :watermark or b >= :watermark",
    "select `a;b`, 'it\\'s; ?' from t where a >= ? or b >= ?",
  ],
  ['mysql', 'select 1 # ; :watermark ?\n from t', 'select 1 # ; :watermark ?\n from t'],
  ['mysql', '(select a from t) union (select b from u)', '(select a from t) union (select b from u)'],
];
for (const [dialect, sql, text] of taken)
  test(`${dialect} takes ${sql}`, () => {
    expect(bindText(sql, dialect).text).toBe(text);
  });

const orders: [string, boolean][] = [
  ['select * from t order by at', true],
  ['select * from t order by t.at asc, id limit 5', true],
  ['select * from t order by "at" nulls last -- desc', true],
  ['with q as (select 1 order by x) select * from q ORDER BY AT', true],
  ['select * from t', false],
  ['select * from t order by at desc', false],
  ['select * from t order by id, at', false],
  ['select * from t order by at::date', false],
  ['select * from t order by date(at)', false],
  ['select * from (select * from t order by at) q', false],
  ["select 'order by at' from t", false],
  ['select row_number() over (partition by a order by at) from t', false],
];
for (const [sql, ordered] of orders)
  test(`${ordered ? 'ordered' : 'not ordered'}: ${sql}`, () => {
    expect(bindText(sql, 'postgres').isOrderedBy('at')).toBe(ordered);
  });

const refused: [Dialect, string, RegExp][] = [
  ['postgres', 'delete from t', /DELETE has no place/],
  ['postgres', 'with x as (delete from t returning *) select * from x', /DELETE has no place/],
  ['postgres', 'select 1; drop table t', /semicolon/],
  ['postgres', 'select * into u from t', /INTO has no place/],
  ['postgres', 'select * from t for update', /UPDATE has no place/],
  ['postgres', 'select * from t for share', /SHARE has no place/],
  ['postgres', 'select $1', /only parameter/],
  ['postgres', 'explain select 1', /begins with SELECT or WITH/],
  ['postgres', '', /begins with SELECT or WITH/],
  ['postgres', "select 'open", /not closed/],
  ['postgres', 'select $$ open', /not closed/],
  ['postgres', 'select /* open', /not closed/],
  ['postgres', 'select a from t where a > :watermark', />= :watermark/],
  ['postgres', 'select a from t where :watermark < a', />= :watermark/],
  ['mysql', "select 1 into outfile '/tmp/x'", /INTO has no place/],
  ['mysql', 'select /*! 1 into @x */ 2', /are code/],
  ['mysql', 'select /*M!100100 1 */ 2', /are code/],
  ['mysql', 'select ?', /only parameter/],
  ['mysql', 'select 1 lock in share mode', /LOCK has no place/],
];
for (const [dialect, sql, message] of refused)
  test(`${dialect} refuses ${sql === '' ? 'nothing' : sql}`, () => {
    expect(() => bindText(sql, dialect)).toThrow(message);
  });

test('any text is taken or refused, and what is taken is changed at placeholders only', () => {
  const piece = fc.constantFrom(
    'select ',
    'with ',
    "'",
    '"',
    '`',
    '$',
    '$$',
    '$a$',
    ':watermark',
    ':',
    ';',
    '--',
    '\n',
    '/*',
    '*/',
    '#',
    '\\',
    '?',
    '>=',
    '>',
    'E',
    ' x ',
    '1',
  );
  fc.assert(
    fc.property(
      fc.constantFrom<Dialect>('postgres', 'mysql'),
      fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 30 }),
      (dialect, parts) => {
        const sql = `select ${parts.join('')}`;
        try {
          const { text, parameters } = bindText(sql, dialect);
          const sign = dialect === 'postgres' ? '$1' : '?';
          expect(text.length).toBe(sql.length - parameters * (':watermark'.length - sign.length));
        } catch (error) {
          expect(error).toBeInstanceOf(SqlTextError);
        }
      },
    ),
    { numRuns: 5_000 },
  );
});

/** Messages of PostgreSQL as the manual (55.7) describes them. */
const message = (type: string, ...body: (string | number[])[]): Buffer => {
  const bytes = Buffer.concat(
    body.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : Buffer.from(part))),
  );
  const head = Buffer.alloc(5, type);
  head.writeInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
};
const HONEST = [
  message('R', [0, 0, 0, 10], 'SCRAM-SHA-256', [0]),
  message('R', [0, 0, 0, 0]),
  message('S', 'TimeZone', 'Asia/Shanghai'),
  message('K', [0, 0, 0, 1, 0, 0, 0, 2]),
  message('Z', [0x49]),
  message(
    'T',
    [0, 2],
    'at',
    Array.from({ length: 18 }, () => 0),
    '值',
    Array.from({ length: 18 }, () => 1),
  ),
  message('D', [0, 1, 0, 0, 0, 1, 65]),
  message('C', 'FETCH 1'),
  message('E', [0x53], 'ERROR', [0x43], '42703', [0]),
  message('1'),
];

test('honest messages pass in any pieces, and chance meets nothing but a named error', () => {
  const all = Buffer.concat(HONEST);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: all.length }), { maxLength: 20 }), (cuts) => {
      const check = checkFrames();
      const places = [0, ...cuts.sort((left, right) => left - right), all.length];
      for (let index = 1; index < places.length; index += 1)
        check(all.subarray(places[index - 1], places[index]));
    }),
  );
  fc.assert(
    fc.property(
      fc.nat({ max: all.length - 1 }),
      fc.uint8Array({ minLength: 1, maxLength: 8 }),
      (at, bytes) => {
        const changed = Buffer.from(all);
        changed.set(bytes.subarray(0, changed.length - at), at);
        try {
          checkFrames()(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

const endless: [string, Buffer][] = [
  ['an error', message('E', [0x53, 65, 66])],
  ['a parameter', message('S', [65, 66])],
  ['a column', message('T', [0, 1, 65, 66])],
  ['a completed command', message('C', [65])],
  ['a list of mechanisms', message('R', [0, 0, 0, 10, 65, 0, 66])],
];
for (const [title, bytes] of endless)
  test(`${title} without an end is refused`, () => {
    expect(() => checkFrames()(bytes)).toThrow(FrameError);
  });

const good = { name: 'q', sql: 'select a from t', points: [{ key: 'a', column: 'a' }] };
const faults: [string, object, object, RegExp][] = [
  ['credentials in the endpoint', good, { endpoint: 'postgres://u:p@h/db' }, /without user and password/],
  ['two passwords', good, { password: 'a', passwordFile: '/b' }, /not both/],
  ['a CA without check', good, { caFile: '/ca.pem' }, /tls: verify only/],
  ['an unknown zone', good, { timeZone: 'Asia/Nanchang' }, /IANA/],
  ['no shape', { name: 'q', sql: 'select 1' }, {}, /either points .* or long/],
  [
    'a watermark that is not asked for',
    { ...good, watermark: { column: 'a', type: 'time' } },
    {},
    />= :watermark/,
  ],
  [
    'a placeholder without watermark',
    { ...good, sql: 'select a from t where a >= :watermark' },
    {},
    /needs the key watermark/,
  ],
  [
    'a start without offset',
    {
      ...good,
      sql: 'select a from t where a >= :watermark',
      watermark: { column: 'a', type: 'time', start: '2026-01-01T00:00:00' },
    },
    {},
    /with its offset/,
  ],
  ['keyColumns that no key uses', { ...good, keyColumns: ['m'] }, {}, /in braces/],
  [
    'braces that are no column',
    { ...good, points: [{ key: '{m}.a', column: 'a' }] },
    {},
    /not one of keyColumns/,
  ],
];
for (const [title, query, more, message] of faults)
  test(`${title} is refused`, () => {
    expect(() => SqlConfig.parse(configOf(query, more))).toThrow(message);
  });
