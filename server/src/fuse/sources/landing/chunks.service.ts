import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Chunk, ChunkTables } from './chunk-tables.ts';
import { nativeBlockOf } from './native-columns.ts';

/** Writes full tables into files of a folder, one block each, and empties them. */
export function createChunkWriter(folder: string, tables: ChunkTables) {
  let files = 0;
  return async function* write(which: { all: boolean }): AsyncGenerator<Chunk> {
    for (const { table, rows, columns } of tables.full(which)) {
      files += 1;
      const name = `${table.slice('fuse.'.length)}-${String(files).padStart(5, '0')}.native`;
      const file = join(folder, name);
      await writeBlock(file, nativeBlockOf(columns));
      for (const column of columns) column.clear();
      yield { table, file, rows };
    }
  };
}

async function writeBlock(path: string, parts: Uint8Array[]): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    for (const part of parts) await file.appendFile(part);
  } finally {
    await file.close();
  }
}
