/** How found pairs compare with true ones. */
export type Scores = {
  truePairs: number;
  foundPairs: number;
  right: number;
  precision: number;
  recall: number;
  f1: number;
};

/** What is true: an entity for each record (empty: unknown), or pairs, some of which may be said to be different. */
export type Truth =
  | { kind: 'entity'; entity: readonly string[] }
  | { kind: 'pairs'; same: ReadonlySet<number>; different: ReadonlySet<number> | null };

export type Evaluated = { pairs: Scores; clusters: Scores };

export type Found = {
  /** records of each link */
  a: readonly number[];
  b: readonly number[];
  cluster: Uint32Array;
  /** input of each record; pairs of one input do not count where `within` is false */
  inputOf: readonly number[];
  within: boolean;
};

export const scoresOf = (truePairs: number, foundPairs: number, right: number): Scores => {
  const precision = foundPairs === 0 ? (truePairs === 0 ? 1 : 0) : right / foundPairs;
  const recall = truePairs === 0 ? 1 : right / truePairs;
  const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { truePairs, foundPairs, right, precision, recall, f1 };
};

/** A pair as one number, the smaller record first. */
export const keyOf = (a: number, b: number): number => (a < b ? a * 2 ** 26 + b : b * 2 ** 26 + a);

/**
 * Precision, recall and F1 of links, and of all pairs that clusters imply. Where the truth calls some pairs different, only pairs that
 * it names count; else every pair that it does not name is wrong.
 */
export function evaluate(truth: Truth, found: Found): Evaluated {
  return truth.kind === 'entity' ? byEntity(truth.entity, found) : byPairs(truth, found);
}

function byEntity(entity: readonly string[], found: Found): Evaluated {
  const same = (a: number, b: number) => entity[a] !== '' && entity[a] === entity[b];
  const trueAll = impliedPairs(
    entity.map((name, record) => (name === '' ? `\0${record}` : name)),
    found,
  );
  const right = found.a.reduce((sum, a, at) => sum + (same(a, found.b[at] ?? a) ? 1 : 0), 0);
  const clusters = [...found.cluster].map(String);
  const implied = impliedPairs(clusters, found);
  const both = impliedPairs(
    clusters.map((cluster, record) => `${cluster} ${entity[record] === '' ? `\0${record}` : entity[record]}`),
    found,
  );
  return { pairs: scoresOf(trueAll, found.a.length, right), clusters: scoresOf(trueAll, implied, both) };
}

/** Pairs of records with the same label that count. */
export function impliedPairs(
  labels: readonly string[],
  { inputOf, within }: Pick<Found, 'inputOf' | 'within'>,
): number {
  const groups = new Map<string, Map<number, number>>();
  for (const [record, label] of labels.entries()) {
    const group = groups.get(label) ?? new Map<number, number>();
    groups.set(label, group);
    const input = within ? 0 : (inputOf[record] ?? 0);
    group.set(input, (group.get(input) ?? 0) + 1);
  }
  let sum = 0;
  for (const group of groups.values()) {
    const sizes = [...group.values()];
    const all = sizes.reduce((total, size) => total + size, 0);
    sum += within
      ? (all * (all - 1)) / 2
      : (all * all - sizes.reduce((total, size) => total + size * size, 0)) / 2;
  }
  return sum;
}

function byPairs({ same, different }: Extract<Truth, { kind: 'pairs' }>, found: Found): Evaluated {
  const counts = (key: number) => different === null || same.has(key) || different.has(key);
  let [links, right] = [0, 0];
  for (const [at, a] of found.a.entries()) {
    const key = keyOf(a, found.b[at] ?? a);
    if (!counts(key)) continue;
    links += 1;
    if (same.has(key)) right += 1;
  }
  const together = (key: number) => found.cluster[Math.floor(key / 2 ** 26)] === found.cluster[key % 2 ** 26];
  const clusteredRight = [...same].filter(together).length;
  const implied =
    different === null
      ? impliedPairs([...found.cluster].map(String), found)
      : clusteredRight + [...different].filter(together).length;
  return {
    pairs: scoresOf(same.size, links, right),
    clusters: scoresOf(same.size, implied, clusteredRight),
  };
}
