import type { Bilingual, ColumnKind, ColumnProfile } from '@ronghe/contracts';
import { readDate, readPeriod } from '../standards/dates.ts';
import { readNumber } from '../standards/numbers.ts';
import { cleanText, isMissing, rawText } from '../standards/text.ts';
import { type Budget, createDistinct, detached } from './distinct.ts';
import { headerUnit } from './header-units.ts';
import { hintsOf, kindOf, type WeighedValue } from './kinds.ts';
import { holdsIdentity, maskInside, maskValue, storable } from './masking.ts';
import { COLUMN_PROBLEMS, type ColumnProblem, problemsOf, unitsWritten, writtenUnit } from './problems.ts';
import { readValue } from './values.ts';

const SHOWN_LENGTH_MAX = 100;
const COMMON_MAX = 10;
const SAMPLES_MAX = 20;
/** What is kept of one value of the sample: longer ones are looked at by their beginning. */
const SAMPLED_LENGTH_MAX = 500;
const PATTERNS_MAX = 8;
/** Values that suffice to tell a kind before all rows are there. */
const HEAD_VALUES = 200;
const NUMERIC: readonly ColumnKind[] = ['integer', 'decimal', 'money'];
const PERSONAL: readonly ColumnKind[] = ['person', 'identity', 'email'];

export type ColumnLimits = { distinctMax: number; sampleMax: number; budget: Budget };
export type Column = ReturnType<typeof createColumn>;
type Noted = { count: number; example: string; place: number | null };

/** Collects one column, a few hundred nanoseconds a cell; what values mean is asked of a sample in the end. */
export function createColumn(name: string, { distinctMax, sampleMax, budget }: ColumnLimits) {
  const distinct = createDistinct({ limit: distinctMax, budget });
  const sample: { texts: string[]; places: number[] } = { texts: [], places: [] };
  const numbers = { count: 0, mean: 0, squares: 0, least: Infinity, most: -Infinity };
  const noted = new Map<ColumnProblem, Noted>();
  let [filled, shortest, longest] = [0, Infinity, 0];
  let [least, most]: [string | null, string | null] = [null, null];
  let random = 0x2545f491;

  function addNumber(value: number): void {
    numbers.count += 1;
    const delta = value - numbers.mean;
    numbers.mean += delta / numbers.count;
    numbers.squares += delta * (value - numbers.mean);
    if (value < numbers.least) numbers.least = value;
    if (value > numbers.most) numbers.most = value;
  }

  /** Algorithm R (Vitter 1985) with a fixed xorshift, so that the same table always gives the same profile. */
  function addSample(whole: string, place: number): void {
    const text = whole.length > SAMPLED_LENGTH_MAX ? whole.slice(0, SAMPLED_LENGTH_MAX) : whole;
    if (sample.texts.length < sampleMax) {
      sample.texts.push(detached(text));
      sample.places.push(place);
      return;
    }
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    const at = (random >>> 0) % filled;
    if (at >= sampleMax) return;
    sample.texts[at] = detached(text);
    sample.places[at] = place;
  }

  function note(problem: ColumnProblem, text: string, place: number | null, count = 1): void {
    const before = noted.get(problem);
    if (before) before.count += count;
    else noted.set(problem, { count, example: text.slice(0, SHOWN_LENGTH_MAX), place });
  }

  /** Values with the rows each stands for: all of them when they are few, else the sample. */
  function weighed(most = sampleMax): WeighedValue[] {
    const { complete } = distinct.result(filled);
    if (complete && distinct.counts.size <= most)
      return [...distinct.counts].map(([text, weight]) => ({ text, weight, read: readValue(text) }));
    const texts = sample.texts.slice(0, most);
    const weight = filled / Math.max(1, texts.length);
    return texts.map((text) => ({ text, weight, read: readValue(text) }));
  }

  function tell(values: readonly WeighedValue[]) {
    const unit = headerUnit(name) ?? writtenUnit(values);
    const { distinct: different } = distinct.result(filled);
    const money = unit?.unit.quantity === 'money';
    return { unit, ...kindOf({ values, hints: hintsOf(name), money, filled, distinct: different }) };
  }

  return {
    name,
    /** Takes one cell. `place` is its row as people find it. Returns its text, empty when there is nothing in it. */
    add(value: unknown, place: number): string {
      if (value === null || value === undefined || value === '') return '';
      const text = typeof value === 'string' ? value : rawText(value);
      if (standsForNothing(text)) {
        if (text.trim() !== '') note('placeholders', text, place);
        return '';
      }
      filled += 1;
      const { length } = text;
      if (length < shortest) shortest = length;
      if (length > longest) longest = length;
      if (isBlank(text.charCodeAt(0)) || isBlank(text.charCodeAt(length - 1))) note('blanks', text, place);
      if (least === null || text < least) least = text;
      if (most === null || text > most) most = text;
      const number = typeof value === 'number' ? value : numberIn(text);
      if (number !== null) addNumber(number);
      distinct.add(text);
      addSample(text, place);
      return text;
    },
    /** Kind so far, for choosing what may name a row. */
    kind: () => tell(weighed(HEAD_VALUES)).kind,
    isUnique: () => distinct.result(filled).unique,
    result(rows: number): ColumnProfile {
      const values = weighed();
      const { kind, share, unit } = tell(values);
      const found = new Map(noted);
      for (const { value, problem } of problemsOf({ name, kind, unit }, values)) {
        const before = found.get(problem);
        if (before) found.set(problem, { ...before, count: before.count + value.weight });
        else {
          const place = sample.places[sample.texts.indexOf(value.text)] ?? null;
          found.set(problem, { count: value.weight, example: value.text, place });
        }
      }
      const sensitive = isSensitive(name, kind, values);
      const show = shower(kind, sensitive);
      const { distinct: different, exact, unique } = distinct.result(filled);
      return {
        name,
        kind,
        kindShare: round(share),
        unit: unit?.written ?? null,
        rows,
        filled,
        distinct: different,
        distinctExact: exact,
        unique,
        shortest: filled === 0 ? null : shortest,
        longest: filled === 0 ? null : longest,
        ...extremes(kind, { least, most, numbers, values, show }),
        ...figures(kind, numbers, values),
        patterns: patternsOf(values),
        common: [...distinct.counts]
          .filter(([, count]) => count > 1)
          .sort((a, b) => b[1] - a[1])
          .slice(0, COMMON_MAX)
          .map(([value, count]) => ({ value: show(value), count })),
        samples: samplesOf(sample.texts).map(show),
        sensitive,
        problems: [...found].map(([problem, { count, example, place }]) => ({
          text: problem === 'unit-missing' ? unitText(unitsWritten(values)) : { ...COLUMN_PROBLEMS[problem] },
          count: Math.max(1, Math.round(count)),
          example: show(example),
          place,
        })),
      };
    },
  };
}

