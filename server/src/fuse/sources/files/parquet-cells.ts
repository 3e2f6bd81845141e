import { isUtf8 } from 'node:buffer';
import type { SchemaElement } from 'hyparquet';

/** A moment or wall clock before it is known which of both the column holds. */
class Stamp {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}

/** Divided in whole numbers first, for a double does not hold microseconds of today exactly. */
const fromMicros = (micros: bigint): number => Number(micros / 1000n) + Number(micros % 1000n) / 1000;

/** What the library makes of typed values; a file may hold times that no date has. */
export const PARSERS = {
  timestampFromMilliseconds: (millis: bigint) => new Stamp(Number(millis)),
  timestampFromMicroseconds: (micros: bigint) => new Stamp(fromMicros(BigInt(micros))),
  timestampFromNanoseconds: (nanos: bigint) => new Stamp(fromMicros(BigInt(nanos) / 1000n)),
  dateFromDays: (days: number) => dayText(days * 86_400_000),
  stringFromBytes: (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('utf8'),
  jsonFromBytes: (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('utf8'),
  geometryFromBytes: () => null,
  geographyFromBytes: () => null,
};

const dateOf = (ms: number): Date | null => {
  const date = new Date(ms);
  return Number.isFinite(date.getTime()) ? date : null;
};
const dayText = (ms: number): string | null => dateOf(ms)?.toISOString().slice(0, 10) ?? null;
/** `YYYY-MM-DD hh:mm:ss` of a wall clock; a moment is ISO 8601 with its `Z`. Milliseconds where there are any. */
function stampText(ms: number, isLocal: boolean): string | null {
  const iso =
    dateOf(ms)
      ?.toISOString()
      .replace(/\.000Z$/, 'Z') ?? null;
  return iso !== null && isLocal ? iso.replace('T', ' ').replace('Z', '') : iso;
}

/**
 * Lets the library hand out decimals of columns as they are stored, for it makes doubles of them, which lose digits.
 * To be called after `cellReader`, which keeps their scale.
 */
export function exactDecimals(elements: readonly SchemaElement[]) {
  for (const element of elements) {
    if (element.converted_type !== 'DECIMAL' && element.logical_type?.type !== 'DECIMAL') continue;
    delete element.converted_type;
    delete element.logical_type;
  }
}

/** Makes the function from a value of the library to a cell; null for a nested column. */
export function cellReader(element: SchemaElement | null): (value: unknown) => unknown {
  const logical = element?.logical_type;
  const converted = element?.converted_type;
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') {
    const told = element?.scale ?? (logical?.type === 'DECIMAL' ? logical.scale : 0);
    const scale = Math.min(Math.max(0, told ?? 0), 1_000);
    return (value) => decimalOf(value, scale);
  }
  if (converted === 'TIME_MILLIS') return (value) => clockOf(value, 1n);
  if (converted === 'TIME_MICROS') return (value) => clockOf(value, 1_000n);
  if (logical?.type === 'TIME') {
    const parts = { MILLIS: 1n, MICROS: 1_000n, NANOS: 1_000_000n }[logical.unit];
    return (value) => clockOf(value, parts);
  }
  // LogicalTypes.md, TIMESTAMP: not adjusted to UTC is a wall clock. Older types without that mark are moments, but
  // INT96, which never said, is written as a wall clock.
  const isLocal =
    (logical?.type === 'TIMESTAMP' && logical.isAdjustedToUTC === false) || element?.type === 'INT96';
  if (element?.type === 'FLOAT')
    return (value) => (typeof value === 'number' ? shortFloat(value) : plain(value, isLocal));
  return (value) => plain(value, isLocal);
}

function plain(value: unknown, isLocal: boolean): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'bigint')
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
      ? Number(value)
      : String(value);
  if (typeof value !== 'object') return value;
  if (value instanceof Stamp) return stampText(value.ms, isLocal);
  if (value instanceof Date) return stampText(value.getTime(), isLocal);
  if (value instanceof Uint8Array) {
    const bytes = Buffer.from(value);
    return isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('hex');
  }
  if (Array.isArray(value) || ArrayBuffer.isView(value))
    return Array.from(value as unknown as ArrayLike<unknown>, (item) => plain(item, isLocal));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item, isLocal)]));
}

/** A number where a double has all its digits, else text. */
function decimalOf(value: unknown, scale: number): unknown {
  if (value === null || value === undefined) return null;
  let whole: bigint;
  if (typeof value === 'bigint' || typeof value === 'number') whole = BigInt(value);
  else if (value instanceof Uint8Array) {
    if (value.length > 64) return null;
    whole = BigInt.asIntN(
      value.length * 8,
      value.length === 0 ? 0n : BigInt(`0x${Buffer.from(value).toString('hex')}`),
    );
  } else return null;
  const digits = String(whole < 0n ? -whole : whole).padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  const signed = whole < 0n ? `-${text}` : text;
  return digits.length <= 15 ? Number(signed) : signed;
}

function clockOf(value: unknown, parts: bigint): string | null {
  if (typeof value !== 'number' && typeof value !== 'bigint') return null;
  const ms = BigInt(value) / parts;
  if (ms < 0n || ms >= 86_400_000n) return null;
  return new Date(Number(ms))
    .toISOString()
    .slice(11, 23)
    .replace(/\.000$/, '');
}

/** The shortest number that is the same in single precision: 0.1, not 0.10000000149011612. */
function shortFloat(value: number): number | null {
  if (!Number.isFinite(value)) return null;
  for (const digits of [6, 7, 8]) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}
