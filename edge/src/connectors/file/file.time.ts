import { openZone } from '../../zone.ts';
import type { Cell } from './file.rows.ts';

/** Times outside this are a misread format rather than a measurement. */
const TIME_MIN_MS = Date.UTC(1900, 0, 1);
const TIME_MAX_MS = Date.UTC(2200, 0, 1);
const DAY_MS = 86_400_000;

/** Calendar and clock as written; the offset is null when the text does not tell one. */
type Wall = { wallMs: number; offsetMs: number | null; midnight: boolean };
type Reader = (text: string) => Wall | null;

/** How a time is written. `midnight: ends` means that 00:00 carries the date of the day that it ends. */
export type TimeOptions = { format: string; zone: string; midnight: 'begins' | 'ends' };

/**
 * Makes the function that reads times: milliseconds since 1970 (UTC), with microseconds as a fraction, or null when the
 * cell is not a time. 24:00 is the end of its day (ISO 8601-1:2019, 5.3.1.1 as amended). A local time that a change of
 * clocks made happen twice is taken as the first, one that it left out as the moment after the change.
 */
export function createTimeReader(options: TimeOptions): (cell: Cell) => number | null {
  const read = compileTimeFormat(options.format);
  const zone = openZone(options.zone);
  const sound = (timeMs: number): number | null =>
    timeMs >= TIME_MIN_MS && timeMs < TIME_MAX_MS ? timeMs : null;
  const fromWall = ({ wallMs, offsetMs, midnight }: Wall): number | null => {
    const shifted = wallMs + (midnight && options.midnight === 'ends' ? DAY_MS : 0);
    if (sound(shifted) === null) return null;
    return sound(offsetMs === null ? zone.instantOf(shifted).utcMs : shifted - offsetMs);
  };
  const isMidnight = (wallMs: number): boolean => ((wallMs % DAY_MS) + DAY_MS) % DAY_MS === 0;
  return (cell) => {
    if (cell === null || typeof cell === 'boolean') return null;
    if (typeof cell === 'object' && 'atMs' in cell) return sound(cell.atMs);
    if (typeof cell === 'object')
      return fromWall({ wallMs: cell.wallMs, offsetMs: null, midnight: isMidnight(cell.wallMs) });
    if (typeof cell === 'number' && options.format === 'auto' && cell < 100_000) {
      const wallMs = fromExcelSerial(cell, false);
      return fromWall({ wallMs, offsetMs: null, midnight: isMidnight(wallMs) });
    }
    const wall = read?.(String(cell).trim());
    return wall === null || wall === undefined ? null : fromWall(wall);
  };
}

/** Excel's day number to a wall clock, rounded to milliseconds; its 29 February 1900 never was (ECMA-376-1, 18.17.4.1). */
export function fromExcelSerial(serial: number, date1904: boolean): number {
  if (date1904) return Math.round(serial * DAY_MS) + Date.UTC(1904, 0, 1);
  return Math.round((serial < 60 ? serial + 1 : serial) * DAY_MS) + Date.UTC(1899, 11, 30);
}

/** Null when the format is not understood. Letters are those of Unicode LDML (UTS #35, Date Field Symbol Table). */
export function compileTimeFormat(format: string): Reader | null {
  if (format === 'auto') return readAuto;
  if (format === 'unix-s') return (text) => instant(decimalOf(text, 1000));
  if (format === 'unix-ms') return (text) => instant(decimalOf(text, 1));
  if (format === 'excel')
    return (text) => {
      const serial = decimalOf(text, 1);
      if (serial === null) return null;
      const wallMs = fromExcelSerial(serial, false);
      return { wallMs, offsetMs: null, midnight: wallMs % DAY_MS === 0 };
    };
  return compilePattern(format);
}

const instant = (timeMs: number | null): Wall | null =>
  timeMs === null ? null : { wallMs: timeMs, offsetMs: 0, midnight: false };

const decimalOf = (text: string, factor: number): number | null =>
  /^\d{1,16}(\.\d{1,12})?$/.test(text) ? Number(text) * factor : null;

const AUTO =
  /^(\d{4})(?:-|\/|\.|年)(\d{1,2})(?:-|\/|\.|月)(\d{1,2})日?(?:[T\s]\s{0,5}(\d{1,2})[:时](\d{2})(?:[:分](\d{2})(?:[.,](\d{1,9}))?)?[分秒]?)?\s{0,5}(Z|z|[+-]\d{2}:?\d{2})?$/;
const DIGITS = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})(\d{3})?)?$/;

/** ISO 8601 and its relatives with year first; 8, 14 or 17 digits; 10 or 13 digits are seconds or milliseconds. */
function readAuto(text: string): Wall | null {
  const found = AUTO.exec(text);
  if (found !== null) {
    const [, year, month, day, hour, minute, second, fraction, zone] = found;
    return wallOf({ year, month, day, hour, minute, second, fraction, zone });
  }
  if (/^\d{10}(\.\d{1,6})?$/.test(text)) return instant(Number(text) * 1000);
  if (/^\d{13}(\.\d{1,6})?$/.test(text)) return instant(Number(text));
  const digits = DIGITS.exec(text);
  if (digits === null) return null;
  const [, year, month, day, hour, minute, second, fraction] = digits;
  return wallOf({ year, month, day, hour, minute, second, fraction });
}

