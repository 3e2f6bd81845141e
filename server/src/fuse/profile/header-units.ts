import type { UnitEntry } from '@ronghe/contracts';
import { cleanText } from '../standards/text.ts';
import { unitOf } from '../standards/units.ts';

/** The unit that a header names: as it is written there, and its key in the reference data. */
export type HeaderUnit = { written: string; unit: UnitEntry };

const LENGTH_MAX = 100;
/** Pinyin and English endings of field names, with the unit they mean. 万 alone depends on what is counted. */
const ENDINGS: Readonly<Record<string, string>> = {
  wan: '万元',
  wy: '万元',
  wanyuan: '万元',
  yuan: '元',
  cny: '元',
  rmb: '元',
  qianyuan: '千元',
  qy: '千元',
  yi: '亿元',
  yiyuan: '亿元',
  kwh: '千瓦时',
  mwh: '兆瓦时',
  gwh: '吉瓦时',
  wankwh: '万千瓦时',
  pct: '%',
  percent: '%',
};
/** Written without brackets at the end of a header: 注册资本万元. Longest first. */
const BARE = /(?:万千瓦时|千瓦时|兆瓦时|百万元|万元|千元|亿元|万吨|吨|万度|平方米|[%‰])$/;
const ENERGY = /电|electric|kwh|power|ydl|(?:^|_)dl/i;

/** 金额（万元） gives 万元, `revenue_wan` gives wan as 万元, 用电量/千瓦时 gives 千瓦时; null when no unit is named. */
export function headerUnit(header: string): HeaderUnit | null {
  const text = cleanText(header.slice(0, LENGTH_MAX));
  for (const [, inside = ''] of text.matchAll(/[([【](?:单位|计量单位)?[:\s]*([^()[\]【】]{1,20})[)\]】]/g)) {
    const unit = unitOf(inside.trim());
    if (unit) return { written: inside.trim(), unit };
  }
  const ending = /[_\-/\s.:]([\p{L}%‰]{1,12}\d?)$/u.exec(text)?.[1];
  const named = ending === undefined ? null : unitByEnding(ending, text);
  if (ending !== undefined && named) return { written: ending, unit: named };
  const bare = BARE.exec(text)?.[0];
  const unit = bare !== undefined && bare !== text ? unitOf(bare) : null;
  return bare !== undefined && unit ? { written: bare, unit } : null;
}

/** The header without the unit it names. */
export function withoutUnit(header: string): string {
  const text = cleanText(header.slice(0, LENGTH_MAX));
  const found = headerUnit(text);
  if (!found) return text;
  const at = text.lastIndexOf(found.written);
  const before = text.slice(0, at).replace(/[([【](?:单位|计量单位)?[:\s]*$|[_\-/\s.:]+$/, '');
  const rest = (before + text.slice(at + found.written.length).replace(/^[)\]】]/, '')).trim();
  return rest === '' ? text : rest;
}

function unitByEnding(ending: string, header: string): UnitEntry | null {
  const lower = ending.toLowerCase();
  if (lower === 'wan' && ENERGY.test(header)) return unitOf('万千瓦时');
  const name = ENDINGS[lower];
  // one letter is the end of a name more often than a unit: shape_m, part_t
  if (name === undefined) return /^[A-Za-z]$/.test(ending) ? null : unitOf(ending);
  return unitOf(name);
}

/** The unit of a text as a header or a cell has it, also as an ending of a field name; null when it is none. */
export const unitNamed = (written: string, header = ''): UnitEntry | null =>
  unitOf(written) ?? unitByEnding(written, header);
