import type { RelationGraph, RelationKind } from '@ronghe/contracts';

export type PictureNode = Omit<RelationGraph['nodes'][number], 'hidden'> & {
  /** relations that the platform knows of it */
  total: number;
};
export type PictureEdge = RelationGraph['edges'][number];
/** What is drawn: nodes by what they are, so that answers about several enterprises come together. */
export type Picture = { centre: string; nodes: readonly PictureNode[]; edges: readonly PictureEdge[] };

/** Who is only named is one node of that name. */
const keyOf = ({ id, name }: { id: string | null; name: string }) => id ?? `name:${name}`;
const idOf = ({ kind, subject, object }: PictureEdge) => `${kind} ${subject} ${object}`;

/** One answer as a picture. */
export function pictureOf({ centre, nodes, edges }: RelationGraph): Picture {
  const keys = new Map(nodes.map((node) => [node.key, keyOf(node)]));
  const named = (key: string) => keys.get(key) ?? key;
  const drawn = edges.map((edge) => ({ ...edge, subject: named(edge.subject), object: named(edge.object) }));
  return {
    centre: named(centre),
    edges: drawn,
    nodes: nodes.map(({ hidden, ...node }) => {
      const key = keyOf(node);
      const own = drawn.filter(({ subject, object }) => subject === key || object === key).length;
      return { ...node, key, total: own + hidden };
    }),
  };
}

/** A picture with what lies around one of its nodes beside it. */
export function grown(picture: Picture, more: Picture): Picture {
  const nodes = new Map(picture.nodes.map((node) => [node.key, node]));
  const from = nodes.get(more.centre)?.distance ?? 0;
  for (const node of more.nodes) {
    const known = nodes.get(node.key);
    nodes.set(
      node.key,
      known
        ? { ...known, total: Math.max(known.total, node.total) }
        : { ...node, distance: from + node.distance },
    );
  }
  const edges = new Map([...picture.edges, ...more.edges].map((edge) => [idOf(edge), edge]));
  return { centre: picture.centre, nodes: [...nodes.values()], edges: [...edges.values()] };
}

/** Relations of a node that the picture does not show. */
export function hiddenOf(picture: Picture, node: PictureNode): number {
  const shown = picture.edges.filter(({ subject, object }) => subject === node.key || object === node.key);
  return Math.max(0, node.total - shown.length);
}

/** Kinds that the picture has, in the order of the legend. */
export const kindsIn = (picture: Picture, all: readonly RelationKind[]): RelationKind[] =>
  all.filter((kind) => picture.edges.some((edge) => edge.kind === kind));
