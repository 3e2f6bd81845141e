/**
 * The InfluxDB line protocol, `measurement[,tag=value…] field=value[,field=value…] [timestamp]`, one point per line.
 * Pure: text in, points and faults out. The words of the faults are those of InfluxDB, because clients look at them.
 */
export type FieldValue = number | boolean | string;
export type Line = {
  /** 1-based place in the request */
  number: number;
  measurement: string;
  /** sorted by key */
  tags: readonly (readonly [key: string, value: string])[];
  fields: readonly (readonly [key: string, value: FieldValue])[];
  /** microseconds since 1970 UTC; null when the line has none and the server's time counts */
  timeUs: number | null;
};
export type LineFault = { number: number; text: string; reason: string };
export type Precision = 'ns' | 'us' | 'ms' | 's' | 'm' | 'h';

/** Parts of one line longer than this are refused, as InfluxDB does. */
export const KEY_BYTES_MAX = 65_535;

/**
 * Reads a whole request. Blank lines and lines starting with `#` are skipped; CRLF and a byte order mark are accepted.
 * A bad line never hides the good ones around it.
 */
export function parseLines(text: string, precision: Precision): { lines: Line[]; faults: LineFault[] } {
  const lines: Line[] = [];
  const faults: LineFault[] = [];
  const rows = (text.startsWith('\uFEFF') ? text.slice(1) : text).split('\n');
  for (const [index, row] of rows.entries()) {
    const line = row.trim();
    if (line === '' || line.startsWith('#')) continue;
    const parsed = parseLine(line, precision);
    if ('reason' in parsed) faults.push({ number: index + 1, text: line, reason: parsed.reason });
    else lines.push({ number: index + 1, ...parsed });
  }
  return { lines, faults };
}

/** One line without its line end; the fault's reason when it is wrong. */
export function parseLine(text: string, precision: Precision): Omit<Line, 'number'> | { reason: string } {
  try {
    return read(text, precision);
  } catch (error) {
    if (error instanceof Fault) return { reason: error.message };
    throw error;
  }
}

class Fault extends Error {}

type Cursor = { readonly text: string; at: number };

function read(text: string, precision: Precision): Omit<Line, 'number'> {
  const cursor: Cursor = { text, at: 0 };
  const measurement = readName(cursor, ', ', ', ');
  if (measurement === '') throw new Fault('missing measurement');
  const tags = readTags(cursor);
  if (cursor.at > KEY_BYTES_MAX) throw new Fault(`max key length exceeded: ${cursor.at} > ${KEY_BYTES_MAX}`);
  skipSpaces(cursor);
  if (cursor.at >= text.length) throw new Fault('missing fields');
  const fields = readFields(cursor);
  skipSpaces(cursor);
  return { measurement, tags, fields, timeUs: readTime(text.slice(cursor.at), precision) };
}

function readTags(cursor: Cursor): [string, string][] {
  const tags: [string, string][] = [];
  while (cursor.text[cursor.at] === ',') {
    cursor.at += 1;
    const key = readName(cursor, ',= ', ',= ');
    if (key === '') throw new Fault('missing tag key');
    if (cursor.text[cursor.at] !== '=') throw new Fault('missing tag value');
    cursor.at += 1;
    const value = readName(cursor, ',= ', ',= ');
    if (value === '') throw new Fault('missing tag value');
    if (cursor.text[cursor.at] === '=') throw new Fault('invalid tag format');
    tags.push([key, value]);
  }
  tags.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  for (let index = 1; index < tags.length; index += 1)
    if (tags[index]?.[0] === tags[index - 1]?.[0]) throw new Fault('duplicate tags');
  return tags;
}

function readFields(cursor: Cursor): [string, FieldValue][] {
  const fields: [string, FieldValue][] = [];
  for (;;) {
    const key = readName(cursor, ',= ', ',= ');
    if (cursor.text[cursor.at] !== '=') throw new Fault('invalid field format');
    if (key === '') throw new Fault('missing field key');
    cursor.at += 1;
    fields.push([key, readValue(cursor)]);
    const next = cursor.text[cursor.at];
    if (next === undefined || next === ' ') return fields;
    if (next !== ',') throw new Fault('invalid field format');
    cursor.at += 1;
  }
}

