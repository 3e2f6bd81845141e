import exceljs from 'exceljs';
import { describe, expect, it } from 'vitest';
import { AppError } from '#platform/errors/errors.ts';
import { preview } from './cases.fixture.ts';
import { readWorkbook } from './workbook.reader.ts';

/** A workbook as another program might write it: the parts as given, in a ZIP file without compression. */
function workbookOf(parts: Readonly<Record<string, string>>): Buffer {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(parts)) {
    const content = Buffer.from(text);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt32LE(content.length, 20);
    entry.writeUInt32LE(content.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    locals.push(local, Buffer.from(name), content);
    entries.push(entry, Buffer.from(name));
    offset += local.length + name.length + content.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(parts).length, 10);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...entries, end]);
}
const BOOK =
  '<workbook><sheets><sheet name="A &amp; B" sheetId="1" r:id="r1"/><sheet name="off" state="hidden" r:id="r1"/></sheets></workbook>';
const RELATIONS =
  '<Relationships><Relationship Id="r1" Type="t" Target="/xl/worksheets/one.xml"/></Relationships>';
const withSheet = (sheet: string, more: Readonly<Record<string, string>> = {}) =>
  readWorkbook(
    workbookOf({
      'xl/workbook.xml': BOOK,
      'xl/_rels/workbook.xml.rels': RELATIONS,
      'xl/worksheets/one.xml': sheet,
      ...more,
    }),
  );

describe('a workbook', () => {
  it('gives the same cells as the library that wrote it', async () => {
    const workbook = new exceljs.Workbook();
    const sheet = workbook.addWorksheet('点表');
    sheet.addRow(['点位编码', '地址', '倍率', '是']);
    sheet.addRow([
      { richText: [{ text: 'a' }, { text: '<b>' }] },
      { formula: '1+1', result: '40001' },
      0.1,
      true,
    ]);
    sheet.getCell('A4').value = { text: 'linked', hyperlink: 'http://a' };
    sheet.getCell('C4').value = { error: '#N/A' };
    sheet.getCell('B4').value = { formula: '1+1', result: 2 };
    workbook.addWorksheet('hidden', { state: 'hidden' }).addRow(['x']);
    const tables = await readWorkbook(Buffer.from(await workbook.xlsx.writeBuffer()));
    expect(tables).toEqual([
      {
        sheet: '点表',
        rows: [
          { line: 1, cells: ['点位编码', '地址', '倍率', '是'] },
          { line: 2, cells: ['a<b>', '40001', 0.1, true] },
          { line: 4, cells: ['linked', 2, null] },
        ],
      },
    ]);
  });

  it('says a merged cell beside every row of its area', async () => {
    const workbook = new exceljs.Workbook();
    const sheet = workbook.addWorksheet('S');
    sheet.addRows([
      ['key', 'equipment', 'address'],
      ['a', '1号窑', 'coil:1'],
      ['b', null, 'coil:2'],
    ]);
    sheet.mergeCells('B2:B3');
    const { connections } = await preview(Buffer.from(await workbook.xlsx.writeBuffer()));
    expect(connections[0]?.config.points).toEqual([
      { key: 'a', equipment: '1号窑', address: 'coil:1' },
      { key: 'b', equipment: '1号窑', address: 'coil:2' },
    ]);
  });

  it('is read without references, with inline texts, prefixes and marks of characters', async () => {
    const [table] = await withSheet(
      `<?xml version="1.0"?><x:worksheet><!-- <row> --><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>a&#x4e2d;</x:t></x:is></x:c><x:c t='s'><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>`,
      {
        'xl/sharedStrings.xml':
          '<sst><si><t>0</t></si><si><r><t>on</t></r><r><t>e</t></r><rPh><t>no</t></rPh></si></sst>',
      },
    );
    expect(table).toEqual({ sheet: 'A & B', rows: [{ line: 1, cells: ['a中', 'one'] }] });
  });

  it.each([
    [
      'merged areas',
      '<mergeCells><mergeCell ref="A1:XFD1048576"/><mergeCell ref="A1&#58;XFD1048576"/></mergeCells>',
    ],
    ['columns', '<cols><col min="1" max="2000000000"/></cols>'],
    ['validations', '<dataValidations><dataValidation sqref="A1:XFD1048576" type="list"/></dataValidations>'],
    ['rows', '<sheetData><row r="999999999"><c r="A999999999"><v>1</v></c></row></sheetData>'],
    ['places', '<sheetData><row r="1"><c r="ZZZ1"><v>1</v></c><c r="XFD1"><v>1</v></c></row></sheetData>'],
    ['pieces', '<'.repeat(100_000)],
    ['quotes', `<a b="${'"<'.repeat(50_000)}`],
  ])('with %s without end stays small', async (_, inside) => {
    const [table] = await withSheet(
      `<worksheet><sheetData><row r="1"><c r="A1"><v>7</v></c></row></sheetData>${inside}</worksheet>`,
    );
    expect(JSON.stringify(table).length).toBeLessThan(10_000);
  });

  it.each([
    ['no workbook', workbookOf({ 'a.xml': '<a/>' })],
    ['no sheet', workbookOf({ 'xl/workbook.xml': '<workbook/>' })],
    [
      'texts that define texts',
      workbookOf({
        'xl/workbook.xml': BOOK,
        'xl/_rels/workbook.xml.rels': RELATIONS,
        'xl/worksheets/one.xml': '<!DOCTYPE a [<!ENTITY b "c">]><worksheet/>',
      }),
    ],
  ])('with %s is refused', async (_, content) => {
    await expect(readWorkbook(content)).rejects.toBeInstanceOf(AppError);
  });
});
