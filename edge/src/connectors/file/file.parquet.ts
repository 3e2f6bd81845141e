import type { FileHandle } from 'node:fs/promises';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import {
  type AsyncBuffer,
  type ColumnMetaData,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type RowGroup,
  type SchemaElement,
} from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { compressors, decompressZstd } from 'hyparquet-compressors';
import { readAt } from '../../buffer/files.ts';
import type { FileConfig } from './file.config.ts';
import { columnsOf } from './file.decode.ts';
import {
  type Cell,
  COLUMNS_MAX,
  type Place,
  SLICE_ROWS_MAX,
  type Slice,
  type Table,
  UnreadableFile,
} from './file.rows.ts';

/** Bounds on what a file says of itself, for it may lie. */
const READ_BYTES_MAX = 256 * 1024 * 1024;
const PAGE_BYTES_MAX = 128 * 1024 * 1024;
const PAGE_VALUES_MAX = 20_000_000;
/** Values held in memory at once; a row group with more is read in parts. */
const WINDOW_VALUES_MAX = 1_000_000;

/** Opens a Parquet file (format 2.x). Only the columns that are needed are read. Throws UnreadableFile. */
export async function openParquet(handle: FileHandle, size: number, config: FileConfig): Promise<Table> {
  const file: AsyncBuffer = {
    byteLength: size,
    slice: (start, end) => sliceOf(handle, start, end ?? size),
  };
  const metadata = await parquetMetadataAsync(file, { geoparquet: false }).catch((error: unknown) => {
    throw unreadable(error);
  });
  const fields = parquetSchema(metadata).children.map((child) =>
    child.children.length === 0 ? child.element : { ...child.element, name: '' },
  );
  if (fields.length > COLUMNS_MAX) throw new UnreadableFile(`the file has more than ${COLUMNS_MAX} columns`);
  const header = fields.map((field) => field.name);
  const needed = [...new Set(columnsOf(config, header))].flatMap((at) => {
    const field = fields[at];
    return field === undefined || field.name === '' ? [] : [{ at, field }];
  });
  return {
    header,
    slices: (from) => slicesOf({ file, metadata, needed, width: header.length }, from),
    close: async () => undefined,
  };
}

async function sliceOf(handle: FileHandle, start: number, end: number): Promise<ArrayBuffer> {
  if (!(start >= 0 && end >= start && end - start <= READ_BYTES_MAX))
    throw new UnreadableFile('the file asks to read more at once than fits in memory');
  const bytes = await readAt(handle, start, end - start);
  return new Uint8Array(bytes).buffer;
}

type Needed = { at: number; field: SchemaElement };
type Reading = { file: AsyncBuffer; metadata: FileMetaData; needed: readonly Needed[]; width: number };

async function* slicesOf(reading: Reading, from: Place | null): AsyncGenerator<Slice> {
  let groupStart = 0;
  for (const group of reading.metadata.row_groups) {
    const groupEnd = groupStart + Number(group.num_rows);
    const start = Math.max(groupStart, from?.index ?? 0);
    if (start < groupEnd && reading.needed.length > 0)
      yield* slicesOfGroup(reading, group, { start, end: groupEnd });
    groupStart = groupEnd;
  }
}

async function* slicesOfGroup(
  reading: Reading,
  group: RowGroup,
  range: { start: number; end: number },
): AsyncGenerator<Slice> {
  const { needed, width } = reading;
  await assertPages(reading, group);
  const rowsMax = Math.max(SLICE_ROWS_MAX, Math.floor(WINDOW_VALUES_MAX / needed.length));
  for (let start = range.start; start < range.end; start += rowsMax) {
    const end = Math.min(range.end, start + rowsMax);
    const objects = await readObjects(reading, start, end);
    for (let at = 0; at < objects.length; at += SLICE_ROWS_MAX) {
      const rows = objects.slice(at, at + SLICE_ROWS_MAX).map((object, more) => {
        const cells = new Array<Cell>(width).fill(null);
        for (const { at: column, field } of needed) cells[column] = cellOf(object[field.name], field);
        const index = start + at + more;
        return { line: index + 1, index, cells };
      });
      const index = start + at + rows.length;
      yield { rows, rejects: [], next: { offset: index, line: index + 1, index } };
    }
    if (objects.length < end - start) throw new UnreadableFile('the file has fewer rows than it says');
  }
}

