import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Columns } from '../journal/columns.ts';
import { keyOf } from './line-points.ts';
import { type Precision, parseLine, parseLines } from './line-protocol.ts';
import { createLineScanner } from './line-scanner.ts';
import { createSeriesTable, type SeriesTable, textOf } from './series-table.ts';
import { createSeriesTables } from './series-tables.ts';

const RUNS = Number(process.env.RONGHE_FUZZ_RUNS ?? 3_000);
/** How long one property may take, with however many inputs. */
const TIMEOUT_MS = 30_000 + RUNS * 10;
const FAR = Number.MAX_SAFE_INTEGER;
const bytesOf = (text: string) => Buffer.from(text, 'utf8');

/** The points of a table, by the keys that the whole grammar gives them. */
function tableOf(texts: readonly string[]): { table: SeriesTable; points: Map<string, number> } {
  const table = createSeriesTable(1_000);
  const points = new Map<string, number>();
  for (const text of texts) {
    const line = parseLine(text, 'ns');
    if ('reason' in line || text.includes('\\')) continue;
    const fields = line.fields.flatMap(([name, value]) => {
      if (typeof value !== 'number') return [];
      const key = keyOf(line, name);
      const point = points.get(key) ?? points.size + 1;
      points.set(key, point);
      return [{ name: textOf(bytesOf(name)), point }];
    });
    const series = textOf(bytesOf(text.slice(0, text.indexOf(' '))));
    if (fields.length > 0)
      table.learn(
        series,
        fields.map(({ name }) => name),
        fields.map(({ point }) => point),
      );
  }
  return { table, points };
}

type Read = { values: [point: number, timeUs: number, value: number][]; rest: string[] };
function scan(text: string, table: SeriesTable, precision: Precision = 'ns', timeUsMax = FAR): Read {
  const body = bytesOf(text);
  const { columns, rest } = createLineScanner().scan(body, table, { precision, timeUsMax });
  return {
    values: [...rowsOf(columns)],
    rest: rest.map(({ start, end }) => body.toString('utf8', start, end)),
  };
}

function* rowsOf({ runs, series, count, time, value }: Columns): Generator<Read['values'][number]> {
  let row = 0;
  for (let run = 0; run < runs; run += 1)
    for (let place = 0; place < (count[run] as number); place += 1) {
      yield [(series[run] as number) + place, time[run] as number, value[row] as number];
      row += 1;
    }
}

