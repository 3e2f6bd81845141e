import type { ColumnKind, ColumnProfile, Drift, TableProfile } from '@ronghe/contracts';
import { unitNamed } from './header-units.ts';

/** A rename is believed from this likeness of name and values on; two unlike columns of one kind stay below it. */
const RENAMED_MIN = 0.55;
/** Filled share that is lost before it is told: half of it, and at least a tenth of all rows, so that rare columns do not swing. */
const FILL_LEFT_MAX = 0.5;
const FILL_LOST_MIN = 0.1;
/** Fewer rows than 70 % of before: months differ by some, a park or an industry that is missing by more. */
const ROWS_LEFT_MIN = 0.7;
/** Below this many filled values shares and quartiles are chance. */
const VALUES_MIN = 20;
/** Medians that moved by a factor of 8: business does not, 10, 1,000 and 10,000 are wrong units. */
const MEDIAN_FACTOR = 8;
/** Share of the rows that the common values of before still have, after they had at least half. */
const COMMON_LEFT_MAX = 0.25;
const COMMON_HELD_MIN = 0.5;

const NUMERIC: readonly ColumnKind[] = ['integer', 'decimal', 'money'];
/** Kinds that run into each other with other rows of the same column. */
const NEAR: readonly (readonly ColumnKind[])[] = [
  ['integer', 'decimal', 'money'],
  ['text', 'list', 'mixed', 'name', 'address', 'boolean'],
  ['text', 'list', 'person'],
  ['date', 'time'],
  ['code', 'old-code'],
  ['integer', 'list', 'boolean'],
  ['text', 'industry', 'list'],
  ['text', 'division', 'list'],
];

type Found = Omit<Drift, 'breaks'> & { breaks?: boolean };

/**
 * What moved in a source's table between two deliveries. `needed` are the columns that mapping, row key and period use;
 * `a|b` is there when one of them is. What concerns none of them is told and breaks nothing.
 */
export function driftOf(before: TableProfile, after: TableProfile, needed: readonly string[]): Drift[] {
  const was = new Map(before.columns.map((column) => [column.name, column]));
  const is = new Map(after.columns.map((column) => [column.name, column]));
  const removed = before.columns.filter(({ name }) => !is.has(name));
  const added = after.columns.filter(({ name }) => !was.has(name));
  const renames = renamesOf(removed, added);
  const gone = new Set(removed.map(({ name }) => name));
  const uses = new Set(needed.flatMap((name) => name.split('|')));
  const missing = new Set(
    needed.flatMap((name) => {
      const parts = name.split('|');
      return parts.every((part) => !is.has(part)) ? parts.filter((part) => gone.has(part)) : [];
    }),
  );
  const renamedTo = new Set([...renames.values()].map(({ name }) => name));
  const found: Found[] = [
    ...removed.map((column): Found => {
      const other = renames.get(column.name);
      const breaks = missing.has(column.name);
      if (other)
        return {
          kind: 'column-renamed',
          column: column.name,
          before: column.name,
          after: other.name,
          breaks,
        };
      return { kind: 'column-removed', column: column.name, before: column.name, after: null, breaks };
    }),
    ...added
      .filter(({ name }) => !renamedTo.has(name))
      .map(
        ({ name }): Found => ({
          kind: 'column-added',
          column: name,
          before: null,
          after: name,
          breaks: false,
        }),
      ),
    ...before.columns.flatMap((column) => {
      const now = is.get(column.name);
      return now ? movesOf(column, now, { uses, rows: [before.rows, after.rows] }) : [];
    }),
    ...rowsMove(before.rows, after.rows),
  ];
  return found.map(({ breaks = false, ...one }) => ({ ...one, breaks }));
}

/** Pairs of gone and new columns, the likest first, each column once. */
function renamesOf(removed: readonly ColumnProfile[], added: readonly ColumnProfile[]) {
  const pairs = removed
    .flatMap((from) => added.map((to) => ({ from, to, likeness: likenessOf(from, to) })))
    .filter(({ likeness }) => likeness >= RENAMED_MIN)
    .sort((a, b) => b.likeness - a.likeness);
  const renames = new Map<string, ColumnProfile>();
  const taken = new Set<string>();
  for (const { from, to } of pairs) {
    if (renames.has(from.name) || taken.has(to.name)) continue;
    renames.set(from.name, to);
    taken.add(to.name);
  }
  return renames;
}

/**
 * How like two columns are, 0 to 1: name, values in common and shape of the values a third each. The same values under
 * another name suffice, the same name in another spelling needs the same kind.
 */
export function likenessOf(from: ColumnProfile, to: ColumnProfile): number {
  if (from.kind === 'empty' || to.kind === 'empty') return 0;
  const kind = from.kind === to.kind ? 1 : isNear(from.kind, to.kind) ? 0.6 : 0;
  if (kind === 0) return 0;
  const name = NUMERIC.includes(from.kind)
    ? dice(plainName(from.name), plainName(to.name))
    : likeNames(plainName(from.name), plainName(to.name));
  const values = NUMERIC.includes(from.kind) ? likeNumbers(from, to) : sharedValues(from, to);
  const shape = overlap(
    from.patterns.map(({ pattern }) => pattern),
    to.patterns.map(({ pattern }) => pattern),
  );
  return (
    kind * Math.max((name + values + shape) / 3, values > 0.6 ? 0.4 + values / 2 : 0, name > 0.65 ? name : 0)
  );
}

const plainName = (name: string) => name.toLowerCase().replace(/[\s_\-()（）/:：.]/g, '');

