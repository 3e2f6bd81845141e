import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CURRENT } from '../sources/records.store.ts';
import { createAuditStore } from './audit.store.ts';
import { createBinder, stateSql } from './compile.ts';
import { type QualityTest, startQuality } from './quality.fixture.ts';

let quality: QualityTest;
beforeAll(async () => {
  quality = await startQuality();
}, 120_000);
afterAll(() => quality.stop());

type Version = { entity: string; number: number; gone: boolean };
/** What a source has, thought through row by row. */
function stateOf(versions: readonly Version[], visible: readonly number[]): string[] {
  const newest = new Map<string, Version>();
  for (const version of versions)
    if (visible.includes(version.number) && version.number >= (newest.get(version.entity)?.number ?? 0))
      newest.set(version.entity, version);
  return [...newest.values()]
    .filter(({ gone }) => !gone)
    .map(({ entity, number }) => `${entity} ${number}`)
    .sort();
}

const versions = fc.uniqueArray(
  fc.record({
    entity: fc.constantFrom('甲', '乙', '丙', '丁'),
    number: fc.integer({ min: 1, max: 4 }),
    gone: fc.boolean(),
  }),
  { selector: ({ entity, number }) => `${entity} ${number}`, minLength: 1, maxLength: 16 },
);

test('what a source has is the same from whatever run one begins, for audits and for readers', async () => {
  let sources = 0;
  const { analytics } = quality.platform;
  await fc.assert(
    fc.asyncProperty(
      versions,
      fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { minLength: 1 }),
      async (rows, numbers) => {
        sources += 1;
        const source = `state ${sources}`;
        await quality.rows(source, rows);
        const expected = stateOf(rows, numbers);
        const upTo = Math.max(...numbers);
        const except = [1, 2, 3, 4].filter((number) => number < upTo && !numbers.includes(number));
        for (const base of [undefined, ...numbers]) {
          const binder = createBinder();
          const state = stateSql(binder, { source, numbers, base }, ['number']);
          const audited = await analytics.query<Line>(state, { params: binder.params });
          expect(linesOf(audited)).toEqual(expected);
          const read = await analytics.query<Line>(`select entity_key, number from ${CURRENT}`, {
            params: { source, upTo, except, base: base ?? 0 },
          });
          expect(linesOf(read)).toEqual(expected);
        }
      },
    ),
    { numRuns: 30, seed: 11 },
  );
}, 60_000);

test('an audit begins with the run that most versions are from', async () => {
  const store = createAuditStore(quality.platform.analytics);
  const row = (entity: string, number: number) => ({ entity, number });
  await quality.rows('base', [row('甲', 1), row('乙', 2), row('丙', 2), row('丁', 3)]);
  expect(await store.base(quality.scope, { source: 'base', numbers: [1, 2, 3] })).toBe(2);
  expect(await store.base(quality.scope, { source: 'base', numbers: [1, 3] })).toBe(1);
  expect(await store.base(quality.scope, { source: 'none', numbers: [1] })).toBeUndefined();
});

type Line = { entity_key: string; number: string };
const linesOf = (lines: readonly Line[]) =>
  lines.map(({ entity_key, number }) => `${entity_key} ${number}`).sort();
