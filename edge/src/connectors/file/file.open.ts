import type { FileHandle } from 'node:fs/promises';
import type { FileConfig } from './file.config.ts';
import { openCsv } from './file.csv.ts';
import type { Table } from './file.rows.ts';

/** The format of a file: as the configuration says, or by the end of its name. */
export function formatOf(config: FileConfig, name: string): 'text' | 'xlsx' | 'parquet' {
  const named = /\.(xlsx|xlsm|parquet)$/i.exec(name)?.[1]?.toLowerCase();
  const format = config.format === 'auto' ? named : config.format;
  if (format === 'parquet') return format;
  return format === 'xlsx' || format === 'xlsm' ? 'xlsx' : 'text';
}

/**
 * Opens a whole file in its format. `utf8` says whether all of its
 * bytes are valid UTF-8. Throws UnreadableFile, and what the file system throws.
 */
export async function openTable(
  config: FileConfig,
  file: { handle: FileHandle; path: string; name: string; size: number; utf8: boolean },
): Promise<Table> {
  const { handle, size, utf8 } = file;
  const format = formatOf(config, file.name);
  // What a format needs is loaded only when there is a file of it.
  if (format === 'xlsx') return (await import('./file.sheet.ts')).openSheet(handle, size, config);
  if (format === 'parquet')
    return (await import('./file.parquet.process.ts')).openParquetProcess(file.path, size, config);
  return openCsv({ handle, size, config, utf8, traits: null, wholeLines: false });
}
