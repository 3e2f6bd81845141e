import { type Bilingual, INDICATORS, type IndicatorCode, PART_TARGET_LIST } from '@ronghe/contracts';
import { withoutUnit } from '../profile/header-units.ts';
import { cleanText } from '../standards/text.ts';
import {
  BENIGN,
  CUMULATIVE,
  DECOYS,
  type KnownTarget,
  LAST_YEAR,
  OF_THE_MONTH,
  SAME_PERIOD,
  SYNONYMS,
  TIMES,
} from './headers.data.ts';

/** What a header says: how well each target fits (0 to 1), and what else it means when it only looks like one of ours. */
export type HeaderReading = {
  scores: ReadonlyMap<KnownTarget, number>;
  decoy: Bilingual | null;
  /** says nothing: col1, 列2, F3, or empty */
  anonymous: boolean;
};

type Synonym = { word: string; weight: number };
const synonyms = new Map(
  (Object.entries(SYNONYMS) as [KnownTarget, string][]).map(([target, words]): [KnownTarget, Synonym[]] => [
    target,
    words
      .trim()
      .split(/\s+/)
      .map((entry) => {
        const [word = '', weight = '1'] = entry.split(':');
        return { word, weight: Number(weight) };
      }),
  ]),
);
const PARTS: ReadonlySet<string> = new Set(PART_TARGET_LIST.map(({ target }) => target));
export const KNOWN_TARGETS: readonly KnownTarget[] = [...synonyms.keys()];

const ANONYMOUS =
  /^(?:(?:col(?:umn)?|field|f|c|var|v|attr|x|列|字段|栏|第?\d+列|未命名|unnamed|__?empty)[\s_:-]*\d*|[a-z]{1,2}\d{0,3}|\d+)?$/i;
const LENGTH_MAX = 100;
/** What is left of a likeness when a word is only a part of the header, by what stands beside it. */
const BESIDE_BENIGN = 0.92;
const BESIDE_OTHER = 0.55;
const LIKE_MIN = 0.75;

/** Reads a header against the dictionary. Pure; the same header always gives the same. */
export function readHeader(header: string): HeaderReading {
  const whole = cleanText(header.slice(0, LENGTH_MAX)).toLowerCase();
  const named = withoutUnit(whole).toLowerCase();
  const forms = formsOf(named);
  const scores = new Map<KnownTarget, number>();
  let exact = 0;
  for (const [target, words] of synonyms) {
    const like = PARTS.has(target) ? sameness : likeness;
    const score = Math.max(0, ...forms.flatMap((form) => words.map((synonym) => like(form, synonym))));
    const timed = score * timeFactor(target, named);
    if (timed >= 0.3) scores.set(target, timed);
    if (words.some(({ word, weight }) => weight >= 0.9 && forms[0] === word)) exact = 1;
  }
  const decoy = exact ? null : decoyOf(named);
  const anonymous = ANONYMOUS.test(named) && scores.size === 0;
  return {
    scores: decoy ? new Map([...scores].map(([target, score]) => [target, score * 0.2])) : scores,
    decoy,
    anonymous,
  };
}

/** The header as it may be compared: whole, without what stands in brackets, without the words for its time. */
function formsOf(named: string): string[] {
  const stripped = named.replace(/^(?:[*#★]+|\d{1,2}[.、)]|[甲乙丙丁戊己庚])\s*/, '').replace(/[*：:]+$/, '');
  const plain = (text: string) => text.replace(/[\s_\-/.、:：*()[\]【】]/g, '');
  const outside = stripped.replace(/[([【][^()[\]【】]*[)\]】]/g, '');
  const timeless = (text: string) => text.replace(TIMES, '');
  const parts = stripped.split(/[/|]/).map(plain);
  return [
    ...new Set(
      [plain(stripped), plain(outside), plain(timeless(stripped)), plain(timeless(outside)), ...parts].filter(
        (form) => form !== '',
      ),
    ),
  ];
}

const isLatin = (text: string) => /^[\x20-\x7e]+$/.test(text);

/** Parts of an enterprise are told by their words only: 商品编码 is like 产品编码 and means something else. */
const sameness = (form: string, { word, weight }: Synonym): number => (form === word ? weight : 0);

function likeness(form: string, { word, weight }: Synonym): number {
  if (form === word) return weight;
  if (isLatin(word) !== isLatin(form)) return 0;
  // initials of three letters stand inside many words
  if (isLatin(word) && word.length < 5) return 0;
  if (word.length < 2 || form.length < 2) return 0;
  const at = form.lastIndexOf(word);
  if (at >= 0) {
    const rest = [form.slice(0, at), form.slice(at + word.length)].filter((part) => part !== '');
    if (rest.every((part) => BENIGN.has(part) || /^\d{1,4}$/.test(part))) return weight * BESIDE_BENIGN;
    // the noun of a Chinese header stands at its end: 企业电话 is a phone, 电话费 is none
    const atEnd = at + word.length === form.length;
    return weight * (word.length >= 3 ? BESIDE_OTHER : 0.4) * (atEnd || isLatin(word) ? 1 : 0.8);
  }
  const like = isLatin(word) || !mayBeLike(form, word) ? 0 : shared(form, word);
  return like >= LIKE_MIN ? weight * like * 0.85 : 0;
}

/** False when the words are too far apart in length or letters to be alike; asked before the costly comparison. */
function mayBeLike(left: string, right: string): boolean {
  const most = (left.length + right.length) * (LIKE_MIN / 2);
  if (Math.min(left.length, right.length) < most) return false;
  let common = 0;
  for (const character of right) if (left.includes(character)) common += 1;
  return common >= most;
}

/** Share of the characters two words have in common, in order. */
function shared(left: string, right: string): number {
  let previous = new Uint16Array(right.length + 1);
  for (const character of left) {
    const next = new Uint16Array(right.length + 1);
    for (let at = 1; at <= right.length; at += 1)
      next[at] =
        right[at - 1] === character
          ? (previous[at - 1] ?? 0) + 1
          : Math.max(previous[at] ?? 0, next[at - 1] ?? 0);
    previous = next;
  }
  return (2 * (previous[right.length] ?? 0)) / (left.length + right.length);
}

/** An indicator is kept as the contract says, cumulative or of the month; a column of the other kind is not it. */
function timeFactor(target: KnownTarget, named: string): number {
  if (SAME_PERIOD.test(named)) return 0.2;
  if (target === 'period') return 1;
  if (!target.startsWith('indicator:')) {
    if (target === 'revenue' && (CUMULATIVE.test(named) || OF_THE_MONTH.test(named))) return 0.5;
    return LAST_YEAR.test(named) && target !== 'revenue' ? 0.3 : 1;
  }
  if (LAST_YEAR.test(named)) return 0.3;
  const { cumulative } = INDICATORS[target.slice('indicator:'.length) as IndicatorCode];
  const flow = cumulative || target === 'indicator:ELECTRICITY';
  if (cumulative && OF_THE_MONTH.test(named) && !CUMULATIVE.test(named)) return 0.4;
  if (!cumulative && flow && CUMULATIVE.test(named)) return 0.4;
  return 1;
}

function decoyOf(named: string): Bilingual | null {
  const forms = [named, named.replace(/[\s\-/()]/g, ''), named.replace(/[([【][^()[\]【】]*[)\]】]/g, '')];
  const found = DECOYS.find(([pattern]) => forms.some((form) => pattern.test(form)));
  return found ? { zh: found[1], en: found[2] } : null;
}
