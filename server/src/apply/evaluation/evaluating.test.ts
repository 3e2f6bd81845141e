import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Arrival,
  type Change,
  evaluate,
  quiet,
  type Reading,
  type Standing,
  type Terms,
} from './evaluating.ts';

const S = 1000;
const above = (more: Partial<Terms> = {}): Terms => ({
  condition: { kind: 'above', limit: 80, clear: 75 },
  forSeconds: 0,
  clearSeconds: 0,
  missing: null,
  ...more,
});
const at = (second: number): Arrival => ({ firstMs: second * S, lastMs: second * S });
const good = (second: number, value: number | null): Reading => ({
  timeMs: second * S,
  value,
  isGood: value !== null,
});

/** Each reading arrives at its time; then the clock goes on to `until`. */
function run(terms: Terms, readings: readonly Reading[], until: number, from: Standing = quiet(0)) {
  let standing = from;
  const changes: Change[] = [];
  const steps = [...readings.map(({ timeMs }) => timeMs), until * S];
  for (const [at, nowMs] of steps.entries()) {
    const reading = readings[at];
    const step = {
      readings: reading ? [reading] : [],
      arrival: reading ? { firstMs: nowMs, lastMs: nowMs } : null,
      nowMs,
    };
    const { after, changes: made } = evaluate(terms, standing, step);
    standing = after;
    changes.push(...made);
  }
  return { standing, changes, told: changes.map(({ kind, atMs }) => `${kind} ${atMs / S}`) };
}

describe('a limit', () => {
  test.each([
    [
      'fires at once and ends below the hysteresis',
      above(),
      [
        [1, 70],
        [2, 81],
        [3, 78],
        [4, 74],
      ],
      ['open 2', 'end 4'],
    ],
    [
      'waits for its duration',
      above({ forSeconds: 10 }),
      [
        [1, 81],
        [5, 79],
        [6, 82],
        [16, 83],
      ],
      ['open 16'],
    ],
    [
      'a dip between limit and hysteresis starts the duration anew',
      above({ forSeconds: 10 }),
      [
        [1, 81],
        [8, 78],
        [9, 82],
        [15, 82],
      ],
      ['open 19'],
    ],
    ['the value holds between readings', above({ forSeconds: 10 }), [[1, 81]], ['open 11']],
    [
      'ends only when it was over for long enough',
      above({ clearSeconds: 5 }),
      [
        [1, 81],
        [2, 70],
        [4, 78],
        [6, 70],
      ],
      ['open 1', 'end 11'],
    ],
    [
      'a value that trembles is one trouble',
      above(),
      [
        [1, 81],
        [2, 70],
        [3, 81],
        [4, 70],
      ],
      ['open 1', 'end 2', 'reopen 3', 'end 4'],
    ],
    [
      'one that comes back later is another',
      above(),
      [
        [1, 81],
        [2, 70],
        [90, 81],
      ],
      ['open 1', 'end 2', 'open 90'],
    ],
    [
      'values without a number change nothing',
      above(),
      [
        [1, 81],
        [2, null],
        [3, null],
      ],
      ['open 1'],
    ],
  ] as const)('%s', (_name, terms, readings, told) => {
    expect(
      run(
        terms,
        readings.map(([second, value]) => good(second, value)),
        20,
      ).told,
    ).toEqual(told);
  });

  test.each([
    [{ kind: 'below', limit: 10 }, [11, 9, 10], ['open 2', 'end 3']],
    [{ kind: 'outside', low: 10, high: 20, margin: 2 }, [9, 11, 12, 21], ['open 1', 'end 3', 'reopen 4']],
    [{ kind: 'equal', value: true }, [0, 1, 0], ['open 2', 'end 3']],
    [{ kind: 'unequal', value: 3 }, [3, 4, 3], ['open 2', 'end 3']],
  ] as const)('%j', (condition, values, told) => {
    const readings = values.map((value, at) => good(at + 1, value));
    expect(run(above({ condition }), readings, 5).told).toEqual(told);
  });

  test('a reading that comes after a newer one says nothing any more', () => {
    const { after } = evaluate(above(), quiet(0), {
      readings: [good(10, 70)],
      arrival: at(10),
      nowMs: 10 * S,
    });
    const late = { readings: [good(5, 99)], arrival: at(11), nowMs: 11 * S };
    expect(evaluate(above(), after, late).changes).toEqual([]);
  });

  test('a point whose readings come an hour late is not judged by the clock of the platform', () => {
    const terms = above({ forSeconds: 60 });
    const late = { readings: [good(0, 81)], arrival: at(3_600), nowMs: 3_600 * S };
    const { after, changes } = evaluate(terms, quiet(0), late);
    expect(changes).toEqual([]);
    const over = { readings: [good(30, 70)], arrival: at(3_601), nowMs: 3_601 * S };
    expect(evaluate(terms, after, over).changes).toEqual([]);
  });
});

