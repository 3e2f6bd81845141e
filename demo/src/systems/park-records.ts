import { creditCode } from '../province/codes.ts';
import { CITIES } from '../province/divisions.ts';
import type { Enterprise } from '../province/enterprises.ts';
import { type ParkFaultKind, parkFaultsOf } from './planted-faults.ts';

/** A record as the park cloud hands it out, with its own field names (initials of the Chinese words). */
export type ParkRecord = {
  /** number of the record in the system, `YQ` and six digits */
  id: string;
  /** 企业名称 */
  qymc: string;
  /** 企业简称 */
  qyjc: string;
  /** 曾用名 */
  cym: string | null;
  /** 统一社会信用代码 */
  tyshxydm: string | null;
  /** 所属园区 */
  szyq: string;
  /** 行政区划代码 */
  xzqhdm: string;
  /** 地址 */
  dz: string;
  /** 行业代码 */
  hydm: string;
  /** 法定代表人 */
  fddbr: string | null;
  /** 联系电话 */
  lxdh: string | null;
  /** 注册日期 */
  zcrq: string;
  /** 注册资本（万元） */
  zczb_wan: number | string;
  /** 从业人数 */
  cyrs: number | string;
  /** 年营业收入（万元） */
  nyysr_wan: number;
};

/** Enterprises the park cloud does not know: they sit outside the parks. */
export const isInPark = (enterprise: Enterprise): boolean => enterprise.index % 13 !== 10;

/** All records of the park cloud with their planted faults, in the order of their numbers. */
export function parkRecords(enterprises: readonly Enterprise[]): readonly ParkRecord[] {
  const inParks = enterprises.filter(isInPark);
  const records = inParks.map((enterprise) => applyFaults(cleanRecord(enterprise), enterprise));
  const extra = inParks.flatMap((enterprise) => extraRecords(enterprise));
  return [...records, ...extra];
}

const recordId = (number: number): string => `YQ${String(number).padStart(6, '0')}`;

function cleanRecord(enterprise: Enterprise): ParkRecord {
  return {
    id: recordId(1001 + enterprise.index),
    qymc: enterprise.name,
    qyjc: enterprise.shortName,
    cym: enterprise.formerName,
    tyshxydm: enterprise.code,
    szyq: enterprise.park,
    xzqhdm: enterprise.county.division,
    dz: enterprise.address,
    hydm: enterprise.industry.code,
    fddbr: enterprise.legalPerson,
    lxdh: landLine(enterprise.phone),
    zcrq: enterprise.established,
    zczb_wan: enterprise.registeredCapitalWan,
    cyrs: enterprise.employees,
    nyysr_wan: enterprise.revenueWan,
  };
}

