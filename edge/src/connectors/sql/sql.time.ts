/** A date with time as it was written: µs since 1970 on its own wall clock, and the offset if it carries one. */
export type WrittenTime = { wallUs: number; offsetSeconds: number | null };

/** An instant, µs since 1970; `clear` is false where a wall clock shows this time twice or never. */
export type Instant = { us: number; clear: boolean };

const SECOND_US = 1_000_000;
const DAY_MS = 86_400_000;
/** Offsets kept, one for each quarter of an hour asked about; zones change theirs on such borders only. */
const OFFSETS_KEPT_MAX = 1_000;
const QUARTER_MS = 900_000;

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

/** A zone of the IANA database, which Node carries whole. */
export type Zone = {
  name: string;
  /** Seconds east of Greenwich at an instant. */
  offsetAt(ms: number): number;
  /**
   * The instant at which the wall clock shows this time: the earlier one of two when the clock was set back, and one
   * with the offset before the change when it was set forward over it, as RFC 5545 (3.3.5) has it.
   */
  instantOf(wallUs: number): Instant;
};

/** Throws RangeError for a name that Node does not know; the configuration was checked for that. */
export function openZone(name: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const kept = new Map<number, number>();
  const offsetAt = (ms: number): number => {
    const quarter = Math.floor(ms / QUARTER_MS);
    const known = kept.get(quarter);
    if (known !== undefined) return known;
    if (kept.size >= OFFSETS_KEPT_MAX) kept.clear();
    const atMs = quarter * QUARTER_MS;
    const part = Object.fromEntries(
      format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]),
    );
    const wallMs = Date.UTC(
      part.year ?? 0,
      (part.month ?? 1) - 1,
      part.day ?? 1,
      part.hour ?? 0,
      part.minute ?? 0,
      part.second ?? 0,
    );
    const offset = (wallMs - atMs) / 1_000;
    kept.set(quarter, offset);
    return offset;
  };
  const instantOf = (wallUs: number): Instant => {
    const wallMs = Math.floor(wallUs / 1_000);
    const before = offsetAt(wallMs - DAY_MS);
    const after = offsetAt(wallMs + DAY_MS);
    const fits = [...new Set([before, after])].filter(
      (offset) => offsetAt(wallMs - offset * 1_000) === offset,
    );
    const offset = fits.length === 0 ? before : Math.max(...fits);
    return { us: wallUs - offset * SECOND_US, clear: fits.length === 1 };
  };
  return { name, offsetAt, instantOf };
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
