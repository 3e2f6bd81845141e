/** Pairs as arrays of equal length: records `a` and `b` and the log2 odds of each pair by itself. */
export type Pairs = { a: Uint32Array; b: Uint32Array };

/** Rounds of messages a call makes; where one call ended, the next goes on. */
const ROUNDS = 10;
const CHANGE_MIN = 1e-3;
/** Odds beyond this many bits are as good as certain, and a double still tells sums with and without one of them apart. */
const BITS_MAX = 40;

/**
 * Probabilities where each record has at most one partner: pairs of one record compete with each other and with having none. Belief
 * propagation on the matching (Huang and Jebara 2009): each pair hears from both its records how much they want another one.
 * Scaling of rows and columns alone (Sinkhorn) would halve the log odds of the simplest case, two records on either side. `odds` are
 * log2 without competitors.
 */
export function competitors({ a, b }: Pairs, records: number) {
  const fromA = new Float64Array(a.length).fill(1);
  const fromB = new Float64Array(a.length).fill(1);
  const sums = new Float64Array(records);
  const pass = (likely: Float64Array, own: Uint32Array, heard: Float64Array, said: Float64Array): number => {
    sums.fill(0);
    for (let pair = 0; pair < likely.length; pair += 1) {
      const record = own[pair] ?? 0;
      sums[record] = (sums[record] ?? 0) + (likely[pair] ?? 0) * (heard[pair] ?? 1);
    }
    let change = 0;
    for (let pair = 0; pair < likely.length; pair += 1) {
      const others = (sums[own[pair] ?? 0] ?? 0) - (likely[pair] ?? 0) * (heard[pair] ?? 1);
      const before = said[pair] ?? 1;
      const now = (before + 1 / (1 + Math.max(0, others))) / 2;
      change = Math.max(change, Math.abs(now - before));
      said[pair] = now;
    }
    return change;
  };
  return (odds: Float64Array): Float64Array => {
    const likely = odds.map((weight) => 2 ** Math.min(BITS_MAX, Math.max(-BITS_MAX, weight)));
    for (let round = 0; round < ROUNDS; round += 1) {
      const change = pass(likely, a, fromB, fromA) + pass(likely, b, fromA, fromB);
      if (change < CHANGE_MIN) break;
    }
    return likely.map((value, pair) => {
      const free = value * (fromA[pair] ?? 1) * (fromB[pair] ?? 1);
      return free / (1 + free);
    });
  };
}

/**
 * The one-to-one links of (nearly) the greatest sum of weights, by an auction (Bertsekas 1988) in each connected group, so also
 * where the best partner of two records is one and the same. Weights not above `least` are no links.
 * Groups of more than `pairsMax` pairs are linked greedily, best first. Returns the places of the chosen pairs.
 */
export function assignBest(
  { a, b }: Pairs,
  {
    weights,
    least,
    records,
    pairsMax = 2_000_000,
  }: { weights: ArrayLike<number>; least: number; records: number; pairsMax?: number },
): number[] {
  const usable: number[] = [];
  for (let pair = 0; pair < a.length; pair += 1) if ((weights[pair] ?? 0) > least) usable.push(pair);
  const chosen: number[] = [];
  for (const group of groupsOf({ a, b }, usable, records)) {
    if (group.length === 1) chosen.push(...group);
    else if (group.length > pairsMax) chosen.push(...greedy({ a, b }, group, weights));
    else chosen.push(...assignGroup({ a, b }, group, { weights, least }));
  }
  return chosen.sort((one, two) => one - two);
}

function groupsOf({ a, b }: Pairs, usable: readonly number[], records: number): number[][] {
  const parent = Int32Array.from({ length: records }, (_value, at) => at);
  const find = (at: number): number => {
    let root = at;
    while ((parent[root] ?? root) !== root) root = parent[root] ?? root;
    for (let next = at; next !== root; ) {
      const above = parent[next] ?? root;
      parent[next] = root;
      next = above;
    }
    return root;
  };
  for (const pair of usable) parent[find(a[pair] ?? 0)] = find(b[pair] ?? 0);
  const groups = new Map<number, number[]>();
  for (const pair of usable) {
    const root = find(a[pair] ?? 0);
    const group = groups.get(root);
    if (group) group.push(pair);
    else groups.set(root, [pair]);
  }
  return [...groups.values()];
}

function greedy({ a, b }: Pairs, group: readonly number[], weights: ArrayLike<number>): number[] {
  const taken = new Set<number>();
  return [...group]
    .sort((one, two) => (weights[two] ?? 0) - (weights[one] ?? 0) || one - two)
    .filter((pair) => {
      const [left, right] = [a[pair] ?? 0, b[pair] ?? 0];
      if (taken.has(left) || taken.has(right)) return false;
      taken.add(left).add(right);
      return true;
    });
}

/** One connected group: each left record in turn bids for a right record or stays alone. */
function assignGroup(
  { a, b }: Pairs,
  group: readonly number[],
  { weights, least }: { weights: ArrayLike<number>; least: number },
): number[] {
  const lefts = new Map<number, number>();
  const rights = new Map<number, number>();
  const numberOf = (map: Map<number, number>, record: number): number => {
    const known = map.get(record);
    if (known !== undefined) return known;
    map.set(record, map.size);
    return map.size - 1;
  };
  const edges: { to: number; gain: number; pair: number }[][] = [];
  for (const pair of group) {
    const left = numberOf(lefts, a[pair] ?? 0);
    const to = numberOf(rights, b[pair] ?? 0);
    const list = edges[left] ?? [];
    edges[left] = list;
    list.push({ to, gain: (weights[pair] ?? 0) - least, pair });
  }
  const state: State = {
    edges,
    price: new Float64Array(rights.size),
    owner: new Int32Array(rights.size).fill(-1),
    pairOf: new Int32Array(rights.size).fill(-1),
  };
  const queue = edges.map((_list, left) => left);
  for (let left = queue.pop(); left !== undefined; left = queue.pop()) bid(state, left, queue);
  return [...state.pairOf].filter((pair) => pair >= 0);
}

type State = {
  edges: { to: number; gain: number; pair: number }[][];
  price: Float64Array;
  owner: Int32Array;
  pairOf: Int32Array;
};
/** Raise of a price beyond what the second best is worth, log2: far below what tells weights apart. */
const AUCTION_STEP = 5e-3;

/** Bids for the best record at its price; staying alone is worth 0. Who was there before bids again. */
function bid({ edges, price, owner, pairOf }: State, left: number, queue: number[]): void {
  let best: { to: number; gain: number; pair: number } | null = null;
  let [first, second] = [0, 0];
  for (const edge of edges[left] ?? []) {
    const value = edge.gain - (price[edge.to] ?? 0);
    if (value > first) {
      second = first;
      first = value;
      best = edge;
    } else if (value > second) second = value;
  }
  if (!best) return;
  const before = owner[best.to] ?? -1;
  price[best.to] = (price[best.to] ?? 0) + (first - second) + AUCTION_STEP;
  owner[best.to] = left;
  pairOf[best.to] = best.pair;
  if (before >= 0) queue.push(before);
}
