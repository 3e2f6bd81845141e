import { isUtf8 } from 'node:buffer';
import { COLUMNS_MAX } from './file.rows.ts';

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'gb18030';
export type Delimiter = ',' | ';' | '\t' | '|' | 'space';

/** A record in quotes over more lines or bytes than this is a forgotten quote rather than a long text. */
const QUOTED_LINES_MAX = 100;
const QUOTED_BYTES_MAX = 64 * 1024;
/** Cells of a line when lines are columns. */
const CELLS_MAX = 4_000_000;

const MARKS: readonly [Encoding, readonly number[]][] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/**
 * Encoding by the byte order mark (Unicode 23.8), else UTF-8 or GB18030; `told` wins. `utf8` says whether all bytes that
 * are known are valid UTF-8. `markBytes` is the length of the mark, which is no data.
 */
export function sniffEncoding(options: { head: Buffer; utf8: boolean; told: Encoding | 'auto' }): {
  encoding: Encoding;
  markBytes: number;
} {
  const mark = MARKS.find(([, bytes]) => bytes.every((byte, at) => options.head[at] === byte));
  if (options.told !== 'auto')
    return { encoding: options.told, markBytes: mark?.[0] === options.told ? mark[1].length : 0 };
  if (mark !== undefined) return { encoding: mark[0], markBytes: mark[1].length };
  return { encoding: options.utf8 ? 'utf-8' : 'gb18030', markBytes: 0 };
}

/** Whether all bytes so far are UTF-8, chunk by chunk; a character cut at the end of a chunk waits for the next one. */
export function createUtf8Check(): { add(bytes: Buffer): void; valid(): boolean } {
  let carry = Buffer.alloc(0);
  let sound = true;
  return {
    add(bytes) {
      if (!sound) return;
      const data = carry.length > 0 ? Buffer.concat([carry, bytes]) : bytes;
      const whole = wholeCharacters(data);
      sound = isUtf8(data.subarray(0, whole));
      // The caller may use its buffer again.
      carry = Buffer.from(data.subarray(whole));
    },
    valid: () => sound && carry.length === 0,
  };
}

/** Length without a character that is cut at the end. */
export function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte >= 0xc0)
      return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** Decodes whole lines; null when the bytes are not of the encoding. GB18030 as in the WHATWG Encoding Standard. */
export function createDecoder(encoding: Encoding): (bytes: Buffer) => string | null {
  if (encoding === 'utf-8')
    return (bytes) => {
      const text = bytes.toString('utf8');
      return text.includes('\uFFFD') && !isUtf8(bytes) ? null : text;
    };
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  return (bytes) => {
    try {
      return decoder.decode(bytes);
    } catch {
      return null;
    }
  };
}

/** One line without its end; `end` is the position after it in the file. `bytes` is null for a line that is too long. */
export type Line = { bytes: Buffer | null; end: number };

