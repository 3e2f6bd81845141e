import { PassThrough, type Readable } from 'node:stream';
import type { Log } from '#platform/log/log.ts';

export type Cell = string | number | null;
type Workbook = {
  sheet: string;
  columns: readonly { header: string; width: number }[];
  rows: AsyncIterable<readonly Cell[]>;
  log: Log;
};

/** A workbook of one sheet that is written while it is read. Text stays text: nothing in a cell is a formula. */
export function workbookOf({ log, ...workbook }: Workbook): Readable {
  const stream = new PassThrough();
  write(workbook, stream).catch((error: unknown) => {
    log.warn({ err: error }, 'an export broke off');
    stream.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  return stream;
}

async function write({ sheet, columns, rows }: Omit<Workbook, 'log'>, stream: PassThrough): Promise<void> {
  // Loaded when the first export is written: it is six hundred files, and a start has no use for them.
  const { default: excel } = await import('exceljs');
  const workbook = new excel.stream.xlsx.WorkbookWriter({
    stream,
    useStyles: true,
    useSharedStrings: false,
  });
  const page = workbook.addWorksheet(sheet, { views: [{ state: 'frozen', ySplit: 1 }] });
  page.columns = columns.map(({ header, width }) => ({ header, width }));
  for await (const row of rows) {
    if (stream.destroyed) return;
    page.addRow([...row]).commit();
    await drained(stream);
  }
  await workbook.commit();
}

/** Waits for a slow reader, so that memory holds about one page. */
async function drained(stream: PassThrough): Promise<void> {
  if (!stream.writableNeedDrain || stream.destroyed) return;
  await new Promise<void>((resolve) => {
    stream.once('drain', resolve).once('close', resolve);
  });
}
