import type { LinkComparison, LinkSettings } from '@ronghe/contracts';
import { crossSql, inputSql } from './blocking.ts';
import { compareStep, isText, levelsOf, patternsSql, sampleSteps } from './comparing.ts';
import {
  type EmOptions,
  learn,
  MODEL_DEFAULTS,
  type Model,
  medianShares,
  type Patterns,
  priorOf,
  sharesFrom,
  startShares,
  weightsOf,
} from './em.ts';
import type { LinkingStore } from './linking.store.ts';
import type { Scorer } from './scoring.ts';
import { columnOf, isToldSql, type Population, pairsPossible, typeOf } from './tables.ts';

/** One training run: the pairs of a rule, and what it found. */
export type TrainingRun = {
  rule: string;
  pairs: number;
  lambda: number;
  m: number[][];
  off: boolean[];
  iterations: number;
};

export type Trained = {
  scorer: Scorer;
  model: Model;
  /** what it was learned with, to go on */
  learning: { options: EmOptions; told: number[] };
  /** false where there were too few pairs */
  learned: boolean;
  runs: TrainingRun[];
  iterations: number;
  /** expected true pairs */
  links: number;
  /** what people should know: too few pairs, runs that disagree */
  warnings: readonly Warning[];
};
export type Warning = { zh: string; en: string };

const SAMPLE_PAIRS = 400_000;
/** Pairs that a rule needs to be trained on, and that EM needs at all. */
const TRAINING_PAIRS_MIN = 200;
const LEARNING_PAIRS_MIN = 30;
const RUNS_MAX = 6;
const DISAGREE_BITS = 3;

type Training = {
  settings: LinkSettings;
  population: Population;
  pairs: number;
  /** rules that brought pairs, by their numbers */
  used: readonly number[];
  /** with the pairs themselves instead of patterns: for competition between pairs of one record */
  competition?: { patterns: Patterns; compete: (odds: Float64Array) => Float64Array } | null;
};

/** Compares the pairs and random ones, and learns the model from them without labels. */
export async function compareAndSample(
  store: LinkingStore,
  { settings, population }: Pick<Training, 'settings' | 'population'>,
): Promise<void> {
  const { database } = store;
  await store.run([
    compareStep(database, { from: 'pairs', into: 'compared', settings }),
    ...sampleSteps(database, {
      records: population.records,
      pairs: SAMPLE_PAIRS,
      cross: crossSql(population),
    }),
    compareStep(database, { from: 'sample', into: 'sampled', settings }),
  ]);
}

export async function train(store: LinkingStore, training: Training): Promise<Trained> {
  const { settings, population } = training;
  const patterns = await patternsOf(store, settings, 'compared');
  const totals = await totalsOf(store, { ...training, patterns });
  const pairs = pairsPossible(population);
  const levels = settings.comparisons.map(levelsOf);
  const model = settings.model ?? {};
  const start: Model = {
    lambda: (model.links ?? Math.min(training.pairs / 10 + 1, population.records / 2)) / pairs,
    m: levels.map(startShares),
    u: totals.map((counts) => normal(counts.map((count) => Math.max(count, 0.5)))),
  };
  const options: EmOptions = {
    levels,
    pairs,
    totals,
    fixed: settings.comparisons.map(fixedOf),
    shareLeast: model.shareLeast ?? MODEL_DEFAULTS.shareLeast,
    weightLeast: model.weightLeast ?? MODEL_DEFAULTS.weightLeast,
    iterationsMax: model.iterationsMax ?? MODEL_DEFAULTS.iterationsMax,
    start,
  };
  const told = await toldOf(store, settings);
  if (training.pairs < LEARNING_PAIRS_MIN)
    return {
      ...finish({ settings, options, model: start, told }),
      learning: { options, told },
      learned: false,
      runs: [],
      iterations: 0,
      links: start.lambda * pairs,
      warnings: [TOO_FEW],
    };
  const runs = await trainByRules(store, { ...training, options });
  const begin: Model = { ...start, m: medianShares(runs, start.m) };
  const { model: learned, iterations } = training.competition
    ? learn(training.competition.patterns, {
        ...options,
        start: begin,
        compete: training.competition.compete,
      })
    : learn(patterns, { ...options, start, keepM: true });
  return {
    ...finish({ settings, options, model: learned, told }),
    learning: { options, told },
    learned: true,
    runs,
    iterations,
    links: learned.lambda * pairs,
    warnings: disagreements(runs, settings, options),
  };
}

