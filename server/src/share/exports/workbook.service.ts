import type { Writable } from 'node:stream';
import type { Cell } from './cells.ts';

const CELL_CHARACTERS_MAX = 32_767;
const COLUMN_WIDTH = 20;

/** Writes a workbook of one sheet while rows come in. Text stays text: nothing in a cell is a formula. Answers how many rows. */
export async function writeWorkbook(
  stream: Writable,
  {
    sheet,
    headers,
    rows,
  }: { sheet: string; headers: readonly string[]; rows: AsyncIterable<readonly Cell[]> },
): Promise<number> {
  // Loaded when the first workbook is written: it is six hundred files, and a start has no use for them.
  const { default: excel } = await import('exceljs');
  const workbook = new excel.stream.xlsx.WorkbookWriter({ stream, useStyles: true, useSharedStrings: false });
  const page = workbook.addWorksheet(sheet, { views: [{ state: 'frozen', ySplit: 1 }] });
  page.columns = headers.map((header) => ({ header, width: COLUMN_WIDTH }));
  let count = 0;
  for await (const row of rows) {
    page.addRow(row.map(sheetCell)).commit();
    count += 1;
    if (stream.writableNeedDrain) await new Promise<void>((resolve) => stream.once('drain', resolve));
  }
  await workbook.commit();
  return count;
}

const sheetCell = (cell: Cell): Cell =>
  typeof cell === 'string' ? cell.slice(0, CELL_CHARACTERS_MAX) : cell;