type Change = (record: ParkRecord, truth: Enterprise) => Partial<ParkRecord>;
/** How each fault changes a record; faults that add a record stand in `extraRecords`. */
const CHANGES: Readonly<Partial<Record<ParkFaultKind, Change>>> = {
  'spaces-in-name': ({ qymc }) => ({ qymc: ` ${qymc.slice(0, 4)} ${qymc.slice(4)}　` }),
  'full-width-name': ({ qymc }) => ({ qymc: `${qymc.slice(0, 2)}　${qymc.slice(2)}．` }),
  'form-variant': ({ qymc }) => ({
    qymc: qymc.includes('有限责任公司')
      ? qymc.replace('有限责任公司', '有限公司')
      : qymc.replace(/(?<!股份)有限公司$/, '有限责任公司'),
  }),
  'province-prefix': ({ qymc }, { city }) => ({
    qymc: `江西省${city.name}${qymc.replace(city.name.replace(/市$/, ''), '')}`,
  }),
  'region-in-brackets': ({ qymc }, { city }) => {
    const region = city.name.replace(/市$/, '');
    const rest = qymc.replace(region, '');
    return { qymc: `${rest.slice(0, 2)}（${region}）${rest.slice(2)}` };
  },
  'former-name-as-name': ({ qymc, cym }) => ({ qymc: cym ?? qymc, cym: null }),
  'old-division': ({ xzqhdm }, { county }) => ({ xzqhdm: county.old?.division ?? xzqhdm }),
  'missing-code': () => ({ tyshxydm: null }),
  'missing-phone': () => ({ lxdh: '' }),
  'missing-legal-person': () => ({ fddbr: null }),
  'missing-key': () => ({ id: '' }),
  'missing-name': () => ({ qymc: '' }),
  'wrong-check-digit': ({ tyshxydm }) => ({ tyshxydm: tyshxydm && otherCheck(tyshxydm) }),
  'lower-case-code': ({ tyshxydm }) => ({ tyshxydm: tyshxydm?.toLowerCase() ?? null }),
  'full-width-code': ({ tyshxydm }) => ({ tyshxydm: tyshxydm && fullWidth(tyshxydm) }),
  'phone-spaces': (_, { phone }) => ({ lxdh: `${phone.slice(0, 3)} ${phone.slice(3, 7)} ${phone.slice(7)}` }),
  'phone-brackets': (_, { phone }) => ({ lxdh: `（${phone.slice(0, 4)}）${phone.slice(4)}` }),
  'phone-country-code': (_, { phone }) => ({ lxdh: `+86-${phone}` }),
  'phone-full-width': (_, { phone }) => ({ lxdh: fullWidth(`${phone.slice(0, 4)}-${phone.slice(4)}`) }),
  'date-slashes': (_, { established }) => ({ zcrq: established.replaceAll('-', '/').replaceAll('/0', '/') }),
  'date-chinese': (_, { established }) => {
    const [year, month, day] = established.split('-').map(Number);
    return { zcrq: `${year}年${month}月${day}日` };
  },
  'date-compact': (_, { established }) => ({ zcrq: established.replaceAll('-', '') }),
  'number-with-comma': (_, { employees }) => ({ cyrs: employees.toLocaleString('en-US') }),
  'capital-with-unit': (_, { registeredCapitalWan }) => ({ zczb_wan: `${registeredCapitalWan}万元` }),
};

function applyFaults(record: ParkRecord, truth: Enterprise): ParkRecord {
  let changed = record;
  for (const kind of parkFaultsOf(truth.index)) changed = { ...changed, ...CHANGES[kind]?.(changed, truth) };
  return changed;
}

/** Records that exist beside the enterprise's own. */
function extraRecords(truth: Enterprise): ParkRecord[] {
  const faults = parkFaultsOf(truth.index);
  const clean = cleanRecord(truth);
  const extra: ParkRecord[] = [];
  if (faults.has('duplicate'))
    extra.push({ ...clean, id: recordId(2001 + truth.index), cym: null, lxdh: '', fddbr: null });
  if (faults.has('same-name-elsewhere')) extra.push(namesake(clean, truth));
  if (faults.has('branch'))
    extra.push({
      ...clean,
      id: recordId(4001 + truth.index),
      qymc: `${truth.name}贵溪第二分公司`,
      qyjc: '',
      tyshxydm: creditCode(clean.xzqhdm, `MAX9${String(truth.index).padStart(4, '0')}`),
      cyrs: 46,
      nyysr_wan: 0,
    });
  return extra;
}

/** Another enterprise with the same name, in the next city of the list, with a code of its own. */
function namesake(clean: ParkRecord, truth: Enterprise): ParkRecord {
  const city = CITIES[(CITIES.indexOf(truth.city) + 1) % CITIES.length] ?? truth.city;
  const division = city.counties[0]?.division ?? city.division;
  return {
    ...clean,
    id: recordId(3001 + truth.index),
    tyshxydm: creditCode(division, `MAX8${String(truth.index).padStart(4, '0')}`),
    xzqhdm: division,
    szyq: '',
    dz: `江西省${city.name}创业大道9号`,
    fddbr: '万里行',
    lxdh: `${city.areaCode}-80009999`,
    cyrs: 52,
    nyysr_wan: 3100,
  };
}

const landLine = (phone: string): string =>
  phone.startsWith('0') ? `${phone.slice(0, 4)}-${phone.slice(4)}` : phone;
const otherCheck = (code: string): string => code.slice(0, -1) + (code.endsWith('0') ? '1' : '0');
const fullWidth = (text: string): string =>
  text.replace(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0));