/** Goes on learning from records that were put together: their pairs are true ones, also those that look different by themselves. */
export function relearn(
  { learning, ...before }: Trained,
  { settings, levels, links }: { settings: LinkSettings; levels: Int8Array; links: readonly number[] },
): Trained {
  const { options, told } = learning;
  const comparisons = settings.comparisons.length;
  const sums = options.levels.map((most) => new Float64Array(most + 1));
  for (const at of links)
    for (let c = 0; c < comparisons; c += 1) {
      const level = levels[at * comparisons + c] ?? -1;
      const own = sums[c];
      if (level >= 0 && own) own[level] = (own[level] ?? 0) + 1;
    }
  const model = sharesFrom(sums, links.length, before.model, options);
  return { ...before, ...finish({ settings, options, model, told }), learning, links: links.length };
}

const TOO_FEW: Warning = {
  zh: `可比较的记录对不足 ${LEARNING_PAIRS_MIN} 个，无法训练；使用默认的 m 值与实测的偶然一致率`,
  en: `fewer than ${LEARNING_PAIRS_MIN} pairs to compare: nothing was learned; default shares of true pairs and measured chance agreement are used`,
};

const normal = (values: number[]): number[] => {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
};

/** Weights that the settings fix, level 0 first. */
const fixedOf = (comparison: LinkComparison): (number | null)[] => {
  if (isText(comparison)) return [];
  return [null, ...comparison.levels.map(({ weight }) => weight ?? null).reverse()];
};

export async function patternsOf(
  store: LinkingStore,
  settings: LinkSettings,
  table: string,
  rule?: number,
): Promise<Patterns> {
  const rows = await store.ask<Record<string, number | string>>({
    name: rule === undefined ? `patterns of ${table}` : `patterns of rule ${rule}`,
    sql: patternsSql(store.database, { table, settings, ...(rule === undefined ? {} : { rule }) }),
  });
  const comparisons = settings.comparisons.length;
  const levels = new Int8Array(rows.length * comparisons);
  const counts = new Float64Array(rows.length);
  for (const [at, row] of rows.entries()) {
    for (let c = 0; c < comparisons; c += 1) levels[at * comparisons + c] = Number(row[`g${c}`]);
    counts[at] = Number(row.n);
  }
  return { comparisons, levels, counts };
}

/** Counts of a column of levels, level 0 first, and those that tell nothing. */
function countsOf({ comparisons, levels, counts }: Patterns, c: number, most: number): Float64Array {
  const sums = new Float64Array(most + 1);
  for (let p = 0; p < counts.length; p += 1) {
    const level = levels[p * comparisons + c] ?? -1;
    if (level >= 0) sums[level] = (sums[level] ?? 0) + (counts[p] ?? 0);
  }
  return sums;
}

/**
 * How many of all possible pairs are at each level: of equal values by counting them, of others by random pairs, and never fewer than
 * were found among the compared ones, which is where the rare levels are.
 */
async function totalsOf(
  store: LinkingStore,
  { settings, population, patterns }: Training & { patterns: Patterns },
): Promise<number[][]> {
  const sampled = await patternsOf(store, settings, 'sampled');
  const sample = sampled.counts.reduce((sum, count) => sum + count, 0);
  const scale = pairsPossible(population) / Math.max(1, sample);
  const totals: number[][] = [];
  for (const [c, comparison] of settings.comparisons.entries()) {
    const most = levelsOf(comparison);
    const random = countsOf(sampled, c, most);
    const compared = countsOf(patterns, c, most);
    const counts = [...random].map((count, level) => {
      const estimate = count >= 20 || level === 0 ? count * scale : 0;
      return Math.max(estimate, compared[level] ?? 0);
    });
    const exact = await equalPairs(store, { comparison, settings, population });
    if (exact !== null) counts[most] = Math.max(exact, compared[most] ?? 0);
    // a sample this small never saw a pair that tells something on both sides
    if (random.every((count) => count === 0)) counts[0] = Math.max(counts[0] ?? 0, scale);
    totals.push(counts);
  }
  return totals;
}

