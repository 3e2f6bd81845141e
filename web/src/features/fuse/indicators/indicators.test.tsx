import type { Growth } from '@ronghe/contracts';
import { describe, expect, test } from 'vitest';
import { type Indicator, periodsOf, toneOf } from './figure-text.ts';
import { comparedKey } from './use-indicator-view.ts';

const INDICATOR: Indicator = {
  code: 'REVENUE',
  name: { zh: '营业收入', en: 'Operating revenue' },
  unit: '万元',
  kind: 'flow',
  frequency: 'monthly',
  january: 'exempt',
  direction: 'up',
  measures: ['cumulative', 'month'],
  derivation: null,
  first: '2025-11',
  last: '2026-03',
  enterprises: 3,
};
const growth = (change: Partial<Growth>): Growth => ({
  ...{ kind: 'rate', value: null, turn: null, current: 1, base: 1, comparable: 1, share: 1 },
  ...change,
});

describe('months that can be asked for', () => {
  test.each([
    ['January is no month of its own', {}, ['2026-03', '2026-02', '2025-12', '2025-11']],
    ['unless it is', { january: 'separate' }, ['2026-03', '2026-02', '2026-01', '2025-12', '2025-11']],
    ['quarters', { january: 'quarter', frequency: 'quarterly' }, ['2026-03', '2025-12']],
    ['none without values', { first: null, last: null }, []],
  ] as const)('%s', (_name, change, expected) => {
    expect(periodsOf({ ...INDICATOR, ...change })).toEqual(expected);
  });
});

test.each([
  ['growth of what should grow', growth({ value: 3 }), 'up', 'good'],
  ['a fall of it', growth({ value: -3 }), 'up', 'bad'],
  ['a fall of what should fall', growth({ value: -3 }), 'down', 'good'],
  ['a loss that grew', growth({ turn: 'loss-grew' }), 'up', 'bad'],
  ['a loss that shrank', growth({ turn: 'loss-shrank' }), 'up', 'good'],
  ['what is neither', growth({ value: 3 }), 'none', 'plain'],
  ['nothing known', null, 'up', 'plain'],
] as const)('%s', (_name, grown, direction, tone) => {
  expect(toneOf(grown, direction)).toBe(tone);
});

test('rows of a table are compared by what they are', () => {
  expect(comparedKey('city', '360100')).toBe('region:360100');
  expect(comparedKey('section', 'C')).toBe('sector:C');
  expect(comparedKey('size', 'large')).toBe('size:large');
  expect(comparedKey('sector', '')).toBeNull();
});
