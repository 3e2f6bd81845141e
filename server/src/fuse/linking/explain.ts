import type { LevelTest, LinkComparison, LinkSettings } from '@ronghe/contracts';
import { isText, levelsOf } from './comparing.ts';
import { type Model, probabilityOf } from './em.ts';
import { fineWeights, type Scorer } from './scoring.ts';

/** One bar of a waterfall. `m` and `u` are the shares of true and of other pairs at this level; null where nothing is told. */
export type Bar = {
  comparison: string;
  /** -1: a side tells nothing */
  level: number;
  label: string;
  m: number | null;
  u: number | null;
  /** log2, what this level says */
  weight: number;
  /** log2, what the rarity of the value adds */
  frequency: number;
};
export type Waterfall = { prior: number; bars: Bar[]; weight: number; probability: number };

/** Levels of a compared pair, with the grade of texts in hundredths and how many records share the value. */
export type Compared = { level: number; fine: number | null; frequency: number | null }[];

/** How the weight of a pair comes about: the prior and one bar for each comparison; they add up to the weight. */
export function waterfallOf(
  compared: Compared,
  { settings, scorer, model }: { settings: LinkSettings; scorer: Scorer; model: Model },
): Waterfall {
  const bars = settings.comparisons.map((comparison, at): Bar => {
    const { level = -1, fine = null, frequency = null } = compared[at] ?? {};
    const told = level >= 0;
    return {
      comparison: comparison.name,
      level,
      label: labelOf(comparison, level),
      m: told ? (model.m[at]?.[level] ?? null) : null,
      u: told ? (model.u[at]?.[level] ?? null) : null,
      weight: told ? weightAt(comparison, { level, fine, weights: scorer.weights[at] ?? [] }) : 0,
      frequency: told ? frequencyAt(comparison, { level, at, frequency, scorer }) : 0,
    };
  });
  const weight = bars.reduce((sum, bar) => sum + bar.weight + bar.frequency, scorer.prior);
  return { prior: scorer.prior, bars, weight, probability: probabilityOf(weight) };
}

function weightAt(
  comparison: LinkComparison,
  { level, fine, weights }: { level: number; fine: number | null; weights: readonly number[] },
): number {
  return isText(comparison) && fine !== null ? (fineWeights(weights)[fine] ?? 0) : (weights[level] ?? 0);
}

function frequencyAt(
  comparison: LinkComparison,
  { level, at, frequency, scorer }: { level: number; at: number; frequency: number | null; scorer: Scorer },
): number {
  const equal = scorer.equal[at] ?? null;
  if (isText(comparison) || equal === null || !frequency) return 0;
  if (!comparison.levels[levelsOf(comparison) - level]?.frequency) return 0;
  return equal - Math.log2(Math.max(frequency / Math.max(1, scorer.told[at] ?? 1), scorer.frequencyLeast));
}

/** What a level means, as its tests say it. */
export function labelOf(comparison: LinkComparison, level: number): string {
  if (level < 0) return 'not told';
  if (isText(comparison)) return `similarity grade ${level} of ${levelsOf(comparison)}`;
  if (level === 0) return 'else';
  const one = comparison.levels[comparison.levels.length - level];
  return one?.label ?? one?.all.map(testLabel).join(' and ') ?? '';
}

function testLabel(test: LevelTest): string {
  switch (test.is) {
    case 'crossed':
      return `${test.on} = other’s ${test.to}`;
    case 'edits':
    case 'ratio':
    case 'apart':
      return `${test.is} of ${test.on} ≤ ${test.most}`;
    case 'jaro':
    case 'characters':
      return `${test.is} of ${test.on} ≥ ${test.least}`;
    case 'within':
    case 'words':
      return `${test.on} ${test.is}`;
    case 'equal':
    case 'same':
    case 'dateparts':
      return `${test.is} ${test.on}`;
  }
}
