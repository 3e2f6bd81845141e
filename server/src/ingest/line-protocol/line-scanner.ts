import type { Columns } from '../journal/frame.ts';
import type { Precision } from './line-protocol.ts';
import {
  HASH_START,
  hashStep,
  type KnownField,
  type KnownSeries,
  type SeriesTable,
  standsAt,
} from './series-table.ts';

/** What a scan found: the values of plain lines of known series, and where the lines stand that need a closer look. */
export type Scan = {
  /** views of the scanner's own memory: valid until its next scan */
  columns: Columns;
  /** 1-based number, first byte and byte after the last of each line left over */
  rest: readonly Rest[];
};
export type Rest = { number: number; start: number; end: number };

/**
 * Reads the plain lines of a request at the speed of memory: known series, numbers without exponent, a time that fits.
 * Everything else (first sight of a series, text, booleans, escapes, faults) is left to `parseLine`, which knows all of
 * the grammar, so that both together read every request alike. One scan at a time.
 */
export type LineScanner = {
  scan(bytes: Uint8Array, table: SeriesTable, options: { precision: Precision; timeUsMax: number }): Scan;
};

const LF = 10;
const CR = 13;
const SPACE = 32;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const EQUALS = 61;
const BACKSLASH = 92;
const HASH = 35;
const QUOTE = 34;
const INTEGER = 105;

const ROWS_FIRST = 65_536;
/** Powers of ten that are exact as a double; a mantissa below 2^53 divided by one of them is rounded once, as it should be. */
const TEN = Float64Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);
const DIGITS_MAX = 15;
/** Microseconds in one unit; nanoseconds are cut instead. */
const US_PER_UNIT: Readonly<Record<Precision, number>> = {
  ns: 0,
  us: 1,
  ms: 1e3,
  s: 1e6,
  m: 6e7,
  h: 3.6e9,
};
const NS_DIGITS_CUT = 3;
const TIME_DIGITS_MAX = 19;

type Memory = {
  series: Uint32Array;
  time: BigInt64Array;
  words: Int32Array;
  value: Float64Array;
  quality: Uint8Array;
};

const allocate = (rows: number): Memory => {
  const time = new BigInt64Array(rows);
  return {
    series: new Uint32Array(rows),
    time,
    words: new Int32Array(time.buffer),
    value: new Float64Array(rows),
    quality: new Uint8Array(rows),
  };
};

export function createLineScanner(): LineScanner {
  let memory = allocate(ROWS_FIRST);
  const time = new Float64Array(1);
  const makeRoom = () => {
    const grown = allocate(memory.series.length * 2);
    grown.series.set(memory.series);
    grown.time.set(memory.time);
    grown.value.set(memory.value);
    memory = grown;
  };

  return {
    scan(bytes, table, { precision, timeUsMax }) {
      const rest: Rest[] = [];
      const unit = US_PER_UNIT[precision];
      const text = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
      let rows = 0;
      let number = 0;
      let before: KnownSeries | null = null;
      let start = skipMark(bytes);
      while (start < bytes.length) {
        number += 1;
        const first = bytes[start] as number;
        if (first === LF) {
          start += 1;
          continue;
        }
        const known: KnownSeries | null = first === HASH ? null : seriesAt(text, start, before, table);
        const begin = rows;
        let at = NONE;
        if (known) {
          before = known;
          if (rows + known.fields.length > memory.series.length) makeRoom();
          const { series, value } = memory;
          at = start + known.key.length;
          for (let place = 0; place < known.fields.length; place += 1) {
            const field = fieldAt(bytes, at + 1, known.fields, place);
            if (field === null) at = NONE;
            else {
              series[rows] = field.point;
              at = readNumber(bytes, at + 2 + field.name.length, value, rows);
              rows += 1;
            }
            if (at === NONE || bytes[at] !== COMMA) break;
          }
        }
        if (at !== NONE) at = readTime(bytes, at, unit, time);
        if (at !== NONE && (time[0] as number) <= timeUsMax) {
          const high = Math.floor((time[0] as number) / 4_294_967_296);
          const low = (time[0] as number) - high * 4_294_967_296;
          const { words } = memory;
          for (let row = begin; row < rows; row += 1) {
            words[row * 2] = low;
            words[row * 2 + 1] = high;
          }
          start = at + 1;
          continue;
        }
        rows = begin;
        let end = bytes.indexOf(LF, start);
        if (end < 0) end = bytes.length;
        if (first !== HASH) rest.push({ number, start, end });
        start = end + 1;
      }
      const columns = {
        length: rows,
        series: memory.series.subarray(0, rows),
        time: memory.time.subarray(0, rows),
        value: memory.value.subarray(0, rows),
        quality: memory.quality.subarray(0, rows),
      };
      return { columns, rest };
    },
  };
}

