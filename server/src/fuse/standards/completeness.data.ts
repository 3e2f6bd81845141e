import type { CompletenessEntry } from '@ronghe/contracts';

/**
 * What a complete profile holds as shipped. Weights are a proposal, to be confirmed by who answers for the data: what names
 * and places an enterprise counts most, then what it does, then what it has.
 */
export const COMPLETENESS: readonly CompletenessEntry[] = [
  ['name', 10],
  ['code', 10],
  ['division', 8],
  ['industry', 8],
  ['address', 6],
  ['park', 3],
  ['legalPerson', 4],
  ['phone', 3],
  ['established', 3],
  ['registeredCapital', 4],
  ['employees', 5],
  ['revenue', 6],
  ['size', 2],
  ['indicators', 8],
  ['shareholder', 4],
  ['plant', 4],
  ['equipment', 5],
  ['product', 4],
  ['person', 3],
].map(([part, weight]) => ({ part, weight }) as CompletenessEntry);
