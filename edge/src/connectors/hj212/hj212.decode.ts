import type { PointType, Quality, SampleValue } from '@ronghe/contracts';
import { flagMeaning, suffixOf } from './hj212.codes.ts';

// HJ 212-2017, clause 6: `##`, four decimal digits of length, the data segment, four hexadecimal digits of CRC, CR LF.
const START = Buffer.from('##');
const BROKEN = Buffer.from('\r\n##');
const HEAD_BYTES = 6;
const CRC_BYTES = 4;
/** Longest frame that four digits of length allow; the standard itself ends at 1024 bytes of data. */
export const FRAME_BYTES_MAX = HEAD_BYTES + 9_999 + CRC_BYTES;
/** Most fields of one message; more are a fault. */
export const FIELDS_MAX = 5_000;
const DAY_OFFSET_MS = 8 * 3_600_000;

/** What came is not what HJ 212 allows. The message says what. */
export class Hj212Error extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Hj212Error';
  }
}

/**
 * CRC of appendix A: as CRC-16/MODBUS, but each byte goes into the high byte of the register, shifted down.
 * The standard's own example is 1C80 (printed 1C08 there in one place).
 */
export function crc16(bytes: Uint8Array): number {
  let register = 0xffff;
  for (const byte of bytes) {
    register = (register >> 8) ^ byte;
    for (let bit = 0; bit < 8; bit += 1)
      register = (register & 1) === 1 ? (register >> 1) ^ 0xa001 : register >> 1;
  }
  return register;
}

/** The data segment of a whole frame, or what was wrong at this place. */
export type FrameStep = { data: Buffer } | { fault: 'noise' | 'length' | 'cut' | 'checksum' };
/** Cuts a stream of bytes into frames. Holds at most one frame. Never throws. */
export type FrameReader = { push(bytes: Buffer): FrameStep[]; held(): number };

/** After a fault it goes on at the next `##`; what lies between is no fault of its own. */
export function createFrameReader(): FrameReader {
  let held: Buffer = Buffer.alloc(0);
  let wasFault = false;
  return {
    held: () => held.length,
    push(bytes) {
      const whole = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
      const steps: FrameStep[] = [];
      let at = 0;
      for (;;) {
        const { used, step } = nextStep(whole, at);
        at = used;
        if (step === null) break;
        const isRemains = wasFault && 'fault' in step && step.fault === 'noise';
        wasFault = 'fault' in step;
        if (!isRemains) steps.push(step);
      }
      // A copy, so that a small rest does not keep a large piece alive.
      held = Buffer.from(whole.subarray(at));
      return steps;
    },
  };
}

/** One step from `from` on; `step` is null when more bytes are needed, and `used` is where to go on. */
function nextStep(bytes: Buffer, from: number): { used: number; step: FrameStep | null } {
  const start = bytes.indexOf(START, from);
  if (start === -1) {
    const rest = bytes.length > from && bytes[bytes.length - 1] === 0x23 ? bytes.length - 1 : bytes.length;
    return isBlank(bytes, from, rest) ? { used: rest, step: null } : { used: rest, step: { fault: 'noise' } };
  }
  if (!isBlank(bytes, from, start)) return { used: start, step: { fault: 'noise' } };
  const head = bytes.toString('latin1', start + 2, start + HEAD_BYTES);
  if (!/^\d*$/.test(head)) return { used: start + (head.startsWith('#') ? 1 : 2), step: { fault: 'length' } };
  if (head.length < 4) return { used: start, step: null };
  const dataEnd = start + HEAD_BYTES + Number(head);
  const end = dataEnd + CRC_BYTES;
  if (bytes.length < end) {
    // No data segment holds this, so what was begun will never be finished: do not wait for its end.
    const broken = bytes.indexOf(BROKEN, start + HEAD_BYTES);
    if (broken === -1) return { used: start, step: null };
    return { used: broken + 2, step: { fault: 'cut' } };
  }
  const data = bytes.subarray(start + HEAD_BYTES, dataEnd);
  const sum = bytes.toString('latin1', dataEnd, end);
  if (!/^[\dA-Fa-f]{4}$/.test(sum) || Number.parseInt(sum, 16) !== crc16(data))
    return { used: start + 2, step: { fault: 'checksum' } };
  return { used: end, step: { data: Buffer.from(data) } };
}

function isBlank(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (!BLANKS.has(bytes[at] ?? 0)) return false;
  return true;
}
const BLANKS = new Set([0x00, 0x09, 0x0a, 0x0d, 0x20]);

/** The data segment, taken apart (HJ 212-2017, 6.3.2 and table 3). */
export type Message = {
  /** time of the request, YYYYMMDDhhmmsszzz; empty when not sent */
  qn: string;
  st: string;
  cn: string;
  pw: string;
  mn: string;
  /** bits 2 to 7 of Flag: 0 is 2005, 1 is 2017, 2 is 2025 */
  version: number;
  wantsReply: boolean;
  /** set for a piece of a longer message; counted from 1 */
  part: { count: number; number: number } | null;
  /** what stands between `CP=&&` and `&&` */
  content: string;
};

