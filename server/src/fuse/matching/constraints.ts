/** A record of a source, whoever it belongs to: the pair that `fuse.link` is keyed by. */
export type RecordId = { source: string; entityKey: string };
export type PairKind = 'must-link' | 'cannot-link';
/** What a person decided of two records: they are one enterprise, or never are. */
export type DecidedPair = { kind: PairKind; a: RecordId; b: RecordId; decision: string };

export const idOfRecord = ({ source, entityKey }: RecordId): string => `${source} ${entityKey}`;

/**
 * Decisions of people as matching asks for them. Must-links hold through each other (a = b and b = c make a = c), and a
 * cannot-link keeps everything apart that is tied to its two ends. Works on any records: rules of a run, a probabilistic
 * linker and a steward's merge ask the same questions.
 */
export function createConstraints(pairs: readonly DecidedPair[]) {
  const must = neighboursOf(pairs, 'must-link');
  const cannot = neighboursOf(pairs, 'cannot-link');
  const components = new Map<string, ReadonlySet<string>>();

  function componentOf(id: string): ReadonlySet<string> {
    const known = components.get(id);
    if (known) return known;
    const found = new Set([id]);
    for (const member of found) for (const { to } of must.get(member) ?? []) found.add(to);
    for (const member of found) components.set(member, found);
    return found;
  }

  /** Records that must never be of the same enterprise, also because of what either is tied to, with the pair that says so. */
  function apartFrom(id: string): ReadonlyMap<string, DecidedPair> {
    const apart = new Map<string, DecidedPair>();
    for (const member of componentOf(id))
      for (const { to, pair } of cannot.get(member) ?? [])
        for (const other of componentOf(to)) if (!apart.has(other)) apart.set(other, pair);
    return apart;
  }

  /** The must-links that lead from one record to another, shortest way; null when none do. */
  function chain(from: string, to: string): DecidedPair[] | null {
    const before = new Map<string, { id: string; pair: DecidedPair } | null>([[from, null]]);
    for (const [id] of before) {
      if (id === to) break;
      for (const next of must.get(id) ?? [])
        if (!before.has(next.to)) before.set(next.to, { id, pair: next.pair });
    }
    if (!before.has(to)) return null;
    const way: DecidedPair[] = [];
    for (let step = before.get(to); step; step = before.get(step.id)) way.unshift(step.pair);
    return way;
  }

  return {
    isEmpty: pairs.length === 0,

    /** Records that must be of the same enterprise as this one, itself left out. */
    tiedTo: (id: string): string[] => [...componentOf(id)].filter((other) => other !== id),

    apartFrom,

    /** A cannot-link that keeps two groups of records apart; null when they may be one enterprise. */
    between(left: readonly string[], right: readonly string[]): DecidedPair | null {
      const others = new Set(right);
      for (const id of left) for (const [other, pair] of apartFrom(id)) if (others.has(other)) return pair;
      return null;
    },

    chain,
  };
}
export type Constraints = ReturnType<typeof createConstraints>;

/**
 * Why these decisions cannot all hold: must-links that lead from one end of a cannot-link to the other, with that
 * cannot-link last. Null when they can.
 */
export function contradictionIn(pairs: readonly DecidedPair[]): DecidedPair[] | null {
  const constraints = createConstraints(pairs);
  for (const pair of pairs) {
    if (pair.kind !== 'cannot-link') continue;
    const way = constraints.chain(idOfRecord(pair.a), idOfRecord(pair.b));
    if (way) return [...way, pair];
  }
  return null;
}

type Neighbour = { to: string; pair: DecidedPair };

function neighboursOf(pairs: readonly DecidedPair[], kind: PairKind): Map<string, Neighbour[]> {
  const neighbours = new Map<string, Neighbour[]>();
  const add = (from: string, neighbour: Neighbour) => {
    const list = neighbours.get(from);
    if (list) list.push(neighbour);
    else neighbours.set(from, [neighbour]);
  };
  for (const pair of pairs) {
    if (pair.kind !== kind) continue;
    const [a, b] = [idOfRecord(pair.a), idOfRecord(pair.b)];
    add(a, { to: b, pair });
    add(b, { to: a, pair });
  }
  return neighbours;
}
