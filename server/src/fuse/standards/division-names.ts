import type { DivisionEntry } from '@ronghe/contracts';
import { pastDivisions, presentCodeOf, presentDivisions } from './divisions.ts';
import { derived } from './reference.ts';
import { cleanText } from './text.ts';

/** A name found: the division that has or had it. `short` tells that its ending (市, 县, 区) was left out. */
export type NameHit = { code: string; present: string; name: string; until: number | null; short: boolean };
/** One code and name on the way to today's; `until` is null for today's. */
export type DivisionStep = { code: string; name: string; until: number | null };
export type DivisionMatch = {
  /** today's code */
  code: string;
  name: string;
  /** names from the province down */
  path: readonly string[];
  level: 'province' | 'city' | 'county';
  /** from what was asked for to today's, one step when nothing changed */
  way: readonly DivisionStep[];
  short: boolean;
};

const NAME_LENGTH_MAX = 15;
const NAME_LENGTH_MIN = 2;
/** Province, city, county: more names cannot follow one another. */
const LEVELS_MAX = 3;
const PEOPLES =
  '壮|回|维吾尔|蒙古|藏|苗|彝|侗|布依|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔|仫佬|羌|撒拉|毛南|仡佬|锡伯|朝鲜|满|裕固|保安|独龙|怒|鄂温克|普米|布朗|塔吉克|阿昌|各';
const ENDING = new RegExp(
  `(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|(?:(?:${PEOPLES})族?)*自治[州县旗]|地区|林区|省|市|县|区|盟|旗)$`,
);

/** 南昌 for 南昌市; the name itself when less than two characters would be left. */
export function shortNameOf(name: string): string {
  const known = shortNames.get(name);
  if (known !== undefined) return known;
  const cut = name.replace(ENDING, '');
  const short = cut.length >= NAME_LENGTH_MIN ? cut : name;
  if (shortNames.size < SHORT_NAMES_MAX) shortNames.set(name, short);
  return short;
}
/** Names of divisions are some thousands and asked for again and again; the ending costs a long pattern. */
const shortNames = new Map<string, string>();
const SHORT_NAMES_MAX = 20_000;

const hitsByName = derived('divisions', (): ReadonlyMap<string, NameHit[]> => {
  const hits = new Map<string, NameHit[]>();
  const add = ({ code, name, until }: Pick<DivisionEntry, 'code' | 'name' | 'until'>) => {
    const present = presentCodeOf(code);
    if (present === null) return;
    for (const text of new Set([name, shortNameOf(name)])) {
      const list = hits.get(text) ?? [];
      list.push({ code, present, name, until, short: text !== name });
      hits.set(text, list);
    }
  };
  for (const { code, name } of presentDivisions().values()) add({ code, name, until: null });
  for (const entries of pastDivisions().values()) for (const entry of entries) add(entry);
  return hits;
});

/** By the first two characters, how long the names are that begin with them, longest first: most texts begin with none. */
const lengthsAt = derived('divisions', (): ReadonlyMap<string, number[]> => {
  const lengths = new Map<string, number[]>();
  for (const name of hitsByName().keys()) {
    if (name.length < NAME_LENGTH_MIN || name.length > NAME_LENGTH_MAX) continue;
    const start = name.slice(0, NAME_LENGTH_MIN);
    lengths.set(
      start,
      [...new Set([...(lengths.get(start) ?? []), name.length])].sort((a, b) => b - a),
    );
  }
  return lengths;
});

/** Divisions that have or had exactly this name, with or without its ending. */
export const divisionsNamed = (name: string): readonly NameHit[] => hitsByName().get(name) ?? [];

const significant = (code: string) => code.replace(/(?:00){1,2}$/, '');
const liesIn = (child: NameHit, parent: NameHit): boolean =>
  [child.code, child.present].some((code) =>
    [parent.code, parent.present].some(
      (above) => code !== above && significant(above).length < 6 && code.startsWith(significant(above)),
    ),
  );

export type DivisionsRead = { end: number; hits: readonly NameHit[] };

/**
 * The divisions that a text names at a place, one inside the other (江西省南昌市新建县). Longest names first; `hits` are
 * the divisions that the last name may mean within those before it. `accepts` chooses which names count, by what
 * stands after them.
 */
export function readDivisionsAt(
  text: string,
  from: number,
  accepts: (hit: NameHit, after: string) => boolean = () => true,
): DivisionsRead {
  let [end, hits]: [number, readonly NameHit[]] = [from, []];
  for (let level = 0; level < LEVELS_MAX; level += 1) {
    const next = longestAt(text, { from: end, within: hits, accepts });
    if (!next) break;
    [end, hits] = [next.end, next.hits];
  }
  return { end, hits };
}

type Wanted = { from: number; within: readonly NameHit[]; accepts: (hit: NameHit, after: string) => boolean };

