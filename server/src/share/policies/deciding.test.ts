import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ColumnOffer } from '#platform/datasets/offer.ts';
import { type Decision, decide, type GradedDataset } from './deciding.ts';
import { byStrictness, fitsColumn, fittingMask } from './masks.ts';
import { type Caller, indexPolicies, type SavedPolicy } from './policy-index.ts';
import { isWithin, topsOf, upwards } from './subtrees.ts';

const column = (name: string, more: Partial<ColumnOffer> = {}): ColumnOffer => ({
  name,
  title: { zh: name, en: name },
  description: { zh: name, en: name },
  type: 'text',
  unit: null,
  ...{ grade: 1, level: 'general', personal: false },
  ...more,
});
const DATASET: GradedDataset = {
  id: 'd',
  title: { zh: '数据', en: 'Data' },
  columns: [
    column('id'),
    column('amount', { type: 'number' }),
    column('phone', { personal: true }),
    column('secret', { grade: 2 }),
    column('important', { level: 'important' }),
    column('closed', { grade: 3 }),
  ],
};
const caller = (more: Partial<Caller> = {}): Caller => ({
  ...{ kind: 'key', id: 'k', name: 'app', organisation: 'jx.a', roles: [], permissions: new Set() },
  ...more,
});
const policy = (more: Partial<SavedPolicy> = {}): SavedPolicy => ({
  ...{ id: 'p', version: 1, name: 'p', effect: 'grant', dataset: 'd', organisation: 'jx.b' },
  subject: { kind: 'organisation', organisation: 'jx.a' },
  rows: { organisations: null, own: false, filter: null },
  ...{ columns: null, masks: {}, purposes: null, from: null, until: null, quota: {}, reason: '' },
  ...more,
});
const NOW = Date.parse('2026-06-01T00:00:00Z');
const decided = (policies: SavedPolicy[], more: { caller?: Caller; purpose?: string } = {}): Decision => {
  const who = more.caller ?? caller();
  const asked = indexPolicies(policies).of(who, 'd');
  return decide({ caller: who, dataset: DATASET, policies: asked, nowMs: NOW, purpose: more.purpose });
};

describe('without a policy', () => {
  test('one sees rows of the own subtree, harmless columns, personal ones masked', () => {
    const { organisations, columns, parts, refused } = decided([]);
    expect({ organisations, columns, refused }).toEqual({
      organisations: ['jx.a'],
      columns: ['id', 'amount', 'phone'],
      refused: null,
    });
    expect(parts[0]?.columns.get('phone')).toEqual({ kind: 'partial', first: 1, last: 0 });
  });

  test('the owner at the top sees everything plain; the right alone, or the top alone, is not enough', () => {
    const right = new Set(['share:policy:write']);
    expect(decided([], { caller: caller({ organisation: 'jx', permissions: right }) }).columns).toHaveLength(
      6,
    );
    expect(decided([], { caller: caller({ organisation: 'jx' }) }).columns).toHaveLength(3);
    expect(decided([], { caller: caller({ permissions: right }) }).columns).toHaveLength(3);
  });

  test('a dataset that needs a right of its room shows nothing without it', () => {
    const dataset = { ...DATASET, needs: 'fuse:enterprise:read' };
    const asked = { dataset, policies: [], nowMs: NOW, purpose: undefined };
    expect(decide({ ...asked, caller: caller() }).refused).toBe('no-rows');
    const may = caller({ permissions: new Set(['fuse:enterprise:read']) });
    expect(decide({ ...asked, caller: may }).refused).toBeNull();
  });
});

describe('grants', () => {
  test('all columns never means those that are in principle not shared', () => {
    expect([...decided([policy()]).columns].sort()).toEqual(['amount', 'id', 'important', 'phone', 'secret']);
    expect(decided([policy({ columns: ['id', 'closed'] })]).columns).toContain('closed');
  });

  test('rows outside what the policy may speak of are left out', () => {
    const rows = { organisations: ['jx', 'jx.bb', 'jx.b.x'], own: false, filter: null };
    expect(decided([policy({ rows })]).organisations).toEqual(['jx.a', 'jx.b.x']);
  });

  test('a sibling whose name begins alike is another organisation', () => {
    expect(isWithin('jx.ab', 'jx.a')).toBe(false);
    expect(
      decided([policy({ subject: { kind: 'organisation', organisation: 'jx.aa' } })]).organisations,
    ).toEqual(['jx.a']);
  });

  test('a mask that does not fit hides', () => {
    expect(
      decided([policy({ masks: { amount: { kind: 'hash' } } })]).parts[1]?.columns.get('amount'),
    ).toEqual({ kind: 'null' });
  });
});

