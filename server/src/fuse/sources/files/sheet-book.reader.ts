import { posix } from 'node:path';
import { attributeOf, xmlTokens } from '#platform/files/xml.ts';
import { tooLarge, unreadable } from './failure.ts';
import {
  CELL_CHARACTERS_MAX,
  SHEETS_MAX,
  SMALL_PART_BYTES_MAX,
  STRINGS_CHARACTERS_MAX,
  STRINGS_MAX,
  STYLES_MAX,
} from './limits.ts';
import { ownText } from './own-text.ts';
import { type NumberKind, numberKind } from './sheet-dates.ts';
import { createXmlScanner, XmlDamaged } from './xml-scan.ts';
import { openZip, type ZipEntry, type ZipFile } from './zip.reader.ts';

export type Sheet = { name: string; entry: ZipEntry };
/** What all sheets of a workbook share. */
export type Book = {
  name: string;
  zip: ZipFile;
  /** visible ones in their order */
  sheets: Sheet[];
  strings: readonly string[];
  /** kinds of numbers by style */
  kinds: readonly NumberKind[];
  is1904: boolean;
};

/** Opens a workbook (ECMA-376-1, SpreadsheetML). Throws TABLE_UNREADABLE, SOURCE_TOO_LARGE. */
export async function openBook(file: Parameters<typeof openZip>[0]): Promise<Book> {
  const zip = await openZip(file);
  const { name } = file;
  const entryOf = (path: string) => zip.entries.get(path.toLowerCase());
  const book = entryOf('xl/workbook.xml');
  if (book === undefined) throw otherZip(name, zip);
  const relations = relationsOf(await smallPart(zip, entryOf('xl/_rels/workbook.xml.rels'), name));
  const found = sheetsOf(await smallPart(zip, book, name));
  const sheets = found.sheets.flatMap(({ name, id }) => {
    const entry = entryOf(relations.get(id)?.path ?? '');
    return entry === undefined ? [] : [{ name, entry }];
  });
  if (sheets.length === 0) throw unreadable(name, 'no-table');
  const partOf = (type: string, path: string) =>
    entryOf([...relations.values()].find((relation) => relation.type.endsWith(`/${type}`))?.path ?? path);
  return {
    name,
    zip,
    sheets,
    is1904: found.is1904,
    kinds: kindsOf(await smallPart(zip, partOf('styles', 'xl/styles.xml'), name)),
    strings: await stringsOf(zip, partOf('sharedStrings', 'xl/sharedStrings.xml'), name),
  };
}

/** A ZIP file that is no workbook: told by the parts it has. */
function otherZip(name: string, { entries }: ZipFile) {
  if (entries.has('xl/workbook.bin')) return unreadable(name, 'xlsb');
  const names = [...entries.keys()];
  if (names.some((part) => part.startsWith('word/'))) return unreadable(name, 'document', { kind: 'Word' });
  if (names.some((part) => part.startsWith('ppt/')))
    return unreadable(name, 'document', { kind: 'PowerPoint' });
  if (entries.has('content.xml') && entries.has('mimetype'))
    return unreadable(name, 'document', { kind: 'OpenDocument' });
  return unreadable(name, 'packed', { kind: 'ZIP' });
}

async function smallPart(zip: ZipFile, entry: ZipEntry | undefined, name: string): Promise<string> {
  if (entry === undefined) return '';
  const parts: Buffer[] = [];
  let length = 0;
  for await (const { bytes } of zip.read(entry)) {
    length += bytes.length;
    if (length > SMALL_PART_BYTES_MAX)
      throw tooLarge(name, 'unpacked-too-large', { max: SMALL_PART_BYTES_MAX });
    parts.push(bytes);
  }
  const text = Buffer.concat(parts).toString('utf8');
  // a document type may define texts without end
  if (/<!DOCTYPE/i.test(text)) throw unreadable(name, 'xml-damaged', { part: entry.name, place: 1 });
  return text;
}

function sheetsOf(book: string): { sheets: { name: string; id: string }[]; is1904: boolean } {
  const sheets: { name: string; id: string }[] = [];
  let is1904 = false;
  for (const token of xmlTokens(book)) {
    if (token.kind !== 'open') continue;
    if (token.name === 'workbookPr')
      is1904 = /^(?:1|true|on)$/.test(attributeOf(token.attributes, 'date1904') ?? '');
    if (token.name !== 'sheet' || sheets.length >= SHEETS_MAX) continue;
    if (/hidden/i.test(attributeOf(token.attributes, 'state') ?? '')) continue;
    // `id` of the relations' namespace comes with a prefix; `sheetId` is another
    const name = attributeOf(token.attributes, 'name') ?? '';
    sheets.push({ name: name.slice(0, 100), id: attributeOf(token.attributes, 'id') ?? '' });
  }
  return { sheets, is1904 };
}

