import { type CellKind, isNote, isNumbering, isUnit, kindOf, unitText } from './header-cells.ts';
import { COLUMN_NAME_CHARACTERS_MAX, COLUMNS_MAX, HEADER_ROWS_MAX, SAMPLE_ROWS } from './limits.ts';
import { ownText } from './own-text.ts';
import { isEmpty, type Problem, problemOf } from './pager.ts';

/**
 * One of the first rows of a table. In sheets a merged cell stands in its whole area, `bottom` is the last row of what is
 * merged from here down and `isWide` says that cells beside each other are merged.
 */
export type SampleRow = { place: number; cells: readonly unknown[]; bottom?: number; isWide?: boolean };
/**
 * `row` is 0 when there is none; `lastPlace` is the last row that is no data. Where `width` is over `COLUMNS_MAX` the
 * columns have no names.
 */
export type Header = {
  row: number;
  lastPlace: number;
  width: number;
  columns: string[];
  problems: Problem[];
};

/** Parts of the usual width that a header fills; tried one after the other. */
const WIDTHS = [0.7, 0.5, 0];
const LEVELS_MAX = 3;

/**
 * Finds the header of a table in its first rows: below titles and notes, over one to three lines, with a line of units
 * or a line that numbers the columns. A row is the header when it is as wide as the table and its cells are of other
 * kinds than the cells below them; a row that is like those below it means that there is no header. Null without rows.
 */
export function findHeader(
  sample: readonly SampleRow[],
  { told, isSheet }: { told: number | undefined; isSheet: boolean },
): Header | null {
  const rows = sample.slice(0, SAMPLE_ROWS).filter(({ cells }) => cells.some((cell) => !isEmpty(cell)));
  if (rows.length === 0) return null;
  const facts = rows.map((row) => ({ ...row, kinds: row.cells.map(kindOf) }));
  const width = usualWidth(facts);
  if (told === 0) return noHeader(facts, 0);
  const at = told === undefined ? headerAt(facts, width) : facts.findIndex(({ place }) => place >= told);
  if (told !== undefined && (at < 0 || facts[at]?.place !== told)) return null;
  if (at < 0) return noHeader(facts, firstWide(facts, width));
  const block = blockOf(facts, { at, isSheet, isTold: told !== undefined });
  return named(facts, block, isSheet);
}

type Fact = SampleRow & { kinds: CellKind[] };
const filledOf = ({ kinds }: Fact): number =>
  kinds.reduce((sum, kind) => sum + (kind === 'empty' ? 0 : 1), 0);
const distinctOf = ({ cells }: Fact): number =>
  new Set(cells.filter((cell) => !isEmpty(cell)).map((cell) => String(cell).trim())).size;

function usualWidth(facts: readonly Fact[]): number {
  const widths = facts.map((fact) => (distinctOf(fact) > 1 ? filledOf(fact) : 1)).sort((a, b) => a - b);
  return widths[Math.floor(widths.length * 0.75)] ?? 1;
}

const firstWide = (facts: readonly Fact[], width: number): number =>
  Math.max(
    0,
    facts.findIndex((fact) => filledOf(fact) >= Math.min(width, Math.max(2, width / 2))),
  );

function headerAt(facts: readonly Fact[], width: number): number {
  for (const part of WIDTHS) {
    const least = Math.max(Math.min(2, width), Math.ceil(width * part));
    for (const [at, fact] of facts.slice(0, HEADER_ROWS_MAX).entries()) {
      if (filledOf(fact) < least || (width > 1 && distinctOf(fact) < 2)) continue;
      if (width >= 3 && isNote(fact.cells, width)) continue;
      const { forIt, against } = weigh(facts, at);
      if (forIt >= against) return at;
      // rows further down are data as well
      if (part === WIDTHS[0]) return -1;
      break;
    }
  }
  return -1;
}

