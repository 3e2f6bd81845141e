import { type RawBuilder, sql } from 'kysely';
import { belowPattern, type Scope } from '#platform/auth/scope.ts';

/** SQL condition: the column (a path of an organisation) is the scope's organisation or lies below it. */
export const withinScope = (scope: Scope, column: string): RawBuilder<boolean> =>
  sql<boolean>`(${sql.ref(column)} = ${scope.organisation} or ${sql.ref(column)} like ${belowPattern(scope)})`;
