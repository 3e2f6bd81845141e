import { readdir, readFile } from 'node:fs/promises';
import type { PointImportPreview, PointImportQuery } from '@ronghe/contracts';
import exceljs from 'exceljs';
import { convert } from './convert.ts';
import { recognise } from './imports.service.ts';

const CASES = new URL('./testcases/', import.meta.url);

/** A file to import, as bytes, with the path of what it should become. */
export type Case = { name: string; bytes: Buffer; expected: string };

type Sheet = { name: string; rows: (string | number | boolean | null)[][] };

/** A workbook with these cells; sheets of the cases are written as JSON, so that a person can read them. */
export async function workbookOf(sheets: readonly Sheet[]): Promise<Buffer> {
  const workbook = new exceljs.Workbook();
  for (const { name, rows } of sheets) workbook.addWorksheet(name).addRows(rows);
  return Buffer.from(await workbook.xlsx.writeBuffer());
}

/** All cases of the folder. */
export async function loadCases(): Promise<Case[]> {
  const names = (await readdir(CASES)).sort();
  return Promise.all(
    names.map(async (name) => {
      const folder = new URL(`${name}/`, CASES);
      const files = await readdir(folder);
      const input = files.find((file) => file.startsWith('input.'));
      if (input === undefined) throw new Error(`${name} has no input`);
      const content = await readFile(new URL(input, folder));
      const isSheets = input === 'input.sheets.json';
      const bytes = isSheets ? await workbookOf(JSON.parse(content.toString('utf8')) as Sheet[]) : content;
      return { name, bytes, expected: new URL('expected.json', folder).pathname };
    }),
  );
}

/** What a file becomes, as the service does it, without asking who. */
export async function preview(
  bytes: Buffer,
  query: PointImportQuery = {},
  locale: 'zh-CN' | 'en' = 'en',
): Promise<PointImportPreview> {
  return convert(await recognise(bytes, query), { locale, protocol: query.protocol });
}
