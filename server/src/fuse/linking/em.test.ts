import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignBest, competitors } from './competition.ts';
import { contestBest, expectedBest } from './decide.ts';
import {
  type EmOptions,
  learn,
  medianShares,
  oddsOf,
  type Patterns,
  probabilityOf,
  risen,
  startShares,
  weightsOf,
} from './em.ts';
import { fineWeights } from './scoring.ts';

/** Counts of all patterns of three yes-no comparisons that a known model makes. */
function patternsFrom(
  lambda: number,
  m: number[],
  u: number[],
  pairs: number,
): { patterns: Patterns; totals: number[][] } {
  const levels: number[] = [];
  const counts: number[] = [];
  const totals = m.map(() => [0, 0]);
  for (let bits = 0; bits < 2 ** m.length; bits += 1) {
    const pattern = m.map((_share, c) => (bits >> c) & 1);
    const share = (shares: number[]) =>
      pattern.reduce(
        (product, level, c) => product * (level === 1 ? (shares[c] ?? 0) : 1 - (shares[c] ?? 0)),
        1,
      );
    const count = pairs * (lambda * share(m) + (1 - lambda) * share(u));
    levels.push(...pattern);
    counts.push(count);
    for (const [c, level] of pattern.entries()) {
      const sums = totals[c];
      if (sums) sums[level] = (sums[level] ?? 0) + count;
    }
  }
  return {
    patterns: { comparisons: m.length, levels: Int8Array.from(levels), counts: Float64Array.from(counts) },
    totals,
  };
}

const optionsFor = (totals: number[][], pairs: number): EmOptions => ({
  levels: totals.map(() => 1),
  pairs,
  totals,
  shareLeast: 1e-4,
  weightLeast: -20,
  iterationsMax: 500,
  start: {
    lambda: 0.01,
    m: totals.map(() => startShares(1)),
    u: totals.map(([no = 1, yes = 1]) => [no / (no + yes), yes / (no + yes)]),
  },
});

describe('learning', () => {
  test('finds the model that made the patterns', () => {
    const [m, u] = [
      [0.9, 0.8, 0.7, 0.85],
      [0.02, 0.05, 0.01, 0.1],
    ];
    const { patterns, totals } = patternsFrom(0.03, m, u, 1e6);
    const { model } = learn(patterns, optionsFor(totals, 1e6));
    expect(model.lambda).toBeCloseTo(0.03, 3);
    for (const [c, share] of m.entries()) expect(model.m[c]?.[1]).toBeCloseTo(share, 2);
    for (const [c, share] of u.entries()) expect(model.u[c]?.[1]).toBeCloseTo(share, 2);
  });

  test('a level that no true pair shows keeps a floor, and weights never fall below theirs', () => {
    const { patterns, totals } = patternsFrom(0.05, [1, 0.9, 0.9], [0.01, 0.01, 0.01], 1e6);
    const options = { ...optionsFor(totals, 1e6), shareLeast: 1e-3, weightLeast: -9 };
    const { model } = learn(patterns, options);
    expect(model.m[0]?.[0]).toBeGreaterThan(5e-4);
    expect(Math.min(...weightsOf(model, options).flat())).toBeGreaterThanOrEqual(-9);
  });

  test('nothing told is no evidence', () => {
    const patterns = { comparisons: 2, levels: Int8Array.from([-1, 1]), counts: Float64Array.of(1) };
    expect([
      ...oddsOf(patterns, {
        weights: [
          [-3, 5],
          [-2, 4],
        ],
        prior: -1,
      }),
    ]).toEqual([3]);
  });

  test('weights that a person fixed stay', () => {
    const weights = weightsOf({ m: [[0.1, 0.9]], u: [[0.9, 0.1]] }, { weightLeast: -9, fixed: [[null, 7]] });
    expect(weights[0]?.[1]).toBe(7);
  });

  test('the middle of several runs leaves out those that cannot tell', () => {
    const run = (share: number, off: boolean) => ({ m: [[1 - share, share]], off: [off] });
    expect(
      medianShares([run(0.9, false), run(0.7, false), run(0.1, true), run(0.8, false)], [[0.5, 0.5]])[0]?.[1],
    ).toBeCloseTo(0.8);
    expect(medianShares([run(0.9, true)], [[0.5, 0.5]])[0]).toEqual([0.5, 0.5]);
  });

  test('a sequence that rises keeps its mean and never falls', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 12 }),
        (values) => {
          const mass = values.map(() => 1);
          const rising = risen(values, mass);
          for (let at = 1; at < rising.length; at += 1)
            expect(rising[at] ?? 0).toBeGreaterThanOrEqual((rising[at - 1] ?? 0) - 1e-9);
          const sum = (list: readonly number[]) => list.reduce((total, value) => total + value, 0);
          expect(sum(rising)).toBeCloseTo(sum(values), 6);
        },
      ),
      { seed: 11 },
    );
  });

  test('probabilities are safe at both ends', () => {
    expect([probabilityOf(-1e6), probabilityOf(0), probabilityOf(1e6)]).toEqual([0, 0.5, 1]);
  });

  test('weights between two levels of a similarity rise with it', () => {
    const fine = fineWeights([-9, -2, 4, 10]);
    expect([fine[0], fine[100], fine.length]).toEqual([-9, 10, 101]);
    expect(fine[50]).toBeCloseTo(1, 5);
  });
});

