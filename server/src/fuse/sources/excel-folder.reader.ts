import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type exceljs from 'exceljs';
import { AppError } from '#platform/errors/errors.ts';
import { cleanText } from '../standards/text.ts';
import type { ReaderContext, SourcePage, SourceReader } from './reader.ts';
import type { Row } from './rows.ts';
import { inflatedBytes } from './zip.ts';

const FILES_MAX = 500;
const FILE_BYTES_MAX = 20_000_000;
/** A small file may hold a huge sheet; the sizes a file claims for its parts are added up before it is opened. */
const INFLATED_BYTES_MAX = 300_000_000;
const HEADER_ROWS_MAX = 30;
const COLUMNS_MAX = 500;
const PAGE_ROWS = 500;

/**
 * Reads every `.xlsx` of a folder in the order of the names, first sheet each. The header is the first row that holds all
 * needed fields, so titles above it do no harm. One unreadable file fails the read: leaving it out would make its rows
 * look gone. Lock files of Excel (`~$…`) and hidden files are not read.
 */
export function createExcelFolderReader(
  folder: string,
  fields: readonly string[],
  context: ReaderContext,
): SourceReader {
  async function* pages(signal: AbortSignal): AsyncGenerator<SourcePage> {
    const files = (await readdir(folder)).filter((name) => /^[^.~].*\.xlsx$/i.test(name)).sort();
    if (files.length > FILES_MAX)
      throw new AppError('SOURCE_TOO_LARGE', {
        source: context.source,
        reason: `more than ${FILES_MAX} files`,
      });
    let read = 0;
    for (const [index, name] of files.entries()) {
      signal.throwIfAborted();
      const rows = await readWorkbook(join(folder, name), fields, { ...context, name });
      read += rows.length;
      if (read > context.limits.rowsMax) {
        const reason = `more than ${context.limits.rowsMax} rows`;
        throw new AppError('SOURCE_TOO_LARGE', { source: context.source, reason });
      }
      for (let start = 0; start < rows.length; start += PAGE_ROWS) {
        signal.throwIfAborted();
        yield {
          rows: rows.slice(start, start + PAGE_ROWS),
          share: (index + start / rows.length) / files.length,
        };
      }
    }
  }
  return { pages };
}

async function readWorkbook(
  path: string,
  fields: readonly string[],
  context: ReaderContext & { name: string },
): Promise<Row[]> {
  await demandReadableSize(path, context);
  // Loaded when the first workbook is read: it is six hundred files, and a start has no use for them.
  const { default: excel } = await import('exceljs');
  const workbook = new excel.Workbook();
  try {
    await workbook.xlsx.readFile(path);
  } catch (cause) {
    const reason = `${context.name} is not a readable .xlsx file`;
    throw new AppError('SOURCE_UNREACHABLE', { source: context.source, reason }, { cause });
  }
  const sheet = workbook.worksheets.find(({ state }) => state === 'visible');
  const header = sheet ? findHeader(sheet, fields) : null;
  if (!sheet || !header) {
    const reason = `${context.name}: no header row with ${fields.join(', ')}`;
    throw new AppError('SOURCE_ROW_INVALID', { reason });
  }
  const rows: Row[] = [];
  sheet.eachRow((row, number) => {
    if (number <= header.row || rows.length > context.limits.rowsMax) return;
    const cells = header.columns.map(
      ({ name, column }) => [name, cellValue(row.getCell(column).value)] as const,
    );
    if (cells.some(([, value]) => value !== null && value !== '')) rows.push(Object.fromEntries(cells));
  });
  return rows;
}

async function demandReadableSize(
  path: string,
  { source, name }: { source: string; name: string },
): Promise<void> {
  const tooLarge = (reason: string) =>
    new AppError('SOURCE_TOO_LARGE', { source, reason: `${name} ${reason}` });
  const { size } = await stat(path);
  if (size > FILE_BYTES_MAX) throw tooLarge(`has ${size} bytes; ${FILE_BYTES_MAX} are allowed`);
  const file = await open(path);
  try {
    const content = await file.readFile();
    if (inflatedBytes(content) > INFLATED_BYTES_MAX)
      throw tooLarge(`would unpack to more than ${INFLATED_BYTES_MAX} bytes`);
  } finally {
    await file.close();
  }
}

type Header = { row: number; columns: { name: string; column: number }[] };
function findHeader(sheet: exceljs.Worksheet, fields: readonly string[]): Header | null {
  for (let number = 1; number <= Math.min(HEADER_ROWS_MAX, sheet.rowCount); number += 1) {
    const columns = new Map<string, number>();
    sheet.getRow(number).eachCell((cell, column) => {
      const name = cleanText(String(cellValue(cell.value) ?? ''));
      if (name !== '' && column <= COLUMNS_MAX && !columns.has(name)) columns.set(name, column);
    });
    const complete = fields.every((field) => field.split('|').some((name) => columns.has(cleanText(name))));
    if (complete && columns.size > 0) {
      // a field keeps the name the mapping calls it by, also when the file writes it in full width
      const called = new Map(
        fields.flatMap((field) => field.split('|')).map((name) => [cleanText(name), name]),
      );
      return {
        row: number,
        columns: [...columns].map(([name, column]) => ({ name: called.get(name) ?? name, column })),
      };
    }
  }
  return null;
}

/** A cell as JSON: dates as `YYYY-MM-DD`, formulas as their result, rich text as plain, error cells as their text. */
function cellValue(value: exceljs.CellValue): string | number | boolean | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString().slice(0, 10);
  if (typeof value !== 'object') return value;
  if ('richText' in value) return value.richText.map((part) => part.text).join('');
  if ('text' in value) return cellValue(value.text as exceljs.CellValue);
  if ('error' in value) return value.error;
  if ('result' in value) return cellValue(value.result as exceljs.CellValue);
  return null;
}
