import { RELATION_KINDS } from '@ronghe/contracts';
import { holds, type Joined, keyOfEnd } from './seen.ts';

export type Grown = { key: string; number: number | null; name: string; distance: number };
export type Growing = {
  nodes: Map<string, Grown>;
  truncated: boolean;
};

export const startAt = (number: number): Growing => ({
  nodes: new Map([[keyOfEnd(number, ''), { key: keyOfEnd(number, ''), number, name: '', distance: 0 }]]),
  truncated: false,
});

const ends = (one: Joined): Omit<Grown, 'distance'>[] => [
  { key: keyOfEnd(one.subject, one.subjectName), number: one.subject, name: one.subjectName },
  { key: keyOfEnd(one.object, one.objectName), number: one.object, name: one.objectName },
];
/** What a picture shows. */
export const drawn = (joined: readonly Joined[], hints: boolean): Joined[] =>
  joined.filter((one) => holds(one) && (hints || !RELATION_KINDS[one.kind].hint));

/**
 * Takes the other ends of these relations in, dependencies before hints, until the picture has `most` nodes. Answers with the
 * numbers that are new in it.
 */
export function grow(growing: Growing, relations: readonly Joined[], most: number): number[] {
  const fresh: number[] = [];
  const inOrder = [...relations].sort(
    (a, b) => Number(RELATION_KINDS[a.kind].hint) - Number(RELATION_KINDS[b.kind].hint),
  );
  // distances of this step follow from what was there before it, not from the order of the rows
  const before = new Map(growing.nodes);
  for (const relation of inOrder) {
    const [subject, object] = ends(relation);
    if (!subject || !object) continue;
    for (const [from, to] of [
      [subject, object],
      [object, subject],
    ] as const) {
      const known = before.get(from.key);
      if (!known || growing.nodes.has(to.key)) continue;
      if (growing.nodes.size >= most) {
        growing.truncated = true;
        continue;
      }
      growing.nodes.set(to.key, { ...to, distance: known.distance + 1 });
      if (to.number !== null) fresh.push(to.number);
    }
  }
  return fresh;
}

/** Relations between nodes of the picture, and how many of each node lead out of it. */
export function edgesOf(growing: Growing, relations: readonly Joined[]) {
  const hidden = new Map<string, number>();
  const edges = relations.filter((relation) => {
    const keys = ends(relation).map(({ key }) => key);
    const inside = keys.filter((key) => growing.nodes.has(key));
    if (inside.length === keys.length) return true;
    for (const key of inside) hidden.set(key, (hidden.get(key) ?? 0) + 1);
    return false;
  });
  return { edges, hidden };
}
