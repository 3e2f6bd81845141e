import type { Expression } from './tree.ts';

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
  /** `share.enterprises` -> the alias a select prints it with */
  aliases: ReadonlyMap<string, string>;
};

export const OUTERMOST: Scope = { names: new Map(), parent: null, lambda: false, aliases: new Map() };

/** What a name of WITH stands for, seen from here. */
export function lookUp(scope: Scope, name: string): Entry | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const entry = at.names.get(name);
    if (entry !== undefined) return entry;
  }
  return null;
}

/** The alias of the nearest select that reads this table by its full name. */
export function aliasOf(scope: Scope, table: string): string | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const alias = at.aliases.get(table);
    if (alias !== undefined) return alias;
  }
  return null;
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
