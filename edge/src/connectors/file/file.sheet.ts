import type { FileHandle } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import type { FileConfig } from './file.config.ts';
import {
  type Cell,
  COLUMNS_MAX,
  type Place,
  SLICE_ROWS_MAX,
  type Slice,
  type Table,
  UnreadableFile,
} from './file.rows.ts';
import { fromExcelSerial } from './file.time.ts';
import { attributeOf, createXmlReader, type XmlToken } from './file.xml.ts';
import { openZip, type Zip } from './file.zip.ts';

/** Bounds of what unpacks; a sheet is read piece by piece, the other parts are held in memory. */
const SHEET_BYTES_MAX = 2_000_000_000;
const PART_BYTES_MAX = 8 * 1024 * 1024;
const STRINGS_BYTES_MAX = 256 * 1024 * 1024;
const STRINGS_CHARACTERS_MAX = 64 * 1024 * 1024;
const STRINGS_MAX = 2_000_000;
/** Rows of a sheet as Excel has them. */
const ROWS_MAX = 1_048_576;
const STYLES_MAX = 100_000;

type Book = { zip: Zip; strings: readonly string[]; dates: readonly boolean[]; date1904: boolean };

/** Opens one sheet of an Excel workbook (ECMA-376-1, SpreadsheetML). Throws UnreadableFile. */
export async function openSheet(handle: FileHandle, size: number, config: FileConfig): Promise<Table> {
  const zip = await openZip(handle, size);
  const bookPath = (await readRelations(zip, '')).find((each) => each.type === 'officeDocument')?.target;
  if (bookPath === undefined) throw new UnreadableFile('the archive is no Excel workbook');
  const relations = await readRelations(zip, bookPath);
  const { sheets, date1904 } = await readBook(zip, bookPath);
  const names = sheets.map((sheet) => sheet.name);
  const chosen =
    typeof config.sheet === 'number' ? sheets[config.sheet - 1] : sheets[names.indexOf(config.sheet)];
  const path = relations.find((each) => each.id === chosen?.id)?.target;
  if (path === undefined)
    throw new UnreadableFile(`there is no sheet ${config.sheet}; there are ${names.slice(0, 20).join(', ')}`);
  const partOf = (type: string): string | null =>
    relations.find((each) => each.type === type)?.target ?? null;
  const strings = await readStrings(zip, partOf('sharedStrings'));
  const dates = await readDateStyles(zip, partOf('styles'));
  const rows = readRows({ zip, strings, dates, date1904 }, path);
  const header = await readHeader(rows, config);
  return {
    header: header.names,
    slices: (from) => slicesOf({ rows, first: header.first, width: header.names?.length ?? 0 }, from),
    async close() {
      await rows.return(undefined);
    },
  };
}

async function* tokensOf(zip: Zip, path: string, bytesMax: number): AsyncGenerator<XmlToken[]> {
  const entry = zip.find(path);
  if (entry === null) throw new UnreadableFile(`the workbook has no part ${path}`);
  const xml = createXmlReader();
  const decoder = new StringDecoder('utf8');
  for await (const piece of zip.read(entry, bytesMax)) yield xml.push(decoder.write(piece));
}

type Relation = { id: string; type: string; target: string };

/** What a part refers to (ECMA-376-2, 9.3); `type` is the last word of its address, the same in both namespaces. */
async function readRelations(zip: Zip, part: string): Promise<Relation[]> {
  const slash = part.lastIndexOf('/') + 1;
  const path = `${part.slice(0, slash)}_rels/${part.slice(slash)}.rels`;
  if (zip.find(path) === null) return [];
  const relations: Relation[] = [];
  for await (const tokens of tokensOf(zip, path, PART_BYTES_MAX))
    for (const token of tokens) {
      if (token.kind !== 'open' || token.name !== 'Relationship') continue;
      const target = attributeOf(token.attributes, 'Target') ?? '';
      relations.push({
        id: attributeOf(token.attributes, 'Id') ?? '',
        type: (attributeOf(token.attributes, 'Type') ?? '').split('/').at(-1) ?? '',
        target: resolvePart(part.slice(0, slash), target),
      });
    }
  return relations;
}

