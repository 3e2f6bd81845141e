import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { FUZZ_RUNS, FUZZ_TIMEOUT_MS, readOrCode, samplesOf } from '../doors/doors.fixture.ts';
import { attributes, forms, request } from './otlp.fixture.ts';
import { readOtlpJson } from './otlp-json.ts';
import { readOtlpProtobuf } from './otlp-protobuf.ts';
import { createSink } from './otlp-samples.ts';

vi.setConfig({ testTimeout: FUZZ_TIMEOUT_MS });

const NOW_MS = 1_800_000_000_000;
const TIME = '1700000000123456789';
const TIME_MS = 1_700_000_000_123.456;
type Form = 'protobuf' | 'json';

function readBytes(form: Form, bytes: Buffer) {
  const sink = createSink(NOW_MS);
  if (form === 'json') readOtlpJson(bytes, sink);
  else readOtlpProtobuf(bytes, sink);
  return { ...sink.result(), received: sink.received() };
}

describe.each(['protobuf', 'json'] as const)('OTLP in %s', (form) => {
  const read = (message: object) => readBytes(form, forms(message)[form]);
  const point = (more: object) => ({ timeUnixNano: TIME, ...more });

  it('maps gauges and sums, with attributes of the resource and of the data point as tags', () => {
    const reading = read(
      request(
        [
          {
            name: 'temperature',
            unit: 'Cel',
            gauge: {
              dataPoints: [
                point({ asDouble: 20.5, attributes: attributes({ zone: '1', site: 'own' }) }),
                point({ asDouble: 0, attributes: attributes({ zone: '2' }) }),
              ],
            },
          },
          { name: 'parts', sum: { dataPoints: [point({ asInt: '-42' }), point({ asInt: '0' })] } },
        ],
        { 'service.name': 'press', 'host.name': 'edge1', site: 'resource' },
      ),
    );
    expect(samplesOf(reading)).toEqual({
      'temperature,host.name=edge1,service.name=press,site=own,zone=1.value': [[20.5, 'good', '', TIME_MS]],
      'temperature,host.name=edge1,service.name=press,site=resource,zone=2.value': [[0, 'good', '', TIME_MS]],
      'parts,host.name=edge1,service.name=press,site=resource.value': [
        [-42, 'good', '', TIME_MS],
        [0, 'good', '', TIME_MS],
      ],
    });
    expect(reading.points[0]?.definition).toMatchObject({ unit: 'Cel', equipment: 'edge1', type: 'number' });
    expect([reading.refused, reading.received]).toEqual([[], 4]);
  });

  it('keeps count, sum, least, greatest and buckets of histograms, and quantiles of summaries', () => {
    const histogram = { count: '4', sum: 10.5, min: 1, max: 5 };
    const reading = read(
      request(
        [
          {
            name: 'h',
            histogram: {
              dataPoints: [point({ ...histogram, bucketCounts: ['1', '2', '1'], explicitBounds: [0.5, 2] })],
            },
          },
          { name: 'e', exponentialHistogram: { dataPoints: [point({ ...histogram, scale: 3 })] } },
          { name: 'empty', histogram: { dataPoints: [point({ count: '0' })] } },
          {
            name: 's',
            summary: {
              dataPoints: [
                point({
                  count: '4',
                  sum: 10.5,
                  quantileValues: [
                    { quantile: 0.5, value: 2 },
                    { quantile: 0.99, value: 5 },
                  ],
                }),
              ],
            },
          },
        ],
        {},
      ),
    );
    const values = Object.entries(samplesOf(reading)).map(([key, samples]) => [key, samples[0]?.[0]]);
    expect(Object.fromEntries(values)).toEqual({
      'h.count': 4,
      'h.sum': 10.5,
      'h.min': 1,
      'h.max': 5,
      'h.bucket_le_0%2E5': 1,
      'h.bucket_le_2': 3,
      'h.bucket_le_Infinity': 4,
      'e.count': 4,
      'e.sum': 10.5,
      'e.min': 1,
      'e.max': 5,
      'empty.count': 0,
      's.count': 4,
      's.sum': 10.5,
      's.quantile_0%2E5': 2,
      's.quantile_0%2E99': 5,
    });
  });

  it.each([
    [['1'], [0.5, 2], 'one more'],
    [['1', '2', '3'], [1, 1], 'differ'],
    [Array(501).fill('1'), Array.from({ length: 500 }, (_, bound) => bound), '500 buckets'],
  ])(
    'refuses a histogram whose buckets make no sense, and reads the others',
    (bucketCounts, explicitBounds, reason) => {
      const dataPoints = [point({ count: '1', bucketCounts, explicitBounds }), point({ count: '2' })];
      const reading = read(request([{ name: 'h', histogram: { dataPoints } }], {}));
      expect(samplesOf(reading)).toEqual({ 'h.count': [[2, 'good', '', TIME_MS]] });
      expect(reading.refused).toMatchObject([{ code: 'SAMPLE_INVALID', point: 'h', count: 1 }]);
      expect(String(reading.refused[0]?.values.reason)).toContain(reason);
    },
  );

  it('knows "no value any more", and takes the time of arrival where none is told', () => {
    const dataPoints = [point({ flags: 1 }), { asDouble: 1 }, { timeUnixNano: '0', asDouble: 2 }];
    expect(samplesOf(read(request([{ name: 'g', gauge: { dataPoints } }], {})))).toEqual({
      'g.value': [
        [null, 'bad', 'stale', TIME_MS],
        [1, 'good', '', NOW_MS],
        [2, 'good', '', NOW_MS],
      ],
    });
  });

  it('writes attributes that are no texts as JSON', () => {
    const values = [
      { key: 'boolean', value: { boolValue: true } },
      { key: 'number', value: { intValue: '7' } },
      { key: 'double', value: { doubleValue: 1.5 } },
      { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }, { intValue: '1' }] } } },
      { key: 'map', value: { kvlistValue: { values: [{ key: 'k', value: { stringValue: 'v' } }] } } },
      { key: 'bytes', value: { bytesValue: 'AQI=' } },
      { key: 'nothing' },
    ];
    const [read1] = read(
      request([{ name: 'g', gauge: { dataPoints: [point({ asDouble: 1, attributes: values })] } }], {}),
    ).points;
    expect(decodeURIComponent(read1?.definition.key ?? '')).toBe(
      'g,boolean=true,bytes=AQI=,double=1.5,list=["a",1],map={"k":"v"},number=7.value',
    );
  });

  it.each([
    ['a metric without a name', { gauge: { dataPoints: [{ asDouble: 1 }] } }, /name/],
    ['a data point without a value', { name: 'm', gauge: { dataPoints: [{}] } }, /value/],
    [
      'an attribute twice',
      {
        name: 'm',
        gauge: {
          dataPoints: [{ asDouble: 1, attributes: [...attributes({ a: '1' }), ...attributes({ a: '2' })] }],
        },
      },
      /once/,
    ],
    [
      'an attribute that is too long',
      {
        name: 'm',
        gauge: { dataPoints: [{ asDouble: 1, attributes: attributes({ a: 'x'.repeat(4_097) }) }] },
      },
      /4096/,
    ],
  ])('refuses %s and reads the others', (_name, metric, reason) => {
    const reading = read(request([metric, { name: 'ok', gauge: { dataPoints: [point({ asDouble: 1 })] } }]));
    expect(reading.points).toHaveLength(1);
    expect(reading.refused).toMatchObject([{ count: 1, values: { reason: expect.stringMatching(reason) } }]);
    expect(reading.received).toBe(2);
  });

  it('accounts for every data point', () => {
    const sent = fc.array(
      fc.record({
        name: fc.string({ maxLength: 3 }),
        gauge: fc.record({
          dataPoints: fc.array(
            fc.record(
              {
                asDouble: fc.double({ noNaN: true, noDefaultInfinity: true }),
                flags: fc.nat({ max: 3 }),
                timeUnixNano: fc.nat().map(String),
                attributes: fc.constantFrom(attributes({ a: '1' }), attributes({ '': 'x' }), []),
              },
              { requiredKeys: [] },
            ),
            { maxLength: 3 },
          ),
        }),
      }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(sent, (metrics) => {
        const count = metrics.reduce((sum, { gauge }) => sum + gauge.dataPoints.length, 0);
        const reading = read(request(metrics));
        const samples = reading.points.reduce((sum, { samples }) => sum + samples.length, 0);
        const refused = reading.refused.reduce((sum, fault) => sum + fault.count, 0);
        expect([reading.received, samples + refused]).toEqual([count, count]);
      }),
      { numRuns: Math.min(FUZZ_RUNS, 100_000) },
    );
  });

  it('never throws anything but an error of the catalog', () => {
    const dataPoints = [point({ asDouble: 1, attributes: attributes({ a: 'b' }) })];
    const quantileValues = [{ quantile: 0.5, value: 1 }];
    const honest = forms(
      request([
        { name: 'g', gauge: { dataPoints } },
        { name: 'h', histogram: { dataPoints: [point({ count: '1', sum: 2 })] } },
        { name: 's', summary: { dataPoints: [point({ count: '1', quantileValues })] } },
      ]),
    )[form];
    const broken = fc.oneof(
      fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
      fc
        .array(fc.tuple(fc.nat({ max: honest.length - 1 }), fc.integer({ min: 0, max: 255 })), {
          maxLength: 6,
        })
        .map((changes) => {
          const bytes = Buffer.from(honest);
          for (const [at, value] of changes) bytes[at] = value;
          return bytes;
        }),
    );
    fc.assert(
      fc.property(broken, (bytes) => {
        const reading = readOrCode(() => readBytes(form, bytes));
        if (typeof reading === 'string') expect(reading).toMatch(/REQUEST_INVALID|REQUEST_TOO_LARGE/);
        else expect(reading.received).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: FUZZ_RUNS },
    );
  });
});

