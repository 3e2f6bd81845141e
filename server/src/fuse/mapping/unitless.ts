import type { FieldMapping } from '@ronghe/contracts';
import { headerUnit } from '../profile/header-units.ts';

/**
 * Targets that are numbers of columns whose header names no unit, with the unit that the mapping takes them to be in (null when it
 * says none). What such a cell means is only sure when it carries a unit itself.
 */
export const unitlessOf = (
  mappings: readonly Pick<FieldMapping, 'from' | 'to' | 'transform' | 'unit'>[],
): Map<string, string | null> =>
  new Map(
    mappings
      .filter(({ from, transform }) => transform === 'number' && !from.split('|').some(headerUnit))
      .map(({ to, unit }) => [to, unit]),
  );
