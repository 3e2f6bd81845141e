import type { RelationKind } from '@ronghe/contracts';
import type { Picture, PictureEdge, PictureNode } from './picture.ts';

export const NODE_WIDTH = 184;
const LINE_HEIGHT = 17;
const NODE_PADDING = 9;
const LINE_WIDTH = 12.4;
const LINES_MAX = 4;
const GAP_X = 34;
const GAP_Y = 74;
const MARGIN = 28;
/** Room for arcs over the first row. */
const MARGIN_TOP = 50;
const ROW_NODES_MAX = 5;
const ASCII_WIDTH = 0.56;

export type PlacedNode = PictureNode & {
  x: number;
  y: number;
  width: number;
  height: number;
  lines: readonly string[];
};
export type PlacedEdge = PictureEdge & { path: string };
/** All relations between two nodes in one place: the words of one would cover those of another. */
export type PlacedLabel = { key: string; edges: readonly PictureEdge[]; x: number; y: number };
export type Placed = {
  width: number;
  height: number;
  nodes: readonly PlacedNode[];
  edges: readonly PlacedEdge[];
  labels: readonly PlacedLabel[];
};

/** Steps up from the subject to the object: what an enterprise depends on stands above it, what is shared beside it. */
const RISE: Readonly<Partial<Record<RelationKind, number>>> = {
  branch_of: 1,
  subsidiary_of: 1,
  shareholder_of: -1,
};

/**
 * Places a picture in rows: owners and parents above, branches and subsidiaries below, others beside. The same picture is always
 * placed alike; sizes are in CSS pixels.
 */
export function placed(picture: Picture): Placed {
  const rows = rowsOf(picture);
  const nodes = new Map<string, PlacedNode>();
  const widest = Math.max(...rows.map((row) => row.length));
  const width = widest * NODE_WIDTH + (widest - 1) * GAP_X + 2 * MARGIN;
  let y = MARGIN_TOP;
  for (const row of rows) {
    const own = row.length * NODE_WIDTH + (row.length - 1) * GAP_X;
    let x = (width - own) / 2;
    const texts = row.map((node) => linesOf(node.name));
    const tallest = Math.max(...texts.map((lines) => heightOf(lines.length)));
    for (const [at, node] of row.entries()) {
      const lines = texts[at] ?? [];
      const height = heightOf(lines.length);
      nodes.set(node.key, { ...node, x, y: y + (tallest - height) / 2, width: NODE_WIDTH, height, lines });
      x += NODE_WIDTH + GAP_X;
    }
    y += tallest + GAP_Y;
  }
  return {
    width,
    height: y - GAP_Y + MARGIN,
    nodes: [...nodes.values()],
    ...linesBetween(picture.edges, nodes),
  };
}

/** One line more for where it lies. */
const heightOf = (lines: number): number => (lines + 1) * LINE_HEIGHT + 2 * NODE_PADDING;

/** A name broken into lines of the node's width; what does not fit in the last one ends in an ellipsis. */
export function linesOf(name: string): string[] {
  const lines: string[] = [];
  let [line, width] = ['', 0];
  const room = NODE_WIDTH - 2 * NODE_PADDING;
  for (const character of name) {
    const own = LINE_WIDTH * ((character.codePointAt(0) ?? 0) < 0x2e80 ? ASCII_WIDTH : 1);
    if (width + own > room) {
      lines.push(line);
      [line, width] = ['', 0];
    }
    line += character;
    width += own;
  }
  lines.push(line);
  if (lines.length <= LINES_MAX) return lines;
  const kept = lines.slice(0, LINES_MAX);
  return [...kept.slice(0, -1), `${(kept.at(-1) ?? '').slice(0, -1)}…`];
}

/** Rows from top to bottom, each in an order that keeps edges short; a long row is broken. */
function rowsOf(picture: Picture): PictureNode[][] {
  const levels = levelsOf(picture);
  const places = new Map<string, number>([[picture.centre, 0]]);
  const byLevel = new Map<number, PictureNode[]>();
  for (const node of picture.nodes) {
    const level = levels.get(node.key) ?? 0;
    byLevel.set(level, [...(byLevel.get(level) ?? []), node]);
  }
  const outwards = [...byLevel.keys()].sort((a, b) => Math.abs(a) - Math.abs(b) || a - b);
  for (const level of outwards) {
    const row = byLevel.get(level) ?? [];
    const sorted = [...row].sort(
      (a, b) =>
        middleOf(a, picture, places) - middleOf(b, picture, places) ||
        a.distance - b.distance ||
        (a.key < b.key ? -1 : 1),
    );
    const ordered = level === 0 ? aroundCentre(sorted, picture.centre) : sorted;
    byLevel.set(level, ordered);
    for (const [at, node] of ordered.entries()) places.set(node.key, at - (ordered.length - 1) / 2);
  }
  return [...byLevel.keys()].sort((a, b) => b - a).flatMap((level) => broken(byLevel.get(level) ?? []));
}

function levelsOf({ centre, edges }: Picture): Map<string, number> {
  const levels = new Map([[centre, 0]]);
  // dependencies first, so that a hint does not pull a parent down beside its branch
  const inOrder = [...edges].sort(
    (a, b) => Number(RISE[a.kind] === undefined) - Number(RISE[b.kind] === undefined),
  );
  for (let grew = true; grew; ) {
    grew = false;
    for (const { kind, subject, object } of inOrder) {
      const rise = RISE[kind] ?? 0;
      const [from, to] = [levels.get(subject), levels.get(object)];
      if (from !== undefined && to === undefined) levels.set(object, from + rise);
      else if (to !== undefined && from === undefined) levels.set(subject, to - rise);
      else continue;
      grew = true;
      break;
    }
  }
  return levels;
}

