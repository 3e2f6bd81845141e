/** What a data identifier holds: how its digits are written in the standard, the unit as UCUM code, and whether the top bit is a sign. */
export type Item = { format: string; unit: string; signed: boolean; name: string };

const PHASES = ['总', 'A相', 'B相', 'C相'];
const ENERGIES: Readonly<Record<string, Omit<Item, 'format'>>> = {
  '00': { name: '组合有功', unit: 'kW.h', signed: true },
  '01': { name: '正向有功', unit: 'kW.h', signed: false },
  '02': { name: '反向有功', unit: 'kW.h', signed: false },
  '03': { name: '组合无功1', unit: 'kvar.h', signed: true },
  '04': { name: '组合无功2', unit: 'kvar.h', signed: true },
  '05': { name: '第一象限无功', unit: 'kvar.h', signed: false },
  '06': { name: '第二象限无功', unit: 'kvar.h', signed: false },
  '07': { name: '第三象限无功', unit: 'kvar.h', signed: false },
  '08': { name: '第四象限无功', unit: 'kvar.h', signed: false },
  '09': { name: '正向视在', unit: 'kV.A.h', signed: false },
  '0A': { name: '反向视在', unit: 'kV.A.h', signed: false },
};
const PHASE_ENERGIES: Readonly<Record<string, string>> = {
  '15': 'A相正向有功',
  '16': 'A相反向有功',
  '29': 'B相正向有功',
  '2A': 'B相反向有功',
  '3D': 'C相正向有功',
  '3E': 'C相反向有功',
};

type Variable = Omit<Item, 'name'> & { name: string; from: 0 | 1 };
/** Instantaneous values of the phases; those with `from: 0` have a total under phase 0. */
const VARIABLES: Readonly<Record<string, Variable>> = {
  '01': { name: '电压', format: 'XXX.X', unit: 'V', signed: false, from: 1 },
  '02': { name: '电流', format: 'XXX.XXX', unit: 'A', signed: true, from: 1 },
  '03': { name: '瞬时有功功率', format: 'XX.XXXX', unit: 'kW', signed: true, from: 0 },
  '04': { name: '瞬时无功功率', format: 'XX.XXXX', unit: 'kvar', signed: true, from: 0 },
  '05': { name: '瞬时视在功率', format: 'XX.XXXX', unit: 'kV.A', signed: true, from: 0 },
  '06': { name: '功率因数', format: 'X.XXX', unit: '1', signed: true, from: 0 },
  '07': { name: '相角', format: 'XXX.X', unit: 'deg', signed: false, from: 1 },
  '08': { name: '电压波形失真度', format: 'XX.XX', unit: '%', signed: false, from: 1 },
  '09': { name: '电流波形失真度', format: 'XX.XX', unit: '%', signed: false, from: 1 },
};

const SINGLES: Readonly<Record<string, Item>> = {
  '02800001': { name: '零线电流', format: 'XXX.XXX', unit: 'A', signed: true },
  '02800002': { name: '电网频率', format: 'XX.XX', unit: 'Hz', signed: false },
  // 03 to 06 and 08 to 0A were found in one source only.
  '02800003': { name: '一分钟有功总平均功率', format: 'XX.XXXX', unit: 'kW', signed: true },
  '02800004': { name: '当前有功需量', format: 'XX.XXXX', unit: 'kW', signed: true },
  '02800005': { name: '当前无功需量', format: 'XX.XXXX', unit: 'kvar', signed: true },
  '02800006': { name: '当前视在需量', format: 'XX.XXXX', unit: 'kV.A', signed: true },
  '02800007': { name: '表内温度', format: 'XXX.X', unit: 'Cel', signed: true },
  '02800008': { name: '时钟电池电压', format: 'XX.XX', unit: 'V', signed: false },
  '02800009': { name: '停电抄表电池电压', format: 'XX.XX', unit: 'V', signed: false },
  '0280000A': { name: '内部电池工作时间', format: 'XXXXXXXX', unit: 'min', signed: false },
  '04000101': { name: '日期', format: 'YYMMDDWW', unit: '', signed: false },
  '04000102': { name: '时间', format: 'hhmmss', unit: '', signed: false },
  '04000103': { name: '最大需量周期', format: 'NN', unit: 'min', signed: false },
  '04000104': { name: '滑差时间', format: 'NN', unit: 'min', signed: false },
  '04000401': { name: '通信地址', format: 'NNNNNNNNNNNN', unit: '', signed: false },
  '04000402': { name: '表号', format: 'NNNNNNNNNNNN', unit: '', signed: false },
};

/**
 * The item of an identifier `DI3 DI2 DI1 DI0` as eight upper-case digits, by tables A.1, A.3 and A.5 of DL/T 645-2007;
 * null for those that are not listed here. Formats and units were compared in at least two independent transcriptions
 * (README); the signs follow notes 2, 3 and 6 of table A.3 and the note on combined energies.
 */
export function itemOf(id: string): Item | null {
  if (Object.hasOwn(SINGLES, id)) return SINGLES[id] ?? null;
  const [category, kind = '', sub = '', last = ''] = id.match(/../g) ?? [];
  if (category === '00') return energyOf(kind, sub, last);
  if (category !== '02' || last !== '00' || !Object.hasOwn(VARIABLES, kind)) return null;
  const variable = VARIABLES[kind];
  const phase = PHASES[Number.parseInt(sub, 16)];
  if (variable === undefined || phase === undefined || Number.parseInt(sub, 16) < variable.from) return null;
  const { name, format, unit, signed } = variable;
  return { name: `${phase}${name}`, format, unit, signed };
}

/** DI1 is the tariff (00 total, 01 to 3F), DI0 the settlement day (00 now, 01 to 0C back). */
function energyOf(kind: string, tariff: string, day: string): Item | null {
  const tariffNumber = Number.parseInt(tariff, 16);
  const dayNumber = Number.parseInt(day, 16);
  if (tariffNumber > 0x3f || dayNumber > 0x0c) return null;
  const when = dayNumber === 0 ? '当前' : `上${dayNumber}结算日`;
  const format = 'XXXXXX.XX';
  if (Object.hasOwn(PHASE_ENERGIES, kind) && tariffNumber === 0)
    return { name: `${when}${PHASE_ENERGIES[kind]}电能`, format, unit: 'kW.h', signed: false };
  const energy = Object.hasOwn(ENERGIES, kind) ? ENERGIES[kind] : undefined;
  if (energy === undefined) return null;
  const part = tariffNumber === 0 ? '总' : `费率${tariffNumber}`;
  return { ...energy, name: `${when}${energy.name}${part}电能`, format };
}

/** The identifiers that are offered to a person who chooses points: what is read most. */
export const COMMON_IDS: readonly string[] = [
  '00000000',
  '00010000',
  '00010100',
  '00010200',
  '00010300',
  '00010400',
  '00020000',
  '00030000',
  '00040000',
  '02010100',
  '02010200',
  '02010300',
  '02020100',
  '02020200',
  '02020300',
  '02030000',
  '02040000',
  '02060000',
  '02800002',
  '04000101',
  '04000102',
];
