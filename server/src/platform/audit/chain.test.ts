import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChainEntry, canonicalJson, EMPTY_HEAD, entryHash, followChain } from '#platform/audit/chain.ts';
import { HIDDEN, redact, redactText } from '#platform/audit/redact.ts';

const entry = (sequence: number, after: unknown = null): ChainEntry => ({
  sequence,
  at: '2026-03-02T08:00:00.000Z',
  actor: 'admin',
  actorId: '1',
  actorKind: 'user',
  organisation: 'jx',
  from: '10.0.0.1',
  requestId: 'r',
  action: 'platform:user:create',
  target: 'user:x',
  before: null,
  after,
});
function chainOf(length: number) {
  let hash = '';
  return Array.from({ length }, (_, n) => {
    const made = entry(n + 1, { n });
    hash = entryHash(hash, made);
    return { ...made, hash };
  });
}

describe('canonical JSON', () => {
  it('is the same for the same value, whatever the order of keys, and after a way through JSON', () => {
    expect(canonicalJson({ b: 1, a: [{ d: null, c: '中' }] })).toBe('{"a":[{"c":"中","d":null}],"b":1}');
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(JSON.parse(JSON.stringify(turned)))).toBe(
          canonicalJson(JSON.parse(JSON.stringify(value))),
        );
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('a chain', () => {
  it('holds when nothing was touched, in one piece or in pages', () => {
    const entries = chainOf(7);
    const whole = followChain(EMPTY_HEAD, entries);
    const paged = followChain(followChain(EMPTY_HEAD, entries.slice(0, 3)).head, entries.slice(3));
    expect(whole).toEqual({ head: { sequence: 7, hash: entries[6]?.hash }, fault: null });
    expect(paged).toEqual(whole);
  });

  it('breaks at the place where any part of an entry was changed', () => {
    const changes = [
      'at',
      'actor',
      'actorId',
      'organisation',
      'from',
      'requestId',
      'action',
      'target',
      'before',
      'after',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...changes), fc.integer({ min: 0, max: 6 }), (name, place) => {
        const entries = chainOf(7).map((one, n) => (n === place ? { ...one, [name]: 'other' } : one));
        expect(followChain(EMPTY_HEAD, entries).fault).toEqual({ at: place + 1, fault: 'altered' });
      }),
    );
  });

  it('breaks where an entry is missing or two changed places', () => {
    const [one, two, three] = chainOf(3);
    if (!one || !two || !three) throw new Error('three entries were made');
    expect(followChain(EMPTY_HEAD, [one, three]).fault).toEqual({ at: 2, fault: 'missing' });
    const swapped = [one, { ...three, sequence: 2 }, { ...two, sequence: 3 }];
    expect(followChain(EMPTY_HEAD, swapped).fault).toEqual({ at: 2, fault: 'altered' });
  });
});

describe('what goes into the log', () => {
  it.each([
    [
      { password: 'x', title: 'y' },
      { password: HIDDEN, title: 'y' },
    ],
    [{ nested: [{ apiToken: 'x' }] }, { nested: [{ apiToken: HIDDEN }] }],
    [
      { password: null, passwordSet: true },
      { password: null, passwordSet: true },
    ],
    [{ secret: { user: 'u', value: 1 } }, { secret: { user: 'u', value: 1 } }],
    [{ key: 'T1.temperature' }, { key: 'T1.temperature' }],
    [{ url: 'postgres://u:p@host/db' }, { url: `postgres://${HIDDEN}@host/db` }],
  ])('%j loses its secrets', (value, expected) => {
    expect(redact(value)).toEqual(expected);
  });
  it('loses an API key in any text', () => {
    const key = `rk_0123abcd_${'A'.repeat(43)}`;
    expect(redactText(`sent ${key} by mistake`)).toBe(`sent ${HIDDEN} by mistake`);
  });
});
