import { initialsOf, looseSoundOf, shapeOf, soundOf, toSimplified } from './characters.ts';
import { takeDivision } from './company-division.ts';
import { BRACKET_FORMS, BRANCH_ENDINGS, FORMS, type FormKind } from './forms.data.ts';
import { readName } from './names.ts';
import { remembered } from './reference.ts';
import { endsInTrade, takeTrades } from './trades.ts';

/** Keys to compare names by; null where the name has no such part. */
export type NameKeys = {
  /** 字号 + 行业 + 组织形式, without the division */
  withoutDivision: string | null;
  /** 字号 + 行业 */
  core: string;
  /** syllables of the 字号 (or of the core when there is none), without tones */
  sound: string;
  /** the same with the sounds that are mixed up made one */
  looseSound: string;
  initials: string;
  /** characters that look alike made one */
  shape: string;
};

/** A company name in its parts, as written but in simplified characters. A part that is not there is null or empty. */
export type ParsedName = {
  name: string;
  /** equal for two spellings of one name: division first, brackets solved, remarks left out, form unified */
  normal: string;
  /** 行政区划 */
  division: string | null;
  /** today's code of the division; null when there is none or `divisionCandidates` has several */
  divisionCode: string | null;
  divisionCandidates: readonly string[];
  /** 字号 */
  trade: string | null;
  /** 行业或者经营特点 */
  industry: string | null;
  /** code of GB/T 4754-2017 that the industry's words point at, a hint only */
  industryCode: string | null;
  /** 组织形式 */
  form: string | null;
  formKind: FormKind | null;
  /** 集团 or 控股 before the form or in brackets */
  group: string | null;
  /** 分公司 and the like: the tail that names the part, its kind and number, and the name of the whole */
  branch: string | null;
  branchKind: string | null;
  branchNumber: number | null;
  parent: string | null;
  former: readonly string[];
  /** what sources hang on to a name: （筹）, 宿舍, 2#专变 */
  remarks: readonly string[];
  /** brackets whose content is none of the above */
  qualifiers: readonly string[];
  /** true when no form is named */
  short: boolean;
  /** 0 to 1: how much of the name could be told; a rank for people, no probability */
  confidence: number;
  keys: NameKeys;
};

const NAME_LENGTH_MAX = 200;
const NESTED_MAX = 5;
/** Matching and relations take the names of a batch apart one after the other. */
const REMEMBERED_NAMES = 5_000;

const REMARKS =
  /^(?:筹|筹建|规上|规下|规模以上|已?注销|吊销|存续|在业|开业|停产|停业|自然人.*|法人独资|国有独资|外商.*|台港澳.*|中外合资|.*车间|厂区|宿舍|新厂|老厂|本部|总部)$/;
