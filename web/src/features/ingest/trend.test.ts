import type { Collector, LatestValue, Point } from '@ronghe/contracts';
import { describe, expect, it } from 'vitest';
import { staleTest } from './stale.ts';
import { bucketTrend, isAlone, lineTrend, spansOf, type TrendBucket } from './trend.ts';

const WIDTH_MS = 10_000;
const START_MS = Date.UTC(2026, 10, 22, 10);
const at = (second: number) => new Date(START_MS + second * 1000).toISOString();
/** Buckets in a row, each told by its numbers of good and of other samples: `3`, `2/1`, `0/4`, `-` for none. */
const buckets = (told: string): TrendBucket[] =>
  told.split(' ').map((text, index) => {
    const [good = 0, bad = 0] = text === '-' ? [] : text.split('/').map(Number);
    const value = good > 0 ? index : null;
    return { timeMs: START_MS + index * WIDTH_MS, mean: value, min: value, max: value, good, bad };
  });
const latest = (
  second: number,
  value: LatestValue['value'],
  quality: LatestValue['quality'] = 'good',
): LatestValue => ({
  point: 1,
  time: at(second),
  receivedAt: at(second),
  value,
  quality,
  reason: null,
});
const sample = (second: number, value: number) => ({ time: at(second), value });
const means = ({ points }: { points: readonly { mean: number | null }[] }) => points.map(({ mean }) => mean);

describe('parts of a range that are not simply good', () => {
  it.each([
    ['everything is good', '3 3 3', []],
    ['only bad ones', '3 0/4 0/2 3', [['bad', 10, 30, 6]]],
    ['some bad ones', '3 2/1 3', [['partly', 10, 20, 1]]],
    ['a long silence', '3 3 3 - - - 3', [['gap', 30, 60, 0]]],
    ['a silence at the end', '3 3 3 - - -', [['gap', 30, 60, 0]]],
    ['a short silence', '3 - - 3', []],
    ['a silence before the first sample', '- - - - 3', []],
    ['a point that reports changes only', '1 - - - - 1 - - - 1', []],
    [
      'a silence next to bad ones',
      '3 3 3 0/1 - - - 3',
      [
        ['bad', 30, 40, 1],
        ['gap', 40, 70, 0],
      ],
    ],
    ['nothing at all', '- - - -', []],
  ])('are told for %s', (_what, told, expected) => {
    const found = spansOf(buckets(told), WIDTH_MS).map(({ kind, fromMs, toMs, bad }) => [
      kind,
      (fromMs - START_MS) / 1000,
      (toMs - START_MS) / 1000,
      bad,
    ]);
    expect(found).toEqual(expected);
  });
});

describe('the line of a point', () => {
  const line = (samples: { time: string; value: number }[], told: string, tail: LatestValue[] = []) =>
    lineTrend(samples, buckets(told), { bucketMs: WIDTH_MS, tail });

  it('is broken where samples are bad or missing, and nowhere else', () => {
    expect(means(line([sample(1, 5), sample(25, 6)], '1 0/3 1'))).toEqual([5, null, 6]);
    expect(means(line([sample(1, 5), sample(25, 6)], '1 - 1'))).toEqual([5, 6]);
    expect(
      means(
        line(
          [1, 12, 23, 64].map((second) => sample(second, second)),
          '1 1 1 - - - 1',
        ),
      ),
    ).toEqual([1, 12, 23, null, 64]);
  });

  it('goes on with live values, draws none twice and breaks at one that is not good', () => {
    const tail = [latest(1, 5), latest(5, 7), latest(6, true), latest(7, 9, 'uncertain'), latest(8, 'text')];
    expect(means(line([sample(1, 5)], '1', tail))).toEqual([5, 7, 1, null, null]);
  });
});

describe('the curve of buckets', () => {
  it('joins what lies around a short silence and breaks at a long one and at bad ones', () => {
    expect(means(bucketTrend(buckets('1 - 1 1 0/2 1 1 - - - 1'), WIDTH_MS))).toEqual([
      0,
      2,
      3,
      null,
      5,
      6,
      null,
      10,
    ]);
  });

  it('tells a place that stands alone, which a line would not show', () => {
    const { points } = bucketTrend(buckets('1 0/1 1 0/1 1 1'), WIDTH_MS);
    expect(points.map((_point, index) => isAlone(points, index))).toEqual([
      true,
      false,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('a stale value', () => {
  const point = { collector: 'edge-1', connection: 'plc' } as Point;
  const collector = (state: Collector['state'], connection: string) =>
    ({
      name: 'edge-1',
      state,
      report: { connections: [{ name: 'plc', state: connection }] },
    }) as unknown as Collector;

  it.each([
    ['the collector is online and connected', collector('online', 'connected'), latest(0, 1), false],
    ['the collector is offline', collector('offline', 'connected'), latest(0, 1), true],
    ['the connection is down', collector('online', 'disconnected'), latest(0, 1), true],
    ['the platform says so', collector('online', 'connected'), { ...latest(0, 1), reason: 'stale' }, true],
  ])('is judged when %s', (_when, state, value, expected) => {
    expect(staleTest([state])(point, value)).toBe(expected);
  });
});
