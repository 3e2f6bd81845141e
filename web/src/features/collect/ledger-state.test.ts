import type { LedgerHour } from '@ronghe/contracts';
import { expect, test } from 'vitest';
import { hoursOf, ledgerState } from './ledger-state.ts';

const hour = (more: Partial<LedgerHour>): LedgerHour => ({
  hour: '2026-01-05T10:00:00.000Z',
  read: 0,
  filtered: 0,
  sent: 0,
  lost: 0,
  rejected: 0,
  stored: 0,
  bad: 0,
  missing: 0,
  checksum: 'none',
  ...more,
});

test.each([
  ['nothing known', undefined, 'none'],
  ['nothing at all', hour({}), 'none'],
  ['only lost', hour({ read: 5, lost: 5 }), 'lacking'],
  ['rejected', hour({ read: 5, sent: 5, rejected: 1, stored: 4 }), 'lacking'],
  ['missing beside bad', hour({ read: 5, sent: 5, stored: 4, bad: 2, missing: 1 }), 'lacking'],
  ['stale', hour({ read: 5, sent: 5, stored: 5, bad: 1 }), 'bad'],
  ['filtered', hour({ read: 50, filtered: 45, sent: 5, stored: 5 }), 'complete'],
  ['everything filtered', hour({ read: 50, filtered: 50 }), 'complete'],
  ['of another door', hour({ stored: 5 }), 'unchecked'],
] as const)('an hour with %s is %s', (_, told, state) => {
  expect(ledgerState(told)).toBe(state);
});

test('every hour of the range is there, known or not', () => {
  const known = [hour({ read: 1 })];
  const found = hoursOf({ from: '2026-01-05T09:00:00.000Z', to: '2026-01-05T12:00:00.000Z' }, known);
  expect(found.map(({ hour: at, told }) => [at.slice(11, 13), told?.read])).toEqual([
    ['09', undefined],
    ['10', 1],
    ['11', undefined],
  ]);
});
