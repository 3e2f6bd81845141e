import { checkAliases, expressionNames } from './aliases.ts';
import { isConstant } from './calls.ts';
import { type Columns, createColumns } from './columns.ts';
import { factNamed } from './functions.ts';
import { EXPANDED_TABLES_MAX, RESERVED_PREFIX, VIEWS_DEEP_MAX, VIEWS_EXPANDED_MAX } from './limits.data.ts';
import { type Copies, checkLevels, createCopies } from './measure.ts';
import { refused } from './refused.ts';
import { rewrite } from './rewrite.ts';
import {
  type Cte,
  expanded,
  isCircular,
  lookUp,
  mayHaveColumn,
  OUTERMOST,
  qualified,
  type Reads,
  type Scope,
} from './scope.ts';
import type {
  Expression,
  Join,
  NamePart,
  Query,
  Select,
  Source,
  Statement,
  TableName,
  With,
} from './tree.ts';

/** What a caller may see: full names of tables with their columns, and the database that names without one mean. */
export type Catalog = {
  database: string;
  tables: { get(table: string): CatalogTable | undefined };
};
/** `view`: a query of ours that stands for the table; `unusable`: called when a view is named that cannot be asked. */
export type CatalogTable = { columns: readonly string[]; view?: Query; unusable?: () => Error };
/** A statement whose every table is one of the catalog, and which columns of which it may read (never less than it does). */
export type Bound = {
  statement: Statement;
  database: string;
  tables: readonly string[];
  columns: ReadonlyMap<string, ReadonlySet<string>>;
  /** views that were put in, those inside views too */
  views: readonly string[];
};

type Binding = {
  catalog: Catalog;
  columns: Columns;
  tables: Set<string>;
  /** what the statement reads, and then what the CTEs read whose queries are being bound, the outermost first */
  reading: [Reads, ...Reads[]];
  copied: Copies;
  /** names of expressions: a table that is called so without an alias gets one of ours */
  named: ReadonlySet<string>;
  /** those of the query at hand, which is the caller's or that of a view */
  own: ReadonlySet<string>;
  /** names of ours so far */
  count: number;
  views: Set<string>;
  /** views whose queries are being bound, the outermost first */
  within: string[];
  expanded: number;
};

/**
 * Resolves every table a statement names, by ClickHouse's scoping: the name of a CTE in sight hides a table, a name with a database is
 * never a CTE, a CTE does not see itself. CTEs get names of ours, so that none can take the place of a table inside our relations.
 * @throws AppError SQL_REFUSED `unknown-table`, the same for a table that is not there and one that others have
 */
export function bindSql(statement: Statement, catalog: Catalog): Bound {
  const whole: Reads = { own: 0, ctes: new Map() };
  const binding: Binding = {
    catalog,
    columns: createColumns(),
    tables: new Set(),
    reading: [whole],
    copied: createCopies(),
    ...{ named: expressionNames(statement), own: expressionNames(statement) },
    count: 0,
    views: new Set(),
    within: [],
    expanded: 0,
  };
  const bound = bindStatement(binding, statement);
  if (binding.views.size > 0) checkLevels(bound);
  if (expanded(whole) > EXPANDED_TABLES_MAX) throw refused('too-many', -1, 'WITH');
  const tables = [...binding.tables];
  return {
    statement: bound,
    database: catalog.database,
    tables,
    columns: binding.columns.read(catalog, tables),
    views: [...binding.views],
  };
}

function bindStatement(binding: Binding, statement: Statement): Statement {
  switch (statement.kind) {
    case 'select':
    case 'describe-select':
      return { ...statement, query: bindQuery(binding, statement.query, OUTERMOST).query };
    case 'describe':
    case 'show-create':
    case 'show-columns': {
      const table = tableNamed(binding, statement.table);
      binding.columns.star(table);
      return statement;
    }
    case 'exists-table':
    case 'exists-database':
    case 'show-tables':
    case 'show-databases':
    case 'show-create-database':
    case 'set':
    case 'use':
      return statement;
  }
}

type Seen = { query: Query; scope: Scope };

/** `scope` of the answer is what later branches of a UNION see: WITH of the first one counts for all, as in ClickHouse. */
function bindQuery(binding: Binding, query: Query, scope: Scope): Seen {
  if (query.kind === 'select') return bindSelect(binding, query, scope);
  let seen = scope;
  const branches: Query[] = [];
  for (const branch of query.branches) {
    const bound = bindQuery(binding, branch, seen);
    if (branches.length === 0) seen = bound.scope;
    branches.push(bound.query);
  }
  return { query: { ...query, branches }, scope: seen };
}