/** Mean place of those neighbours that have one. */
function middleOf(node: PictureNode, { edges }: Picture, places: ReadonlyMap<string, number>): number {
  const near = edges.flatMap(({ subject, object }) => {
    const other = subject === node.key ? object : object === node.key ? subject : null;
    const place = other === null ? undefined : places.get(other);
    return place === undefined ? [] : [place];
  });
  return near.length === 0 ? 0 : near.reduce((sum, place) => sum + place, 0) / near.length;
}

function aroundCentre(row: readonly PictureNode[], centre: string): PictureNode[] {
  const others = row.filter(({ key }) => key !== centre);
  const half = Math.floor(others.length / 2);
  return [...others.slice(0, half), ...row.filter(({ key }) => key === centre), ...others.slice(half)];
}

function broken(row: readonly PictureNode[]): PictureNode[][] {
  const parts = Math.ceil(row.length / ROW_NODES_MAX);
  const size = Math.ceil(row.length / Math.max(1, parts));
  return Array.from({ length: parts }, (_, at) => row.slice(at * size, (at + 1) * size));
}

/** Lines from box to box; several between the same two run side by side. */
function linesBetween(
  edges: readonly PictureEdge[],
  nodes: ReadonlyMap<string, PlacedNode>,
): Pick<Placed, 'edges' | 'labels'> {
  const pairs = new Map<string, PictureEdge[]>();
  const degrees = new Map<string, number>();
  for (const edge of edges) {
    const pair = [edge.subject, edge.object].sort().join(' ');
    pairs.set(pair, [...(pairs.get(pair) ?? []), edge]);
    for (const key of [edge.subject, edge.object]) degrees.set(key, (degrees.get(key) ?? 0) + 1);
  }
  const drawn: PlacedEdge[] = [];
  const labels: PlacedLabel[] = [];
  for (const [key, same] of pairs) {
    const [from, to] = [nodes.get(same[0]?.subject ?? ''), nodes.get(same[0]?.object ?? '')];
    if (!from || !to) continue;
    for (const [at, edge] of same.entries())
      drawn.push({ ...edge, path: lineOf(from, to, at - (same.length - 1) / 2).path });
    // near the end where fewer lines meet
    const share = (degrees.get(from.key) ?? 0) < (degrees.get(to.key) ?? 0) ? 0.36 : 0.64;
    labels.push({ key, edges: same, ...lineOf(from, to, 0).point(share) });
  }
  return { edges: drawn, labels };
}

type Line = { path: string; point: (share: number) => { x: number; y: number } };
const SIDE_BY_SIDE = 46;
function lineOf(from: PlacedNode, to: PlacedNode, shift: number): Line {
  const middle = (node: PlacedNode) => ({ x: node.x + node.width / 2, y: node.y + node.height / 2 });
  const [a, b] = [middle(from), middle(to)];
  const isSameRow = Math.abs(a.y - b.y) < 40;
  if (isSameRow) return besideOf(from, to, shift);
  const down = a.y < b.y;
  const [x1, x2] = [a.x + shift * SIDE_BY_SIDE, b.x + shift * SIDE_BY_SIDE];
  const y1 = down ? from.y + from.height : from.y;
  const y2 = down ? to.y : to.y + to.height;
  const bend = (y2 - y1) / 2;
  return curve([...([x1, y1, x1, y1 + bend] as const), ...([x2, y2 - bend, x2, y2] as const)]);
}

/** Neighbours are joined side to side; those further apart by an arc over what stands between. */
function besideOf(from: PlacedNode, to: PlacedNode, shift: number): Line {
  const [left, right] = from.x <= to.x ? [from, to] : [to, from];
  const isNext = right.x - (left.x + left.width) < GAP_X + 1;
  if (isNext) {
    const y = left.y + left.height / 2 + shift * 20;
    const [x1, x2] = [left.x + left.width, right.x];
    // words are wider than the gap: they stand under it
    const under = Math.max(left.y + left.height, right.y + right.height) + 14;
    return { path: `M${x1} ${y}L${x2} ${y}`, point: () => ({ x: (x1 + x2) / 2, y: under }) };
  }
  const [x1, x2] = [left.x + left.width / 2 + shift * 20, right.x + right.width / 2 + shift * 20];
  const lift = Math.min(left.y, right.y) - 30 - Math.abs(shift) * 16;
  const arc = curve([x1, left.y, x1, lift, x2, lift, x2, right.y]);
  return { path: arc.path, point: () => arc.point(0.5) };
}

type Curve = readonly [number, number, number, number, number, number, number, number];
function curve([x1, y1, x2, y2, x3, y3, x4, y4]: Curve): Line {
  const at = (t: number, [a, b, c, d]: readonly [number, number, number, number]) =>
    (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t ** 2 * c + t ** 3 * d;
  return {
    path: `M${x1} ${y1}C${x2} ${y2} ${x3} ${y3} ${x4} ${y4}`,
    point: (t) => ({ x: at(t, [x1, x2, x3, x4]), y: at(t, [y1, y2, y3, y4]) }),
  };
}
