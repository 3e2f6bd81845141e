import { readdirSync } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { FileConfig } from './file.config.ts';
import { createMapper } from './file.decode.ts';
import { compileNamePattern, fillTemplate } from './file.names.ts';
import { openTable } from './file.open.ts';
import { type Reject, type Table, UnreadableFile } from './file.rows.ts';
import { showsDate } from './file.sheet.ts';
import {
  createLineSplitter,
  createRecordReader,
  createUtf8Check,
  sniffDelimiter,
  wholeCharacters,
} from './file.text.ts';
import { compileTimeFormat, createTimeReader } from './file.time.ts';
import { createXmlReader } from './file.xml.ts';
import { parseDirectory } from './file.zip.ts';

const configOf = (part: object): FileConfig =>
  FileConfig.parse({ name: 'a', protocol: 'file', endpoint: 'file:///in', ...part });

/** Opens a file as the connector does and turns all its rows into lines of text. */
async function linesOf(path: string, config: FileConfig): Promise<string[]> {
  const name = path.split('/').at(-1) ?? '';
  const handle = await open(path, 'r');
  try {
    const bytes = await readFile(path);
    const utf8 = createUtf8Check();
    utf8.add(bytes);
    const file = {
      name,
      path,
      parts: compileNamePattern(config.pattern)?.match(name) ?? {},
      size: (await stat(path)).size,
      modifiedMs: 0,
      inode: '1',
    };
    const table = await openTable(config, { ...file, handle, utf8: utf8.valid() });
    return await tableLines(table, config, file);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    return [JSON.stringify({ unreadable: error.message })];
  } finally {
    await handle.close();
  }
}

async function tableLines(
  table: Table,
  config: FileConfig,
  file: { name: string; parts: Record<string, string>; modifiedMs: number },
): Promise<string[]> {
  const mapper = createMapper(config, table.header, file);
  const lines = mapper.missing.map((source) => JSON.stringify({ missing: source.key }));
  const reject = (each: Reject) => lines.push(JSON.stringify({ line: each.line, rejected: each.reason }));
  for await (const slice of table.slices(null)) {
    slice.rejects.forEach(reject);
    for (const row of slice.rows) {
      const mapped = mapper.map(row);
      if (typeof mapped === 'string') reject({ line: row.line, reason: mapped, text: '' });
      else
        for (const { source, sample } of mapped)
          lines.push(
            JSON.stringify({
              key: source.key,
              type: source.type,
              sample: [new Date(sample[0]).toISOString(), ...sample.slice(1)],
            }),
          );
    }
  }
  await table.close();
  return lines;
}

// Each folder: config.yaml (the options), input.* (the file as it was written), expected.jsonl (samples and rejects).
const cases = new URL('./testcases/', import.meta.url);
describe('golden:', () => {
  for (const name of readdirSync(cases))
    test(name, async () => {
      const folder = new URL(`${name}/`, cases);
      const config = configOf(parse(await readFile(new URL('config.yaml', folder), 'utf8')));
      const input = readdirSync(folder).find((each) => each.startsWith('input')) ?? '';
      const lines = await linesOf(new URL(input, folder).pathname, config);
      await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(new URL('expected.jsonl', folder).pathname);
    });
});

