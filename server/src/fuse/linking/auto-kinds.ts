import type { LinkKind } from '@ronghe/contracts';
import { hintsOf } from '../profile/kinds.ts';
import { readValue } from '../profile/values.ts';
import { isPersonName } from '../profile/words.data.ts';
import { readDay } from './days.ts';
import { lettersOf, plainText } from './texts.ts';

/** What the values of one column of one input are like, from its first rows. */
export type ColumnLook = {
  header: string;
  rows: number;
  filled: number;
  distinct: number;
  /** different values, at most `VALUES_MAX`, standardised as plain text */
  values: ReadonlySet<string>;
  /** raw values of the first rows by row, for comparing columns with each other */
  raw: readonly string[];
  kind: LinkKind | null;
  /** why it is left out, when it is */
  reason: string | null;
  words: number;
  length: number;
  /** true for Chinese text */
  han: boolean;
};

const VALUES_MAX = 20_000;
const LOOKED_MAX = 3_000;

/** Headers of columns that name an entity or a row and say nothing about it. */
const TRUTH =
  /^(?:cluster|entity|truth|gold|label|true|match)(?:[ _-]?(?:id|label|key|no|number|cluster|entity))?$|^(?:true|gold|real)[ _-]/i;
/** Which system a row comes from: records of one entity differ in it. */
const SOURCE =
  /^(?:source|src|dataset|data[ _-]?source|source[ _-]?(?:name|system|dataset)|来源|数据来源|来源系统)$/i;
const ROW_ID =
  /^(?:id|uid|guid|uuid|index|idx|row|rowid|unnamed.*|seq|序号|行号|编号|主键|.*(?:unique|record|rec|row)[ _-]?(?:id|no|nr|number|index))$/i;
const PERSON =
  /(?:^|[ _-])(?:first|last|given|sur|fore|middle|family|full|maiden|nick|person|contact|owner|author)?[ _-]?names?$|^(?:surname|forename|fname|lname|given|gname)|姓名|姓|名字/i;
const PART_OF_PERSON = /first|last|given|sur|fore|middle|family|fname|lname|full|person|姓/i;
const ADDRESS = /addr|street|road|location|地址|住址|住所|所在地$/i;
const PHONE = /phone|tel(?:$|[ _])|fax|mobile|cell|电话|手机/i;
const DATE = /date|dob|birth|born|day$|日期|时间|出生/i;
const YEAR = /year|yr|年/i;
const PEOPLE = /authors?|artists?|cast|actors?|directors?|people|creators?|inventors?|作者|导演|演员/i;
const COMPANY =
  /company|organi[sz]ation|firm|employer|manufact|brand|vendor|supplier|publisher|企业|公司|单位/i;
const CODE =
  /zip|post|code|ssn|soc|nino|isbn|issn|ean|upc|sku|model|licen[cs]e|passport|num(?:ber)?$|(?:^|[ _])(?:no|nr|id)$|代码|编码|证号|号$/i;
const AMOUNT =
  /price|cost|amount|salary|revenue|weight|height|size|length|abv|rating|score|capital|employee|headcount|persons?$|价|额|收入|人数|员工/i;
const TEXT = /title|description|name|product|song|album|beer|book|movie|品名|名称|标题|描述/i;
const COMPANY_FORM = /\b(?:inc|incorporated|corp|corporation|ltd|limited|llc|plc|gmbh|co)\b/;

/** Looks at one column. `isId` columns and those with the truth are never features. */
export function lookAt(header: string, raw: readonly string[]): ColumnLook {
  const values = new Set<string>();
  const sample: string[] = [];
  let [filled, words, length] = [0, 0, 0];
  for (const text of raw) {
    const plain = plainText(text);
    if (plain === '') continue;
    filled += 1;
    if (values.size < VALUES_MAX) values.add(plain);
    if (sample.length < LOOKED_MAX) sample.push(text);
    length += plain.length;
    words += plain.split(' ').length;
  }
  const look = {
    header: header.trim(),
    rows: raw.length,
    filled,
    distinct: values.size,
    values,
    raw,
    words: words / Math.max(1, filled),
    length: length / Math.max(1, filled),
    han: shareOf(sample, (text) => /\p{Script=Han}/u.test(text)) >= 0.5,
  };
  const reason = reasonAgainst(look, sample);
  return { ...look, reason, kind: reason === null ? kindOf(look, sample) : null };
}

type Look = Omit<ColumnLook, 'kind' | 'reason'>;

function shareOf(values: readonly string[], test: (text: string) => boolean): number {
  if (values.length === 0) return 0;
  return values.filter(test).length / values.length;
}

const FILLED_MIN = 0.01;
function reasonAgainst(look: Look, sample: readonly string[]): string | null {
  if (look.filled === 0) return 'empty';
  if (look.filled / look.rows < FILLED_MIN) return 'nearly empty';
  if (TRUTH.test(look.header)) return 'names entities';
  if (SOURCE.test(look.header) && look.distinct <= 200) return 'names sources';
  if (look.distinct === 1) return 'one value everywhere';
  const unique = look.distinct >= Math.min(look.filled, VALUES_MAX) && look.filled === look.rows;
  const single = shareOf(sample, (text) => !/\s/.test(text.trim()));
  const numbers = shareOf(sample, (text) => /^[a-z]{0,6}[-_:]?\d+$/i.test(text.trim()));
  if (unique && single > 0.98 && (ROW_ID.test(look.header) || (numbers > 0.98 && isCounting(sample))))
    return 'numbers rows';
  return null;
}

