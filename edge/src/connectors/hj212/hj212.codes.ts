import type { PointType, Quality } from '@ronghe/contracts';

/** Whether a data flag says that the value holds, and the reason when it does not. */
export type FlagMeaning = { quality: Quality; reason?: string };

/**
 * Data flags of HJ 212-2017, table 8 (6.6.4): what the instrument was doing while the value came about. A value that is
 * not the emission's own is `bad`; one that a person set, or that is only a bound, is `uncertain`. The letters and their
 * meaning were found alike in eight transcriptions of the table; the table itself may be extended by provinces.
 */
const FLAGS_2017: Readonly<Record<string, FlagMeaning>> = {
  N: { quality: 'good' },
  F: { quality: 'bad', reason: 'instrument-stopped' },
  M: { quality: 'uncertain', reason: 'maintenance' },
  S: { quality: 'uncertain', reason: 'set-by-hand' },
  D: { quality: 'bad', reason: 'instrument-fault' },
  C: { quality: 'bad', reason: 'calibration' },
  T: { quality: 'uncertain', reason: 'over-range' },
  B: { quality: 'bad', reason: 'instrument-silent' },
};

/** Data flags of HJ/T 212-2005: letters for sources of pollution, digits for stations of air quality. */
const FLAGS_2005: Readonly<Record<string, FlagMeaning>> = {
  N: { quality: 'good' },
  P: { quality: 'bad', reason: 'power-failure' },
  F: { quality: 'uncertain', reason: 'source-stopped' },
  C: { quality: 'bad', reason: 'calibration' },
  M: { quality: 'uncertain', reason: 'maintenance' },
  T: { quality: 'uncertain', reason: 'over-range' },
  D: { quality: 'bad', reason: 'instrument-fault' },
  S: { quality: 'uncertain', reason: 'set-by-hand' },
  '0': { quality: 'bad', reason: 'calibration' },
  '1': { quality: 'good' },
  '2': { quality: 'uncertain', reason: 'abnormal' },
  '3': { quality: 'good' },
};

/**
 * What a data flag means. `version` is the number in bits 2 to 7 of the message's Flag: 0 is 2005, 1 is 2017. A flag that
 * the tables do not have makes the value `uncertain` under its own name.
 */
export function flagMeaning(flag: string, version: number): FlagMeaning {
  const table = version === 0 ? FLAGS_2005 : FLAGS_2017;
  if (Object.hasOwn(table, flag)) return table[flag] ?? { quality: 'good' };
  return { quality: 'uncertain', reason: /^[A-Za-z0-9]{1,8}$/.test(flag) ? `flag-${flag}` : 'flag-unknown' };
}

/** Fields whose value is a number (HJ 212-2017, table 4; run states and times of devices included). */
const NUMBERS = new Set([
  'Rtd',
  'Avg',
  'Min',
  'Max',
  'Cou',
  'ZsRtd',
  'ZsAvg',
  'ZsMin',
  'ZsMax',
  'RS',
  'RT',
  'Data',
  'DayData',
  'NightData',
]);

/** The type of a field by its name, as `w01018-Rtd`. What is not known to be a number stays text, as serial numbers. */
export function typeOfField(name: string): PointType {
  return NUMBERS.has(suffixOf(name)) ? 'number' : 'text';
}

/** The part after the dash; empty for a field without one. */
export const suffixOf = (name: string): string => name.slice(name.indexOf('-') + 1 || name.length);
const codeOf = (name: string): string => name.split('-', 1)[0] ?? name;

type Factor = { name: string; unit: string; amount: string };
/**
 * The factors met most, with the units of HJ 212-2017, appendix B, as UCUM codes: of the concentration or rate, and of the
 * discharged amount (`-Cou`). Codes of 2005 are given to the same factor. A factor that is left out has no unit of its own.
 */
