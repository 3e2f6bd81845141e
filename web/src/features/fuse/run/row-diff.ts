import type { RunRow } from '@ronghe/contracts';
import { cellText } from '../cell-text.ts';

export type FieldDiff = { field: string; before: string | null; after: string | null };

/** Fields that differ between a row as it was and as it is; the order of the row as it is, then what fell away. */
export function rowDiff({ row, before }: Pick<RunRow, 'row' | 'before'>): FieldDiff[] {
  if (!before) return [];
  return [...new Set([...Object.keys(row), ...Object.keys(before)])]
    .map((field) => ({ field, before: cellText(before[field]), after: cellText(row[field]) }))
    .filter((diff) => diff.before !== diff.after);
}