function resolvePart(folder: string, target: string): string {
  const parts: string[] = [];
  for (const part of (target.startsWith('/') ? target : folder + target).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

async function readBook(
  zip: Zip,
  path: string,
): Promise<{ sheets: { name: string; id: string }[]; date1904: boolean }> {
  const sheets: { name: string; id: string }[] = [];
  let date1904 = false;
  for await (const tokens of tokensOf(zip, path, PART_BYTES_MAX))
    for (const token of tokens) {
      if (token.kind !== 'open') continue;
      if (token.name === 'workbookPr')
        date1904 = /^(1|true)$/.test(attributeOf(token.attributes, 'date1904') ?? '');
      if (token.name === 'sheet')
        sheets.push({
          name: attributeOf(token.attributes, 'name') ?? '',
          id: attributeOf(token.attributes, 'id') ?? '',
        });
    }
  return { sheets, date1904 };
}

/** Texts that cells refer to by number; readings for pronunciation (`rPh`) are left out. */
async function readStrings(zip: Zip, path: string | null): Promise<string[]> {
  if (path === null || zip.find(path) === null) return [];
  const strings: string[] = [];
  let current = '';
  let characters = 0;
  let inText = false;
  let inReading = false;
  for await (const tokens of tokensOf(zip, path, STRINGS_BYTES_MAX))
    for (const token of tokens) {
      if (token.kind === 'text') {
        if (inText && !inReading) current += token.text;
      } else if (token.name === 't') inText = token.kind === 'open';
      else if (token.name === 'rPh') inReading = token.kind === 'open';
      else if (token.name === 'si' && token.kind === 'open') current = '';
      else if (token.name === 'si') {
        characters += current.length;
        if (strings.length >= STRINGS_MAX || characters > STRINGS_CHARACTERS_MAX)
          throw new UnreadableFile('the workbook has more text than fits in memory');
        strings.push(current);
      }
    }
  return strings;
}

/** For each style whether it shows a date (ECMA-376-1, 18.8.30; 27 to 36 and 50 to 58 are dates in East Asia). */
async function readDateStyles(zip: Zip, path: string | null): Promise<boolean[]> {
  if (path === null || zip.find(path) === null) return [];
  const own = new Map<number, boolean>();
  const dates: boolean[] = [];
  let inCells = false;
  for await (const tokens of tokensOf(zip, path, PART_BYTES_MAX))
    for (const token of tokens) {
      if (token.kind === 'text') continue;
      if (token.name === 'cellXfs') inCells = token.kind === 'open';
      if (token.kind !== 'open' || dates.length >= STYLES_MAX) continue;
      const id = Number(attributeOf(token.attributes, 'numFmtId') ?? 0);
      if (token.name === 'numFmt') own.set(id, showsDate(attributeOf(token.attributes, 'formatCode') ?? ''));
      if (token.name === 'xf' && inCells) dates.push(own.get(id) ?? isBuiltInDate(id));
    }
  return dates;
}

const isBuiltInDate = (id: number): boolean =>
  (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58);

/** Letters of dates outside of quotes, escapes and brackets; `[h]` is a length of time and stays a number. */
export function showsDate(code: string): boolean {
  if (/\[[hms]{1,5}\]/i.test(code)) return false;
  const bare = code.replace(/"[^"]*"|\\.|_.|\*.|\[[^\]]*\]/g, '');
  return !/general/i.test(bare) && /[ymdhs]/i.test(bare);
}

type SheetRow = { line: number; cells: Cell[] };

/** Rows that have at least one cell with a value, in batches as they come. */
async function* readRows(book: Book, path: string): AsyncGenerator<SheetRow[]> {
  const builder = createRowBuilder(book);
  for await (const tokens of tokensOf(book.zip, path, SHEET_BYTES_MAX)) {
    const rows = tokens.flatMap((token) => builder.take(token) ?? []);
    if (rows.length > 0) yield rows;
  }
}

function createRowBuilder(book: Book): { take(token: XmlToken): SheetRow | null } {
  let line = 0;
  let cells: Cell[] = [];
  let column = -1;
  let type = 'n';
  let style = 0;
  let text: string | null = null;
  /** inside `v` or `t`: only their text is the value, not that of a formula or a reading (`rPh`) */
  let inside = false;
  let inReading = false;
  const open = (name: string, attributes: string): void => {
    if (name === 'row') {
      line = Number(attributeOf(attributes, 'r') ?? line + 1);
      if (!(line >= 1 && line <= ROWS_MAX)) throw new UnreadableFile(`a sheet has ${ROWS_MAX} rows at most`);
      cells = [];
      column = -1;
    } else if (name === 'c') {
      const at = attributeOf(attributes, 'r');
      column = at === null ? column + 1 : columnOf(at);
      if (!(column >= 0 && column < COLUMNS_MAX))
        throw new UnreadableFile(`a sheet has ${COLUMNS_MAX} columns at most`);
      type = attributeOf(attributes, 't') ?? 'n';
      style = Number(attributeOf(attributes, 's') ?? 0);
      text = null;
    } else if (name === 'v' || name === 't') {
      inside = !inReading;
    } else if (name === 'rPh') {
      inReading = true;
    }
  };
  return {
    take(token) {
      if (token.kind === 'text') {
        if (inside) text = (text ?? '') + token.text;
      } else if (token.kind === 'open') {
        open(token.name, token.attributes);
      } else if (token.name === 'v' || token.name === 't') {
        inside = false;
      } else if (token.name === 'rPh') {
        inReading = false;
      } else if (token.name === 'c' && text !== null) {
        while (cells.length < column) cells.push(null);
        cells[column] = cellOf({ text, type, isDate: book.dates[style] === true }, book);
      } else if (token.name === 'row' && cells.length > 0) {
        return { line, cells };
      }
      return null;
    },
  };
}

/** Values by type (18.18.11): shared text, boolean, error, text of a formula, inline text, ISO date, number. */
function cellOf(cell: { text: string; type: string; isDate: boolean }, book: Book): Cell {
  const { text, type } = cell;
  if (type === 's') return book.strings[Number(text)] ?? null;
  if (type === 'b') return text.trim() === '1' || text.trim() === 'true';
  if (type !== 'n') return text;
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isNaN(number)) return text;
  // A time of day alone is a part of a day, in both calendars of Excel.
  return cell.isDate && !(number >= 0 && number < 1)
    ? { wallMs: fromExcelSerial(number, book.date1904) }
    : number;
}

/** `B7` is column 1. */
function columnOf(reference: string): number {
  let column = 0;
  for (const letter of /^[A-Za-z]{1,3}/.exec(reference)?.[0].toUpperCase() ?? '')
    column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

/** The header, and the rows of its batch that follow it. */
async function readHeader(
  rows: AsyncGenerator<SheetRow[]>,
  config: FileConfig,
): Promise<{ names: string[] | null; first: SheetRow[] }> {
  for (;;) {
    const batch = await rows.next();
    if (batch.done === true) return { names: null, first: [] };
    const below = batch.value.filter((row) => row.line > config.skipLines);
    const [top] = below;
    if (top === undefined) continue;
    if (!config.header) return { names: null, first: below };
    const names = Array.from(top.cells, (cell) =>
      cell === null || typeof cell === 'object' ? '' : String(cell).trim(),
    );
    return { names, first: below.slice(1) };
  }
}

async function* slicesOf(
  sheet: { rows: AsyncGenerator<SheetRow[]>; first: SheetRow[]; width: number },
  from: Place | null,
): AsyncGenerator<Slice> {
  let index = 0;
  // Cells without a value at the end of a row are not written in the file.
  const padded = (cells: Cell[]): Cell[] => {
    while (cells.length < sheet.width) cells.push(null);
    return cells;
  };
  const slicesIn = function* (batch: readonly SheetRow[]): Generator<Slice> {
    for (let at = 0; at < batch.length; at += SLICE_ROWS_MAX) {
      const part = batch
        .slice(at, at + SLICE_ROWS_MAX)
        .map(({ line, cells }, more) => ({ line, cells: padded(cells), index: index + more }));
      index += part.length;
      const due = part.filter((row) => row.index >= (from?.index ?? 0));
      if (due.length > 0)
        yield {
          rows: due,
          rejects: [],
          next: { offset: index, line: (part.at(-1)?.line ?? 0) + 1, index },
        };
    }
  };
  yield* slicesIn(sheet.first);
  for await (const batch of sheet.rows) yield* slicesIn(batch);
}
