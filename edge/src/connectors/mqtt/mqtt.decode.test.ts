import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { PointKey } from '@ronghe/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { soundSample } from '../../sample.ts';
import { stillClock } from '../../testing/clocks.ts';
import { MqttConfig } from './mqtt.config.ts';
import { type Format, PayloadError, parsePointer, parseTime, readMessage } from './mqtt.decode.ts';
import { keyOf } from './mqtt.keys.ts';
import { createPoints } from './mqtt.points.ts';
import { coverFilters, createTopicTree, faultOfFilter } from './mqtt.topics.ts';

type Input = {
  topic: string;
  json?: unknown;
  text?: string;
  hex?: string;
  retained?: boolean;
  lost?: boolean;
};
const bytesOf = ({ json, text, hex }: Input): Buffer =>
  hex !== undefined ? Buffer.from(hex, 'hex') : Buffer.from(text ?? JSON.stringify(json));
const configOf = (rest: object) =>
  MqttConfig.parse({ name: 'a', protocol: 'mqtt', endpoint: 'mqtt://h:1', ...rest });

// Each folder: config.yaml, input.json (messages in order; the n-th arrives n seconds after 1 000 000), expected.jsonl.
const cases = new URL('./testcases/', import.meta.url);
for (const name of readdirSync(cases)) {
  test(`golden: ${name}`, async () => {
    const folder = new URL(`${name}/`, cases);
    const config = configOf(parse(await readFile(new URL('config.yaml', folder), 'utf8')));
    const messages: Input[] = JSON.parse(await readFile(new URL('input.json', folder), 'utf8'));
    let nowMs = 1_000_000;
    const points = createPoints(
      config,
      stillClock(() => nowMs),
    );
    const lines = messages.map((message) => {
      nowMs += 1_000;
      if (message.lost) {
        const stale = points.lose(nowMs).map(({ point, afterMs }) => [point.key, afterMs ?? null]);
        return JSON.stringify({ lost: stale });
      }
      const readings = points.take({
        topic: message.topic,
        bytes: bytesOf(message),
        retained: message.retained ?? false,
      });
      return JSON.stringify({
        topic: message.topic,
        readings: readings.map(({ point, sample }) => [
          point.key,
          point.type,
          point.equipment ?? null,
          soundSample(point.type, sample, nowMs),
        ]),
      });
    });
    lines.push(JSON.stringify({ counts: points.counts, ...points.sizes() }));
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(new URL('expected.jsonl', folder).pathname);
  });
}

const read = (bytes: Uint8Array, format: Format, records: string | null = null) =>
  readMessage(bytes, { format, records: records === null ? null : parsePointer(records), bytesMax: 200_000 });

