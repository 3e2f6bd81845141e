import { toSimplified } from './characters.ts';
import { type NameHit, pathOf, readDivisionsAt } from './division-names.ts';
import { HOME_PROVINCE } from './divisions.ts';
import { cleanText } from './text.ts';
import { townAt } from './towns.ts';

/** An address in its parts, as written; a part that is not there is null. */
export type ParsedAddress = {
  text: string;
  /** today's code of the innermost division that is certain; null when none is */
  division: string | null;
  /** codes that the names may mean when they are several */
  candidates: readonly string[];
  /** how the division was found: its name, the only town of that name, or what the caller knew */
  by: 'name' | 'town' | 'hint' | null;
  province: string | null;
  city: string | null;
  county: string | null;
  town: string | null;
  park: string | null;
  village: string | null;
  road: string | null;
  number: string | null;
  building: string | null;
  room: string | null;
  /** what is left after all that */
  rest: string;
};

const TEXT_LENGTH_MAX = 200;
const PIECES_MAX = 12;

const NUMERAL = '(?:\\d{1,5}|[一二三四五六七八九十百零〇两]{1,5})';
const PARK =
  /^.{0,18}?(?:高新技术产业开发区|高新技术产业园区|高新技术开发区|经济技术开发区|高新技术产业区|新经济产业集聚区|产业集聚区|经济开发区|工业开发区|农业开发区|旅游度假区|综合保税区|高新技术区|工业园区|产业园区|科技园区|创业园区|物流园区|化工园区|工业新区|工业小区|集聚区|开发区|工业园|产业园|科技园|创业园|物流园|软件园|生态园|孵化园|孵化器|高新区|经开区|工业区|保税区|产业城|工业城|科技城|商贸城|基地|新城|新区)/;
const TOWN = /^.{1,8}?(?:街道办事处|街道办|街道|镇|乡|垦殖场|林场|农场|原种场|茶场|水产场|管理处|苗圃)/;
const VILLAGE = /^[^\d]{1,8}?(?:村民委员会|村委会|居委会|社区|[村组屯寨湾](?!路|街|大道))/;
const ROAD =
  /^[^号幢栋座]{1,12}?(?:大道|大街|公路|国道|省道|胡同|路|街|巷|弄)(?:[东南西北中]段|[东南西北]侧|(?=\d))?/;
const NUMBER = new RegExp(
  `^(?:第)?(?:${NUMERAL}(?:[-至]${NUMERAL})?(?:号(?!楼|栋|幢|厂房)|#(?!楼|栋))(?:附\\d{1,4}号?|之[一二三四五六七八九十\\d])?|\\d{1,5}(?:-\\d{1,5})?$)`,
);
const BUILDING =
  /^[^\d]{0,10}?(?:[A-Za-z\d]{1,4}|[一二三四五六七八九十]{1,3})?(?:号楼|号栋|号厂房|栋|幢|座)|^[^\d]{1,12}?(?:大厦|大楼|广场|中心|办公楼|综合楼|标准厂房|厂房|公寓|花园|小区)/;
const ROOM =
  /^(?:(?:[A-Za-z]?\d{1,3}|[一二三四五六七八九十]{1,3})(?:单元|层|楼|F)|[A-Za-z]?[\d-]{1,8}[A-Za-z]?(?:室|房|铺)?)+/;

type Part = 'town' | 'park' | 'village' | 'road' | 'number' | 'building' | 'room';
type Shapes = readonly (readonly [part: Part, shape: RegExp])[];
/** Where something lies; the shortest that fits comes first, so that 创新路5号 is no park because 科技园 comes later. */
const PLACES: Shapes = [
  ['park', PARK],
  ['town', TOWN],
  ['road', ROAD],
  ['village', VILLAGE],
];
/** What follows the road, in this order. */
const DETAILS: Shapes = [
  ['number', NUMBER],
  ['building', BUILDING],
  ['room', ROOM],
];

/**
 * Takes an address of China apart. Levels may be missing: a county alone, a short name before a park (安福工业园) or the only
 * town of its name in Jiangxi tell the division. `hint` is a code that the record carries itself; it decides among several
 * and stands in when the text names none. Never throws; over 200 characters are cut.
 */
