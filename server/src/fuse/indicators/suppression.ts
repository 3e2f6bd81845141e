import { CELL_ENTERPRISES_MIN, CELL_SHARE_MAX, type Suppression } from '@ronghe/contracts';
import type { LeafSums } from './figures.store.ts';

/** What is held in each moment: enterprises, the sum of their amounts without signs, and the largest of them. */
type Held = { enterprises: Float64Array; weights: Float64Array; largest: Float64Array };
type Cell = Held & { why: Suppression | null; weight: number };
/** One sum that a reader can check: a cell is the sum of others. */
type Relation = { whole: string; parts: readonly string[] };
/** Why the cell of a region and a sector is not told, null when it is; `''` stands for all of them. */
export type Plan = (region: string, sector: string) => Suppression | null;

export const cellKey = (region: string, sector: string): string => `${region}|${sector}`;

/**
 * Which cells of the table region × sector of one year are not told to who may not see single enterprises.
 *
 * 1. A cell of fewer than `CELL_ENTERPRISES_MIN` enterprises, or of which one has more than `CELL_SHARE_MAX`, in any month of
 *    the year: a month is the difference of two cumulative figures, so what is hidden once is hidden all year.
 * 2. More cells, the smallest first, until no sum gives a hidden one away: of every sum (province = cities, city = counties, all
 *    = sections, section = divisions, in every row and column) what stays hidden must itself be safe by rule 1, followed down
 *    to the smallest hidden cells.
 *
 * The table is the same whatever is asked, so that two answers never hide different cells of one sum.
 */
export function planOf(leaves: readonly LeafSums[]): Plan {
  const { cells, relations } = tableOf(leaves);
  for (const cell of cells.values()) cell.why = reasonOf(cell);
  const below = new Map<string, Relation[]>();
  for (const relation of relations)
    below.set(relation.whole, [...(below.get(relation.whole) ?? []), relation]);
  // hiding only grows, so this ends
  for (let changed = true; changed; ) {
    changed = false;
    for (const relation of relations) if (protect(relation, cells, below)) changed = true;
  }
  return (region, sector) => cells.get(cellKey(region, sector))?.why ?? null;
}

function reasonOf({ enterprises, weights, largest }: Held): Suppression | null {
  let why: Suppression | null = null;
  for (const [at, count] of enterprises.entries()) {
    if (count === 0) continue;
    if (count < CELL_ENTERPRISES_MIN) return 'few';
    if ((largest[at] ?? 0) > (weights[at] ?? 0) * CELL_SHARE_MAX) why = 'dominated';
  }
  return why;
}

/** Hides one more cell of a sum when what is hidden of it is not safe; false when nothing had to be done. */
function protect(relation: Relation, cells: Cells, below: Below): boolean {
  const whole = cells.get(relation.whole);
  const parts = relation.parts.flatMap((key) => cells.get(key) ?? []);
  if (!whole || parts.length === 0) return false;
  const hidden = relation.parts.filter((key) => cells.get(key)?.why);
  if (whole.why !== null) {
    // all parts told would add up to it
    if (hidden.length > 0) return false;
    return hide(smallest(parts));
  }
  if (hidden.length === 0) return false;
  const residual = hidden.flatMap((key) => residualOf(key, cells, below));
  if (hidden.length > 1 && reasonOf(unionOf(residual)) === null) return false;
  const next = smallest(parts.filter(({ why }) => why === null));
  return hide(next ?? whole);
}

/** The smallest hidden cells that a hidden cell comes down to: its parts that are told can be taken off it. */
function residualOf(key: string, cells: Cells, below: Below): Cell[] {
  const cell = cells.get(key);
  if (!cell) return [];
  for (const { parts } of below.get(key) ?? []) {
    const hidden = parts.filter((part) => cells.get(part)?.why);
    if (hidden.length > 0 && hidden.length < parts.length)
      return hidden.flatMap((part) => residualOf(part, cells, below));
  }
  return [cell];
}

function unionOf(all: readonly Cell[]): Held {
  const union = nothingHeld(all[0]?.enterprises.length ?? 0);
  for (const cell of all) for (const at of cell.enterprises.keys()) add(union, at, cell, at);
  return union;
}

const smallest = (cells: readonly Cell[]): Cell | null =>
  cells.reduce<Cell | null>(
    (least, cell) => (least === null || cell.weight < least.weight ? cell : least),
    null,
  );
function hide(cell: Cell | null): boolean {
  if (!cell || cell.why !== null) return false;
  cell.why = 'complementary';
  return true;
}

type Cells = ReadonlyMap<string, Cell>;
type Below = ReadonlyMap<string, readonly Relation[]>;

const nothingHeld = (moments: number): Held => ({
  enterprises: new Float64Array(moments),
  weights: new Float64Array(moments),
  largest: new Float64Array(moments),
});

type Columns = Readonly<Record<keyof Held, ArrayLike<number>>>;
/** Adds what `from` holds at a place to a place of `to`. */
function add(to: Held, place: number, from: Columns, at: number): void {
  to.enterprises[place] = (to.enterprises[place] ?? 0) + (from.enterprises[at] ?? 0);
  to.weights[place] = (to.weights[place] ?? 0) + (from.weights[at] ?? 0);
  to.largest[place] = Math.max(to.largest[place] ?? 0, from.largest[at] ?? 0);
}

/** All cells that can be asked for, with every sum between them. Unknown places and sectors are cells of their own. */
function tableOf(leaves: readonly LeafSums[]): { cells: Map<string, Cell>; relations: Relation[] } {
  const places = new Map(
    [...new Set(leaves.flatMap(({ moments }) => moments))].map((moment, place) => [moment, place]),
  );
  const cells = new Map<string, Cell>();
  const parts = new Map<string, Set<string>>();
  const link = (whole: string, kind: string, part: string) => {
    const known = parts.get(`${whole} ${kind}`);
    if (known) known.add(part);
    else parts.set(`${whole} ${kind}`, new Set([part]));
  };
  for (const leaf of leaves) {
    const regions = ['', leaf.city || '?', leaf.county || `${leaf.city}?`];
    const sectors = ['', leaf.section || '?', leaf.sector || `${leaf.section}??`];
    for (const region of regions)
      for (const sector of sectors) {
        const key = cellKey(region, sector);
        const cell = cells.get(key) ?? { ...nothingHeld(places.size), why: null, weight: 0 };
        cells.set(key, cell);
        for (const [at, moment] of leaf.moments.entries()) add(cell, places.get(moment) ?? 0, leaf, at);
        for (const weight of leaf.weights) cell.weight += weight;
      }
    for (const level of [0, 1])
      for (const fixed of [0, 1, 2]) {
        const [above, own] = [regions[level] ?? '', regions[level + 1] ?? ''];
        const [upper, lower] = [sectors[level] ?? '', sectors[level + 1] ?? ''];
        link(cellKey(above, sectors[fixed] ?? ''), 'region', cellKey(own, sectors[fixed] ?? ''));
        link(cellKey(regions[fixed] ?? '', upper), 'sector', cellKey(regions[fixed] ?? '', lower));
      }
  }
  const relations = [...parts].map(([name, members]) => ({
    whole: name.slice(0, name.lastIndexOf(' ')),
    parts: [...members],
  }));
  return { cells, relations };
}
