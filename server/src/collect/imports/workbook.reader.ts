import { posix } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { AppError } from '#platform/errors/errors.ts';
import { attributeOf, plainText, type XmlToken, xmlTokens } from '#platform/files/xml.ts';
import { unpackParts } from '#platform/files/zip.ts';
import { type Cell, TABLE_LIMITS, type Table } from './table.ts';

/** What the parts that are read may unpack to together; sixty thousand points of twenty columns have some 40 MB. */
const UNPACKED_BYTES_MAX = 64_000_000;
const STRINGS_MAX = 2_000_000;
/** As Excel has them. */
const ROW_MAX = 1_048_576;
const COLUMN_MAX = 16_384;
/** Cells that merged areas may fill. */
const MERGED_CELLS_MAX = 1_000_000;
/** Others get a turn after so many pieces of XML. */
const TOKENS_A_TURN = 50_000;

/**
 * The rows of all visible sheets of a workbook (ECMA-376-1, SpreadsheetML), within the limits of a table. Read by hand,
 * not by the library that writes templates: that one makes every cell that a range of the file names, be it a thousand
 * million (merged areas, validations, columns, names), and believes what a file says of its size.
 * @throws IMPORT_UNREADABLE, IMPORT_TOO_LARGE
 */
export async function readWorkbook(content: Buffer): Promise<Table[]> {
  const parts = await unpackParts(content, {
    wanted: (name) =>
      /^(xl\/|_rels\/).*\.(xml|rels)$/i.test(name) && !/\/(theme|styles|drawings|media)/.test(name),
    bytesMax: UNPACKED_BYTES_MAX,
  });
  if (parts === null)
    throw new AppError('IMPORT_TOO_LARGE', {
      reason: `damaged, protected, or more than ${UNPACKED_BYTES_MAX} bytes when unpacked`,
    });
  const text = (name: string): string | null => parts.get(name)?.toString('utf8') ?? null;
  const book = text('xl/workbook.xml');
  if (book === null) throw unreadable();
  const targets = targetsOf(text('xl/_rels/workbook.xml.rels') ?? '');
  const strings = await stringsOf(text('xl/sharedStrings.xml') ?? '');
  const tables: Table[] = [];
  for (const { name, id } of sheetsOf(book)) {
    const sheet = text(targets.get(id) ?? '');
    if (sheet === null || tables.length >= TABLE_LIMITS.sheets) continue;
    tables.push({ sheet: name, rows: await rowsOf(sheet, strings) });
  }
  if (tables.length === 0) throw unreadable();
  return tables;
}

const unreadable = () => new AppError('IMPORT_UNREADABLE', { reason: 'not a readable .xlsx file' });

/** Pieces of XML, with a pause now and then. A document type may define texts without end, so it is refused. */
async function* paced(xml: string): AsyncGenerator<XmlToken> {
  if (/<!DOCTYPE/i.test(xml)) throw unreadable();
  let count = 0;
  for (const token of xmlTokens(xml)) {
    count += 1;
    if (count % TOKENS_A_TURN === 0) await setImmediate();
    yield token;
  }
}

function sheetsOf(book: string): { name: string; id: string }[] {
  const sheets: { name: string; id: string }[] = [];
  for (const token of xmlTokens(book)) {
    if (token.kind !== 'open' || token.name !== 'sheet') continue;
    const state = attributeOf(token.attributes, 'state');
    if (state === 'hidden' || state === 'veryHidden') continue;
    sheets.push({
      name: attributeOf(token.attributes, 'name') ?? '',
      id: attributeOf(token.attributes, 'id') ?? '',
    });
  }
  return sheets;
}

function targetsOf(relations: string): Map<string, string> {
  const targets = new Map<string, string>();
  for (const token of xmlTokens(relations)) {
    if (token.kind !== 'open' || token.name !== 'Relationship') continue;
    const target = attributeOf(token.attributes, 'Target') ?? '';
    const path = target.startsWith('/') ? target.slice(1) : posix.join('xl', target);
    targets.set(attributeOf(token.attributes, 'Id') ?? '', path);
  }
  return targets;
}