export function parseAddress(raw: string, { hint }: { hint?: string | null } = {}): ParsedAddress {
  const text = toSimplified(cleanText(raw.slice(0, TEXT_LENGTH_MAX))).replace(/[\s,]/g, '');
  const named = readDivisionsAt(text, 0, accepts);
  const repeated = skipRepeated(text, named.end, named.hits);
  const town = townAt(text, repeated);
  const found = decide({ hits: named.hits, towns: town?.counties ?? [], hint: hint ?? null });
  return {
    text,
    ...found,
    ...levelsOf(found.division),
    ...partsOf(text.slice(repeated), town?.name ?? null),
  };
}

/**
 * A name before 路, 镇 or 村 belongs to those (九江路, 古县镇). Short names of counties count before a park or a town only, or
 * they are parts of other words.
 */
const accepts = (hit: NameHit, after: string): boolean => {
  if (!hit.short) return hit.name.length > 2 || !/^[镇乡村]/.test(after);
  if (/^(?:[东南西北中]?路|大?街(?!道)|大道|巷|[镇乡村])/.test(after)) return false;
  if (!isCounty(hit.code)) return true;
  return (
    hit.present.startsWith(HOME_PROVINCE) &&
    /^(?:高新|经济|工业|产业|城南|城北|开发|.{2}(?:镇|乡))/.test(after)
  );
};
const isCounty = (code: string) => !code.endsWith('00');

/** 上饶市上饶市信州区 and 余江区余江高新技术产业开发区: the short name before a park stays with the park. */
function skipRepeated(text: string, from: number, hits: readonly NameHit[]): number {
  const again = readDivisionsAt(
    text,
    from,
    (hit) => !hit.short && hits.some(({ present }) => present === hit.present),
  );
  return again.end;
}

type Evidence = { hits: readonly NameHit[]; towns: readonly string[]; hint: string | null };
type Found = Pick<ParsedAddress, 'division' | 'candidates' | 'by'>;

/** Names first; a town chooses among them or below them, then the hint. */
function decide({ hits, towns, hint }: Evidence): Found {
  const codes = [...new Set(hits.map(({ present }) => present))];
  const within = (code: string) => codes.length === 0 || codes.some((above) => liesIn(code, above));
  const fitting = towns.filter(within);
  const [town] = fitting;
  if (codes.some(isCounty) && codes.length === 1)
    return { division: codes[0] ?? null, candidates: [], by: 'name' };
  if (town !== undefined && fitting.length === 1) return { division: town, candidates: [], by: 'town' };
  if (hint !== null && isCounty(hint) && within(hint)) return { division: hint, candidates: [], by: 'hint' };
  const cities = codes.filter((code) => !isCounty(code));
  if (cities.length === 1 && codes.length >= 1)
    return { division: cities[0] ?? null, candidates: fitting, by: 'name' };
  if (codes.length > 1) return { division: null, candidates: codes, by: null };
  return { division: codes[0] ?? null, candidates: fitting, by: codes.length === 1 ? 'name' : null };
}

const liesIn = (code: string, above: string) => code.startsWith(above.replace(/(?:00){1,2}$/, ''));

function levelsOf(code: string | null): Pick<ParsedAddress, 'province' | 'city' | 'county'> {
  const [province = null, ...rest] = code === null ? [] : pathOf(code);
  const county = code !== null && isCounty(code) ? (rest.at(-1) ?? null) : null;
  return { province, city: rest[0] !== county ? (rest[0] ?? null) : null, county };
}

type Parts = Pick<ParsedAddress, Part | 'rest'>;

function partsOf(text: string, town: string | null): Parts {
  const parts: Parts = {
    town,
    park: null,
    village: null,
    road: null,
    number: null,
    building: null,
    room: null,
    rest: '',
  };
  let rest = town === null ? text : text.slice(town.length);
  for (let piece = 0; piece < PIECES_MAX && rest !== ''; piece += 1) {
    const next = nextPart(rest, parts);
    if (!next) break;
    parts[next.part] = next.text;
    rest = rest.slice(next.text.length).replace(/^[()·.、;:—-]+/, '');
  }
  return { ...parts, rest };
}

function nextPart(text: string, taken: Parts): { part: Part; text: string } | null {
  const fitting = (shapes: Shapes) =>
    shapes.flatMap(([part, shape]) => {
      const match = taken[part] === null ? shape.exec(text)?.[0] : undefined;
      return match ? [{ part, text: match }] : [];
    });
  const [place] = fitting(PLACES).sort((a, b) => a.text.length - b.text.length);
  const [detail] = fitting(DETAILS);
  if (place && detail) return /^\d/.test(text) || detail.text.length < place.text.length ? detail : place;
  return place ?? detail ?? null;
}
