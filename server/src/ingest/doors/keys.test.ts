import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { FUZZ_RUNS, FUZZ_TIMEOUT_MS } from './doors.fixture.ts';
import { createNaming, keyOfPath, type Series, sortTags } from './keys.ts';

vi.setConfig({ testTimeout: FUZZ_TIMEOUT_MS });

const name = fc.oneof(
  fc.string({ maxLength: 4 }),
  fc.constantFrom('a', 'b\0', '\0value', '1 1 ab', '\x001 1 ab'),
);
const series = fc
  .record({ measurement: name, tags: fc.array(fc.tuple(name, name), { maxLength: 3 }) })
  .map(({ measurement, tags }): Series => ({ measurement, tags: sortTags(tags) ?? [] }));

it('a definition that is remembered is the one that would be made', () => {
  const known = new Map();
  fc.assert(
    fc.property(series, (one) => {
      const remembered = createNaming(known).definitionOf(one, 'value');
      expect(createNaming(known).definitionOf(one, 'value')).toEqual(remembered);
      expect(createNaming(new Map()).definitionOf(one, 'value')).toEqual(remembered);
    }),
    { numRuns: FUZZ_RUNS },
  );
});

it('remembers a bounded number of short names and no long ones', () => {
  const known = new Map();
  const naming = createNaming(known);
  for (let index = 0; index < 50_010; index += 1)
    naming.definitionOf({ measurement: `m${index}`, tags: [] }, 'v');
  expect(known.size).toBe(10);
  naming.definitionOf({ measurement: 'x'.repeat(700), tags: [] }, 'v');
  expect(known.size).toBe(10);
});

it('a key of names differs from that of every other name', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 300 }),
      fc.string({ unit: 'grapheme', maxLength: 300 }),
      (a, b) => {
        if (a !== b) expect(keyOfPath([a])).not.toBe(keyOfPath([b]));
      },
    ),
    {
      numRuns: FUZZ_RUNS,
      examples: [
        ['%41', 'A'],
        ['_a', '0%_a'],
        ['x'.repeat(300), 'x'.repeat(299)],
      ],
    },
  );
});
