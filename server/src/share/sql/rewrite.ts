import type { Expression } from './tree.ts';

/**
 * A copy of a part of the tree. `change` is asked for every expression in it from the outside in; what it returns takes the place
 * of that expression and is not looked into again, undefined means "go on inside".
 */
export function rewrite<T>(value: T, change: (expression: Expression) => Expression | undefined): T {
  if (Array.isArray(value)) return value.map((item) => rewrite(item, change)) as T;
  if (typeof value !== 'object' || value === null) return value;
  if ('kind' in value) {
    const changed = change(value as unknown as Expression);
    if (changed !== undefined) return changed as T;
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [name, rewrite(child, change)]),
  ) as T;
}