describe('silence', () => {
  const silent = above({ condition: { kind: 'silent', seconds: 60 } });
  test('fires when nothing arrived for so long, and ends with the next reading', () => {
    expect(run(silent, [good(1, 5), good(200, 5)], 210).told).toEqual(['open 61', 'end 200']);
    expect(run(silent, [good(1, 5)], 60).told).toEqual([]);
    expect(run(silent, [good(1, 5)], 61).told).toEqual(['open 61']);
  });
  test('waits until it speaks for long enough', () => {
    const patient = above({ condition: { kind: 'silent', seconds: 60 }, clearSeconds: 30 });
    expect(run(patient, [good(1, 5)], 100).standing.isOpen).toBe(true);
    expect(run(patient, [good(1, 5), good(100, 5), good(120, 5)], 131).told).toEqual(['open 61', 'end 130']);
  });
});

test.each([
  ['hold', []],
  ['alert', ['open 31']],
] as const)('a point of which nothing arrives: %s', (behaviour, told) => {
  expect(run(above({ missing: { behaviour, seconds: 30 } }), [good(1, 70)], 100).told).toEqual(told);
});

test('missing readings may end the trouble', () => {
  const terms = above({ missing: { behaviour: 'clear', seconds: 30 } });
  expect(run(terms, [good(1, 90)], 100).told).toEqual(['open 1', 'end 31']);
});

test('quality that is not good can be the trouble itself', () => {
  const readings = [good(1, 5), { timeMs: 2 * S, value: null, isGood: false }, good(4, 5)];
  expect(run(above({ condition: { kind: 'bad' } }), readings, 5).told).toEqual(['open 2', 'end 4']);
});

test('however the readings are cut into steps, the same happens', () => {
  const readings = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 60, max: 100 })), { maxLength: 60 })
    .map((pairs) => {
      let second = 0;
      return pairs.map(([gap, value]) => {
        second += gap;
        return good(second, value);
      });
    });
  const seconds = fc.integer({ min: 0, max: 30 });
  fc.assert(
    fc.property(readings, seconds, seconds, (all, forSeconds, clearSeconds) => {
      const terms = above({ forSeconds, clearSeconds });
      const endS = (all.at(-1)?.timeMs ?? 0) / S;
      const atOnce = evaluate(terms, quiet(0), {
        readings: all,
        arrival: all.length > 0 ? { firstMs: all[0]?.timeMs ?? 0, lastMs: endS * S } : null,
        nowMs: endS * S,
      });
      const oneByOne = run(terms, all, endS);
      expect(atOnce.changes).toEqual(oneByOne.changes);
      expect(atOnce.after).toEqual(oneByOne.standing);
      // open and over take turns, and nothing happens before it began
      for (const [at, change] of atOnce.changes.entries()) expect(change.kind === 'end').toBe(at % 2 === 1);
    }),
    { seed: 20261201, numRuns: 300 },
  );
});
