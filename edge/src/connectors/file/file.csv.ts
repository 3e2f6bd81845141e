import type { FileHandle } from 'node:fs/promises';
import { readAt } from '../../buffer/files.ts';
import type { FileConfig } from './file.config.ts';
import { type Place, rejectOf, SLICE_ROWS_MAX, type Slice, type Table, UnreadableFile } from './file.rows.ts';
import {
  createDecoder,
  createLineSplitter,
  createRecordReader,
  type Delimiter,
  type Encoding,
  sniffDelimiter,
  sniffEncoding,
  type TextRecord,
  wholeCharacters,
} from './file.text.ts';

/** Bytes asked of the disk at once. */
const CHUNK_BYTES = 256 * 1024;
const LINE_BYTES_MAX = 1024 * 1024;
/** A transposed file is held in memory. */
const TRANSPOSED_BYTES_MAX = 32 * 1024 * 1024;
/** Lines that the delimiter is guessed from. */
const SNIFFED_LINES = 20;

/** What was guessed about a text; kept for files that grow, so that a later look does not guess otherwise. */
export type TextTraits = { encoding: Encoding; delimiter: Delimiter };

/**
 * Opens a text with fields. Only the first `size` bytes are read; with `wholeLines` a last line without its end is left
 * for later. Throws UnreadableFile.
 */
export async function openCsv(options: {
  handle: FileHandle;
  size: number;
  config: FileConfig;
  /** whether the whole file is valid UTF-8; null when only its beginning can be looked at */
  utf8: boolean | null;
  traits: TextTraits | null;
  wholeLines: boolean;
}): Promise<Table & { traits: TextTraits }> {
  const { handle, size, config, wholeLines } = options;
  const { transposed } = config.csv;
  if (transposed && size > TRANSPOSED_BYTES_MAX)
    throw new UnreadableFile(
      `a transposed file may have ${TRANSPOSED_BYTES_MAX} bytes, this one has ${size}`,
    );
  const head = await readAt(handle, 0, Math.min(size, CHUNK_BYTES));
  const { encoding, markBytes } = sniffEncoding({
    head,
    utf8: options.utf8 ?? validBeginning(head),
    told: options.traits?.encoding ?? config.csv.encoding,
  });
  const decode = createDecoder(encoding);
  const delimiter = options.traits?.delimiter ?? delimiterOf(config, { head, encoding, markBytes, decode });

  const recordsFrom = (from: Place): AsyncGenerator<TextRecord[]> =>
    readRecords({
      handle,
      size,
      wholeLines,
      lines: createLineSplitter({
        from: from.offset,
        encoding,
        bytesMax: transposed ? TRANSPOSED_BYTES_MAX : LINE_BYTES_MAX,
      }),
      records: createRecordReader({
        decode,
        delimiter,
        quotes: config.csv.quotes,
        encoding,
        line: from.line,
        transposed,
      }),
      offset: from.offset,
      // Joining what is read so far to each next chunk would be slow for lines of megabytes.
      chunkBytes: transposed ? Math.max(1, size) : CHUNK_BYTES,
    });

  const top: Place = { offset: markBytes, line: 1, index: 0 };
  const body = await findBody({
    recordsFrom,
    top,
    skipLines: config.skipLines,
    header: config.header && !transposed,
  });
  const traits = { encoding, delimiter };
  if (transposed) {
    const turned = await turn(recordsFrom(body.place), config.header);
    return { header: turned.header, slices: turned.slices, close: async () => undefined, traits };
  }
  return {
    header: body.header,
    slices: (from) => slicesOf(recordsFrom(from ?? body.place), from ?? body.place),
    close: async () => undefined,
    traits,
  };
}

function validBeginning(head: Buffer): boolean {
  const decode = createDecoder('utf-8');
  return decode(head.subarray(0, wholeCharacters(head))) !== null;
}

function delimiterOf(
  config: FileConfig,
  text: { head: Buffer; encoding: Encoding; markBytes: number; decode: (bytes: Buffer) => string | null },
): Delimiter {
  if (config.format === 'tsv') return '\t';
  if (config.csv.delimiter !== 'auto') return config.csv.delimiter;
  const lines = createLineSplitter({ from: 0, encoding: text.encoding, bytesMax: CHUNK_BYTES });
  const found = lines.push(text.head.subarray(text.markBytes));
  // A line cut at the end of what was looked at would have too few fields; alone, it is better than nothing.
  const rest = found.length === 0 ? lines.rest() : null;
  const texts = [...found, ...(rest === null ? [] : [rest])]
    .slice(config.skipLines, config.skipLines + SNIFFED_LINES)
    .map((line) => (line.bytes === null ? null : text.decode(line.bytes)) ?? '');
  return sniffDelimiter(texts, config.csv.quotes);
}