/** Shared texts; phonetic readings (`rPh`) are no part of them. */
async function stringsOf(xml: string): Promise<string[]> {
  const strings: string[] = [];
  let current = '';
  let isText = false;
  let isPhonetic = false;
  for await (const token of paced(xml)) {
    if (token.kind === 'text') {
      if (isText && !isPhonetic && current.length < TABLE_LIMITS.cellCharacters)
        current += plainText(token.text);
    } else if (token.name === 't') isText = token.kind === 'open';
    else if (token.name === 'rPh') isPhonetic = token.kind === 'open';
    else if (token.name === 'si' && token.kind === 'close') {
      if (strings.length >= STRINGS_MAX) throw new AppError('IMPORT_TOO_LARGE', { reason: 'too many texts' });
      strings.push(current.slice(0, TABLE_LIMITS.cellCharacters));
      current = '';
    }
  }
  return strings;
}

type Reading = { line: number; cells: Cell[]; column: number; type: string; text: string; isValue: boolean };

async function rowsOf(xml: string, strings: readonly string[]): Promise<Table['rows']> {
  const rows: Table['rows'] = [];
  const merged: string[] = [];
  const at: Reading = { line: 0, cells: [], column: -1, type: '', text: '', isValue: false };
  for await (const token of paced(xml)) {
    if (token.kind === 'text') {
      if (at.isValue && at.text.length < TABLE_LIMITS.cellCharacters) at.text += plainText(token.text);
    } else if (token.kind === 'open') open(token, at, merged);
    else if (token.name === 'v' || token.name === 't') at.isValue = false;
    else if (token.name === 'c') closeCell(at, strings);
    else if (token.name === 'row' && at.cells.some((cell) => cell !== null && cell !== '')) {
      if (rows.length > TABLE_LIMITS.rows) break;
      rows.push({ line: at.line, cells: Array.from(at.cells, (cell) => cell ?? null) });
    }
  }
  fillMerged(rows, merged);
  return rows;
}

function open(
  { name, attributes, isEmpty }: Extract<XmlToken, { kind: 'open' }>,
  at: Reading,
  merged: string[],
) {
  if (name === 'row') {
    const line = Number(attributeOf(attributes, 'r') ?? at.line + 1);
    at.line = Number.isInteger(line) && line >= 1 && line <= ROW_MAX ? line : at.line + 1;
    at.cells = [];
    at.column = -1;
  } else if (name === 'c') {
    const reference = attributeOf(attributes, 'r');
    at.column = reference === null ? at.column + 1 : columnOf(reference);
    at.type = attributeOf(attributes, 't') ?? 'n';
    at.text = '';
  } else if ((name === 'v' || name === 't') && !isEmpty) at.isValue = true;
  else if (name === 'mergeCell' && merged.length < MERGED_CELLS_MAX)
    merged.push(attributeOf(attributes, 'ref') ?? '');
}

/** Values by type (18.18.11): shared text, boolean, error, text of a formula, inline text, number. */
function closeCell(at: Reading, strings: readonly string[]) {
  if (at.column < 0 || at.column >= TABLE_LIMITS.columns) return;
  const text = at.text.trim();
  const number = text === '' ? Number.NaN : Number(text);
  const value: Cell =
    at.type === 's'
      ? (strings[number] ?? null)
      : at.type === 'b'
        ? text === '1'
        : at.type === 'e' || text === ''
          ? null
          : at.type === 'n' && Number.isFinite(number)
            ? number
            : text;
  at.cells[at.column] = typeof value === 'string' ? value.trim() : value;
}

/** `B7` is column 1. */
function columnOf(reference: string): number {
  let column = 0;
  for (const letter of /^[A-Za-z]{1,3}/.exec(reference)?.[0].toUpperCase() ?? '')
    column = column * 26 + letter.charCodeAt(0) - 64;
  return column > COLUMN_MAX ? -1 : column - 1;
}

/** A merged area shows its first cell everywhere: a machine that stands beside several points belongs to each. */
function fillMerged(rows: Table['rows'], merged: readonly string[]) {
  const byLine = new Map(rows.map((row) => [row.line, row.cells]));
  const last = rows.at(-1)?.line ?? 0;
  let filled = 0;
  for (const area of merged) {
    const [, from = '', top = '', to = '', bottom = ''] =
      /^([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})$/.exec(area) ?? [];
    if (bottom === '') continue;
    const value = byLine.get(Number(top))?.[columnOf(from)] ?? null;
    if (value === null) continue;
    const right = Math.min(columnOf(to), TABLE_LIMITS.columns - 1);
    for (let line = Number(top); line <= Math.min(Number(bottom), last); line += 1) {
      const cells = byLine.get(line);
      for (let column = columnOf(from); column <= right; column += 1) {
        filled += 1;
        if (filled > MERGED_CELLS_MAX) return;
        if (cells === undefined) break;
        while (cells.length <= column) cells.push(null);
        cells[column] = value;
      }
    }
  }
}
