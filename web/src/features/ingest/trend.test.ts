import type { Collector, LatestValue, Point, Series } from '@ronghe/contracts';
import { describe, expect, it } from 'vitest';
import { staleTest } from './stale.ts';
import { gapsOf, trendOf } from './trend.ts';

const at = (second: number) => new Date(Date.UTC(2026, 10, 22, 10, 0, second)).toISOString();
const bucket = (second: number, mean: number | null, bad = 0) => ({
  time: at(second),
  count: mean === null ? 0 : 1,
  bad,
  min: mean,
  max: mean,
  mean,
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
const series = (items: Series['items']): Series => ({ point: 1, bucketMs: 10_000, items });

describe('the curve of a point', () => {
  it('keeps a gap in the middle and drops empty buckets whose time has not come', () => {
    const curve = trendOf(series([bucket(0, 1), bucket(10, null), bucket(20, 3), bucket(30, null)]), [], 0);
    expect(curve.map((point) => point.mean)).toEqual([1, null, 3]);
    expect(gapsOf(curve)).toBe(1);
  });

  it('goes on with live values after the last bucket and does not draw one twice', () => {
    const curve = trendOf(series([bucket(0, 1)]), [latest(5, 9), latest(12, 2), latest(14, true)], 0);
    expect(curve.map((point) => point.mean)).toEqual([1, 2, 1]);
  });

  it('breaks the line at a bad value and leaves out what is before the window', () => {
    const curve = trendOf(
      series([bucket(0, 1)]),
      [latest(12, 5, 'bad'), latest(13, 'text')],
      Date.parse(at(10)),
    );
    expect(curve.map((point) => point.mean)).toEqual([null, null]);
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
