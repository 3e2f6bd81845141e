import excel from 'exceljs';
import { creditCode } from '../../demo/src/province/codes.ts';

const COUNTIES = [
  { name: '青山湖区', code: '360111' },
  { name: '南昌县', code: '360121' },
  { name: '新建区', code: '360112' },
] as const;
const ENTERPRISES = 24;
/** Lines of the list with a wrong check character, without a code, and with words where a number belongs. */
export const PLANTED = { wrongCodes: [5, 17], noCode: [9], wordsForNumber: [12] } as const;

/**
 * A list of enterprises as a park's office writes it (invented): a title, a header of two merged lines with units, dates
 * as text in three ways, an empty row and a total.
 * @returns the file's bytes and how many rows there are below the header that are not empty
 */
export async function parkList(): Promise<{ bytes: Buffer; rows: number }> {
  const book = new excel.Workbook();
  const sheet = book.addWorksheet('企业名录');
  sheet.addRow(['望湖产业园规模以上企业名录（2026年10月）']);
  sheet.addRow(['序号', '企业名称', '统一社会信用代码', '所属县区', '基本情况', '', '经济指标', '']);
  sheet.addRow(['', '', '', '', '成立日期', '从业人数（人）', '营业收入（千元）', '用电量（万千瓦时）']);
  sheet.mergeCells('A1:H1');
  for (const column of ['A', 'B', 'C', 'D']) sheet.mergeCells(`${column}2:${column}3`);
  sheet.mergeCells('E2:F2');
  sheet.mergeCells('G2:H2');
  for (let index = 0; index < ENTERPRISES; index++) {
    if (index === ENTERPRISES / 2) sheet.addRow([]);
    sheet.addRow(line(index));
  }
  sheet.addRow(['合计', '', '', '', '', '', 512_000, 480]);
  return { bytes: Buffer.from(await book.xlsx.writeBuffer()), rows: ENTERPRISES + 1 };
}

const has = (planted: readonly number[], index: number) => planted.includes(index);

function line(index: number): (string | number)[] {
  const county = COUNTIES[index % COUNTIES.length] ?? COUNTIES[0];
  const right = creditCode(county.code, `MAX6${String(index).padStart(4, '0')}`);
  const wrong = right.slice(0, -1) + (right.endsWith('0') ? '1' : '0');
  const code = has(PLANTED.noCode, index) ? '' : has(PLANTED.wrongCodes, index) ? wrong : right;
  const persons = has(PLANTED.wordsForNumber, index) ? '约120' : 40 + index;
  return [
    index + 1,
    `江西望湖第${index + 1}精密制造有限公司`,
    code,
    county.name,
    established(index),
    persons,
    20_000 + index * 100,
    20 + index / 10,
  ];
}

function established(index: number): string {
  const [year, month, day] = [2001 + index, (index % 12) + 1, (index % 28) + 1];
  if (index % 3 === 0) return `${year}年${month}月${day}日`;
  return index % 3 === 1 ? `${year}/${month}/${day}` : `${year}.${month}.${day}`;
}
