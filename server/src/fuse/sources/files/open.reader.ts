import { open } from 'node:fs/promises';
import type { OpenTable, OpenTableFile } from '../delivery.ts';
import { type OpenedFile, openCsv } from './csv.reader.ts';
import { openJson } from './json.reader.ts';
import { HEAD_BYTES } from './limits.ts';
import { openCompact, openLines, openRows } from './lines.reader.ts';
import { type FileFormat, recognise } from './recognise.reader.ts';
import { openSheet } from './sheet.reader.ts';
import { headOf } from './text.reader.ts';

const OPENERS: Readonly<Record<FileFormat, (file: OpenedFile) => Promise<OpenTable>>> = {
  csv: openCsv,
  xlsx: openSheet,
  json: openJson,
  jsonl: openLines,
  // loaded when the first such file is read
  parquet: async (file) => (await import('./parquet.reader.ts')).openParquet(file),
  rows: openRows,
  compact: openCompact,
};

/**
 * Opens a file of a table, whatever it is called: what it is is told from its first bytes (see README.md). Its pages can
 * be asked for more than once, each time from the beginning; `close` ends the reading and closes the file. Cells may share
 * memory with the piece of the file that they were cut out of: copy what is kept longer than its page.
 * @throws AppError TABLE_UNREADABLE with file, place and remedy; SOURCE_TOO_LARGE
 */
export const openTableFile: OpenTableFile = async ({ path, name, options }) => {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const head = await headOf(handle, Math.min(size, HEAD_BYTES));
    return await OPENERS[recognise({ name, head, options })]({ handle, size, name, options });
  } catch (error) {
    await handle.close();
    throw error;
  }
};
