import type { AlertRule, NewAlertRule } from '@ronghe/contracts';
import { expect, test } from 'vitest';
import { draftOf, emptyRule, missingOf, ruleOf } from './rule-draft.ts';

const rule = (more: Partial<NewAlertRule>): AlertRule => ({
  ...{ organisation: 'jx', name: '炉温', cause: '', colour: 'red', watch: { points: [1] } },
  ...{
    condition: { kind: 'above', limit: 80 },
    forSeconds: 0,
    clearSeconds: 0,
    missing: null,
    enabled: true,
  },
  ...{ tell: [], tellEnd: true },
  ...more,
  ...{ id: 'r', version: 1, state: 'active', madeBy: 'a', madeAt: '2026-01-01T00:00:00.000Z', open: 0 },
});

test.each<Partial<NewAlertRule>>([
  { condition: { kind: 'above', limit: 80, clear: 75 }, forSeconds: 60 },
  { condition: { kind: 'below', limit: 0 }, watch: { search: 'pump' } },
  { condition: { kind: 'outside', low: -1, high: 1, margin: 0.2 }, clearSeconds: 5 },
  { condition: { kind: 'equal', value: 1 }, missing: { behaviour: 'alert', seconds: 30 } },
  { condition: { kind: 'unequal', value: 3 }, enabled: false },
  { condition: { kind: 'silent', seconds: 600 } },
  { condition: { kind: 'bad' }, cause: '接线松动' },
  {
    tell: [
      { afterSeconds: 0, channels: ['c'] },
      { afterSeconds: 900, channels: ['d'] },
    ],
    tellEnd: false,
  },
])('a rule comes out of its draft as it went in: %j', (more) => {
  const { id, version, state, madeBy, madeAt, open, ...content } = rule(more);
  expect(ruleOf(draftOf(rule(more)))).toEqual(content);
});

test('what is missing is named', () => {
  expect(missingOf(emptyRule(''))).toEqual(['name', 'organisation', 'points', 'limit']);
  expect(missingOf({ ...emptyRule('jx'), name: 'a', points: [1], kind: 'outside' })).toEqual(['low', 'high']);
  expect(missingOf({ ...emptyRule('jx'), name: 'a', watch: 'search', search: ' ', kind: 'bad' })).toEqual([
    'points',
  ]);
});
