import { expect, it } from 'vitest';
import { daysOf, rangeOf, totalOf } from './usage.ts';

const item = (key: string, requests: number, refused: number) => ({
  ...{ key, name: key, requests, refused, rows: 10, bytes: 100, elapsedMs: 5 },
});

it('days are those of Shanghai, today among them, and one without a request is there too', () => {
  // 00:30 of the 30th in Shanghai is still the 29th in UTC
  const range = rangeOf(3, Date.parse('2026-11-29T16:30:00Z'));
  expect(range).toEqual({ from: '2026-11-27T16:00:00.000Z', to: '2026-11-30T16:00:00.000Z' });
  const days = daysOf([item('2026-11-29', 4, 1)], range);
  expect(days.map(({ key, requests }) => [key, requests])).toEqual([
    ['2026-11-28', 0],
    ['2026-11-29', 4],
    ['2026-11-30', 0],
  ]);
});

it('sums what was asked and refused', () => {
  expect(totalOf([item('a', 4, 1), item('b', 6, 2)])).toEqual({
    ...{ requests: 10, refused: 3, rows: 20, bytes: 200, elapsedMs: 10 },
  });
});