describe('times:', () => {
  const read = (text: string, format = 'auto', zone = 'UTC', midnight: 'begins' | 'ends' = 'begins') => {
    const ms = createTimeReader({ format, zone, midnight })(text);
    return ms === null ? null : new Date(ms).toISOString();
  };
  const cases: [text: string, format: string, zone: string, expected: string | null][] = [
    ['2024-02-29 24:00:00', 'auto', 'UTC', '2024-03-01T00:00:00.000Z'],
    ['2024-02-29 24:00:01', 'auto', 'UTC', null],
    ['2023-02-29', 'auto', 'UTC', null],
    ['2024-06-30 23:59:60', 'auto', 'UTC', '2024-07-01T00:00:00.000Z'],
    ['2024-01-01T00:00:00+08:00', 'auto', 'UTC', '2023-12-31T16:00:00.000Z'],
    ['2024-01-01T00:00:00Z', 'auto', 'Asia/Shanghai', '2024-01-01T00:00:00.000Z'],
    ['1704067200', 'auto', 'Asia/Shanghai', '2024-01-01T00:00:00.000Z'],
    ['1704067200123', 'auto', 'Asia/Shanghai', '2024-01-01T00:00:00.123Z'],
    ['20240101', 'auto', 'Asia/Shanghai', '2023-12-31T16:00:00.000Z'],
    ['45292.5', 'excel', 'UTC', '2024-01-01T12:00:00.000Z'],
    ['01/02/24 08:05 PM', 'MM/dd/yy hh:mm a', 'UTC', '2024-01-02T20:05:00.000Z'],
    ['12:00 AM 1.2.2024', 'h:mm a d.M.yyyy', 'UTC', '2024-02-01T00:00:00.000Z'],
    ['13:00 AM 1.2.2024', 'h:mm a d.M.yyyy', 'UTC', null],
    ["2024 o'clock", 'yyyy', 'UTC', null],
    ['2024-01-01 00:00+08:00', 'yyyy-MM-dd HH:mmZZZZZ', 'UTC', '2023-12-31T16:00:00.000Z'],
    // China moved its clocks from 1986 to 1991.
    ['1990-07-01 12:00', 'auto', 'Asia/Shanghai', '1990-07-01T03:00:00.000Z'],
    // 02:30 was left out, and in autumn it happened twice.
    ['2024-03-31 02:30', 'auto', 'Europe/Berlin', '2024-03-31T01:30:00.000Z'],
    ['2024-10-27 02:30', 'auto', 'Europe/Berlin', '2024-10-27T00:30:00.000Z'],
    ['', 'auto', 'UTC', null],
    ['0001-01-01', 'auto', 'UTC', null],
  ];
  for (const [text, format, zone, expected] of cases)
    test(`"${text}" as ${format} in ${zone}`, () => expect(read(text, format, zone)).toBe(expected));

  test('midnight ends the day of its date only where told, and 24:00 says so itself', () => {
    expect(read('2018-12-31 00:00', 'auto', 'UTC', 'ends')).toBe('2019-01-01T00:00:00.000Z');
    expect(read('2018-12-31 24:00', 'auto', 'UTC', 'ends')).toBe('2019-01-01T00:00:00.000Z');
    expect(read('2018-12-31 00:15', 'auto', 'UTC', 'ends')).toBe('2018-12-31T00:15:00.000Z');
  });

  test('every moment that a zone writes is read back as the same moment', () => {
    const zones = fc.constantFrom('Asia/Shanghai', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe');
    const moments = fc.integer({ min: Date.UTC(1992, 0, 1), max: Date.UTC(2040, 0, 1) });
    fc.assert(
      fc.property(zones, moments, (zone, ms) => {
        const wall = new Date(ms).toLocaleString('sv-SE', { timeZone: zone });
        const read = createTimeReader({ format: 'auto', zone, midnight: 'begins' })(wall);
        // Twice in autumn the same clock stands for two moments; the first is taken.
        const again = new Date(read ?? 0).toLocaleString('sv-SE', { timeZone: zone });
        expect(again).toBe(wall);
        expect(read).toBeLessThanOrEqual(Math.floor(ms / 1000) * 1000);
      }),
    );
  });

  test('no text and no format makes the reader throw or hang', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.string({ maxLength: 30 }), (text, format) => {
        const ms = compileTimeFormat(format)?.(text) ?? null;
        expect(ms === null || typeof ms.wallMs === 'number').toBe(true);
        const read = createTimeReader({ format: 'auto', zone: 'UTC', midnight: 'begins' })(text);
        expect(read === null || Number.isFinite(read)).toBe(true);
      }),
    );
  });
});

