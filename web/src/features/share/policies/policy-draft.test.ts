import { NewPolicy, type Policy } from '@ronghe/contracts';
import { describe, expect, it } from 'vitest';
import {
  beginMask,
  changedFields,
  draftOf,
  emptyPolicy,
  masksFor,
  policyOf,
  standingOf,
  withDataset,
} from './policy-draft.ts';
import { sightChange } from './sight-diff.ts';

const COLUMNS = [
  { name: 'city', type: 'text' as const },
  { name: 'revenue', type: 'number' as const },
];
const POLICY: Policy = {
  ...{ id: '00000000-0000-4000-8000-000000000001', version: 2, state: 'active', revocation: null },
  ...{ name: '给南昌', effect: 'grant', dataset: 'enterprises', organisation: 'jx', reason: '协议 3 号' },
  subject: { kind: 'application', name: 'finance', organisation: 'jx.nanchang' },
  rows: {
    organisations: ['jx.ganzhou'],
    own: false,
    filter: {
      and: [{ column: 'revenue', op: 'gt', value: 2000 }, { not: { column: 'city', op: 'isNull' } }],
    },
  },
  ...{ columns: ['city', 'revenue'], masks: { revenue: { kind: 'band', step: 1000 } } },
  ...{ purposes: ['统计'], from: '2026-11-01T00:00:00.000Z', until: '2027-01-01T16:00:00.000Z' },
  ...{ quota: { requests: 100 }, madeBy: 'admin', madeAt: '2026-11-01T00:00:00.000Z' },
};
const content = ({
  id: _i,
  version: _v,
  state: _s,
  revocation: _r,
  madeBy: _b,
  madeAt: _a,
  ...rest
}: Policy) => rest;

describe('a policy being written', () => {
  it('is saved as it was read when nothing is changed, also when it speaks of every dataset', () => {
    expect(policyOf(draftOf(POLICY, COLUMNS), COLUMNS).policy).toEqual(content(POLICY));
    const wide = { ...POLICY, dataset: null };
    expect(policyOf(draftOf(wide, []), []).policy).toEqual(content(wide));
    expect(NewPolicy.parse(content(POLICY))).toEqual(content(POLICY));
  });

  it('tells what is missing instead of sending half of it', () => {
    expect(policyOf(emptyPolicy(''), COLUMNS).missing).toEqual(['name', 'subject', 'organisation']);
    const draft = draftOf(POLICY, COLUMNS);
    const broken = {
      ...draft,
      masks: [{ column: 'revenue', mask: beginMask('band') }],
      until: '2026-10-01T00:00',
    };
    expect(policyOf(broken, COLUMNS)).toEqual({ policy: null, missing: ['masks', 'until'] });
  });

  it('forgets columns of the dataset before, and offers masks that fit', () => {
    const other = withDataset(draftOf(POLICY, COLUMNS), 'points');
    expect(policyOf(other, [{ name: 'name', type: 'text' }]).policy).toMatchObject({
      ...{ dataset: 'points', columns: null, masks: {} },
      rows: { organisations: ['jx.ganzhou'], filter: null },
    });
    expect(masksFor('number')).toEqual(['null', 'band', 'noise']);
    expect(masksFor('boolean')).toEqual(['null']);
  });

  it('has a standing at every moment, and versions say what changed', () => {
    const at = (text: string) => standingOf(POLICY, Date.parse(text));
    expect([at('2026-10-01T00:00Z'), at('2026-12-01T00:00Z'), at('2027-02-01T00:00Z')]).toEqual([
      'waiting',
      'active',
      'expired',
    ]);
    expect(standingOf({ ...POLICY, state: 'revoked' }, 0)).toBe('revoked');
    expect(changedFields({ ...POLICY, until: null, version: 3 }, POLICY)).toEqual(['until']);
  });
});

describe('what somebody would see', () => {
  const column = (name: string, masks: [] | [{ kind: 'hash' }] = []) => ({
    ...{ name, type: 'text' as const, unit: null, grade: 1 as const, level: 'general' as const },
    ...{ personal: false, masks, partly: false, title: { zh: name, en: name } },
    description: { zh: '', en: '' },
  });
  const sight = (columns: ReturnType<typeof column>[], rowsOf: string[]) => ({
    ...{ columns, rowsOf, allowed: columns.length > 0, why: [] },
  });

  it('is compared column by column and row by row', () => {
    const change = sightChange(
      sight([column('a'), column('b', [{ kind: 'hash' }]), column('c')], ['jx.nanchang']),
      sight([column('a'), column('b'), column('d')], ['jx.nanchang', 'jx.ganzhou']),
    );
    expect(change.columns.map(({ name, change }) => [name, change])).toEqual([
      ['a', 'same'],
      ['b', 'changed'],
      ['c', 'removed'],
      ['d', 'added'],
    ]);
    expect(change.rows).toEqual([
      { organisation: 'jx.nanchang', change: 'same' },
      { organisation: 'jx.ganzhou', change: 'added' },
    ]);
    expect(change.differs).toBe(true);
    const wider = sightChange(sight([], ['jx.nanchang']), sight([], ['jx']));
    expect(wider.rows.map(({ change }) => change)).toEqual(['same', 'added']);
    const narrower = sightChange(sight([], ['jx']), sight([], ['jx.nanchang']));
    expect(narrower.rows.map(({ change }) => change)).toEqual(['removed', 'same']);
    const same = sight([column('a')], ['jx']);
    expect(sightChange(same, same).differs).toBe(false);
  });
});
