import exceljs from 'exceljs';
import { describe, expect, it } from 'vitest';
import { bookParts, brief, readTable, refusal, sheetOf, workbook, zipOf } from './files.fixture.ts';
import { dateText, numberKind } from './sheet-dates.ts';

const cells = (inside: string) =>
  `<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>名称</t></is></c><c r="B1" t="inlineStr"><is><t>数</t></is></c></row>${inside}</sheetData></worksheet>`;

describe('a workbook', () => {
  it('gives what the library that wrote it put in', async () => {
    const book = new exceljs.Workbook();
    book.addWorksheet('藏', { state: 'hidden' }).addRows([
      ['x', 'y'],
      [1, 2],
    ]);
    book.addWorksheet('说明').addRow(['请如实填写']);
    const sheet = book.addWorksheet('数据');
    book.addWorksheet('空');
    sheet.addRow(['企业', '日期', '时间', '是否', '金额', '错', '公式']);
    sheet.addRow([
      { richText: [{ text: '甲' }, { text: '<厂>' }] },
      new Date(Date.UTC(2024, 1, 29)),
      new Date(Date.UTC(2024, 1, 29, 8, 30, 15)),
      true,
      0.1,
      { error: '#N/A' },
      { formula: '1+1', result: 2 },
    ]);
    sheet.addRow(['乙_x000D_', null, null, false, -1e21, null, { formula: '1+1' }]);
    sheet.getCell('B2').numFmt = 'yyyy"年"m"月"d"日"';
    sheet.getCell('C2').numFmt = 'yyyy-mm-dd hh:mm:ss';
    const table = await readTable(Buffer.from(await book.xlsx.writeBuffer()), '表.xlsx');
    expect(table.options).toEqual({ format: 'xlsx', sheet: '数据', headerRow: 1 });
    expect(table.sheets).toEqual(['说明', '数据', '空']);
    expect(table.rows).toEqual([
      ['甲<厂>', '2024-02-29', '2024-02-29 08:30:15', true, 0.1, null, 2],
      ['乙\r', null, null, false, -1e21, null, null],
    ]);
    expect(brief(table)).toEqual(['sheet-left-out - -', 'cell-error 2 错', 'formula-without-result 3 公式']);
  });

  it('gives the sheet that is asked for and says which there are', async () => {
    const book = new exceljs.Workbook();
    book.addWorksheet('一').addRows([
      ['a', 'b'],
      [1, 2],
    ]);
    book.addWorksheet('二').addRows([
      ['c', 'd'],
      [3, 4],
    ]);
    const content = Buffer.from(await book.xlsx.writeBuffer());
    const table = await readTable(content, 'a.xlsx', { sheet: '二' });
    expect(table.columns).toEqual(['c', 'd']);
    expect(table.problems).toMatchObject([{ rule: 'sheet-left-out', text: '一' }]);
    expect(await refusal(content, 'a.xlsx', { sheet: '三' })).toMatchObject({
      code: 'TABLE_UNREADABLE',
      reason: 'there is no sheet “三”; there are: 一, 二',
    });
  });

  it('says a text that is merged over rows beside each of them, a number once', async () => {
    const table = await readTable(
      workbook(
        [
          ['市', '企业', '额'],
          ['南昌', 'a', 5],
          [null, 'b', null],
          ['九江', 'c', 6],
        ],
        ['A2:A3', 'C2:C3'],
      ),
    );
    expect(table.rows).toEqual([
      ['南昌', 'a', 5],
      ['南昌', 'b', null],
      ['九江', 'c', 6],
    ]);
  });

  it('is read with prefixes, without references, with shared texts and comments', async () => {
    const table = await readTable(
      zipOf(
        bookParts(
          `<?xml version="1.0"?><x:worksheet><!-- <row> --><x:sheetData><x:row><x:c t='s'><x:v>0</x:v></x:c><x:c t="s"><x:v>1</x:v></x:c></x:row><x:row><x:c t="inlineStr"><x:is><x:t>a&#x4e2d;<![CDATA[<b>]]></x:t></x:is></x:c><x:c><x:v>7</x:v></x:c></x:row></x:sheetData></x:worksheet>`,
          {
            'xl/sharedStrings.xml':
              '<sst><si><t>名称</t></si><si><r><t>数</t></r><r><t>量</t></r><rPh><t>no</t></rPh></si></sst>',
          },
        ),
      ),
    );
    expect(table.columns).toEqual(['名称', '数量']);
    expect(table.rows).toEqual([['a中<b>', 7]]);
  });

  it.each([
    [
      'merged areas',
      '</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/><mergeCell ref="A2:XFD1048576"/></mergeCells><sheetData>',
    ],
    ['columns', '</sheetData><cols><col min="1" max="2000000000"/></cols><sheetData>'],
    ['rows', '<row r="999999999"><c r="A999999999"><v>1</v></c></row>'],
    ['places', '<row r="3"><c r="ZZZ1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>'],
  ])('with %s without end stays small', async (_, inside) => {
    const table = await readTable(
      zipOf(bookParts(cells(`<row r="2"><c r="A2"><v>7</v></c></row>${inside}`))),
    );
    expect(table.columns).toHaveLength(2);
    expect(table.rows.length).toBeLessThan(3);
  });

  it.each([
    ['a bomb', zipOf(bookParts(cells('')), { lie: 600_000_000 }), 'SOURCE_TOO_LARGE', 'unpacks to more'],
    [
      'a hidden bomb',
      zipOf(bookParts(cells(' '.repeat(9_000_000))), { lie: -5_000_000 }),
      'TABLE_UNREADABLE',
      'damaged',
    ],
    [
      'sizes that are lies',
      zipOf(bookParts(cells('')), { lie: 5 }),
      'TABLE_UNREADABLE',
      'ZIP structure is damaged',
    ],
    [
      'a document type',
      zipOf(bookParts('<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>')),
      'TABLE_UNREADABLE',
      'damaged',
    ],
    [
      'half a sheet',
      zipOf(bookParts(cells('<row r="2"><c r="A2"').slice(0, 200))),
      'TABLE_UNREADABLE',
      'damaged',
    ],
    [
      'half a file',
      workbook([
        ['a', 'b'],
        ['c', 'd'],
      ]).subarray(0, 300),
      'TABLE_UNREADABLE',
      'damaged',
    ],
    ['nothing', zipOf(bookParts('<worksheet><sheetData/></worksheet>')), 'TABLE_UNREADABLE', 'no table'],
    [
      'too many columns',
      zipOf(
        bookParts(
          `<worksheet><sheetData><row r="1">${Array.from({ length: 5_001 }, (_, at) => `<c t="inlineStr"><is><t>c${at}</t></is></c>`).join('')}</row></sheetData></worksheet>`,
        ),
      ),
      'SOURCE_TOO_LARGE',
      '5001 columns',
    ],
  ])('with %s is refused', async (_, content, code, reason) => {
    expect(await refusal(content, 'a.xlsx')).toMatchObject({ code, reason: expect.stringContaining(reason) });
  });

  it('of 100 thousand cells keeps the order and the pages', async () => {
    const rows = Array.from({ length: 10_000 }, (_, at) => [`n${at}`, at]);
    const table = await readTable(zipOf(bookParts(sheetOf([['名称', '数'], ...rows]))));
    expect(table.rows).toEqual(rows);
    expect(table.pages.length).toBeGreaterThanOrEqual(5);
  });
});

