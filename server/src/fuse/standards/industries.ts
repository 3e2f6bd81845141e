import { KEY_INDUSTRIES, type KeyIndustry } from '@ronghe/contracts';
import { INDUSTRY_SECTIONS } from './industries.data.ts';
import { cleanText } from './text.ts';

const NAMES: ReadonlyMap<string, string> = namesByCode();
const CODES: ReadonlyMap<string, string> = new Map([...NAMES].reverse().map(([code, name]) => [name, code]));

/**
 * Which codes belong to the six key industries of Jiangxi (our reading, to be confirmed by the owner of the data). Where
 * two cover a code, the longest prefix wins: aircraft (374) are aviation although 37 is equipment.
 */
const KEY_PREFIXES: Readonly<Record<KeyIndustry, readonly string[]>> = {
  electronics: ['39', '3824', '3825', '3832', '3833', '3841'],
  nonferrous: ['09', '32'],
  equipment: ['33', '34', '35', '36', '37', '38', '40', '43'],
  biomedicine: ['27', '358', '1492'],
  textile: ['17', '18', '28', '3551'],
  aviation: ['374', '3963', '4343'],
};
const KEY_BY_PREFIX: ReadonlyMap<string, KeyIndustry> = new Map(
  (Object.keys(KEY_INDUSTRIES) as KeyIndustry[]).flatMap((key) =>
    KEY_PREFIXES[key].map((prefix) => [prefix, key] as const),
  ),
);

/** The 41 divisions of sections B, C and D. */
export const industryDivisions = (): { code: string; name: string }[] =>
  [...NAMES].filter(([code]) => code.length === 2).map(([code, name]) => ({ code, name }));

/** Name of a division, group or class; null when there is no such code. */
export const industryName = (code: string | null): string | null =>
  code === null ? null : (NAMES.get(code) ?? null);

/**
 * Reads `C3911`, `3911`, `39` or the name of one. A class that does not exist under a group that does is not guessed.
 * @returns the code without its section letter, or null
 */
export function readIndustry(raw: string): string | null {
  const text = cleanText(raw).replace(/[\s-]/g, '');
  const code = text.replace(/^[BCDbcd](?=\d)/, '');
  if (NAMES.has(code)) return code;
  return CODES.get(text) ?? null;
}

/** The key industry of a code by its longest prefix; null when it belongs to none. */
export function keyIndustryOf(code: string | null): KeyIndustry | null {
  for (let length = code?.length ?? 0; length >= 2; length -= 1) {
    const key = KEY_BY_PREFIX.get((code ?? '').slice(0, length));
    if (key) return key;
  }
  return null;
}

function namesByCode(): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const entry of INDUSTRY_SECTIONS.flatMap((section) => section.divisions).flatMap((line) =>
    line.split('|'),
  )) {
    const code = /^\d+/.exec(entry)?.[0] ?? '';
    names.set(code, entry.slice(code.length));
  }
  for (const [code, name] of [...names]) {
    if (code.length !== 3) continue;
    const hasClass = [...names.keys()].some((other) => other.length === 4 && other.startsWith(code));
    if (!hasClass) names.set(`${code}0`, name);
  }
  return names;
}
