import { cleanText } from './text.ts';

const pad = (value: number, length = 2) => String(value).padStart(length, '0');
const DAY_MS = 86_400_000;
/** Day 0 of Excel's serial dates as it counts from 1 March 1900 on. */
const EXCEL_EPOCH_MS = Date.UTC(1899, 11, 30);
const YEAR_MIN = 1800;
const YEAR_MAX = 2200;

/** A day as `YYYY-MM-DD` from 2010-03-05, 2010/3/5, 2010.3.5, 20100305, 2010年3月5日, an instant or Excel's serial number; else null. */
export function readDate(raw: string): string | null {
  const text = cleanText(raw).replace(/\s+.*$/, '');
  const parts =
    /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:T.*)?$/.exec(text) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  if (parts) return dayOf(Number(parts[1]), Number(parts[2]), Number(parts[3]));
  if (/^\d{5}(\.\d+)?$/.test(text)) {
    return new Date(EXCEL_EPOCH_MS + Math.floor(Number(text)) * DAY_MS).toISOString().slice(0, 10);
  }
  return null;
}

function dayOf(year: number, month: number, day: number): string | null {
  const date = new Date(Date.UTC(year, month - 1, day));
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists && year >= YEAR_MIN && year <= YEAR_MAX ? `${pad(year, 4)}-${pad(month)}-${pad(day)}` : null;
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
  month >= 1 && month <= 12 && year >= YEAR_MIN && year <= YEAR_MAX ? `${pad(year, 4)}-${pad(month)}` : null;

/** The instant a month ends in China (UTC+8), milliseconds since 1970 UTC. */
export function periodEndMs(period: string): number {
  return Date.UTC(Number(period.slice(0, 4)), Number(period.slice(5, 7)), 1) - 8 * 3_600_000;
}
