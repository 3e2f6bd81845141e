import type { Zone } from '../../zone.ts';

/** How a time is written: numbers since 1970 UTC, ISO 8601, or `YYYY-MM-DD HH:mm:ss` on the clock of a zone. */
export const TIME_FORMATS = ['ms', 's', 'iso', 'local'] as const;
export type TimeFormat = (typeof TIME_FORMATS)[number];

/** Before the year 10000; a larger number is no time that anything can store. */
const TIME_MS_MAX = 253_402_300_800_000;

/**
 * A time as JSON holds it → ms since 1970 UTC with fractions to microseconds; null when it is none. Numbers may be
 * written as text, since many programs write 64-bit numbers so. Text without an offset needs the zone.
 */
export function readTime(value: unknown, format: TimeFormat, zone: Zone | null): number | null {
  const timeMs = format === 'ms' || format === 's' ? ofNumber(value, format) : ofText(value, zone);
  return timeMs !== null && timeMs >= 0 && timeMs < TIME_MS_MAX ? timeMs : null;
}

function ofNumber(value: unknown, format: 'ms' | 's'): number | null {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^\d{1,16}(?:\.\d{1,9})?$/.test(text)) return null;
  const timeMs = Number(text) * (format === 's' ? 1_000 : 1);
  return Math.round(timeMs * 1_000) / 1_000;
}

// ISO 8601-1:2019, 5.2.2 and 5.3, extended format; with a blank for `T` as RFC 3339, 5.6 allows, and `/` as China writes.
const WRITTEN =
  /^(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

function ofText(value: unknown, zone: Zone | null): number | null {
  const match = typeof value === 'string' ? WRITTEN.exec(value) : null;
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = [1, 3, 4, 5, 6, 7].map((part) => Number(match[part] ?? 0));
  if (year === undefined || month === undefined || day === undefined) return null;
  if (hour === undefined || minute === undefined || second === undefined) return null;
  const date = new Date(Date.UTC(year, month - 1, day));
  // A day that the month does not have would become one of the next month.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  // 24:00 is the end of the day, and 60 a leap second.
  if (hour > 24 || minute > 59 || second > 60 || (hour === 24 && minute + second > 0)) return null;
  const fractionMs = Math.round(Number(`0.${match[8] ?? 0}`) * 1e6) / 1e3;
  const wallMs = date.getTime() + (hour * 3_600 + minute * 60 + second) * 1_000;
  const offset = match[9];
  if (offset !== undefined) return wallMs - offsetOf(offset) + fractionMs;
  return zone === null ? null : zone.instantOf(wallMs).utcMs + fractionMs;
}

function offsetOf(text: string): number {
  if (text.toUpperCase() === 'Z') return 0;
  const digits = text.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) === '' ? 0 : digits.slice(2));
  return (text.startsWith('-') ? -1 : 1) * minutes * 60_000;
}

/** A moment as a peer wants it asked for; whole seconds and milliseconds are rounded down, so that nothing is skipped. */
export function writeTime(timeMs: number, format: TimeFormat, zone: Zone | null): string {
  switch (format) {
    case 'ms':
      return String(Math.floor(timeMs));
    case 's':
      return String(Math.floor(timeMs / 1_000));
    case 'iso':
      return new Date(Math.floor(timeMs)).toISOString();
    case 'local': {
      const offsetMs = zone?.offsetMs(timeMs) ?? 0;
      return new Date(Math.floor(timeMs) + offsetMs).toISOString().slice(0, 19).replace('T', ' ');
    }
  }
}