describe('numbers that are dates', () => {
  it.each([
    [14, undefined, 'date'],
    [22, undefined, 'date'],
    [31, undefined, 'date'],
    [20, undefined, 'clock'],
    [46, undefined, 'elapsed'],
    [4, undefined, 'number'],
    [164, 'yyyy\\-mm\\-dd', 'date'],
    [164, 'yyyy"年"m"月"', 'date'],
    [164, '[$-804]yyyy/m/d;@', 'date'],
    [164, 'h:mm:ss', 'clock'],
    [164, '[h]:mm', 'elapsed'],
    [164, '#,##0.00"元"', 'number'],
    [164, '0.00E+00', 'number'],
    [164, '[Red]0;[Blue]-0', 'number'],
    [164, 'General', 'number'],
  ] as const)('format %i %s is a %s', (id, code, kind) => {
    expect(numberKind(id, code)).toBe(kind);
  });

  it.each([
    [1, false, '1900-01-01'],
    [59, false, '1900-02-28'],
    [61, false, '1900-03-01'],
    [45_351.5, false, '2024-02-29 12:00:00'],
    [43_889, true, '2024-02-29'],
    [45_351.999_999_9, false, '2024-03-01'],
    [-1, false, null],
    [1e300, false, null],
  ])('%d is a day', (serial, is1904, text) => {
    expect(dateText(serial, { is1904, kind: 'date' })).toBe(text);
  });
});