function longestAt(text: string, { from, within, accepts }: Wanted): DivisionsRead | null {
  for (const length of lengthsAt().get(text.slice(from, from + NAME_LENGTH_MIN)) ?? []) {
    if (from + length > text.length) continue;
    const hits = divisionsNamed(text.slice(from, from + length)).filter(
      (hit) =>
        accepts(hit, text.slice(from + length)) &&
        (within.length === 0 || within.some((parent) => liesIn(hit, parent))),
    );
    if (hits.length > 0) return { end: from + length, hits: preferFull(hits) };
  }
  return null;
}

/** A name as written beats one whose ending was left out: 吉林省 is not 吉林市. Short ones stay together. */
const preferFull = (hits: readonly NameHit[]): readonly NameHit[] => {
  const full = hits.filter(({ short }) => !short);
  return full.length > 0 ? full : hits;
};

/**
 * Every division that a code or a name of any year may mean, with the way to today's. One match is certain, several are
 * candidates (short names, 庐山), none is unknown. `year` keeps those that held in it, when there are such.
 */
export function resolveDivision(raw: string, { year }: { year?: number } = {}): DivisionMatch[] {
  const text = cleanText(raw.slice(0, 200)).replace(/[\s,，、/-]/g, '');
  const hits = /^\d+$/.test(text) ? hitsOfCode(text) : consume(text, []);
  // a name as written before one whose ending was left out
  hits.sort((a, b) => Number(a.short) - Number(b.short));
  const inYear = year === undefined ? hits : hits.filter((hit) => heldIn(hit, year));
  const matches = new Map<string, DivisionMatch>();
  for (const hit of inYear.length > 0 ? inYear : hits) {
    const match = toMatch(hit);
    if (match && !matches.has(match.code)) matches.set(match.code, match);
  }
  return [...matches.values()].sort((a, b) => Number(a.short) - Number(b.short) || rank(a) - rank(b));
}

const rank = ({ level }: DivisionMatch) => ['province', 'city', 'county'].indexOf(level);

function hitsOfCode(text: string): NameHit[] {
  if (![2, 4, 6, 9, 12].includes(text.length)) return [];
  const code = text.padEnd(6, '0').slice(0, 6);
  const [name, present] = [presentDivisions().get(code)?.name, presentCodeOf(code)];
  const past = pastDivisions();
  const ended =
    past.get(code) ?? past.get(`${code.slice(0, 4)}00`)?.map((entry) => ({ ...entry, code })) ?? [];
  return [
    ...(name ? [{ code, present: code, name, until: null, short: false }] : []),
    ...(present ? ended.map(({ name, until }) => ({ code, present, name, until, short: false })) : []),
  ];
}

function consume(text: string, within: readonly NameHit[]): NameHit[] {
  const found: NameHit[] = [];
  for (let length = Math.min(NAME_LENGTH_MAX, text.length); length >= NAME_LENGTH_MIN; length -= 1) {
    const hits = divisionsNamed(text.slice(0, length)).filter(
      (hit) => within.length === 0 || within.some((parent) => liesIn(hit, parent)),
    );
    if (hits.length === 0) continue;
    if (length === text.length) found.push(...hits);
    else if (text.length - length >= NAME_LENGTH_MIN) found.push(...consume(text.slice(length), hits));
  }
  return found;
}

function heldIn({ code, name, until }: NameHit, year: number): boolean {
  return sinceOf().get(`${code} ${name}`) !== undefined && until === null
    ? year >= (sinceOf().get(`${code} ${name}`) ?? 0)
    : until === null || year < until;
}

const sinceOf = derived(
  'divisions',
  (entries): ReadonlyMap<string, number> =>
    new Map(entries.flatMap(({ code, name, since }) => (since === null ? [] : [[`${code} ${name}`, since]]))),
);

function toMatch(hit: NameHit): DivisionMatch | null {
  const division = presentDivisions().get(hit.present);
  if (!division) return null;
  return {
    code: division.code,
    name: division.name,
    path: pathOf(division.code),
    level: division.level,
    way: wayOf(hit, division),
    short: hit.short,
  };
}

/** Names from the province down to a present division. */
export const pathOf = (code: string): string[] =>
  [...new Set([`${code.slice(0, 2)}0000`, `${code.slice(0, 4)}00`, code])].flatMap(
    (step) => presentDivisions().get(step)?.name ?? [],
  );

const STEPS_MAX = 10;

function wayOf(hit: NameHit, today: { code: string; name: string }): DivisionStep[] {
  const way: DivisionStep[] = [];
  let at: DivisionStep & { successor?: string | null } = hit;
  while (at.until !== null && way.length < STEPS_MAX) {
    const { code, name, until } = at;
    way.push({ code, name, until });
    const past = pastDivisions();
    const entry = (past.get(code) ?? past.get(`${code.slice(0, 4)}00`) ?? []).find(
      (one) => one.name === name,
    );
    const next = entry?.successor;
    if (!next || next === today.code || next === code) break;
    const [following] = past.get(next) ?? [];
    if (!following) break;
    at = following;
  }
  return [...way, { code: today.code, name: today.name, until: null }];
}
