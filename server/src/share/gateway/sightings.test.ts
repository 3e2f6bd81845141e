import { expect, test } from 'vitest';
import type { Scope } from '#platform/auth/scope.ts';
import type { Rules } from '../policies/rulebook.service.ts';
import { createSightings } from './sightings.service.ts';

const SCOPE: Scope = {
  ...{
    actor: { kind: 'user', id: 'u', name: 'a' },
    organisation: 'jx',
    permissions: new Set(['share:sql:use']),
  },
  ...{ roles: ['officer'], locale: 'zh-CN', requestId: 'r', from: null },
};
const rulesOf = (policies: { from: string | null; until: string | null }[] = []) =>
  ({ policies }) as unknown as Rules;
const AT = { purpose: undefined, nowMs: 1_000 };
const at = (ms: number) => new Date(ms).toISOString();

function watched() {
  let decided = 0;
  const sightings = createSightings(() => {
    decided += 1;
    return { get: () => undefined, all: () => [], isUnusable: () => false };
  });
  return { of: sightings.of, decided: () => decided };
}

test('the same caller under the same rules is decided for once, whatever the request', () => {
  const { of, decided } = watched();
  const rules = rulesOf();
  const first = of(SCOPE, rules, AT);
  expect(of({ ...SCOPE, requestId: 'other', permissions: new Set(SCOPE.permissions) }, rules, AT)).toBe(
    first,
  );
  expect(decided()).toBe(1);
});

test.each<[string, Partial<Scope>, { purpose: string | undefined; nowMs: number }]>([
  ['another person', { actor: { kind: 'user', id: 'v', name: 'a' } }, AT],
  ['a key of the same id', { actor: { kind: 'key', id: 'u', name: 'a' } }, AT],
  ['another name', { actor: { kind: 'user', id: 'u', name: 'b' } }, AT],
  ['another organisation', { organisation: 'jx.nanchang' }, AT],
  ['another role', { roles: ['auditor'] }, AT],
  ['one right less', { permissions: new Set() }, AT],
  ['one right more', { permissions: new Set(['share:sql:use', 'share:policy:write'] as const) }, AT],
  ['a purpose', {}, { ...AT, purpose: '统计' }],
])('%s is decided for apart', (_what, other, asked) => {
  const { of } = watched();
  const rules = rulesOf();
  expect(of({ ...SCOPE, ...other }, rules, asked).id).not.toBe(of(SCOPE, rules, AT).id);
});

test('rules that changed, and a moment at which a policy begins or ends, end it', () => {
  const { of, decided } = watched();
  const rules = rulesOf([
    { from: at(2_000), until: at(5_000) },
    { from: null, until: at(3_000) },
  ]);
  const ids = [1_000, 1_999, 2_000, 2_999, 3_000, 4_999, 5_000, 9_000].map(
    (nowMs) => of(SCOPE, rules, { ...AT, nowMs }).id,
  );
  expect(ids).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
  expect(of(SCOPE, rulesOf(), AT).id).toBe(5);
  // a clock that is set back finds nothing of what came later
  expect(of(SCOPE, rules, { ...AT, nowMs: 1_500 }).id).toBe(6);
  expect(decided()).toBe(6);
});