describe('a payload', () => {
  const config = configOf({
    points: [
      { key: 'a', topic: 't', path: '/a/b', time: '/ts', quality: '/q' },
      { key: 'b', topic: 't', path: '', type: 'text' },
      { key: 'c', topic: 't', format: 'plain', type: 'boolean' },
      { key: 'd', topic: 't', format: 'neuron', path: '/n/g/t' },
    ],
    discover: [{ topic: '#', key: '{topic}.{field}' }],
    pointsMax: 50,
  });
  const honest = fc.oneof(
    fc.record({
      ts: fc.oneof(fc.double(), fc.string(), fc.constant(null)),
      q: fc.anything(),
      a: fc.oneof(fc.record({ b: fc.jsonValue() }), fc.jsonValue()),
    }),
    fc.record({
      node: fc.constantFrom<unknown>('n', 1),
      group: fc.constantFrom('g', ''),
      timestamp: fc.oneof(fc.double(), fc.string()),
      values: fc.jsonValue(),
      errors: fc.jsonValue(),
      tags: fc.array(fc.oneof(fc.record({ name: fc.constant('t'), value: fc.jsonValue() }), fc.jsonValue())),
    }),
  );
  const mutated = fc
    .tuple(honest, fc.nat(), fc.nat({ max: 255 }), fc.boolean())
    .map(([document, where, to, cut]) => {
      const bytes = Buffer.from(JSON.stringify(document) ?? 'x');
      if (cut) return bytes.subarray(0, where % (bytes.length + 1));
      bytes[where % bytes.length] = to;
      return bytes;
    });
  const any = fc.oneof(
    mutated,
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
  );

  test('of any bytes is read or refused by name', () => {
    fc.assert(
      fc.property(any, fc.constantFrom<Format>('json', 'plain', 'neuron'), (bytes, format) => {
        try {
          for (const record of read(bytes, format))
            for (const { pointer } of record.fields([])) record.cell(pointer);
        } catch (error) {
          expect(error).toBeInstanceOf(PayloadError);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('of any bytes gives only samples with a finite time, and never more points than allowed', () => {
    const points = createPoints(
      config,
      stillClock(() => 5),
    );
    fc.assert(
      fc.property(
        any,
        fc.constantFrom('t', 'u/v', '', '\u{1f600}'),
        fc.boolean(),
        (bytes, topic, retained) => {
          for (const { sample } of points.take({ topic, bytes, retained })) {
            expect(Number.isFinite(sample[0])).toBe(true);
            expect(sample[1] !== null || (sample[2] === 'bad' && sample[3] !== undefined)).toBe(true);
          }
          expect(points.sizes().points).toBeLessThanOrEqual(54);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('may be deep, and long, without harm', () => {
    const deep = Buffer.from(`${'{"a":'.repeat(15_000)}1${'}'.repeat(15_000)}`);
    for (const record of read(deep, 'json')) expect(record.fields([])).toEqual([]);
    const wide = Buffer.from(
      JSON.stringify(Object.fromEntries(Array.from({ length: 12_000 }, (_, at) => [at, 1]))),
    );
    for (const record of read(wide, 'json')) expect(record.fields([]).length).toBe(10_000);
    expect(() => read(Buffer.alloc(200_001), 'plain')).toThrow('payload-too-large');
  });
});

test('a JSON Pointer finds what RFC 6901 (section 5) says', () => {
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
  const [record] = read(Buffer.from(JSON.stringify(document)), 'json');
  const find = (text: string) => {
    const pointer = parsePointer(text);
    return pointer === null ? 'no pointer' : (record?.cell(pointer) ?? 'missing');
  };
  expect(find('')).toEqual({ value: document });
  expect(find('/foo')).toEqual({ value: ['bar', 'baz'] });
  expect(find('/foo/0')).toEqual({ value: 'bar' });
  expect(find('/')).toEqual({ value: 0 });
  for (const [text, value] of [
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/e^f', 3],
    ['/g|h', 4],
    ['/i\\j', 5],
    ['/k"l', 6],
    ['/ ', 7],
    ['/m~0n', 8],
  ])
    expect(find(String(text))).toEqual({ value });
  for (const text of ['/foo/2', '/foo/00', '/foo/-', '/foo/length', '/constructor', '/__proto__', '/foo/0/0'])
    expect(find(text), text).toBe('missing');
  for (const text of ['foo', '/a~2', '/~']) expect(find(text), text).toBe('no pointer');
});

test('times are read to the microsecond in each form, and nothing else is a time', () => {
  expect(parseTime(1_700_000_000_123, 'ms')).toBe(1_700_000_000_123);
  expect(parseTime('1700000000123', 'ms')).toBe(1_700_000_000_123);
  expect(parseTime(1_700_000_000.123456, 's')).toBe(1_700_000_000_123.456);
  expect(parseTime(1_700_000_000_123_456, 'us')).toBe(1_700_000_000_123.456);
  expect(parseTime('2023-11-14T22:13:20.123456789Z', 'iso8601')).toBe(1_700_000_000_123.456);
  expect(parseTime('2023-11-15 06:13:20+08:00', 'iso8601')).toBe(1_700_000_000_000);
  expect(parseTime('2023-11-15T06:13:20+0800', 'iso8601')).toBe(1_700_000_000_000);
  expect(parseTime('2023-11-15T06:13+08', 'iso8601')).toBe(1_699_999_980_000);
  for (const wrong of ['2023-11-15T06:13:20', '2023-13-15T06:13:20Z', 'now', 5, null, ''])
    expect(parseTime(wrong, 'iso8601'), String(wrong)).toBeNull();
  for (const wrong of ['2023', 'x', '', null, true, [], 1e300, Number.NaN])
    if (wrong !== '2023') expect(parseTime(wrong, 'ms'), String(wrong)).toBeNull();
});

const level = fc.constantFrom('a', 'b', '$c', '');
const topics = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'));
const filters = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([levels, all]) => [...levels, ...(all ? ['#'] : [])].join('/'))
  .filter((filter) => faultOfFilter(filter) === null);

/** Section 4.7 as a regular expression, to compare with. */
function matches(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false;
  const pattern = filter
    .split('/')
    .map((part) => (part === '+' ? '[^/]*' : part === '#' ? '.*' : part.replace('$', '\\$')))
    .join('/')
    .replace(/\/\.\*$/, '(/.*)?');
  return new RegExp(`^${pattern}$`, 's').test(topic);
}

test('the tree of topics finds the filters that section 4.7 of the standard says', () => {
  fc.assert(
    fc.property(fc.uniqueArray(filters, { maxLength: 8 }), topics, (some, topic) => {
      const tree = createTopicTree<string>();
      for (const filter of some) tree.add(filter, filter);
      expect(tree.match(topic).sort()).toEqual(some.filter((filter) => matches(filter, topic)).sort());
    }),
    { numRuns: 3_000 },
  );
});

test('the fewest filters find the same topics, and no two of them cover each other', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(filters, { maxLength: 8 }),
      fc.array(topics, { maxLength: 8 }),
      (some, all) => {
        const { chosen, coverOf } = coverFilters(some);
        for (const topic of all) {
          expect(chosen.some((filter) => matches(filter, topic))).toBe(
            some.some((filter) => matches(filter, topic)),
          );
          for (const filter of some)
            if (matches(filter, topic)) expect(matches(coverOf.get(filter) ?? '', topic)).toBe(true);
        }
        expect(coverFilters(chosen).chosen).toEqual(chosen);
        for (const filter of some) expect(chosen).toContain(coverOf.get(filter));
      },
    ),
    { numRuns: 2_000 },
  );
});

test('a key made of anything is a key that the platform takes, or none', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const key = keyOf(text);
      if (key !== null) expect(PointKey.safeParse(key).success).toBe(true);
    }),
  );
  expect(keyOf('/温度 计\u0000!')).toBe('温度 计');
  expect(keyOf('///')).toBeNull();
});
