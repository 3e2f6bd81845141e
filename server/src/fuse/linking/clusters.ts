/** Scored pairs as arrays of equal length: records and log2 odds. */
export type Edges = { a: Uint32Array; b: Uint32Array; weight: Float32Array };

export type ClusterRules = {
  records: number;
  /** log2 odds from which two records are one */
  least: number;
  /** records of one cluster at most */
  sizeMax: number;
  /** source of each record, and those that hold each entity once */
  sources: Uint16Array;
  duplicateFree: ReadonlySet<number>;
  /** pairs that people decided */
  mustLink: readonly (readonly [number, number])[];
  cannotLink: readonly (readonly [number, number])[];
  /** false for pairs that are never compared, of one input where inputs are linked */
  mayCompare: (a: number, b: number) => boolean;
};

export type Clustered = {
  /** cluster of each record, numbered from 0 in the order of their first records */
  cluster: Uint32Array;
  clusters: number;
  /** groups that held together by links but not as a whole, and were parted */
  parted: number;
  /** groups of more than `sizeMax` records, cut at their weakest links first */
  cut: number;
  /** decisions of people that contradict each other: a must-link inside a cannot-link */
  contradictions: number;
};

/** Weights that count in a mean: one very strong link does not outweigh many against it. */
const WEIGHT_MOST = 14;
const WEIGHT_LEAST = -10;
/** Pairs of a group too large to be compared pair by pair, of which nothing is known. */
const WEIGHT_UNKNOWN = -5;
const NEVER = -1e6;
/** Groups up to this size are compared pair by pair before they are settled. */
export const COMPLETED_MAX = 80;

export function createSets(records: number) {
  const parent = Uint32Array.from({ length: records }, (_value, at) => at);
  const size = new Uint32Array(records).fill(1);
  const find = (at: number): number => {
    let root = at;
    for (let above = parent[root] ?? root; above !== root; above = parent[root] ?? root) root = above;
    for (let next = at; next !== root; ) {
      const above = parent[next] ?? root;
      parent[next] = root;
      next = above;
    }
    return root;
  };
  return {
    find,
    sizeOf: (at: number): number => size[find(at)] ?? 1,
    join(one: number, two: number): void {
      const [a, b] = [find(one), find(two)];
      if (a === b) return;
      const [low, high] = a < b ? [a, b] : [b, a];
      parent[high] = low;
      size[low] = (size[low] ?? 1) + (size[high] ?? 1);
    },
  };
}

/**
 * Groups of records that links hold together, each at most `sizeMax` large: links are taken from the strongest on, and one that
 * would make a larger group is not followed. Returns the groups of two records and more.
 */
export function groupsOf(edges: Edges, rules: ClusterRules): { groups: number[][]; cut: number } {
  const sets = createSets(rules.records);
  for (const [a, b] of rules.mustLink) sets.join(a, b);
  const strong: number[] = [];
  for (let at = 0; at < edges.a.length; at += 1) if ((edges.weight[at] ?? 0) >= rules.least) strong.push(at);
  strong.sort((one, two) => (edges.weight[two] ?? 0) - (edges.weight[one] ?? 0) || one - two);
  const cut = new Set<number>();
  for (const at of strong) {
    const [a, b] = [sets.find(edges.a[at] ?? 0), sets.find(edges.b[at] ?? 0)];
    if (a === b) continue;
    if (sets.sizeOf(a) + sets.sizeOf(b) > rules.sizeMax) cut.add(a).add(b);
    else sets.join(a, b);
  }
  const members = new Map<number, number[]>();
  for (let record = 0; record < rules.records; record += 1) {
    if (sets.sizeOf(record) < 2) continue;
    const root = sets.find(record);
    const list = members.get(root);
    if (list) list.push(record);
    else members.set(root, [record]);
  }
  return { groups: [...members.values()], cut: new Set([...cut].map((at) => sets.find(at))).size };
}

/** A pair as one number that a double holds. */
export const pairKey = (a: number, b: number): number => (a < b ? a * 2 ** 26 + b : b * 2 ** 26 + a);
export const RECORDS_MAX = 2 ** 26;

/** Weights of the pairs of all groups, looked up by pair. */
export function weightsWithin(
  edges: Edges,
  groups: readonly number[][],
  records: number,
): Map<number, number> {
  const groupOf = new Int32Array(records).fill(-1);
  for (const [number, group] of groups.entries())
    if (group.length > 2) for (const record of group) groupOf[record] = number;
  const weights = new Map<number, number>();
  for (let at = 0; at < edges.a.length; at += 1) {
    const [a, b] = [edges.a[at] ?? 0, edges.b[at] ?? 0];
    if (groupOf[a] === -1 || groupOf[a] !== groupOf[b]) continue;
    weights.set(pairKey(a, b), edges.weight[at] ?? 0);
  }
  return weights;
}

/** Pairs inside the groups that were never compared and may be: comparing them tells whether a group holds as a whole. */
export function missingPairs(
  groups: readonly number[][],
  known: ReadonlyMap<number, number>,
  mayCompare: (a: number, b: number) => boolean,
): { a: number[]; b: number[] } {
  const missing: { a: number[]; b: number[] } = { a: [], b: [] };
  for (const group of groups) {
    if (group.length < 3 || group.length > COMPLETED_MAX) continue;
    for (let one = 0; one < group.length; one += 1)
      for (let two = one + 1; two < group.length; two += 1) {
        const [a, b] = [group[one] ?? 0, group[two] ?? 0];
        if (known.has(pairKey(a, b)) || !mayCompare(a, b)) continue;
        missing.a.push(a);
        missing.b.push(b);
      }
  }
  return missing;
}