/** 信用代码 in 统一社会信用代码 is the same thing said shorter; of amounts 营业收入 in 上年营业收入 is not. */
function likeNames(left: string, right: string): number {
  const [short, long] = left.length <= right.length ? [left, right] : [right, left];
  return Math.max(dice(left, right), short.length >= 3 && long.includes(short) ? 0.8 : 0);
}

/** Dice's coefficient over pairs of characters; of single characters over those. */
export function dice(left: string, right: string): number {
  if (left === right) return 1;
  const size = Math.min(left.length, right.length) < 2 ? 1 : 2;
  const grams = (text: string) =>
    Array.from({ length: Math.max(0, text.length - size + 1) }, (_, at) => text.slice(at, at + size));
  const [first, second] = [grams(left), grams(right)];
  const rest = [...second];
  const shared = first.filter((gram) => {
    const at = rest.indexOf(gram);
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  }).length;
  return first.length + second.length === 0 ? 0 : (2 * shared) / (first.length + second.length);
}

const valuesOf = ({ common, samples }: ColumnProfile) => [
  ...new Set([...common.map(({ value }) => value), ...samples]),
];
function sharedValues(from: ColumnProfile, to: ColumnProfile): number {
  const [left, right] = [valuesOf(from), valuesOf(to)];
  const distinct = (from.distinct + to.distinct) / 2;
  const shared = overlap(left, right);
  // one of two values in common says nothing: 是 and 否 stand in every second column
  return distinct < 3 ? shared / 3 : shared;
}
function overlap(left: readonly string[], right: readonly string[]): number {
  if (left.length === 0 || right.length === 0) return 0;
  const others = new Set(right);
  return left.filter((value) => others.has(value)).length / Math.min(left.length, right.length);
}
function likeNumbers(from: ColumnProfile, to: ColumnProfile): number {
  if (from.quartiles.length < 3 || to.quartiles.length < 3) return 0;
  const near = from.quartiles.map((value, at) => {
    const other = to.quartiles[at] ?? 0;
    const [small, large] = [
      Math.min(Math.abs(value), Math.abs(other)),
      Math.max(Math.abs(value), Math.abs(other)),
    ];
    return large === 0 ? 1 : value * other < 0 ? 0 : small / large;
  });
  return near.reduce((sum, value) => sum + value, 0) / near.length;
}

const isNear = (left: ColumnKind, right: ColumnKind) =>
  left === right || NEAR.some((kinds) => kinds.includes(left) && kinds.includes(right));

type Context = { uses: ReadonlySet<string>; rows: readonly [number, number] };
function movesOf(was: ColumnProfile, is: ColumnProfile, { uses, rows }: Context): Found[] {
  const column = was.name;
  const needed = uses.has(column);
  const moves: Found[] = [];
  const [wasFilled, isFilled] = [share(was.filled, rows[0]), share(is.filled, rows[1])];
  const enough = was.filled >= VALUES_MIN && rows[1] >= VALUES_MIN;
  if (was.kind !== 'empty' && is.kind !== 'empty' && !isNear(was.kind, is.kind) && is.filled >= 3)
    moves.push({ kind: 'kind-changed', column, before: was.kind, after: is.kind, breaks: needed });
  if (unitKey(was) !== unitKey(is) && is.filled > 0 && was.filled > 0)
    moves.push({ kind: 'unit-changed', column, before: was.unit, after: is.unit, breaks: needed });
  if (enough && isFilled <= wasFilled * FILL_LEFT_MAX && wasFilled - isFilled >= FILL_LOST_MIN)
    moves.push({
      kind: 'fill-dropped',
      column,
      before: percent(wasFilled),
      after: percent(isFilled),
      breaks: needed,
    });
  const shift = enough && is.filled >= VALUES_MIN ? shiftOf(was, is) : null;
  if (shift)
    moves.push({ kind: 'values-shifted', column, ...shift, breaks: needed && NUMERIC.includes(was.kind) });
  return moves;
}

const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
const percent = (value: number) => `${Math.round(value * 1000) / 10}%`;
const unitKey = ({ unit, name }: ColumnProfile) =>
  unit === null ? null : (unitNamed(unit, name)?.unit ?? unit);

/** Numbers by their median, lists by what was common; months move on and names differ with the rows, so they do not count. */
function shiftOf(was: ColumnProfile, is: ColumnProfile): { before: string; after: string } | null {
  if (NUMERIC.includes(was.kind) && NUMERIC.includes(is.kind)) {
    const [before, after] = [was.quartiles[1] ?? 0, is.quartiles[1] ?? 0];
    if (before === 0 || after === 0) return null;
    const factor = Math.abs(after / before);
    const moved = factor >= MEDIAN_FACTOR || factor <= 1 / MEDIAN_FACTOR || before * after < 0;
    return moved ? { before: String(before), after: String(after) } : null;
  }
  if (was.kind !== 'list' || !isNear(was.kind, is.kind)) return null;
  const total = was.common.reduce((sum, { count }) => sum + count, 0);
  if (total / was.filled < COMMON_HELD_MIN) return null;
  const known = new Set(was.common.map(({ value }) => value));
  const left =
    is.common.reduce((sum, { value, count }) => sum + (known.has(value) ? count : 0), 0) / is.filled;
  const first = (profile: ColumnProfile) =>
    profile.common
      .slice(0, 3)
      .map(({ value }) => value)
      .join(', ');
  return left <= COMMON_LEFT_MAX ? { before: first(was), after: first(is) } : null;
}

/** All of a run hangs on its rows being there, so this always holds it. */
function rowsMove(before: number, after: number): Found[] {
  if (before < VALUES_MIN || after >= before * ROWS_LEFT_MIN) return [];
  return [
    { kind: 'rows-dropped', column: null, before: String(before), after: String(after), breaks: false },
  ];
}
