/** Comparison vectors with how many pairs have each: what EM works on instead of pairs. Level -1 is no evidence. */
export type Patterns = { comparisons: number; levels: Int8Array; counts: Float64Array };

/** Shares of true pairs (`m`) and of other pairs (`u`) at each level of each comparison, and the share of true pairs (`lambda`). */
export type Model = { lambda: number; m: number[][]; u: number[][] };

export type EmOptions = {
  /** levels above 0 of each comparison */
  levels: readonly number[];
  /** pairs possible, also those that were not compared */
  pairs: number;
  /** pairs at each level among all that are possible, level 0 first, as far as known */
  totals: readonly (readonly number[])[];
  /** comparisons that the rule of a training run implies: they are left out of it */
  off?: readonly boolean[];
  /** weights that a person fixed, log2; null where they are learned */
  fixed?: readonly (readonly (number | null)[])[];
  /** keep `u` as it is: for training on the pairs of one rule */
  keepU?: boolean;
  /** keep `m` as it is: to learn only how many true pairs there are */
  keepM?: boolean;
  shareLeast: number;
  weightLeast: number;
  iterationsMax: number;
  start: Model;
  /** probability of each pattern's pairs after competition with others; null for none */
  compete?: ((weights: Float64Array) => Float64Array) | null;
};

/** What holds where the settings of a model say nothing. */
export const MODEL_DEFAULTS = {
  iterationsMax: 100,
  shareLeast: 1e-3,
  weightLeast: -9,
  frequencyLeast: 1e-5,
} as const;

const CHANGE_MIN = 1e-4;
/** True pairs of experience with the start, so that a level nobody has seen keeps a share. */
const PRIOR_PAIRS = 2;

/** Weight of evidence of each level, log2(m/u), bounded below and never falling from a level to a better one. */
export function weightsOf(
  { m, u }: Pick<Model, 'm' | 'u'>,
  { weightLeast, fixed }: Pick<EmOptions, 'weightLeast' | 'fixed'>,
): number[][] {
  return m.map((shares, c) => {
    const raw = shares.map((share, k) => Math.max(weightLeast, Math.log2(share / (u[c]?.[k] ?? 1))));
    const rising = risen(
      raw,
      shares.map((share, k) => share + (u[c]?.[k] ?? 0)),
    );
    return rising.map((weight, k) => fixed?.[c]?.[k] ?? weight);
  });
}

/** Pool adjacent violators: the closest sequence that never falls, by the mass of each level. */
export function risen(values: readonly number[], mass: readonly number[]): number[] {
  const pools: { value: number; mass: number; size: number }[] = [];
  for (const [at, value] of values.entries()) {
    let pool = { value, mass: Math.max(mass[at] ?? 0, 1e-12), size: 1 };
    for (let last = pools.at(-1); last && last.value > pool.value; last = pools.at(-1)) {
      pools.pop();
      const sum = last.mass + pool.mass;
      pool = {
        value: (last.value * last.mass + pool.value * pool.mass) / sum,
        mass: sum,
        size: last.size + pool.size,
      };
    }
    pools.push(pool);
  }
  return pools.flatMap(({ value, size }) => Array<number>(size).fill(value));
}

/** Log2 odds of each pattern: prior and the weights of its levels. */
export function oddsOf(
  patterns: Patterns,
  {
    weights,
    prior,
    off,
  }: { weights: readonly (readonly number[])[]; prior: number; off?: readonly boolean[] | undefined },
): Float64Array {
  const { comparisons, levels, counts } = patterns;
  const odds = new Float64Array(counts.length).fill(prior);
  for (let c = 0; c < comparisons; c += 1) {
    const table = weights[c];
    if (!table || off?.[c]) continue;
    for (let p = 0; p < counts.length; p += 1) {
      const level = levels[p * comparisons + c] ?? -1;
      if (level >= 0) odds[p] = (odds[p] ?? 0) + (table[level] ?? 0);
    }
  }
  return odds;
}

/** Probability of log2 odds, safe at both ends. */
export const probabilityOf = (weight: number): number =>
  weight >= 0 ? 1 / (1 + 2 ** -weight) : 2 ** weight / (1 + 2 ** weight);

