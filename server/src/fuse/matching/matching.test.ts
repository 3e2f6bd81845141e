import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nameKeyOf } from '../standards/names.ts';
import { identityOf, type RecordIdentity } from './identity.ts';
import { createKnownLinks } from './known-links.ts';
import type { Link } from './links.store.ts';
import { decide } from './matching.ts';
import { keyOfName } from './traits.ts';

const CODE = '91360000625912173B';
const OTHER = '91350100M000100Y43';

type Text = { name?: string; short?: string; former?: string; code?: string; division?: string };
const identity = ({ name, short, former, code, division }: Text): RecordIdentity => {
  const value = (text: string | undefined) => (text === undefined ? {} : { value: text, valid: true });
  return identityOf({
    ...(name === undefined ? {} : { name: value(name) as { value: string; valid: boolean } }),
    ...(short === undefined ? {} : { shortName: { value: short, valid: true } }),
    ...(former === undefined ? {} : { formerName: { value: former, valid: true } }),
    ...(code === undefined ? {} : { code: { value: code, valid: true } }),
    ...(division === undefined ? {} : { division: { value: division, valid: true } }),
  });
};
let entity = 0;
const link = (enterprise: string, text: Text): Link => {
  entity += 1;
  const rowKey = String(entity);
  return {
    source: 's',
    entityKey: rowKey,
    enterprise,
    gone: false,
    rowKey,
    matchedBy: 'new',
    weight: null,
    isKept: true,
    ...identity(text),
  };
};
const against = (links: readonly Link[]) =>
  createKnownLinks(links, {
    ages: new Map([
      ['old', 1],
      ['mid', 2],
      ['young', 3],
    ]),
    reachable: () => true,
  }).without('s', 'the record itself');

test('a source that holds each enterprise once gets no second record into one by its name, but by its code', () => {
  const name = { name: '江西豫章铜业有限公司', division: '360681' };
  const known = against([link('old', { ...name, code: CODE })]);
  expect(decide(identity(name), known, { current: null })).toMatchObject({ rule: 'name-city' });
  expect(decide(identity(name), known, { current: null, onceIn: 's' })).toMatchObject({ enterprise: null });
  expect(decide(identity(name), known, { current: null, onceIn: 'other' }).rule).toBe('name-city');
  const same = decide(identity({ ...name, code: CODE }), known, { current: null, onceIn: 's' });
  expect(same).toMatchObject({ enterprise: 'old', rule: 'code' });
});

describe('a new record', () => {
  test.each([
    ['its code', { name: '甲乙丙丁公司', code: CODE }, { code: CODE }, 'code'],
    ['the old taxpayer number', { name: '甲' }, { code: '360000625912173' }, null],
    ['a taxpayer number of the code', { code: CODE }, { code: '360000625912173' }, 'join-key'],
    ['an organisation code with hyphen', { code: CODE }, { code: '62591217-3' }, 'join-key'],
    [
      'name and city',
      { name: '江西豫章铜业有限责任公司', division: '360681' },
      { name: '豫章铜业（江西）有限公司', division: '360603' },
      'name-city',
    ],
    [
      'the short name another source told',
      { name: '江西豫章铜业有限公司', short: '豫章铜业', division: '360600' },
      { name: '豫章铜业', division: '360600' },
      'name-city',
    ],
    [
      'the former name',
      { name: '江西豫章铜业有限公司', former: '鹰潭冶炼厂二分厂', division: '360600' },
      { name: '鹰潭冶炼厂二分厂', division: '360600' },
      'name-city',
    ],
    [
      'nothing, when the city differs',
      { name: '豫章铜业有限公司', division: '360600' },
      { name: '豫章铜业有限公司', division: '360700' },
      null,
    ],
    ['nothing, when no city is known', { name: '豫章铜业有限公司' }, { name: '豫章铜业有限公司' }, null],
    [
      'nothing, when the codes differ',
      { name: '豫章铜业有限公司', division: '360600', code: CODE },
      { name: '豫章铜业有限公司', division: '360600', code: OTHER },
      null,
    ],
    [
      'nothing, when two only share a short name',
      { name: '江西豫章铜业有限公司', short: '豫章集团', division: '360600' },
      { name: '江西豫章矿业有限公司', short: '豫章集团', division: '360600' },
      null,
    ],
  ])('is placed by %s', (_by, known: Text, record: Text, rule) => {
    const decision = decide(identity(record), against([link('old', known)]), { current: null });
    expect(decision.enterprise).toBe(rule === null ? null : 'old');
    expect(decision.rule).toBe(rule ?? 'new');
  });

  test('with a wrong check character is never placed by its code', () => {
    const known = link('old', { name: '甲公司总厂', code: CODE });
    expect(
      decide(identity({ name: '乙公司总厂', code: '91360000625912173C' }), against([known]), {
        current: null,
      }).enterprise,
    ).toBeNull();
  });

  test('whose name fits two enterprises is placed with neither, and told', () => {
    const same = { name: '豫章铜业有限公司', division: '360600' };
    const decision = decide(identity(same), against([link('old', same), link('mid', same)]), {
      current: null,
    });
    expect(decision).toMatchObject({ enterprise: null, ambiguous: true });
  });
});

