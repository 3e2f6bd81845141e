import type { FileHandle } from 'node:fs/promises';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import {
  type AsyncBuffer,
  type ColumnMetaData,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
  type RowGroup,
  type SchemaElement,
} from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { compressors, decompressZstd } from 'hyparquet-compressors';
import { AppError } from '#platform/errors/errors.ts';
import type { OpenTable, TablePage } from '../delivery.ts';
import type { OpenedFile } from './csv.reader.ts';
import { tooLarge, unreadable } from './failure.ts';
import {
  COLUMNS_MAX,
  PARQUET_FOOTER_BYTES_MAX,
  PARQUET_PAGE_BYTES_MAX,
  PARQUET_PAGE_VALUES_MAX,
  PARQUET_READ_BYTES_MAX,
  PARQUET_WINDOW_VALUES_MAX,
  PARQUET_WINDOWS_MAX,
} from './limits.ts';
import { createPager, type Problem, problemOf } from './pager.ts';
import { cellReader, exactDecimals, PARSERS } from './parquet-cells.ts';

type Parquet = {
  file: AsyncBuffer;
  name: string;
  metadata: FileMetaData;
  columns: string[];
  problems: Problem[];
  cells: ((value: unknown) => unknown)[];
};

/** Opens a Parquet file (format 2.x), row group after row group. Throws TABLE_UNREADABLE, SOURCE_TOO_LARGE. */
export async function openParquet({ handle, size, name }: OpenedFile): Promise<OpenTable> {
  const file: AsyncBuffer = {
    byteLength: size,
    slice: (start, end) => sliceOf(handle, { name, start, end: end ?? size }),
  };
  await demandFooter(handle, { name, size });
  const metadata = await sound(name, () => parquetMetadataAsync(file, { geoparquet: false }));
  const fields = await sound(name, async () => parquetSchema(metadata).children);
  if (fields.length > COLUMNS_MAX)
    throw tooLarge(name, 'too-many-columns', { count: fields.length, max: COLUMNS_MAX });
  if (fields.length === 0) throw unreadable(name, 'no-table');
  const cells = fields.map((field) => cellReader(field.children.length === 0 ? field.element : null));
  const names = namesOf(fields.map((field) => field.element));
  exactDecimals(fields.flatMap((field) => (field.children.length === 0 ? [field.element] : [])));
  const parquet: Parquet = { file, name, metadata, cells, ...names };
  return {
    options: { format: 'parquet' },
    sheets: [],
    columns: names.columns,
    pages: (signal) => pagesOf(parquet, signal),
    close: () => handle.close(),
  };
}

function namesOf(elements: readonly SchemaElement[]): { columns: string[]; problems: Problem[] } {
  const used = new Set<string>();
  const problems: Problem[] = [];
  const columns = elements.map(({ name: plain }) => {
    let name = plain;
    for (let number = 2; used.has(name); number += 1) name = `${plain}_${number}`;
    if (name !== plain) problems.push(problemOf('header-repeated', null, { column: name, text: plain }));
    used.add(name);
    return name;
  });
  return { columns, problems };
}

async function* pagesOf(parquet: Parquet, signal: AbortSignal): AsyncGenerator<TablePage> {
  const { file, metadata, columns, cells, name } = parquet;
  const pager = createPager(columns);
  for (const problem of parquet.problems) pager.problem(problem);
  let start = 0;
  let packed = 0;
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    if (!(rows >= 0 && Number.isSafeInteger(rows))) throw damaged(name, 'rows of a group');
    const end = start + rows;
    await assertPages(parquet, group);
    const windowRows = Math.max(1, Math.floor(PARQUET_WINDOW_VALUES_MAX / columns.length));
    if (rows / windowRows > PARQUET_WINDOWS_MAX) throw tooLarge(name, 'parquet-too-large');
    for (let from = start; from < end; from += windowRows) {
      signal.throwIfAborted();
      const to = Math.min(end, from + windowRows);
      const found = await rowsOf(parquet, from, to);
      if (found.length < to - from) throw damaged(name, 'fewer rows than it says');
      const share = (packed + (groupBytes(group) * (to - start)) / rows) / Math.max(1, file.byteLength);
      const bytes = Math.round(Math.min(1, share) * file.byteLength);
      for (const [at, row] of found.entries()) {
        for (const [column, read] of cells.entries()) row[column] = read(row[column]);
        for (const cell of row) pager.weigh(typeof cell === 'string' ? cell.length : 8);
        pager.row(row, from + at + 1);
        if (at % 1_000 === 999) yield* pager.take({ bytes, bytesAll: file.byteLength });
      }
    }
    packed += groupBytes(group);
    start = end;
  }
  yield* pager.take({ bytes: file.byteLength, bytesAll: file.byteLength }, true);
}

const groupBytes = ({ columns }: RowGroup): number =>
  columns.reduce((sum, { meta_data }) => sum + Number(meta_data?.total_compressed_size ?? 0), 0);