export const priorOf = (lambda: number): number => {
  const share = Math.min(1 - 1e-9, Math.max(1e-15, lambda));
  return Math.log2(share / (1 - share));
};

/**
 * Expectation maximisation of the Fellegi-Sunter model (Winkler 1988) over counted comparison vectors. Pairs that were not
 * compared count as no matches: `totals` tells at which levels they are. Returns the model and how many iterations it took.
 */
export function learn(patterns: Patterns, options: EmOptions): { model: Model; iterations: number } {
  let model = options.start;
  let iterations = 0;
  while (iterations < options.iterationsMax) {
    iterations += 1;
    const weights = weightsOf(model, options);
    const odds = oddsOf(patterns, { weights, prior: priorOf(model.lambda), off: options.off });
    const shares = options.compete ? options.compete(odds) : odds.map(probabilityOf);
    const next = maximise(patterns, shares, model, options);
    const change = changeBetween(model, next);
    model = next;
    if (change < CHANGE_MIN) break;
  }
  return { model, iterations };
}

function maximise(patterns: Patterns, shares: Float64Array, before: Model, options: EmOptions): Model {
  const { comparisons, levels, counts } = patterns;
  const matched = options.levels.map((most) => new Float64Array(most + 1));
  let [all, seen] = [0, 0];
  for (let p = 0; p < counts.length; p += 1) {
    const mass = (shares[p] ?? 0) * (counts[p] ?? 0);
    all += mass;
    seen += counts[p] ?? 0;
    for (let c = 0; c < comparisons; c += 1) {
      const level = levels[p * comparisons + c] ?? -1;
      const sums = matched[c];
      if (level >= 0 && sums) sums[level] = (sums[level] ?? 0) + mass;
    }
  }
  const model = sharesFrom(matched, all, before, options);
  return options.keepU ? { ...model, lambda: Math.min(0.99, all / seen) } : model;
}

/** The model that so many true pairs at each level make; `all` are the true pairs, those of empty values included. */
export function sharesFrom(
  matched: readonly Float64Array[],
  all: number,
  before: Model,
  options: EmOptions,
): Model {
  const m = matched.map((sums, c) => {
    const start = options.start.m[c] ?? [];
    if (options.off?.[c] || options.keepM) return start;
    const total = sums.reduce((sum, value) => sum + value, 0) + PRIOR_PAIRS;
    return normal(
      [...sums].map((value, k) =>
        Math.max(options.shareLeast, (value + PRIOR_PAIRS * (start[k] ?? 0)) / total),
      ),
    );
  });
  const u = options.keepU
    ? before.u
    : matched.map((sums, c) => {
        const rest = [...sums].map((value, k) => Math.max((options.totals[c]?.[k] ?? 0) - value, 0.5));
        return normal(rest);
      });
  return { lambda: Math.min(0.99, Math.max(1e-12, all / options.pairs)), m, u };
}

const normal = (values: number[]): number[] => {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
};

const changeBetween = (before: Model, after: Model): number =>
  Math.max(
    Math.abs(before.lambda - after.lambda) / Math.max(before.lambda, after.lambda),
    ...before.m.flatMap((shares, c) => shares.map((share, k) => Math.abs(share - (after.m[c]?.[k] ?? 0)))),
  );

/** Shares to begin with: most true pairs agree wholly, some nearly, few not at all. Also what is used where nothing could be learned. */
export const startShares = (levels: number): number[] => {
  const better = Array.from({ length: levels }, (_level, at) => 0.5 ** (levels - at));
  const sum = better.reduce((total, value) => total + value, 0);
  return [0.08, ...better.map((value) => (0.92 * value) / sum)];
};

/** The middle of several models, level by level; of two their mean. A comparison that a run left out has no say there. */
export function medianShares(
  runs: readonly { m: number[][]; off: readonly boolean[] }[],
  start: number[][],
): number[][] {
  return start.map((shares, c) => {
    const told = runs.filter(({ off }) => !off[c]).map(({ m }) => m[c] ?? []);
    if (told.length === 0) return shares;
    return normal(
      shares.map((_share, k) => {
        const sorted = told.map((one) => one[k] ?? 0).sort((a, b) => a - b);
        const middle = Math.floor(sorted.length / 2);
        const upper = sorted[middle] ?? 0;
        return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
      }),
    );
  });
}