async function* readRecords(options: {
  handle: FileHandle;
  size: number;
  wholeLines: boolean;
  lines: ReturnType<typeof createLineSplitter>;
  records: ReturnType<typeof createRecordReader>;
  offset: number;
  chunkBytes: number;
}): AsyncGenerator<TextRecord[]> {
  const { lines, records } = options;
  let offset = options.offset;
  while (offset < options.size) {
    const chunk = await readAt(options.handle, offset, Math.min(options.chunkBytes, options.size - offset));
    if (chunk.length === 0) throw new Error('the file became shorter while it was read');
    offset += chunk.length;
    const found = records.take(lines.push(chunk), false);
    if (found.length > 0) yield found;
  }
  if (options.wholeLines) return;
  const rest = lines.rest();
  const found = records.take(rest === null ? [] : [rest], true);
  if (found.length > 0) yield found;
}

/** Finds the header and where the rows begin. */
async function findBody(options: {
  recordsFrom: (place: Place) => AsyncGenerator<TextRecord[]>;
  top: Place;
  skipLines: number;
  header: boolean;
}): Promise<{ header: string[] | null; place: Place }> {
  const { top, skipLines } = options;
  if (skipLines === 0 && !options.header) return { header: null, place: top };
  let place = top;
  for await (const records of options.recordsFrom(top)) {
    for (const record of records) {
      // Lines before the header are counted as lines, whatever they hold; empty ones count too.
      if (record.line <= skipLines) {
        place = { offset: record.end, line: record.line + record.lines, index: 0 };
        continue;
      }
      if (!options.header) return { header: null, place };
      if (record.fields === null)
        throw new UnreadableFile(`the header in line ${record.line} cannot be read: ${record.reason}`);
      const header = record.fields.map((field) => field.trim());
      return { header, place: { offset: record.end, line: record.line + record.lines, index: 0 } };
    }
  }
  return { header: null, place };
}

async function* slicesOf(batches: AsyncGenerator<TextRecord[]>, from: Place): AsyncGenerator<Slice> {
  let next = from;
  for await (const records of batches) {
    for (let at = 0; at < records.length; at += SLICE_ROWS_MAX) {
      const slice: Slice = { rows: [], rejects: [], next };
      for (const record of records.slice(at, at + SLICE_ROWS_MAX)) {
        const { fields, line } = record;
        if (fields !== null) slice.rows.push({ line, index: next.index, cells: fields });
        else slice.rejects.push(rejectOf(line, record.reason ?? 'unreadable', record.text));
        next = { offset: record.end, line: line + record.lines, index: next.index + 1 };
      }
      yield { ...slice, next };
    }
  }
}

/** Lines become columns. A line that cannot be read spoils all rows, for its column would be missing. */
async function turn(
  batches: AsyncGenerator<TextRecord[]>,
  named: boolean,
): Promise<{ header: string[] | null; slices(from: Place | null): AsyncGenerator<Slice> }> {
  const columns: string[][] = [];
  const names: string[] = [];
  for await (const records of batches)
    for (const { fields, line, reason } of records) {
      if (fields === null) throw new UnreadableFile(`line ${line} cannot be read: ${reason}`);
      if (named) names.push((fields.shift() ?? '').trim());
      columns.push(fields);
    }
  const rows = columns.reduce((most, column) => Math.max(most, column.length), 0);
  return {
    header: named ? names : null,
    async *slices(place) {
      for (let from = place?.index ?? 0; from < rows; from += SLICE_ROWS_MAX) {
        const end = Math.min(rows, from + SLICE_ROWS_MAX);
        const slice = Array.from({ length: end - from }, (_, at) => ({
          // There is no line of its own; the number of the column stands for it.
          line: from + at + 1,
          index: from + at,
          cells: columns.map((column) => column[from + at] ?? null),
        }));
        yield { rows: slice, rejects: [], next: { offset: end, line: end + 1, index: end } };
      }
    },
  };
}
