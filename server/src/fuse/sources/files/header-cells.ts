/** What a cell looks like; `period` is a year, a month or a small number, which stand in headers as well as in data. */
export type CellKind = 'empty' | 'text' | 'number' | 'date' | 'code' | 'period';

const NUMBER = /^[+-]?(?:\d{1,3}(?:,\d{3})+|\d+|(?=\.\d))(?:\.\d*)?(?:[eE][+-]?\d+)?%?$/;
const DATE =
  /^\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:[ T]\d{1,2}:\d{2}.*)?$|^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}(?: .*)?$/;
const PERIOD = /^(?:19|20)\d{2}(?:年(?:\d{1,2}月)?|[-/.]\d{1,2})?$|^\d{1,2}月$/;
const CODE = /^(?=(?:.*\d){6})[0-9A-Z-]{8,32}$/i;

export function kindOf(cell: unknown): CellKind {
  if (cell === undefined || cell === null) return 'empty';
  if (typeof cell === 'number')
    return Number.isInteger(cell) && cell >= 1900 && cell < 2100 ? 'period' : 'number';
  if (typeof cell !== 'string') return 'number';
  const text = cell.trim().slice(0, 64);
  if (text === '') return 'empty';
  if (PERIOD.test(text)) return 'period';
  if (NUMBER.test(text)) return text.replace(/\D/g, '').length >= 11 ? 'code' : 'number';
  if (DATE.test(text)) return 'date';
  return CODE.test(text) ? 'code' : 'text';
}

/** A unit of measurement by itself, with or without brackets. */
const UNIT =
  /^[(（[【]?(?:单位[:：])?(?:[十百千万亿]{0,2}(?:元|吨|人|户|家|个|台|套|件|米|亩|度|千瓦时|标准煤|吨标准煤|立方米|平方米|公里)|[MGkK]?Wh|[kM]?W|[tT]|tce|t?CO2e?|kg|m[23³²]|GJ|℃|°C|%|％|RMB|CNY|USD|-|—|\/)[)）\]】]?$/;
export const isUnit = (cell: unknown): boolean => typeof cell === 'string' && UNIT.test(cell.trim());
export const unitText = (cell: unknown): string =>
  String(cell)
    .trim()
    .replace(/^[(（[【](.*)[)）\]】]$/, '$1');

/** The line of Chinese statistical tables that numbers the columns: 甲 乙 1 2 3. */
export function isNumbering(cells: readonly unknown[]): boolean {
  const filled = cells.map((cell) => String(cell ?? '').trim()).filter((text) => text !== '');
  if (filled.length < 4) return false;
  const letters = filled.findIndex((text) => !/^[甲乙丙丁戊己]$/.test(text));
  if (letters < 0) return true;
  return filled.slice(letters).every((text, at) => text === String(at + 1));
}

/** What stands below (or right above) a table and is no row of it: notes, who filled it in, where it is from. */
const NOTE =
  /^[*※（(]?(?:备?注(?:释|意)?[:：\d一]|说明[:：]|填[表报](?:人|单位|说明|日期|时间)|制表|审核|复核|(?:单位|统计|部门)?负责人|(?:资料|数据)来源|联系(?:人|电话)|报出日期|note[s]?\s*[:：]|source\s*[:：])/i;

/** True for a row of a table of at least three columns of which every filled cell but the last is a note. */
export function isNote(cells: readonly unknown[], width: number): boolean {
  if (width < 3) return false;
  let filled = 0;
  for (const cell of cells) {
    if (cell === undefined || cell === null || cell === '') continue;
    if (typeof cell !== 'string') return false;
    const text = cell.trim();
    if (text === '') continue;
    filled += 1;
    if (!NOTE.test(text)) return false;
  }
  return filled > 0 && filled < width;
}