/** Throws Hj212Error when a field that is needed is missing or impossible. Text may be ASCII, UTF-8 or GB 18030. */
export function parseMessage(data: Uint8Array): Message {
  const text = decodeText(data);
  const from = text.indexOf('CP=&&');
  const to = text.lastIndexOf('&&');
  if (from === -1 || to < from + 5) throw new Hj212Error('the message has no CP=&&…&&');
  const head = new Map<string, string>();
  for (const field of text.slice(0, from).split(';', 40)) {
    const [name, value] = splitField(field);
    if (value !== null) head.set(name, value);
  }
  const mn = head.get('MN') ?? '';
  const cn = head.get('CN') ?? '';
  if (!/^[\w-]{1,40}$/.test(mn)) throw new Hj212Error('the message has no MN');
  if (!/^\d{4}$/.test(cn)) throw new Hj212Error('the message has no CN');
  const flag = /^\d{1,3}$/.test(head.get('Flag') ?? '') ? Number(head.get('Flag')) : 0;
  return {
    qn: head.get('QN') ?? '',
    st: head.get('ST') ?? '',
    cn,
    pw: head.get('PW') ?? '',
    mn,
    version: flag >> 2,
    wantsReply: (flag & 1) === 1,
    part: (flag & 2) === 2 ? parsePart(head) : null,
    content: text.slice(from + 5, to),
  };
}

function parsePart(head: ReadonlyMap<string, string>): Message['part'] {
  const [count, number] = ['PNUM', 'PNO'].map((name) => Number(head.get(name) ?? Number.NaN));
  if (count === undefined || number === undefined || !Number.isInteger(count) || !Number.isInteger(number))
    return null;
  if (count === 1) return null;
  if (number < 1 || number > count) throw new Hj212Error(`PNO ${number} of ${count} is impossible`);
  return { count, number };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
const gb18030 = new TextDecoder('gb18030');
function decodeText(data: Uint8Array): string {
  try {
    return utf8.decode(data);
  } catch {
    return gb18030.decode(data);
  }
}

function splitField(field: string): [name: string, value: string | null] {
  const at = field.indexOf('=');
  if (at === -1) return [field.trim(), null];
  return [field.slice(0, at).trim(), field.slice(at + 1).trim()];
}

/** Fields of one moment. `atMs` is null when the message tells none that is possible. */
export type Record212 = { atMs: number | null; fields: Map<string, string> };

/**
 * The data area, taken apart: `DataTime=…;code-Rtd=1.0,code-Flag=N;…`. A further DataTime begins a further record, as in
 * a reply with history. Throws Hj212Error at more than FIELDS_MAX fields.
 */
export function parseContent(content: string): Record212[] {
  const records: Record212[] = [];
  let current: Record212 | null = null;
  let time: string | null = null;
  const parts = content.split(/[;,]/, FIELDS_MAX + 1);
  if (parts.length > FIELDS_MAX) throw new Hj212Error(`more than ${FIELDS_MAX} fields`);
  for (const part of parts) {
    const [name, value] = splitField(part);
    if (value === null || name === '') continue;
    if (name === 'DataTime') {
      if (current !== null && (value === time || time === null)) current.atMs = parseTime(value);
      else {
        current = { atMs: parseTime(value), fields: new Map() };
        records.push(current);
      }
      time = value;
      continue;
    }
    if (current === null) {
      current = { atMs: null, fields: new Map() };
      records.push(current);
    }
    current.fields.set(name, value);
  }
  return records;
}

/** YYYYMMDDhhmmss, with or without zzz, in China Standard Time (UTC+8, no daylight saving since 1991); null when impossible. */
export function parseTime(text: string): number | null {
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})?$/.exec(text);
  if (found === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, milli = 0] = found
    .slice(1)
    .map((part) => Number(part ?? 0));
  const local = Date.UTC(year, month - 1, day, hour, minute, second, milli);
  const back = new Date(local);
  // Date.UTC takes a 30th of February for the 1st or 2nd of March.
  const isReal =
    back.getUTCMonth() === month - 1 && back.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return isReal && year >= 1990 ? local - DAY_OFFSET_MS : null;
}

/** What a field says: a value with its quality. */
export type FieldReading = { value: SampleValue; quality: Quality; reason?: string };

/** The value of a field with the quality that its data flag gives: `code-ZsFlag` for corrected values, or else `code-Flag`. */
export function readField(
  fields: ReadonlyMap<string, string>,
  name: string,
  options: { type: PointType; version: number },
): FieldReading {
  const text = fields.get(name) ?? '';
  const value = options.type === 'number' ? numberOf(text) : text;
  if (value === null)
    return { value: null, quality: 'bad', reason: text === '' ? 'no-value' : 'not-a-number' };
  const code = name.split('-', 1)[0] ?? name;
  const isCorrected = suffixOf(name).startsWith('Zs');
  const flag = (isCorrected ? fields.get(`${code}-ZsFlag`) : undefined) ?? fields.get(`${code}-Flag`);
  if (flag === undefined || options.type === 'text') return { value, quality: 'good' };
  return { value, ...flagMeaning(flag, options.version) };
}

function numberOf(text: string): number | null {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** The frame around a data segment of ASCII text. */
export function encodeFrame(data: string): Buffer {
  const bytes = Buffer.from(data, 'latin1');
  const length = String(bytes.length).padStart(4, '0');
  const sum = crc16(bytes).toString(16).toUpperCase().padStart(4, '0');
  return Buffer.from(`##${length}${data}${sum}\r\n`, 'latin1');
}

/**
 * The answer that a message asks for, with its QN: 9014 for data, 9013 for a notification. In 2017 its data area is empty
 * (appendix C); in 2005 it repeats QN and CN.
 */
export function encodeReply(message: Message, cn: '9013' | '9014'): Buffer {
  const { qn, pw, mn, version } = message;
  const old = version === 0 ? `QN=${plain(qn)};CN=${message.cn}` : '';
  const head = qn === '' ? '' : `QN=${plain(qn)};`;
  return encodeFrame(`${head}ST=91;CN=${cn};PW=${plain(pw)};MN=${mn};Flag=${version << 2};CP=&&${old}&&`);
}

const plain = (text: string): string => text.replace(/[^\w.-]/g, '').slice(0, 40);
