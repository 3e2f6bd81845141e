import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FileConfig } from './file.config.ts';
import { openTable } from './file.open.ts';
import { type Cell, type Place, type Row, UnreadableFile } from './file.rows.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ronghe-formats-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const configOf = (part: object = {}): FileConfig =>
  FileConfig.parse({
    name: 'a',
    protocol: 'file',
    endpoint: 'file:///in',
    time: { columns: [1] },
    points: ['i64', 'f32', 'text', 'dec', 'ok'].map((key) => ({ key })),
    ...part,
  });

/** All rows of the bytes under a name that tells the format, from a place on. */
async function rowsOf(
  bytes: Buffer,
  end: string,
  options: { part?: object; from?: Place | null } = {},
): Promise<Row[]> {
  const path = join(home, `input.${end}`);
  await writeFile(path, bytes);
  const handle = await open(path, 'r');
  try {
    const config = configOf(options.part);
    const table = await openTable(config, {
      handle,
      path,
      name: `input.${end}`,
      size: bytes.length,
      utf8: false,
    });
    const rows: Row[] = [];
    for await (const slice of table.slices(options.from ?? null)) rows.push(...slice.rows);
    await table.close();
    return rows;
  } finally {
    await handle.close();
  }
}

type Part = { name: string; content: Buffer | string; stored?: boolean };
/** An archive as PKWARE's APPNOTE describes it, without checksums, which readers of ours do not look at. */
function zipOf(parts: readonly Part[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, content, stored } of parts) {
    const packed = stored === true ? Buffer.from(content) : deflateRawSync(content);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(stored === true ? 0 : 8, 4);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), common, Buffer.from(name), packed]);
    const end = Buffer.alloc(14);
    end.writeUInt32LE(at, 10);
    directory.push(
      Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000', 'latin1'), common, end, Buffer.from(name)]),
    );
    bodies.push(local);
    at += local.length;
  }
  const entries = Buffer.concat(directory);
  const tail = Buffer.alloc(22);
  tail.write('PK\u0005\u0006', 'latin1');
  tail.writeUInt16LE(parts.length, 8);
  tail.writeUInt16LE(parts.length, 10);
  tail.writeUInt32LE(entries.length, 12);
  tail.writeUInt32LE(at, 16);
  return Buffer.concat([...bodies, entries, tail]);
}

const relation = (id: string, type: string, target: string) =>
  `<Relationship Id="${id}" Type="http://x/${type}" Target="${target}"/>`;
function workbookOf(sheet: string | Buffer, strings?: string | Buffer): Buffer {
  return zipOf([
    {
      name: '_rels/.rels',
      content: `<r>${relation('a', 'officeDocument', '/xl/workbook.xml')}</r>`,
      stored: true,
    },
    { name: 'xl/workbook.xml', content: '<w><sheets><sheet name="一" sheetId="1" r:id="s"/></sheets></w>' },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content: `<r>${relation('s', 'worksheet', 'worksheets/sheet1.xml')}${relation('t', 'sharedStrings', 'shared.xml')}</r>`,
    },
    { name: 'xl/worksheets/sheet1.xml', content: sheet },
    ...(strings === undefined ? [] : [{ name: 'xl/shared.xml', content: strings }]),
  ]);
}
const rowXml = (line: number, values: readonly (string | number)[]) =>
  `<row r="${line}">${values.map((value) => `<c t="inlineStr"><is><t>${value}</t></is></c>`).join('')}</row>`;

test('a sheet of many slices comes whole, and from any place on', async () => {
  const lines = Array.from({ length: 3_500 }, (_, index) => rowXml(index + 2, [index, `v${index}`]));
  const book = workbookOf(`<sheetData>${rowXml(1, ['t', 'v'])}${lines.join('')}</sheetData>`);
  const part = { points: [{ key: 'v' }] };
  const all = await rowsOf(book, 'xlsx', { part });
  expect(all.length).toBe(3_500);
  const rest = await rowsOf(book, 'xlsx', { part, from: { offset: 2_345, line: 2_347, index: 2_345 } });
  expect(rest).toEqual(all.slice(2_345));
});

test('what is left out in rows and cells, readings and formulas are read as Excel means them', async () => {
  const sheet =
    '<sheetData><row><c><v>1</v></c><c r="C1" t="str"><f>A1&amp;"v"</f><v>f</v></c></row>' +
    '<row/><row r="9"><c r="B9" t="s"><v>0</v></c><c t="b"><v>1</v></c><c t="e"><v>#DIV/0!</v></c></row></sheetData>';
  const strings =
    '<sst><si><r><t>东</t></r><r><t xml:space="preserve"> 京</t></r><rPh><t>ひがし</t></rPh></si></sst>';
  const rows = await rowsOf(workbookOf(sheet, strings), 'xlsx', { part: { header: false } });
  expect(rows.map(({ line, cells }) => [line, cells] satisfies [number, readonly Cell[]])).toEqual([
    [1, [1, null, 'f']],
    [9, [null, '东 京', true, '#DIV/0!']],
  ]);
});

