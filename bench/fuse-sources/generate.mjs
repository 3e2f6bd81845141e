// Rows as provincial extracts have them: names, codes with valid check digits (some wrong on purpose), addresses, phones,
// dates and amounts. Invented, the same for the same number of rows.

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

const CODE = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const CODE_WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const ORGANISATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2];

export const HEADER = [
  '序号',
  '企业名称',
  '统一社会信用代码',
  '法定代表人',
  '联系电话',
  '注册地址',
  '行政区划代码',
  '行业代码',
  '成立日期',
  '注册资本（万元）',
  '从业人数',
  '年营业收入（千元）',
  '备注',
];
/** The mapping that a person would make of it. */
export const MAPPINGS = [
  ['企业名称', 'name', 'name'],
  ['统一社会信用代码', 'code', 'code'],
  ['法定代表人', 'legalPerson', 'text'],
  ['联系电话', 'phone', 'phone'],
  ['注册地址', 'address', 'text'],
  ['行政区划代码', 'division', 'division'],
  ['行业代码', 'industry', 'industry'],
  ['成立日期', 'established', 'date'],
  ['注册资本（万元）', 'registeredCapital', 'number'],
  ['从业人数', 'employees', 'number'],
  ['年营业收入（千元）', 'revenue', 'number', 'thousand-yuan'],
].map(([from, to, transform, unit = null]) => ({ from, to, transform, unit, values: {} }));

const DIVISIONS = [
  ['360111', '江西省南昌市青山湖区'],
  ['360203', '江西省景德镇市珠山区'],
  ['360302', '江西省萍乡市安源区'],
  ['360402', '江西省九江市濂溪区'],
  ['360502', '江西省新余市渝水区'],
  ['360681', '江西省鹰潭市贵溪市'],
  ['360702', '江西省赣州市章贡区'],
  ['360802', '江西省吉安市吉州区'],
  ['360902', '江西省宜春市袁州区'],
  ['361002', '江西省抚州市临川区'],
  ['361102', '江西省上饶市信州区'],
];
const BRANDS = '赣博豫章洪都华宇鑫宏金瑞恒达宝信盛源瑞丰天成明远宏图长兴永泰安邦'.match(/../gu);
const TRADES = ['铜业', '陶瓷', '电子科技', '纺织', '药业', '机械制造', '新材料', '稀土', '食品', '光电'];
const FORMS = ['有限公司', '有限责任公司', '股份有限公司', '厂', '（集团）有限公司'];
const INDUSTRIES = ['3211', '3073', '3911', '1751', '2710', '3411', '2659', '3232', '1353', '3974'];
const FAMILIES = '王李张刘陈杨黄赵吴周熊胡徐朱';
const GIVEN = '伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英';

/** A small generator with a seed (mulberry32). */
function random(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function codeOf(number, division) {
  const body = `MA${String(number % 1_000_000).padStart(6, '0')}`;
  const organisation = [...body].reduce(
    (sum, character, at) => sum + parseInt(character, 36) * ORGANISATION_WEIGHTS[at],
    0,
  );
  const check = (11 - (organisation % 11)) % 11;
  const whole = `91${division}${body}${check === 10 ? 'X' : check}`;
  const sum = [...whole].reduce(
    (total, character, at) => total + CODE.indexOf(character) * CODE_WEIGHTS[at],
    0,
  );
  return whole + CODE[(31 - (sum % 31)) % 31];
}

export function rowOf(number) {
  const next = random(number + 1);
  const [division, place] = DIVISIONS[next(DIVISIONS.length)];
  const city = place.slice(3, 6);
  const brand = BRANDS[next(BRANDS.length)] + BRANDS[next(BRANDS.length)];
  const trade = next(TRADES.length);
  const code = codeOf(number, division);
  return [
    String(number + 1),
    `${city}${brand}${TRADES[trade]}${FORMS[next(FORMS.length)]}`,
    next(50) === 0 ? `${code.slice(0, 17)}0` : code,
    FAMILIES[next(FAMILIES.length)] + GIVEN[next(GIVEN.length)],
    next(3) === 0
      ? `0791-8${String(next(10_000_000)).padStart(7, '0')}`
      : `13${String(next(1e9)).padStart(9, '0')}`,
    `${place}创业路${next(300) + 1}号`,
    division,
    INDUSTRIES[trade],
    `${1990 + next(35)}-${String(next(12) + 1).padStart(2, '0')}-${String(next(28) + 1).padStart(2, '0')}`,
    String(next(100_000) / 10),
    String(next(5_000)),
    String(next(10_000_000)),
    next(20) === 0 ? '"含分公司, 两处"' : '',
  ];
}

/** Writes a CSV of so many rows; `change` may alter single rows. Returns its size in bytes. */
export async function writeCsv(path, { rows, change = (row) => row }) {
  const stream = createWriteStream(path);
  let text = `\uFEFF${HEADER.join(',')}\r\n`;
  let bytes = 0;
  for (let number = 0; number < rows; number += 1) {
    text += `${change(rowOf(number), number).join(',')}\r\n`;
    if (text.length < 1_000_000) continue;
    bytes += Buffer.byteLength(text);
    if (!stream.write(text)) await once(stream, 'drain');
    text = '';
  }
  bytes += Buffer.byteLength(text);
  stream.end(text);
  await once(stream, 'finish');
  return bytes;
}
