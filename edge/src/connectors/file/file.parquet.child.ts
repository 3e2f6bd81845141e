import { open } from 'node:fs/promises';
import type { FileConfig } from './file.config.ts';
import { openParquet } from './file.parquet.ts';
import { type Place, type Slice, type Table, UnreadableFile } from './file.rows.ts';

/** What this process is asked: to open a file and tell its header, then slices from a place on, one at a time. */
export type ParquetQuestion =
  | { ask: 'header'; path: string; size: number; config: FileConfig }
  | { ask: 'slice'; from: Place | null };
export type ParquetAnswer =
  | { header: readonly string[] | null }
  | { slice: Slice | null }
  | { fault: string; unreadable: boolean };

let table: Table | null = null;
let slices: AsyncGenerator<Slice> | null = null;

async function answer(question: ParquetQuestion): Promise<ParquetAnswer> {
  if (question.ask === 'header') {
    const handle = await open(question.path, 'r');
    table = await openParquet(handle, question.size, question.config);
    return { header: table.header };
  }
  slices ??= table?.slices(question.from) ?? null;
  const next = await slices?.next();
  return { slice: next === undefined || next.done === true ? null : next.value };
}

process.on('message', (question: ParquetQuestion) => {
  answer(question)
    .catch((error: unknown) => ({
      fault: error instanceof Error ? error.message : String(error),
      unreadable: error instanceof UnreadableFile,
    }))
    .then((told) => process.send?.(told))
    .catch(() => process.exit(1));
});
// It ends with the collector.
process.on('disconnect', () => process.exit(0));
