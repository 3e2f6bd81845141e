import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Analytics } from '#platform/db/analytics.ts';
import { levelSql } from '../linking/comparing.ts';
import { openOwnEngine } from '../linking/linking.store.ts';
import { columnOf } from '../linking/tables.ts';
import { ENTERPRISE_SETTINGS } from './enterprise-settings.ts';
import { levelOf, type Traits } from './levels.ts';

const FEATURES = [
  ...new Set(
    ENTERPRISE_SETTINGS.comparisons.flatMap(({ levels }) =>
      levels.flatMap(({ all }) => all.flatMap((one) => ('to' in one ? [one.on, one.to] : [one.on]))),
    ),
  ),
];
/** Few letters, so that values are often equal, nearly equal or empty. */
const value = fc.string({ unit: fc.constantFrom('铜', '业', '江', '西', 'a', '1', '𠮷'), maxLength: 5 });
const full = fc.record(Object.fromEntries(FEATURES.map((name) => [name, value])));
const empty = fc.constant(Object.fromEntries(FEATURES.map((name) => [name, ''])));
const side = fc.oneof({ weight: 9, arbitrary: full }, { weight: 1, arbitrary: empty });
/** A third of the values of the second record are those of the first. */
const copies = fc.record(Object.fromEntries(FEATURES.map((name) => [name, fc.nat(2)])));
const pair = fc.tuple(side, side, copies).map(([left, right, copied]) => {
  const taken = FEATURES.filter((name) => copied[name] === 0 && right !== left);
  return [left, { ...right, ...Object.fromEntries(taken.map((name) => [name, left[name] ?? ''])) }] as const;
});

let folder: string;
let analytics: Analytics;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ronghe-levels-'));
  analytics = await openOwnEngine(folder, 500_000_000);
});
afterAll(async () => {
  await analytics?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('levels of two records', () => {
  test('are those that the linker computes in SQL, for any values', async () => {
    const pairs = fc.sample(pair, { numRuns: 6_000, seed: 20261130 });
    const columns = FEATURES.map(columnOf);
    await analytics.command(
      `create table levels (at UInt32, ${['l', 'r'].flatMap((s) => columns.map((name) => `${s}_${name} String`)).join(', ')}) engine = MergeTree order by at`,
    );
    await analytics.insert('levels', [
      { name: 'at', type: 'UInt32', values: Uint32Array.from(pairs, (_pair, at) => at) },
      ...(['l', 'r'] as const).flatMap((s, which) =>
        FEATURES.map((feature) => ({
          name: `${s}_${columnOf(feature)}`,
          type: 'String' as const,
          values: pairs.map((pair) => pair[which]?.[feature] ?? ''),
        })),
      ),
    ]);
    const rowsOf = (s: string) =>
      `(select at, ${columns.map((name) => `${s}_${name} as ${name}`).join(', ')} from levels) ${s}`;
    const levels = ENTERPRISE_SETTINGS.comparisons.map(
      (comparison, at) => `${levelSql(comparison, ENTERPRISE_SETTINGS)} as g${at}`,
    );
    const rows = await analytics.query<Record<string, number>>(
      `select l.at as at, ${levels.join(', ')} from ${rowsOf('l')} inner join ${rowsOf('r')} on l.at = r.at order by at`,
    );
    expect(rows).toHaveLength(pairs.length);
    const seen = new Set<string>();
    for (const [at, row] of rows.entries())
      for (const [c, comparison] of ENTERPRISE_SETTINGS.comparisons.entries()) {
        const [left, right] = pairs[at] ?? [{}, {}];
        const ours = levelOf(comparison, told(left), told(right));
        seen.add(`${comparison.name} ${ours}`);
        expect(ours, `${comparison.name} of ${JSON.stringify([left, right])}`).toBe(Number(row[`g${c}`]));
      }
    // the sample says something of every level, or the test would be blind there
    for (const { name, levels: all } of ENTERPRISE_SETTINGS.comparisons)
      for (let level = -1; level <= all.length; level += 1) expect(seen).toContain(`${name} ${level}`);
  });
});

const told = (values: Record<string, string>): Traits =>
  Object.fromEntries(Object.entries(values).filter(([, text]) => text !== ''));