const FACTORS: readonly (readonly [codes: string, name: string, unit: string, amount: string])[] = [
  ['w00000 B01', '污水', 'L/s', 'm3'],
  ['w01001 001', 'pH值', '[pH]', ''],
  ['w01009', '溶解氧', 'mg/L', ''],
  ['w01010', '水温', 'Cel', ''],
  ['w01012 003', '悬浮物', 'mg/L', 'kg'],
  ['w01014', '电导率', 'uS/cm', ''],
  ['w01018 011', '化学需氧量', 'mg/L', 'kg'],
  ['w01019', '高锰酸盐指数', 'mg/L', 'kg'],
  ['w01020 015', '总有机碳', 'mg/L', 'kg'],
  ['w20116 023', '总铬', 'mg/L', 'kg'],
  ['w20121 028', '总镍', 'mg/L', 'kg'],
  ['w20122 029', '总铜', 'mg/L', 'kg'],
  ['w20123 030', '总锌', 'mg/L', 'kg'],
  ['w21001 065', '总氮', 'mg/L', 'kg'],
  ['w21003 060', '氨氮', 'mg/L', 'kg'],
  ['w21011 101', '总磷', 'mg/L', 'kg'],
  ['w21016 070', '氰化物', 'mg/L', 'kg'],
  ['a00000 B02', '废气', 'm3/s', 'm3'],
  ['a01001', '温度', 'Cel', ''],
  ['a01002', '湿度', '%', ''],
  ['a01006', '气压', 'kPa', ''],
  ['a01007', '风速', 'm/s', ''],
  ['a01008', '风向', 'deg', ''],
  ['a01011 S02', '烟气流速', 'm/s', ''],
  ['a01012 S03', '烟气温度', 'Cel', ''],
  ['a01013 S08', '烟气压力', 'kPa', ''],
  ['a01014 S05', '烟气湿度', '%', ''],
  ['a19001 S01', '氧气含量', '%', ''],
  ['a21002 03', '氮氧化物', 'mg/m3', 'kg'],
  ['a21005 04', '一氧化碳', 'mg/m3', 'kg'],
  ['a21026 02', '二氧化硫', 'mg/m3', 'kg'],
  ['a34013 01', '烟尘', 'mg/m3', 'kg'],
  ['a34004', '细微颗粒物PM2.5', '', ''],
  ['LA', 'A权声级', 'dB', ''],
];
const BY_CODE: ReadonlyMap<string, Factor> = new Map(
  FACTORS.flatMap(([codes, name, unit, amount]) =>
    codes.split(' ').map((code) => [code, { name, unit, amount }] as const),
  ),
);

const VALUE_WORDS: Readonly<Record<string, string>> = {
  Rtd: '实时值',
  Avg: '平均值',
  Min: '最小值',
  Max: '最大值',
  Cou: '累计值',
  ZsRtd: '折算实时值',
  ZsAvg: '折算平均值',
  ZsMin: '折算最小值',
  ZsMax: '折算最大值',
};

/** Name and UCUM unit of a field, as far as its code is known. */
export function describeField(name: string): { name?: string; unit?: string } {
  const factor = BY_CODE.get(codeOf(name));
  const suffix = suffixOf(name);
  const word = Object.hasOwn(VALUE_WORDS, suffix) ? VALUE_WORDS[suffix] : undefined;
  if (factor === undefined || word === undefined) return {};
  const unit = suffix === 'Cou' ? factor.amount : factor.unit;
  return { name: `${factor.name}${word}`, ...(unit === '' ? {} : { unit }) };
}

/** Commands whose fields become points by themselves: real time, minutes, hours, days (HJ 212-2017, table 9). */
export const DATA_COMMANDS: ReadonlySet<string> = new Set(['2011', '2051', '2061', '2031']);
/** Answers to requests of a centre, of which we send none. */
export const ANSWER_COMMANDS: ReadonlySet<string> = new Set(['9011', '9012', '9013', '9014']);
/**
 * Notifications, answered by 9013 instead of 9014: 1013 asks for the time. 9015, the heartbeat, is of HJ 212-2025, and
 * 9021, a login, of some makers; neither is in HJ 212-2017.
 */
export const NOTICE_COMMANDS: ReadonlySet<string> = new Set(['1013', '9015', '9021']);
