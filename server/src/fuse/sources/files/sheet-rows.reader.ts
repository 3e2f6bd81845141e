import type { ReadProblemRule } from '@ronghe/contracts';
import { CELL_CHARACTERS_MAX, COLUMNS_MAX, MERGES_MAX, ROW_PROBLEMS_MAX } from './limits.ts';
import { type Book, cellText, type Sheet, scanned, xmlText } from './sheet-book.reader.ts';
import { dateText } from './sheet-dates.ts';
import { attribute, createXmlScanner } from './xml-scan.ts';

/** As Excel has them. */
const ROW_MAX = 1_048_576;

export type SheetIssue = { rule: ReadProblemRule; column: number; text: string | null };
export type SheetRow = { place: number; cells: unknown[]; issues: SheetIssue[] | null };
export type SheetBatch = { rows: SheetRow[]; packed: number };

type Reading = {
  place: number;
  cells: unknown[];
  issues: SheetIssue[] | null;
  column: number;
  type: string;
  style: string | null;
  text: string;
  isValue: boolean;
  isInline: boolean;
  isPhonetic: boolean;
  hasValue: boolean;
  hasFormula: boolean;
};

/**
 * The rows of a sheet that hold anything, in the order of the file. What stands beyond the last allowed column is put
 * into one more, so that a table that is too wide is seen as such. Throws TABLE_UNREADABLE, SOURCE_TOO_LARGE.
 */
export async function* sheetRows(
  book: Book,
  { entry }: Sheet,
  signal?: AbortSignal,
): AsyncGenerator<SheetBatch> {
  let rows: SheetRow[] = [];
  const at: Reading = {
    place: 0,
    cells: [],
    issues: null,
    column: -1,
    type: 'n',
    style: null,
    text: '',
    isValue: false,
    isInline: false,
    isPhonetic: false,
    hasValue: false,
    hasFormula: false,
  };
  const scanner = createXmlScanner({
    open: (name, tag) => openTag(at, name, tag),
    close(name) {
      if (name === 'v' || name === 't') at.isValue = false;
      else if (name === 'c') closeCell(at, book);
      else if (name === 'is') at.isInline = false;
      else if (name === 'rPh') at.isPhonetic = false;
      else if (
        name === 'row' &&
        (at.issues !== null || at.cells.some((cell) => cell !== null && cell !== ''))
      )
        rows.push({ place: at.place, cells: at.cells, issues: at.issues });
    },
    text(text) {
      if (at.isValue && at.text.length < CELL_CHARACTERS_MAX) at.text += text;
    },
  });
  const progress = { packed: 0, ...(signal === undefined ? {} : { signal }) };
  for await (const text of xmlText(book.zip, entry, progress)) {
    scanned(book.name, entry, at.place, () => scanner.feed(text));
    if (rows.length > 0) yield { rows, packed: progress.packed };
    rows = [];
  }
  scanned(book.name, entry, at.place, () => scanner.end());
}

function openTag(at: Reading, name: string, tag: string) {
  if (name === 'c') {
    const reference = attribute(tag, 'r');
    at.column = reference === null ? at.column + 1 : columnOf(reference);
    at.type = attribute(tag, 't') ?? 'n';
    at.style = attribute(tag, 's');
    at.text = '';
    at.hasValue = false;
    at.hasFormula = false;
  } else if (name === 'v') {
    at.isValue = true;
    at.hasValue = true;
  } else if (name === 't') {
    at.isValue = at.isInline && !at.isPhonetic;
    at.hasValue = true;
  } else if (name === 'f') at.hasFormula = true;
  else if (name === 'is') at.isInline = true;
  else if (name === 'rPh') at.isPhonetic = true;
  else if (name === 'row') {
    const place = Number(attribute(tag, 'r') ?? at.place + 1);
    at.place = Number.isInteger(place) && place >= 1 && place <= ROW_MAX ? place : at.place + 1;
    at.cells = [];
    at.issues = null;
    at.column = -1;
  }
}

function closeCell(at: Reading, book: Book) {
  if (at.column < 0) return;
  const value = cellValue(at, book);
  if (value === null) return;
  const column = Math.min(at.column, COLUMNS_MAX);
  while (at.cells.length < column) at.cells.push(null);
  at.cells[column] = value;
}

/** Values by type (18.18.11): number, shared text, text of a formula, inline text, boolean, error, date. */
function cellValue(at: Reading, { strings, kinds, is1904 }: Book): unknown {
  const { text, type } = at;
  if (at.hasFormula && !at.hasValue) return issue(at, 'formula-without-result', null);
  if (type === 'n') {
    if (text === '') return null;
    const number = Number(text);
    if (!Number.isFinite(number)) return text;
    const kind = at.style === null ? 'number' : (kinds[Number(at.style)] ?? 'number');
    return kind === 'number' ? number : (dateText(number, { is1904, kind }) ?? number);
  }
  if (type === 's') return text === '' ? null : (strings[Number(text)] ?? null);
  if (type === 'b') return text === '' ? null : text.trim() === '1';
  if (type === 'e') return issue(at, 'cell-error', text);
  if (type === 'd') return isoText(text);
  return text === '' && !at.hasValue ? null : cellText(text.slice(0, CELL_CHARACTERS_MAX));
}

function issue(at: Reading, rule: ReadProblemRule, text: string | null): null {
  at.issues ??= [];
  if (at.issues.length < ROW_PROBLEMS_MAX) at.issues.push({ rule, column: at.column, text });
  return null;
}

/** A date of ISO 8601 as the others stand. */
const isoText = (text: string): string | null =>
  text.trim() === ''
    ? null
    : text
        .trim()
        .replace(/T00:00:00(?:\.0*)?Z?$/, '')
        .replace('T', ' ')
        .replace(/(?:\.\d*)?Z?$/, '');

/** `B7` is column 1; -1 for what is no place. */
export function columnOf(reference: string): number {
  let column = 0;
  for (let at = 0; at < 4; at += 1) {
    const letter = reference.charCodeAt(at) & ~32;
    if (!(letter >= 65 && letter <= 90)) return column - 1;
    column = column * 26 + letter - 64;
  }
  return -1;
}

export type Merge = { left: number; right: number; top: number; bottom: number };

/**
 * The merged areas of a sheet, from above to below. They stand behind the rows, so the sheet is unpacked once more for
 * them, without reading its cells.
 */
export async function mergesOf(book: Book, { entry }: Sheet): Promise<Merge[]> {
  const merges: Merge[] = [];
  let tail = '';
  for await (const { bytes } of book.zip.read(entry)) {
    const text = tail + bytes.toString('latin1');
    const end = text.lastIndexOf('>') + 1;
    tail = text.slice(Math.max(end, text.length - 1_000));
    if (!text.includes('mergeCell')) continue;
    for (const [, area = ''] of text
      .slice(0, end)
      .matchAll(/<(?:\w{1,20}:)?mergeCell\s[^<>]{0,200}?ref\s*=\s*["']([^"']{1,30})/g)) {
      const [, from = '', top = '', to = '', bottom = ''] =
        /^\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})$/i.exec(area) ?? [];
      if (bottom === '' || merges.length >= MERGES_MAX) continue;
      const right = Math.min(columnOf(to), COLUMNS_MAX - 1);
      const merge = { left: columnOf(from), right, top: Number(top), bottom: Number(bottom) };
      if (merge.left >= 0 && merge.left <= merge.right && merge.top <= merge.bottom) merges.push(merge);
    }
  }
  return merges.sort((one, other) => one.top - other.top || one.left - other.left);
}
