import type { TableOptions } from '@ronghe/contracts';
import type { OpenTable, TablePage } from '../delivery.ts';
import type { OpenedFile } from './csv.reader.ts';
import type { OtherLines } from './encodings.ts';
import { tooLarge, unreadable } from './failure.ts';
import { objectOf } from './json.reader.ts';
import { parseExact } from './json-list.ts';
import { COLUMNS_MAX, HEAD_BYTES, ROW_CHARACTERS_MAX } from './limits.ts';
import { createOtherTeller, createPager, problemOf } from './pager.ts';
import { createRecordPager } from './record-pager.ts';
import { headOf, type TextTraits, textPieces, textTraits } from './text.reader.ts';

type Line = { text: string; place: number; isBroken: boolean; isTooLarge: boolean };
type Batch = { lines: Line[]; others: readonly OtherLines[]; bytes: number };

/** Lines of a text that are not blank, with their numbers. */
async function* linesOf(file: OpenedFile, traits: TextTraits, signal?: AbortSignal): AsyncGenerator<Batch> {
  let rest = '';
  let place = 0;
  let isBroken = false;
  let isTooLarge = false;
  for await (const piece of textPieces({ ...file, traits, signal })) {
    const lines: Line[] = [];
    isBroken ||= piece.broken;
    const parts = piece.text.split('\n');
    for (const [at, part] of parts.entries()) {
      const isOpen = at === parts.length - 1 && piece.bytes < file.size;
      if (!isTooLarge) rest = at === 0 ? rest + part : part;
      if (rest.length > ROW_CHARACTERS_MAX) isTooLarge = true;
      if (isTooLarge) rest = rest.slice(0, 500);
      if (isOpen) break;
      place += 1;
      if (rest.trim() !== '') lines.push({ text: rest, place, isBroken, isTooLarge });
      rest = '';
      isTooLarge = false;
    }
    isBroken = piece.broken;
    yield { lines, others: piece.others, bytes: piece.bytes };
  }
}

/** Opens a text of one JSON object a line. Throws TABLE_UNREADABLE. */
export async function openLines(file: OpenedFile): Promise<OpenTable> {
  const { handle, size, options } = file;
  const traits = textTraits(await headOf(handle, Math.min(size, HEAD_BYTES)), options.encoding);
  const pages = (signal: AbortSignal, own: TextTraits) =>
    recordPages(file, { traits: own, signal }, (text) => {
      const row = objectOf(text);
      return row === null ? null : { row, isDeleted: false };
    });
  const columns = await firstColumns((signal) => pages(signal, { ...traits }));
  if (columns === null) throw unreadable(file.name, 'format-other', { format: 'jsonl' });
  return {
    get options(): TableOptions {
      return { format: 'jsonl', encoding: traits.encoding };
    },
    sheets: [],
    columns,
    pages: (signal) => pages(signal, traits),
    close: () => handle.close(),
  };
}

const SPOOL_TRAITS: TextTraits = { encoding: 'utf-8', markBytes: 0, sure: true };

/**
 * Opens what `createSpool` wrote: `{"r":row}` or `{"d":row}` a line; rows that landed before also tell where they stood, as
 * `"f":file,"p":place`. Throws TABLE_UNREADABLE.
 */
export async function openRows(file: OpenedFile): Promise<OpenTable> {
  const pages = (signal: AbortSignal) =>
    recordPages(file, { traits: SPOOL_TRAITS, signal }, (text, place) => {
      const { r, d, f, p } = spooled(text) ?? {};
      const row = r ?? d;
      if (typeof row !== 'object' || row === null) throw unreadable(file.name, 'spool-damaged', { place });
      return { row, isDeleted: r === undefined, ...(f === undefined ? {} : { file: f, place: p ?? place }) };
    });
  const columns = (await firstColumns(pages)) ?? [];
  return { options: {}, sheets: [], columns, pages, close: () => file.handle.close() };
}

type Spooled = { r?: unknown; d?: unknown; f?: string; p?: number };
function spooled(text: string): Spooled | null {
  try {
    return JSON.parse(text) as Spooled | null;
  } catch {
    return null;
  }
}

async function firstColumns(
  pages: (signal: AbortSignal) => AsyncGenerator<TablePage>,
): Promise<readonly string[] | null> {
  let hasProblem = false;
  for await (const { columns, problems } of pages(new AbortController().signal)) {
    if (columns.length > 0) return columns;
    hasProblem ||= problems.length > 0;
  }
  return hasProblem ? null : [];
}

type ReadRow = { row: object; isDeleted: boolean; file?: string; place?: number };
async function* recordPages(
  file: OpenedFile,
  { traits, signal }: { traits: TextTraits; signal: AbortSignal },
  read: (text: string, place: number) => ReadRow | null,
): AsyncGenerator<TablePage> {
  const pager = createRecordPager();
  const teller = createOtherTeller(true);
  for await (const { lines, others, bytes } of linesOf(file, traits, signal)) {
    for (const problem of teller.add(others)) pager.problem(problem);
    for (const { text, place, isBroken, isTooLarge } of lines) {
      const found = isTooLarge ? null : read(text, place);
      if (found === null)
        pager.problem(problemOf(isTooLarge ? 'row-too-large' : 'json-broken', place, { text }));
      else pager.row(found.row, { place, ...found, isBroken, characters: text.length });
    }
    yield* pager.take({ bytes, bytesAll: file.size });
  }
  for (const problem of teller.end()) pager.problem(problem);
  yield* pager.take({ bytes: file.size, bytesAll: file.size }, true);
}

/** Opens JSONCompactEachRowWithNames as ClickHouse writes it: names, then a list a row. Throws TABLE_UNREADABLE. */
export async function openCompact(file: OpenedFile): Promise<OpenTable> {
  let columns: string[] = [];
  for await (const { lines } of linesOf(file, SPOOL_TRAITS)) {
    const [first] = lines;
    if (first === undefined) continue;
    columns = listOf(file.name, first).map(String);
    break;
  }
  if (columns.length > COLUMNS_MAX)
    throw tooLarge(file.name, 'too-many-columns', { count: columns.length, max: COLUMNS_MAX });
  return {
    options: {},
    sheets: [],
    columns,
    pages: (signal) => compactPages(file, columns, signal),
    close: () => file.handle.close(),
  };
}

async function* compactPages(
  file: OpenedFile,
  columns: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<TablePage> {
  const pager = createPager(columns);
  let isFirst = true;
  for await (const { lines, bytes } of linesOf(file, SPOOL_TRAITS, signal)) {
    for (const line of lines) {
      const cells = listOf(file.name, line);
      if (cells.length !== columns.length)
        throw unreadable(file.name, 'spool-damaged', { place: line.place });
      if (!isFirst) pager.row(cells, line.place);
      isFirst = false;
      pager.weigh(line.text.length);
    }
    yield* pager.take({ bytes, bytesAll: file.size });
  }
  yield* pager.take({ bytes: file.size, bytesAll: file.size }, true);
}

function listOf(name: string, { text, place, isTooLarge }: Line): unknown[] {
  try {
    const value: unknown = isTooLarge ? null : parseExact(text);
    if (Array.isArray(value)) return value;
  } catch {
    // told below
  }
  throw unreadable(name, 'spool-damaged', { place });
}