/** What reading functions answer when it is not theirs to read; otherwise the place behind what they read. */
const NONE = -1;

const skipMark = (bytes: Uint8Array): number =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;

/** The series of the line; guessed from the line before, else found by hash. */
function seriesAt(
  { bytes, view }: { bytes: Uint8Array; view: DataView },
  start: number,
  before: KnownSeries | null,
  table: SeriesTable,
): KnownSeries | null {
  const guess = before?.next;
  if (guess) {
    const end = start + guess.key.length;
    if (end < bytes.length && bytes[end] === SPACE && standsAt(guess, bytes, view, start)) return guess;
  }
  let hash = HASH_START;
  let at = start;
  for (; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    if (byte === SPACE) break;
    if (byte === BACKSLASH || byte === LF || byte === QUOTE) return null;
    hash = hashStep(hash, byte);
  }
  if (at >= bytes.length) return null;
  const found = table.find(bytes, start, at, hash >>> 0);
  if (found && before) before.next = found;
  return found;
}

/** The field whose name and `=` stand at `at`; senders keep their order, so the one at this place is tried first. */
function fieldAt(
  bytes: Uint8Array,
  at: number,
  fields: readonly KnownField[],
  place: number,
): KnownField | null {
  const guess = fields[place];
  if (guess && startsWith(bytes, at, guess.name)) return guess;
  for (const field of fields) if (startsWith(bytes, at, field.name)) return field;
  return null;
}

function startsWith(bytes: Uint8Array, at: number, name: Uint8Array): boolean {
  const { length } = name;
  if (bytes[at + length] !== EQUALS) return false;
  for (let index = 0; index < length; index += 1) if (bytes[at + index] !== name[index]) return false;
  return true;
}

/** Digits that fit whole numbers of 31 bits, which are computed fastest. */
const SMALL_DIGITS = 9;

/**
 * A number with at most 15 digits, no exponent, perhaps with the suffix `i`, ended by a comma or a space, into
 * `values[row]`.
 */
function readNumber(bytes: Uint8Array, from: number, values: Float64Array, row: number): number {
  let at = from;
  const negative = bytes[at] === MINUS;
  if (negative) at += 1;
  const start = at;
  let small = 0;
  let mantissa = 0;
  let dot = NONE;
  for (; ; at += 1) {
    const byte = bytes[at] as number;
    const digit = byte - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (at - start < SMALL_DIGITS) small = (small * 10 + digit) | 0;
      else {
        if (mantissa === 0) mantissa = small;
        mantissa = mantissa * 10 + digit;
      }
    } else if (byte === DOT && dot === NONE && at > start) dot = at;
    else break;
  }
  const digits = dot === NONE ? at - start : at - start - 1;
  if (digits === 0 || digits > DIGITS_MAX) return NONE;
  const whole = mantissa === 0 ? small : mantissa;
  const decimals = dot === NONE ? 0 : at - dot - 1;
  const value = decimals === 0 ? whole : whole / (TEN[decimals] as number);
  if (dot === NONE && bytes[at] === INTEGER) at += 1;
  if (bytes[at] !== COMMA && bytes[at] !== SPACE) return NONE;
  values[row] = negative ? -value : value;
  return at;
}

/** One space, the time in digits, the end of the line. Puts microseconds into `time[0]`; answers the line feed's place. */
function readTime(bytes: Uint8Array, space: number, unit: number, time: Float64Array): number {
  if (bytes[space] !== SPACE) return NONE;
  const start = space + 1;
  let at = start;
  let digit = (bytes[at] as number) - ZERO;
  while (digit >= 0 && digit <= 9) {
    at += 1;
    digit = (bytes[at] as number) - ZERO;
  }
  const digits = at - start;
  if (digits === 0 || digits > TIME_DIGITS_MAX) return NONE;
  const end = unit === 0 ? at - NS_DIGITS_CUT : at;
  let value = 0;
  for (let place = start; place < end; place += 1) value = value * 10 + ((bytes[place] as number) - ZERO);
  if (bytes[at] === CR) at += 1;
  if (at < bytes.length && bytes[at] !== LF) return NONE;
  time[0] = unit === 0 ? value : value * unit;
  return at;
}
