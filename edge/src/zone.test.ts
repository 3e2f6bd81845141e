import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isZone, openZone } from './zone.ts';

const wall = (text: string): number => Date.parse(`${text}Z`);

test.each([
  // A clock without summer time, since 1992.
  ['Asia/Shanghai', '2026-01-05T10:00:00', '2026-01-05T02:00:00.000Z', true],
  // Shanghai had summer time from 1986 to 1991.
  ['Asia/Shanghai', '1988-07-01T10:00:00', '1988-07-01T01:00:00.000Z', true],
  ['UTC', '2026-01-05T10:00:00', '2026-01-05T10:00:00.000Z', true],
  // Set forward at 02:00: half past two never was, and counts as if the clock had not been set yet.
  ['America/New_York', '2026-03-08T01:59:59', '2026-03-08T06:59:59.000Z', true],
  ['America/New_York', '2026-03-08T02:30:00', '2026-03-08T07:30:00.000Z', false],
  ['America/New_York', '2026-03-08T03:00:00', '2026-03-08T07:00:00.000Z', true],
  // Set back at 02:00: half past one was twice, and counts as the first.
  ['America/New_York', '2026-11-01T01:30:00', '2026-11-01T05:30:00.000Z', false],
  ['America/New_York', '2026-11-01T02:00:00', '2026-11-01T07:00:00.000Z', true],
  // Half an hour of summer time.
  ['Australia/Lord_Howe', '2026-04-05T01:45:00', '2026-04-04T14:45:00.000Z', false],
  ['Asia/Kathmandu', '2026-01-05T10:00:00', '2026-01-05T04:15:00.000Z', true],
])('in %s the wall shows %s at %s', (name, shown, expected, clear) => {
  const { utcMs, clear: isClear } = openZone(name).instantOf(wall(shown));
  expect(new Date(utcMs).toISOString()).toBe(expected);
  expect(isClear).toBe(clear);
});

test('what a wall shows is found again: the moment itself, or the earlier of two', () => {
  const zones = [
    'Asia/Shanghai',
    'Europe/Berlin',
    'America/New_York',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Asia/Tehran',
  ].map(openZone);
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 4_000_000_000_000 }), (zone, utcMs) => {
      const wallMs = utcMs + zone.offsetMs(utcMs);
      const found = zone.instantOf(wallMs);
      expect(found.utcMs + zone.offsetMs(found.utcMs)).toBe(wallMs);
      if (found.clear) expect(found.utcMs).toBe(utcMs);
      else expect(found.utcMs).toBeLessThanOrEqual(utcMs);
    }),
    { numRuns: 500 },
  );
});

test('fractions of a millisecond stay', () => {
  expect(openZone('Asia/Shanghai').instantOf(1_700_000_000_000.25).utcMs).toBe(1_699_971_200_000.25);
});

test('names that nobody has given to a zone are known as such', () => {
  expect(['Asia/Shanghai', 'UTC', 'Europe/Berlin'].map(isZone)).toEqual([true, true, true]);
  expect(['Asia/Nanchang', 'Mars/Olympus', ''].map(isZone)).toEqual([false, false, false]);
  expect(() => openZone('Asia/Nanchang')).toThrow(RangeError);
});