describe('a known record', () => {
  const named = { name: '豫章铜业有限公司', division: '360600' };
  test('stays where it is without better evidence', () => {
    expect(decide(identity(named), against([link('old', named)]), { current: 'young' })).toMatchObject({
      enterprise: 'young',
      merge: [],
    });
  });
  test('whose code shows another enterprise merges the two into the older', () => {
    const decision = decide(
      identity({ ...named, code: CODE }),
      against([link('old', { code: CODE }), link('young', named)]),
      { current: 'young' },
    );
    expect(decision).toMatchObject({ enterprise: 'old', merge: ['young'], rule: 'code' });
  });
  test('moves without merging when the enterprise it leaves has another code', () => {
    const links = [link('old', { code: CODE }), link('young', { code: OTHER })];
    expect(decide(identity({ ...named, code: CODE }), against(links), { current: 'young' })).toMatchObject({
      enterprise: 'old',
      merge: [],
    });
  });
  test('with a taxpayer number does not weld two enterprises with different codes', () => {
    const links = [link('old', { code: CODE }), link('young', { code: OTHER })];
    const decision = decide(identity({ code: '360000625912173' }), against(links), { current: 'young' });
    expect(decision).toMatchObject({ enterprise: 'old', merge: [] });
  });
  test('leaves for a new enterprise when all others there have another code', () => {
    expect(
      decide(identity({ code: OTHER }), against([link('old', { code: CODE })]), { current: 'old' })
        .enterprise,
    ).toBeNull();
  });
});

test('never two valid codes in one enterprise, whatever comes in whatever order', () => {
  const codes = [CODE, OTHER, '91110000600037341L', undefined, '360000625912173'];
  const names = ['江西豫章铜业有限公司', '豫章铜业有限责任公司', '南昌赣江电子有限公司'];
  const records = fc.array(
    fc.record({
      code: fc.constantFrom(...codes),
      name: fc.constantFrom(...names),
      division: fc.constantFrom('360100', '360600'),
    }),
    { minLength: 1, maxLength: 12 },
  );
  fc.assert(
    fc.property(records, (list) => {
      const known = createKnownLinks([], { ages: new Map(), reachable: () => true });
      for (const [index, { code, ...rest }] of list.entries()) {
        const who = identity({ ...rest, ...(code === undefined ? {} : { code }) });
        const key = String(index);
        const { enterprise, merge, rule } = decide(who, known.without('s', key), { current: null });
        const id = enterprise ?? `e${index}`;
        if (enterprise === null) known.made(id);
        for (const from of merge)
          for (const other of known.all())
            if (other.enterprise === from) known.put({ ...other, enterprise: id });
        known.put({
          source: 's',
          entityKey: key,
          enterprise: id,
          gone: false,
          rowKey: key,
          weight: null,
          isKept: true,
          matchedBy: rule,
          ...who,
        });
      }
      const byEnterprise = new Map<string, Set<string>>();
      const byCode = new Map<string, Set<string>>();
      for (const { code, enterprise } of known.all()) {
        if (code === null) continue;
        byEnterprise.set(enterprise, (byEnterprise.get(enterprise) ?? new Set()).add(code));
        byCode.set(code, (byCode.get(code) ?? new Set()).add(enterprise));
      }
      for (const set of [...byEnterprise.values(), ...byCode.values()]) expect(set.size).toBe(1);
    }),
    { numRuns: 300 },
  );
});

test('keys of a name keep what tells enterprises apart', () => {
  expect(nameKeyOf('江西豫章铜业有限公司').key).toBe('豫章铜业有限公司');
});

test('a name that was filled in because something had to be names nobody', () => {
  const name = { name: '无名称有限公司', division: '360600' };
  const links = [link('one', name)];
  const [filled] = identity(name).names;
  const known = (common: number[]) =>
    createKnownLinks(links, { ages: new Map(), reachable: () => true, common: new Set(common) }).without(
      '',
      '',
    );
  expect(known([]).byName(filled?.key ?? '')).toHaveLength(1);
  expect(known([keyOfName(filled?.key ?? '')]).byName(filled?.key ?? '')).toEqual([]);
});
