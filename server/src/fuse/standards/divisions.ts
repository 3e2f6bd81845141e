import type { DivisionEntry } from '@ronghe/contracts';
import { derived } from './reference.ts';
import { cleanText } from './text.ts';

/** A division of China as of today. `city` is the code of its city, null for a province. */
export type Division = {
  code: string;
  name: string;
  level: 'province' | 'city' | 'county';
  city: string | null;
  /** the names from the city down, as 南昌市青山湖区; outside Jiangxi with the province before them */
  label: string;
};
export type DivisionReading = { code: string; outdated: boolean };

/** The province this house serves: what the database of enterprises takes as a division lies in it. */
export const HOME_PROVINCE = '36';
const AT_HOME = (code: string) => code.startsWith(HOME_PROVINCE);

const levelOf = (code: string): Division['level'] => {
  if (code.endsWith('0000')) return 'province';
  return code.endsWith('00') ? 'city' : 'county';
};

/** Present divisions by code. */
export const presentDivisions = derived('divisions', (entries): ReadonlyMap<string, Division> => {
  const names = new Map(entries.filter(({ until }) => until === null).map(({ code, name }) => [code, name]));
  const divisions = new Map<string, Division>();
  for (const [code, name] of names) {
    const level = levelOf(code);
    const [province, city] = [`${code.slice(0, 2)}0000`, `${code.slice(0, 4)}00`];
    const parents = [...(AT_HOME(code) ? [] : [province]), city].filter((parent) => parent !== code);
    const label =
      level === 'province' ? name : parents.map((parent) => names.get(parent) ?? '').join('') + name;
    divisions.set(code, { code, name, level, city: level === 'province' ? null : city, label });
  }
  return divisions;
});

/** Codes and names that ended, by code. */
export const pastDivisions = derived('divisions', (entries): ReadonlyMap<string, DivisionEntry[]> => {
  const past = new Map<string, DivisionEntry[]>();
  for (const entry of entries) {
    if (entry.until !== null) past.set(entry.code, [...(past.get(entry.code) ?? []), entry]);
  }
  return past;
});

/** The division of a current code of Jiangxi; null for anything else. */
export const divisionOf = (code: string): Division | null =>
  AT_HOME(code) ? (presentDivisions().get(code) ?? null) : null;

const atHome = derived('divisions', () =>
  [...presentDivisions().values()].filter(({ code }) => AT_HOME(code)),
);
export const cities = (): Division[] => atHome().filter(({ level }) => level === 'city');
export const counties = (): Division[] => atHome().filter(({ level }) => level === 'county');

/** Code of the city a current code lies in; null outside Jiangxi and for the province. */
export const cityOf = (code: string | null): string | null =>
  code === null ? null : (divisionOf(code)?.city ?? null);

/** 南昌市青山湖区 for 360111; null when unknown. */
export const divisionLabel = (code: string | null): string | null =>
  code === null ? null : (divisionOf(code)?.label ?? null);

/**
 * Reads a code of 4 (city), 6, 9 or 12 digits (towns and villages, of which the county is kept) or a name, in Jiangxi. A
 * code that ended becomes its successor and counts as outdated; a prefecture from before 2000 says only its city.
 */
export function readDivision(raw: string): DivisionReading | null {
  const text = cleanText(raw).replace(/\s/g, '');
  if (!/^\d+$/.test(text)) {
    const code = namesAtHome().get(text.replace(/^江西省(?=.)/, ''));
    return code === undefined ? null : { code, outdated: false };
  }
  if (text.length === 4) return readSixDigits(`${text}00`);
  return [6, 9, 12].includes(text.length) ? readSixDigits(text.slice(0, 6)) : null;
}

function readSixDigits(code: string): DivisionReading | null {
  if (!AT_HOME(code)) return null;
  if (presentDivisions().has(code)) return { code, outdated: false };
  const successor = presentCodeOf(code);
  return successor === null ? null : { code: successor, outdated: true };
}

/** Steps that codes may take until today; a circle in edited data ends here. */
const SUCCESSIONS_MAX = 10;

/** Today's code for a code of any year; of a prefecture that ended only the city is known. null when there is none. */
export function presentCodeOf(code: string): string | null {
  let at = code;
  for (let step = 0; step < SUCCESSIONS_MAX; step += 1) {
    if (presentDivisions().has(at)) return at;
    const past = pastDivisions();
    const [ended] = past.get(at) ?? past.get(`${at.slice(0, 4)}00`) ?? [];
    if (!ended?.successor || ended.successor === at) return null;
    at = ended.successor;
  }
  return null;
}

/** Codes by every name a division of Jiangxi has or had: with the city before it, and alone where only one has it. */
const namesAtHome = derived('divisions', (): ReadonlyMap<string, string> => {
  const names = new Map<string, string>();
  const ambiguous = new Set<string>();
  const add = (name: string, code: string) => {
    if (names.has(name) && names.get(name) !== code) ambiguous.add(name);
    names.set(name, code);
  };
  for (const division of atHome()) {
    add(division.name, division.code);
    add(division.label, division.code);
    if (division.level === 'city') add(division.name.replace(/市$/, ''), division.code);
  }
  for (const entries of pastDivisions().values())
    for (const { code, name } of entries) {
      const successor = presentCodeOf(code);
      if (successor && AT_HOME(code) && levelOf(code) === 'county') add(name, successor);
    }
  for (const name of ambiguous) names.delete(name);
  return names;
});
