import type { PointType, Quality, Sample, SampleValue } from '@ronghe/contracts';

/** How payloads are written: JSON, one bare value as text, or the JSON of Neuron's MQTT plug-in. */
export type Format = 'json' | 'plain' | 'neuron';
export type TimeFormat = 'ms' | 's' | 'us' | 'iso8601';
/** A place in a document, as the reference tokens of a JSON Pointer. */
export type Pointer = readonly string[];

/** Deepest object that is looked through for fields, and most fields of one message. */
const DEPTH_MAX = 8;
const FIELDS_MAX = 10_000;
/** Last instant of ECMAScript's time scale. */
const TIME_MS_MAX = 8.64e15;

/** Reason of samples whose message is not what it should be. */
export const PAYLOAD_INVALID = 'payload-invalid';

/** The payload is not what its format says; the message is the reason of the samples. */
export class PayloadError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'PayloadError';
  }
}

/** What stands in one place: a value, or the code that the sender gives instead of one. */
export type Cell = { value: unknown } | { error: string };
/** One set of values that belong together, with the time they carry themselves when the format has one. */
export type MessageRecord = {
  timeMs: number | null;
  /** why there is none although the format promises it */
  timeFault: string | null;
  cell(pointer: Pointer): Cell | null;
  /** Numbers, booleans, texts, nulls and errors below a place; arrays are no fields. At most 10,000. */
  fields(below: Pointer): { pointer: Pointer; cell: Cell }[];
};

/** How the fields of a record become a sample. */
export type Rule = {
  pointer: Pointer;
  time: Pointer | null;
  timeFormat: TimeFormat;
  quality: Pointer | null;
  qualityMap: Readonly<Record<string, Quality>> | null;
  type: PointType;
  scale: number;
  offset: number;
};

/** RFC 6901: empty for the whole document, otherwise `/a/b/0` with `~1` for `/` and `~0` for `~`; null when it is none. */
export function parsePointer(text: string): Pointer | null {
  if (text === '') return [];
  if (!text.startsWith('/') || /~(?![01])/.test(text)) return null;
  return text
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Splits a message into its records. `records` is the place of an array, when one message carries several. */
export function readMessage(
  bytes: Uint8Array,
  options: { format: Format; records: Pointer | null; bytesMax: number },
): MessageRecord[] {
  if (bytes.length > options.bytesMax) throw new PayloadError('payload-too-large');
  const text = textOf(bytes);
  if (options.format === 'plain') return [plainRecord(text)];
  if (text.trim() === '') throw new PayloadError('payload-empty');
  const document = parseJson(text);
  if (options.format === 'neuron') return [neuronRecord(document)];
  if (options.records === null) return [jsonRecord(document)];
  const records = at(document, options.records);
  if (!Array.isArray(records)) throw new PayloadError(PAYLOAD_INVALID);
  return records.map(jsonRecord);
}

/**
 * One sample of a record; null when the record does not have the field. A time that is asked for and cannot be read is
 * replaced by the time of receipt and makes the sample `uncertain`, since its order among others is not known.
 * @returns `isOwnTime` whether the time was in the message
 */
export function readSample(
  record: MessageRecord,
  rule: Rule,
  nowMs: number,
): { sample: Sample; isOwnTime: boolean } | null {
  const cell = record.cell(rule.pointer);
  if (cell === null) return null;
  const time = readTime(record, rule, nowMs);
  const told = readValue(cell, rule);
  if ('fault' in told) return { sample: [time.ms, null, 'bad', told.fault], isOwnTime: time.isOwn };
  const quality = readQuality(record, rule);
  const isDoubtful = quality.quality === 'good' && time.fault !== null;
  const reason = isDoubtful ? time.fault : quality.reason;
  const state: Quality = isDoubtful ? 'uncertain' : quality.quality;
  return {
    sample: reason === null ? [time.ms, told.value, state] : [time.ms, told.value, state, reason],
    isOwnTime: time.isOwn,
  };
}

/**
 * The type of a value that nobody has declared; null for what is no value. Text that looks like a number is text, except
 * as a bare payload, which has no other way to say so.
 */
export function typeOfCell(cell: Cell, format: Format): PointType | null {
  if ('error' in cell) return null;
  const { value } = cell;
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value !== 'string') return null;
  if (format !== 'plain') return 'text';
  const text = value.trim();
  if (text === '') return null;
  if (DECIMAL.test(text)) return 'number';
  return /^(true|false)$/i.test(text) ? 'boolean' : 'text';
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new PayloadError(PAYLOAD_INVALID);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PayloadError(PAYLOAD_INVALID);
  }
}

