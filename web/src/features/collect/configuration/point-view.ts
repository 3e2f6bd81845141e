import { useEffect, useMemo, useState } from 'react';
import type { Issues } from '../form/value-path.ts';
import { pointMatches } from './point-columns.ts';

/** Rows of one page: thousands of points are searched and paged, never drawn at once. */
const PAGE_ROWS = 50;

/** Rows that have a problem, with all sentences about each. */
export function rowsOf(issues: Issues): ReadonlyMap<number, readonly string[]> {
  const rows = new Map<number, string[]>();
  for (const [path, messages] of issues) {
    const row = /^\[(\d+)\]/.exec(path)?.[1];
    if (row !== undefined) rows.set(Number(row), [...(rows.get(Number(row)) ?? []), ...messages]);
  }
  return rows;
}

/** Which rows are shown: found by words, with problems only, a page of them. */
export function usePointView(value: readonly unknown[], faulty: ReadonlyMap<number, unknown>) {
  const [search, setSearch] = useState('');
  const [onlyFaulty, setOnlyFaulty] = useState(false);
  const [page, setPage] = useState(0);
  const only = onlyFaulty && faulty.size > 0;
  const found = useMemo(
    () =>
      value.flatMap((point, row) => (pointMatches(point, search) && (!only || faulty.has(row)) ? [row] : [])),
    [value, search, only, faulty],
  );
  const pages = Math.max(1, Math.ceil(found.length / PAGE_ROWS));
  const at = Math.min(page, pages - 1);
  useEffect(() => setPage((before) => Math.min(before, pages - 1)), [pages]);
  return {
    search,
    onlyFaulty: only,
    found,
    page: at,
    pages,
    setPage,
    rows: found.slice(at * PAGE_ROWS, (at + 1) * PAGE_ROWS),
    setSearch: (text: string) => {
      setSearch(text);
      setPage(0);
    },
    setOnlyFaulty: (on: boolean) => {
      setOnlyFaulty(on);
      setPage(0);
    },
    reset: () => {
      setSearch('');
      setOnlyFaulty(false);
      setPage(0);
    },
  };
}

export type View = ReturnType<typeof usePointView>;