/** Whole numbers that count up without large gaps: row numbers, whatever their order. */
function isCounting(sample: readonly string[]): boolean {
  const numbers = sample.map((text) => Number(/\d+$/.exec(text.trim())?.[0])).sort((a, b) => a - b);
  const [least = 0, most = 0] = [numbers[0], numbers.at(-1)];
  return numbers.length > 20 && most - least < numbers.length * 40 && most < 1e7;
}

const MOST = 0.8;
function kindOf(look: Look, sample: readonly string[]): LinkKind {
  const { header } = look;
  const share = (test: (text: string) => boolean) => shareOf(sample, test);
  if (share((text) => /^[^@\s]+@[^@\s]+\.[a-z]+$/i.test(text.trim())) > 0.6) return 'email';
  const chinese = chineseKind(look, sample);
  if (chinese) return chinese;
  if (PHONE.test(header) && share((text) => text.replace(/\D/g, '').length >= 6) > 0.6) return 'phone';
  if (share((text) => /^\+?\(?\d{2,4}\)?[-/. ]\s?\d{3}[-. ]\s?\d{3,4}\b/.test(text.trim())) > 0.7)
    return 'phone';
  if (isDates(header, sample)) return 'date';
  const numeric = share((text) =>
    /^\s*[$€£¥]?\s*[-+]?[\d,]*\.?\d+\s*(?:usd|eur|gbp|cny|元|万元|%)?\s*$/i.test(text),
  );
  if (numeric > MOST) return numberKind(look, sample);
  if (PEOPLE.test(header) && look.words > 1.5) return 'people';
  if (share((text) => /[,;]|\band\b/.test(text) && /^[\p{L}\s.,;'-]+$/u.test(text)) > 0.5 && look.words > 3)
    return 'people';
  const address = share((text) =>
    /^\s*(?:\d+[a-z]?\s+\p{L}+\s+\p{L}+|.*\d+.*\b(?:st|street|ave|avenue|rd|road|dr|blvd)\b)/iu.test(text),
  );
  if ((ADDRESS.test(header) && look.words > 1.3) || address > 0.5) return 'address';
  if (isCategory(look)) return 'category';
  const mixed = share((text) => /^(?=.*\d)(?=.*[a-z])[a-z\d\-/.]{4,30}$/i.test(text.trim()));
  if (mixed > 0.6 || (CODE.test(header) && look.words < 1.3)) return 'code';
  return wordsKind(look, sample);
}

const isCategory = ({ distinct, filled, words }: Look) =>
  words < 4 && (distinct <= 12 || (distinct <= 60 && distinct / filled < 0.02));

function chineseKind(look: Look, sample: readonly string[]): LinkKind | null {
  const read = sample.slice(0, 600).map(readValue);
  const fits = (...names: ('code' | 'old-code' | 'name' | 'phone' | 'address' | 'identity')[]) =>
    read.filter((one) => names.some((name) => one.fits.has(name))).length / Math.max(1, read.length);
  if (fits('code', 'identity') > 0.5 || (fits('code', 'old-code') > 0.7 && look.distinct > 3)) return 'code';
  const hints = hintsOf(look.header);
  if (fits('phone') > (hints.has('phone') ? 0.4 : 0.8) && !DATE.test(look.header)) return 'phone';
  if (!look.han) return null;
  if (fits('name') > 0.4 || (COMPANY.test(look.header) && look.length > 3)) return 'company';
  if (fits('address') > 0.4 || ADDRESS.test(look.header)) return 'address';
  const person = shareOf(sample, (text) => isPersonName(text.trim()));
  if (person > (hints.has('person') ? 0.4 : 0.85)) return 'person';
  if (isCategory(look)) return 'category';
  return look.length > 5 ? 'text' : 'person';
}

function isDates(header: string, sample: readonly string[]): boolean {
  const days = shareOf(sample, (text) => (readDay(text)?.month ?? 0) > 0);
  if (days > (DATE.test(header) ? 0.5 : MOST)) return true;
  const years = shareOf(sample, (text) => /^(?:1[5-9]|20)\d{2}(?:\.0)?$/.test(text.trim()));
  return years > (YEAR.test(header) || DATE.test(header) ? 0.5 : 0.95);
}

function numberKind({ header, length, distinct, filled }: Look, sample: readonly string[]): LinkKind {
  const whole = shareOf(sample, (text) => /^\s*\d+(?:\.0)?\s*$/.test(text));
  if (whole < 0.7 || AMOUNT.test(header)) return 'number';
  const lengths = new Map<number, number>();
  for (const text of sample) lengths.set(text.trim().length, (lengths.get(text.trim().length) ?? 0) + 1);
  const fixed = Math.max(...lengths.values()) / sample.length > 0.7 && length >= 4;
  if (CODE.test(header) || fixed || length >= 6) return 'code';
  return distinct / filled < 0.05 && distinct <= 12 ? 'category' : 'code';
}

function wordsKind(look: Look, sample: readonly string[]): LinkKind {
  const { header, words, length } = look;
  const forms = shareOf(sample, (text) => COMPANY_FORM.test(lettersOf(plainText(text))));
  if (words < 8 && (COMPANY.test(header) || forms > 0.25) && !/description/i.test(header))
    return words > 2.5 ? 'text' : 'company';
  const letters = shareOf(sample, (text) => /^[\p{L}\s.,'’-]+$/u.test(text));
  if (PERSON.test(header) && PART_OF_PERSON.test(header) && words < 4) return 'person';
  if (words >= 2.2 || length >= 25) return 'text';
  if (TEXT.test(header) && words >= 1.7 && letters < 0.95) return 'text';
  return 'person';
}
