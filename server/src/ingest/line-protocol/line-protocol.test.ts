import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyOf } from './line-points.ts';
import { formatLine, type Line, parseLine, parseLines } from './line-protocol.ts';

describe('a line of the line protocol', () => {
  const good: [string, string, object][] = [
    ['a plain line', 'm v=1', { measurement: 'm', tags: [], fields: [['v', 1]], timeUs: null }],
    [
      'tags sorted by key',
      'm,b=2,a=1 v=1 1000',
      {
        tags: [
          ['a', '1'],
          ['b', '2'],
        ],
        timeUs: 1,
      },
    ],
    [
      'several fields',
      'm a=1,b=t,c="x"',
      {
        fields: [
          ['a', 1],
          ['b', true],
          ['c', 'x'],
        ],
      },
    ],
    [
      'integers',
      'm a=12i,b=-3i,c=7u',
      {
        fields: [
          ['a', 12],
          ['b', -3],
          ['c', 7],
        ],
      },
    ],
    [
      'exponents and signs',
      'm a=1.5e3,b=-2E-2,c=+4,d=.5,e=5.',
      {
        fields: [
          ['a', 1500],
          ['b', -0.02],
          ['c', 4],
          ['d', 0.5],
          ['e', 5],
        ],
      },
    ],
    [
      'every spelling of a boolean',
      'm a=t,b=T,c=true,d=True,e=TRUE,f=f,g=F,h=false,i=False,j=FALSE',
      {
        fields: [...'abcde'].map((key) => [key, true]).concat([...'fghij'].map((key) => [key, false])),
      },
    ],
    [
      'escaped separators',
      'a\\,b\\ c,t\\=\\,\\ =v\\=\\,\\  f\\=\\,\\ =1',
      {
        measurement: 'a,b c',
        tags: [['t=, ', 'v=, ']],
        fields: [['f=, ', 1]],
      },
    ],
    ['an equals sign in the measurement', 'a=b v=1', { measurement: 'a=b' }],
    ['a lone backslash', 'C:\\dir,p=x\\y v=1', { measurement: 'C:\\dir', tags: [['p', 'x\\y']] }],
    [
      'quotes and separators in a text',
      'm v="a \\"b\\", c=d \\\\ e"',
      { fields: [['v', 'a "b", c=d \\ e']] },
    ],
    ['an empty text', 'm v=""', { fields: [['v', '']] }],
    [
      'Chinese everywhere',
      '炉温,车间=一号 温度=1 1000',
      {
        measurement: '炉温',
        tags: [['车间', '一号']],
        fields: [['温度', 1]],
      },
    ],
    ['several spaces between the parts', 'm  v=1   2000', { timeUs: 2 }],
    ['nanoseconds cut to microseconds', 'm v=1 1556813561098123456', { timeUs: 1_556_813_561_098_123 }],
  ];
  it.each(good)('is read with %s', (_name, line, expected) => {
    expect(parseLine(line, 'ns')).toMatchObject(expected);
  });

  // The words are those of InfluxDB 1.6.7 where that was asked.
  const bad: [string, string][] = [
    ['m v=abc', 'invalid boolean'],
    ['m bad', 'invalid field format'],
    ['m, v=1', 'missing tag key'],
    ['m,a= v=1', 'missing tag value'],
    ['m,a v=1', 'missing tag value'],
    ['m,a=1=2 v=1', 'invalid tag format'],
    ['m,a=1,a=2 v=1', 'duplicate tags'],
    ['m v="x', 'unbalanced quotes'],
    ['m v="x"y', 'invalid field format'],
    ['m v=1 abc', 'bad timestamp'],
    ['m v=1 1.5', 'bad timestamp'],
    ['m v=1 12345678901234567890', 'bad timestamp: value out of range'],
    ['m v=NaN', 'invalid number'],
    ['m v=Inf', 'invalid number'],
    ['m v=-inf', 'invalid number'],
    ['m v=1e999', 'invalid number'],
    ['m v=1x', 'invalid number'],
    ['m v=1.5i', 'invalid number'],
    ['m v=-1u', 'invalid number'],
    ['m v=9223372036854775808i', 'unable to parse integer: value out of range'],
    ['m', 'missing fields'],
    ['m,a=1', 'missing fields'],
    ['m v=', 'missing field value'],
    ['m =1', 'missing field key'],
    ['m v=1,', 'invalid field format'],
    [',a=1 v=1', 'missing measurement'],
  ];
  it.each(bad)('that says %j is refused: %s', (line, reason) => {
    expect(parseLine(line, 'ns')).toEqual({ reason });
  });

  const precisions = [
    ['ns', 1_700_000_000_123_456_789n, 1_700_000_000_123_456],
    ['us', 1_700_000_000_123_456n, 1_700_000_000_123_456],
    ['ms', 1_700_000_000_123n, 1_700_000_000_123_000],
    ['s', 1_700_000_000n, 1_700_000_000_000_000],
  ] as const;
  it.each(precisions)('has its time in %s', (precision, time, timeUs) => {
    expect(parseLine(`m v=1 ${time}`, precision)).toMatchObject({ timeUs });
  });
});

