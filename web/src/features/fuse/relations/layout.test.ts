import type { RelationGraph, RelationKind } from '@ronghe/contracts';
import { describe, expect, it } from 'vitest';
import { linesOf, placed } from './layout.ts';
import { grown, hiddenOf, pictureOf } from './picture.ts';

const end = (key: string, distance: number, hidden = 0, id: string | null = `id-${key}`) => ({
  ...{ key, id, name: `企业${key}`, city: null, divisionName: null, keyIndustry: null, size: null },
  ...{ distance, hidden },
});
const edge = (kind: RelationKind, subject: string, object: string) => ({
  ...{ kind, subject, object, share: null, origin: 'derived' as const },
});
const graph: RelationGraph = {
  centre: 'n0',
  truncated: false,
  nodes: [end('n0', 0), end('n1', 1), end('n2', 1, 2), end('n3', 1), end('n4', 1, 0, null)],
  edges: [
    edge('branch_of', 'n1', 'n0'),
    edge('shareholder_of', 'n2', 'n0'),
    edge('same_phone', 'n3', 'n0'),
    edge('same_address', 'n1', 'n0'),
    edge('shareholder_of', 'n4', 'n0'),
  ],
};

describe('a picture', () => {
  it('puts owners above, branches below and others beside, and no two nodes on each other', () => {
    const { nodes } = placed(pictureOf(graph));
    const at = (key: string) => nodes.find((node) => node.key === key)?.y ?? Number.NaN;
    expect(at('id-n2')).toBeLessThan(at('id-n0'));
    expect(at('id-n1')).toBeGreaterThan(at('id-n0'));
    expect(at('id-n3')).toBe(at('id-n0'));
    for (const [index, one] of nodes.entries())
      for (const other of nodes.slice(index + 1))
        expect(
          Math.abs(one.x - other.x) >= one.width ||
            Math.abs(one.y - other.y) >= Math.min(one.height, other.height),
        ).toBe(true);
  });

  it('has one place for the words of all relations between two nodes', () => {
    const { labels, edges } = placed(pictureOf(graph));
    expect(edges).toHaveLength(5);
    expect(labels).toHaveLength(4);
    expect(new Set(edges.map(({ path }) => path)).size).toBe(5);
  });

  it('tells how much of a node it does not show, and grows by it without drawing anything twice', () => {
    const picture = pictureOf(graph);
    const holder = picture.nodes.find(({ key }) => key === 'id-n2');
    expect(holder && hiddenOf(picture, holder)).toBe(2);
    const more = pictureOf({
      ...{ centre: 'm0', truncated: false },
      nodes: [end('m0', 0, 0, 'id-n2'), end('m1', 1, 0, 'id-n0'), end('m2', 1), end('m3', 1)],
      edges: [
        edge('shareholder_of', 'm0', 'm1'),
        edge('shareholder_of', 'm0', 'm2'),
        edge('shareholder_of', 'm0', 'm3'),
      ],
    });
    const both = grown(picture, more);
    expect(both.edges).toHaveLength(7);
    expect(both.nodes).toHaveLength(7);
    expect(both.nodes.find(({ key }) => key === 'id-m2')?.distance).toBe(2);
    const after = both.nodes.find(({ key }) => key === 'id-n2');
    expect(after && hiddenOf(both, after)).toBe(0);
    expect(placed(both).nodes).toHaveLength(7);
  });

  it('of a hundred nodes is drawn in a moment, rows broken', () => {
    const nodes = [end('n0', 0), ...Array.from({ length: 100 }, (_, at) => end(`b${at}`, 1))];
    const edges = nodes.slice(1).map(({ key }) => edge('branch_of', key, 'n0'));
    const before = performance.now();
    const layout = placed(pictureOf({ ...graph, nodes, edges }));
    expect(performance.now() - before).toBeLessThan(1_000);
    expect(layout.nodes).toHaveLength(101);
    expect(layout.width).toBeLessThan(1_400);
  });
});

describe('a name in a box', () => {
  it.each([
    ['短名', 1],
    ['江西豫章澜铜业有限公司贵溪第二分公司', 2],
    ['A long name of an enterprise in English letters', 3],
    ['', 1],
  ])('%s takes %i lines', (name, lines) => {
    expect(linesOf(name)).toHaveLength(lines);
    expect(linesOf(name).join('')).toBe(name);
  });
  it('that is too long ends in an ellipsis after four lines', () => {
    const lines = linesOf('长'.repeat(200));
    expect(lines).toHaveLength(4);
    expect(lines.at(-1)).toMatch(/…$/);
  });
});
