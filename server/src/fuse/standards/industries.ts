import type { KeyIndustry, KeyIndustryEntry } from '@ronghe/contracts';
import { derived } from './reference.ts';
import { cleanText } from './text.ts';

const names = derived(
  'industries',
  (entries): ReadonlyMap<string, string> => new Map(entries.map(({ code, name }) => [code, name])),
);
/** Shortest code first: 其他采矿业 is the division 12, not its class 1200. Sections are found by their letter only. */
const codes = derived('industries', (entries): ReadonlyMap<string, string> => {
  const sorted = [...entries]
    .filter(({ code }) => code.length > 1)
    .sort((a, b) => b.code.length - a.code.length);
  return new Map(sorted.map(({ code, name }) => [name, code]));
});
const keyByPrefix = derived(
  'key-industries',
  (entries): ReadonlyMap<string, KeyIndustryEntry> => new Map(entries.map((entry) => [entry.prefix, entry])),
);

/** The divisions (two digits) that are known: 41 of sections B, C and D as shipped. */
export const industryDivisions = (): { code: string; name: string }[] =>
  [...names()].filter(([code]) => code.length === 2).map(([code, name]) => ({ code, name }));

/** Name of a division, group or class; null when there is no such code. */
export const industryName = (code: string | null): string | null =>
  code === null ? null : (names().get(code) ?? null);

/**
 * Reads `C3911`, `3911`, `39` or the name of one. A class that does not exist under a group that does is not guessed.
 * @returns the code without its section letter, or null
 */
export function readIndustry(raw: string): string | null {
  const text = cleanText(raw).replace(/[\s-]/g, '');
  const code = text.replace(/^[A-Ta-t](?=\d)/, '');
  if (code.length > 1 && names().has(code)) return code;
  return codes().get(text) ?? null;
}

/** The key industry of a code by its longest prefix; null when it belongs to none. */
export const keyIndustryOf = (code: string | null): KeyIndustry | null => keyEntryOf(code)?.industry ?? null;

/** The entry of the key industries that decides for a code: the one with the longest prefix. */
export function keyEntryOf(code: string | null): KeyIndustryEntry | null {
  for (let length = code?.length ?? 0; length >= 2; length -= 1) {
    const entry = keyByPrefix().get((code ?? '').slice(0, length));
    if (entry) return entry;
  }
  return null;
}

export type IndustryMatch = { code: string; name: string; path: readonly string[]; exact: boolean };

/** Most matches that are listed for a part of a name. */
export const INDUSTRY_MATCHES_MAX = 20;

/**
 * What a text may mean: a code (`C3911`, `391`), the beginning of one (`38`, `C`), a name or a part of a name. Exact
 * matches alone when there are any; else those that contain the text, shortest name first. An old code of GB/T 4754-2011
 * that means something else today cannot be told from one of today and is read as one of today.
 */
export function findIndustries(raw: string): IndustryMatch[] {
  const text = cleanText(raw.slice(0, 100)).replace(/[\s-]/g, '');
  const code = text.toUpperCase().replace(/^[A-T](?=\d)/, '');
  if (/^(?:[A-T]|\d{1,4})$/.test(code)) return byCode(code);
  const exact = readIndustry(text);
  if (exact !== null) return [toMatch(exact, true)];
  const wanted = text.replace(/(?:制造业|制造|行业|产业|业)$/, '');
  if (wanted.length < 2) return [];
  return [...names()]
    .filter(([, name]) => name.includes(wanted))
    .sort(([a, left], [b, right]) => left.length - right.length || (a < b ? -1 : 1))
    .slice(0, INDUSTRY_MATCHES_MAX)
    .map(([found]) => toMatch(found, false));
}

function byCode(code: string): IndustryMatch[] {
  if (names().has(code)) return [toMatch(code, true)];
  const below = [...names().keys()].filter((other) => code !== '' && other.startsWith(code));
  const next = Math.min(...below.map((other) => other.length));
  return below
    .filter((other) => other.length === next)
    .slice(0, INDUSTRY_MATCHES_MAX)
    .map((other) => toMatch(other, false));
}

const toMatch = (code: string, exact: boolean): IndustryMatch => ({
  code,
  name: industryName(code) ?? '',
  path: [sectionOf(code), code.slice(0, 2), code.slice(0, 3), code].flatMap((part, index, parts) =>
    part !== null && parts.indexOf(part) === index ? (names().get(part) ?? []) : [],
  ),
  exact,
});

/** Sections of GB/T 4754-2017 by the divisions they hold. */
const SECTIONS: readonly (readonly [letter: string, first: number, last: number])[] = [
  ['A', 1, 5],
  ['B', 6, 12],
  ['C', 13, 43],
  ['D', 44, 46],
  ['E', 47, 50],
  ['F', 51, 52],
  ['G', 53, 60],
  ['H', 61, 62],
  ['I', 63, 65],
  ['J', 66, 69],
  ['K', 70, 70],
  ['L', 71, 72],
  ['M', 73, 75],
  ['N', 76, 79],
  ['O', 80, 82],
  ['P', 83, 83],
  ['Q', 84, 85],
  ['R', 86, 90],
  ['S', 91, 96],
  ['T', 97, 97],
];

/** The section letter of a code of two to four digits; null for a letter and for divisions that do not exist. */
export function sectionOf(code: string): string | null {
  const division = /^\d{2,4}$/.test(code) ? Number(code.slice(0, 2)) : 0;
  return SECTIONS.find(([, first, last]) => division >= first && division <= last)?.[0] ?? null;
}