const MISSING = Symbol('missing');
const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 6901, section 4; only own members, so `constructor` finds nothing. */
function at(document: unknown, pointer: Pointer): unknown {
  let value = document;
  for (const token of pointer) {
    if (Array.isArray(value)) {
      if (!/^(0|[1-9]\d{0,9})$/.test(token) || Number(token) >= value.length) return MISSING;
      value = value[Number(token)];
    } else if (isFields(value) && Object.hasOwn(value, token)) value = value[token];
    else return MISSING;
  }
  return value;
}

function jsonRecord(document: unknown): MessageRecord {
  return {
    timeMs: null,
    timeFault: null,
    cell(pointer) {
      const value = at(document, pointer);
      if (value !== MISSING) return { value };
      // A member that is not there may be one that has not changed; a text where an object belongs is another message.
      return isContainerFor(document, pointer) ? null : { error: PAYLOAD_INVALID };
    },
    fields(below) {
      const found: { pointer: Pointer; cell: Cell }[] = [];
      gather(at(document, below), { pointer: below, depth: 0 }, found);
      return found;
    },
  };
}

const isContainerFor = (document: unknown, [first = '']: Pointer): boolean =>
  Array.isArray(document) ? /^\d+$/.test(first) : isFields(document);

function gather(
  value: unknown,
  place: { pointer: Pointer; depth: number },
  found: { pointer: Pointer; cell: Cell }[],
): void {
  const { pointer, depth } = place;
  if (found.length >= FIELDS_MAX || value === MISSING || Array.isArray(value)) return;
  if (!isFields(value)) {
    found.push({ pointer, cell: { value } });
    return;
  }
  if (depth >= DEPTH_MAX) return;
  for (const [name, inner] of Object.entries(value))
    gather(inner, { pointer: [...pointer, name], depth: depth + 1 }, found);
}

function plainRecord(text: string): MessageRecord {
  const cell: Cell = { value: text };
  return {
    timeMs: null,
    timeFault: null,
    cell: (pointer) => (pointer.length === 0 ? cell : null),
    fields: () => [{ pointer: [], cell }],
  };
}

/**
 * Neuron's MQTT plug-in: `{timestamp, node, group, values: {tag: value}, errors: {tag: code}}`, or the same with
 * `tags: [{name, value | error}]` (the ECP form adds `type`). A tag's place is `/node/group/tag`.
 */
function neuronRecord(document: unknown): MessageRecord {
  if (!isFields(document) || typeof document.node !== 'string' || typeof document.group !== 'string')
    throw new PayloadError(PAYLOAD_INVALID);
  const { node, group, timestamp } = document;
  const cells = new Map<string, Cell>();
  if (isFields(document.values))
    for (const [tag, value] of Object.entries(document.values)) cells.set(tag, { value });
  if (isFields(document.errors))
    for (const [tag, code] of Object.entries(document.errors)) cells.set(tag, errorOf(code));
  for (const tag of Array.isArray(document.tags) ? document.tags : []) {
    if (!isFields(tag) || typeof tag.name !== 'string') continue;
    if ('error' in tag && tag.error !== 0) cells.set(tag.name, errorOf(tag.error));
    else if ('value' in tag) cells.set(tag.name, { value: tag.value });
  }
  const timeMs = typeof timestamp === 'number' && inRange(timestamp) ? timestamp : null;
  return {
    timeMs,
    timeFault: timeMs === null ? 'time-missing' : null,
    cell: ([ofNode, ofGroup, tag, ...deeper]) =>
      ofNode === node && ofGroup === group && tag !== undefined && deeper.length === 0
        ? (cells.get(tag) ?? null)
        : null,
    fields: (below) =>
      [...cells]
        .slice(0, FIELDS_MAX)
        .map(([tag, cell]) => ({ pointer: [node, group, tag], cell }))
        .filter(({ pointer }) => below.every((token, index) => token === pointer[index])),
  };
}

const errorOf = (code: unknown): Cell => ({
  error: `error-${typeof code === 'number' || typeof code === 'string' ? String(code).slice(0, 60) : 'unknown'}`,
});

type Told = { value: Exclude<SampleValue, null> } | { fault: string };

function readValue(cell: Cell, rule: Rule): Told {
  if ('error' in cell) return { fault: cell.error };
  const { value } = cell;
  if (value === null) return { fault: 'no-value' };
  switch (rule.type) {
    case 'number':
      return readNumber(value, rule);
    case 'boolean':
      return readBoolean(value);
    case 'text':
      return readText(value);
  }
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const NOT_FINITE = /^[+-]?(nan|inf|infinity)$/i;

/** Text is read as a number only because the point was declared to be one. */
function readNumber(value: unknown, { scale, offset }: Rule): Told {
  const text = typeof value === 'string' ? value.trim() : null;
  if (text === '') return { fault: 'no-value' };
  if (text !== null && NOT_FINITE.test(text)) return { fault: 'not-finite' };
  const raw = text !== null && DECIMAL.test(text) ? Number(text) : value;
  if (typeof raw !== 'number') return { fault: 'type-mismatch' };
  const scaled = scale === 1 && offset === 0 ? raw : raw * scale + offset;
  if (!Number.isFinite(scaled)) return { fault: 'not-finite' };
  // 3 × 0.1 is 0.30000000000000004 in binary; the fifteenth digit is the last that is surely right.
  return { value: scaled === raw ? raw : Number(scaled.toPrecision(15)) };
}

const WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  false: false,
  on: true,
  off: false,
  yes: true,
  no: false,
  '1': true,
  '0': false,
};