function relationsOf(text: string): Map<string, { type: string; path: string }> {
  const relations = new Map<string, { type: string; path: string }>();
  for (const token of xmlTokens(text)) {
    if (token.kind !== 'open' || token.name !== 'Relationship') continue;
    const target = attributeOf(token.attributes, 'Target') ?? '';
    relations.set(attributeOf(token.attributes, 'Id') ?? '', {
      type: attributeOf(token.attributes, 'Type') ?? '',
      path: target.startsWith('/') ? target.slice(1) : posix.join('xl', target),
    });
  }
  return relations;
}

function kindsOf(styles: string): NumberKind[] {
  const codes = new Map<number, string>();
  const kinds: NumberKind[] = [];
  let isCells = false;
  for (const token of xmlTokens(styles)) {
    if (token.kind === 'text') continue;
    if (token.name === 'cellXfs') isCells = token.kind === 'open';
    if (token.kind !== 'open') continue;
    const idOf = () => Number(attributeOf(token.attributes, 'numFmtId') ?? 0);
    if (token.name === 'numFmt' && codes.size < STYLES_MAX)
      codes.set(idOf(), attributeOf(token.attributes, 'formatCode') ?? '');
    else if (token.name === 'xf' && isCells && kinds.length < STYLES_MAX)
      kinds.push(numberKind(idOf(), codes.get(idOf())));
  }
  return kinds;
}

/** Control characters stand as `_x000D_` in texts (22.9.2.19). */
export const cellText = (text: string): string =>
  text.includes('_x')
    ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text;

/** Shared texts; phonetic readings (`rPh`) are no part of them. */
async function stringsOf(zip: ZipFile, entry: ZipEntry | undefined, name: string): Promise<string[]> {
  const strings: string[] = [];
  if (entry === undefined) return strings;
  let current = '';
  let isText = false;
  let isPhonetic = false;
  let characters = 0;
  const scanner = createXmlScanner({
    open(element) {
      if (element === 't') isText = true;
      else if (element === 'rPh') isPhonetic = true;
    },
    close(element) {
      if (element === 't') isText = false;
      else if (element === 'rPh') isPhonetic = false;
      else if (element === 'si') {
        const text = ownText(cellText(current.slice(0, CELL_CHARACTERS_MAX)));
        characters += text.length;
        strings.push(text);
        current = '';
      }
    },
    text(text) {
      if (isText && !isPhonetic && current.length < CELL_CHARACTERS_MAX) current += text;
    },
  });
  for await (const text of xmlText(zip, entry)) {
    scanned(name, entry, strings.length, () => scanner.feed(text));
    if (strings.length > STRINGS_MAX)
      throw tooLarge(name, 'too-many-parts', { what: 'shared texts', max: STRINGS_MAX });
    if (characters > STRINGS_CHARACTERS_MAX)
      throw tooLarge(name, 'too-many-parts', { what: 'characters', max: STRINGS_CHARACTERS_MAX });
  }
  scanned(name, entry, strings.length, () => scanner.end());
  return strings;
}

/** Characters given to the scanner at once: many short rows of a wide sheet may come of them. */
const PIECE_CHARACTERS = 32_768;

/** The text of a part in pieces. */
export async function* xmlText(
  zip: ZipFile,
  entry: ZipEntry,
  progress?: { packed: number; signal?: AbortSignal },
): AsyncGenerator<string> {
  let decoder: TextDecoder | null = null;
  const pieces = function* (text: string) {
    for (let at = 0; at < text.length; at += PIECE_CHARACTERS) yield text.slice(at, at + PIECE_CHARACTERS);
  };
  for await (const { bytes, packed } of zip.read(entry, progress?.signal)) {
    const isWide = bytes[0] === 0xff && bytes[1] === 0xfe;
    decoder ??= new TextDecoder(isWide ? 'utf-16le' : 'utf-8');
    if (progress !== undefined) progress.packed = packed;
    yield* pieces(decoder.decode(bytes, { stream: true }));
  }
  if (decoder !== null) yield* pieces(decoder.decode());
}

export function scanned(name: string, { name: part }: ZipEntry, place: number, work: () => void) {
  try {
    work();
  } catch (error) {
    throw error instanceof XmlDamaged
      ? unreadable(name, 'xml-damaged', { part: part.slice(0, 100), place })
      : error;
  }
}
