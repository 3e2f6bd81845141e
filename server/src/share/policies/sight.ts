import type { DatasetColumn, Mask } from '@ronghe/contracts';
import type { ColumnOffer } from '#platform/datasets/offer.ts';
import type { Decision } from './deciding.ts';
import { distinctMasks } from './masks.ts';

/** The masks that some row of a column may have, and whether there are rows that show other than the rest. */
function masksOf(name: string, { parts, limits }: Decision): { masks: Mask[]; partly: boolean } {
  const giving = parts.filter(({ columns }) => columns.has(name));
  const granted = giving.map(({ columns }) => columns.get(name) ?? null);
  const limited = limits.flatMap(({ masks }) => masks.get(name) ?? []);
  const masks = distinctMasks([...granted, ...limited].filter((mask) => mask !== null));
  const sights = new Set([...granted, ...limited].map((mask) => JSON.stringify(mask)));
  return { masks, partly: giving.length < parts.length || sights.size > 1 };
}

/** The columns a caller sees, with how each is hidden. */
export const columnsSeen = ({
  columns,
  decision,
  hidden,
}: {
  columns: readonly ColumnOffer[];
  decision: Decision;
  /** where a column is not that of the decision but made of others */
  hidden?: ReadonlyMap<string, Pick<DatasetColumn, 'masks' | 'partly'>>;
}): DatasetColumn[] =>
  columns.map(({ name, title, description, type, unit, grade, level, personal, standard }) => ({
    ...{ name, title, description, type, unit, grade, level, personal },
    ...(standard === undefined ? {} : { standard }),
    ...(hidden?.get(name) ?? masksOf(name, decision)),
  }));
