import { creditCode } from '../province/codes.ts';
import type { Enterprise } from '../province/enterprises.ts';
import type { Province } from '../province/province.ts';

/** Headers of the register's file, in order. One row tells one thing of each kind of an enterprise, or nothing of it. */
export const REGISTER_HEADERS = [
  ...(['登记编号', '企业名称', '统一社会信用代码', '行政区划代码', '行业代码', '曾用名'] as const),
  ...(['上级单位', '股东', '股东信用代码', '出资比例(%)'] as const),
  ...(['厂区名称', '厂区地址', '厂区占地面积(平方米)'] as const),
  ...(['设备名称', '设备编号', '设备类别', '规格型号', '设备制造商', '投用日期'] as const),
  ...(['产品名称', '产品计量单位', '年生产能力'] as const),
  ...(['负责人姓名', '负责人职务', '负责人联系电话'] as const),
] as const;
export type RegisterHeader = (typeof REGISTER_HEADERS)[number];
export type RegisterRow = Readonly<Record<RegisterHeader, string>>;
type Told = Partial<Record<RegisterHeader, string>>;

const PRODUCTS: readonly (readonly [name: string, unit: string, capacity: string][])[] = [
  [
    ['阳极铜', '吨', '120000'],
    ['低氧铜杆', '吨', '80000'],
  ],
  [['青霉素发酵液', '吨', '3600']],
  [
    ['精梳纱', '吨', '15000'],
    ['混纺纱', '吨', '6000'],
  ],
  [['龙门加工中心', '台', '180']],
  [['控制电路板', '万块', '420']],
  [['机身结构件', '套', '900']],
];
const POSTS = ['厂长', '安全总监', '设备科科长'] as const;
const SURNAMES = ['熊', '邹', '喻', '龚', '晏', '饶'] as const;
const GIVEN = ['启明', '振邦', '慧敏'] as const;

/** Who holds shares of whom, by number in the province, or by name where the holder is not of it. */
const HOLDINGS: readonly (readonly [of: number, holder: number | string, share: string])[] = [
  [0, '江西豫章澜铜业集团有限公司', '67.5'],
  [0, '章立新', '12.5'],
  [0, '北京某某产业投资基金（有限合伙）', '20'],
  [11, 0, '60'],
  [22, 0, '35'],
  [23, 11, '100'],
  [1, '江西某某国有资本运营有限公司', '40'],
  [12, 1, '55'],
  [7, 5, '70'],
  [15, 5, '30'],
];
/** Who names whom as its parent. */
const PARENTS: readonly (readonly [of: number, parent: number])[] = [
  [24, 11],
  [19, 12],
];
/** The group of the smelter: enterprises that only this register knows. */
const GROUP = [
  ['江西豫章澜铜业集团有限公司', '360102', '3211', 'MAX70001'],
  ['江西豫章澜铜业集团铜材有限公司', '360681', '3251', 'MAX70002'],
] as const;
/** An enterprise that was called as another one is called now. */
const RENAMED = { of: 31, formerNameOf: 53 } as const;

/** The rows of the register; the same province always gives the same rows. */
export function registerRows({ enterprises, plants }: Province): readonly RegisterRow[] {
  const rows: RegisterRow[] = [];
  const counts = new Map<string, number>();
  const add = (who: Who, told: Told) => {
    const count = (counts.get(who.统一社会信用代码) ?? 0) + 1;
    counts.set(who.统一社会信用代码, count);
    rows.push(rowOf(`${who.统一社会信用代码}-${count}`, { ...who, ...told }));
  };
  const truth = (index: number): Enterprise => {
    const found = enterprises[index];
    if (!found) throw new RangeError(`no enterprise ${index}`);
    return found;
  };
  for (const plant of plants) for (const told of thingsOf(plant)) add(whoIs(plant.truth), told);
  for (const [of, holder, share] of HOLDINGS) {
    const other = typeof holder === 'number' ? truth(holder) : null;
    add(whoIs(truth(of)), {
      股东: other?.name ?? String(holder),
      股东信用代码: other?.code ?? '',
      '出资比例(%)': share,
    });
  }
  for (const [of, parent] of PARENTS) add(whoIs(truth(of)), { 上级单位: truth(parent).name });
  add(whoIs(truth(RENAMED.of)), { 曾用名: truth(RENAMED.formerNameOf).name });
  for (const [name, division, industry, body] of GROUP)
    add(
      {
        ...{ 企业名称: name, 统一社会信用代码: creditCode(division, body) },
        ...{ 行政区划代码: division, 行业代码: industry },
      },
      {},
    );
  return rows;
}

type Who = Pick<RegisterRow, '企业名称' | '统一社会信用代码' | '行政区划代码' | '行业代码'>;
const whoIs = ({ name, code, county, industry }: Enterprise): Who => ({
  ...{ 企业名称: name, 统一社会信用代码: code },
  ...{ 行政区划代码: county.division, 行业代码: industry.code },
});

const rowOf = (id: string, told: Told): RegisterRow =>
  Object.fromEntries(
    REGISTER_HEADERS.map((header) => [header, header === '登记编号' ? id : (told[header] ?? '')]),
  ) as RegisterRow;

/** What a plant has, as many rows as its longest list: its machines are called as its points call them. */
function thingsOf({ enterprise, points, truth, title }: Province['plants'][number]): Told[] {
  const machines = [...new Set(points.map(({ equipment }) => equipment))];
  const products = PRODUCTS[enterprise] ?? [];
  const rows = Math.max(machines.length, products.length, POSTS.length);
  return Array.from({ length: rows }, (_, at): Told => {
    const [machine, product, post] = [machines[at], products[at], POSTS[at]];
    return {
      ...(at < 2
        ? {
            厂区名称: `${title}${at === 0 ? '一' : '二'}厂区`,
            厂区地址:
              at === 0
                ? truth.address
                : `江西省${truth.city.name}${truth.county.name}兴园路${10 + enterprise}号`,
            '厂区占地面积(平方米)': String(48_000 + 6_500 * enterprise - 21_000 * at),
          }
        : {}),
      ...(machine === undefined
        ? {}
        : {
            设备名称: machine,
            设备编号: `SB-${enterprise + 1}-${String(at + 1).padStart(3, '0')}`,
            设备类别: machine.includes('电表') ? '计量仪表' : '主要生产设备',
            规格型号: `MN-${200 + 10 * enterprise + at}`,
            设备制造商: '某某装备制造厂（模拟）',
            投用日期: `20${String(12 + enterprise)}-0${at + 3}-15`,
          }),
      ...(product === undefined
        ? {}
        : { 产品名称: product[0], 产品计量单位: product[1], 年生产能力: product[2] }),
      ...(post === undefined
        ? {}
        : {
            负责人姓名: `${SURNAMES[(enterprise + at) % SURNAMES.length]}${GIVEN[at % GIVEN.length]}`,
            负责人职务: post,
            // out of a block of zeros, not of anybody
            负责人联系电话: `1380000${String(2000 + 10 * enterprise + at)}`,
          }),
    };
  });
}