describe('names:', () => {
  const cases: [pattern: string, name: string, parts: object | null][] = [
    ['*', 'anything.csv', {}],
    ['*.csv', 'a.csv.tmp', null],
    ['*.csv', 'a.csv.csv', {}],
    ['press-{line}-*.csv', 'press-3-2024-01-01.csv', { line: '3' }],
    ['{site}_{date}.csv', 'nan_chang_20240101.csv', { site: 'nan', date: 'chang_20240101' }],
    ['{site}.csv', '.csv', null],
    ['data-??.txt', 'data-01.txt', {}],
    ['data-??.txt', 'data-1.txt', null],
    ['a*b*c', 'abbbbc', {}],
    ['a*b*c', 'ac', null],
  ];
  for (const [pattern, name, parts] of cases)
    test(`${pattern} and ${name}`, () => expect(compileNamePattern(pattern)?.match(name)).toEqual(parts));
  for (const pattern of ['', '../*.csv', 'a/b', '**', '{a}{b}', '{a}*', '{a}-{a}', '{key}.csv', '{a'])
    test(`the pattern "${pattern}" is refused`, () => expect(compileNamePattern(pattern)).toBeNull());

  test('a hostile name costs no time', () => {
    const before = performance.now();
    const pattern = compileNamePattern(`${'*a'.repeat(60)}b`);
    expect(pattern?.match('a'.repeat(250))).toBeNull();
    expect(performance.now() - before).toBeLessThan(500);
  });

  test('a part may hold what looks like another', () => {
    expect(fillTemplate('{a}.{key}', { a: '{key}', key: 'x$&' })).toBe('{key}.x$&');
  });
});

/** What a writer that keeps to RFC 4180 makes of a field. */
const written = (field: string, delimiter: string): string =>
  /["\n\r]/.test(field) || field.includes(delimiter) || field.trim() === ''
    ? `"${field.replaceAll('"', '""')}"`
    : field;
const decoders = {
  'utf-8': (bytes: Buffer) => bytes.toString('utf8'),
  'utf-16le': (bytes: Buffer) => bytes.toString('utf16le'),
} as const;

function recordsOf(
  bytes: Buffer,
  cuts: readonly number[],
  encoding: 'utf-8' | 'utf-16le',
  delimiter: ',' | '|',
) {
  const lines = createLineSplitter({ from: 0, encoding, bytesMax: 10_000 });
  const records = createRecordReader({
    decode: decoders[encoding],
    delimiter,
    quotes: true,
    encoding,
    line: 1,
    transposed: false,
  });
  const found = [];
  let at = 0;
  for (const cut of [...cuts, bytes.length].map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b)) {
    found.push(...records.take(lines.push(bytes.subarray(at, cut)), false));
    at = cut;
  }
  const rest = lines.rest();
  found.push(...records.take(rest === null ? [] : [rest], true));
  return found;
}

describe('text:', () => {
  const tables = fc.array(
    fc.array(fc.stringMatching(/^[a-z",|\n 中文𠀀]{0,12}$/u), { minLength: 2, maxLength: 5 }),
    {
      maxLength: 20,
    },
  );
  const cuts = fc.array(fc.nat(2_000), { maxLength: 10 });
  const encodings = fc.constantFrom('utf-8' as const, 'utf-16le' as const);
  const delimiters = fc.constantFrom(',' as const, '|' as const);

  test('every table comes back, wherever the bytes are cut and whatever the line ends', () => {
    fc.assert(
      fc.property(
        tables,
        cuts,
        encodings,
        delimiters,
        fc.boolean(),
        (rows, at, encoding, delimiter, crlf) => {
          const text = rows
            .map((row) => row.map((field) => written(field, delimiter)).join(delimiter))
            .join(crlf ? '\r\n' : '\n');
          const bytes = Buffer.from(text, encoding === 'utf-8' ? 'utf8' : 'utf16le');
          const records = recordsOf(bytes, at, encoding, delimiter);
          expect(records.map((record) => record.fields)).toEqual(rows);
          expect(records.at(-1)?.end ?? bytes.length).toBe(bytes.length);
        },
      ),
    );
  });

  test('arbitrary bytes give records or reasons, each line once, and places that only grow', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3_000 }), cuts, encodings, (bytes, at, encoding) => {
        let last = { end: 0, line: 0 };
        for (const record of recordsOf(Buffer.from(bytes), at, encoding, ',')) {
          expect(record.end).toBeGreaterThan(last.end);
          expect(record.line).toBeGreaterThan(last.line);
          expect((record.fields === null) !== (record.reason === null)).toBe(true);
          last = record;
        }
        expect(last.end).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });

  test('lines that are too long are told once, and the next is read', () => {
    const text = `a,b\n${'x'.repeat(50_000)}\nc,d\n`;
    const cuts = Array.from({ length: 50 }, (_, index) => index * 1_000);
    expect(
      recordsOf(Buffer.from(text), cuts, 'utf-8', ',').map((each) => each.reason ?? each.fields),
    ).toEqual([['a', 'b'], 'line-too-long', ['c', 'd']]);
  });

  test('a file in which every line opens a quote costs no time that grows with its square', () => {
    const text = '"a,b\n'.repeat(20_001);
    const before = performance.now();
    const records = recordsOf(Buffer.from(text), [], 'utf-8', ',');
    expect(performance.now() - before).toBeLessThan(3_000);
    expect(records.length).toBeGreaterThan(100);
  });

  test('delimiters are found also beside decimal commas and blanks', () => {
    expect(sniffDelimiter(['a;b', '1,5;2,5'], true)).toBe(';');
    expect(sniffDelimiter(['"a;b",c', '1,2'], true)).toBe(',');
    expect(sniffDelimiter(['2024-01-01 00:00,1', '2024-01-01 00:01,2'], true)).toBe(',');
    expect(sniffDelimiter(['a\tb', '1,5\t2'], true)).toBe('\t');
    expect(sniffDelimiter(['  1.0   2.0', '  3.0   4.0 '], true)).toBe('space');
    expect(sniffDelimiter(['value', '1'], true)).toBe(',');
    expect(sniffDelimiter([], true)).toBe(',');
  });

  test('UTF-8 is known chunk by chunk as it is known whole', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 200 }),
        fc.uint8Array({ maxLength: 3 }),
        cuts,
        (text, tail, at) => {
          const bytes = Buffer.concat([Buffer.from(text), tail]);
          const check = createUtf8Check();
          let from = 0;
          for (const cut of [...at, bytes.length]
            .map((cut) => Math.min(cut, bytes.length))
            .sort((a, b) => a - b)) {
            check.add(bytes.subarray(from, cut));
            from = cut;
          }
          expect(check.valid()).toBe(Buffer.from(bytes.toString('utf8')).equals(bytes));
          expect(wholeCharacters(bytes)).toBeLessThanOrEqual(bytes.length);
        },
      ),
    );
  });
});