function readBoolean(value: unknown): Told {
  if (typeof value === 'boolean') return { value };
  if (typeof value !== 'string' && typeof value !== 'number') return { fault: 'type-mismatch' };
  const word = String(value).trim().toLowerCase();
  if (word === '') return { fault: 'no-value' };
  const known = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
  return known === undefined ? { fault: 'type-mismatch' } : { value: known };
}

function readText(value: unknown): Told {
  if (typeof value === 'string') return { value };
  if (typeof value === 'boolean') return { value: String(value) };
  if (typeof value !== 'number') return { fault: 'type-mismatch' };
  // A serial number of 17 digits has lost its last ones in JSON's number.
  const isLost = Number.isInteger(value) && !Number.isSafeInteger(value);
  return isLost ? { fault: 'precision-lost' } : { value: String(value) };
}

function readTime(
  record: MessageRecord,
  rule: Rule,
  nowMs: number,
): { ms: number; isOwn: boolean; fault: string | null } {
  if (record.timeMs !== null) return { ms: record.timeMs, isOwn: true, fault: null };
  if (rule.time === null) return { ms: nowMs, isOwn: false, fault: record.timeFault };
  const cell = record.cell(rule.time);
  if (cell === null || !('value' in cell)) return { ms: nowMs, isOwn: false, fault: 'time-missing' };
  const ms = parseTime(cell.value, rule.timeFormat);
  return ms === null ? { ms: nowMs, isOwn: false, fault: 'time-invalid' } : { ms, isOwn: true, fault: null };
}

/** A number, or text with a decimal number, of the unit; or ISO 8601 with an offset, which alone names an instant. */
export function parseTime(value: unknown, format: TimeFormat): number | null {
  if (format === 'iso8601') return typeof value === 'string' ? parseIso(value) : null;
  const number = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value;
  if (typeof number !== 'number') return null;
  const ms = format === 's' ? number * 1000 : format === 'us' ? number / 1000 : number;
  // The platform keeps microseconds; multiplying seconds brings digits behind that are not real.
  return inRange(ms) ? Math.round(ms * 1000) / 1000 : null;
}

const inRange = (ms: number): boolean => Number.isFinite(ms) && Math.abs(ms) <= TIME_MS_MAX;

const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?(Z|[+-]\d\d(?::?\d\d)?)$/i;

function parseIso(text: string): number | null {
  const [, date, time = '', fraction = '', zone = ''] = ISO.exec(text.trim()) ?? [];
  if (date === undefined) return null;
  const minutes = zone.length === 3 ? `${zone}:00` : zone.replace(/^([+-]\d\d):?(\d\d)$/, '$1:$2');
  const seconds = time.length === 5 ? `${time}:00` : time;
  const ms = Date.parse(`${date}T${seconds}${minutes.toUpperCase()}`);
  if (!Number.isFinite(ms)) return null;
  // Date keeps milliseconds; the platform microseconds.
  return ms + Math.floor(Number(`0.${fraction || '0'}`) * 1_000_000) / 1_000;
}

const QUALITY_WORDS: Readonly<Record<string, Quality>> = {
  good: 'good',
  uncertain: 'uncertain',
  bad: 'bad',
  true: 'good',
  false: 'bad',
};

/** Numbers mean nothing without a map: 0 is good in OPC UA and bad in OPC DA. */
function readQuality(record: MessageRecord, rule: Rule): { quality: Quality; reason: string | null } {
  if (rule.quality === null) return { quality: 'good', reason: null };
  const cell = record.cell(rule.quality);
  const isWord =
    cell !== null && 'value' in cell && ['string', 'number', 'boolean'].includes(typeof cell.value);
  if (!isWord) return { quality: 'uncertain', reason: 'quality-missing' };
  const word = String(cell.value);
  const map = rule.qualityMap ?? QUALITY_WORDS;
  const name = rule.qualityMap === null ? word.toLowerCase() : word;
  const quality = Object.hasOwn(map, name) ? map[name] : undefined;
  if (quality === undefined) return { quality: 'uncertain', reason: 'quality-unknown' };
  return { quality, reason: quality === 'good' ? null : `quality-${word}`.slice(0, 80) };
}
