import type { FilterValue } from '@ronghe/contracts';
import type { Narrowing } from '#platform/datasets/offer.ts';
import type { Expression, Query, Select } from '../sql/tree.ts';

/**
 * Conditions that every row of a table must meet to matter to the statement, so that its room may read less. Only what is surely so: the
 * table is named once, by a select that reads it first and joins others so that none of its rows is made up, and the condition is one of
 * several joined by `and` over a column that no alias of the statement hides.
 */
export function narrowingOf(
  query: Query,
  columns: ReadonlyMap<string, readonly string[]>,
): Map<string, Narrowing[]> {
  const found = new Map<string, Narrowing[]>();
  const named = new Map<string, number>();
  const aliases = new Set<string>();
  const selects: Select[] = [];
  walk(query, (node) => {
    if (node.kind === 'relation') named.set(String(node.table), (named.get(String(node.table)) ?? 0) + 1);
    if (node.kind === 'alias' || node.kind === 'value') aliases.add(String(node.name));
    if (node.kind === 'lambda') for (const parameter of node.parameters as string[]) aliases.add(parameter);
    if (node.kind === 'select') selects.push(node as unknown as Select);
  });
  for (const select of selects) {
    const { from, joins, where } = select;
    if (from?.kind !== 'relation' || named.get(from.table) !== 1 || where === null || !joins.every(keepsLeft))
      continue;
    const known = new Set((columns.get(from.table) ?? []).filter((name) => !aliases.has(name)));
    const lone = joins.length === 0;
    const nameOf = (expression: Expression | undefined): string | null => {
      if (expression?.kind !== 'name' || !expression.parts.every((part) => typeof part === 'string'))
        return null;
      const parts = expression.parts as string[];
      const name = parts.at(-1) ?? '';
      const qualifier = parts.slice(0, -1).join('.');
      const own = qualifier === from.alias || qualifier === from.table || (qualifier === '' && lone);
      return own && known.has(name) ? name : null;
    };
    const conditions = conjunctsOf(where).flatMap((each) => narrowingBy(each, nameOf) ?? []);
    if (conditions.length > 0) found.set(from.table, conditions);
  }
  return found;
}

/** Every node of a tree, whatever it holds. */
function walk(value: unknown, visit: (node: Record<string, unknown>) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const node = value as Record<string, unknown>;
  visit(node);
  for (const child of Object.values(node)) walk(child, visit);
}

/** A join after which every row of the left side is one that was there. */
const keepsLeft = (join: Select['joins'][number]): boolean =>
  join.kind === 'comma' ||
  (join.kind === 'join' &&
    (join.strictness === null || join.strictness === 'ALL') &&
    (join.side === 'INNER' || join.side === 'LEFT' || join.side === 'CROSS'));

function conjunctsOf(expression: Expression): Expression[] {
  if (expression.kind === 'call' && expression.name === 'and') return expression.items.flatMap(conjunctsOf);
  return [expression];
}

type NameOf = (expression: Expression | undefined) => string | null;

function narrowingBy(expression: Expression, nameOf: NameOf): Narrowing | null {
  if (expression.kind !== 'call' || expression.parameters !== null || expression.over !== null) return null;
  const [left, right] = expression.items;
  if (expression.items.length !== 2 || !left || !right) return null;
  const column = nameOf(left);
  switch (expression.name) {
    case 'equals': {
      const [name, value] = column === null ? [nameOf(right), literalOf(left)] : [column, literalOf(right)];
      return name === null || value === null ? null : { column: name, op: 'eq', values: [value] };
    }
    case 'in': {
      if (column === null || (right.kind !== 'tuple' && right.kind !== 'array')) return null;
      const values = right.items.map(literalOf);
      return values.some((value) => value === null)
        ? null
        : { column, op: 'in', values: values as FilterValue[] };
    }
    case 'startsWith': {
      const value = literalOf(right);
      return column === null || typeof value !== 'string'
        ? null
        : { column, op: 'startsWith', values: [value] };
    }
    default:
      return null;
  }
}

function literalOf(expression: Expression): FilterValue | null {
  if (expression.kind === 'string') return expression.value;
  if (expression.kind !== 'number') return null;
  const value = Number(expression.text);
  return Number.isSafeInteger(value) ? value : null;
}
