import { PointKey } from '@ronghe/contracts';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { FUZZ_RUNS, FUZZ_TIMEOUT_MS, readOrCode, received, samplesOf } from '../doors/doors.fixture.ts';
import { readJsonSamples } from './json-forms.ts';

vi.setConfig({ testTimeout: FUZZ_TIMEOUT_MS });

const NOW_MS = 1_700_000_000_000;
const read = (body: unknown, prefix?: string) =>
  readJsonSamples(body, { nowMs: NOW_MS, ...(prefix === undefined ? {} : { prefix }) });
const good = (value: unknown, ms = NOW_MS) => [value, 'good', '', ms];

describe('the forms in which devices send JSON', () => {
  it.each([
    [
      'keys and values',
      { temperature: 20.5, running: true, state: 'ok' },
      { temperature: [good(20.5)], running: [good(true)], state: [good('ok')] },
    ],
    ['objects inside', { motor: { a: { speed: 3 } } }, { 'motor.a.speed': [good(3)] }],
    [
      'a time and values',
      { ts: 1_600_000_000_000, values: { a: 1, b: 'x' } },
      { a: [good(1, 1_600_000_000_000)], b: [good('x', 1_600_000_000_000)] },
    ],
    ['an array of both', [{ a: 1 }, { ts: 5, values: { a: 2 } }], { a: [good(1), good(2, 5)] }],
    [
      'a gateway',
      {
        '设备 A': [
          { ts: 5, values: { a: 1 } },
          { ts: 6, values: { a: 2 } },
        ],
        B: [{ b: 3 }],
      },
      { '设备 A.a': [good(1, 5), good(2, 6)], 'B.b': [good(3)] },
    ],
    [
      'a point with everything',
      {
        point: 'furnace.temperature',
        time: '2023-11-14T22:13:21.5Z',
        value: 1,
        quality: 'uncertain',
        reason: 'old',
      },
      { 'furnace.temperature': [[1, 'uncertain', 'old', 1_700_000_001_500]] },
    ],
    ['a point with a number as its time', { point: 'p', time: 7.25, value: true }, { p: [good(true, 7.25)] }],
    ['a point with nothing but a value', { point: 'p', value: 'x' }, { p: [good('x')] }],
    [
      'Neuron with values',
      { timestamp: 9, node: 'modbus', group: 'g', values: { t1: 1.5 }, errors: { t2: 3002 }, metas: {} },
      { 'modbus.g.t1': [good(1.5, 9)], 'modbus.g.t2': [[null, 'bad', 'error 3002', 9]] },
    ],
    [
      'Neuron with tags',
      {
        timestamp: 9,
        node: 'modbus',
        group: 'g',
        tags: [
          { name: 't1', value: 1.5, type: 3 },
          { name: 't2', error: 2014, type: 1 },
        ],
      },
      { 'modbus.g.t1': [good(1.5, 9)], 'modbus.g.t2': [[null, 'bad', 'error 2014', 9]] },
    ],
    ['null', { a: null }, { a: [[null, 'bad', 'no value', NOW_MS]] }],
    ['a number written as text, which stays text', { a: '12' }, { a: [good('12')] }],
    ['nothing', {}, {}],
    ['an empty array', [], {}],
  ])('%s', (_name, body, expected) => {
    const reading = read(body);
    expect(samplesOf(reading)).toEqual(expected);
    expect(reading.refused).toEqual([]);
  });

  it('puts device or topic before the name; UMH and bare values are the topic itself', () => {
    expect(samplesOf(read({ a: 1 }, 'line 1/press'))).toEqual({ 'line 1/press.a': [good(1)] });
    expect(samplesOf(read({ timestamp_ms: 4, value: 8 }, 'umh/v1/press/_raw/speed'))).toEqual({
      'umh/v1/press/_raw/speed': [good(8, 4)],
    });
    expect(samplesOf(read(3, 'topic'))).toEqual({ topic: [good(3)] });
  });

  it('names machine, unit and type', () => {
    const told = { point: 'p', value: 1, unit: 'Cel', name: '炉温', equipment: '1号炉' };
    expect(read(told).points[0]?.definition).toMatchObject({
      type: 'number',
      unit: 'Cel',
      name: '炉温',
      equipment: '1号炉',
    });
    expect(read({ 'Device A': [{ a: true }] }).points[0]?.definition).toMatchObject({
      type: 'boolean',
      equipment: 'Device A',
      name: 'Device A a',
    });
    const tags = [{ name: 't', error: 1, type: 4 }];
    expect(read({ node: 'n', group: 'g', tags }).points[0]?.definition.type).toBe('text');
  });

  it('takes the type from the first value that is there', () => {
    expect(read([{ a: null }, { a: true }]).points).toMatchObject([
      { definition: { type: 'boolean' }, samples: [{ value: null }, { value: true }] },
    ]);
  });

  it('writes into a key what a key may not hold as percent and bytes', () => {
    const keys = Object.keys(samplesOf(read({ 'a"b\n': 1, _c: 2, [`${'x'.repeat(300)}`]: 3, 温度: 4 })));
    expect(keys.slice(0, 2)).toEqual(['a%22b%0A', '0%__c']);
    expect(keys[2]).toMatch(/^x{220}#[0-9a-f]{32}$/);
    expect(keys[3]).toBe('温度');
  });
});

describe('what is no sample', () => {
  it.each([
    ['a value in a list', { a: [1, 2] }, /number, true, false/],
    ['a list in a list', [[1]], /array inside an array/],
    ['a bare value without a topic', 3, /name or a topic/],
    ['a time that is none', { ts: 'yesterday', values: { a: 1 } }, /milliseconds or RFC 3339/],
    [
      'a date that is none',
      { point: 'p', time: '2023-99-99T00:00:00Z', value: 1 },
      /milliseconds or RFC 3339/,
    ],
    ['an unknown quality', { point: 'p', value: 1, quality: 'great' }, /good, uncertain or bad/],
    ['an empty point', { point: '', value: 1 }, /empty/],
    ['a value of a point that is an object', { point: 'p', value: {} }, /number, true, false/],
    ['a tag without a name', { node: 'n', group: 'g', tags: [{ value: 1 }] }, /name/],
    ['a tag with nothing', { node: 'n', group: 'g', tags: [{ name: 't' }] }, /value or an error/],
    ['an error without a code', { node: 'n', group: 'g', errors: { t: {} } }, /code/],
    ['objects too deep', { a: { b: { c: { d: { e: { f: { g: { h: { i: 1 } } } } } } } } }, /8 deep/],
  ])('%s is refused with its reason, and the rest is read', (_name, body, reason) => {
    const reading = read([body, { fine: 1 }].flat());
    expect(reading.refused).toMatchObject([
      { code: 'SAMPLE_INVALID', count: 1, values: { reason: expect.stringMatching(reason) } },
    ]);
    expect(samplesOf(reading)).toEqual({ fine: [good(1)] });
  });

  it('however deep it is, it is refused and shown', () => {
    for (const [open, close] of [
      ['{"a":', '}'],
      ['[', ']'],
      ['{"a":[', ']}'],
    ] as const) {
      const depth = 20_000;
      const { refused, points } = read(JSON.parse(`${open.repeat(depth)}{"a":1}${close.repeat(depth)}`));
      expect([points, refused.length, typeof refused[0]?.sample]).toEqual([[], 1, 'string']);
    }
  });

  it('too much of it is refused as a whole', () => {
    const body = Array.from({ length: 100_001 }, () => ({ a: 1 }));
    expect(readOrCode(() => read(body))).toBe('REQUEST_TOO_LARGE');
    expect(received(read(body.slice(1)))).toBe(100_000);
  });
});

describe('whatever JSON comes', () => {
  const words = [
    'ts',
    'values',
    'point',
    'value',
    'time',
    'node',
    'group',
    'tags',
    'errors',
    'name',
    'timestamp_ms',
  ];
  const { any } = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      fc.constantFrom<unknown>(1, 'x', null, true, 1e300, -1, '2023-11-14T22:13:20Z', 1_600_000_000_000),
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 3 })), tie('any'), {
        maxKeys: 5,
      }),
    ),
  }));

  it('it is read or refused, with keys that a point may have, and never throws another error', () => {
    fc.assert(
      fc.property(any, fc.option(fc.string({ maxLength: 5 }), { nil: undefined }), (body, prefix) => {
        const reading = readOrCode(() => read(body, prefix));
        if (typeof reading === 'string') throw new Error(reading);
        for (const { definition, samples } of reading.points) {
          expect(PointKey.safeParse(definition.key).success).toBe(true);
          expect(samples.every(({ timeUs }) => Number.isFinite(timeUs))).toBe(true);
        }
        const isEmpty = JSON.stringify(body).replace(/"[^"]*":|[[\]{},]/g, '') === '';
        if (!isEmpty) return;
        expect(received(reading)).toBeLessThanOrEqual(JSON.stringify(body).length);
      }),
      { numRuns: FUZZ_RUNS },
    );
  });

  it('every value of flat forms is a sample or a refusal', () => {
    const value = fc.constantFrom<unknown>(1, 'x', null, true, [1]);
    const values = fc.dictionary(fc.string({ minLength: 1, maxLength: 4 }), value, { maxKeys: 5 });
    const form = fc.oneof(
      values
        .filter((fields) => !words.some((word) => word in fields) && !Array.isArray(Object.values(fields)[0]))
        .map((fields) => ({ body: fields as unknown, count: Object.keys(fields).length })),
      values.map((fields) => ({ body: { ts: 5, values: fields }, count: Object.keys(fields).length })),
      values.map((fields) => ({
        body: { node: 'n', group: 'g', values: fields, errors: { e: 1 } },
        count: Object.keys(fields).length + 1,
      })),
    );
    fc.assert(
      fc.property(fc.array(form, { maxLength: 5 }), (forms) => {
        const count = forms.reduce((sum, one) => sum + one.count, 0);
        expect(received(read(forms.map(({ body }) => body)))).toBe(count);
      }),
      { numRuns: FUZZ_RUNS },
    );
  });
});
