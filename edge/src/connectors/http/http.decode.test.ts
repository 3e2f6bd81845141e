import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { PointKey } from '@ronghe/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { openZone } from '../../zone.ts';
import { HttpConfig } from './http.config.ts';
import { createReader, decodeBody, HttpBodyError, ITEMS_MAX } from './http.decode.ts';
import { fill, follow, isPointer, isTemplate, NOWHERE, parsePointer, parseTemplate } from './http.pointer.ts';
import { readTime, TIME_FORMATS, writeTime } from './http.time.ts';

const configOf = (mapping: object) =>
  HttpConfig.parse({ name: 'a', protocol: 'http', mode: 'poll', endpoint: 'http://h/', ...mapping });

// Each folder: config.yaml (what is looked for), input.json (a body as it came), expected.jsonl (rows, then the rest).
const cases = new URL('./testcases/', import.meta.url);
for (const name of readdirSync(cases)) {
  test(`golden: ${name}`, async () => {
    const folder = new URL(`${name}/`, cases);
    const mapping = configOf(parse(await readFile(new URL('config.yaml', folder), 'utf8')));
    const body = decodeBody(await readFile(new URL('input.json', folder)), undefined);
    const { rows, ...rest } = createReader(mapping)(body);
    const lines = [...rows, rest].map((each) => JSON.stringify(each));
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(new URL('expected.jsonl', folder).pathname);
  });
}

test('the examples of RFC 6901, section 5', () => {
  const document = {
    foo: ['bar', 'baz'],
    '': 0,
    'a/b': 1,
    'c%d': 2,
    'e^f': 3,
    'g|h': 4,
    'i\\j': 5,
    'k"l': 6,
    ' ': 7,
    'm~n': 8,
  };
  const at = (pointer: string) => follow(document, parsePointer(pointer));
  expect(at('')).toBe(document);
  expect(at('/foo')).toEqual(['bar', 'baz']);
  expect(at('/foo/0')).toBe('bar');
  expect(['/', '/a~1b', '/c%d', '/e^f', '/g|h', '/i\\j', '/k"l', '/ ', '/m~0n'].map(at)).toEqual([
    0, 1, 2, 3, 4, 5, 6, 7, 8,
  ]);
  expect(at('/foo/-')).toBe(NOWHERE);
  expect(at('/foo/01')).toBe(NOWHERE);
  expect(at('/toString')).toBe(NOWHERE);
  expect(['foo', '/~2', '/a~'].map(isPointer)).toEqual([false, false, false]);
});

test('every place of every document is found by its pointer', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 5 }), fc.jsonValue(), (path, any) => {
      // JSON knows no -0.
      const leaf: unknown = JSON.parse(JSON.stringify(any));
      const pointer = path.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
      const document = path.reduceRight<unknown>(
        (inside, token) => JSON.parse(`{${JSON.stringify(token)}:${JSON.stringify(inside)}}`),
        leaf,
      );
      expect(isPointer(pointer)).toBe(true);
      expect(follow(document, parsePointer(pointer))).toEqual(leaf);
    }),
  );
});

test('a template is filled with what its pointers find, and with nothing else', () => {
  const item = { name: '3', value: { a: { b: 'x' }, n: 7, o: {} } };
  expect(fill(parseTemplate('{/a/b}-{/n}.{#}'), item)).toBe('x-7.3');
  expect(fill(parseTemplate('{/o}'), item)).toBeNull();
  expect(fill(parseTemplate('{/missing}'), item)).toBeNull();
  expect(fill(parseTemplate('{}'), { name: '0', value: 'self' })).toBe('self');
  expect(['{/a', 'a}', '{{/a}}', '{a}', 'plain'].map(isTemplate)).toEqual([false, false, false, false, true]);
});

const zones = [
  'UTC',
  'Asia/Shanghai',
  'Europe/Berlin',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
];
test('a moment comes back from every way to write it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4_102_444_800 }),
      fc.constantFrom(...zones),
      fc.constantFrom(...TIME_FORMATS),
      (second, name, format) => {
        const zone = openZone(name);
        const back = readTime(writeTime(second * 1_000, format, zone), format, zone);
        // Of the two moments that one wall clock shows in autumn the earlier is meant.
        const late = (second * 1_000 - (back ?? 0)) / 60_000;
        expect(format === 'local' ? [0, 30, 60] : [0]).toContain(late);
      },
    ),
  );
});