const FIELDS: Readonly<Record<string, readonly [field: keyof Written, expression: string]>> = {
  yyyy: ['year', '\\d{4}'],
  yy: ['shortYear', '\\d{2}'],
  MM: ['month', '\\d{2}'],
  M: ['month', '\\d{1,2}'],
  dd: ['day', '\\d{2}'],
  d: ['day', '\\d{1,2}'],
  HH: ['hour', '\\d{2}'],
  H: ['hour', '\\d{1,2}'],
  hh: ['halfHour', '\\d{2}'],
  h: ['halfHour', '\\d{1,2}'],
  mm: ['minute', '\\d{2}'],
  m: ['minute', '\\d{1,2}'],
  ss: ['second', '\\d{2}'],
  s: ['second', '\\d{1,2}'],
  a: ['half', '[AaPp][Mm]|上午|下午'],
  ZZZZZ: ['zone', 'Z|[+-]\\d{2}:\\d{2}'],
  XX: ['zone', 'Z|[+-]\\d{4}'],
};

function compilePattern(format: string): Reader | null {
  const order: (keyof Written)[] = [];
  let expression = '';
  // Runs of one letter are fields, text in single quotes stands for itself, and so does everything that is no letter.
  for (const [token] of format.matchAll(/'[^']*'|([A-Za-z])\1*|[^A-Za-z']/g)) {
    const [field, part] = /^S{1,9}$/.test(token)
      ? (['fraction', `\\d{${token.length}}`] as const)
      : (FIELDS[token] ?? [null, '']);
    if (field !== null) {
      if (order.includes(field)) return null;
      order.push(field);
      expression += `(${part})`;
    } else if (/^[A-Za-z]/.test(token)) {
      return null;
    } else {
      expression += token === ' ' ? '\\s{1,5}' : escaped(token.replaceAll("'", ''));
    }
  }
  const has = (...fields: (keyof Written)[]): boolean => fields.some((field) => order.includes(field));
  if (!has('year', 'shortYear') || !has('month') || !has('day') || has('halfHour') !== has('half'))
    return null;
  const compiled = new RegExp(`^${expression}$`);
  return (text) => {
    const found = compiled.exec(text);
    if (found === null) return null;
    const written: Written = {};
    for (const [index, field] of order.entries()) written[field] = found[index + 1];
    return wallOf(written);
  };
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

type Written = {
  year?: string | undefined;
  /** 70 to 99 are of the last century. */
  shortYear?: string | undefined;
  month?: string | undefined;
  day?: string | undefined;
  hour?: string | undefined;
  halfHour?: string | undefined;
  half?: string | undefined;
  minute?: string | undefined;
  second?: string | undefined;
  fraction?: string | undefined;
  zone?: string | undefined;
};

function wallOf(written: Written): Wall | null {
  const short = written.shortYear === undefined ? null : Number(written.shortYear);
  const year = short === null ? Number(written.year) : short + (short < 70 ? 2000 : 1900);
  const month = Number(written.month);
  const day = Number(written.day);
  const hour = hourOf(written);
  const minute = Number(written.minute ?? 0);
  const second = Number(written.second ?? 0);
  const fractionMs = written.fraction === undefined ? 0 : Number(`0.${written.fraction.slice(0, 6)}`) * 1000;
  // The second 60 of a leap second is taken as the next one. Date.UTC would make the year 24 of this era 1924.
  if (year < 1000 || month < 1 || month > 12 || day < 1 || hour > 24 || minute > 59 || second > 60)
    return null;
  const last = hour === 24;
  if (last && (minute > 0 || second > 0 || fractionMs > 0)) return null;
  const wallMs = Date.UTC(year, month - 1, day, hour, minute, second);
  if (new Date(Date.UTC(year, month - 1, day)).getUTCDate() !== day) return null;
  return {
    wallMs: wallMs + Math.round(fractionMs * 1000) / 1000,
    offsetMs: written.zone === undefined ? null : offsetOf(written.zone),
    // 24:00 says itself which day it ends.
    midnight: !last && hour === 0 && minute === 0 && second === 0 && fractionMs === 0,
  };
}

function hourOf({ hour, halfHour, half }: Written): number {
  if (halfHour === undefined) return Number(hour ?? 0);
  const number = Number(halfHour);
  if (number < 1 || number > 12) return Number.POSITIVE_INFINITY;
  return (number % 12) + (/^p|下/i.test(half ?? '') ? 12 : 0);
}

function offsetOf(zone: string): number {
  if (/^z$/i.test(zone)) return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))) * 60_000;
}
