import type { DatasetColumn, PolicyTrialAnswer } from '@ronghe/contracts';

export type Change = 'added' | 'removed' | 'changed' | 'same';
export type ColumnChange = {
  name: string;
  title: DatasetColumn['title'];
  before: DatasetColumn | null;
  after: DatasetColumn | null;
  change: Change;
};
export type SightChange = {
  columns: ColumnChange[];
  rows: { organisation: string; change: Exclude<Change, 'changed'> }[];
  /** false when nothing that is seen would differ */
  differs: boolean;
};

type Sight = Pick<PolicyTrialAnswer, 'columns' | 'rowsOf' | 'allowed' | 'why'>;

/** What somebody would see otherwise; columns in the order of the dataset, as far as either side shows them. */
export function sightChange(before: Sight, after: Sight): SightChange {
  const then = new Map(after.columns.map((column) => [column.name, column]));
  const now = new Map(before.columns.map((column) => [column.name, column]));
  const names = [...new Set([...now.keys(), ...then.keys()])];
  const columns = names.flatMap((name): ColumnChange[] => {
    const [old, next] = [now.get(name) ?? null, then.get(name) ?? null];
    const title = (next ?? old)?.title;
    return title ? [{ name, title, before: old, after: next, change: columnChange(old, next) }] : [];
  });
  const rows = [...new Set([...before.rowsOf, ...after.rowsOf])].map((organisation) => ({
    organisation,
    change: rowChange(isWithinAny(organisation, before.rowsOf), isWithinAny(organisation, after.rowsOf)),
  }));
  const differs =
    before.allowed !== after.allowed ||
    columns.some(({ change }) => change !== 'same') ||
    rows.some(({ change }) => change !== 'same') ||
    JSON.stringify(before.why) !== JSON.stringify(after.why);
  return { columns, rows, differs };
}

function columnChange(before: DatasetColumn | null, after: DatasetColumn | null): Change {
  if (before === null) return 'added';
  if (after === null) return 'removed';
  const shown = ({ masks, partly }: DatasetColumn) => JSON.stringify([masks, partly]);
  return shown(before) === shown(after) ? 'same' : 'changed';
}

/** Rows of an organisation are seen with those of any organisation above it. */
const isWithinAny = (path: string, tops: readonly string[]): boolean =>
  tops.some((top) => path === top || path.startsWith(`${top}.`));

const rowChange = (before: boolean, after: boolean): Exclude<Change, 'changed'> =>
  before === after ? 'same' : after ? 'added' : 'removed';
