import type { Quality, SampleValue } from '@ronghe/contracts';
import { shortFloat } from '../../short-float.ts';
import { bytesOf, type Encoding, encodingOf, lengthOf, parseAddress } from './s7.address.ts';
import type { S7Point, TextEncoding } from './s7.config.ts';

/** How a point's value lies in its bytes, worked out once; `characters` is 0 for what is no text. */
export type Kind = {
  encoding: Encoding;
  bit: number;
  characters: number;
  bytes: number;
  scale: number;
  offset: number;
};

/** The address has been checked by the schema. */
export function kindOf(point: S7Point): Kind {
  return {
    encoding: encodingOf(point),
    bit: parseAddress(point.address)?.bit ?? 0,
    characters: lengthOf(point),
    bytes: bytesOf(point),
    scale: point.scale,
    offset: point.offset,
  };
}

/** A value with what is known of it; `reason` only where the quality is not good. */
export type Decoded = { value: SampleValue; quality: Quality; reason: string | null };

const good = (value: SampleValue): Decoded => ({ value, quality: 'good', reason: null });
const uncertain = (value: SampleValue, reason: string): Decoded => ({ value, quality: 'uncertain', reason });
const bad = (reason: string): Decoded => ({ value: null, quality: 'bad', reason });

/**
 * Bytes as they lie in the PLC, big-endian → value, by the kind's encoding, scale and offset. Never throws: bytes
 * that are no value of that type, such as a clock that was never set, give `bad` with a reason. Durations are in ms;
 * dates and clocks are text, for a PLC does not say its time zone.
 */
export function decodeValue(bytes: Buffer, kind: Kind, textEncoding: TextEncoding): Decoded {
  if (bytes.length < kind.bytes) return bad('too-short');
  const { encoding, characters } = kind;
  switch (encoding) {
    case 'bool':
      return good(((bytes.readUInt8(0) >> kind.bit) & 1) === 1);
    case 'char':
      return decodeText(bytes.subarray(0, characters), textEncoding, true);
    case 'string':
      return decodeString(bytes, characters, textEncoding);
    case 'wstring':
      return decodeWideString(bytes, characters);
    case 'date':
      return decodeDate(bytes.readUInt16BE(0));
    case 'date_and_time':
      return decodeDateAndTime(bytes);
    case 'dtl':
      return decodeDtl(bytes);
    default:
      return scaled(decodeNumber(bytes, encoding), kind);
  }
}

type NumberEncoding = Exclude<
  Encoding,
  'bool' | 'char' | 'string' | 'wstring' | 'date' | 'date_and_time' | 'dtl'
>;

function decodeNumber(bytes: Buffer, encoding: NumberEncoding): Decoded {
  switch (encoding) {
    case 'byte':
    case 'usint':
      return good(bytes.readUInt8(0));
    case 'sint':
      return good(bytes.readInt8(0));
    case 'word':
    case 'uint':
      return good(bytes.readUInt16BE(0));
    case 'int':
      return good(bytes.readInt16BE(0));
    case 'dword':
    case 'udint':
      return good(bytes.readUInt32BE(0));
    case 'dint':
    case 'time':
      return good(bytes.readInt32BE(0));
    case 'lword':
    case 'ulint':
      return wide(bytes.readBigUInt64BE(0));
    case 'lint':
      return wide(bytes.readBigInt64BE(0));
    case 'real':
      return finite(shortFloat(bytes.readFloatBE(0)));
    case 'lreal':
      return finite(bytes.readDoubleBE(0));
    case 'time_of_day':
      return decodeTimeOfDay(bytes.readUInt32BE(0));
    case 's5time':
      return decodeS5Time(bytes.readUInt16BE(0));
    case 'counter':
      return decodeCounter(bytes.readUInt16BE(0));
  }
}

/** Numbers beyond 2^53 lose their last digits in a double; then the value says so. */
function wide(raw: bigint): Decoded {
  const value = Number(raw);
  return BigInt(value) === raw && Number.isSafeInteger(value) ? good(value) : uncertain(value, 'not-exact');
}

const finite = (value: number): Decoded => (Number.isFinite(value) ? good(value) : bad('not-finite'));

function scaled(decoded: Decoded, kind: Kind): Decoded {
  if (typeof decoded.value !== 'number' || (kind.scale === 1 && kind.offset === 0)) return decoded;
  // 3 × 0.1 is 0.30000000000000004 in binary; the fifteenth digit is the last that is surely right.
  const value = Number((decoded.value * kind.scale + kind.offset).toPrecision(15));
  return Number.isFinite(value) ? { ...decoded, value } : bad('not-finite');
}

/** Binary-coded decimal of so many digits, the lowest in the lowest four bits; null when a digit is above 9. */
function fromBcd(raw: number, digits: number): number | null {
  let value = 0;
  for (let digit = digits - 1; digit >= 0; digit -= 1) {
    const nibble = (raw >> (digit * 4)) & 0xf;
    if (nibble > 9) return null;
    value = value * 10 + nibble;
  }
  return value;
}

