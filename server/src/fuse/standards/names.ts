import { CITIES } from './divisions.data.ts';
import { cleanText } from './text.ts';

/** What an enterprise name is compared by: two names may mean one enterprise when keys are equal and regions fit. */
export type NameKey = {
  /** name without region, blanks, brackets; form unified */
  key: string;
  /** regions the name carries, short and sorted: 江西, 南昌, 贵溪市 */
  regions: readonly string[];
};

const BODY_LENGTH_MIN = 4;
/** Longest first. Differences that conversion or carelessness make are unified, others kept. */
const FORMS: readonly (readonly [form: string, unified: string])[] = [
  ['股份有限责任公司', '股份有限公司'],
  ['股份有限公司', '股份有限公司'],
  ['有限责任公司', '有限公司'],
  ['股份公司', '股份有限公司'],
  ['有限公司', '有限公司'],
];
/** Remarks that sources hang on to a name. */
const REMARK =
  /\((?:原[^()]*|曾用名[^()]*|筹|筹建|规上|规下|已?注销|吊销|存续|在业|开业|停产|停业|自然人[^()]*|法人独资|国有独资|外商[^()]*|台港澳[^()]*|个人独资)\)$/;

const REGIONS: ReadonlyMap<string, string> = regions();
const REGION_NAMES = [...REGIONS.keys()].sort((a, b) => b.length - a.length);
const CITY_BY_REGION = new Map(
  CITIES.flatMap(({ code, name, counties }) => [
    [name.replace(/市$/, ''), code] as const,
    ...counties.split(' ').map((county) => [county.slice(2), code] as const),
  ]),
);

/** The name as it is kept and shown: NFKC, Chinese brackets, no blanks beside Chinese characters. Doing it twice changes nothing. */
export function readName(raw: string): string {
  return cleanText(raw)
    .replace(/[[{【〔〖「『<《]/g, '(')
    .replace(/[\]}】〕〗」』>》]/g, ')')
    .replace(/[·•‧・"'“”‘’`]/g, '')
    .replace(/\s*([()])\s*/g, '$1')
    .replace(/(?<=[^\p{ASCII}])\s+|\s+(?=[^\p{ASCII}])/gu, '')
    .replace(/\s+/g, ' ')
    .replaceAll('(', '（')
    .replaceAll(')', '）')
    .trim();
}

/** Lower case, half width and without blanks: what search compares. */
export const foldForSearch = (text: string): string => cleanText(text).toLowerCase().replace(/\s/g, '');

/**
 * The key of a name. Regions at the front or in brackets are taken out when at least four characters remain before the
 * form (otherwise 江西铜业 would become 铜业 and fit everybody); remarks go, 集团 loses its brackets, the form is unified.
 */
export function nameKeyOf(raw: string): NameKey {
  let name = readName(raw).replaceAll('（', '(').replaceAll('）', ')').toUpperCase().replace(/\s/g, '');
  while (REMARK.test(name)) name = name.replace(REMARK, '');
  name = name.replaceAll('(集团)', '集团').replaceAll('(控股)', '控股');
  const form = FORMS.find(([ending]) => name.endsWith(ending));
  const whole = form ? name.slice(0, -form[0].length) : name;
  const { body, found } = takeRegions(whole);
  const ending = form?.[1] ?? '';
  if ([...body].length >= BODY_LENGTH_MIN) return { key: body + ending, regions: [...found].sort() };
  return { key: [...found].sort().join('') + body + ending, regions: [] };
}

/** Regions fit when one name's are all among the other's; 江西 and 南昌 name different enterprises. */
export function regionsFit(a: readonly string[], b: readonly string[]): boolean {
  const [few, many] = a.length <= b.length ? [a, b] : [b, a];
  return few.every((region) => many.includes(region));
}

/** City code that a name itself tells (南昌…, …（赣州）…); null when none or several. */
export function cityInName(raw: string): string | null {
  const found = takeRegions(readName(raw).replaceAll('（', '(').replaceAll('）', ')')).found;
  const codes = new Set([...found].flatMap((region) => CITY_BY_REGION.get(region) ?? []));
  return codes.size === 1 ? ([...codes][0] ?? null) : null;
}

function takeRegions(name: string): { body: string; found: Set<string> } {
  const found = new Set<string>();
  let body = name.replace(/\(([^()]*)\)/g, (bracket, inside: string) => {
    const region = REGIONS.get(inside);
    if (region === undefined) return bracket;
    found.add(region);
    return '';
  });
  for (;;) {
    const prefix = REGION_NAMES.find((region) => body.startsWith(region) && body.length > region.length);
    if (prefix === undefined) break;
    found.add(REGIONS.get(prefix) ?? prefix);
    body = body.slice(prefix.length);
  }
  return { body, found };
}

/** Province and cities with and without their ending; counties only with it, because many short ones are brands (永新, 安福). */
function regions(): ReadonlyMap<string, string> {
  const names = new Map<string, string>([
    ['江西省', '江西'],
    ['江西', '江西'],
    ['中国', '中国'],
  ]);
  for (const { name, counties } of CITIES) {
    const short = name.replace(/市$/, '');
    names.set(name, short).set(short, short);
    for (const county of counties.split(' ')) names.set(county.slice(2), county.slice(2));
  }
  return names;
}
