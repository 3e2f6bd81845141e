import { expect, test } from 'vitest';
import { type Age, ageMsAt, noteAge } from './ages.ts';

test('of many writes some are remembered, never as younger than they are, and evenly', () => {
  const ages: Age[] = [];
  for (let write = 0; write < 20_000; write += 1) noteAge(ages, { offset: write * 10, atMs: write });
  expect(ages.length).toBeLessThanOrEqual(1_000);
  const clock = { elapsedMs: () => 20_000 };
  expect(ageMsAt(ages, 199_990, clock)).toBe(1);
  for (const write of [0, 1, 777, 10_000, 19_000]) {
    const atMs = 20_000 - (ageMsAt(ages, write * 10 + 3, clock) ?? Number.NaN);
    expect(atMs).toBeLessThanOrEqual(write);
    expect(atMs).toBeGreaterThan(write - 60);
  }
  expect(ageMsAt([], 5, clock)).toBeNull();
});