test('a decision says in words how many columns are seen and why', () => {
  const { why } = decided([policy({ columns: ['id', 'secret'], name: '共享' })]);
  expect(why.map(({ zh }) => zh).join('\n')).toContain('6 列中可见 4 列，因为');
  expect(why.map(({ zh }) => zh).join('\n')).toContain('授权「共享」');
  expect(why.map(({ en }) => en).join('\n')).toContain('4 of 6 columns are visible, because');
});

const path = fc
  .array(fc.constantFrom('a', 'b', 'ab'), { maxLength: 3 })
  .map((labels) => ['jx', ...labels].join('.'));
const policies = fc.array(
  fc.record({
    effect: fc.constantFrom('grant' as const, 'limit' as const),
    organisation: path,
    dataset: fc.constantFrom('d', null, 'other'),
    subject: fc.oneof(
      path.map((organisation) => ({ kind: 'organisation' as const, organisation })),
      fc.constantFrom('k', 'other').map((id) => ({ kind: 'key' as const, id })),
      path.map((organisation) => ({ kind: 'application' as const, name: 'app', organisation })),
    ),
    until: fc.constantFrom(null, '2026-05-31T23:59:59Z', '2026-06-01T00:00:01Z'),
    rows: fc.record({
      organisations: fc.option(fc.array(path, { minLength: 1, maxLength: 3 })),
      own: fc.boolean(),
      filter: fc.constant(null),
    }),
    columns: fc.option(fc.subarray(['id', 'amount', 'secret', 'closed'], { minLength: 1 })),
  }),
  { maxLength: 8 },
);

test('whatever the policies: no row beyond the own subtree and what live grants to the caller name', () => {
  fc.assert(
    fc.property(policies, path, (drawn, organisation) => {
      const saved = drawn.map((more, index) => policy({ ...more, id: String(index) }));
      const who = caller({ organisation });
      const { organisations, parts } = decided(saved, { caller: who });
      const live = saved.filter(
        ({ effect, until, dataset, subject }) =>
          effect === 'grant' &&
          (until === null || Date.parse(until) > NOW) &&
          (dataset === null || dataset === 'd') &&
          (subject.kind === 'organisation'
            ? isWithin(organisation, subject.organisation)
            : subject.kind === 'key'
              ? subject.id === 'k'
              : subject.kind === 'application' && subject.organisation === organisation),
      );
      for (const seen of organisations)
        expect(isWithin(seen, organisation) || live.some((each) => isWithin(seen, each.organisation))).toBe(
          true,
        );
      for (const { policy: by } of parts)
        expect(by === null || live.some(({ id }) => id === by.id)).toBe(true);
    }),
    { seed: 7, numRuns: 500 },
  );
});

test('the fewest tops have the same subtrees', () => {
  fc.assert(
    fc.property(fc.array(path, { maxLength: 8 }), path, (paths, probe) => {
      const tops = topsOf(paths);
      expect(tops.some((top) => isWithin(probe, top))).toBe(paths.some((each) => isWithin(probe, each)));
      for (const top of tops) expect(tops.filter((other) => isWithin(top, other))).toEqual([top]);
    }),
    { seed: 7 },
  );
  expect(upwards('jx.a.b')).toEqual(['jx.a.b', 'jx.a', 'jx']);
});

test('masks are ordered by how much they leave', () => {
  const sorted = [
    { kind: 'partial', first: 3, last: 2 },
    { kind: 'null' },
    { kind: 'partial', first: 1, last: 0 },
    { kind: 'hash' },
  ] as const;
  expect([...sorted].sort(byStrictness).map(({ kind }) => kind)).toEqual([
    'null',
    'hash',
    'partial',
    'partial',
  ]);
  expect([...sorted].sort(byStrictness)[2]).toMatchObject({ first: 1 });
  expect(fitsColumn({ kind: 'division', digits: 2 }, { type: 'text' })).toBe(false);
  expect(fittingMask({ kind: 'band', step: 5 }, { type: 'time' })).toEqual({ kind: 'null' });
});
