import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_BUCKET, fillBuckets, parseAggregates, parseBucket, type TimedBucket } from './buckets.ts';

describe('parseBucket', () => {
  it.each([
    ['1ms', 0.001],
    ['10s', 10],
    ['1m', 60],
    ['90m', 5_400],
    ['1h', 3_600],
    ['1d', 86_400],
    ['2w', 1_209_600],
    ['PT15M', 900],
    ['P1D', 86_400],
    ['P1DT12H', 129_600],
    ['PT1H30M', 5_400],
    ['PT0.25S', 0.25],
    ['P2W', 1_209_600],
  ])('reads %s as %d seconds', (text, seconds) => {
    expect(parseBucket(text)).toBe(seconds * 1_000_000);
  });

  it.each([
    '',
    '0s',
    '-1m',
    '1',
    'm',
    '1.5h',
    '1M',
    'P1M',
    'P1Y',
    'PT',
    'P',
    'PT0S',
    '367d',
    '1h 1m',
    'P1DT',
    '999999999d',
    'PT1.5H',
  ])('refuses %j', (text) => {
    expect(() => parseBucket(text)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  });
});

describe('parseAggregates', () => {
  it('takes each name once and refuses others', () => {
    expect(parseAggregates(undefined)).toEqual(['count', 'min', 'max', 'mean']);
    expect(parseAggregates('last, first,last')).toEqual(['last', 'first']);
    expect(() => parseAggregates('median')).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
    expect(() => parseAggregates('')).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  });
});

const bucket = (timeUs: number, mean: number): TimedBucket => ({
  timeUs,
  values: { ...EMPTY_BUCKET, count: 1, mean, min: mean },
});
const means = (buckets: TimedBucket[]) => buckets.map(({ values }) => values.mean);

describe('fillBuckets', () => {
  const request = { fromUs: 0, toUs: 60, widthUs: 10, before: null, after: null };
  const found = [bucket(10, 1), bucket(40, 4)];

  it('leaves a gap as a gap, holds the last value, or draws a line, but goes nowhere beyond the ends', () => {
    expect(means(fillBuckets(found, { ...request, fill: 'null' }))).toEqual([null, 1, null, null, 4, null]);
    expect(means(fillBuckets(found, { ...request, fill: 'previous' }))).toEqual([null, 1, 1, 1, 4, 4]);
    expect(means(fillBuckets(found, { ...request, fill: 'linear' }))).toEqual([null, 1, 2, 3, 4, null]);
    expect(fillBuckets(found, { ...request, fill: 'linear' })[2]?.values).toMatchObject({
      count: 0,
      max: null,
    });
  });

  it('takes a bucket with bad samples only for a gap, and still tells how many', () => {
    const bad = { timeUs: 20, values: { ...EMPTY_BUCKET, bad: 3 } };
    const filled = fillBuckets([bucket(10, 1), bad], { ...request, fill: 'previous' });
    expect(filled[2]?.values).toMatchObject({ count: 0, bad: 3, mean: 1 });
  });

  it('gives the same in pages as at once', () => {
    const values = fc.array(fc.option(fc.integer({ min: -50, max: 50 }), { nil: null }), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(
        values,
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom('previous', 'linear'),
        (all, cut, fill) => {
          const buckets = all.flatMap((value, index) => (value === null ? [] : [bucket(index * 10, value)]));
          const endUs = all.length * 10;
          const cutUs = Math.min(endUs, cut * 10);
          const whole = fillBuckets(buckets, {
            fill,
            fromUs: 0,
            toUs: endUs,
            widthUs: 10,
            before: null,
            after: null,
          });
          const before = buckets.filter(({ timeUs }) => timeUs < cutUs);
          const after = buckets.filter(({ timeUs }) => timeUs >= cutUs);
          const pages = [
            ...fillBuckets(before, {
              fill,
              fromUs: 0,
              toUs: cutUs,
              widthUs: 10,
              before: null,
              after: after[0] ?? null,
            }),
            ...fillBuckets(after, {
              fill,
              fromUs: cutUs,
              toUs: endUs,
              widthUs: 10,
              before: before.at(-1) ?? null,
              after: null,
            }),
          ];
          expect(pages).toEqual(whole);
        },
      ),
    );
  });
});
