import type { OpenTable, TablePage } from '../delivery.ts';
import type { OpenedFile } from './csv.reader.ts';
import { tooLarge, unreadable } from './failure.ts';
import { columnLetters, findHeader, type Header, type SampleRow } from './header.ts';
import { isNote } from './header-cells.ts';
import { COLUMNS_MAX, HEADER_ROWS_MAX, SAMPLE_ROWS } from './limits.ts';
import { createPager, isEmpty, type Problem, problemOf } from './pager.ts';
import { type Book, openBook, type Sheet } from './sheet-book.reader.ts';
import { type Merge, mergesOf, type SheetRow, sheetRows } from './sheet-rows.reader.ts';

/** Cells that the merged areas of the first rows may fill. */
const MERGED_CELLS_MAX = 1_000_000;

/** Opens a sheet of a workbook. Throws TABLE_UNREADABLE, SOURCE_TOO_LARGE. */
export async function openSheet(file: OpenedFile): Promise<OpenTable> {
  const { handle, size, name, options } = file;
  const book = await openBook(file);
  const { sheet, rows, others } = await chooseSheet(book, options.sheet);
  const merges = await mergesOf(book, sheet);
  const told = options.headerRow;
  const header = findHeader(expanded(rows, merges), { told, isSheet: true });
  if (header === null)
    throw told ? unreadable(name, 'header-row-missing', { place: told }) : unreadable(name, 'no-table');
  const { columns } = header;
  if (header.width > COLUMNS_MAX)
    throw tooLarge(name, 'too-many-columns', { count: header.width, max: COLUMNS_MAX });
  const problems = [
    ...header.problems,
    ...others.map((other) => problemOf('sheet-left-out', null, { text: other })),
  ];
  return {
    options: { format: 'xlsx', sheet: sheet.name, headerRow: header.row },
    sheets: book.sheets.map((one) => one.name),
    columns,
    pages: (signal) => pagesOf({ book, sheet, header, merges, problems, size }, signal),
    close: () => handle.close(),
  };
}

/** The sheet that was named, or the first with a table; and the names of the others that hold anything. */
async function chooseSheet(
  book: Book,
  told: string | undefined,
): Promise<{ sheet: Sheet; rows: SheetRow[]; others: string[] }> {
  const named = book.sheets.find(({ name }) => name === told?.slice(0, 100));
  if (told !== undefined && named === undefined) {
    const sheets = book.sheets
      .slice(0, 20)
      .map(({ name }) => name)
      .join(', ');
    throw unreadable(book.name, 'sheet-unknown', { sheet: told, sheets });
  }
  const filled: { sheet: Sheet; rows: SheetRow[]; isTable: boolean }[] = [];
  let hasTable = named !== undefined;
  for (const sheet of book.sheets) {
    const isOther = hasTable && sheet !== named;
    const rows = await firstRows(book, sheet, isOther ? 1 : SAMPLE_ROWS);
    const isTable =
      rows.length > 1 && rows.some(({ cells }) => cells.filter((cell) => !isEmpty(cell)).length > 1);
    hasTable ||= isTable;
    if (rows.length > 0) filled.push({ sheet, rows, isTable });
  }
  const chosen =
    named !== undefined
      ? filled.find(({ sheet }) => sheet === named)
      : (filled.find(({ isTable }) => isTable) ?? filled[0]);
  if (chosen === undefined) throw unreadable(book.name, 'no-table');
  const others = filled.filter((one) => one !== chosen).map(({ sheet }) => sheet.name);
  return { sheet: chosen.sheet, rows: chosen.rows, others };
}

async function firstRows(book: Book, sheet: Sheet, rowsMax: number): Promise<SheetRow[]> {
  const rows: SheetRow[] = [];
  for await (const batch of sheetRows(book, sheet)) {
    for (const row of batch.rows) if (row.cells.some((cell) => !isEmpty(cell))) rows.push(row);
    if (rows.length >= rowsMax) break;
  }
  return rows.slice(0, rowsMax);
}

