import { expect, it } from 'vitest';
import { createBodyPool, POOLED_BODY_BYTES_MIN } from './body-pool.ts';

const LARGE = POOLED_BODY_BYTES_MIN * 3;

it('lends memory again when it was given back, and never to two at once', () => {
  const pool = createBodyPool();
  const first = pool.take(LARGE);
  const second = pool.take(LARGE);
  expect(first.length).toBe(LARGE);
  expect(second.buffer).not.toBe(first.buffer);
  pool.giveBack(first);
  pool.giveBack(first);
  expect(pool.take(LARGE - 1).buffer).toBe(first.buffer);
  expect(pool.take(LARGE).buffer).not.toBe(first.buffer);
});

it('does not take in what it never lent', () => {
  const pool = createBodyPool();
  const foreign = Buffer.alloc(POOLED_BODY_BYTES_MIN);
  pool.giveBack(foreign);
  expect(pool.take(POOLED_BODY_BYTES_MIN).buffer).not.toBe(foreign.buffer);
});

it('keeps no more than its limit', () => {
  const pool = createBodyPool({ keptBytesMax: POOLED_BODY_BYTES_MIN });
  const lent = [pool.take(1), pool.take(1)];
  for (const body of lent) pool.giveBack(body);
  expect(pool.take(1).buffer).toBe(lent[0]?.buffer);
  expect(pool.take(1).buffer).not.toBe(lent[1]?.buffer);
});
