import type { Zone } from '../../zone.ts';

/** A date with time as it was written: µs since 1970 on its own wall clock, and the offset if it carries one. */
export type WrittenTime = { wallUs: number; offsetSeconds: number | null };

/** An instant, µs since 1970; `clear` is false where a wall clock shows this time twice or never. */
export type Instant = { us: number; clear: boolean };

const SECOND_US = 1_000_000;

/**
 * Reads what PostgreSQL (datestyle ISO), MySQL, ISO 8601 and RFC 3339 write: date, optional time with up to nine
 * decimals (cut after six), optional offset. Null for anything else, `infinity`, years before 1 or after 9999, and
 * MySQL's 0000-00-00.
 */
export function parseTime(text: string): WrittenTime | null {
  const match =
    /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?(?: ?(Z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?))?$/.exec(
      text.trim(),
    );
  if (match === null) return null;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', offset] = match;
  const seconds = Number(second);
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const real =
    Number(year) > 0 && date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  if (!real || Number(hour) > 23 || Number(minute) > 59 || seconds > 59) return null;
  const ms = date.getTime() + Number(hour) * 3_600_000 + Number(minute) * 60_000 + seconds * 1_000;
  return {
    wallUs: ms * 1_000 + Number(fraction.slice(0, 6).padEnd(6, '0')),
    offsetSeconds: offset === undefined ? null : parseOffset(offset),
  };
}

/** `Z`, `+08`, `+0530`, `-05:00`, `+08:05:43` in seconds. */
function parseOffset(text: string): number {
  if (text === 'Z') return 0;
  const [hours = 0, minutes = 0, seconds = 0] = (text.slice(1).match(/\d\d/g) ?? []).map(Number);
  return (text.startsWith('-') ? -1 : 1) * (hours * 3_600 + minutes * 60 + seconds);
}

/** A wall clock's time as `YYYY-MM-DD HH:MM:SS.ffffff`, which both databases read. */
export function writeTime(wallUs: number): string {
  const secondsUs = Math.floor(wallUs / SECOND_US) * SECOND_US;
  const fraction = String(wallUs - secondsUs).padStart(6, '0');
  const [date, time] = new Date(secondsUs / 1_000).toISOString().split('T');
  return `${date} ${time?.slice(0, 8)}.${fraction}`;
}

/** `+08:00`, as MySQL takes it; seconds of old local mean times are left out. */
export function writeOffset(offsetSeconds: number): string {
  const minutes = Math.trunc(Math.abs(offsetSeconds) / 60);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${offsetSeconds < 0 ? '-' : '+'}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`;
}

/** The instant at which a zone's wall clock shows this time. */
export function instantOf(zone: Zone, wallUs: number): Instant {
  const wallMs = Math.floor(wallUs / 1_000);
  const { utcMs, clear } = zone.instantOf(wallMs);
  return { us: wallUs - (wallMs - utcMs) * 1_000, clear };
}

/** Parts of one: numbers as watermarks are counted in billionths, so that they compare without loss. */
const NUMBER_DIGITS = 9;
const POSITION_DIGITS_MAX = 60;

/**
 * The place of a number on the watermark's line, in billionths, rounded down: a bound that is too low is made good by
 * remembering, one that is too high would lose rows. Null when it is no plain number, or too long to be one.
 */
export function toPosition(text: string): bigint | null {
  const match = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text.trim());
  if (match === null || text.length > POSITION_DIGITS_MAX) return null;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const shift = NUMBER_DIGITS - fraction.length + Number(exponent);
  if (Math.abs(shift) > POSITION_DIGITS_MAX) return null;
  const digits = BigInt(whole + fraction);
  const size = 10n ** BigInt(Math.abs(shift));
  const signed = sign === '-' ? -digits : digits;
  if (shift >= 0) return signed * size;
  const down = signed / size;
  return signed < 0n && signed % size !== 0n ? down - 1n : down;
}

/** A place as a number's text, without needless decimals. */
export function writePosition(position: bigint): string {
  const size = 10n ** BigInt(NUMBER_DIGITS);
  const positive = position < 0n ? -position : position;
  const fraction = String(positive % size)
    .padStart(NUMBER_DIGITS, '0')
    .replace(/0+$/, '');
  return `${position < 0n ? '-' : ''}${positive / size}${fraction === '' ? '' : `.${fraction}`}`;
}

/** The same distance on the watermark's line for a number of the configuration. */
export const distanceOf = (number: number): bigint => BigInt(number) * 10n ** BigInt(NUMBER_DIGITS);