/** S5TIME: three digits in the low 12 bits, in units of 10 ms, 100 ms, 1 s or 10 s by bits 12 and 13. */
function decodeS5Time(raw: number): Decoded {
  const digits = fromBcd(raw, 3);
  return digits === null ? bad('invalid-s5time') : good(digits * 10 ** (((raw >> 12) & 3) + 1));
}

/** A counter of S7-300 and S7-400: three digits in the low 12 bits, the rest belongs to the CPU. */
function decodeCounter(raw: number): Decoded {
  const count = fromBcd(raw, 3);
  return count === null ? bad('invalid-counter') : good(count);
}

const DAY_MS = 86_400_000;
const decodeTimeOfDay = (raw: number): Decoded => (raw < DAY_MS ? good(raw) : bad('invalid-time-of-day'));

/** DATE counts days from 1990-01-01 to 2168-12-31. */
const DATE_DAYS_MAX = 65_378;
function decodeDate(days: number): Decoded {
  if (days > DATE_DAYS_MAX) return bad('invalid-date');
  return good(new Date(Date.UTC(1990, 0, 1) + days * DAY_MS).toISOString().slice(0, 10));
}

/** DATE_AND_TIME: eight bytes of BCD; years 90 to 99 are of the last century; the last four bits are the weekday. */
function decodeDateAndTime(bytes: Buffer): Decoded {
  const [year, month, day, hour, minute, second] = [...bytes.subarray(0, 6)].map((byte) => fromBcd(byte, 2));
  const millisecond = fromBcd(bytes.readUInt16BE(6) >> 4, 3);
  const text = isoText({
    year: year == null ? null : year + (year >= 90 ? 1900 : 2000),
    parts: [month, day, hour, minute, second],
    fraction: millisecond,
    digits: 3,
  });
  return text === null ? bad('invalid-date-and-time') : good(text);
}

/** DTL: year (16 bits), month, day, weekday, hour, minute, second, nanosecond (32 bits); 1970 to 2554. */
function decodeDtl(bytes: Buffer): Decoded {
  const year = bytes.readUInt16BE(0);
  const nanosecond = bytes.readUInt32BE(8);
  const text = isoText({
    year: year >= 1970 && year <= 2554 ? year : null,
    parts: [2, 3, 5, 6, 7].map((at) => bytes.readUInt8(at)),
    fraction: nanosecond <= 999_999_999 ? nanosecond : null,
    digits: 9,
  });
  return text === null ? bad('invalid-dtl') : good(text);
}

/** `2026-11-29T14:05:06.789`, without a zone; null when there is no such day or time. */
function isoText(clock: {
  year: number | null;
  /** month, day, hour, minute, second */
  parts: readonly (number | null | undefined)[];
  fraction: number | null;
  digits: number;
}): string | null {
  const { year, fraction } = clock;
  const [month, day, hour, minute, second] = clock.parts.map((part) =>
    part == null || part > 99 ? '' : String(part).padStart(2, '0'),
  );
  if (year === null || fraction === null) return null;
  const whole = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const atMs = Date.parse(`${whole}Z`);
  // Date.parse takes 30 February for 1 March.
  if (Number.isNaN(atMs) || new Date(atMs).toISOString().slice(0, 19) !== whole) return null;
  return `${whole}.${String(fraction).padStart(clock.digits, '0')}`;
}

/** STRING: two bytes, the length it was declared with and the length it has, then the characters. */
function decodeString(bytes: Buffer, lengthMax: number, textEncoding: TextEncoding): Decoded {
  const [declared, actual] = [bytes.readUInt8(0), bytes.readUInt8(1)];
  if (actual > declared) return bad('invalid-string');
  const text = decodeText(bytes.subarray(2, 2 + Math.min(actual, lengthMax)), textEncoding, false);
  return actual > lengthMax ? uncertain(text.value, 'text-shortened') : text;
}

/** WSTRING: the same with 16 bits each, in UTF-16. */
function decodeWideString(bytes: Buffer, lengthMax: number): Decoded {
  const [declared, actual] = [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
  if (actual > declared) return bad('invalid-string');
  const text = decodeText(bytes.subarray(4, 4 + 2 * Math.min(actual, lengthMax)), 'utf-16be', false);
  return actual > lengthMax ? uncertain(text.value, 'text-shortened') : text;
}

const decoders = new Map<string, TextDecoder>();

function decodeText(bytes: Buffer, encoding: TextEncoding | 'utf-16be', trim: boolean): Decoded {
  let end = bytes.length;
  // An array of characters has no length; what was never written is zero.
  while (trim && end > 0 && bytes[end - 1] === 0) end -= 1;
  const used = bytes.subarray(0, end);
  // TextDecoder takes latin1 for Windows-1252.
  if (encoding === 'latin1') return good(used.toString('latin1'));
  const decoder = decoders.get(encoding) ?? new TextDecoder(encoding, { ignoreBOM: true });
  decoders.set(encoding, decoder);
  const text = decoder.decode(used);
  return text.includes('\uFFFD') ? uncertain(text, 'invalid-text') : good(text);
}