describe('a request of lines', () => {
  it('skips comments and blank lines, and takes CRLF and a byte order mark', () => {
    const { lines, faults } = parseLines('\uFEFFm v=1\r\n\r\n# nothing\n   \nm v=2\n', 'ns');
    expect(lines.map(({ number, fields }) => [number, fields[0]?.[1]])).toEqual([
      [1, 1],
      [5, 2],
    ]);
    expect(faults).toEqual([]);
  });

  it('keeps the good lines beside a bad one and says which one is bad', () => {
    const { lines, faults } = parseLines('m v=1\nm bad\nm v=2', 'ns');
    expect(lines).toHaveLength(2);
    expect(faults).toEqual([{ number: 2, text: 'm bad', reason: 'invalid field format' }]);
  });
});

/** Names the protocol can carry: it has no escape for a backslash, so none before a separator or at an end. */
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter(
    (text) =>
      !/[\n\r\\]/.test(text) && text.trim() === text && !text.startsWith('#') && !text.startsWith('\uFEFF'),
  );
const value = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
  fc.boolean(),
  fc.string({ unit: 'grapheme' }).filter((text) => !/[\n\r]/.test(text)),
);
const line: fc.Arbitrary<Omit<Line, 'number'>> = fc.record({
  measurement: name,
  tags: fc
    .uniqueArray(fc.tuple(name, name), { selector: ([key]) => key, maxLength: 4 })
    .map((tags) => tags.sort(([a], [b]) => (a < b ? -1 : 1))),
  fields: fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 4 }),
  timeUs: fc.option(fc.integer({ min: 0, max: 4_000_000_000_000_000 })),
});

describe('for every line', () => {
  it('what is written is read back the same', () => {
    fc.assert(
      fc.property(line, (original) => {
        expect(parseLine(formatLine(original), 'ns')).toEqual(original);
      }),
      { numRuns: 500 },
    );
  });

  it('arbitrary text never breaks the reader', () => {
    const alphabet = fc.constantFrom('m', ',', '=', ' ', '\\', '"', '1', 'i', 't', '\n', '#', '-', '炉');
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 40 }), (parts) => {
        const { lines, faults } = parseLines(parts.join(''), 'ns');
        for (const { fields } of lines) expect(fields.length).toBeGreaterThan(0);
        for (const { reason } of faults) expect(reason).not.toBe('');
      }),
      { numRuns: 2_000 },
    );
  });

  it('two fields of two series share a key only when they are the same', () => {
    const part = fc.constantFrom('a', 'b', '.', ',', '=', '%', 'a.b', '_x', '0', '%_', '"', '0"', '%22');
    const series = fc.record({
      measurement: part,
      tags: fc
        .uniqueArray(fc.tuple(part, part), { selector: ([key]) => key, maxLength: 2 })
        .map((tags) => tags.sort()),
      field: part,
    });
    fc.assert(
      fc.property(series, series, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(keyOf(a, a.field) === keyOf(b, b.field)).toBe(same);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('the key of a point', () => {
  it.each([
    ['cpu,host=a usage_idle=1', 'cpu,host=a.usage_idle'],
    ['炉温,车间=一号 温度=1', '炉温,车间=一号.温度'],
    ['m a.b=1', 'm.a%2Eb'],
    ['_internal v=1', '0%__internal.v'],
    ['disk,path=/var/lib,dev=C:\\x v=1', 'disk,dev=C:%5Cx,path=/var/lib.v'],
  ])('of %j is %j', (text, key) => {
    const parsed = parseLine(text, 'ns');
    if ('reason' in parsed) throw new Error(parsed.reason);
    expect(keyOf({ ...parsed }, parsed.fields[0]?.[0] ?? '')).toBe(key);
  });

  it('stays within 256 characters and different for long names', () => {
    const long = (end: string) => keyOf({ measurement: `m${'x'.repeat(400)}${end}`, tags: [] }, 'v');
    expect(long('a').length).toBeLessThanOrEqual(256);
    expect(long('a')).not.toBe(long('b'));
  });
});