async function rowsOf(
  { file, metadata, name }: Parquet,
  rowStart: number,
  rowEnd: number,
): Promise<unknown[][]> {
  let rows: unknown[][] = [];
  await sound(name, () =>
    parquetRead({
      file,
      metadata,
      rowStart,
      rowEnd,
      compressors: BOUNDED,
      geoparquet: false,
      useOffsetIndex: true,
      utf8: false,
      parsers: PARSERS,
      onComplete: (found: unknown[][]) => {
        rows = found;
      },
    }),
  );
  return rows;
}

async function sliceOf(
  handle: FileHandle,
  { name, start, end }: { name: string; start: number; end: number },
): Promise<ArrayBuffer> {
  if (!(start >= 0 && end >= start)) throw damaged(name, 'an offset');
  if (end - start > PARQUET_READ_BYTES_MAX) throw tooLarge(name, 'parquet-too-large');
  const buffer = new Uint8Array(end - start);
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, start + filled);
    if (bytesRead === 0) throw damaged(name, 'it ends early');
    filled += bytesRead;
  }
  return buffer.buffer;
}

/** The last eight bytes tell how long the footer is, and that the file is whole. */
async function demandFooter(handle: FileHandle, { name, size }: { name: string; size: number }) {
  if (size < 12) throw damaged(name, 'it ends early');
  const tail = Buffer.from(await sliceOf(handle, { name, start: size - 8, end: size }));
  if (tail.toString('latin1', 4) !== 'PAR1') throw damaged(name, 'no footer; it may be half written');
  const bytes = tail.readUInt32LE(0);
  if (bytes > PARQUET_FOOTER_BYTES_MAX) throw tooLarge(name, 'parquet-too-large');
  if (bytes + 12 > size) throw damaged(name, 'footer');
}

/**
 * Walks the headers of all pages of a group before the library unpacks one, for it makes room for as much as a header
 * says. Columns that are not nested have as many values as the group has rows.
 */
async function assertPages({ file, name }: Parquet, group: RowGroup): Promise<void> {
  for (const { meta_data: column } of group.columns) {
    if (column === undefined) throw damaged(name, 'a column is missing');
    const values = await sound(name, () => valuesOf(file, name, column));
    if (values < (column.path_in_schema.length === 1 ? Number(group.num_rows) : 0))
      throw damaged(name, 'fewer values than rows');
  }
}

async function valuesOf(file: AsyncBuffer, name: string, column: ColumnMetaData): Promise<number> {
  const first = Number(column.dictionary_page_offset || column.data_page_offset);
  const start = Math.min(first, Number(column.data_page_offset));
  const bytes = await file.slice(start, start + Number(column.total_compressed_size));
  const reader = { view: new DataView(bytes), offset: 0 };
  let total = 0;
  while (reader.offset < bytes.byteLength - 1) {
    const header = parquetHeader(reader);
    const data = header.data_page_header?.num_values ?? header.data_page_header_v2?.num_values ?? 0;
    const values = header.dictionary_page_header?.num_values ?? data;
    const packed = Number(header.compressed_page_size);
    if (!(values >= 0 && packed >= 0 && header.uncompressed_page_size >= 0)) throw damaged(name, 'a page');
    if (values > PARQUET_PAGE_VALUES_MAX || header.uncompressed_page_size > PARQUET_PAGE_BYTES_MAX)
      throw tooLarge(name, 'parquet-too-large');
    total += data;
    reader.offset += packed;
  }
  return total;
}

const bounded =
  (work: (input: Uint8Array, length: number) => Uint8Array) => (input: Uint8Array, length: number) => {
    if (!(length >= 0 && length <= PARQUET_PAGE_BYTES_MAX))
      throw new Error('a page is larger than fits in memory');
    return work(input, length);
  };
const own = (work: Compressors[keyof Compressors]): ((input: Uint8Array, length: number) => Uint8Array) =>
  bounded((input, length) => {
    if (work === undefined) throw new Error('packed in a way that cannot be read');
    return work(input, length);
  });

/** Unpackers that make no more than a page may have; gzip and Brotli are Node's own. */
const BOUNDED: Compressors = {
  SNAPPY: own(compressors.SNAPPY),
  LZ4: own(compressors.LZ4),
  LZ4_RAW: own(compressors.LZ4_RAW),
  ZSTD: bounded((input, length) => decompressZstd(input, new Uint8Array(length))),
  GZIP: bounded((input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) })),
  BROTLI: bounded((input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) })),
};

const damaged = (name: string, detail: string, cause?: unknown) =>
  unreadable(name, 'parquet-damaged', { detail: detail.slice(0, 200) }, cause);

/** What the library throws of a damaged file is told as such; failures of the disk stay what they are. */
async function sound<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError || (error instanceof Error && 'syscall' in error)) throw error;
    throw damaged(name, error instanceof Error ? error.message : String(error), error);
  }
}
