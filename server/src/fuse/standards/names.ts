import { toSimplified } from './characters.ts';
import { cities, counties } from './divisions.ts';
import { derived, remembered } from './reference.ts';
import { cleanText } from './text.ts';

/** What an enterprise name is compared by: two names may mean one enterprise when keys are equal and regions fit. */
export type NameKey = {
  /** name without region, blanks, brackets; form unified */
  key: string;
  /** regions the name carries, short and sorted: 江西, 南昌, 贵溪市 */
  regions: readonly string[];
};

const BODY_LENGTH_MIN = 4;
/** A batch of records has some thousand names, which matching and relations ask for one after the other. */
const REMEMBERED_TEXTS = 10_000;
/** A longer text is no name; what comes after is not compared, so that rubbish costs no time. */
const COMPARED_LENGTH_MAX = 500;
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

type Regions = {
  short: ReadonlyMap<string, string>;
  longestFirst: readonly string[];
  cities: ReadonlyMap<string, string>;
};
/** What stands for a region in names: with the short form that is compared, and the city that a region lies in. */
const regions = derived('divisions', (): Regions => {
  const short = regionNames();
  return {
    short,
    longestFirst: [...short.keys()].sort((a, b) => b.length - a.length),
    cities: new Map([
      ...cities().map(({ name, code }) => [name.replace(/市$/, ''), code] as const),
      ...counties().flatMap(({ name, city }) => (city === null ? [] : [[name, city] as const])),
    ]),
  };
});

/** The name as it is kept and shown: NFKC, Chinese brackets, no blanks beside Chinese characters. Doing it twice changes nothing. */
export function readName(raw: string): string {
  if (isPlainName(raw)) return raw;
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

/** Chinese characters of the main block, ASCII letters and digits, Chinese brackets: most names, which stay as they are. */
function isPlainName(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const isPlain =
      (code >= 0x4e00 && code <= 0x9fff) ||
      (code >= 0x30 && code <= 0x39) ||
      ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a) ||
      code === 0xff08 ||
      code === 0xff09;
    if (!isPlain) return false;
  }
  return true;
}

/** Lower case, half width and without blanks: what search compares. */
export const foldForSearch = (text: string): string => cleanText(text).toLowerCase().replace(/\s/g, '');

/**
 * The key of a name. Regions at the front or in brackets are taken out when at least four characters remain before the
 * form (otherwise 江西铜业 would become 铜业 and fit everybody); remarks go, 集团 loses its brackets, the form is unified,
 * traditional characters become simplified ones.
 */
export const nameKeyOf: (raw: string) => NameKey = remembered(readNameKey, REMEMBERED_TEXTS);

function readNameKey(raw: string): NameKey {
  let name = toSimplified(readName(raw.slice(0, COMPARED_LENGTH_MAX)))
    .replaceAll('（', '(')
    .replaceAll('）', ')')
    .toUpperCase()
    .replace(/\s/g, '');
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
export const cityInName: (raw: string) => string | null = remembered(readCity, REMEMBERED_TEXTS);

function readCity(raw: string): string | null {
  const found = takeRegions(
    readName(raw.slice(0, COMPARED_LENGTH_MAX)).replaceAll('（', '(').replaceAll('）', ')'),
  ).found;
  const codes = new Set([...found].flatMap((region) => regions().cities.get(region) ?? []));
  return codes.size === 1 ? ([...codes][0] ?? null) : null;
}

function takeRegions(name: string): { body: string; found: Set<string> } {
  const { short, longestFirst } = regions();
  const found = new Set<string>();
  let body = name.replace(/\(([^()]*)\)/g, (bracket, inside: string) => {
    const region = short.get(inside);
    if (region === undefined) return bracket;
    found.add(region);
    return '';
  });
  for (;;) {
    const prefix = longestFirst.find((region) => body.startsWith(region) && body.length > region.length);
    if (prefix === undefined) break;
    found.add(short.get(prefix) ?? prefix);
    body = body.slice(prefix.length);
  }
  return { body, found };
}

/** Province and cities with and without their ending; counties only with it, because many short ones are brands (永新, 安福). */
function regionNames(): ReadonlyMap<string, string> {
  const names = new Map<string, string>([
    ['江西省', '江西'],
    ['江西', '江西'],
    ['中国', '中国'],
  ]);
  for (const { name } of cities()) {
    const short = name.replace(/市$/, '');
    names.set(name, short).set(short, short);
  }
  for (const { name } of counties()) names.set(name, name);
  return names;
}