const bombs: [title: string, book: () => Buffer, message: RegExp][] = [
  [
    'texts that unpack to more than memory holds',
    () => workbookOf('<a/>', Buffer.concat([Buffer.from('<sst>'), Buffer.alloc(12_000_000, '<si/>')])),
    /more text than fits/,
  ],
  [
    'a part that unpacks without end',
    () =>
      zipOf([
        { name: '_rels/.rels', content: `<r>${relation('a', 'officeDocument', 'b.xml')}</r>` },
        { name: 'b.xml', content: Buffer.alloc(50_000_000, '<a/>') },
      ]),
    /longer than 8388608 bytes/,
  ],
  ['one endless cell', () => workbookOf(`<row><c><v>${'9'.repeat(3_000_000)}`), /too long/],
  [
    'a column beyond the last',
    () => workbookOf('<row r="1"><c r="ZZZ1"><v>1</v></c></row>'),
    /16384 columns/,
  ],
  ['a row beyond the last', () => workbookOf('<row r="99999999"><c><v>1</v></c></row>'), /1048576 rows/],
  ['a document type', () => workbookOf('<!DOCTYPE x [<!ENTITY a "b">]><row/>'), /document type/],
  ['no workbook at all', () => zipOf([{ name: 'a.txt', content: 'a' }]), /no Excel workbook/],
];
for (const [title, book, message] of bombs)
  test(`a workbook with ${title} is refused, and memory stays bounded`, async () => {
    const bytes = book();
    const before = process.memoryUsage().rss;
    const error: unknown = await rowsOf(bytes, 'xlsx').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnreadableFile);
    expect(String(error)).toMatch(message);
    expect(process.memoryUsage().rss - before).toBeLessThan(600_000_000);
  });

const honest = [
  'xlsx-openpyxl/input.xlsx',
  'xlsx-date-and-time/input.xlsx',
  'parquet-none/input.parquet',
  'parquet-zstd/input.parquet',
];
for (const path of honest)
  test(`damage to ${path} gives rows or UnreadableFile, in little time`, async () => {
    const bytes = await readFile(new URL(`./testcases/${path}`, import.meta.url));
    const end = path.split('.').at(-1) ?? '';
    const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(damage, fc.option(fc.nat(bytes.length), { freq: 1 }), async (places, cut) => {
        const damaged = Buffer.from(cut === null ? bytes : bytes.subarray(0, cut));
        for (const [at, value] of places) if (at < damaged.length) damaged[at] = value;
        const before = performance.now();
        await rowsOf(damaged, end).catch((error: unknown) => {
          if (!(error instanceof UnreadableFile)) throw error;
        });
        expect(performance.now() - before).toBeLessThan(20_000);
      }),
      // Each Parquet file costs a process.
      { numRuns: end === 'xlsx' ? 120 : 6 },
    );
  });

test('a Parquet file is read from any row on, across its row groups', async () => {
  const bytes = await readFile(new URL('./testcases/parquet-snappy/input.parquet', import.meta.url));
  const part = { time: { columns: ['ts'] } };
  const all = await rowsOf(bytes, 'parquet', { part });
  expect(all.length).toBe(5);
  for (const index of [2, 3, 5])
    expect(await rowsOf(bytes, 'parquet', { part, from: { offset: index, line: index + 1, index } })).toEqual(
      all.slice(index),
    );
});

test('a Parquet file that makes its reader count without end costs its process, not the collector', async () => {
  const bytes = await readFile(new URL('./testcases/parquet-none/input.parquet', import.meta.url));
  // The levels of a page (Parquet, Encodings, RLE): two bytes long, a run of three ones; now a run of two thousand million.
  const levels = bytes.indexOf(Buffer.from('020000000601', 'hex'));
  expect(levels).toBeGreaterThan(0);
  Buffer.from('feffffff0f', 'hex').copy(bytes, levels + 4);
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 20);
  await expect(rowsOf(bytes, 'parquet', { part: { time: { columns: ['ts'] } } })).rejects.toThrow(
    UnreadableFile,
  );
  clearInterval(timer);
  expect(turns, 'others had their turn').toBeGreaterThan(3);
});