const isBlank = (unit: number) => unit <= 32 || unit === 0x3000 || unit === 0xa0;
const round = (share: number) => Math.round(share * 10_000) / 10_000;

/** `isMissing` without its cost where the first character says that there is something. */
function standsForNothing(text: string): boolean {
  const unit = text.charCodeAt(0);
  if (unit >= 48 && unit <= 57) return false;
  if (unit >= 0x4e00 && unit <= 0x9fff && !'无暂不未空'.includes(text[0] ?? '')) return false;
  return text.length <= 20 && isMissing(text);
}

/** The number of a text; grouped and bracketed ones by the standard. */
function numberIn(text: string): number | null {
  const unit = text.charCodeAt(0);
  const begins =
    (unit >= 48 && unit <= 57) || unit === 45 || unit === 43 || unit === 46 || unit === 40 || unit === 32;
  if (!begins || text.length > 25) return null;
  const plain = Number(text);
  if (!Number.isNaN(plain)) return text.charCodeAt(1) === 120 ? null : plain;
  return /^[\s\d+\-.,()，]+$/.test(text) ? readNumber(text) : null;
}

/** Personal by its values, or by its header where the values do not tell. Land lines of an enterprise are not. */
function isSensitive(name: string, kind: ColumnKind, values: readonly WeighedValue[]): boolean {
  if (PERSONAL.includes(kind)) return true;
  const hints = hintsOf(name);
  const words = kind === 'text' || kind === 'list' || kind === 'mixed' || kind === 'integer';
  if (hints.has('identity') || hints.has('account')) return true;
  if (hints.has('person') && words && !/数|率/.test(name)) return true;
  const total = values.reduce((sum, { weight }) => sum + weight, 0);
  const shareOf = (test: (text: string) => boolean) =>
    values.reduce((sum, { text, weight }) => sum + (test(text) ? weight : 0), 0) / Math.max(1, total);
  if (kind === 'phone') return PERSONS_PHONE.test(name) || shareOf(isMobile) > 0.5;
  return kind !== 'code' && shareOf(holdsIdentity) > 0.05;
}
/** Phones of persons by their header, whatever the numbers are. */
const PERSONS_PHONE =
  /法人|代表人|负责人|联系人|经办人|填报人|经营者|个人|手机|mobile|contact|sjh|fddbr|^fr|lxr/i;