/**
 * Settles each group by average linkage: the two parts with the highest mean weight between them join first, until no mean
 * reaches `least`. So a chain of records, each like the next and unlike the rest, does not become one. Parts that a person or a
 * source without duplicates keeps apart never join.
 */
export function settle(
  groups: readonly number[][],
  weights: ReadonlyMap<number, number>,
  rules: ClusterRules,
): Clustered {
  const sets = createSets(rules.records);
  const never = new Set(rules.cannotLink.map(([a, b]) => pairKey(a, b)));
  const must = new Set(rules.mustLink.map(([a, b]) => pairKey(a, b)));
  const apart = (a: number, b: number): boolean =>
    never.has(pairKey(a, b)) ||
    (rules.sources[a] === rules.sources[b] && rules.duplicateFree.has(rules.sources[a] ?? -1));
  let parted = 0;
  for (const group of groups) {
    if (
      group.length > 2 &&
      never.size + must.size === 0 &&
      isWhole(group, { weights, apart, least: rules.least })
    ) {
      for (const record of group) sets.join(group[0] ?? record, record);
      continue;
    }
    const parts = partsOf(group, { weights, must, apart, least: rules.least, mayCompare: rules.mayCompare });
    if (parts.length > 1) parted += 1;
    for (const part of parts) for (const record of part) sets.join(part[0] ?? record, record);
  }
  const contradictions = rules.mustLink.filter(
    ([a, b]) => apart(a, b) || sets.find(a) !== sets.find(b),
  ).length;
  return { ...numbered(sets, rules.records), parted, cut: 0, contradictions };
}

type Settling = {
  weights: ReadonlyMap<number, number>;
  must: ReadonlySet<number>;
  apart: (a: number, b: number) => boolean;
  least: number;
  mayCompare: (a: number, b: number) => boolean;
};

/** Every pair of the group is a link: nothing to settle. Most groups are. */
function isWhole(
  group: readonly number[],
  { weights, apart, least }: Pick<Settling, 'weights' | 'apart' | 'least'>,
): boolean {
  for (let one = 0; one < group.length; one += 1)
    for (let two = one + 1; two < group.length; two += 1) {
      const [a, b] = [group[one] ?? 0, group[two] ?? 0];
      const weight = weights.get(pairKey(a, b));
      if (weight === undefined || weight < least || apart(a, b)) return false;
    }
  return true;
}

function partsOf(group: readonly number[], settling: Settling): number[][] {
  const size = group.length;
  const parts: number[][] = group.map((record) => [record]);
  // sums and counts of known weights between parts; a sum below NEVER / 2 keeps them apart for good
  const sums = new Float64Array(size * size);
  const counts = new Uint32Array(size * size);
  for (let one = 0; one < size; one += 1)
    for (let two = 0; two < size; two += 1)
      if (one !== two) setBetween(group, [one, two], settling, { sums, counts });
  const alive = new Set(parts.keys());
  for (;;) {
    const best = bestOf(alive, { sums, counts, size, least: settling.least });
    if (!best) return [...alive].map((at) => parts[at] ?? []);
    const [one, two] = best;
    parts[one] = [...(parts[one] ?? []), ...(parts[two] ?? [])];
    alive.delete(two);
    for (const other of alive) {
      if (other === one) continue;
      const sum = (sums[one * size + other] ?? 0) + (sums[two * size + other] ?? 0);
      const count = (counts[one * size + other] ?? 0) + (counts[two * size + other] ?? 0);
      sums[one * size + other] = sums[other * size + one] = sum;
      counts[one * size + other] = counts[other * size + one] = count;
    }
  }
}

function setBetween(
  group: readonly number[],
  [one, two]: [number, number],
  { weights, must, apart, mayCompare }: Settling,
  { sums, counts }: { sums: Float64Array; counts: Uint32Array },
): void {
  const [a, b] = [group[one] ?? 0, group[two] ?? 0];
  const at = one * group.length + two;
  const weight = weights.get(pairKey(a, b));
  if (apart(a, b)) sums[at] = NEVER;
  else if (must.has(pairKey(a, b))) sums[at] = -NEVER / 100;
  else if (group.length === 2) sums[at] = WEIGHT_MOST;
  else if (weight !== undefined) sums[at] = Math.min(WEIGHT_MOST, Math.max(WEIGHT_LEAST, weight));
  else if (!mayCompare(a, b)) return;
  // compared with the others and not kept, because it was far from a match
  else sums[at] = group.length <= COMPLETED_MAX ? WEIGHT_LEAST : WEIGHT_UNKNOWN;
  counts[at] = 1;
}

function bestOf(
  alive: ReadonlySet<number>,
  { sums, counts, size, least }: { sums: Float64Array; counts: Uint32Array; size: number; least: number },
): [number, number] | null {
  let best: [number, number] | null = null;
  let most = -Infinity;
  for (const one of alive)
    for (const two of alive) {
      if (two <= one) continue;
      const count = counts[one * size + two] ?? 0;
      const sum = sums[one * size + two] ?? 0;
      if (count === 0 || sum < NEVER / 2) continue;
      const mean = sum / count;
      if (mean < least || mean <= most) continue;
      most = mean;
      best = [one, two];
    }
  return best;
}

/** Clusters numbered from 0 by their first record. */
export function numbered(
  sets: Pick<ReturnType<typeof createSets>, 'find'>,
  records: number,
): { cluster: Uint32Array; clusters: number } {
  const cluster = new Uint32Array(records);
  const numbers = new Map<number, number>();
  for (let record = 0; record < records; record += 1) {
    const root = sets.find(record);
    const known = numbers.get(root) ?? numbers.size;
    if (known === numbers.size) numbers.set(root, known);
    cluster[record] = known;
  }
  return { cluster, clusters: numbers.size };
}
