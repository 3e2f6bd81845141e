import type { FileHandle } from 'node:fs/promises';
import type { FileConfig } from './file.config.ts';
import { openCsv } from './file.csv.ts';
import type { Table } from './file.rows.ts';

/**
 * Opens a whole file in its format: as the configuration says, or by the end of its name. `utf8` says whether all of its
 * bytes are valid UTF-8. Throws UnreadableFile, and what the file system throws.
 */
export async function openTable(
  config: FileConfig,
  file: { handle: FileHandle; path: string; name: string; size: number; utf8: boolean },
): Promise<Table> {
  const { handle, size, utf8 } = file;
  const named = /\.(xlsx|xlsm|parquet)$/i.exec(file.name)?.[1]?.toLowerCase();
  const format = config.format === 'auto' ? named : config.format;
  // What a format needs is loaded only when there is a file of it.
  if (format === 'xlsx' || format === 'xlsm')
    return (await import('./file.sheet.ts')).openSheet(handle, size, config);
  if (format === 'parquet')
    return (await import('./file.parquet.process.ts')).openParquetProcess(file.path, size, config);
  return openCsv({ handle, size, config, utf8, traits: null, wholeLines: false });
}
