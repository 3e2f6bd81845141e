import type { MatchVerdict } from '@ronghe/contracts';
import { levelsOf } from '../linking/comparing.ts';
import { MODEL_DEFAULTS } from '../linking/em.ts';
import { type Waterfall, waterfallOf } from '../linking/explain.ts';
import { ENTERPRISE_SETTINGS } from './enterprise-settings.ts';
import { levelOf, type Traits } from './levels.ts';
import { COUNTED, type Counted, evidenceMostOf } from './traits.ts';

/** What training brings: shares and weights of each level of each comparison, level 0 first, and of what population. */
export type TrainedModel = {
  records: number;
  pairs: number;
  /** expected true pairs among the records */
  links: number;
  /** per comparison: records that tell the value whose rarity counts, 0 where none does */
  told: readonly number[];
  /** per comparison: log2 of the share of random pairs that are equal; null where rarity does not count */
  equal: readonly (number | null)[];
  weights: readonly (readonly number[])[];
  m: readonly (readonly number[])[];
  u: readonly (readonly number[])[];
};
/** A trained model as it is kept, with how many decisions of people it learned from. */
export type StoredModel = TrainedModel & { decisions: number };
export type Thresholds = { match: number; review: number };

/**
 * Fewer records than this are taken for so many: the first sources of a province say little of how many true pairs there will be, and a prior of theirs would
 * merge what only looks alike.
 */
const RECORDS_LEAST = 65_536;

/** A value so many records share that agreeing on it says nothing. */
const saysNothing = (counted: Counted | undefined, counts: Counts): boolean =>
  counted !== undefined && (counts.get(counted) ?? 1) > evidenceMostOf(counted);

/** How many records share a value, of the values of one record that are counted. */
export type Counts = ReadonlyMap<Counted, number>;

/**
 * A model as a run uses it. Records are compared by the same levels and weights as the linker's SQL; the prior follows the number of records, because twice
 * as many records hold four times as many pairs but only twice as many true ones. It moves in steps of doubling, so that a pair keeps its weight while
 * records come in.
 */
export function createJudge(
  trained: TrainedModel,
  { thresholds, records }: { thresholds: Thresholds; records: number },
) {
  const population = 2 ** Math.ceil(Math.log2(Math.max(RECORDS_LEAST, records)));
  const share = (2 * trained.links) / Math.max(1, trained.records) / (population - 1);
  const scorer = {
    prior: Math.log2(share / (1 - share)),
    weights: trained.weights,
    equal: trained.equal,
    told: trained.told.map((told) => (told * population) / Math.max(1, trained.records)),
    frequencyLeast: MODEL_DEFAULTS.frequencyLeast,
  };
  const model = {
    lambda: share,
    m: trained.m.map((shares) => [...shares]),
    u: trained.u.map((shares) => [...shares]),
  };
  const settings = ENTERPRISE_SETTINGS;

  /** How a pair comes to its weight. `counts` are those of either record: they matter where the values are equal. */
  function waterfall(left: Traits, right: Traits, counts: Counts): Waterfall {
    const compared = settings.comparisons.map((comparison, at) => {
      const counted = COUNTED.find((name) => name === comparison.name);
      const level = levelOf(comparison, left, right);
      return {
        level: level === levelsOf(comparison) && saysNothing(counted, counts) ? -1 : level,
        fine: null,
        frequency: counted === undefined || trained.equal[at] === null ? null : (counts.get(counted) ?? 1),
      };
    });
    return waterfallOf(compared, { settings, scorer, model });
  }

  return {
    ...thresholds,
    prior: scorer.prior,
    waterfall,

    /** The weight of a pair alone, log2 odds: as `waterfall`, for the thousands that a run compares. */
    weigh(left: Traits, right: Traits, counts: Counts): number {
      let weight = scorer.prior;
      for (let at = 0; at < settings.comparisons.length; at += 1) {
        const comparison = settings.comparisons[at];
        if (!comparison) continue;
        const level = levelOf(comparison, left, right);
        if (level < 0) continue;
        const counted = COUNTED.find((name) => name === comparison.name);
        if (level === levelsOf(comparison) && saysNothing(counted, counts)) continue;
        weight += scorer.weights[at]?.[level] ?? 0;
        const equal = scorer.equal[at] ?? null;
        if (equal === null || counted === undefined || level !== levelsOf(comparison)) continue;
        const shared = (counts.get(counted) ?? 1) / Math.max(1, scorer.told[at] ?? 1);
        weight += equal - Math.log2(Math.max(shared, scorer.frequencyLeast));
      }
      return weight;
    },

    verdict: (weight: number): MatchVerdict =>
      weight >= thresholds.match ? 'same' : weight >= thresholds.review ? 'review' : 'different',
  };
}
export type Judge = ReturnType<typeof createJudge>;

const comparisonNamed = (name: string) => {
  const found = ENTERPRISE_SETTINGS.comparisons.find((one) => one.name === name);
  if (!found) throw new TypeError(`no comparison ${name}`);
  return found;
};
const NAME = comparisonNamed('name');
const OTHERS = ['person', 'phone', 'address'].map(comparisonNamed);
/**
 * True when two records share nothing but the code: their names have nothing in common, and of what is told on both sides of person, phone and address, which is
 * something, none agrees. A code that was copied from another row, or that a form was filled with, looks like this; a renamed enterprise keeps its
 * address, its phone or the person as a rule.
 */
export function onlyCodeAgrees(left: Traits, right: Traits): boolean {
  if (levelOf(NAME, left, right) !== 0) return false;
  const levels = OTHERS.map((comparison) => levelOf(comparison, left, right));
  return levels.every((level) => level <= 0) && levels.includes(0);
}

/** A mean of weights counts each between these: one very strong pair does not outweigh many against it. */
const WEIGHT_MOST = 14;
const WEIGHT_LEAST = -10;

/** How well two groups of records hold together: the mean weight of their pairs (average linkage), and the best pair. */
export function linkage(
  left: readonly Traits[],
  right: readonly Traits[],
  weigh: (one: Traits, two: Traits) => number,
): { mean: number; best: number; bestLeft: number; bestRight: number } {
  let [sum, best, bestLeft, bestRight] = [0, -Infinity, 0, 0];
  for (const [one, traits] of left.entries())
    for (const [two, others] of right.entries()) {
      const weight = weigh(traits, others);
      sum += Math.min(WEIGHT_MOST, Math.max(WEIGHT_LEAST, weight));
      if (weight > best) [best, bestLeft, bestRight] = [weight, one, two];
    }
  return { mean: sum / Math.max(1, left.length * right.length), best, bestLeft, bestRight };
}
