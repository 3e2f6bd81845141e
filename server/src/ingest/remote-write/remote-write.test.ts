import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { FUZZ_RUNS, FUZZ_TIMEOUT_MS, readOrCode, received, samplesOf } from '../doors/doors.fixture.ts';
import { encode1, encode2, type SentSeries } from './remote-write.fixture.ts';
import { type RemoteWriteVersion, readRemoteWrite } from './remote-write.ts';

vi.setConfig({ testTimeout: FUZZ_TIMEOUT_MS });

const UP: SentSeries = {
  labels: { __name__: 'up', instance: '10.0.0.1:9100', job: 'node' },
  samples: [
    [1, 1_700_000_000_000],
    [0, 1_700_000_015_000],
  ],
};
const encoders = { 1: encode1, 2: encode2 } as const;

describe.each([1, 2] as const)('remote write %i.0', (version) => {
  const read = (series: readonly SentSeries[]) => readRemoteWrite(encoders[version](series), version);

  it('maps the name to the measurement, labels to tags and the value to a field', () => {
    const reading = read([UP]);
    expect(reading.refused).toEqual([]);
    expect(samplesOf(reading)).toEqual({
      'up,instance=10.0.0.1:9100,job=node.value': [
        [1, 'good', '', 1_700_000_000_000],
        [0, 'good', '', 1_700_000_015_000],
      ],
    });
    expect(reading.points[0]?.definition).toMatchObject({ type: 'number', equipment: '10.0.0.1:9100' });
  });

  it('sorts labels, and gives the same series the same point', () => {
    const other: SentSeries = {
      labels: [
        ['job', 'node'],
        ['__name__', 'up'],
        ['empty', ''],
        ['instance', '10.0.0.1:9100'],
      ],
      samples: [[5, 1_700_000_030_000]],
    };
    expect(Object.values(samplesOf(read([UP, other])))).toEqual([
      [
        [1, 'good', '', 1_700_000_000_000],
        [0, 'good', '', 1_700_000_015_000],
        [5, 'good', '', 1_700_000_030_000],
      ],
    ]);
  });

  it('tells the stale marker from other values that are no numbers', () => {
    const samples: SentSeries['samples'] = [
      ['stale', 1],
      [Number.NaN, 2],
      [Number.POSITIVE_INFINITY, 3],
      [Number.NEGATIVE_INFINITY, 4],
    ];
    expect(samplesOf(read([{ labels: { __name__: 'm' }, samples }]))).toEqual({
      'm.value': [
        [null, 'bad', 'stale', 1],
        [null, 'bad', 'NaN', 2],
        [null, 'bad', 'Infinity', 3],
        [null, 'bad', '-Infinity', 4],
      ],
    });
  });

  it('counts native histograms and exemplars and says why they are refused', () => {
    const reading = read([{ ...UP, histograms: 3, exemplars: 2 }]);
    expect(reading.points[0]?.samples).toHaveLength(2);
    expect(reading.refused).toMatchObject([
      { code: 'SAMPLE_INVALID', count: 3, values: { reason: expect.stringMatching(/histogram/) } },
      { code: 'SAMPLE_INVALID', count: 2, values: { reason: expect.stringMatching(/exemplar/) } },
    ]);
  });

  it.each([
    ['no name', { job: 'a' }],
    [
      'a name twice',
      [
        ['__name__', 'a'],
        ['x', '1'],
        ['x', '2'],
      ] as [string, string][],
    ],
    [
      'a label without a name',
      [
        ['__name__', 'a'],
        ['', '1'],
      ] as [string, string][],
    ],
    ['a label that is too long', { __name__: 'a', x: 'y'.repeat(4_097) }],
  ])('refuses a series with %s, and stores the others', (_name, labels) => {
    const reading = read([
      {
        labels,
        samples: [
          [1, 1],
          [2, 2],
        ],
      },
      UP,
    ]);
    expect(reading.points).toHaveLength(1);
    expect(reading.refused).toMatchObject([{ code: 'SAMPLE_INVALID', count: 2 }]);
  });

  it('keeps control characters out of names that people read', () => {
    const [point] = read([{ labels: { __name__: 'a', x: 'b\u0000\nc' }, samples: [[1, 1]] }]).points;
    expect(point?.definition).toMatchObject({ key: 'a,x=b%00%0Ac.value', name: 'a value (b c)' });
  });

  it('reads nothing as nothing', () => {
    expect(read([])).toEqual({ points: [], refused: [] });
    expect(readRemoteWrite(Buffer.alloc(0), version)).toEqual({ points: [], refused: [] });
  });

  it('gives every sample back, as a sample or as a refusal', () => {
    const series = fc.record({
      labels: fc.array(fc.tuple(fc.constantFrom('__name__', 'a', 'b', ''), fc.string({ maxLength: 8 })), {
        maxLength: 4,
      }),
      samples: fc.array(
        fc.tuple(fc.oneof(fc.double(), fc.constant('stale' as const)), fc.nat({ max: 1e9 })),
        { maxLength: 4 },
      ),
      histograms: fc.nat({ max: 2 }),
      exemplars: fc.nat({ max: 2 }),
    });
    fc.assert(
      fc.property(fc.array(series, { maxLength: 5 }), (sent) => {
        const count = sent.reduce((sum, one) => sum + one.samples.length + one.histograms + one.exemplars, 0);
        expect(received(read(sent))).toBe(count);
      }),
      { numRuns: Math.min(FUZZ_RUNS, 100_000) },
    );
  });

  it('never throws anything but an error of the catalog', () => {
    const honest = encoders[version]([{ ...UP, histograms: 1, exemplars: 1, unit: 'Cel' }]);
    fc.assert(
      fc.property(brokenFrom(honest), (bytes) => {
        const reading = readOrCode(() => readRemoteWrite(bytes, version));
        expect(typeof reading === 'string' ? reading : received(reading)).not.toBe(undefined);
        if (typeof reading === 'string') expect(reading).toMatch(/REQUEST_INVALID|REQUEST_TOO_LARGE/);
      }),
      { numRuns: FUZZ_RUNS },
    );
  });
});