describe('competition', () => {
  const square = { a: Uint32Array.of(0, 0, 1, 1), b: Uint32Array.of(2, 3, 2, 3) };

  test('two records on either side: the exact odds of the matching', () => {
    // 0-2 and 1-3 against 0-3 and 1-2, all far better than staying alone
    const compete = competitors(square, 4);
    let shares = new Float64Array() as Float64Array;
    for (let round = 0; round < 40; round += 1) shares = compete(Float64Array.of(24, 21, 20, 22));
    const straight = 2 ** (24 + 22) / (2 ** (24 + 22) + 2 ** (21 + 20));
    expect(shares[0]).toBeCloseTo(straight, 1);
    expect((shares[0] ?? 0) + (shares[1] ?? 0)).toBeLessThanOrEqual(1.001);
  });

  test('without competitors the odds are as they were', () => {
    const compete = competitors({ a: Uint32Array.of(0), b: Uint32Array.of(1) }, 2);
    expect(compete(Float64Array.of(3))[0]).toBeCloseTo(probabilityOf(3), 6);
  });

  test('the assignment has the greatest sum, found by trying all', () => {
    const weight = fc.integer({ min: -5, max: 30 });
    fc.assert(
      fc.property(fc.array(weight, { minLength: 16, maxLength: 16 }), (weights) => {
        const pairs = {
          a: Uint32Array.from({ length: 16 }, (_v, at) => Math.floor(at / 4)),
          b: Uint32Array.from({ length: 16 }, (_v, at) => 4 + (at % 4)),
        };
        const chosen = assignBest(pairs, { weights, least: 0, records: 8 });
        const sum = chosen.reduce((total, at) => total + (weights[at] ?? 0), 0);
        expect(new Set(chosen.map((at) => pairs.a[at])).size).toBe(chosen.length);
        expect(new Set(chosen.map((at) => pairs.b[at])).size).toBe(chosen.length);
        expect(sum).toBeGreaterThanOrEqual(bestByHand(weights, 0, 0) - 0.1);
      }),
      { seed: 3, numRuns: 150 },
    );
  });
});

/** Greatest sum when rows from `row` on may take a column that is free, or none. */
function bestByHand(weights: readonly number[], row: number, taken: number): number {
  if (row === 4) return 0;
  let best = bestByHand(weights, row + 1, taken);
  for (let column = 0; column < 4; column += 1) {
    const weight = weights[row * 4 + column] ?? 0;
    if (weight > 0 && !(taken & (1 << column)))
      best = Math.max(best, weight + bestByHand(weights, row + 1, taken | (1 << column)));
  }
  return best;
}

test('the threshold without labels takes what raises the expected F1', () => {
  const certain = expectedBest(Float32Array.of(10, 9, 8, -9, -10));
  expect(certain.least).toBe(8);
  expect(certain.precision).toBeGreaterThan(0.99);
  // even odds are worth taking as long as they lose less than they find
  expect(expectedBest(Float32Array.of(10, 0, -8)).least).toBe(0);
  expect(expectedBest(new Float32Array()).least).toBe(0);
});

test('one-to-one links are taken from where they stop looking like chance', () => {
  // 150 records with a partner far above what they did not get, 50 whose link is one of those
  const contests = Array.from({ length: 200 }, (_value, at) => ({
    chosen: at < 150 ? 4 + (at % 10) : -6 + (at % 5),
    runnerUp: -6 + (at % 5),
  }));
  const found = contestBest(contests, 200);
  expect(found?.least).toBe(4);
  expect(found?.precision).toBeGreaterThan(0.95);
  expect(contestBest(contests.slice(0, 20), 20)).toBeNull();
});
