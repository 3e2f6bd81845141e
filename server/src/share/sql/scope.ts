import type { Expression, Source } from './tree.ts';

/** Sources a query reads: its own, and how often which CTEs. */
export type Reads = { own: number; ctes: Map<Cte, number> };
/** A CTE under the name it is printed with, and what its query reads. */
export type Cte = { kind: 'cte'; printed: string; reads: Reads };
type Entry = Cte | { kind: 'value'; value: Expression };

/** Names of WITH that can be seen from a place; inner ones hide outer ones. Names have cases, as in ClickHouse. */
export type Scope = {
  names: ReadonlyMap<string, Entry>;
  parent: Scope | null;
  /** inside a lambda, where no table may be read */
  lambda: boolean;
  /** what the select reads from, bound */
  sources: readonly Source[];
};

export const OUTERMOST: Scope = { names: new Map(), parent: null, lambda: false, sources: [] };

/** What a name of WITH stands for, seen from here. */
export function lookUp(scope: Scope, name: string): Entry | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const entry = at.names.get(name);
    if (entry !== undefined) return entry;
  }
  return null;
}

/**
 * A name with a table in front, under the alias that table is printed with: our relations have no database, and an alias of ours where
 * the caller's own name of the table is also the name of an expression. `rest` is how many parts must follow the table.
 */
export function qualified(scope: Scope, names: string[], rest: 0 | 1): string[] {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    if (names.length <= rest || at.sources.some(({ alias }) => alias === names[0])) return names;
    for (const taken of [2, 1]) {
      const meant = names.length >= taken + rest ? names.slice(0, taken).join('.') : null;
      const [source, other] = at.sources.filter((each) => calledBy(each).includes(meant ?? ''));
      if (source !== undefined && other === undefined && source.alias !== null)
        return [source.alias, ...names.slice(taken)];
    }
  }
  return names;
}

/** Names of a bound source that ClickHouse knows besides its alias. */
function calledBy(source: Source): string[] {
  if (source.kind === 'cte') return [source.written];
  const table = source.kind === 'relation' ? source.table : source.kind === 'query' ? source.view : undefined;
  return table === undefined ? [] : [table, table.slice(table.indexOf('.') + 1)];
}

/** A source in sight has, or could have, a column of this name. */
export function mayHaveColumn(
  scope: Scope,
  name: string,
  columnsOf: (table: string) => readonly string[],
): boolean {
  for (let at: Scope | null = scope; at !== null; at = at.parent)
    if (at.sources.some((source) => source.kind !== 'relation' || columnsOf(source.table).includes(name)))
      return true;
  return false;
}

/** A CTE of these needs itself, by way of others. */
export function isCircular(ctes: readonly Cte[]): boolean {
  const done = new Set<Cte>();
  const open = new Set<Cte>();
  const visit = (cte: Cte): boolean => {
    if (open.has(cte)) return true;
    if (done.has(cte)) return false;
    open.add(cte);
    const circular = [...cte.reads.ctes.keys()].some(visit);
    open.delete(cte);
    done.add(cte);
    return circular;
  };
  return ctes.some(visit);
}

/** Sources that are read when every use of a CTE counts. There must be no circle. */
export function expanded(reads: Reads, known = new Map<Reads, number>()): number {
  const before = known.get(reads);
  if (before !== undefined) return before;
  let sum = reads.own;
  for (const [cte, times] of reads.ctes) sum += times * expanded(cte.reads, known);
  known.set(reads, sum);
  return sum;
}
