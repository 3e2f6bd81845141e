import { describe, expect, test } from 'vitest';
import { type ClusterRules, type Edges, groupsOf, missingPairs, settle, weightsWithin } from './clusters.ts';
import { evaluate, impliedPairs, keyOf } from './evaluate.ts';
import { keepNearBest } from './near-best.ts';

const edgesOf = (...list: [number, number, number][]): Edges => ({
  a: Uint32Array.from(list, ([a]) => a),
  b: Uint32Array.from(list, ([, b]) => b),
  weight: Float32Array.from(list, ([, , weight]) => weight),
});
const rulesFor = (records: number, rules: Partial<ClusterRules> = {}): ClusterRules => ({
  records,
  least: 0,
  sizeMax: 100,
  sources: new Uint16Array(records),
  duplicateFree: new Set(),
  mustLink: [],
  cannotLink: [],
  mayCompare: () => true,
  ...rules,
});
function clustersOf(edges: Edges, rules: ClusterRules) {
  const { groups, cut } = groupsOf(edges, rules);
  const settled = settle(groups, weightsWithin(edges, groups, rules.records), rules);
  return { ...settled, cut, cluster: [...settled.cluster] };
}

describe('clusters', () => {
  test('records that all agree are one', () => {
    const { cluster } = clustersOf(edgesOf([0, 1, 8], [1, 2, 8], [0, 2, 8]), rulesFor(4));
    expect(cluster).toEqual([0, 0, 0, 1]);
  });

  test('a chain of records, each like the next and unlike the rest, does not become one', () => {
    const chain = edgesOf([0, 1, 6], [1, 2, 2], [2, 3, 6], [0, 2, -9], [0, 3, -9], [1, 3, -9]);
    const { cluster, parted } = clustersOf(chain, rulesFor(4));
    expect([cluster, parted]).toEqual([[0, 0, 1, 1], 1]);
  });

  test('pairs that were compared and left out count against', () => {
    const { cluster } = clustersOf(edgesOf([0, 1, 6], [1, 2, 3]), rulesFor(3));
    expect(cluster).toEqual([0, 0, 1]);
  });

  test('pairs that are never compared do not count', () => {
    const rules = rulesFor(3, { mayCompare: (a, b) => !(a === 0 && b === 2) });
    expect(clustersOf(edgesOf([0, 1, 6], [1, 2, 3]), rules).cluster).toEqual([0, 0, 0]);
  });

  test('a source that holds each entity once keeps its records apart', () => {
    const rules = rulesFor(3, { sources: Uint16Array.of(0, 0, 1), duplicateFree: new Set([0]) });
    const { cluster } = clustersOf(edgesOf([0, 2, 9], [1, 2, 7]), rules);
    expect(cluster).toEqual([0, 1, 0]);
  });

  test('decisions of people hold, and contradictions are counted', () => {
    const edges = edgesOf([0, 1, 9], [2, 3, -3]);
    const held = clustersOf(edges, rulesFor(4, { mustLink: [[2, 3]], cannotLink: [[0, 1]] }));
    expect([held.cluster, held.contradictions]).toEqual([[0, 1, 2, 2], 0]);
    const both = clustersOf(edges, rulesFor(4, { mustLink: [[0, 1]], cannotLink: [[0, 1]] }));
    expect([both.cluster, both.contradictions]).toEqual([[0, 1, 2, 3], 1]);
  });

  test('a group over the limit is cut at its weakest links', () => {
    const edges = edgesOf([0, 1, 9], [2, 3, 8], [1, 2, 1]);
    const { cluster, cut } = clustersOf(edges, rulesFor(4, { sizeMax: 3 }));
    expect([cluster, cut > 0]).toEqual([[0, 0, 1, 1], true]);
  });

  test('pairs nobody compared inside a group are asked for', () => {
    const edges = edgesOf([0, 1, 9], [1, 2, 8]);
    const { groups } = groupsOf(edges, rulesFor(3));
    const known = weightsWithin(edges, groups, 3);
    expect(missingPairs(groups, known, () => true)).toEqual({ a: [0], b: [2] });
    expect(missingPairs(groups, known, () => false)).toEqual({ a: [], b: [] });
  });
});

test('of links far below the best of a record only those stay where records have several partners', () => {
  const scored = {
    a: Uint32Array.of(0, 0, 1),
    b: Uint32Array.of(2, 3, 3),
    weight: Float32Array.of(12, 3, 11),
    sure: new Uint8Array(3),
  };
  expect(keepNearBest(scored, { inputs: Uint16Array.of(0, 0, 1, 1), count: 2, records: 4 })).toBe(1);
  expect([...scored.weight]).toEqual([12, -7, 11]);
});

describe('evaluation', () => {
  const found = (cluster: number[], links: [number, number][], inputOf = cluster.map(() => 0)) => ({
    a: links.map(([a]) => a),
    b: links.map(([, b]) => b),
    cluster: Uint32Array.from(cluster),
    inputOf,
    within: new Set(inputOf).size === 1,
  });

  test('by entity, links and clusters', () => {
    const { pairs, clusters } = evaluate(
      { kind: 'entity', entity: ['x', 'x', 'x', 'y', ''] },
      found(
        [0, 0, 0, 0, 1],
        [
          [0, 1],
          [2, 3],
        ],
      ),
    );
    expect([pairs.truePairs, pairs.foundPairs, pairs.right]).toEqual([3, 2, 1]);
    expect([clusters.foundPairs, clusters.right, clusters.recall]).toEqual([6, 3, 1]);
  });

  test('by pairs; where some are said to be different only named pairs count', () => {
    const same = new Set([keyOf(0, 1), keyOf(2, 3)]);
    const all = evaluate(
      { kind: 'pairs', same, different: null },
      found(
        [0, 0, 0, 1],
        [
          [0, 1],
          [0, 2],
        ],
      ),
    );
    expect([all.pairs.precision, all.pairs.recall, all.clusters.foundPairs]).toEqual([0.5, 0.5, 3]);
    const some = evaluate(
      { kind: 'pairs', same, different: new Set([keyOf(1, 3)]) },
      found(
        [0, 0, 0, 1],
        [
          [0, 1],
          [0, 2],
        ],
      ),
    );
    expect([some.pairs.foundPairs, some.pairs.precision, some.clusters.foundPairs]).toEqual([1, 1, 1]);
  });

  test('between inputs, pairs of one input do not count', () => {
    expect(impliedPairs(['a', 'a', 'a'], { inputOf: [0, 0, 1], within: false })).toBe(2);
  });
});
