import type { ReadProblemRule } from '@ronghe/contracts';
import { PAGE_ROWS_MAX, type TablePage } from '../delivery.ts';
import { note, type OtherLines } from './encodings.ts';
import {
  OTHERS_TOLD_MAX,
  PAGE_CELLS_MAX,
  PAGE_CHARACTERS_MAX,
  PROBLEM_CHARACTERS_MAX,
  ROW_PROBLEMS_MAX,
} from './limits.ts';
import { ownText } from './own-text.ts';

export type Problem = TablePage['problems'][number];
export type Progress = { bytes: number; bytesAll: number };

export const problemOf = (
  rule: ReadProblemRule,
  place: number | null,
  more: { column?: string | undefined; text?: unknown } = {},
): Problem => ({
  rule,
  place,
  column: more.column ?? null,
  text:
    more.text === undefined || more.text === null
      ? null
      : ownText(String(more.text).slice(0, PROBLEM_CHARACTERS_MAX)),
});

/** Gathers the rows of a table with fixed columns into pages that hold no more than a page may. */
export type Pager = {
  /** Adds a row; its page has it as wide as the columns. What is missing or too much is told. */
  row(cells: unknown[], place: number): void;
  problem(problem: Problem): void;
  /** Characters that came since; a page of many ends early. */
  weigh(characters: number): void;
  /** The pages that are full; with `last` also what is left. */
  take(progress: Progress, last?: boolean): Generator<TablePage>;
};

/** `isLoose`: rows may be shorter than the columns, as those of sheets are; null stands in the rest of their cells. */
export function createPager(columns: readonly string[], isLoose = false): Pager {
  const width = columns.length;
  const rowsMax = Math.max(1, Math.min(PAGE_ROWS_MAX, Math.floor(PAGE_CELLS_MAX / Math.max(1, width))));
  let rows: unknown[][] = [];
  let places: number[] = [];
  let problems: Problem[] = [];
  let characters = 0;

  return {
    row(cells, place) {
      const { length } = cells;
      if (length < width) {
        if (!isLoose)
          problems.push(problemOf('cells-too-few', place, { column: columns[length], text: textOf(cells) }));
      } else if (length > width) {
        if (cells.some((cell, at) => at >= width && !isEmpty(cell)))
          problems.push(problemOf('cells-too-many', place, { text: textOf(cells) }));
        cells.length = width;
      }
      rows.push(cells);
      places.push(place);
    },
    problem: (problem) => void problems.push(problem),
    weigh(count) {
      characters += count;
    },
    *take({ bytes, bytesAll }, last = false) {
      const isHeavy = characters > PAGE_CHARACTERS_MAX;
      let from = 0;
      while (rows.length - from >= rowsMax || ((last || isHeavy) && from < rows.length)) {
        const to = Math.min(rows.length, from + rowsMax);
        const told = problems;
        problems = [];
        // not before: short rows of a wide table are small until then
        for (let at = from; at < to; at += 1) {
          const cells = rows[at] ?? [];
          while (cells.length < width) cells.push(isLoose ? null : undefined);
        }
        yield {
          columns,
          rows: from === 0 && to === rows.length ? rows : rows.slice(from, to),
          places: places.slice(from, to),
          problems: told,
          bytes,
          bytesAll,
        };
        from = to;
      }
      if (from > 0) {
        rows = rows.slice(from);
        places = places.slice(from);
        characters = rows.length === 0 ? 0 : characters / 2;
      }
      if (last && problems.length > 0) yield { columns, rows: [], places: [], problems, bytes, bytesAll };
    },
  };
}

export const isEmpty = (cell: unknown): boolean =>
  cell === undefined || cell === null || (typeof cell === 'string' && cell.trim() === '');

const textOf = (cells: readonly unknown[]): string =>
  cells
    .slice(0, 50)
    .map((cell) => (isEmpty(cell) ? '' : String(cell)))
    .join(' | ');

/** The cells of a row in which characters were broken. */
export function brokenCells(cells: readonly unknown[], columns: readonly string[], place: number): Problem[] {
  const problems: Problem[] = [];
  for (const [at, cell] of cells.entries())
    if (typeof cell === 'string' && cell.includes('\uFFFD') && problems.length < ROW_PROBLEMS_MAX)
      problems.push(problemOf('text-broken', place, { column: columns[at], text: cell }));
  return problems;
}

const ENCODING_NAMES = { 'utf-8': 'UTF-8', gb18030: 'GB 18030' } as const;

/**
 * Tells which lines of a text were in another encoding: those that follow each other as one, `OTHERS_TOLD_MAX` of them by
 * their places, how many lines there are beyond in one. `isLines` is false where places are no lines, as those of records.
 */
export function createOtherTeller(isLines: boolean) {
  let open: OtherLines[] = [];
  let told = 0;
  let untold = 0;
  const tell = ({ from, to, encoding }: OtherLines): Problem[] => {
    told += 1;
    if (told > OTHERS_TOLD_MAX) {
      untold += to - from + 1;
      return [];
    }
    const text = `${ENCODING_NAMES[encoding]}: ${from === to ? from : `${from}–${to}`}`;
    return [problemOf('text-other-encoding', isLines ? from : null, { text })];
  };
  return {
    add(others: readonly OtherLines[]): Problem[] {
      for (const { from, to, encoding } of others) note(open, from, encoding, to);
      const done = open.slice(0, -1);
      open = open.slice(-1);
      return done.flatMap(tell);
    },
    end(): Problem[] {
      const last = open.flatMap(tell);
      open = [];
      return untold === 0 ? last : [...last, problemOf('text-other-encoding', null, { text: `+ ${untold}` })];
    },
  };
}