function bindSelect(binding: Binding, select: Select, outer: Scope): Seen {
  const named = bindWith(binding, select.with, outer);
  const from = select.from === null ? null : bindSource(binding, select.from, named.scope);
  const joins = select.joins.map((join) =>
    join.kind === 'array' ? join : bindJoined(binding, join, named.scope),
  );
  const sources = [
    ...(from === null ? [] : [from]),
    ...joins.flatMap((join) => (join.kind === 'array' ? [] : [join.source])),
  ];
  checkAliases(sources);
  const scope: Scope = { ...named.scope, sources };
  const bind = <T>(part: T): T => bindPart(binding, part, scope);
  for (const join of joins) if (join.kind === 'join') join.using?.forEach(binding.columns.mention);
  for (const { name } of select.interpolate ?? []) binding.columns.mention(name);
  const { with: _with, from: _from, joins: _joins, ...clauses } = select;
  const query: Select = {
    ...bind(clauses),
    with: bind(named.items.filter(({ kind }) => kind === 'value')).concat(
      named.items.filter(({ kind }) => kind === 'query'),
    ),
    from,
    joins: joins.map((join) => {
      if (join.kind === 'comma') return join;
      return join.kind === 'array' ? { ...join, items: bind(join.items) } : { ...join, on: bind(join.on) };
    }),
  };
  return { query, scope: named.scope };
}

/** All CTEs of one WITH see each other, and none sees itself. */
function bindWith(binding: Binding, items: readonly With[], parent: Scope): { items: With[]; scope: Scope } {
  const names = new Map<string, Cte | { kind: 'value'; value: Expression }>();
  for (const item of items) {
    if (names.has(item.name)) throw refused('alias', item.kind === 'query' ? item.at : -1, item.name);
    names.set(item.name, item.kind === 'value' ? { kind: 'value', value: item.value } : newCte(binding));
  }
  const scope: Scope = { names, parent, lambda: parent.lambda, sources: [] };
  const bound = items.map((item): With => {
    const cte = names.get(item.name);
    if (item.kind === 'value' || cte?.kind !== 'cte') return item;
    const others = new Map([...names].filter(([name]) => name !== item.name));
    binding.reading.push(cte.reads);
    const { query } = bindQuery(binding, item.query, { ...scope, names: others });
    binding.reading.pop();
    return { ...item, name: cte.printed, query };
  });
  if (isCircular([...names.values()].filter((entry) => entry.kind === 'cte')))
    throw refused('recursive', -1, items[0]?.name ?? '');
  return { items: bound, scope };
}

const newCte = (binding: Binding): Cte => ({
  kind: 'cte',
  printed: `${RESERVED_PREFIX}cte_${binding.count++}`,
  reads: { own: 0, ctes: new Map() },
});

/** What counts the sources of the query at hand. */
const reading = ({ reading }: Binding): Reads => reading.at(-1) ?? reading[0];

function bindSource(binding: Binding, source: Source, scope: Scope): Source {
  reading(binding).own++;
  if (source.kind === 'query') return { ...source, query: bindQuery(binding, source.query, scope).query };
  return source.kind === 'table' ? relationOf(binding, source.table, { scope, alias: source.alias }) : source;
}

const bindJoined = <T extends Exclude<Join, { kind: 'array' }>>(
  binding: Binding,
  join: T,
  scope: Scope,
): T => ({
  ...join,
  source: bindSource(binding, join.source, scope),
});

/** A CTE in sight, or a table of the catalog. */
function relationOf(
  binding: Binding,
  name: TableName,
  { scope, alias }: { scope: Scope; alias: string | null },
): Source {
  const [first, second] = texts(name.parts);
  if (scope.lambda) throw refused('lambda', name.at, first ?? '');
  const entry = second === undefined && first !== undefined ? lookUp(scope, first) : null;
  if (entry?.kind === 'cte') {
    const { ctes } = reading(binding);
    ctes.set(entry, (ctes.get(entry) ?? 0) + 1);
    const written = first ?? '';
    return { kind: 'cte', name: entry.printed, written, alias: alias ?? usualAlias(binding, written) };
  }
  const usual = second ?? first ?? '';
  const { view } = binding.catalog.tables.get(fullName(binding, name)) ?? {};
  if (view) return expandedView(binding, { name, view, alias: alias ?? usualAlias(binding, usual) });
  const table = tableNamed(binding, name);
  binding.columns.relation({ table, alias: alias ?? usual });
  return { kind: 'relation', table, alias: alias ?? usualAlias(binding, usual) };
}

/** A table is called by its name, unless an expression is: the engine takes no name twice. */
const usualAlias = (binding: Binding, name: string): string =>
  binding.named.has(name) ? `${RESERVED_PREFIX}table_${binding.count++}` : name;

type Named = { name: TableName; view: Query; alias: string };
/**
 * The query of a view in the place of its name, bound where no name of the caller is in sight. A view may name others, to a depth, and never
 * itself.
 */