async function readObjects(
  { file, metadata, needed }: Reading,
  rowStart: number,
  rowEnd: number,
): Promise<Record<string, unknown>[]> {
  try {
    return await parquetReadObjects({
      file,
      metadata,
      columns: needed.map(({ field }) => field.name),
      rowStart,
      rowEnd,
      compressors: BOUNDED,
      geoparquet: false,
      parsers: PARSERS,
    });
  } catch (error) {
    throw unreadable(error);
  }
}

/** Walks the headers of all pages before the library unpacks one, for it makes room for as much as a header says. */
async function assertPages({ file, needed }: Reading, group: RowGroup): Promise<void> {
  const names = new Set(needed.map(({ field }) => field.name));
  for (const { meta_data: column } of group.columns) {
    if (column === undefined || column.path_in_schema.length !== 1) continue;
    if (names.has(column.path_in_schema[0] ?? '')) await assertColumn(file, column);
  }
}

async function assertColumn(file: AsyncBuffer, column: ColumnMetaData): Promise<void> {
  const start = Number(column.dictionary_page_offset || column.data_page_offset);
  const bytes = await file.slice(start, start + Number(column.total_compressed_size));
  const reader = { view: new DataView(bytes), offset: 0 };
  try {
    while (reader.offset < bytes.byteLength - 1) {
      const header = parquetHeader(reader);
      const values =
        header.data_page_header?.num_values ??
        header.data_page_header_v2?.num_values ??
        header.dictionary_page_header?.num_values ??
        0;
      const packed = Number(header.compressed_page_size);
      if (!(values >= 0 && values <= PAGE_VALUES_MAX && header.uncompressed_page_size <= PAGE_BYTES_MAX))
        throw new UnreadableFile('a page of the file is larger than fits in memory');
      if (!(packed >= 0)) throw new UnreadableFile('a page of the file is damaged');
      reader.offset += packed;
    }
  } catch (error) {
    throw unreadable(error);
  }
}

const bounded =
  (work: (input: Uint8Array, length: number) => Uint8Array) => (input: Uint8Array, length: number) => {
    if (!(length >= 0 && length <= PAGE_BYTES_MAX))
      throw new UnreadableFile('a page of the file is larger than fits in memory');
    return work(input, length);
  };
const own = (work: Compressors[keyof Compressors]): ((input: Uint8Array, length: number) => Uint8Array) =>
  bounded((input, length) => {
    if (work === undefined) throw new UnreadableFile('the file is packed in a way that cannot be read');
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

/** A moment or wall clock before it is known which of both the column holds. */
type Stamp = { stampMs: number };
const PARSERS = {
  timestampFromMilliseconds: (millis: bigint): Stamp => ({ stampMs: Number(millis) }),
  timestampFromMicroseconds: (micros: bigint): Stamp => ({ stampMs: fromMicros(micros) }),
  timestampFromNanoseconds: (nanos: bigint): Stamp => ({ stampMs: fromMicros(nanos / 1000n) }),
  dateFromDays: (days: number): Cell => ({ wallMs: days * 86_400_000 }),
  jsonFromBytes: (bytes: Uint8Array): string => Buffer.from(bytes ?? []).toString('utf8'),
  geometryFromBytes: (): null => null,
  geographyFromBytes: (): null => null,
};

/** Divided in whole numbers first, for a double does not hold microseconds of today exactly. */
const fromMicros = (micros: bigint): number => Number(micros / 1000n) + Number(micros % 1000n) / 1000;

function cellOf(value: unknown, field: SchemaElement): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value !== 'object') return null;
  if ('wallMs' in value && typeof value.wallMs === 'number') return { wallMs: value.wallMs };
  if (!('stampMs' in value) || typeof value.stampMs !== 'number') return null;
  // LogicalTypes.md, TIMESTAMP: not adjusted to UTC is a wall clock. Older types without that mark are moments.
  const local = field.logical_type?.type === 'TIMESTAMP' && field.logical_type.isAdjustedToUTC === false;
  return local ? { wallMs: value.stampMs } : { atMs: value.stampMs };
}

/** What the library throws of a damaged file; failures of the disk stay what they are. */
function unreadable(error: unknown): unknown {
  if (error instanceof UnreadableFile) return error;
  if (error instanceof Error && 'syscall' in error) return error;
  return new UnreadableFile(
    `this is no sound Parquet file: ${error instanceof Error ? error.message : String(error)}`,
  );
}
