import { type NameHit, pathOf, readDivisionsAt, shortNameOf } from './division-names.ts';
import { HOME_PROVINCE } from './divisions.ts';
import { PROVINCES } from './divisions-china.data.ts';
import { hasTrade } from './trades.ts';

/** A division in a company name. `names` are short ones, outermost first: 江西, 南昌. */
export type NameDivision = {
  text: string;
  names: readonly string[];
  codes: readonly string[];
  certain: boolean;
};

/** Words that stand where a division stands and name no division. */
const COUNTRY = ['中国', '全国', '国家', '中华', '香港', '澳门', '台湾'];
const REST_LENGTH_MIN = 2;

/**
 * The division at the beginning of a name: provinces and cities with and without their endings, counties with them, those
 * of Jiangxi also without. A short county name is left to the 字号 when nothing else would remain for that (永新科技). With
 * `whole` the text must be a division from end to end, as in brackets.
 */
export function takeDivision(text: string, { whole = false } = {}): NameDivision | null {
  const country = COUNTRY.find((word) => text.startsWith(word) && !(text[word.length] === '特'));
  if (country !== undefined && (!whole || text === country)) {
    if (text.length - country.length >= (whole ? 0 : REST_LENGTH_MIN))
      return { text: country, names: [country], codes: [], certain: true };
  }
  const province = whole ? provinceShort().get(text) : undefined;
  if (province !== undefined) return { text, names: [province.name], codes: [province.code], certain: true };
  const full = readDivisionsAt(text, 0, (hit) => accepts(hit, whole));
  if (full.end === 0 || (whole && full.end !== text.length)) return null;
  if (whole || hasBrand(text.slice(full.end))) return toDivision(text.slice(0, full.end), full.hits);
  const sure = readDivisionsAt(text, 0, (hit) => accepts(hit, whole) && !(hit.short && isCounty(hit)));
  if (sure.end === 0 || text.length - sure.end < REST_LENGTH_MIN) return null;
  return toDivision(text.slice(0, sure.end), sure.hits);
}

/** Provinces by their one character, as 赣, which stands in brackets only. */
let provinces: ReadonlyMap<string, { name: string; code: string }> | undefined;
function provinceShort(): ReadonlyMap<string, { name: string; code: string }> {
  provinces ??= new Map(
    PROVINCES.map(
      ({ code, name, short }) => [short, { name: shortNameOf(name), code: `${code}0000` }] as const,
    ),
  );
  return provinces;
}

const isCounty = ({ code }: NameHit) => !code.endsWith('00');
const accepts = (hit: NameHit, whole: boolean): boolean =>
  !hit.short || !isCounty(hit) || (hit.present.startsWith(HOME_PROVINCE) && (whole || hit.name.length > 2));

/** Something of two characters must be left that is not all industry. */
const hasBrand = (rest: string): boolean => rest.length >= REST_LENGTH_MIN && !hasTrade(rest);

function toDivision(text: string, hits: readonly NameHit[]): NameDivision {
  const level = Math.max(...hits.map(rank));
  const best = hits.filter((hit) => rank(hit) === level);
  const codes = [...new Set(best.map(({ present }) => present))];
  return {
    text,
    names: namesOf(text, best),
    codes,
    certain: codes.length === 1 && !(best[0]?.short && isCounty(best[0])),
  };
}

/** 南昌 is the city before the county of that name. */
const rank = ({ code }: NameHit) => (code.endsWith('0000') ? 2 : code.endsWith('00') ? 1 : 0);

/** Short names of what the text itself names, so that two spellings become one. */
function namesOf(text: string, hits: readonly NameHit[]): string[] {
  const [hit] = hits;
  if (!hit) return [text];
  const above = pathOf(hit.present)
    .slice(0, -1)
    .filter((name) => text.includes(shortNameOf(name)) && shortNameOf(name) !== shortNameOf(hit.name))
    .map(shortNameOf);
  return [...above, shortNameOf(hit.name)];
}