/** How much the kinds and shapes of the cells below speak for and against a row being the header. */
function weigh(facts: readonly Fact[], at: number): { forIt: number; against: number } {
  const fact = facts[at];
  const merged = mergedTo(facts, at);
  const below = facts.slice(at + 1, at + 101).filter(({ place }) => place > merged);
  let forIt = 0;
  let against = 0;
  for (const [column, kind] of (fact?.kinds ?? []).entries()) {
    if (kind === 'empty' || kind === 'period') continue;
    const kinds = below.map(({ kinds }) => kinds[column] ?? 'empty').filter((other) => other !== 'empty');
    if (kinds.length === 0) {
      if (kind === 'text') forIt += 0.1;
      else against += 0.5;
      continue;
    }
    const data = kinds.filter((other) => other !== 'text').length;
    if (data >= kinds.length * 0.6) {
      if (kind === 'text') forIt += 1;
      else against += 1;
    } else if (kind !== 'text') against += 0.3;
    else if (isLikeBelow(String(fact?.cells[column]), below, column)) against += 1;
    else forIt += 0.1;
  }
  return { forIt, against };
}

/** Last row that something is merged into from a row on, directly or by way of the rows between. */
function mergedTo(facts: readonly Fact[], at: number): number {
  let last = 0;
  for (const { place, bottom } of facts.slice(at, at + LEVELS_MAX)) {
    if (last > 0 && place > last) break;
    last = Math.max(last, bottom ?? place);
  }
  return last;
}

const shapeOf = (text: string): string =>
  text
    .trim()
    .slice(0, 64)
    .replace(/\d+/g, '9')
    .replace(/[A-Za-z]+/g, 'A')
    .replace(/[\u4e00-\u9fff]+/g, '中');

function isLikeBelow(text: string, below: readonly Fact[], column: number): boolean {
  const others = below.map(({ cells }) => cells[column]).filter((cell) => !isEmpty(cell));
  if (others.some((cell) => String(cell).trim() === text.trim())) return true;
  const shape = shapeOf(text);
  if (!shape.includes('9')) return false;
  return others.filter((cell) => shapeOf(String(cell)) === shape).length >= others.length * 0.8;
}

type Block = { top: number; bottom: number; units: number | null; last: number };

function blockOf(
  facts: readonly Fact[],
  { at, isSheet, isTold }: { at: number; isSheet: boolean; isTold: boolean },
): Block {
  let top = at;
  const isBeside = (one: number): boolean => (facts[one]?.place ?? 0) + 1 === facts[one + 1]?.place;
  while (!isTold && !isSheet && top > 0 && at - top + 1 < LEVELS_MAX && isBeside(top - 1)) {
    const [above, own] = [facts[top - 1], facts[top]];
    if (above === undefined || own === undefined || filledOf(above) < 2 || distinctOf(above) < 2) break;
    if (!above.kinds.some((kind, column) => kind !== 'empty' && (own.kinds[column] ?? 'empty') === 'empty'))
      break;
    if (above.kinds.some((kind) => kind === 'number' || kind === 'code')) break;
    top -= 1;
  }
  let bottom = at;
  while (bottom - top + 1 < LEVELS_MAX && isBeside(bottom) && goesOn(facts, { top, bottom, isSheet }))
    bottom += 1;
  let last = bottom;
  let units: number | null = null;
  for (let next = facts[last + 1]; next !== undefined; next = facts[last + 1]) {
    const filled = next.cells.filter((cell) => !isEmpty(cell));
    const isUnits = units === null && filled.every(isUnit) && filled.length > 0;
    if (isUnits && facts.length > last + 2) units = last + 1;
    else if (!isNumbering(next.cells) && !isNote(next.cells, filledOf(facts[bottom] ?? next))) break;
    last += 1;
  }
  return { top, bottom, units, last };
}

