import { cleanText } from '../standards/text.ts';

/** Year, month and day as they stand; 0 for what is not told. Never clamped to a calendar: 1855 stays 1855. */
export type Day = { year: number; month: number; day: number };

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const YEAR_MIN = 1000;
const YEAR_MAX = 2200;

/** Reads 1999-3-4, 19990304, 1999/03, 1999, 4.3.1999, 03/04/1999 (by `dayFirst`), 4 Mar 1999, March 4, 1999, 1999年3月4日. Null for others. */
export function readDay(raw: string, { dayFirst = true }: { dayFirst?: boolean } = {}): Day | null {
  const text = cleanText(raw)
    .toLowerCase()
    .replace(/[t ]\d{1,2}:\d{2}.*$/, '')
    .replace(/\.0+$/, '')
    .trim();
  const first = /^(\d{4})(?:[-/.年 ]+(\d{1,2})(?:[-/.月 ]+(\d{1,2})?)?)?日?年?月?$/.exec(text);
  if (first) return dayOf(first[1], first[2], first[3]);
  const compact = /^(\d{4})(\d{2})(\d{2})?$/.exec(text);
  if (compact) return dayOf(compact[1], compact[2], compact[3]);
  const last = /^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})$/.exec(text);
  if (last) {
    const [one, two] = [Number(last[1]), Number(last[2])];
    const isDayFirst = one > 12 || (two <= 12 && dayFirst);
    const year = last[3]?.length === 2 ? centuryOf(Number(last[3])) : last[3];
    return isDayFirst ? dayOf(year, two, one) : dayOf(year, one, two);
  }
  const named =
    /^(?:(\d{1,2})(?:st|nd|rd|th)?[- ])?([a-z]{3})[a-z]*\.?[- ,]*(?:(\d{1,2})(?:st|nd|rd|th)?,? )?(\d{4})$/.exec(
      text,
    );
  const month = named ? MONTHS.indexOf(named[2] ?? '') + 1 : 0;
  return named && month > 0 ? dayOf(named[4], month, named[1] ?? named[3]) : null;
}

const centuryOf = (year: number) => (year > 30 ? 1900 + year : 2000 + year);

type Part = string | number | undefined;
function dayOf(year: Part, month: Part, day: Part): Day | null {
  const told = { year: Number(year), month: Number(month ?? 0), day: Number(day ?? 0) };
  const fits = told.year >= YEAR_MIN && told.year <= YEAR_MAX && told.month <= 12 && told.day <= 31;
  return fits ? told : null;
}

/** True when more of these values can only be month first (03/25/1999) than day first. */
export function isMonthFirst(values: readonly string[]): boolean {
  let [monthFirst, dayFirst] = [0, 0];
  for (const value of values) {
    const [, one, two] = /^\s*(\d{1,2})[-/. ](\d{1,2})[-/. ]\d{2,4}/.exec(value) ?? [];
    if (Number(one) > 12) dayFirst += 1;
    if (Number(two) > 12) monthFirst += 1;
  }
  return monthFirst > dayFirst;
}
