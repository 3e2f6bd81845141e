import type { Expression } from './tree.ts';

/** A CTE under the name it is printed with, and which other CTEs its query reads. */
export type Cte = { kind: 'cte'; printed: string; reads: Set<Cte> };
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
    const circular = [...cte.reads].some(visit);
    open.delete(cte);
    done.add(cte);
    return circular;
  };
  return ctes.some(visit);
}
