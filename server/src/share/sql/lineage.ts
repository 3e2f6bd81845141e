import type { Expression, Query, Select } from './tree.ts';

/** A column of an answer with the names it may be computed of: never fewer than it is; null when they could be any. */
export type Output = {
  name: string | null;
  names: ReadonlySet<string> | null;
  /** nothing but a column, perhaps called otherwise */
  isPlain: boolean;
};

/**
 * The columns of a query's answer, in order. `names` are those of columns of tables as well as aliases in between, as far as they can be
 * followed: a name counts wherever it stands in what makes the column, aliases of the whole statement stand for what they name. Where a name may
 * mean what no alias says (branches of a UNION inside, `*`), it could be any.
 */
export function outputsOf(query: Query): Output[] {
  const branches = branchesOf(query);
  const [first] = branches;
  if (!first) return [];
  const [aliases, sources] = [aliasesOf(query), sourcesOf(query)];
  const vague = branches.some((branch) => hasVague(branch));
  return first.columns.map((column, at) => {
    const of = branches.map((branch) => branch.columns[at]);
    const names = new Set<string>();
    const whole = of.some((one) => one === undefined || followed(one, { aliases, sources, names }) === 'row');
    return {
      name: nameOf(column),
      names: vague || whole ? null : names,
      isPlain: branches.length === 1 && isName(column),
    };
  });
}

/** Where a select says `*` or COLUMNS(…), whose columns are what somebody else sees tomorrow. */
export function hasMatcher(query: Query): boolean {
  let found = false;
  walk(query, (node) => {
    found ||= node.kind === 'matcher';
  });
  return found;
}

const branchesOf = (query: Query): Select[] =>
  query.kind === 'select' ? [query] : query.branches.flatMap(branchesOf);

const isName = (column: Expression): boolean =>
  column.kind === 'name' || (column.kind === 'alias' && column.value.kind === 'name');

function nameOf(column: Expression): string | null {
  if (column.kind === 'alias') return column.name;
  if (column.kind !== 'name') return null;
  const last = column.parts.at(-1);
  return typeof last === 'string' ? last : null;
}

/** A select in which a name may mean what no alias says: a branch of a UNION, a matcher, ARRAY JOIN, a window with a name. */
function hasVague(select: Select): boolean {
  let vague = false;
  walk(select, (node) => {
    if (node.kind === 'set' || node.kind === 'matcher') vague = true;
    // an ARRAY JOIN, not an array as a value
    if (node.kind === 'array' && 'left' in node) vague = true;
    if (node.kind === 'select' && (node.windows as unknown[]).length > 0) vague = true;
  });
  return vague;
}

/** What each alias of the statement may stand for: one name may be given several times. */
function aliasesOf(query: Query): Map<string, object[]> {
  const aliases = new Map<string, object[]>();
  walk(query, (node) => {
    if ((node.kind === 'alias' || node.kind === 'value') && typeof node.name === 'string') {
      const known = aliases.get(node.name);
      if (known) known.push(node.value as object);
      else aliases.set(node.name, [node.value as object]);
    }
  });
  return aliases;
}

/** Names of what selects read from: one alone may stand for a whole row. */
function sourcesOf(query: Query): Set<string> {
  const sources = new Set<string>();
  walk(query, (node) => {
    if (node.kind !== 'alias' && 'alias' in node && typeof node.alias === 'string') sources.add(node.alias);
    if (node.kind === 'cte' && typeof node.written === 'string') sources.add(node.written);
  });
  return sources;
}

type Following = {
  aliases: ReadonlyMap<string, readonly object[]>;
  sources: ReadonlySet<string>;
  /** names found so far */
  names: Set<string>;
};
/** Collects the names that an expression rests on; `row` when it may rest on a whole row. */
function followed(part: object, { aliases, sources, names }: Following): 'names' | 'row' {
  let rests: 'names' | 'row' = 'names';
  const open: object[] = [part];
  for (let next = open.pop(); next !== undefined; next = open.pop())
    walk(next, (node) => {
      if (node.kind !== 'name') return;
      const parts = node.parts as unknown[];
      if (parts.length === 1 && sources.has(String(parts[0]))) rests = 'row';
      for (const name of parts) {
        if (typeof name !== 'string' || names.has(name)) continue;
        names.add(name);
        open.push(...(aliases.get(name) ?? []));
      }
    });
  return rests;
}

type Node = Record<string, unknown>;
/** Every node of a tree that has a kind. Does not recurse. */
function walk(value: object, visit: (node: Node) => void): void {
  const open: object[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if ('kind' in next) visit(next as Node);
    for (const child of Object.values(next))
      if (typeof child === 'object' && child !== null) open.push(child);
  }
}
