import type { OpenTable, TablePage } from '../delivery.ts';
import type { OpenedFile } from './csv.reader.ts';
import { unreadable } from './failure.ts';
import { createListScanner, JsonBroken, parseExact } from './json-list.ts';
import { HEAD_BYTES } from './limits.ts';
import { createOtherTeller, isEmpty, problemOf } from './pager.ts';
import { createRecordPager } from './record-pager.ts';
import { headOf, type TextTraits, textPieces, textTraits } from './text.reader.ts';

type Json = { file: OpenedFile; traits: TextTraits; itemsField: string | undefined };

/** Opens the list of a JSON document. Throws TABLE_UNREADABLE. */
export async function openJson(file: OpenedFile): Promise<OpenTable> {
  const { handle, size, options } = file;
  const traits = textTraits(await headOf(handle, Math.min(size, HEAD_BYTES)), options.encoding);
  const json: Json = { file, traits, itemsField: options.itemsField };
  const { page, field } = await firstPage(json);
  const itemsField = options.itemsField ?? field;
  return {
    options: { format: 'json', encoding: traits.encoding, ...(itemsField === '' ? {} : { itemsField }) },
    sheets: [],
    columns: page?.columns ?? [],
    pages: (signal) => pagesOf(json, { signal }),
    close: () => handle.close(),
  };
}

async function firstPage(json: Json): Promise<{ page: TablePage | undefined; field: string }> {
  let field = '';
  const signal = new AbortController().signal;
  const found = (path: string) => {
    field = path;
  };
  for await (const page of pagesOf({ ...json, traits: { ...json.traits } }, { signal, found }))
    if (page.columns.length > 0) return { page, field };
  return { page: undefined, field };
}

async function* pagesOf(
  { file, traits, itemsField }: Json,
  { signal, found }: { signal: AbortSignal; found?: (path: string) => void },
): AsyncGenerator<TablePage> {
  const { name, size } = file;
  const pager = createRecordPager();
  const teller = createOtherTeller(false);
  let isBroken = false;
  const scanner = createListScanner(itemsField, {
    found: (path) => found?.(path),
    item(text, place) {
      const row = objectOf(text);
      if (row === null) pager.problem(problemOf('json-broken', place, { text }));
      else pager.row(row, { place, isBroken, characters: text.length });
    },
    tooLarge: (place, text) => pager.problem(problemOf('row-too-large', place, { text })),
  });
  const broken = (cause?: unknown) =>
    unreadable(name, 'json-broken', { place: Math.max(1, scanner.count()) }, cause);
  for await (const piece of textPieces({ ...file, traits, signal })) {
    isBroken ||= piece.broken;
    try {
      scanner.feed(piece.text);
    } catch (error) {
      throw error instanceof JsonBroken ? broken(error) : error;
    }
    isBroken = piece.broken;
    for (const problem of teller.add(piece.others)) pager.problem(problem);
    yield* pager.take({ bytes: piece.bytes, bytesAll: size });
    if (scanner.state() === 'done') break;
  }
  if (scanner.state() === 'seeking') throw unreadable(name, 'list-missing', { field: itemsField ?? '' });
  // what is not there may count as gone, so half a list is none
  if (scanner.state() === 'list') throw unreadable(name, 'json-ends', { place: scanner.count() });
  for (const problem of teller.end()) pager.problem(problem);
  yield* pager.take({ bytes: size, bytesAll: size }, true);
}

/** An object of a text of JSON; null for anything else. */
export function objectOf(text: string): object | null {
  if (!/^\s*\{/.test(text)) return null;
  try {
    const value = parseExact(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** True for a text that begins with more than one object, one in each line. */
export function isLines(head: string): boolean {
  const lines = head.split(/\r?\n/, 3).filter((line) => !isEmpty(line));
  const [first = '', second = ''] = lines;
  return objectOf(first) !== null && second.trimStart().startsWith('{');
}
