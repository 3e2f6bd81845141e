import { standardiseRow } from '../sources/rows.ts';
import type { Standardise } from './mapping.ts';

/** What standardises rows in tests: the rule that landing uses. */
export const standardise: Standardise = (rules, row) => standardiseRow(rules, row as Record<string, unknown>);
