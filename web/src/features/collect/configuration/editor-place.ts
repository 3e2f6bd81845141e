import { useNavigate } from '@tanstack/react-router';
import { useSearchState } from '../../../lib/search.ts';
import { stepsOf } from '../form/value-path.ts';

export const EDITOR_PARTS = ['settings', 'points', 'trial', 'code'] as const;
export type EditorPart = (typeof EDITOR_PARTS)[number];

/** Where in the editor one is; it stands in the address, so that a problem can be linked to. */
export type EditorPlace = {
  /** place of the open connection in the list, or null for the list */
  connection: number | null;
  part: EditorPart | null;
  /** the row of the list of points that is open, and the field that is meant */
  row: number | null;
  field: string | null;
  openList: () => void;
  openConnection: (connection: number, part?: EditorPart) => void;
  /** Goes to what an issue names. */
  openIssue: (path: string) => void;
  closeRow: () => void;
};

/** What `connections[2].points[5].address` means for the editor. */
export function placeOf(
  path: string,
): Pick<EditorPlace, 'connection' | 'row' | 'field'> & { inPoints: boolean } {
  const [, connection, list, row, ...field] = stepsOf(path);
  const inPoints = list === 'points';
  return {
    connection: typeof connection === 'number' ? connection : null,
    inPoints,
    row: inPoints && typeof row === 'number' ? row : null,
    field: inPoints && field.length > 0 ? String(field[0]) : null,
  };
}

export function useEditorPlace(): EditorPlace {
  const search = useSearchState();
  const navigate = useNavigate();
  const { at, part } = search.values;
  const place = placeOf(at ?? '');
  const told = EDITOR_PARTS.find((each) => each === part) ?? null;
  const go = (next: { at?: string; part?: string }) =>
    void navigate({ to: '.', search: { tab: 'configuration', ...next } as never, resetScroll: false });
  return {
    connection: place.connection,
    part: told ?? (place.inPoints ? 'points' : null),
    row: place.row,
    field: place.field,
    openList: () => go({}),
    openConnection: (connection, next = 'settings') => go({ at: `connections[${connection}]`, part: next }),
    openIssue: (path) => go({ at: path, part: placeOf(path).inPoints ? 'points' : 'settings' }),
    closeRow: () => go({ at: `connections[${place.connection ?? 0}]`, part: 'points' }),
  };
}
