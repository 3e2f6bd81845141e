import { TEXT_BYTES_MAX } from '@ronghe/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBatch } from './batch.ts';
import { checkSample, type Incoming, instantOf, type Row, rangeOf, shownValue } from './observations.ts';
import { createQueue } from './queue.ts';

const NOW_MS = Date.parse('2026-03-01T00:00:00Z');
const limits = { nowMs: NOW_MS, futureHoursMax: 24 };
const number = { key: 'k', id: 7, type: 'number' } as const;
const boolean = { key: 'k', id: 7, type: 'boolean' } as const;
const text = { key: 'k', id: 7, type: 'text' } as const;
const sample = (value: Incoming['value'], more: Partial<Incoming> = {}): Incoming => ({
  timeUs: NOW_MS * 1000,
  value,
  quality: 'good',
  reason: '',
  ...more,
});

describe('a sample', () => {
  it.each([
    ['a number', number, sample(1.5), 1.5],
    ['true', boolean, sample(true), 1],
    ['false', boolean, sample(false), 0],
    ['a text', text, sample('运行'), '运行'],
    ['a bad number without a value', number, sample(null, { quality: 'bad' }), Number.NaN],
    ['a bad text without a value', text, sample(null, { quality: 'bad' }), ''],
    ['a text of exactly the limit', text, sample('x'.repeat(TEXT_BYTES_MAX)), 'x'.repeat(TEXT_BYTES_MAX)],
    ['the last allowed moment', number, sample(1, { timeUs: (NOW_MS + 86_400_000) * 1000 }), 1],
    ['the first moment of 1970', number, sample(1, { timeUs: 0 }), 1],
  ])('with %s is stored', (_name, point, given, value) => {
    expect(checkSample(given, point, limits)).toMatchObject({ series: 7, value });
  });

  it.each([
    ['a text for a number', number, sample('1'), 'VALUE_TYPE_WRONG'],
    ['a boolean for a number', number, sample(true), 'VALUE_TYPE_WRONG'],
    ['a number for a boolean', boolean, sample(1), 'VALUE_TYPE_WRONG'],
    ['a number for a text', text, sample(1), 'VALUE_TYPE_WRONG'],
    ['infinity', number, sample(Number.POSITIVE_INFINITY), 'VALUE_NOT_FINITE'],
    ['no value although good', number, sample(null), 'VALUE_NOT_FINITE'],
    ['a text one byte too long', text, sample('x'.repeat(TEXT_BYTES_MAX + 1)), 'TEXT_TOO_LONG'],
    ['a Chinese text too long in bytes', text, sample('炉'.repeat(TEXT_BYTES_MAX / 2)), 'TEXT_TOO_LONG'],
    ['a time before 1970', number, sample(1, { timeUs: -1 }), 'TIME_OUT_OF_RANGE'],
    [
      'a time too far ahead',
      number,
      sample(1, { timeUs: (NOW_MS + 86_400_001) * 1000 }),
      'TIME_OUT_OF_RANGE',
    ],
    ['no time at all', number, sample(1, { timeUs: Number.NaN }), 'TIME_OUT_OF_RANGE'],
  ])('with %s is refused', (_name, point, given, code) => {
    expect(checkSample(given, point, limits)).toMatchObject({ code });
  });

  it('is shown as it came in', () => {
    for (const [point, given] of [
      [number, sample(-0.25)],
      [boolean, sample(true)],
      [boolean, sample(false)],
      [text, sample('')],
      [text, sample(null, { quality: 'bad' })],
      [number, sample(null, { quality: 'uncertain' })],
    ] as const) {
      const row = checkSample(given, point, limits) as Row;
      // NaN leaves ClickHouse as null.
      const stored = typeof row.value === 'number' && Number.isNaN(row.value) ? null : row.value;
      expect(shownValue(point.type, stored, given.quality)).toBe(given.value);
    }
  });
});

