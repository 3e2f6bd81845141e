import { PAGE_ROWS_MAX, type TablePage } from '../delivery.ts';
import { COLUMNS_MAX, PAGE_CELLS_MAX, PAGE_CHARACTERS_MAX } from './limits.ts';
import { brokenCells, type Problem, type Progress, problemOf } from './pager.ts';

/** Gathers objects into pages; each page has the fields of its own rows, in the order they came. */
export type RecordPager = {
  row(
    row: object,
    about: {
      place: number;
      file?: string | undefined;
      isDeleted?: boolean;
      isBroken?: boolean;
      characters: number;
    },
  ): void;
  problem(problem: Problem): void;
  isEmpty(): boolean;
  /** The pages that are full; with `last` also what is left. */
  take(progress: Progress, last?: boolean): Generator<TablePage>;
};

type Batch = {
  columns: Map<string, number>;
  rows: unknown[][];
  places: number[];
  files: string[];
  deleted: Set<number>;
  problems: Problem[];
  characters: number;
};
const emptyBatch = (): Batch => ({
  columns: new Map(),
  rows: [],
  places: [],
  files: [],
  deleted: new Set(),
  problems: [],
  characters: 0,
});

export function createRecordPager(): RecordPager {
  let batch = emptyBatch();
  const full: Batch[] = [];
  const isFull = ({ rows, columns, characters }: Batch): boolean =>
    rows.length >= PAGE_ROWS_MAX ||
    rows.length * columns.size > PAGE_CELLS_MAX ||
    characters > PAGE_CHARACTERS_MAX;
  const turn = () => {
    full.push(batch);
    batch = emptyBatch();
  };

  return {
    row(row, { place, file, isDeleted, isBroken, characters }) {
      const names = Object.keys(row);
      if (names.length > COLUMNS_MAX) {
        batch.problems.push(problemOf('row-too-large', place, { text: names.slice(0, 20).join(', ') }));
        return;
      }
      // rows of ever other fields would make a page of mostly nothing
      if (
        batch.rows.length > 0 &&
        (batch.rows.length + 1) * (batch.columns.size + names.length) > PAGE_CELLS_MAX * 2
      )
        turn();
      const cells = new Array<unknown>(batch.columns.size).fill(undefined);
      for (const [name, value] of Object.entries(row)) {
        const at = batch.columns.get(name);
        if (at === undefined) {
          batch.columns.set(name, batch.columns.size);
          cells.push(value);
        } else cells[at] = value;
      }
      if (isBroken) batch.problems.push(...brokenCells(cells, [...batch.columns.keys()], place));
      if (isDeleted) batch.deleted.add(batch.rows.length);
      batch.rows.push(cells);
      batch.places.push(place);
      if (file !== undefined) batch.files.push(file);
      batch.characters += characters;
      if (isFull(batch)) turn();
    },
    problem(problem) {
      batch.problems.push(problem);
      if (batch.problems.length >= PAGE_ROWS_MAX) turn();
    },
    isEmpty: () => full.length === 0 && batch.rows.length === 0 && batch.problems.length === 0,
    *take(progress, last = false) {
      if (last && (batch.rows.length > 0 || batch.problems.length > 0)) turn();
      for (let next = full.shift(); next !== undefined; next = full.shift()) yield pageOf(next, progress);
    },
  };
}

function pageOf({ columns, rows, places, files, deleted, problems }: Batch, progress: Progress): TablePage {
  for (const cells of rows) while (cells.length < columns.size) cells.push(undefined);
  return {
    columns: [...columns.keys()],
    rows,
    places,
    problems,
    ...progress,
    ...(files.length === rows.length && files.length > 0 ? { files } : {}),
    ...(deleted.size === 0 ? {} : { deleted }),
  };
}