const isMobile = (text: string) => /^(?:\+?86[\s-]?)?1[3-9]\d[\d\s-]{8,10}$/.test(cleanText(text));

const shower = (kind: ColumnKind, sensitive: boolean) => (text: string) => {
  const shown = text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX - 1)}…` : text;
  return storable(sensitive ? maskValue(kind, shown) : maskInside(shown));
};

type Collected = {
  least: string | null;
  most: string | null;
  numbers: { count: number; least: number; most: number };
  values: readonly WeighedValue[];
  show: (text: string) => string;
};
function extremes(kind: ColumnKind, { least, most, numbers, values, show }: Collected) {
  if (NUMERIC.includes(kind) && numbers.count > 0)
    return { least: String(numbers.least), most: String(numbers.most) };
  if (kind === 'date' || kind === 'period') {
    const read = kind === 'date' ? (text: string) => readDate(text) ?? readPeriod(text) : readPeriod;
    // the first and last text of all rows, and the first and last day among the values looked at
    const days = [least ?? '', most ?? '', ...values.map(({ text }) => text)].flatMap(
      (text) => read(text) ?? [],
    );
    days.sort();
    return { least: days[0] ?? null, most: days.at(-1) ?? null };
  }
  return { least: least === null ? null : show(least), most: most === null ? null : show(most) };
}

function figures(
  kind: ColumnKind,
  numbers: { count: number; mean: number; squares: number },
  values: readonly WeighedValue[],
): Pick<ColumnProfile, 'mean' | 'deviation' | 'quartiles'> {
  if (!NUMERIC.includes(kind) || numbers.count === 0) return { mean: null, deviation: null, quartiles: [] };
  const sorted = values
    .flatMap(({ text, weight }) => {
      const number = numberIn(text);
      return number === null ? [] : [{ number, weight }];
    })
    .sort((a, b) => a.number - b.number);
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  const at = (share: number): number => {
    let passed = 0;
    for (const { number, weight } of sorted) {
      passed += weight;
      if (passed >= total * share) return number;
    }
    return sorted.at(-1)?.number ?? 0;
  };
  return {
    mean: numbers.mean,
    deviation: numbers.count > 1 ? Math.sqrt(numbers.squares / (numbers.count - 1)) : 0,
    quartiles: sorted.length > 0 ? [at(0.25), at(0.5), at(0.75)] : [],
  };
}

/** 9 for digits, A for Latin letters, 中 for Chinese characters; runs made one. */
export const patternOf = (text: string): string =>
  storable(text.slice(0, SHOWN_LENGTH_MAX))
    .replace(/\p{Script=Han}+/gu, '中')
    .replace(/[0-9０-９]+/g, '9')
    .replace(/[A-Za-zＡ-Ｚａ-ｚ]+/g, 'A')
    .replace(/\s+/g, ' ');

function patternsOf(values: readonly WeighedValue[]): ColumnProfile['patterns'] {
  const counts = new Map<string, number>();
  for (const { text, weight } of values) {
    const pattern = patternOf(text);
    counts.set(pattern, (counts.get(pattern) ?? 0) + weight);
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, PATTERNS_MAX)
    .map(([pattern, count]) => ({ pattern, count: Math.max(1, Math.round(count)) }));
}

/** Different values, spread over the whole table. */
function samplesOf(texts: readonly string[]): string[] {
  const step = Math.max(1, texts.length / (SAMPLES_MAX * 3));
  const chosen = new Set<string>();
  for (let at = 0; at < texts.length && chosen.size < SAMPLES_MAX; at += step)
    chosen.add(texts[Math.floor(at)] ?? '');
  return [...chosen];
}

const UNITS_TOLD_MAX = 5;
/** What is missing where other cells carry a unit: it names those. */
function unitText(units: readonly string[]): Bilingual {
  const { zh, en } = COLUMN_PROBLEMS['unit-missing'];
  const seen = units.slice(0, UNITS_TOLD_MAX).join('、');
  return { zh: `${zh}（${seen}）`, en: `${en} (${seen})` };
}
