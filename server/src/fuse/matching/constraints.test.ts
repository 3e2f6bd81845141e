import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contradictionIn, createConstraints, type DecidedPair, idOfRecord } from './constraints.ts';
import type { RecordIdentity } from './identity.ts';
import { createKnownLinks } from './known-links.ts';
import type { Link } from './links.store.ts';
import { decide } from './matching.ts';

const record = (entityKey: string) => ({ source: 's', entityKey });
const pair = (a: string, sign: '=' | '≠', b: string): DecidedPair => ({
  kind: sign === '=' ? 'must-link' : 'cannot-link',
  a: record(a),
  b: record(b),
  decision: `${a}${sign}${b}`,
});
const id = (key: string) => idOfRecord(record(key));

describe('decisions in force', () => {
  test('must-links hold through each other and cannot-links reach everything tied to their ends', () => {
    const constraints = createConstraints([pair('a', '=', 'b'), pair('b', '=', 'c'), pair('c', '≠', 'd')]);
    expect(constraints.tiedTo(id('a'))).toEqual([id('b'), id('c')]);
    expect([...constraints.apartFrom(id('a')).keys()]).toEqual([id('d')]);
    expect(constraints.tiedTo(id('d'))).toEqual([]);
    expect(constraints.between([id('b'), id('c')], [id('d')])?.decision).toBe('c≠d');
    expect(constraints.between([id('a')], [id('d')])?.decision).toBe('c≠d');
    expect(constraints.between([id('a')], [id('b')])).toBeNull();
  });

  test('a contradiction is told as the shortest chain, the cannot-link last', () => {
    const chain = contradictionIn([
      pair('a', '=', 'b'),
      pair('b', '=', 'c'),
      pair('c', '=', 'e'),
      pair('b', '=', 'e'),
      pair('a', '≠', 'e'),
    ]);
    expect(chain?.map(({ decision }) => decision)).toEqual(['a=b', 'b=e', 'a≠e']);
    expect(contradictionIn([pair('a', '=', 'b'), pair('b', '≠', 'c')])).toBeNull();
  });
});

/** Records with few codes and names, so that rules often want what people forbade. */
const CODES = ['X', 'Y', null] as const;
const identities = fc.array(
  fc.record({ code: fc.constantFrom(...CODES), name: fc.constantFrom('甲', '乙') }),
  { minLength: 2, maxLength: 9 },
);
const wishes = fc.array(fc.tuple(fc.nat(8), fc.constantFrom('=' as const, '≠' as const), fc.nat(8)), {
  maxLength: 8,
});

test('whatever comes in whatever order, what people decided holds', () => {
  fc.assert(
    fc.property(identities, wishes, fc.boolean(), (list, wished, twice) => {
      const pairs: DecidedPair[] = [];
      for (const [a, sign, b] of wished) {
        if (a === b || a >= list.length || b >= list.length) continue;
        const next = [...pairs, pair(String(a), sign, String(b))];
        if (contradictionIn(next) === null) pairs.push(pair(String(a), sign, String(b)));
      }
      const links = settle(list, pairs, twice ? 2 : 1);
      const of = (key: string) => links.get(key);
      for (const { kind, a, b } of pairs) {
        if (kind === 'must-link') expect(of(a.entityKey)).toBe(of(b.entityKey));
        else expect(of(a.entityKey)).not.toBe(of(b.entityKey));
      }
    }),
    { numRuns: 500, seed: 6 },
  );
});

/** Matches all records one after the other, `rounds` times; answers with the enterprise of each. */
function settle(
  list: readonly { code: string | null; name: string }[],
  pairs: readonly DecidedPair[],
  rounds: number,
): Map<string, string> {
  const constraints = createConstraints(pairs);
  const known = createKnownLinks([], { ages: new Map(), reachable: () => true });
  let made = 0;
  for (let round = 0; round < rounds; round += 1)
    for (const [index, { code, name }] of list.entries()) {
      const entityKey = String(index);
      const who: RecordIdentity = {
        ...{ code, joinKey: null, city: '360100' },
        names: [{ key: name, regions: [], kind: 'name' }],
        ...{ traits: {}, keys: [] },
      };
      const ids = (enterprise: string) => known.of(enterprise).map(idOfRecord);
      const apart = constraints.apartFrom(id(entityKey));
      const { enterprise, merge, rule } = decide(who, known.without('s', entityKey), {
        current: known.byId(id(entityKey))?.enterprise ?? null,
        decided: {
          with: constraints.tiedTo(id(entityKey)).flatMap((one) => known.byId(one)?.enterprise ?? []),
          isApart: (other) => ids(other).some((one) => apart.has(one)),
          mayJoin: (a, b) => constraints.between(ids(a), ids(b)) === null,
        },
      });
      const target = enterprise ?? `e${made++}`;
      if (enterprise === null) known.made(target);
      for (const from of merge)
        for (const other of known.of(from)) known.put({ ...other, enterprise: target });
      const link: Link = {
        ...{ source: 's', entityKey, enterprise: target, gone: false, rowKey: entityKey, matchedBy: rule },
        weight: null,
        isKept: true,
        ...who,
      };
      known.put(link);
    }
  return new Map(known.all().map(({ entityKey, enterprise }) => [entityKey, enterprise]));
}
