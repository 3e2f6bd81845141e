import { cleanText } from './text.ts';

const pad = (value: number) => (value < 10 ? `0${value}` : String(value));
const DAY_MS = 86_400_000;
/** Day 0 of Excel's serial dates as it counts from 1 March 1900 on. */
const EXCEL_EPOCH_MS = Date.UTC(1899, 11, 30);
const YEAR_MIN = 1800;
const YEAR_MAX = 2200;

const YEAR_LAST = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})$/;

/** True for a day with its year at the end, as 25/12/2026 or 12/25/2026, also one that does not say which number is the month. */
export function isYearLast(raw: string): boolean {
  const [, first, , second, year] = YEAR_LAST.exec(withoutTime(raw)) ?? [];
  if (year === undefined) return false;
  const either = [
    dayOf(Number(year), Number(second), Number(first)),
    dayOf(Number(year), Number(first), Number(second)),
  ];
  return either.some((day) => day !== null);
}

const withoutTime = (raw: string): string => cleanText(raw).replace(/\s+.*$/, '');

/**
 * A day as `YYYY-MM-DD` from 2010-03-05, 2010/3/5, 2010.3.5, 20100305, 2010年3月5日, an instant or Excel's serial number; also from
 * 25/12/2026 or 12/25/2026, where only one of the numbers can be the month. Else null: 05/12/2026 says neither.
 */
export function readDate(raw: string): string | null {
  if (isWrittenDay(raw)) return dayOf(Number(raw.slice(0, 4)), Number(raw.slice(5, 7)), Number(raw.slice(8)));
  const text = withoutTime(raw);
  const parts =
    /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:T.*)?$/.exec(text) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  if (parts) return dayOf(Number(parts[1]), Number(parts[2]), Number(parts[3]));
  if (/^\d{5}(\.\d+)?$/.test(text)) {
    return new Date(EXCEL_EPOCH_MS + Math.floor(Number(text)) * DAY_MS).toISOString().slice(0, 10);
  }
  const [, first, , second, year] = YEAR_LAST.exec(text) ?? [];
  if (year === undefined) return null;
  const dayFirst = dayOf(Number(year), Number(second), Number(first));
  const monthFirst = dayOf(Number(year), Number(first), Number(second));
  return dayFirst === null || monthFirst === null || dayFirst === monthFirst
    ? (dayFirst ?? monthFirst)
    : null;
}

/** True for ten characters of the form 2010-03-05, which most dates have. */
function isWrittenDay(text: string): boolean {
  if (text.length !== 10 || text[4] !== '-' || text[7] !== '-') return false;
  for (let at = 0; at < 10; at += 1) {
    const code = text.charCodeAt(at);
    if (at !== 4 && at !== 7 && (code < 0x30 || code > 0x39)) return false;
  }
  return true;
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function dayOf(year: number, month: number, day: number): string | null {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 && isLeap ? 29 : (MONTH_DAYS[month - 1] ?? 0);
  const exists = day >= 1 && day <= days && year >= YEAR_MIN && year <= YEAR_MAX;
  return exists ? `${year}-${pad(month)}-${pad(day)}` : null;
}

/**
 * A month as `YYYY-MM` from 2026-02, 2026/2, 202602, 2026年2月 or a day of it. 2026年1-2月 is the cumulative period of
 * January and February and becomes 2026-02.
 */
export function readPeriod(raw: string): string | null {
  const text = cleanText(raw).replace(/\s/g, '');
  const parts =
    /^(\d{4})年?1[-至~]0?2月?$/.exec(text) ??
    /^(\d{4})[-/.年]?(\d{2})月?$/.exec(text) ??
    /^(\d{4})[-/.年](\d{1,2})月?$/.exec(text);
  if (parts) return monthOf(Number(parts[1]), parts[2] === undefined ? 2 : Number(parts[2]));
  return readDate(text)?.slice(0, 7) ?? null;
}

const monthOf = (year: number, month: number): string | null =>
  month >= 1 && month <= 12 && year >= YEAR_MIN && year <= YEAR_MAX ? `${year}-${pad(month)}` : null;

/** The instant a month ends in China (UTC+8), milliseconds since 1970 UTC. */
export function periodEndMs(period: string): number {
  return Date.UTC(Number(period.slice(0, 4)), Number(period.slice(5, 7)), 1) - 8 * 3_600_000;
}