/** Cuts bytes into lines at LF; what is not finished is kept for the next push, up to `bytesMax`. */
export function createLineSplitter(options: { from: number; encoding: Encoding; bytesMax: number }): {
  push(chunk: Buffer): Line[];
  /** What is left without a line end. */
  rest(): Line | null;
} {
  const wide = options.encoding === 'utf-16le' || options.encoding === 'utf-16be';
  const highFirst = options.encoding === 'utf-16be';
  const width = wide ? 2 : 1;
  let carry = Buffer.alloc(0);
  let start = options.from;
  let skipping = false;

  /** Index of the line end's first byte, from `at`, where a character begins. */
  const findEnd = (data: Buffer, at: number): number => {
    let found = data.indexOf(0x0a, at);
    if (!wide) return found;
    while (found >= 0) {
      const first = highFirst ? found - 1 : found;
      if (first >= at && (first - at) % 2 === 0 && data[highFirst ? first : first + 1] === 0) return first;
      found = data.indexOf(0x0a, found + 1);
    }
    return -1;
  };
  const withoutReturn = (bytes: Buffer): Buffer => {
    const last = bytes.length - width;
    if (last < 0 || bytes[highFirst ? last + 1 : last] !== 0x0d) return bytes;
    return !wide || bytes[highFirst ? last : last + 1] === 0 ? bytes.subarray(0, last) : bytes;
  };
  const lineOf = (bytes: Buffer, end: number): Line => {
    const long = skipping || bytes.length > options.bytesMax;
    skipping = false;
    return { bytes: long ? null : withoutReturn(bytes), end };
  };

  return {
    push(chunk) {
      const data = carry.length > 0 ? Buffer.concat([carry, chunk]) : chunk;
      const lines: Line[] = [];
      let at = 0;
      for (let end = findEnd(data, at); end >= 0; end = findEnd(data, at)) {
        lines.push(lineOf(data.subarray(at, end), start + end + width));
        at = end + width;
      }
      start += at;
      carry = Buffer.from(data.subarray(at));
      if (carry.length > options.bytesMax) {
        // Only whole characters are let go, so that the end of the line is still seen.
        const gone = carry.length - (carry.length % width);
        start += gone;
        carry = carry.subarray(gone);
        skipping = true;
      }
      return lines;
    },
    rest: () => (carry.length > 0 || skipping ? lineOf(carry, start + carry.length) : null),
  };
}

/** The fields of a record, or why there are none. `lines` is how many lines it took. */
export type TextRecord = {
  fields: string[] | null;
  reason: string | null;
  /** first line, for people */
  text: string;
  line: number;
  lines: number;
  end: number;
};

/**
 * Makes records of lines: a field in double quotes may hold delimiters, line ends and, doubled, quotes (RFC 4180, 2.5 to
 * 2.7). A quote that is not closed within 100 lines or 64 KiB spoils its own line only. Empty lines give nothing.
 */
export function createRecordReader(options: {
  decode: (bytes: Buffer) => string | null;
  delimiter: Delimiter;
  quotes: boolean;
  encoding: Encoding;
  /** number of the first line */
  line: number;
  /** a line is a column, so it may have very many cells */
  transposed: boolean;
}): { take(lines: readonly Line[], last: boolean): TextRecord[] } {
  const cellsMax = options.transposed ? CELLS_MAX : COLUMNS_MAX;
  let line = options.line;
  let waiting: Line[] = [];

  /** The record that begins the queue; null while it needs more lines. */
  const next = (queue: readonly Line[], at: number, last: boolean): TextRecord | 'empty' | null => {
    const first = queue[at];
    if (first === undefined) return null;
    const failed = (reason: string, text: string): TextRecord => ({
      fields: null,
      reason,
      text,
      line,
      lines: 1,
      end: first.end,
    });
    if (first.bytes === null) return failed('line-too-long', '');
    const firstText = options.decode(first.bytes);
    if (firstText === null) return failed(`not-${options.encoding}`, first.bytes.toString('latin1'));
    if (firstText.trim() === '') return 'empty';
    const done = (fields: string[], lines: number, end: number): TextRecord =>
      fields.length > cellsMax
        ? failed('too-many-columns', firstText)
        : { fields, reason: null, text: firstText, line, lines, end };
    if (options.delimiter === 'space') return done(firstText.trim().split(/\s+/, cellsMax + 1), 1, first.end);
    if (!options.quotes || !firstText.includes('"'))
      return done(firstText.split(options.delimiter, cellsMax + 1), 1, first.end);
    const fields = createQuotedFields(options.delimiter);
    let bytes = first.bytes.length;
    let open = fields.add(firstText);
    for (let more = 1; open; more += 1) {
      const each = queue[at + more];
      if (each === undefined && !last && more < QUOTED_LINES_MAX) return null;
      bytes += each?.bytes?.length ?? QUOTED_BYTES_MAX;
      const text = each?.bytes && bytes <= QUOTED_BYTES_MAX ? options.decode(each.bytes) : null;
      if (each === undefined || text === null || more >= QUOTED_LINES_MAX)
        return failed('quote-not-closed', firstText);
      open = fields.add(text);
      // Two forgotten quotes some lines apart look like one long field; what follows the second gives them away.
      if (!open && fields.trailing()) return failed('quote-not-closed', firstText);
      if (!open) return done(fields.values(), more + 1, each.end);
    }
    return done(fields.values(), 1, first.end);
  };

  return {
    take(lines, last) {
      const queue = waiting.length > 0 ? [...waiting, ...lines] : lines;
      const records: TextRecord[] = [];
      let at = 0;
      while (at < queue.length) {
        const record = next(queue, at, last);
        if (record === null) break;
        const used = record === 'empty' ? 1 : record.lines;
        if (record !== 'empty') records.push(record);
        at += used;
        line += used;
      }
      waiting = queue.slice(at);
      return records;
    },
  };
}