/** Reads up to an unescaped stop character; a backslash escapes only the characters of `escapable`. */
function readName(cursor: Cursor, stops: string, escapable: string): string {
  const { text } = cursor;
  const start = cursor.at;
  let escaped = false;
  let at = start;
  for (; at < text.length; at += 1) {
    const char = text[at] as string;
    if (char === '\\' && at + 1 < text.length && escapable.includes(text[at + 1] as string)) {
      escaped = true;
      at += 1;
    } else if (stops.includes(char)) break;
  }
  cursor.at = Math.min(at, text.length);
  const raw = text.slice(start, cursor.at);
  return escaped
    ? raw.replace(/\\([,= ])/g, (whole, char: string) => (escapable.includes(char) ? char : whole))
    : raw;
}

function readValue(cursor: Cursor): FieldValue {
  if (cursor.text[cursor.at] === '"') return readQuoted(cursor);
  const raw = readName(cursor, ', ', '');
  if (raw === '') throw new Fault('missing field value');
  return /^[-+.\dNnIi]/.test(raw) ? readNumber(raw) : readBoolean(raw);
}

function readQuoted(cursor: Cursor): string {
  const { text } = cursor;
  let value = '';
  for (let at = cursor.at + 1; at < text.length; at += 1) {
    const char = text[at] as string;
    const next = text[at + 1];
    if (char === '\\' && (next === '"' || next === '\\')) {
      value += next;
      at += 1;
    } else if (char === '"') {
      cursor.at = at + 1;
      return value;
    } else value += char;
  }
  throw new Fault('unbalanced quotes');
}

const INT64_MAX = 9_223_372_036_854_775_807n;
const UINT64_MAX = 18_446_744_073_709_551_615n;
const DECIMAL = /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/;

function readNumber(raw: string): number {
  const suffix = raw.at(-1);
  if (suffix === 'i' || suffix === 'u') {
    const digits = raw.slice(0, -1);
    if (!(suffix === 'i' ? /^-?\d{1,30}$/ : /^\d{1,30}$/).test(digits)) throw new Fault('invalid number');
    const value = BigInt(digits);
    const fits = suffix === 'i' ? value <= INT64_MAX && value >= -INT64_MAX - 1n : value <= UINT64_MAX;
    if (!fits) throw new Fault('unable to parse integer: value out of range');
    return Number(value);
  }
  const value = DECIMAL.test(raw) ? Number(raw) : Number.NaN;
  if (!Number.isFinite(value)) throw new Fault('invalid number');
  return value;
}

const TRUE = new Set(['t', 'T', 'true', 'True', 'TRUE']);
const FALSE = new Set(['f', 'F', 'false', 'False', 'FALSE']);

function readBoolean(raw: string): boolean {
  if (TRUE.has(raw)) return true;
  if (FALSE.has(raw)) return false;
  throw new Fault('invalid boolean');
}

const US_PER_UNIT: Readonly<Record<Exclude<Precision, 'ns'>, number>> = {
  us: 1,
  ms: 1e3,
  s: 1e6,
  m: 6e7,
  h: 3.6e9,
};

/** Nanoseconds are cut to microseconds, which is what is stored. */
function readTime(text: string, precision: Precision): number | null {
  const raw = text.trim();
  if (raw === '') return null;
  if (!/^-?\d+$/.test(raw)) throw new Fault('bad timestamp');
  const value = BigInt(raw.slice(0, 30));
  if (value > INT64_MAX || value < -INT64_MAX - 1n) throw new Fault('bad timestamp: value out of range');
  return precision === 'ns' ? Number(value / 1000n) : Number(value) * US_PER_UNIT[precision];
}

function skipSpaces(cursor: Cursor): void {
  while (cursor.text[cursor.at] === ' ') cursor.at += 1;
}

/** Writes a line that `parseLine` reads back; times in nanoseconds. */
export function formatLine(line: Omit<Line, 'number'>): string {
  const name = (text: string) => text.replace(/[,= ]/g, '\\$&');
  const series = [
    line.measurement.replace(/[, ]/g, '\\$&'),
    ...line.tags.map(([key, value]) => `${name(key)}=${name(value)}`),
  ].join(',');
  const fields = line.fields.map(([key, value]) => `${name(key)}=${formatValue(value)}`).join(',');
  const time = line.timeUs === null ? '' : ` ${BigInt(line.timeUs) * 1000n}`;
  return `${series} ${fields}${time}`;
}

function formatValue(value: FieldValue): string {
  return typeof value === 'string' ? `"${value.replace(/["\\]/g, '\\$&')}"` : String(value);
}
