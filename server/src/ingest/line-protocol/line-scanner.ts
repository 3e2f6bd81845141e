import type { Columns } from '../journal/columns.ts';
import type { Precision } from './line-protocol.ts';
import {
  HASH_START,
  hashStep,
  type KnownSeries,
  type Text as Name,
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
const NINE = 57;
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

type Text = { bytes: Uint8Array; view: DataView };
type Memory = { time: Float64Array; series: Uint32Array; count: Uint32Array; value: Float64Array };

const allocate = (rows: number): Memory => ({
  time: new Float64Array(rows),
  series: new Uint32Array(rows),
  count: new Uint32Array(rows),
  value: new Float64Array(rows),
});

export function createLineScanner(): LineScanner {
  let memory = allocate(ROWS_FIRST);
  const time: LastTime = { start: 0, digits: 0, us: 0 };
  const makeRoom = () => {
    const larger = allocate(memory.value.length * 2);
    for (const name of ['time', 'series', 'count', 'value'] as const) larger[name].set(memory[name]);
    memory = larger;
  };

  return {
    scan(bytes, table, { precision, timeUsMax }) {
      const rest: Rest[] = [];
      const unit = US_PER_UNIT[precision];
      const text = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
      let rows = 0;
      let runs = 0;
      let number = 0;
      let before: KnownSeries | null = null;
      time.digits = 0;
      let start = skipMark(bytes);
      while (start < bytes.length) {
        number += 1;
        const first = bytes[start] as number;
        if (first === LF) {
          start += 1;
          continue;
        }
        const known: KnownSeries | null = first === HASH ? null : seriesAt(text, start, before, table);
        const [beginRows, beginRuns] = [rows, runs];
        let at = NONE;
        if (known) {
          before = known;
          if (rows + known.fields.length > memory.value.length) makeRoom();
          const { series, count, value } = memory;
          // Numbers of points begin at 1, so the first field of a line never continues a run.
          let next = 0;
          at = start + known.key.length;
          for (let place = 0; place < known.fields.length; place += 1) {
            const found = fieldAt(text, at + 1, known.fields, place);
            if (found === NONE) at = NONE;
            else {
              const point = known.points[found] as number;
              if (point === next) count[runs - 1] = (count[runs - 1] as number) + 1;
              else {
                series[runs] = point;
                count[runs] = 1;
                runs += 1;
              }
              next = point + 1;
              at = readNumber(bytes, at + 2 + (known.fields[found] as Name).key.length, value, rows);
              rows += 1;
            }
            if (at === NONE || bytes[at] !== COMMA) break;
          }
        }
        if (at !== NONE) at = readTime(text, at, unit, time);
        if (at !== NONE && time.us <= timeUsMax) {
          runs = closeRuns(memory, beginRuns, runs, time.us);
          start = at + 1;
          continue;
        }
        rows = beginRows;
        runs = beginRuns;
        let end = bytes.indexOf(LF, start);
        if (end < 0) end = bytes.length;
        if (first !== HASH) rest.push({ number, start, end });
        start = end + 1;
      }
      return { columns: viewsOf(memory, runs, rows), rest };
    },
  };
}

const viewsOf = ({ time, series, count, value }: Memory, runs: number, rows: number): Columns => ({
  rows,
  runs,
  time: time.subarray(0, runs),
  series: series.subarray(0, runs),
  count: count.subarray(0, runs),
  value: value.subarray(0, rows),
  quality: null,
});

/** Gives the runs of a line their time; one that goes on where the line before stopped becomes part of that. */
function closeRuns({ time, series, count }: Memory, from: number, to: number, us: number): number {
  if (to === from + 1 && from > 0 && time[from - 1] === us) {
    const end = (series[from - 1] as number) + (count[from - 1] as number);
    if (end === series[from]) {
      count[from - 1] = (count[from - 1] as number) + (count[from] as number);
      return from;
    }
  }
  for (let run = from; run < to; run += 1) time[run] = us;
  return to;
}

/** What reading functions answer when it is not theirs to read; otherwise the place behind what they read. */
const NONE = -1;

const skipMark = (bytes: Uint8Array): number =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;

/** The series of the line; guessed from the line before, else found by hash. */
function seriesAt(
  { bytes, view }: Text,
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

/** Place of the field whose name and `=` stand at `at`; senders keep their order, so the one at this place is tried first. */
function fieldAt(text: Text, at: number, fields: readonly Name[], place: number): number {
  if (isField(text, at, fields[place] as Name)) return place;
  for (let other = 0; other < fields.length; other += 1)
    if (isField(text, at, fields[other] as Name)) return other;
  return NONE;
}

const isField = ({ bytes, view }: Text, at: number, field: Name): boolean =>
  bytes[at + field.key.length] === EQUALS && standsAt(field, bytes, view, at);

/** Digits that fit whole numbers of 31 bits, which are computed fastest. */
const SMALL_DIGITS = 9;

/**
 * A number with at most 15 digits, no exponent, perhaps with the suffix `i`, ended by a comma or a space, into
 * `values[row]`. Answers the place of what ends it.
 */
function readNumber(bytes: Uint8Array, from: number, values: Float64Array, row: number): number {
  const negative = bytes[from] === MINUS;
  const start = negative ? from + 1 : from;
  const end = start + SMALL_DIGITS;
  let at = start;
  let small = 0;
  let byte = bytes[at] as number;
  // Nine digits at most: their digits are asked nothing else.
  while (byte >= ZERO && byte <= NINE && at < end) {
    small = (small * 10 + byte - ZERO) | 0;
    at += 1;
    byte = bytes[at] as number;
  }
  if (at === start) return NONE;
  let decimals = 0;
  if (byte === DOT) {
    const dot = at;
    at += 1;
    byte = bytes[at] as number;
    while (byte >= ZERO && byte <= NINE && at <= end) {
      small = (small * 10 + byte - ZERO) | 0;
      at += 1;
      byte = bytes[at] as number;
    }
    decimals = at - dot - 1;
  } else if (byte === INTEGER) {
    at += 1;
    byte = bytes[at] as number;
  }
  if (byte !== COMMA && byte !== SPACE) return readLong(bytes, start, values, row);
  const value = decimals === 0 ? small : small / (TEN[decimals] as number);
  values[row] = negative ? -value : value;
  return at;
}

/** The same for numbers of more digits; `start` is behind the sign. */
function readLong(bytes: Uint8Array, start: number, values: Float64Array, row: number): number {
  let at = start;
  let mantissa = 0;
  let dot = NONE;
  for (; ; at += 1) {
    const byte = bytes[at] as number;
    if (byte >= ZERO && byte <= NINE) mantissa = mantissa * 10 + byte - ZERO;
    else if (byte === DOT && dot === NONE && at > start) dot = at;
    else break;
  }
  const digits = dot === NONE ? at - start : at - start - 1;
  if (digits === 0 || digits > DIGITS_MAX) return NONE;
  const decimals = dot === NONE ? 0 : at - dot - 1;
  const value = decimals === 0 ? mantissa : mantissa / (TEN[decimals] as number);
  if (dot === NONE && bytes[at] === INTEGER) at += 1;
  if (bytes[at] !== COMMA && bytes[at] !== SPACE) return NONE;
  values[row] = bytes[start - 1] === MINUS ? -value : value;
  return at;
}

/** The time of the line before: where it stands, and what it is in microseconds. Many lines share one time. */
type LastTime = { start: number; digits: number; us: number };

/** One space, the time in digits, the end of the line. Puts microseconds into `last`; answers the line feed's place. */
function readTime(text: Text, space: number, unit: number, last: LastTime): number {
  const { bytes } = text;
  if (bytes[space] !== SPACE) return NONE;
  const start = space + 1;
  if (last.digits > 0 && isSame(text, start, last)) {
    const end = endOfLine(bytes, start + last.digits);
    if (end !== NONE) return end;
  }
  let at = start;
  let digit = (bytes[at] as number) - ZERO;
  while (digit >= 0 && digit <= 9) {
    at += 1;
    digit = (bytes[at] as number) - ZERO;
  }
  const digits = at - start;
  if (digits === 0 || digits > TIME_DIGITS_MAX) return NONE;
  const cut = unit === 0 ? at - NS_DIGITS_CUT : at;
  let value = 0;
  for (let place = start; place < cut; place += 1) value = value * 10 + ((bytes[place] as number) - ZERO);
  const end = endOfLine(bytes, at);
  if (end === NONE) return NONE;
  last.start = start;
  last.digits = digits;
  last.us = unit === 0 ? value : value * unit;
  return end;
}

/** Whether the same digits stand at `start`; what stands behind them is not looked at. */
function isSame({ bytes, view }: Text, start: number, last: LastTime): boolean {
  if (start + last.digits > bytes.length) return false;
  let at = 0;
  for (; at + 4 <= last.digits; at += 4)
    if (view.getInt32(start + at, true) !== view.getInt32(last.start + at, true)) return false;
  for (; at < last.digits; at += 1) if (bytes[start + at] !== bytes[last.start + at]) return false;
  return true;
}

/** Where the line feed stands when the line ends here, perhaps with a carriage return. */
function endOfLine(bytes: Uint8Array, at: number): number {
  const end = bytes[at] === CR ? at + 1 : at;
  return end >= bytes.length || bytes[end] === LF ? end : NONE;
}
