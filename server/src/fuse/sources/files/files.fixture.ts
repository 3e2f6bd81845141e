import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { AppError } from '#platform/errors/errors.ts';
import { type OpenTable, PAGE_ROWS_MAX, type SpoolOptions, type TablePage } from '../delivery.ts';
import { openTableFile } from './open.reader.ts';

export type Content = Buffer | string;
export type ReadTable = Omit<OpenTable, 'pages' | 'close'> & {
  rows: unknown[][];
  places: number[];
  problems: TablePage['problems'][number][];
  pages: TablePage[];
};

/** Reads a whole table file; what a page promises is checked on the way. */
export async function readTable(
  content: Content,
  name = 'table.csv',
  options: SpoolOptions = {},
): Promise<ReadTable> {
  return withFile(content, (path) => readPath(path, name, options));
}

export async function readPath(path: string, name: string, options: SpoolOptions = {}): Promise<ReadTable> {
  const table = await openTableFile({ path, name, options });
  try {
    const pages: TablePage[] = [];
    for await (const page of table.pages(new AbortController().signal)) {
      const { columns, rows, places, bytes, bytesAll } = page;
      if (rows.length > PAGE_ROWS_MAX || rows.length !== places.length || bytes > bytesAll)
        throw new Error('a page breaks its promise');
      if (rows.some((row) => row.length !== columns.length))
        throw new Error('a row is not as wide as its page');
      pages.push(page);
    }
    return {
      options: table.options,
      sheets: table.sheets,
      columns: table.columns,
      rows: pages.flatMap((page) => page.rows.map((row) => [...row])),
      places: pages.flatMap((page) => [...page.places]),
      problems: pages.flatMap((page) => [...page.problems]),
      pages,
    };
  } finally {
    await table.close();
  }
}

export async function withFile<Value>(
  content: Content,
  work: (path: string) => Promise<Value>,
): Promise<Value> {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-files-'));
  try {
    const path = join(folder, 'table');
    await writeFile(path, content);
    return await work(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Code and reason of the error that reading ends with; null when it does not. */
export async function refusal(
  content: Content,
  name?: string,
  options?: SpoolOptions,
): Promise<{ code: string; reason: string; zh: string } | null> {
  try {
    await readTable(content, name, options);
    return null;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { values, code } = error;
    return { code, reason: String(values.reason), zh: String(values['reason.zh']) };
  }
}

export const brief = ({ problems }: Pick<ReadTable, 'problems'>): string[] =>
  problems.map(({ rule, place, column }) => `${rule} ${place ?? '-'} ${column ?? '-'}`);

type Part = string | Buffer;
/** A ZIP file of the given parts; `lie` is added to the size that the directory claims. */
export function zipOf(parts: Readonly<Record<string, Part>>, { lie = 0, isPacked = true } = {}): Buffer {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const [name, part] of Object.entries(parts)) {
    const content = Buffer.from(part);
    const packed = isPacked ? deflateRawSync(content) : content;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(isPacked ? 8 : 0, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(Math.max(0, content.length + lie), 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    locals.push(local, Buffer.from(name), packed);
    entries.push(entry, Buffer.from(name));
    offset += local.length + name.length + packed.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(parts).length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

/** Parts of a workbook with one sheet. */
export const bookParts = (
  sheet: string,
  more: Readonly<Record<string, Part>> = {},
): Record<string, Part> => ({
  'xl/workbook.xml': '<workbook><sheets><sheet name="一" sheetId="1" r:id="r1"/></sheets></workbook>',
  'xl/_rels/workbook.xml.rels':
    '<Relationships><Relationship Id="r1" Type="t/worksheet" Target="/xl/worksheets/one.xml"/></Relationships>',
  'xl/worksheets/one.xml': sheet,
  ...more,
});

/** A sheet of inline texts and numbers; null leaves a cell out. */
export const sheetOf = (
  rows: readonly (readonly (string | number | null)[])[],
  merges: readonly string[] = [],
): string => {
  const cells = rows.map((row, at) => {
    const inside = row.map((cell, column) => {
      const place = `${String.fromCharCode(65 + column)}${at + 1}`;
      if (cell === null) return '';
      return typeof cell === 'number'
        ? `<c r="${place}"><v>${cell}</v></c>`
        : `<c r="${place}" t="inlineStr"><is><t>${cell}</t></is></c>`;
    });
    return `<row r="${at + 1}">${inside.join('')}</row>`;
  });
  const merged = merges.map((area) => `<mergeCell ref="${area}"/>`).join('');
  return `<worksheet><sheetData>${cells.join('')}</sheetData><mergeCells>${merged}</mergeCells></worksheet>`;
};
export const workbook = (...sheet: Parameters<typeof sheetOf>): Buffer => zipOf(bookParts(sheetOf(...sheet)));

let pairs: Map<string, number> | undefined;
/** A text in GB 18030, of characters that have one or two bytes there. */
export function GB(text: string): Buffer {
  if (pairs === undefined) {
    pairs = new Map();
    const decoder = new TextDecoder('gb18030');
    for (let lead = 0x81; lead < 0xff; lead += 1)
      for (let trail = 0x40; trail < 0xff; trail += 1)
        if (trail !== 0x7f) pairs.set(decoder.decode(Buffer.from([lead, trail])), lead * 256 + trail);
  }
  const known = pairs;
  return Buffer.from(
    [...text].flatMap((character) => {
      const pair = known.get(character);
      return pair === undefined ? [character.charCodeAt(0)] : [pair >> 8, pair & 0xff];
    }),
  );
}