test('fractions reach microseconds, and what is no time is none', () => {
  expect(readTime(1_700_000_000.123456, 's', null)).toBe(1_700_000_000_123.456);
  expect(readTime('2026-01-01T00:00:00,5Z', 'iso', null)).toBe(Date.UTC(2026, 0, 1, 0, 0, 0, 500));
  for (const value of [null, '', 'now', -1, 1e300, Number.NaN, {}, [], true, '2026-13-01T00:00:00Z', '12'])
    expect(readTime(value, 'iso', null), String(value)).toBeNull();
  for (const value of [null, '', '-5', '0x10', 1e20, {}, '1e3'])
    expect(readTime(value, 'ms', null), String(value)).toBeNull();
  // Without a zone a wall clock says nothing.
  expect(readTime('2026-01-01 00:00:00', 'iso', null)).toBeNull();
});

const mapping = configOf({
  time: '/at',
  timeFormat: 'ms',
  points: [
    { key: 'p', path: '/v' },
    { key: 't', path: '/t', type: 'text' },
  ],
  lists: [
    { items: '/rows', key: 'l.{/k}', path: '/v', unit: '{/u}', name: '{/k}', time: '/at' },
    { items: '/map', key: 'm.{#}', path: '', type: 'boolean', skipOtherTypes: true },
  ],
});
const honest =
  '{"at":1772323200000,"v":1.5,"t":"x","rows":[{"k":"a","v":1,"u":"m","at":5},{"k":"b","v":"2","at":"6"}],"map":{"on":true}}';

/** Whatever came: rows that the wire takes, or HttpBodyError. */
function survives(bytes: Uint8Array, contentType?: string): void {
  try {
    const { rows } = createReader(mapping)(decodeBody(bytes, contentType));
    for (const row of rows) {
      expect(PointKey.safeParse(row.key).success).toBe(true);
      expect(row.timeMs === null || (row.timeMs >= 0 && Number.isFinite(row.timeMs))).toBe(true);
      if (row.fault === null)
        expect(row.value === null ? 'nothing' : typeof row.value).toMatch(/number|string|boolean/);
      else expect(row.value).toBeNull();
    }
  } catch (error) {
    expect(error).toBeInstanceOf(HttpBodyError);
  }
}

test('arbitrary bytes and mutated bodies give rows or the named error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.string({ maxLength: 30 }), (bytes, charset) =>
      survives(bytes, `application/json; charset=${charset}`),
    ),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: honest.length - 1 }), fc.nat({ max: 255 })), { maxLength: 6 }),
      (changes) => {
        const bytes = Buffer.from(honest);
        for (const [at, byte] of changes) bytes[at] = byte;
        survives(bytes);
      },
    ),
    { numRuns: 500 },
  );
});

test('any JSON in any place gives rows or the named error', () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  const item = fc.oneof(value, fc.record({ k: value, v: value, u: value, at: value }, { requiredKeys: [] }));
  const body = fc.record(
    { at: value, v: value, t: value, rows: fc.oneof(value, fc.array(item)), map: value },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(body, (each) => survives(Buffer.from(JSON.stringify(each)))),
    { numRuns: 500 },
  );
});

test('deep nesting and very many items end in time', () => {
  survives(Buffer.from('['.repeat(200_000)));
  survives(Buffer.from(`{"rows":${'['.repeat(200_000)}${']'.repeat(200_000)}}`));
  const many = Buffer.from(`{"rows":[${'1,'.repeat(ITEMS_MAX)}1]}`);
  expect(() => createReader(mapping)(decodeBody(many, undefined))).toThrow(HttpBodyError);
  expect(() => decodeBody(Buffer.from('{}'), 'application/json; charset=klingon')).toThrow(
    /klingon is unknown/,
  );
});
