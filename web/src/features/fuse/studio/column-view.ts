import type { ColumnProfile, ColumnSuggestion } from '@ronghe/contracts';
import { useMemo } from 'react';
import { conflictsOf, type Draft, fieldsOf, type Line, linesOf, SURE } from './draft.ts';

export const SHOWN = ['all', 'mapped', 'unmapped', 'unsure', 'conflict', 'missing'] as const;
export type Shown = (typeof SHOWN)[number];
/** Which columns are looked at; a page keeps it in its address, the wizard in memory. */
export type StudioView = {
  search: string;
  show: Shown;
  set: (change: { search?: string; show?: Shown }) => void;
};

export type Row = Line & {
  profile: ColumnProfile | null;
  suggestion: ColumnSuggestion | null;
  conflict: boolean;
};
type Source = {
  draft: Draft;
  columns: readonly string[];
  profiles: ReadonlyMap<string, ColumnProfile>;
  suggestions: ReadonlyMap<string, ColumnSuggestion>;
};

/** Lines of the studio with all that is known of them, how many there are of each sort, and those that are looked for. */
export function useRows({ draft, columns, profiles, suggestions }: Source, view: StudioView) {
  const rows = useMemo(() => {
    const conflicts = conflictsOf(draft.mappings);
    return linesOf(columns, draft.mappings).map((line): Row => {
      const mapping = line.index === null ? undefined : draft.mappings[line.index];
      return {
        ...line,
        profile: profiles.get(line.column) ?? null,
        suggestion: suggestions.get(line.column) ?? null,
        conflict: mapping !== undefined && conflicts.has(mapping.to),
      };
    });
  }, [draft.mappings, columns, profiles, suggestions]);
  const counts = useMemo(
    () =>
      Object.fromEntries(SHOWN.map((show) => [show, rows.filter(IS[show]).length])) as Record<Shown, number>,
    [rows],
  );
  const words = view.search.toLowerCase();
  const found = useMemo(
    () =>
      rows.filter((row) => {
        const mapping = row.index === null ? undefined : draft.mappings[row.index];
        const text = [row.column, ...(mapping ? [mapping.to, ...fieldsOf(mapping.from)] : [])].join(' ');
        return IS[view.show](row) && text.toLowerCase().includes(words);
      }),
    [rows, draft.mappings, words, view.show],
  );
  return { rows, found, counts };
}

const IS: Record<Shown, (row: Row) => boolean> = {
  all: () => true,
  mapped: (row) => row.index !== null,
  unmapped: (row) => row.index === null,
  unsure: (row) =>
    row.index === null && (row.suggestion?.to ?? null) !== null && (row.suggestion?.confidence ?? 0) < SURE,
  conflict: (row) => row.conflict,
  missing: (row) => row.missing,
};
