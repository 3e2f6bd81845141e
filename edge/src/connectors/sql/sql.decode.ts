import { createHash } from 'node:crypto';
import type { PointType, Quality, Sample, SampleValue } from '@ronghe/contracts';
import { shortFloat } from '../../short-float.ts';
import type { Zone } from '../../zone.ts';
import type { SqlQuery } from './sql.config.ts';
import { instantOf, parseTime } from './sql.time.ts';

/** What a column holds, whatever the database calls it. */
export type ColumnKind =
  | 'integer'
  | 'decimal'
  | 'float32'
  | 'float64'
  | 'boolean'
  | 'bits'
  | 'bytes'
  /** a date with time, without a zone: what a clock on a wall showed */
  | 'wall-time'
  /** a date with time and offset */
  | 'instant'
  | 'text';
export type Column = { name: string; kind: ColumnKind };
/** A value as the database's library hands it over; texts are the server's own. */
export type Raw = string | number | bigint | boolean | Uint8Array | null;
export type Row = readonly Raw[];

/** A value with its quality; the reason says what is wrong with it. */
export type Decoded = { value: SampleValue; quality: Quality; reason?: string };

/** Most significant digits looked at; PostgreSQL's numeric may have 131,072. */
const DIGITS_MAX = 1_000;

/** What a point takes from a column. Never throws. */
export function decodeValue(
  raw: Raw | undefined,
  kind: ColumnKind,
  want: { type: PointType; fromText: boolean },
): Decoded {
  if (raw === undefined) return bad('missing-column');
  if (raw === null) return bad('null');
  switch (want.type) {
    case 'text':
      return { value: textOf(raw), quality: 'good' };
    case 'boolean':
      return decodeBoolean(raw, kind, want.fromText);
    case 'number':
      return decodeNumber(raw, kind, want.fromText);
  }
}

const bad = (reason: string): Decoded => ({ value: null, quality: 'bad', reason });

/** A raw value as text; bytes as PostgreSQL shows them, `\x` and hexadecimal. */
export function textOf(raw: Exclude<Raw, null>): string {
  if (typeof raw === 'string') return raw;
  return raw instanceof Uint8Array ? `\\x${Buffer.from(raw).toString('hex')}` : String(raw);
}

function decodeNumber(raw: Exclude<Raw, null>, kind: ColumnKind, fromText: boolean): Decoded {
  if (kind === 'boolean') return { value: Number(isTrue(textOf(raw))), quality: 'good' };
  if (kind === 'bits') return exactly(bitsOf(raw).toString());
  if (kind === 'text' && !fromText) return bad('type-mismatch');
  if (kind === 'bytes' || kind === 'instant' || kind === 'wall-time') return bad('type-mismatch');
  const text = textOf(raw).trim();
  if (/^[+-]?(nan|inf(inity)?)$/i.test(text)) return bad('not-finite');
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return bad('not-a-number');
  if (kind === 'float32') return { value: shortFloat(Math.fround(Number(text))), quality: 'good' };
  if (kind === 'float64') return { value: Number(text), quality: 'good' };
  return exactly(text);
}

/** A decimal is kept when the double prints it back digit for digit; otherwise the nearest double is uncertain. */
function exactly(text: string): Decoded {
  const value = Number(text);
  if (!Number.isFinite(value)) return bad('not-finite');
  // Beyond 2^53 a double prints fewer digits than it holds, so a whole number may also be compared as such.
  const whole = text.length <= DIGITS_MAX && /^[+-]?\d+$/.test(text);
  const same =
    digitsOf(text) === digitsOf(String(value)) ||
    (whole && BigInt(value) === BigInt(text.replace(/^\+/, '')));
  return same ? { value, quality: 'good' } : { value, quality: 'uncertain', reason: 'not-exact' };
}

/** Sign, digits without outer zeros, and the power of ten: equal for `1.50`, `15e-1` and `+1.5`. */
function digitsOf(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const all = `${whole}${fraction}`.replace(/^0+/, '');
  const digits = stripZeros(all);
  if (digits === '') return '0';
  if (digits.length > DIGITS_MAX) return `long ${digits.length}`;
  const power = Number(exponent) - fraction.length + (all.length - digits.length);
  return `${sign === '-' ? '-' : ''}${digits}e${power}`;
}

/** Not by a regular expression: one that looks for zeros before an end takes the square of their number. */
function stripZeros(text: string): string {
  let end = text.length;
  while (end > 0 && text.charAt(end - 1) === '0') end -= 1;
  return text.slice(0, end);
}