const TAIL_REMARKS = /(?:\d+#?专变|宿舍|专变|厂区|车间|配电房|生活区)$/;
const FORMER = /^(?:原名?称?|曾用名|前身|更名前|旧名)(?:为|是)?:?(.+)$/;
const FORMER_TAIL = /[,;]?(?:曾用名|原名称?|原名为)(?:为|是)?:?([^()]{4,})$/;
const NUMBERS = '一二三四五六七八九十';

/**
 * Takes a company name apart: 行政区划 + 字号 + 行业 + 组织形式 (企业名称登记管理规定, article 6), branches with the name they
 * belong to, former names, remarks. Never throws; a name of over 200 characters is cut. Parsing the normal form of a
 * name again gives the same normal form.
 */
export const parseName: (raw: string) => ParsedName = remembered(readParts, REMEMBERED_NAMES);

function readParts(raw: string): ParsedName {
  const cut = raw.length > NAME_LENGTH_MAX;
  const name = toSimplified(readName(raw.slice(0, NAME_LENGTH_MAX)));
  const noted = takeNotes(flatten(name));
  const split = splitBranch(noted.rest);
  const whole = parseWhole(split?.parent ?? noted.rest, noted.brackets);
  const tail = split?.branch ?? '';
  return {
    ...whole,
    name,
    normal: whole.normal + tail,
    branch: split ? split.branch : null,
    branchKind: split ? split.kind : null,
    branchNumber: split ? split.number : null,
    parent: split ? whole.normal : null,
    former: [...new Set(noted.former)],
    remarks: noted.remarks,
    confidence: cut ? whole.confidence / 2 : whole.confidence,
    keys: split ? keysOf({ ...whole, tail }) : whole.keys,
  };
}

const flatten = (name: string): string =>
  name
    .replaceAll('（', '(')
    .replaceAll('）', ')')
    .replace(/[:：]/g, ':')
    .replace(/[，、]/g, ',')
    .toUpperCase()
    .replace(/(?<=[^A-Z0-9.,&-])\s+|\s+(?=[^A-Z0-9.,&-])/g, '');

type Brackets = { divisions: string[]; group: string | null; form: string | null; qualifiers: string[] };
type Noted = { rest: string; brackets: Brackets; former: string[]; remarks: string[] };

/** Takes out brackets and tails that are no part of the name, innermost brackets first. */
function takeNotes(text: string): Noted {
  const noted: Noted = {
    rest: text,
    brackets: { divisions: [], group: null, form: null, qualifiers: [] },
    former: [],
    remarks: [],
  };
  const tail = FORMER_TAIL.exec(noted.rest);
  if (tail?.[1]) {
    noted.former.push(...namesIn(tail[1]));
    noted.rest = noted.rest.slice(0, tail.index);
  }
  for (let depth = 0; depth < NESTED_MAX && noted.rest.includes('('); depth += 1)
    noted.rest = noted.rest.replace(/\(([^()]*)\)/g, (_all, inside: string) => takeBracket(inside, noted));
  noted.rest = noted.rest
    .replace(/\(([^()]*)$/, (_all, inside: string) => takeOpenBracket(inside, noted))
    .replace(/[()]/g, '');
  for (;;) {
    const remark = TAIL_REMARKS.exec(noted.rest);
    if (!remark || remark.index < 4) return noted;
    noted.remarks.push(remark[0]);
    noted.rest = noted.rest.slice(0, remark.index);
  }
}

const namesIn = (text: string): string[] =>
  text
    .split(/[,;]/)
    .map((name) => name.trim())
    .filter((name) => name.length > 1);

/** What stays in the place of a bracket: nothing, or 集团, 控股 and a branch, which are parts of the name. */
function takeBracket(inside: string, { brackets, former, remarks }: Noted): string {
  const past = FORMER.exec(inside);
  if (past?.[1]) former.push(...namesIn(past[1]));
  else if (REMARKS.test(inside)) remarks.push(inside);
  else if (inside === '集团' || inside === '控股' || isBranch(inside)) return inside;
  else if (BRACKET_FORMS.includes(inside)) brackets.form = inside;
  else if (takeDivision(inside, { whole: true })) brackets.divisions.push(inside);
  else if (inside !== '') brackets.qualifiers.push(inside);
  return '';
}

/** A bracket that was never closed: a division at its beginning is taken out, the rest stays. */
function takeOpenBracket(inside: string, { brackets }: Noted): string {
  const division = takeDivision(inside);
  if (division) brackets.divisions.push(division.text);
  return division ? inside.slice(division.text.length) : inside;
}

const isBranch = (text: string) => BRANCH_ENDINGS.some(([ending]) => text.endsWith(ending));

type Branch = { parent: string; branch: string; kind: string; number: number | null };
const LEGAL_FORMS = FORMS.filter(([, , kind]) => !['business', 'foreign'].includes(kind)).map(
  ([ending]) => ending,
);

/** The tail after a form that itself ends as a branch does: …有限公司|贵溪第二分厂. The shortest parent that has a form. */
function splitBranch(text: string): Branch | null {
  const ending = BRANCH_ENDINGS.find(([one]) => text.endsWith(one));
  if (!ending) return null;
  const limit = text.length - ending[0].length;
  for (let at = 4; at <= limit; at += 1) {
    if (!LEGAL_FORMS.some((form) => text.slice(0, at).endsWith(form))) continue;
    if (LEGAL_FORMS.some((form) => goesOn(text, at, form))) continue;
    const branch = text.slice(at);
    return { parent: text.slice(0, at), branch, kind: ending[1], number: numberIn(branch) };
  }
  return null;
}

/** True when a longer form begins before `at` and ends behind it: 集团 of 集团公司, 公司 is still to come. */
const goesOn = (text: string, at: number, form: string): boolean => {
  for (let begin = Math.max(0, at - form.length); begin <= at; begin += 1)
    if (
      begin + form.length > at &&
      begin < text.length &&
      text.startsWith(form, begin) &&
      begin + form.length > at
    )
      return begin < at || form === '公司' || form.endsWith('公司');
  return false;
};

function numberIn(branch: string): number | null {
  const found = /第?([一二三四五六七八九十]|\d{1,3})(?:号)?(?:分|厂|车间|工厂|支|项目)/.exec(branch)?.[1];
  if (found === undefined) return null;
  return NUMBERS.includes(found) ? NUMBERS.indexOf(found) + 1 : Number(found);
}

/** A name without branch, former names and remarks. */
function parseWhole(text: string, brackets: Brackets): ParsedName {
  const form = formOf(text);
  const body = form ? text.slice(0, -form[0].length) : text;
  const group = /(?:集团|控股)+$/.exec(body)?.[0] ?? null;
  const core = group && body.length > group.length ? body.slice(0, -group.length) : body;
  const isGroup = group !== null && core !== body;
  const { division, rest } = divisionOfName(core, brackets.divisions);
  const { trade, industry, code } = takeTrades(rest.trim());
  const parts = {
    trade: trade === '' ? null : trade,
    industry: industry === '' ? null : industry,
    form: form?.[0] ?? brackets.form,
    unified: (form?.[1] ?? '') + (brackets.form ?? ''),
    group: isGroup ? group : null,
    divisions: division?.names ?? [],
  };
  return {
    name: text,
    normal: normalOf(parts),
    division: division?.text ?? null,
    divisionCode: division?.codes.length === 1 ? (division.codes[0] ?? null) : null,
    divisionCandidates: division && division.codes.length > 1 ? division.codes : [],
    trade: parts.trade,
    industry: parts.industry,
    industryCode: code,
    form: parts.form,
    formKind: form?.[2] ?? (brackets.form ? 'partnership' : null),
    group: parts.group,
    branch: null,
    branchKind: null,
    branchNumber: null,
    parent: null,
    former: [],
    remarks: [],
    qualifiers: brackets.qualifiers,
    short: parts.form === null,
    confidence: confidenceOf({
      ...parts,
      certain: division?.certain ?? true,
      qualifiers: brackets.qualifiers.length,
    }),
    keys: keysOf({ ...parts, tail: '' }),
  };
}

/** The longest form that a name ends in; 化工厂 is 化工 and 厂, not 工厂. */
function formOf(text: string): (typeof FORMS)[number] | undefined {
  const fits = ([ending]: (typeof FORMS)[number]) => text.endsWith(ending) && text.length > ending.length;
  const longest = FORMS_LONGEST_FIRST.find(fits);
  const cutsTrade = longest?.[0] === '工厂' && endsInTrade(text.slice(0, -1));
  return cutsTrade ? FORMS_LONGEST_FIRST.find((form) => form !== longest && fits(form)) : longest;
}
const FORMS_LONGEST_FIRST = [...FORMS].sort(([a], [b]) => b.length - a.length);

/** The division before the name, else the one in brackets. Brackets beside a division before the name stay with it. */
function divisionOfName(core: string, inBrackets: readonly string[]) {
  const before = takeDivision(core);
  const rest = before ? core.slice(before.text.length) : core;
  const bracket = inBrackets[0] === undefined ? null : takeDivision(inBrackets[0], { whole: true });
  if (!before) return { division: bracket, rest };
  if (!bracket || before.names.includes(bracket.names.at(-1) ?? '')) return { division: before, rest };
  return {
    division: { ...bracket, text: before.text + bracket.text, names: [...before.names, ...bracket.names] },
    rest,
  };
}

type Normal = {
  divisions: readonly string[];
  trade: string | null;
  industry: string | null;
  group: string | null;
  unified: string;
};
const normalOf = ({ divisions, trade, industry, group, unified }: Normal): string =>
  [...divisions, trade ?? '', industry ?? '', group ?? '', unified].join('');

function keysOf(parts: {
  trade: string | null;
  industry: string | null;
  group: string | null;
  form: string | null;
  tail: string;
}): NameKeys {
  const unified = FORMS.find(([ending]) => ending === parts.form)?.[1] ?? parts.form ?? '';
  const core = (parts.trade ?? '') + (parts.industry ?? '');
  const spoken = parts.trade ?? core;
  return {
    withoutDivision: parts.trade === null ? null : core + (parts.group ?? '') + unified + parts.tail,
    core,
    sound: soundOf(spoken),
    looseSound: looseSoundOf(spoken),
    initials: initialsOf(spoken),
    shape: shapeOf(spoken),
  };
}

type Told = {
  trade: string | null;
  industry: string | null;
  form: string | null;
  group: string | null;
  certain: boolean;
  qualifiers: number;
};

/** Each part that could not be told takes its share away. */
function confidenceOf({ trade, industry, form, group, certain, qualifiers }: Told): number {
  const length = trade?.length ?? 0;
  let confidence = form === null ? 0.6 : 1;
  if (length === 0) confidence *= 0.6;
  else if (length === 1 || length > 6) confidence *= 0.6;
  else if (length > 4) confidence *= 0.9;
  if (industry === null && group === null) confidence *= 0.75;
  if (!certain) confidence *= 0.9;
  if (qualifiers > 0) confidence *= 0.9;
  return Math.round(confidence * 100) / 100;
}
