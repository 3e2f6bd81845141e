import type { Columns } from '../journal/frame.ts';
import type { Precision } from './line-protocol.ts';
import {
  equals,
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
      const cursor: Cursor = { at: 0, value: 0 };
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
        let good = known !== null;
        if (known) {
          before = known;
          cursor.at = start + known.key.length + 1;
          for (let place = 0; good; place += 1) {
            const field = fieldAt(bytes, cursor, known.fields, place);
            good = field !== null && numberAt(bytes, cursor);
            if (!good || field === null) break;
            if (rows >= memory.series.length) makeRoom();
            memory.series[rows] = field.point;
            memory.value[rows] = cursor.value;
            rows += 1;
            if (bytes[cursor.at] !== COMMA) break;
            cursor.at += 1;
          }
          good = good && timeAt(bytes, cursor, unit) && cursor.value <= timeUsMax;
        }
        if (good) {
          const high = Math.floor(cursor.value / 4_294_967_296);
          const low = cursor.value - high * 4_294_967_296;
          const { words } = memory;
          for (let row = begin; row < rows; row += 1) {
            words[row * 2] = low;
            words[row * 2 + 1] = high;
          }
          start = cursor.at + 1;
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

/** Where a reading function stands; on success it moves `at` behind what it read. */
type Cursor = { at: number; value: number };

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

/** The field whose name and `=` stand here; senders keep their order, so the one at this place is tried first. */
function fieldAt(
  bytes: Uint8Array,
  cursor: Cursor,
  fields: readonly KnownField[],
  place: number,
): KnownField | null {
  const guess = fields[place];
  if (guess) {
    const end = cursor.at + guess.name.length;
    if (bytes[end] === EQUALS && equals(guess.name, bytes, cursor.at, end)) {
      cursor.at = end + 1;
      return guess;
    }
  }
  const end = bytes.indexOf(EQUALS, cursor.at);
  if (end < 0) return null;
  for (const field of fields)
    if (equals(field.name, bytes, cursor.at, end)) {
      cursor.at = end + 1;
      return field;
    }
  return null;
}

/** A number with at most 15 digits, no exponent, perhaps with the suffix `i`, ended by a comma or a space. */
function numberAt(bytes: Uint8Array, cursor: Cursor): boolean {
  let { at } = cursor;
  const negative = bytes[at] === MINUS;
  if (negative) at += 1;
  let mantissa = 0;
  let digits = 0;
  let digit = (bytes[at] as number) - ZERO;
  while (digit >= 0 && digit <= 9) {
    mantissa = mantissa * 10 + digit;
    digits += 1;
    at += 1;
    digit = (bytes[at] as number) - ZERO;
  }
  if (digits === 0) return false;
  let decimals = 0;
  if (bytes[at] === DOT) {
    at += 1;
    digit = (bytes[at] as number) - ZERO;
    while (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit;
      decimals += 1;
      at += 1;
      digit = (bytes[at] as number) - ZERO;
    }
  } else if (bytes[at] === INTEGER) at += 1;
  if (digits + decimals > DIGITS_MAX) return false;
  const end = bytes[at];
  if (end !== COMMA && end !== SPACE) return false;
  const value = decimals === 0 ? mantissa : mantissa / (TEN[decimals] as number);
  cursor.value = negative ? -value : value;
  cursor.at = at;
  return true;
}

/** One space, the time in digits, the end of the line. Leaves microseconds in `value` and `at` on the line feed or the end. */
function timeAt(bytes: Uint8Array, cursor: Cursor, unit: number): boolean {
  if (bytes[cursor.at] !== SPACE) return false;
  const start = cursor.at + 1;
  let at = start;
  let digit = (bytes[at] as number) - ZERO;
  while (digit >= 0 && digit <= 9) {
    at += 1;
    digit = (bytes[at] as number) - ZERO;
  }
  const digits = at - start;
  if (digits === 0 || digits > TIME_DIGITS_MAX) return false;
  const end = unit === 0 ? at - NS_DIGITS_CUT : at;
  let time = 0;
  for (let place = start; place < end; place += 1) time = time * 10 + ((bytes[place] as number) - ZERO);
  if (bytes[at] === CR) at += 1;
  if (at < bytes.length && bytes[at] !== LF) return false;
  cursor.value = unit === 0 ? time : time * unit;
  cursor.at = at;
  return true;
}