/** Whether the line below belongs to the header as well: something is merged into it, or it names what is under a gap. */
function goesOn(
  facts: readonly Fact[],
  { top, bottom, isSheet }: { top: number; bottom: number; isSheet: boolean },
): boolean {
  const own = facts[bottom];
  const next = facts[bottom + 1];
  if (own === undefined || next === undefined) return false;
  if (facts.slice(top, bottom + 1).some((row) => (row.bottom ?? row.place) >= next.place)) return true;
  if (next.cells.some((cell) => !isEmpty(cell) && typeof cell !== 'string')) return false;
  if (next.kinds.some((kind) => kind === 'number' || kind === 'date' || kind === 'code')) return false;
  const { forIt, against } = weigh(facts, bottom + 1);
  if (isSheet) return own.isWide === true && forIt >= against && next.cells.some((cell) => !isUnit(cell));
  const gap = next.kinds.some(
    (kind, column) => kind !== 'empty' && (own.kinds[column] ?? 'empty') === 'empty',
  );
  const isUnderGap = own.kinds.some(
    (kind, column) => kind !== 'empty' && (next.kinds[column] ?? 'empty') === 'empty',
  );
  return gap && isUnderGap && forIt >= 1 && against === 0;
}

/** As Excel calls a column: 0 is A. */
export const columnLetters = (column: number): string =>
  (column >= 26 ? columnLetters(Math.floor(column / 26) - 1) : '') + String.fromCharCode(65 + (column % 26));
const positionName = (column: number): string => `列${columnLetters(column)}`;

function noHeader(facts: readonly Fact[], first: number): Header {
  const width = lastFilled(facts.slice(first));
  const columns = Array.from({ length: width > COLUMNS_MAX ? 0 : width }, (_, at) => positionName(at));
  return { row: 0, lastPlace: (facts[first]?.place ?? 1) - 1, width, columns, problems: [] };
}

const lastFilled = (facts: readonly Fact[]): number =>
  facts.reduce((most, { kinds }) => Math.max(most, kinds.findLastIndex((kind) => kind !== 'empty') + 1), 0);

function named(facts: readonly Fact[], { top, bottom, units, last }: Block, isSheet: boolean): Header {
  const levels = facts.slice(top, bottom + 1);
  const data = facts.slice(last + 1);
  const place = facts[bottom]?.place ?? 1;
  const own = lastFilled(levels);
  const wider = data.filter((fact) => lastFilled([fact]) > own);
  const width = wider.length > data.length / 2 ? lastFilled(wider) : own;
  const problems: Problem[] = [];
  const tell = (rule: Problem['rule'], column: string, text: unknown) =>
    problems.push(problemOf(rule, place, { column, text }));
  const used = new Set<string>();
  const columns = Array.from({ length: width > COLUMNS_MAX ? 0 : width }, (_, column) => {
    const parts = levelTexts(levels, column, isSheet);
    const unit = units === null ? undefined : facts[units]?.cells[column];
    let name = parts.join('/');
    if (name !== '' && !isEmpty(unit)) name = `${name}（${unitText(unit)}）`;
    name = ownText(name.slice(0, COLUMN_NAME_CHARACTERS_MAX));
    if (name === '') {
      name = positionName(column);
      tell('header-empty', name, null);
    } else if (parts.length > 1 || !isEmpty(unit))
      tell('header-merged', name, [...parts, unit ?? ''].join(' '));
    if (used.has(name)) {
      const plain = name;
      for (let number = 2; used.has(name); number += 1) name = `${plain}_${number}`;
      tell('header-repeated', name, plain);
    }
    used.add(name);
    return name;
  });
  return { row: place, lastPlace: facts[last]?.place ?? place, width, columns, problems };
}

/** The texts above a column from the top down; in texts a name of an upper line reaches over the gaps on its right. */
function levelTexts(levels: readonly Fact[], column: number, isSheet: boolean): string[] {
  const parts: string[] = [];
  for (const [level, { cells, kinds }] of levels.entries()) {
    let at = column;
    const isNamedBelow = levels.slice(level + 1).some(({ kinds }) => (kinds[column] ?? 'empty') !== 'empty');
    if (!isSheet && isNamedBelow) while (at > 0 && (kinds[at] ?? 'empty') === 'empty') at -= 1;
    const text = isEmpty(cells[at]) ? '' : String(cells[at]).replace(/\s+/g, ' ').trim();
    if (text !== '' && text !== parts.at(-1)) parts.push(text);
  }
  return parts;
}