const brokenFrom = (honest: Buffer) =>
  fc.oneof(
    fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(
        fc.array(fc.tuple(fc.nat({ max: honest.length - 1 }), fc.integer({ min: 0, max: 255 })), {
          maxLength: 6,
        }),
        fc.nat({ max: honest.length }),
      )
      .map(([changes, end]) => {
        const bytes = Buffer.from(honest);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes.subarray(0, end);
      }),
  );

describe('limits', () => {
  const tooLarge = (bytes: Buffer, version: RemoteWriteVersion) =>
    expect(readOrCode(() => readRemoteWrite(bytes, version))).toBe('REQUEST_TOO_LARGE');

  it('a body of empty series is refused before it fills the memory', () => {
    tooLarge(Buffer.alloc(500_000).fill(Buffer.from([10, 0])), 1);
    tooLarge(Buffer.alloc(500_000).fill(Buffer.from([42, 0])), 2);
    tooLarge(Buffer.alloc(2_100_000).fill(Buffer.from([34, 0])), 2);
  });

  it('so are more samples than one request may bring', () => {
    const inner = Buffer.alloc(1_000_002).fill(Buffer.from([18, 0]));
    const head = [10, 0x80 | (inner.length & 0x7f), 0x80 | ((inner.length >> 7) & 0x7f), inner.length >> 14];
    tooLarge(Buffer.concat([Buffer.from(head), inner]), 1);
  });

  it('and a long symbol that is used again and again', () => {
    const long = 'x'.repeat(4_000);
    const labels = Object.fromEntries(Array.from({ length: 90 }, (_, index) => [`label${index}`, long]));
    const series = Array.from({ length: 200 }, (_, index) => ({
      labels: { __name__: `m${index}`, ...labels },
      samples: [[1, 1]] as [number, number][],
    }));
    tooLarge(encode2(series), 2);
  });
});

it('takes the unit from the metadata of 2.0 and leaves that of 1.0 alone', () => {
  const [point] = readRemoteWrite(encode2([{ ...UP, unit: 'seconds' }]), 2).points;
  expect(point?.definition.unit).toBe('seconds');
  const metadata = [{ type: 2, name: 'up', help: 'is it up', unit: '' }];
  expect(readRemoteWrite(encode1([], metadata), 1)).toEqual({ points: [], refused: [] });
});