/** Splits one record, line after line. */
function createQuotedFields(delimiter: string): {
  /** Tells whether a quote is still open. */
  add(text: string): boolean;
  /** Whether text followed a closing quote, which the RFC does not allow. */
  trailing(): boolean;
  values(): string[];
} {
  const fields: string[] = [];
  let trailing = false;
  let open: string | null = null;
  /** Takes quoted text from `at`; returns where it ends, or -1 when the line ends first. */
  const takeQuoted = (text: string, from: number): number => {
    let at = from;
    for (;;) {
      const quote = text.indexOf('"', at);
      if (quote < 0) {
        open += text.slice(at);
        return -1;
      }
      open += text.slice(at, quote);
      if (text[quote + 1] !== '"') return quote + 1;
      open += '"';
      at = quote + 2;
    }
  };
  const endOf = (text: string, from: number): number => {
    const end = text.indexOf(delimiter, from);
    return end < 0 ? text.length : end;
  };
  return {
    add(text) {
      let at = 0;
      if (open !== null) open += '\n';
      for (;;) {
        if (open === null && text[at] === '"') {
          open = '';
          at += 1;
        }
        let quoted = '';
        const closed = open !== null;
        if (open !== null) {
          at = takeQuoted(text, at);
          if (at < 0) return true;
          quoted = open;
          open = null;
        }
        const end = endOf(text, at);
        if (closed && end > at) trailing = true;
        fields.push(quoted + text.slice(at, end));
        if (end === text.length) return false;
        at = end + delimiter.length;
      }
    },
    trailing: () => trailing,
    values: () => fields,
  };
}

const CANDIDATES = ['\t', ';', '|', ','] as const;

/**
 * The delimiter that splits all of the first lines into the same number of fields, more than one; the comma last, for it
 * may be a decimal mark. Else the one that splits the first line into most; else runs of blanks, when all lines have some.
 */
export function sniffDelimiter(lines: readonly string[], quotes: boolean): Delimiter {
  const countOf = (line: string, delimiter: string): number => {
    if (!quotes || !line.includes('"')) return line.split(delimiter).length;
    const fields = createQuotedFields(delimiter);
    fields.add(line);
    return fields.values().length;
  };
  const full = lines.filter((line) => line.trim() !== '');
  const even = (counts: readonly number[]): boolean =>
    counts.length > 0 && (counts[0] ?? 0) > 1 && counts.every((count) => count === counts[0]);
  for (const delimiter of CANDIDATES)
    if (even(full.map((line) => countOf(line, delimiter)))) return delimiter;
  const first = full[0] ?? '';
  const counted = CANDIDATES.map((delimiter) => ({ delimiter, count: countOf(first, delimiter) }));
  const most = counted.reduce((best, each) => (each.count > best.count ? each : best));
  if (most.count > 1) return most.delimiter;
  return full.length > 0 && full.every((line) => /\S\s+\S/.test(line)) ? 'space' : ',';
}