function decodeBoolean(raw: Exclude<Raw, null>, kind: ColumnKind, fromText: boolean): Decoded {
  if (kind === 'bits') return { value: bitsOf(raw) !== 0n, quality: 'good' };
  const text = textOf(raw).trim().toLowerCase();
  const readable = kind === 'boolean' || kind === 'integer' || (kind === 'text' && fromText);
  if (!readable) return bad('type-mismatch');
  if (isTrue(text)) return { value: true, quality: 'good' };
  return ['f', 'false', '0'].includes(text) ? { value: false, quality: 'good' } : bad('not-a-boolean');
}

const isTrue = (text: string): boolean => ['t', 'true', '1'].includes(text.toLowerCase());

/** BIT of MySQL comes as bytes, of PostgreSQL as text of 0 and 1; more than 64 bits are cut to the last 64. */
function bitsOf(raw: Exclude<Raw, null>): bigint {
  if (raw instanceof Uint8Array) return raw.slice(-8).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const text = textOf(raw);
  return /^[01]+$/.test(text) ? BigInt(`0b${text.slice(-64)}`) : 0n;
}

/** When a row was, in ms since 1970 with decimals; `clear` is false for an hour that a clock showed twice. */
export type RowTime = { ms: number; clear: boolean };
const UNITS_PER_MS = { seconds: 0.001, milliseconds: 1, microseconds: 1_000 } as const;
/** The years 1 to 9999. */
const MS_MIN = -62_135_596_800_000;
const MS_MAX = 253_402_300_799_999;

/** The source time of a row; null when the column holds none that can be read. */
export function decodeTime(
  raw: Raw | undefined,
  format: NonNullable<SqlQuery['time']>['format'],
  zone: Zone,
): RowTime | null {
  if (raw === undefined || raw === null) return null;
  const text = textOf(raw);
  if (format !== 'timestamp') {
    const ms = text.trim() === '' ? Number.NaN : Number(text) / UNITS_PER_MS[format];
    return ms >= MS_MIN && ms <= MS_MAX ? { ms, clear: true } : null;
  }
  const written = parseTime(text);
  if (written === null) return null;
  if (written.offsetSeconds !== null)
    return { ms: written.wallUs / 1_000 - written.offsetSeconds * 1_000, clear: true };
  const { us, clear } = instantOf(zone, written.wallUs);
  return { ms: us / 1_000, clear };
}

/** What a quality column says of a value; its own code stands in the reason. */
export type Judgement = { quality: Quality; reason?: string };
const CODE_LENGTH_MAX = 60;

/** Compares the code as text, so that 192 in the configuration is 192 in any kind of column. */
export function judge(raw: Raw | undefined, rule: NonNullable<SqlQuery['quality']>): Judgement {
  if (raw === undefined) return { quality: 'bad', reason: 'missing-quality-column' };
  const code = raw === null ? 'null' : textOf(raw).trim();
  const named = (codes: readonly string[]) => codes.includes(code);
  const quality = named(rule.good) ? 'good' : named(rule.uncertain) ? 'uncertain' : rule.otherwise;
  return quality === 'good' ? { quality } : { quality, reason: `quality-${code.slice(0, CODE_LENGTH_MAX)}` };
}

/**
 * One sample out of the parts of a row: the worst quality counts, a bad one has no value, and what is wrong with the
 * value itself is told before what the source says of it.
 */
export function sampleOf(time: RowTime, decoded: Decoded, judgement: Judgement): Sample {
  const unclear = time.clear ? [] : [{ quality: 'uncertain' as const, reason: 'ambiguous-time' }];
  const all = [decoded, judgement, ...unclear];
  const quality = (['bad', 'uncertain'] as const).find((each) => all.some((part) => part.quality === each));
  if (quality === undefined) return [time.ms, decoded.value, 'good'];
  const reason = all.find((part) => part.quality === quality)?.reason;
  const value = quality === 'bad' ? null : decoded.value;
  return reason === undefined ? [time.ms, value, quality] : [time.ms, value, quality, reason];
}

/** Bytes of a hash kept for a row: the chance that one of 10^9 new rows meets one of 10^6 known ones is 10^-14. */
const HASH_BYTES = 12;

/** A short name for the values of a row that matter, equal for equal values only (SHA-256, cut). */
export function hashOf(values: readonly (Raw | undefined)[]): string {
  const hash = createHash('sha256');
  for (const value of values) {
    // Length before content, so that no two lists of values give the same bytes.
    const text = value === null || value === undefined ? '' : textOf(value);
    hash.update(`${value === null ? 'n' : value === undefined ? 'u' : typeof value}${text.length}:`);
    hash.update(text);
  }
  return hash.digest().subarray(0, HASH_BYTES).toString('base64');
}