describe('a batch', () => {
  const point = { key: 'a', type: 'number', samples: [[NOW_MS, 1, 'good']] };
  const batch = { source: 'copper', epoch: 'e', sequence: 1, points: [point] };

  it('is read with microseconds', () => {
    const read = readBatch({ ...batch, points: [{ ...point, samples: [[NOW_MS + 0.125, 1, 'good', 'x']] }] });
    expect(read.points[0]?.samples).toEqual([
      { timeUs: NOW_MS * 1000 + 125, value: 1, quality: 'good', reason: 'x' },
    ]);
  });

  it.each([
    ['nothing', null],
    ['a list', []],
    ['no source', { ...batch, source: undefined }],
    ['a source in capitals', { ...batch, source: 'Copper' }],
    ['an empty epoch', { ...batch, epoch: '' }],
    ['an epoch with NUL', { ...batch, epoch: 'a\0' }],
    ['sequence zero', { ...batch, sequence: 0 }],
    ['half a sequence', { ...batch, sequence: 1.5 }],
    ['no points', { ...batch, points: [] }],
  ])('with %s is refused as a whole', (_name, body) => {
    expect(() => readBatch(body)).toThrowError(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  });

  it.each([
    ['a point without a key', { ...point, key: undefined }],
    ['a key with a control character', { ...point, key: 'a\nb' }],
    ['an unknown type', { ...point, type: 'double' }],
    ['a name of the wrong type', { ...point, name: 5 }],
    ['no samples', { ...point, samples: [] }],
    ['a sample that is no list', { ...point, samples: [5] }],
    ['a sample without quality', { ...point, samples: [[1, 2]] }],
    ['an unknown quality', { ...point, samples: [[1, 2, 'fine']] }],
    ['a time that is a text', { ...point, samples: [['now', 2, 'good']] }],
    ['a value that is an object', { ...point, samples: [[1, {}, 'good']] }],
    ['a point that is null', null],
  ])('with %s loses that part only', (_name, bad) => {
    const read = readBatch({ ...batch, points: [bad, { ...point, key: 'b' }] });
    expect(read.points.map(({ definition }) => definition.key)).toEqual(['b']);
    expect(read.refused).toMatchObject([{ code: 'SAMPLE_INVALID', count: 1 }]);
  });

  it('keeps the good samples of a point beside the bad ones, which are counted by reason', () => {
    const samples = [[1, 2, 'good'], [1, 2], [2, 3, 'good'], [4], [5, 6, 'fine']];
    const read = readBatch({ ...batch, points: [{ ...point, samples }] });
    expect(read.points[0]?.samples).toHaveLength(2);
    expect(read.refused.map(({ count }) => count)).toEqual([2, 1]);
  });

  it('with too many samples is refused as too large', () => {
    const samples = Array.from({ length: 20_001 }, () => [1, 2, 'good']);
    expect(() => readBatch({ ...batch, points: [{ ...point, samples }] })).toThrowError(
      expect.objectContaining({ code: 'REQUEST_TOO_LARGE' }),
    );
  });
});

describe('a time', () => {
  it('is written with microseconds only where there are any', () => {
    expect(instantOf(1_700_000_000_123_000)).toBe('2023-11-14T22:13:20.123Z');
    expect(instantOf(1_700_000_000_123_456)).toBe('2023-11-14T22:13:20.123456Z');
    const microseconds = fc.integer({ min: -62_135_596_800_000_000 / 10, max: 4_000_000_000_000_000 });
    fc.assert(
      fc.property(fc.array(microseconds), (times) => {
        for (const timeUs of times) {
          const ms = Math.floor(timeUs / 1000);
          const rest = timeUs - ms * 1000;
          const text = new Date(ms).toISOString();
          const expected = rest === 0 ? text : text.replace('Z', `${String(rest).padStart(3, '0')}Z`);
          expect(instantOf(timeUs)).toBe(expected);
        }
      }),
    );
  });

  it('of a range keeps its microseconds', () => {
    const range = rangeOf({ from: '2026-03-01T00:00:00.000001Z', to: '2026-03-01T08:00:00.5+08:00' }, NOW_MS);
    expect(range).toEqual({ fromUs: NOW_MS * 1000 + 1, toUs: NOW_MS * 1000 + 500_000 });
  });

  it('of an empty range is refused', () => {
    expect(() => rangeOf({ from: '2026-03-02T00:00:00Z', to: '2026-03-01T00:00:00Z' }, NOW_MS)).toThrowError(
      expect.objectContaining({ code: 'REQUEST_INVALID' }),
    );
  });
});

describe('the queue', () => {
  const gate = () => {
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    return { open, opened };
  };

  it('sends back what does not fit, and takes it when there is room again', async () => {
    const queue = createQueue({ samplesMax: 10 });
    const first = gate();
    const running = queue.run({ samples: 8, source: 'a' }, () => first.opened);
    await expect(queue.run({ samples: 3, source: 'b' }, async () => 1)).rejects.toMatchObject({
      code: 'INGEST_OVERLOADED',
    });
    first.open();
    await running;
    await expect(queue.run({ samples: 3, source: 'b' }, async () => 1)).resolves.toBe(1);
    expect(queue.samples()).toBe(0);
  });

  it('refuses at once what could never fit', async () => {
    const queue = createQueue({ samplesMax: 10 });
    await expect(queue.run({ samples: 11, source: 'a' }, async () => 1)).rejects.toMatchObject({
      code: 'REQUEST_TOO_LARGE',
    });
  });

  it('keeps the order of one source, also after a failure, and lets others pass', async () => {
    const queue = createQueue({ samplesMax: 100 });
    const first = gate();
    const seen: string[] = [];
    const a1 = queue.run({ samples: 1, source: 'a' }, async () => {
      await first.opened;
      seen.push('a1');
      throw new Error('no');
    });
    const a2 = queue.run({ samples: 1, source: 'a' }, async () => void seen.push('a2'));
    await queue.run({ samples: 1, source: 'b' }, async () => void seen.push('b1'));
    first.open();
    await expect(a1).rejects.toThrow('no');
    await a2;
    expect(seen).toEqual(['b1', 'a1', 'a2']);
  });

  it('when closed refuses new work and waits for the old', async () => {
    const queue = createQueue({ samplesMax: 10 });
    const first = gate();
    const running = queue.run({ samples: 1, source: 'a' }, () => first.opened);
    const closing = queue.close(5_000);
    await expect(queue.run({ samples: 1, source: 'a' }, async () => 1)).rejects.toMatchObject({
      code: 'SHUTTING_DOWN',
    });
    first.open();
    await expect(closing).resolves.toBe(true);
    await running;
  });

  it('says when what is inside does not end in time', async () => {
    const queue = createQueue({ samplesMax: 10 });
    const first = gate();
    const running = queue.run({ samples: 1, source: 'a' }, () => first.opened);
    await expect(queue.close(10)).resolves.toBe(false);
    first.open();
    await running;
  });
});