describe('workbooks:', () => {
  test('XML gives the same tokens wherever it is cut', () => {
    const xml =
      '<?xml version="1.0"?><!-- <a> --><x:a b="1>2" c=\'"\'><b/>t&lt;&#x4e2d;<![CDATA[<raw>]]></x:a><c/>';
    const whole = createXmlReader().push(xml);
    expect(whole).toMatchObject([
      { kind: 'open', name: 'a' },
      { kind: 'open', name: 'b' },
      { kind: 'close', name: 'b' },
      { kind: 'text', text: 't<中' },
      { kind: 'text', text: '<raw>' },
      { kind: 'close', name: 'a' },
      { kind: 'open', name: 'c' },
      { kind: 'close', name: 'c' },
    ]);
    for (let cut = 1; cut < xml.length; cut += 1) {
      const reader = createXmlReader();
      expect([...reader.push(xml.slice(0, cut)), ...reader.push(xml.slice(cut))]).toEqual(whole);
    }
  });

  test('document types are refused, and so is a tag without end', () => {
    expect(() => createXmlReader().push('<!DOCTYPE a [<!ENTITY b "c">]><a/>')).toThrow(UnreadableFile);
    expect(() => createXmlReader().push(`<a ${'x'.repeat(2_000_000)}`)).toThrow(UnreadableFile);
  });

  test('arbitrary XML and directories throw nothing but UnreadableFile', () => {
    const sound = (work: () => unknown) => {
      try {
        work();
      } catch (error) {
        expect(error).toBeInstanceOf(UnreadableFile);
      }
    };
    const pieces = fc.array(
      fc.constantFrom('<', '>', '"', "'", '/', '<!--', '-->', '<![CDATA[', ']]>', 'a', ' b="', '&#x0;'),
    );
    fc.assert(fc.property(pieces, (parts) => sound(() => createXmlReader().push(parts.join('')))));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) =>
        sound(() => parseDirectory(Buffer.concat([Buffer.from('PK\u0001\u0002', 'latin1'), bytes]))),
      ),
    );
  });

  const formats: [code: string, date: boolean][] = [
    ['yyyy"年"m"月"d"日"', true],
    ['[$-804]h:mm', true],
    ['General', false],
    ['0.00E+00', false],
    ['#,##0 "days"', false],
    ['[Red]0.0', false],
    ['[h]:mm', false],
  ];
  for (const [code, date] of formats)
    test(`the format ${code} shows ${date ? 'a' : 'no'} date`, () => expect(showsDate(code)).toBe(date));
});
