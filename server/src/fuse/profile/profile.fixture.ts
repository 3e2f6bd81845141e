import { codeCheckCharacter, organisationCheckCharacter } from '../standards/uscc.ts';

/** A valid, invented code of Jiangxi by a number. */
export function codeBy(number: number, division = '360100'): string {
  const organisation = `MAX${String(number).padStart(5, '0')}`;
  const body = `91${division}${organisation}${organisationCheckCharacter(organisation)}`;
  return body + codeCheckCharacter(body);
}

const pick = <Value>(values: readonly Value[], at: number): Value => values[at % values.length] as Value;
const PLACES = ['南昌', '九江', '赣州', '上饶', '宜春', '吉安'] as const;
const BRANDS = ['澄昱', '泓峤', '岚翊', '樾珩', '璟堃', '筠湉', '彭蠡', '庐陵', '豫章'] as const;
const TRADES = ['铜业', '电子科技', '纺织', '生物医药', '机械制造', '新材料'] as const;
const FAMILIES = ['王', '李', '熊', '万', '刘', '胡', '徐', '涂'] as const;
const GIVEN = ['桂', '建国', '晓燕', '伟', '志强', '丽娟', '海波'] as const;
const COUNTIES = ['360111', '360681', '360982', '360402', '360702', '360821', '361102'] as const;
const INDUSTRIES = ['3211', '2710', '1711', '3422', '3982', '3744', '2614', '1353'] as const;
const CITIES = ['南昌市', '九江市', '赣州市', '上饶市'] as const;

/** Invented values by what they mean; the same number gives the same value. Likeness to anybody is chance. */
export const VALUES = {
  name: (n: number) => `${pick(PLACES, n)}${pick(BRANDS, n * 5 + 1)}${pick(TRADES, n * 7)}${n}有限公司`,
  shortName: (n: number) => `${pick(BRANDS, n * 5 + 1)}${pick(TRADES, n * 7)}`,
  code: (n: number) => codeBy(n),
  registration: (n: number) => registration(n),
  division: (n: number) => pick(COUNTIES, n),
  divisionName: (n: number) => pick(['青山湖区', '贵溪市', '樟树市', '濂溪区', '章贡区', '吉安县'], n),
  industry: (n: number) => pick(INDUSTRIES, n),
  industryName: (n: number) => pick(['铜冶炼', '化学药品原料药制造', '棉纺纱加工', '电子电路制造'], n),
  person: (n: number) => pick(FAMILIES, n) + pick(GIVEN, n * 3 + (n >> 3)),
  mobile: (n: number) => `13${String(100_000_000 + ((n * 7_919) % 899_999_999))}`,
  landLine: (n: number) => `0791-8${String(1_000_000 + ((n * 6_151) % 8_999_999))}`,
  address: (n: number) =>
    `江西省${pick(CITIES, n)}${pick(['高新区', '经开区', '红谷滩区'], n)}创新路${n + 1}号`,
  park: (n: number) => pick(['小蓝经济技术开发区', '贵溪工业园区', '樟树工业园', '井冈山经开区'], n),
  date: (n: number) => `20${String(10 + (n % 14))}-${two((n % 12) + 1)}-${two((n % 27) + 1)}`,
  period: (n: number) => `2026-${two((n % 5) + 2)}`,
  compactPeriod: (n: number) => `2026${two((n % 5) + 2)}`,
  email: (n: number) => `office${n}@example.com`,
  identity: (n: number) => identity(n),
  money: (n: number) => Math.round(500 + ((n * 7_907) % 90_000) * 1.37) / 10,
  thousands: (n: number) => 5_000 + ((n * 7_907) % 900_000),
  integer: (n: number) => 12 + ((n * 131) % 900),
  small: (n: number) => Math.round(((n * 37) % 1_900) / 2) / 10,
  percent: (n: number) => 40 + ((n * 13) % 60),
  size: (n: number) => pick(['大型', '中型', '小型', '微型'], n),
  unitName: (n: number) => pick(['万元', '吨', '千瓦时'], n),
  state: (n: number) => pick(['存续', '注销', '吊销'], n),
  text: (n: number) => `${pick(['有色金属冶炼', '电子元件销售', '机床设计', '药品批发'], n)}；第${n}项`,
  serial: (n: number) => n + 1,
  id: (n: number) => `YQ${String(1_000 + n).padStart(6, '0')}`,
  product: (n: number) => pick(['阴极铜', '铜杆', '化学原料药', '涡轮叶片', '棉纱'], n),
  empty: () => null,
} as const satisfies Record<string, (n: number) => unknown>;
export type ValueName = keyof typeof VALUES;

const two = (number: number) => String(number).padStart(2, '0');

function registration(n: number): string {
  const body = `3601002${String(n).padStart(7, '0')}`;
  let product = 10;
  for (const digit of body) product = (((product + Number(digit)) % 10 || 10) * 2) % 11;
  return body + String((11 - product) % 10);
}

function identity(n: number): string {
  const body = `36011119${70 + (n % 30)}0${1 + (n % 9)}1${n % 10}${String(n % 1_000).padStart(3, '0')}`;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((total, weight, at) => total + weight * Number(body[at]), 0);
  return body + ('10X98765432'[sum % 11] ?? '');
}

/** Rows of a table by header and what stands below it. */
export const tableOf = (columns: Readonly<Record<string, ValueName>>, rows = 60) =>
  Array.from({ length: rows }, (_, n) =>
    Object.fromEntries(Object.entries(columns).map(([header, value]) => [header, VALUES[value](n)])),
  );
