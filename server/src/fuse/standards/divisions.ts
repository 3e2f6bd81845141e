import { CITIES, ENDED_DIVISIONS, ENDED_PREFECTURES, RENAMED_DIVISIONS } from './divisions.data.ts';
import { cleanText } from './text.ts';

/** A division of Jiangxi as of today. `city` is the code of its city, null for the province itself. */
export type Division = {
  code: string;
  name: string;
  level: 'province' | 'city' | 'county';
  city: string | null;
  /** city and county together, as 南昌市青山湖区 */
  label: string;
};
export type DivisionReading = { code: string; outdated: boolean };

const PROVINCE: Division = { code: '360000', name: '江西省', level: 'province', city: null, label: '江西省' };

const DIVISIONS: ReadonlyMap<string, Division> = new Map(
  [
    PROVINCE,
    ...CITIES.flatMap(({ code, name, counties }): Division[] => [
      { code, name, level: 'city', city: code, label: name },
      ...counties.split(' ').map(
        (county): Division => ({
          code: code.slice(0, 4) + county.slice(0, 2),
          name: county.slice(2),
          level: 'county',
          city: code,
          label: name + county.slice(2),
        }),
      ),
    ]),
  ].map((division) => [division.code, division]),
);
const ENDED = new Map(ENDED_DIVISIONS.map((division) => [division.code, division.successor]));
const ENDED_PREFIXES = new Map(ENDED_PREFECTURES.map(({ prefix, successor }) => [prefix, successor]));

/** Codes by every name a division has or had: with the city before it, and alone where only one county has it. */
const BY_NAME = namesOfDivisions();

/** The division of a current code; null for anything else. */
export const divisionOf = (code: string): Division | null => DIVISIONS.get(code) ?? null;

export const cities = (): Division[] => [...DIVISIONS.values()].filter(({ level }) => level === 'city');
export const counties = (): Division[] => [...DIVISIONS.values()].filter(({ level }) => level === 'county');

/** Code of the city a current code lies in; null outside Jiangxi and for the province. */
export const cityOf = (code: string | null): string | null =>
  code === null ? null : (divisionOf(code)?.city ?? null);

/** 南昌市青山湖区 for 360111; null when unknown. */
export const divisionLabel = (code: string | null): string | null =>
  code === null ? null : (divisionOf(code)?.label ?? null);

/**
 * Reads a code of 4 (city), 6, 9 or 12 digits (towns and villages, of which the county is kept) or a name. A code that
 * ended becomes its successor and counts as outdated; a prefecture from before 2000 says only its city.
 */
export function readDivision(raw: string): DivisionReading | null {
  const text = cleanText(raw).replace(/\s/g, '');
  if (!/^\d+$/.test(text)) {
    const code = BY_NAME.get(text.replace(/^江西省(?=.)/, ''));
    return code === undefined ? null : { code, outdated: false };
  }
  if (text.length === 4) return readSixDigits(`${text}00`);
  return [6, 9, 12].includes(text.length) ? readSixDigits(text.slice(0, 6)) : null;
}

function readSixDigits(code: string): DivisionReading | null {
  if (DIVISIONS.has(code)) return { code, outdated: false };
  const successor = ENDED.get(code) ?? ENDED_PREFIXES.get(code.slice(0, 4));
  return successor === undefined ? null : { code: successor, outdated: true };
}

function namesOfDivisions(): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const ambiguous = new Set<string>();
  const add = (name: string, code: string) => {
    if (names.has(name) && names.get(name) !== code) ambiguous.add(name);
    names.set(name, code);
  };
  for (const division of DIVISIONS.values()) {
    add(division.name, division.code);
    add(division.label, division.code);
    if (division.level === 'city') add(division.name.replace(/市$/, ''), division.code);
  }
  for (const { name, code } of RENAMED_DIVISIONS) add(name, code);
  for (const { name, successor } of ENDED_DIVISIONS) add(name, successor);
  for (const name of ambiguous) names.delete(name);
  return names;
}
