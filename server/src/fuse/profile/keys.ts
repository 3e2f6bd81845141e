import type { ColumnKind } from '@ronghe/contracts';
import type { Column } from './column.ts';
import { type Budget, createWatch, hashOf, type Watch } from './distinct.ts';
import { hintsOf } from './kinds.ts';

/** Kinds that name something; an amount or a place that happens to be different in every row names no row. */
const NAMING: Partial<Record<ColumnKind, number>> = {
  code: 0,
  'old-code': 2,
  name: 3,
  text: 5,
  integer: 6,
  list: 7,
  // readings of one meter: nothing else names a row
  time: 8,
};
/** Kinds that a number of the record may be taken for. */
const NUMBERED: readonly ColumnKind[] = ['text', 'integer', 'list', 'phone', 'division', 'industry'];
const TIMES: readonly ColumnKind[] = ['period', 'date', 'time'];
const PAIRS_MAX = 12;
const KEYS_MAX = 5;

type Part = { name: string; kind: ColumnKind; column: Column };
type Pair = { parts: readonly [Part, Part]; watch: Watch; whole: boolean };

/** A column that counts the lines of the table. */
export const isLineNumber = (name: string): boolean => /^(?:序号|行号|no\.?|seq|xh)$/i.test(name.trim());

/** How well a column names a row, smaller is better; null when it does not. A number of the row itself comes last. */
function rankOf({ name, kind }: { name: string; kind: ColumnKind }): number | null {
  const named = hintsOf(name).has('key');
  if (isLineNumber(name)) return 20;
  if (named && NUMBERED.includes(kind)) return 1;
  if (kind === 'integer' || kind === 'list') return null;
  return NAMING[kind] ?? null;
}

/**
 * Watches pairs of columns that may name a row together: chosen from the first rows, held against all of them. A code or
 * name with a month or day comes first, as monthly tables have it.
 */
export function createPairs(columns: readonly Column[], budget: Budget) {
  const parts = columns.map((column): Part => ({ name: column.name, kind: column.kind(), column }));
  const open = parts.filter(({ column }) => !column.isUnique());
  const naming = open
    .filter((part) => rankOf(part) !== null && !TIMES.includes(part.kind))
    .sort((a, b) => (rankOf(a) ?? 0) - (rankOf(b) ?? 0));
  const times = open.filter(({ kind }) => TIMES.includes(kind));
  const others = naming.flatMap((first, at) =>
    naming.slice(at + 1).map((second) => [first, second] as const),
  );
  const pairs: Pair[] = [...naming.flatMap((name) => times.map((time) => [name, time] as const)), ...others]
    .slice(0, PAIRS_MAX)
    .map((chosen) => ({ parts: chosen, watch: createWatch(budget), whole: true }));
  return {
    /** `textOf` gives the text of a column in the row at hand, empty when there is none */
    add(textOf: (name: string) => string): void {
      for (const pair of pairs) {
        if (!pair.whole || pair.watch.state() !== 'unique') continue;
        const [first, second] = [textOf(pair.parts[0].name), textOf(pair.parts[1].name)];
        if (first === '' || second === '') pair.whole = false;
        else pair.watch.add(second, hashOf(first)[0]);
      }
    },
    found: (): string[][] =>
      pairs
        .filter(({ whole, watch }) => whole && watch.state() === 'unique')
        .map(({ parts: [first, second] }) => [first.name, second.name]),
  };
}
export type Pairs = ReturnType<typeof createPairs>;

/** Single columns first that name every row, then pairs; the best of each first. */
export function keysOf(
  profiles: readonly { name: string; kind: ColumnKind; unique: boolean; filled: number; rows: number }[],
  pairs: readonly string[][],
): string[][] {
  const single = profiles
    .filter(({ unique, filled, rows }) => unique && rows > 0 && filled === rows)
    .map((profile) => ({ name: profile.name, rank: rankOf(profile) }))
    .filter(({ rank }) => rank !== null)
    .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0));
  const good = single.filter(({ rank }) => (rank ?? 0) < 20);
  const last = single.filter(({ rank }) => rank === 20);
  return [...good.map(({ name }) => [name]), ...pairs, ...last.map(({ name }) => [name])].slice(0, KEYS_MAX);
}
