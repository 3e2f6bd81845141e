import type { FileHandle } from 'node:fs/promises';
import type { TableOptions } from '@ronghe/contracts';
import type { OpenTable, SpoolOptions, TablePage } from '../delivery.ts';
import { createCsvScanner, type Delimiter, delimiterOf } from './csv-scan.ts';
import { tooLarge, unreadable } from './failure.ts';
import { findHeader, type Header, type SampleRow } from './header.ts';
import { isNote } from './header-cells.ts';
import { COLUMNS_MAX, HEAD_BYTES, ROW_CHARACTERS_MAX, SAMPLE_ROWS } from './limits.ts';
import { brokenCells, createOtherTeller, createPager, isEmpty, problemOf } from './pager.ts';
import { headOf, type TextTraits, textPieces, textTraits } from './text.reader.ts';

export type OpenedFile = { handle: FileHandle; size: number; name: string; options: SpoolOptions };
/** Characters of the beginning that the delimiter is told from. */
const DELIMITER_CHARACTERS = 65_536;

type Csv = {
  file: OpenedFile;
  traits: TextTraits;
  delimiter: Delimiter;
  newline: '\n' | '\r';
  skip: number;
};

/** Opens a text with delimiters. Throws TABLE_UNREADABLE, SOURCE_TOO_LARGE. */
export async function openCsv(file: OpenedFile): Promise<OpenTable> {
  const { handle, size, name, options } = file;
  const traits = textTraits(await headOf(handle, Math.min(size, HEAD_BYTES)), options.encoding);
  const csv = await csvOf(file, traits);
  const header = findHeader(await sampleOf(csv), { told: options.headerRow, isSheet: false });
  if (header === null)
    throw options.headerRow
      ? unreadable(name, 'header-row-missing', { place: options.headerRow })
      : unreadable(name, 'no-table');
  if (header.width > COLUMNS_MAX)
    throw tooLarge(name, 'too-many-columns', { count: header.width, max: COLUMNS_MAX });
  return {
    get options(): TableOptions {
      const { encoding } = traits;
      return { format: 'csv', encoding, delimiter: csv.delimiter, headerRow: header.row };
    },
    sheets: [],
    columns: header.columns,
    pages: (signal) => pagesOf(csv, header, signal),
    close: () => handle.close(),
  };
}

async function csvOf(file: OpenedFile, traits: TextTraits): Promise<Csv> {
  let head = '';
  let isAll = true;
  for await (const { text } of textPieces({ ...file, traits: { ...traits } })) {
    head += text;
    isAll = head.length < DELIMITER_CHARACTERS;
    if (!isAll) break;
  }
  const newline = !head.includes('\n') && head.includes('\r') ? '\r' : '\n';
  // Excel's own line that names the delimiter
  const [line = '', told] = /^sep=([,;\t|])\r?\n?/i.exec(head) ?? [];
  const lines = isAll ? head : head.slice(0, Math.max(head.lastIndexOf(newline), 1));
  const delimiter =
    file.options.delimiter ??
    (told as Csv['delimiter'] | undefined) ??
    delimiterOf(lines.slice(0, DELIMITER_CHARACTERS), newline, /\.tsv$/i.test(file.name));
  return { file, traits, delimiter, newline, skip: line === '' ? 0 : 1 };
}

async function sampleOf(csv: Csv): Promise<SampleRow[]> {
  const sample: SampleRow[] = [];
  const scanner = createCsvScanner(csv, {
    row(cells, place) {
      if (place > csv.skip && sample.length < SAMPLE_ROWS && cells.some((cell) => cell !== ''))
        sample.push({ place, cells });
    },
    problem: () => undefined,
  });
  const { file, traits } = csv;
  const enough = Math.max(HEAD_BYTES, ROW_CHARACTERS_MAX * 2);
  for await (const { text, bytes } of textPieces({ ...file, traits: { ...traits } })) {
    scanner.feed(text, bytes >= file.size);
    if (sample.length >= SAMPLE_ROWS || bytes > enough) break;
  }
  return sample;
}

async function* pagesOf(csv: Csv, header: Header, signal: AbortSignal): AsyncGenerator<TablePage> {
  const { columns } = header;
  const width = columns.length;
  const { size } = csv.file;
  const first = Math.max(header.lastPlace, csv.skip);
  const pager = createPager(columns);
  for (const problem of header.problems) pager.problem(problem);
  for (const problem of brokenCells(columns, columns, header.lastPlace)) pager.problem(problem);
  const teller = createOtherTeller(true);
  let isBroken = false;
  const scanner = createCsvScanner(csv, {
    row(cells, place) {
      if (place <= first) return;
      if ((cells[0] === '' || cells.length < width) && cells.every(isEmpty)) return;
      if ((cells.length < width || cells[1] === '') && isNote(cells, width)) return;
      if (isBroken) for (const problem of brokenCells(cells, columns, place)) pager.problem(problem);
      pager.row(cells, place);
    },
    problem(rule, place, text, cell) {
      const column = cell === undefined ? undefined : columns[cell];
      if (place > first || rule === 'row-too-large') pager.problem(problemOf(rule, place, { column, text }));
    },
  });
  for await (const piece of textPieces({ ...csv.file, traits: csv.traits, signal })) {
    // what is left of the piece before may be broken as well
    const wasBroken = isBroken;
    isBroken = piece.broken || wasBroken;
    scanner.feed(piece.text, piece.bytes >= size);
    isBroken = piece.broken;
    for (const problem of teller.add(piece.others)) pager.problem(problem);
    pager.weigh(piece.text.length);
    yield* pager.take({ bytes: piece.bytes, bytesAll: size });
  }
  for (const problem of teller.end()) pager.problem(problem);
  yield* pager.take({ bytes: size, bytesAll: size }, true);
}
