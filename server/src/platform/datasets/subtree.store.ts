import type { OrganisationPath } from '@ronghe/contracts';
import { quote } from '#platform/db/sql-parameters.ts';

/**
 * SQL condition: the column (ours, qualified or bare) is a path of one of these organisations or lies below one. `0` without any.
 * Paths become quoted literals, because a condition goes into statements that bind nothing.
 */
export function withinSubtrees(organisations: readonly OrganisationPath[], column: string): string {
  if (organisations.length === 0) return '0';
  const one = (path: OrganisationPath) =>
    `${column} = ${quote(path)} or startsWith(${column}, ${quote(`${path}.`)})`;
  return `(${organisations.map(one).join(' or ')})`;
}