describe('the fast reader of lines', () => {
  const { table } = tableOf(['cpu,host=a user=1,system=2 1', 'cpu,host=b user=1 1', '温度,设备=炉 值=1 1']);

  it('reads known series and leaves everything else', () => {
    const text = [
      'cpu,host=a user=1.5,system=-2i 1700000000000000123',
      '# a remark',
      '',
      'cpu,host=b user=.5 1700000000000000000',
      'cpu,host=c user=1 1700000000000000000',
      'cpu,host=a user=1,nice=2 1700000000000000000',
      '温度,设备=炉 值=0.001 1700000000000000000\r',
      'cpu,host=a user=7 1700000000000000999',
    ].join('\n');
    expect(scan(text, table)).toEqual({
      values: [
        [1, 1700000000000000, 1.5],
        [2, 1700000000000000, -2],
        [4, 1700000000000000, 0.001],
        [1, 1700000000000000, 7],
      ],
      rest: [
        'cpu,host=b user=.5 1700000000000000000',
        'cpu,host=c user=1 1700000000000000000',
        'cpu,host=a user=1,nice=2 1700000000000000000',
      ],
    });
  });

  it.each([
    'cpu,host=a user=1e5 1',
    'cpu,host=a user=1u 1',
    'cpu,host=a user=0x1 1',
    'cpu,host=a user=1.5i 1',
    'cpu,host=a user="1" 1',
    'cpu,host=a user=t 1',
    'cpu,host=a user= 1',
    'cpu,host=a user=- 1',
    'cpu,host=a user=1234567890123456 1',
    'cpu,host=a user=1',
    'cpu,host=a user=1 ',
    'cpu,host=a user=1 -5',
    'cpu,host=a user=1 12345678901234567890',
    'cpu,host=a user=1 1 1',
    'cpu,host=a user=1,system=2,',
    'cpu,host=a  user=1 1',
    'cpu,host=a',
    'cpu,host=a ',
    'cpu\\,host=a user=1 1',
  ])('leaves %j to the reader of the whole grammar', (line) => {
    const read = scan(`${line}\ncpu,host=a user=3 5000\n`, table);
    expect(read).toEqual({ values: [[1, 5, 3]], rest: [line] });
  });

  it.each([
    ['ns', 7],
    ['us', 7_999],
    ['ms', 7_999_000],
    ['s', 7_999_000_000],
    ['m', 479_940_000_000],
    ['h', 28_796_400_000_000],
  ] as const)('knows times in %s', (precision, timeUs) => {
    expect(scan('cpu,host=a user=1 7999', table, precision).values).toEqual([[1, timeUs, 1]]);
  });

  it('leaves a time beyond the limit, which the intake refuses by name', () => {
    expect(scan('cpu,host=a user=1 9000', table, 'us', 8_999).rest).toHaveLength(1);
    expect(scan('cpu,host=a user=1 8999', table, 'us', 8_999).values).toHaveLength(1);
  });

  it('keeps reading when a request has more values than it had room for', () => {
    const text = Array.from({ length: 50_000 }, (_, row) => `cpu,host=a user=${row},system=1 ${row}000`).join(
      '\n',
    );
    const { values, rest } = scan(text, table);
    expect(values).toHaveLength(100_000);
    expect(rest).toEqual([]);
    expect(values.at(-2)).toEqual([1, 49_999, 49_999]);
  });

  it('reads every request as the whole grammar does', { timeout: TIMEOUT_MS }, () => {
    const name = fc.constantFrom('cpu', 'm e', 'a,b', '温度', 'x');
    const word = fc.constantFrom('a', 'b', 'host', '值', 'user', 'x y', 'e=q');
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc
        .float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 })
        .map((value) => value.toFixed(3)),
      fc.maxSafeInteger().map((value) => `${value}i`),
      fc.constantFrom(
        '1.',
        '.5',
        '-0',
        '00012',
        '1e3',
        't',
        '"text"',
        '12i',
        '-7i',
        '3u',
        '',
        'abc',
        '1.2.3',
      ),
    );
    const escaped = (text: string) => text.replace(/[,= ]/g, '\\$&');
    const line = fc
      .tuple(
        name,
        fc.dictionary(word, word, { maxKeys: 2, noNullPrototype: true }),
        fc.dictionary(word, number, { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
        fc.oneof(fc.nat(2_000_000_000).map(String), fc.constantFrom('', '1700000000000000000', '-1', 'x')),
        fc.constantFrom('', '\r', ' '),
      )
      .map(([measurement, tags, fields, time, end]) => {
        const pairs = (values: Record<string, string>) =>
          Object.entries(values).map(([key, value]) => `${escaped(key)}=${value}`);
        const series = [
          escaped(measurement),
          ...pairs(Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, escaped(value)]))),
        ];
        return `${series.join(',')} ${pairs(fields).join(',')}${time ? ` ${time}` : ''}${end}`;
      });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.boolean(), (lines, warm) => {
        const text = lines.join('\n');
        const { table: known, points } = tableOf(warm ? lines.map((each) => each.trim()) : []);
        const read = scan(text, known);
        const whole = parseLines(text, 'ns');
        const left = parseLines(read.rest.join('\n'), 'ns');
        const flat = (from: typeof whole) =>
          from.lines.flatMap((each) =>
            each.fields.map(([field, value]) => `${keyOf(each, field)} ${each.timeUs} ${String(value)}`),
          );
        const names = new Map([...points].map(([key, point]) => [point, key]));
        const fast = read.values.map(
          ([point, timeUs, value]) => `${names.get(point)} ${timeUs} ${String(value)}`,
        );
        expect([...fast, ...flat(left)].sort()).toEqual(flat(whole).sort());
        expect(left.faults.map(({ text: shown, reason }) => [shown, reason])).toEqual(
          whole.faults.map(({ text: shown, reason }) => [shown, reason]),
        );
      }),
      { numRuns: RUNS },
    );
  });

  it('never loses a line and never breaks, whatever bytes come', { timeout: TIMEOUT_MS }, () => {
    const soup = fc.array(
      fc.constantFrom(
        'cpu,host=a user=',
        'cpu',
        ',',
        '=',
        ' ',
        '\n',
        '\\',
        '"',
        '1',
        '.',
        '-',
        'i',
        '#',
        '\r',
        '\uFEFF',
        '\0',
        '1700000000000000000',
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(soup, (parts) => {
        const text = parts.join('');
        const read = scan(text, table);
        const told = parseLines(text, 'ns');
        const left = parseLines(read.rest.join('\n'), 'ns');
        const count = (from: typeof told) => from.lines.reduce((sum, { fields }) => sum + fields.length, 0);
        expect(read.values.length + count(left)).toBe(count(told));
        expect(left.faults.length).toBe(told.faults.length);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('the table of series', () => {
  it('finds each of many, and none that it was not told', () => {
    const known = createSeriesTable(10_000);
    const keys = Array.from({ length: 5_000 }, (_, index) => `m,host=h${index}`);
    for (const [index, key] of keys.entries())
      known.learn(textOf(bytesOf(key)), [textOf(bytesOf('v'))], [index + 1]);
    expect(known.size()).toBe(5_000);
    const text = keys.map((key) => `${key} v=1 1000`).join('\n');
    expect(scan(text, known).values.map(([point]) => point)).toEqual(keys.map((_, index) => index + 1));
    expect(scan('m,host=h5000 v=1 1000', known).rest).toHaveLength(1);
  });

  it('is emptied when it is full, and learns again', () => {
    const known = createSeriesTable(2);
    for (const key of ['a', 'b', 'c']) known.learn(textOf(bytesOf(key)), [textOf(bytesOf('v'))], [1]);
    expect(known.size()).toBe(1);
    expect(scan('c v=1 1000', known).values).toHaveLength(1);
    expect(scan('a v=1 1000', known).rest).toHaveLength(1);
  });

  it('adds fields of a series that it knows', () => {
    const known = createSeriesTable(10);
    known.learn(textOf(bytesOf('a')), [textOf(bytesOf('v'))], [1]);
    known.learn(textOf(bytesOf('a')), [textOf(bytesOf('v')), textOf(bytesOf('w'))], [1, 2]);
    expect(scan('a w=2,v=1 1000', known).values).toEqual([
      [2, 1, 2],
      [1, 1, 1],
    ]);
  });
});

describe('the tables of all organisations', () => {
  it('keep to one limit, and who was silent longest is forgotten first', () => {
    const tables = createSeriesTables({ seriesMax: 4, organisationsMax: 3 });
    const learn = (organisation: string, ...keys: string[]) => {
      for (const key of keys)
        tables.of(organisation).learn(textOf(bytesOf(key)), [textOf(bytesOf('v'))], [1]);
      tables.forget();
    };
    const sizes = () => ['jx.a', 'jx.b', 'jx.c'].map((organisation) => tables.of(organisation).size());
    learn('jx.a', 'one');
    learn('jx.b', 'one', 'two');
    learn('jx.a', 'two');
    expect(sizes()).toEqual([2, 2, 0]);
    tables.of('jx.a');
    learn('jx.c', 'one');
    expect(sizes()).toEqual([2, 0, 1]);
    learn('jx.d', 'one');
    learn('jx.e', 'one');
    expect(sizes()).toEqual([0, 0, 1]);
  });
});