/** Pairs whose values are equal, counted value by value; null where the best level is not plain equality of one feature. */
async function equalPairs(
  store: LinkingStore,
  {
    comparison,
    settings,
    population,
  }: Pick<Training, 'settings' | 'population'> & { comparison: LinkComparison },
): Promise<number | null> {
  if (isText(comparison)) return null;
  const [first, second] = comparison.levels[0]?.all ?? [];
  if (!first || second || first.is !== 'equal') return null;
  const column = columnOf(first.on);
  const inside = population.within ? '0' : 'squares';
  const [row] = await store.ask<{ pairs: string }>({
    name: `equal pairs of ${column}`,
    // sql-identifier: names of columns are checked by the schema, the database is named by us
    sql: `select sum((n * n - if(${inside} = 0, n, squares)) / 2) as pairs from (
  select sum(c) as n, sum(c * c) as squares from (
    select ${column} as v, ${inputSql(population)} as input, count() as c from ${store.database}.rec where ${isToldSql(column, typeOf(first.on, settings) ?? 'String')} group by v, input)
  group by v)`,
  });
  return Number(row?.pairs ?? 0);
}

/** Records that tell the value of each comparison that counts frequencies. */
async function toldOf(store: LinkingStore, settings: LinkSettings): Promise<number[]> {
  const told: number[] = [];
  for (const comparison of settings.comparisons) {
    const on = isText(comparison)
      ? undefined
      : comparison.levels.find(({ frequency }) => frequency)?.all[0]?.on;
    if (on === undefined) {
      told.push(0);
      continue;
    }
    const [row] = await store.ask<{ n: string }>({
      name: `records that tell ${on}`,
      // sql-identifier: names of columns are checked by the schema, the database is named by us
      sql: `select countIf(${isToldSql(columnOf(on), 'String')}) as n from ${store.database}.rec`,
    });
    told.push(Number(row?.n ?? 0));
  }
  return told;
}

/** Features that a blocking rule makes equal, so that a training run on its pairs learns nothing of them. */
const impliedBy = (comparison: LinkComparison, on: readonly string[]): boolean => {
  const names = new Set(on.map((feature) => feature.split('.')[0]));
  if (isText(comparison)) return names.has(comparison.text);
  return comparison.levels.some(({ all }) => all.some((test) => names.has(test.on.split('.')[0])));
};

async function trainByRules(
  store: LinkingStore,
  { settings, used, options }: Training & { options: EmOptions },
): Promise<TrainingRun[]> {
  const runs: TrainingRun[] = [];
  for (const number of used) {
    const rule = settings.blocking[number];
    if (!rule || 'text' in rule || runs.length >= RUNS_MAX) continue;
    const off = settings.comparisons.map((comparison) => impliedBy(comparison, rule.on));
    // evidence of one comparison alone cannot part two kinds of pairs
    if (off.filter((one) => !one).length < 2) continue;
    const patterns = await patternsOf(store, settings, 'compared', number);
    const pairs = patterns.counts.reduce((sum, count) => sum + count, 0);
    if (pairs < TRAINING_PAIRS_MIN) continue;
    const { model, iterations } = learn(patterns, {
      ...options,
      off,
      keepU: true,
      start: { ...options.start, lambda: 0.2 },
    });
    runs.push({ rule: rule.on.join(' + '), pairs, lambda: model.lambda, m: model.m, off, iterations });
  }
  return runs;
}

function disagreements(runs: readonly TrainingRun[], settings: LinkSettings, options: EmOptions): Warning[] {
  return settings.comparisons.flatMap((comparison, c) => {
    const best = runs
      .filter(({ off }) => !off[c])
      .map(({ m }) => Math.log2(m[c]?.at(-1) ?? options.shareLeast));
    if (best.length < 2 || Math.max(...best) - Math.min(...best) <= DISAGREE_BITS) return [];
    return [
      {
        zh: `各训练规则对“${comparison.name}”的估计相差超过 ${DISAGREE_BITS} 比特，取中位数`,
        en: `training runs differ by more than ${DISAGREE_BITS} bits on ${comparison.name}; the median is the start`,
      },
    ];
  });
}

function finish({
  settings,
  options,
  model,
  told,
}: {
  settings: LinkSettings;
  options: EmOptions;
  model: Model;
  told: number[];
}): { scorer: Scorer; model: Model } {
  const bounded = weightsOf(model, options).map((weights, c) => {
    const { weightLeast = -Infinity, weightMost = Infinity } = settings.comparisons[c] ?? {};
    return weights.map((weight) => Math.min(weightMost, Math.max(weightLeast, weight)));
  });
  const frequencyLeast = settings.model?.frequencyLeast ?? MODEL_DEFAULTS.frequencyLeast;
  return {
    model,
    scorer: {
      prior: priorOf(model.lambda),
      weights: bounded,
      equal: settings.comparisons.map((comparison, c) =>
        !isText(comparison) && comparison.levels.some(({ frequency }) => frequency)
          ? Math.log2(model.u[c]?.at(-1) ?? 1)
          : null,
      ),
      told,
      frequencyLeast,
    },
  };
}
