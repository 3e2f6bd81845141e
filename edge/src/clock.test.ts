import { HOUR_MS } from '@ronghe/contracts';
import { expect, test } from 'vitest';
import { momentAt, momentOf, systemClock, wallMsOf } from './clock.ts';
import { createCounts } from './connections.counts.ts';
import { silentLog } from './log.ts';

/** Both clocks as the test has them. */
function hands() {
  const at = { wallMs: Date.UTC(2026, 0, 5, 12), elapsedMs: 7_000 };
  return { at, clock: { now: () => new Date(at.wallMs), elapsedMs: () => at.elapsedMs } };
}

test.each([
  ['nobody set the clock', 0],
  ['it was set two hours ahead', 2 * HOUR_MS],
  ['it was set three hours back', -3 * HOUR_MS],
  ['it was set to 2005', Date.UTC(2005, 0, 1) - Date.UTC(2026, 0, 5)],
])('a moment is as long ago as was measured when %s', (_, stepMs) => {
  const { at, clock } = hands();
  const moment = momentOf(clock);
  at.elapsedMs += 90_000.4;
  at.wallMs += 90_000 + stepMs;
  expect(wallMsOf(clock, moment)).toBe(at.wallMs - 90_000);
});

test('small differences of the clocks move no moment, and none is later than now', () => {
  const { at, clock } = hands();
  const moment = momentOf(clock);
  at.elapsedMs += 10_000;
  at.wallMs += 10_300;
  expect(wallMsOf(clock, moment)).toBe(moment.wallMs);
  at.elapsedMs = moment.elapsedMs + 100;
  at.wallMs = moment.wallMs - 500;
  expect(wallMsOf(clock, moment)).toBe(at.wallMs);
});

test('what an earlier run wrote down is as old as the wall clock says, and never of the future', () => {
  const { at, clock } = hands();
  expect(momentAt(clock, at.wallMs - 60_000)).toEqual({ wallMs: at.wallMs - 60_000, elapsedMs: -53_000 });
  expect(momentAt(clock, at.wallMs + 60_000)).toEqual(at);
});

test('the clock of the machine measures without the wall', () => {
  const before = systemClock.elapsedMs();
  expect(systemClock.elapsedMs()).toBeGreaterThanOrEqual(before);
  expect(Math.abs(systemClock.now().getTime() - Date.now())).toBeLessThan(1_000);
});

test('a gap that would end before it began is told as a moment, and said to be one', () => {
  const told: unknown[] = [];
  const log = { ...silentLog(), warn: (fields: unknown) => void told.push(fields) };
  Object.assign(log, { child: () => log });
  const counts = createCounts({ clock: systemClock, log: log as never });
  const fromMs = Date.UTC(2026, 0, 5, 12);
  counts.of('press').gap({ fromMs, toMs: fromMs - HOUR_MS, points: 3, filled: null, reason: 'link-lost' });
  const at = new Date(fromMs).toISOString();
  expect(counts.recentGaps()).toMatchObject([{ from: at, to: at, points: 3, reason: 'link-lost' }]);
  expect(told).toContainEqual({ endedMs: fromMs - HOUR_MS });
});