describe('OTLP in JSON', () => {
  const read = (message: unknown) =>
    readOrCode(() => readBytes('json', Buffer.from(JSON.stringify(message))));

  it('reads whatever JSON there is, or refuses it with an error of the catalog', () => {
    const names = [
      'resourceMetrics',
      'resource',
      'scopeMetrics',
      'metrics',
      'name',
      'gauge',
      'dataPoints',
      'value',
    ];
    const { any } = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom<unknown>(1, 'x', null, true, '12', -1.5),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...names, 'asDouble', 'attributes', 'key', 'timeUnixNano'), tie('any')),
      ),
    }));
    fc.assert(
      fc.property(any, (body) => {
        const reading = read({ resourceMetrics: [body, { scopeMetrics: [{ metrics: body }] }] });
        if (typeof reading === 'string') expect(reading).toBe('REQUEST_INVALID');
        else expect(reading.received).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: FUZZ_RUNS },
    );
  });

  it.each([
    ['a number that is none', { asDouble: 'abc' }, /value must be a number/],
    ['a time that is none', { asDouble: 1, timeUnixNano: 'soon' }, /timeUnixNano/],
    ['a time before 1970', { asDouble: 1, timeUnixNano: '-1' }, /timeUnixNano/],
  ])('refuses %s alone', (_name, point, reason) => {
    const reading = read(request([{ name: 'm', gauge: { dataPoints: [point, { asDouble: 2 }] } }]));
    expect(reading).toMatchObject({
      points: [{ samples: [{ value: 2 }] }],
      refused: [{ count: 1, values: { reason: expect.stringMatching(reason) } }],
    });
  });

  it('reads values that JSON has no number for', () => {
    const reading = read(
      request([{ name: 'm', gauge: { dataPoints: [{ asDouble: 'NaN' }, { asDouble: '-Infinity' }] } }]),
    );
    expect(reading).toMatchObject({ points: [{ samples: [{ reason: 'NaN' }, { reason: '-Infinity' }] }] });
  });
});

it('a body of empty messages is refused before it fills the memory', () => {
  const bytes = Buffer.alloc(1_000_002).fill(Buffer.from([10, 0]));
  expect(readOrCode(() => readBytes('protobuf', bytes))).toBe('REQUEST_TOO_LARGE');
});
