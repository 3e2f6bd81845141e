import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';

/** The folder `shared/data/fusion` beside the repository or beside the folder of its worktrees; null when it is not there. */
const FOLDER =
  ['../../../../../shared/data/fusion', '../../../../../../shared/data/fusion']
    .map((path) => join(import.meta.dirname, path))
    .find((path) => existsSync(path)) ?? null;

/** True when the shared data are here. A test that needs them says in its name when they are absent. */
export const sharedPresent = FOLDER !== null;
export const sharedNote = sharedPresent ? '' : ' (SKIPPED: shared data are not here)';

/** Rows of a CSV file of the shared data, by the names of its header. */
export const sharedRows = (file: string): Record<string, string>[] =>
  parse(readFileSync(join(FOLDER ?? '', file)), {
    columns: true,
    bom: true,
    trim: true,
    relax_column_count: true,
  });