function expandedView(binding: Binding, { name, view, alias }: Named): Source {
  const table = fullName(binding, name);
  const written = table.slice(table.indexOf('.') + 1);
  if (binding.within.includes(table)) throw refused('recursive', name.at, written);
  binding.expanded++;
  if (binding.within.length >= VIEWS_DEEP_MAX || binding.expanded > VIEWS_EXPANDED_MAX)
    throw refused('too-many', name.at, written);
  binding.copied(view);
  binding.views.add(table);
  const { named, own } = binding;
  binding.own = expressionNames(view);
  binding.named = new Set([...named, ...binding.own]);
  binding.within.push(table);
  const { query } = bindQuery(binding, view, OUTERMOST);
  binding.within.pop();
  Object.assign(binding, { named, own });
  return { kind: 'query', query, alias, view: table };
}

/** The full name of a table of the catalog; the same error whether it exists elsewhere or nowhere. */
function fullName({ catalog }: Binding, { parts, at }: TableName): string {
  const names = texts(parts);
  const full = (names.length === 1 ? [catalog.database, ...names] : names).join('.');
  const known = names.some((name) => name.includes('.')) ? undefined : catalog.tables.get(full);
  if (!known) throw refused('unknown-table', at, names.join('.'));
  if (known.unusable) throw known.unusable();
  return full;
}

/** The same, for a table that is read. */
function tableNamed(binding: Binding, name: TableName): string {
  const full = fullName(binding, name);
  binding.tables.add(full);
  return full;
}

function texts(parts: readonly NamePart[]): string[] {
  return parts.map((part) => {
    if (typeof part === 'string') return part;
    throw refused('parameter', -1, part.parameter);
  });
}

/** Expressions of a select, whatever list or clause they stand in. */
function bindPart<T>(binding: Binding, part: T, scope: Scope): T {
  return rewrite(part, (expression) => {
    switch (expression.kind) {
      case 'subquery':
      case 'exists':
        if (scope.lambda) throw refused('lambda', -1, 'SELECT');
        return { ...expression, query: bindQuery(binding, expression.query, scope).query };
      case 'in-table':
        return bindIn(binding, expression, scope);
      case 'lambda':
        return { ...expression, body: bindPart(binding, expression.body, { ...scope, lambda: true }) };
      case 'name':
        return bindName(binding, expression.parts, scope);
      case 'matcher': {
        const of = expression.of === null ? null : qualified(scope, texts(expression.of), 0);
        const matcher = { ...expression, of };
        binding.columns.matcher(matcher, scope.sources);
        return { ...matcher, changes: bindPart(binding, matcher.changes, scope) };
      }
      case 'parameter':
        throw refused('parameter', -1, expression.name);
      default:
        return undefined;
    }
  });
}

/** `x IN name`: a CTE or table as a subquery, or a constant that WITH names. Never left to the engine to find. */
function bindIn(
  binding: Binding,
  { call, value, table }: Extract<Expression, { kind: 'in-table' }>,
  scope: Scope,
): Expression {
  const names = texts(table.parts);
  const entry = names.length === 1 ? lookUp(scope, names[0] ?? '') : null;
  const left = bindPart(binding, value, scope);
  const built = (right: Expression): Expression => ({
    kind: 'call',
    name: call,
    parameters: null,
    items: [left, right],
    nulls: null,
    over: null,
  });
  if (entry?.kind === 'value' && isConstant(entry.value)) {
    binding.copied(entry.value);
    return built(bindPart(binding, entry.value, scope));
  }
  if (entry?.kind === 'value') throw refused('argument', table.at, names.join('.'));
  const source = relationOf(binding, table, { scope, alias: null });
  if (source.kind === 'relation') binding.columns.star(source.table);
  return built({ kind: 'subquery', query: allOf(source) });
}

/** `SELECT * FROM source` */
const allOf = (from: Source): Select => ({
  kind: 'select',
  with: [],
  distinct: false,
  distinctOn: [],
  columns: [{ kind: 'matcher', of: null, columns: null, changes: [] }],
  from,
  joins: [],
  where: null,
  group: null,
  having: null,
  windows: [],
  qualify: null,
  order: [],
  orderAll: false,
  interpolate: null,
  limitBy: null,
  limit: null,
  offset: null,
  ties: false,
});

function bindName(binding: Binding, parts: readonly NamePart[], scope: Scope): Expression {
  const names = texts(parts);
  binding.columns.name(names);
  return bareFact(binding, names, scope) ?? { kind: 'name', parts: qualified(scope, names, 1) };
}

/** `current_user` and `database` without brackets: where no column is called so, the engine would tell its own. */
function bareFact(
  { catalog, own }: Binding,
  [name = '', ...rest]: string[],
  scope: Scope,
): Expression | null {
  const fact = rest.length === 0 && !own.has(name) ? factNamed(name) : null;
  if (fact !== 'user' && fact !== 'database') return null;
  const has = mayHaveColumn(scope, name, (table) => catalog.tables.get(table)?.columns ?? []);
  return has ? null : { kind: 'fact', fact, written: name };
}
