import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { brief, readPath } from './files.fixture.ts';

/** The folder `shared/data` beside the repository or beside the folder of its worktrees; null when it is not there. */
const DATA =
  ['../../../../../../shared/data', '../../../../../../../shared/data']
    .map((path) => join(import.meta.dirname, path))
    .find((path) => existsSync(path)) ?? null;
const note = DATA === null ? ' (SKIPPED: shared data are not here)' : '';

/** Rows of the real files that have more cells than their header, because their owner forgot the quotes. */
const KNOWN: Readonly<Record<string, string[]>> = {
  'jx_key_industries.csv': ['cells-too-many 18 -'],
  'jiangxi_division_changes.csv': ['cells-too-many 4 -'],
};

describe.skipIf(DATA === null)(`real files${note}`, () => {
  it('of a steel works are read as another reader reads them', async () => {
    const path = join(DATA ?? '', 'collect/steel/Steel_industry_data.csv');
    const table = await readPath(path, basename(path));
    const [columns, ...rows] = parse(readFileSync(path), { bom: true }) as string[][];
    expect(table.columns).toEqual(columns);
    expect(JSON.stringify(table.rows) === JSON.stringify(rows)).toBe(true);
    expect(table.problems).toEqual([]);
  });

  it('of registers are read as another reader reads them', async () => {
    const folder = join(DATA ?? '', 'fusion');
    const files = (await readdir(folder, { recursive: true })).filter((path) => /\.csv$/.test(path));
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      // delimited by a percent sign, which no table is
      if (/D4\/(?:dblp|acm|gt)\.csv$/.test(file)) continue;
      const table = await readPath(join(folder, file), basename(file));
      const delimiter = table.options.delimiter ?? ',';
      const settings = { bom: true, delimiter, relax_quotes: true, relax_column_count: true };
      const [columns = [], ...all] = parse(readFileSync(join(folder, file)), settings) as string[][];
      const rows = all.filter((row) => row.some((cell) => cell.trim() !== ''));
      expect(table.columns, file).toEqual(columns.map((name) => name.trim()));
      expect(brief(table), file).toEqual(KNOWN[basename(file)] ?? []);
      expect(table.rows.length, file).toBe(rows.length);
      const fitting = rows.filter(({ length }) => length === columns.length);
      const same = table.rows.filter((_, at) => rows[at]?.length === columns.length);
      expect(JSON.stringify(same) === JSON.stringify(fitting), file).toBe(true);
    }
  });
});
