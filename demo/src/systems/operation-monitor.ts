import { mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createProvince } from '../province/province.ts';
import { OPERATION_HEADERS, type OperationMonth, operationMonths } from './operation-rows.ts';

export type OperationMonitorOptions = {
  /** folder the monthly files are put into; made when missing */
  folder: string;
  now: Date;
  /** the scenario `dirty-month`: the newest file has a unit mistake and more text in numbers */
  dirty: boolean;
  /** write the newest file even when it is there (the scenario changed) */
  rewriteNewest: boolean;
};

export const operationFileName = (period: string): string => `运行监测_${period}.xlsx`;

/** Writes the monthly files that are missing and gives the names of those written, oldest first. */
export async function writeOperationFiles(options: OperationMonitorOptions): Promise<string[]> {
  await mkdir(options.folder, { recursive: true });
  const months = operationMonths(createProvince().enterprises, options);
  const written: string[] = [];
  for (const [index, month] of months.entries()) {
    const name = operationFileName(month.period);
    const newest = index === months.length - 1;
    if ((await exists(join(options.folder, name))) && !(newest && options.rewriteNewest)) continue;
    await writeMonth(month, { folder: options.folder, name });
    written.push(name);
  }
  return written;
}

/** A reader never sees half a file: it is written beside and renamed. */
async function writeMonth(
  month: OperationMonth,
  { folder, name }: { folder: string; name: string },
): Promise<void> {
  // Loaded only when a file is written, for it is large and a second start has all files.
  const { default: ExcelJS } = await import('exceljs');
  const workbook = new ExcelJS.Workbook();
  const created = new Date(`${month.period}-28T00:00:00Z`);
  workbook.creator = '模拟数据';
  workbook.created = created;
  workbook.modified = created;
  const sheet = workbook.addWorksheet('运行监测');
  sheet.addRow([...OPERATION_HEADERS]);
  for (const row of month.rows) sheet.addRow(OPERATION_HEADERS.map((header) => row[header]));
  sheet.getRow(1).font = { bold: true };
  const partial = join(folder, `.${name}.partial`);
  await workbook.xlsx.writeFile(partial);
  await rename(partial, join(folder, name));
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
