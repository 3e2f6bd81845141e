import { LOOK_ROWS_MAX, type TableProfile } from '@ronghe/contracts';
import type { OpenTable, TablePage } from '../sources/delivery.ts';
import { type Column, type ColumnLimits, createColumn } from './column.ts';
import { type Budget, WATCHED_MAX } from './distinct.ts';
import { createPairs, keysOf, type Pairs } from './keys.ts';
import { maskInside, storable } from './masking.ts';

export type ProfilerOptions = {
  /** values of a column that are counted one by one; by default as many as 600,000 shared by the columns, 500 to 20,000 */
  distinctMax?: number;
  /** values of a column that are looked into; by default as many as 400,000 shared by the columns, 200 to 2,000 */
  sampleMax?: number;
};
/** Columns beyond are not profiled. */
export const COLUMNS_MAX = 2_000;
const VALUES_ALL_MAX = 600_000;
const SAMPLES_ALL_MAX = 400_000;
/** Rows from which the columns are chosen that may name a row together. */
const HEAD_ROWS = 2_000;
const PROBLEMS_MAX = 100;

/**
 * Profiles a table page by page in bounded memory: counts of rows, filled and placed problems are exact, what values mean
 * is told from a sample. Rows that the source marks as gone do not count.
 */
export function createProfiler(options: ProfilerOptions = {}) {
  const columns = new Map<string, Column>();
  const budget: Budget = { left: WATCHED_MAX };
  const problems: TableProfile['problems'] = [];
  let [limits, pairs, head]: [ColumnLimits | null, Pairs | null, TablePage[]] = [null, null, []];
  let [rows, problemCount] = [0, 0];

  function columnsOf(names: readonly string[]): (Column | null)[] {
    limits ??= limitsOf(names.length, options, budget);
    for (const name of names)
      if (!columns.has(name) && columns.size < COLUMNS_MAX) columns.set(name, createColumn(name, limits));
    return names.map((name) => columns.get(name) ?? null);
  }

  function pair(page: TablePage): void {
    const at = new Map(page.columns.map((name, index) => [name, index]));
    for (const [index, row] of page.rows.entries()) {
      if (page.deleted?.has(index)) continue;
      pairs?.add((name) => textOf(row[at.get(name) ?? -1]));
    }
  }

  /** Chooses the pairs and holds the first rows against them. */
  function choosePairs(): void {
    pairs = createPairs([...columns.values()], budget);
    for (const page of head) pair(page);
    head = [];
  }

  return {
    add(page: TablePage): void {
      const here = columnsOf(page.columns);
      for (const [index, row] of page.rows.entries()) {
        if (page.deleted?.has(index)) continue;
        rows += 1;
        const place = page.places[index] ?? rows;
        for (let at = 0; at < here.length; at += 1) here[at]?.add(row[at], place);
      }
      problemCount += page.problems.length;
      for (const problem of page.problems.slice(0, PROBLEMS_MAX - problems.length))
        problems.push({
          file: null,
          ...problem,
          text: problem.text === null ? null : storable(maskInside(problem.text)),
        });
      if (pairs) pair(page);
      else {
        head.push(page);
        if (rows >= HEAD_ROWS) choosePairs();
      }
    },
    result(): TableProfile {
      if (!pairs) choosePairs();
      const profiles = [...columns.values()].map((column) => column.result(rows));
      const sensitive = new Set(profiles.filter((one) => one.sensitive).map(({ name }) => name));
      return {
        rows,
        columns: profiles,
        keys: keysOf(profiles, pairs?.found() ?? []),
        problems: problems.map((one) =>
          one.column !== null && sensitive.has(one.column) ? { ...one, text: null } : one,
        ),
        problemCount,
      };
    },
  };
}
export type Profiler = ReturnType<typeof createProfiler>;

function limitsOf(columns: number, options: ProfilerOptions, budget: Budget): ColumnLimits {
  const each = (all: number, least: number, most: number) =>
    Math.min(most, Math.max(least, Math.floor(all / Math.max(1, columns))));
  return {
    distinctMax: options.distinctMax ?? each(VALUES_ALL_MAX, 500, 20_000),
    sampleMax: options.sampleMax ?? each(SAMPLES_ALL_MAX, 200, 2_000),
    budget,
  };
}

const textOf = (value: unknown): string =>
  value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);

export type QuickLook = {
  columns: string[];
  /** the first rows, at most `rowsShown` */
  rows: Record<string, unknown>[];
  profile: TableProfile;
  /** false when the look ended before the table did */
  whole: boolean;
};
export type QuickLookLimits = { rowsMax: number; rowsShown: number };
export const QUICK_LOOK: QuickLookLimits = { rowsMax: LOOK_ROWS_MAX, rowsShown: 50 };

/** The first rows of an opened table and the profile of what was read of it. The caller closes the table. */
export async function quickLook(
  table: Pick<OpenTable, 'pages'>,
  { rowsMax, rowsShown, signal }: QuickLookLimits & { signal: AbortSignal },
): Promise<QuickLook> {
  const profiler = createProfiler();
  const columns = new Set<string>();
  const rows: Record<string, unknown>[] = [];
  let [read, whole] = [0, true];
  for await (const page of table.pages(signal)) {
    profiler.add(page);
    for (const name of page.columns) columns.add(name);
    for (const row of page.rows.slice(0, rowsShown - rows.length)) rows.push(rowOf(page.columns, row));
    read += page.rows.length;
    if (read < rowsMax) continue;
    whole = false;
    break;
  }
  return { columns: [...columns], rows, profile: profiler.result(), whole };
}

/** One row as an object; fields that it does not have are left out. */
const rowOf = (columns: readonly string[], row: readonly unknown[]): Record<string, unknown> =>
  Object.fromEntries(
    columns.flatMap((name, at) => (row[at] === undefined ? [] : [[name, row[at]] as const])),
  );

/** A page of rows at hand, as profiling wants them. */
export function pageOfRows(rows: readonly Readonly<Record<string, unknown>>[]): TablePage {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return {
    columns,
    rows: rows.map((row) => columns.map((name) => row[name])),
    places: rows.map((_row, index) => index + 1),
    problems: [],
    bytes: 0,
    bytesAll: 0,
  };
}