/** The first rows with what is merged in all its cells. */
function expanded(rows: readonly SheetRow[], merges: readonly Merge[]): SampleRow[] {
  const sample = rows.map(({ place, cells }) => ({ place, cells: [...cells], bottom: place, isWide: false }));
  const byPlace = new Map(sample.map((row) => [row.place, row]));
  const last = sample.at(-1)?.place ?? 0;
  const used = new Set<string>();
  let filledLeft = MERGED_CELLS_MAX;
  const width = rows.reduce((most, { cells }) => Math.max(most, cells.length), 0);
  for (const { left, right, top, bottom } of merges) {
    if (top > Math.min(last, HEADER_ROWS_MAX * 2)) break;
    const first = byPlace.get(top);
    const value = first?.cells[left] ?? null;
    if (first === undefined || isEmpty(value) || used.has(`${top}:${left}`)) continue;
    used.add(`${top}:${left}`);
    first.bottom = Math.max(first.bottom, Math.min(bottom, top + 5));
    if (right > left) first.isWide = true;
    for (let place = top; place <= Math.min(bottom, top + 5); place += 1) {
      const cells = byPlace.get(place)?.cells;
      for (let column = left; cells !== undefined && column <= Math.min(right, width - 1); column += 1) {
        filledLeft -= 1;
        if (filledLeft < 0) return sample;
        while (cells.length <= column) cells.push(null);
        if (isEmpty(cells[column])) cells[column] = value;
      }
    }
  }
  return sample;
}

type Reading = {
  book: Book;
  sheet: Sheet;
  header: Header;
  merges: readonly Merge[];
  problems: readonly Problem[];
  size: number;
};

async function* pagesOf(reading: Reading, signal: AbortSignal): AsyncGenerator<TablePage> {
  const { book, sheet, header, size } = reading;
  const { columns } = header;
  const pager = createPager(columns, true);
  for (const problem of reading.problems) pager.problem(problem);
  const fill = createDownFill(
    reading.merges.filter(({ top }) => top > header.lastPlace),
    columns.length,
  );
  for await (const { rows, packed } of sheetRows(book, sheet, signal)) {
    for (const row of rows) {
      const { place, cells, issues } = row;
      if (place <= header.lastPlace) continue;
      if (issues === null && (cells.every(isEmpty) || isNote(cells, columns.length))) continue;
      fill(row);
      for (const { rule, column, text } of issues ?? [])
        pager.problem(
          problemOf(rule, place, { column: columns[column] ?? `列${columnLetters(column)}`, text }),
        );
      for (const cell of cells) pager.weigh(typeof cell === 'string' ? cell.length : 8);
      pager.row(cells, place);
    }
    const bytes = Math.min(size, Math.round((size * packed) / Math.max(1, sheet.entry.packedBytes)));
    yield* pager.take({ bytes, bytesAll: size });
  }
  yield* pager.take({ bytes: size, bytesAll: size }, true);
}

/**
 * A text that is merged over several rows belongs to each of them, as the city beside its enterprises. A number does
 * not, for a sum would be counted more than once.
 */
function createDownFill(merges: readonly Merge[], width: number): (row: SheetRow) => void {
  const active = new Map<number, { value: string; bottom: number }>();
  let next = 0;
  return ({ place, cells }) => {
    for (const [column, { value, bottom }] of active) {
      if (bottom < place) active.delete(column);
      else if (column < width && isEmpty(cells[column])) {
        while (cells.length <= column) cells.push(null);
        cells[column] = value;
      }
    }
    for (let merge = merges[next]; merge !== undefined && merge.top <= place; merge = merges[next]) {
      next += 1;
      const value = cells[merge.left];
      if (merge.top === place && merge.bottom > place && typeof value === 'string' && !active.has(merge.left))
        active.set(merge.left, { value, bottom: merge.bottom });
    }
  };
}
